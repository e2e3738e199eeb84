import SnapkeepCore

/// A lock as it goes over the wire: the seven fields that Terraform sends and GitLab asks for.
struct HTTPStateLock: Hashable, Sendable {
    /// What a server compares, and what breaks the lock. At most 255 characters (GitLab).
    var id: String
    var operation: String
    var info: String
    var who: String
    var version: String
    /// An instant; servers have several ways to write it.
    var created: String

    /// The lock of a run.
    ///
    /// - Parameter version: of this program.
    init(_ run: RunInfo, version: String) {
        id = HTTPStateLockID(run).text
        operation = "snapkeep \(run.command)"
        info = (["pid \(run.pid)"] + [run.pipeline].compactMap { $0 }).joined(separator: ", ")
        who = "\(run.user)@\(run.host)"
        self.version = version
        created = run.startedAt.description
    }

    /// What the ID of a lock begins with that is asked for only to see who has it.
    static let lookingPrefix = "look-"

    /// Whether an ID is of a lock that is asked for only to see who has it, and given back at once.
    static func isLook(_ id: String) -> Bool { id.hasPrefix(lookingPrefix) }

    /// A lock that is asked for only to see who has it.
    init(lookingBy id: String, version: String) {
        (self.id, operation, info, who) = (Self.lookingPrefix + id, "snapkeep unlock", "looks who holds the lock", "snapkeep")
        self.version = version
        created = "1970-01-01T00:00:00Z"
    }

    /// What is asked for beside it, to see whether the server gives one lock to two.
    var second: HTTPStateLock {
        HTTPStateLock(lookingBy: String(id.prefix(48)) + "~second-try", version: version)
    }

    /// What breaks it.
    ///
    /// A service that tells who holds the lock is asked by the run; any other compares the whole ID itself.
    func token(_ dialect: HTTPStateSettings.Dialect) -> String {
        let run = dialect == .gitLab ? HTTPStateLockID.parts(of: id)?.run.text : nil
        return run ?? id
    }

    /// The JSON of the lock.
    var encoded: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field("ID", id)
        writer.field("Operation", operation)
        writer.field("Info", info)
        writer.field("Who", who)
        writer.field("Version", version)
        writer.field("Created", created)
        // Terraform leaves it empty as well; GitLab asks for the field.
        writer.field("Path", "")
        writer.endObject()
        return writer.bytes
    }
}

/// The ID of a lock: the run's, with who it is behind it.
///
/// GitLab answers a lock that is taken with the ID, the user and the time of its holder, and with all other fields of whoever asks. So what
/// a run wants to be known by stands in the ID.
struct HTTPStateLockID: Hashable, Sendable {
    /// GitLab takes no more.
    static let limit = 255
    private static let separator: Character = "~"

    let text: String

    init(_ run: RunInfo) {
        var text = run.run.text
        for part in [run.command, String(run.pid), run.host, run.user, run.startedAt.description, run.pipeline ?? ""] {
            let more = String(Self.separator) + Self.plain(part)
            if text.utf8.count + more.utf8.count > Self.limit { break }
            text += more
        }
        self.text = text
    }

    /// The parts of an ID that this program made; `nil` for one of another program.
    static func parts(of text: String) -> Parts? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first, let run = RunID(first) else { return nil }
        func part(_ index: Int) -> String? { parts.indices.contains(index) && !parts[index].isEmpty ? parts[index] : nil }
        return Parts(
            run: run, command: part(1), pid: part(2).flatMap { Int($0) }, host: part(3), user: part(4),
            since: part(5).flatMap { Timestamp($0) }, pipeline: part(6))
    }

    /// What an ID tells.
    struct Parts: Hashable, Sendable {
        var run: RunID
        var command: String?
        var pid: Int?
        var host: String?
        var user: String?
        var since: Timestamp?
        var pipeline: String?
    }

    /// Characters that need no escape in a query, and those of a URL.
    private static func plain(_ text: String) -> String {
        String(
            decoding: text.utf8.map { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x2F, 0x3A, 0x40: byte
                default: 0x2D
                }
            }, as: UTF8.self)
    }
}
