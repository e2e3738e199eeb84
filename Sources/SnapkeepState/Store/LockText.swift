import SnapkeepCore

/// What a lock file says: who holds the lock, and which run has a journal that no state has taken over yet. The second outlives its run, so
/// that a journal that is deleted or cut short is missed (P1).
///
/// ```
/// {"command":"apply","pid":4211,"host":"build-7","user":"ci","since":"…","run":"…","journal_bytes":        1841}
/// ```
struct LockText: Hashable, Sendable {
    /// A run that has begun its journal.
    struct Unfinished: Hashable, Sendable {
        var run: RunID
        /// So many bytes of its journal are surely on disk; the journal may be longer.
        var journalBytes: Int
    }

    var holder: LockHolder
    var unfinished: Unfinished?

    private enum Field: String, CaseIterable {
        case command, pid, host, user, since, run
        case journalBytes = "journal_bytes"

        static let fields = JSONFields<Field>()
    }

    init(_ holder: LockHolder, _ unfinished: Unfinished? = nil) {
        self.holder = holder
        self.unfinished = unfinished
    }

    /// What the text of a lock file says; `nil` when it is not whole, which it need not be: the holder writes it after it got the lock.
    init?(_ bytes: [UInt8]) {
        guard let text = try? bytes.withUnsafeBufferPointer({ buffer throws(JSONProblem) in try Self(JSONReader(buffer)) }) else {
            return nil
        }
        self = text
    }

    private init(_ start: JSONReader) throws(JSONProblem) {
        var reader = start
        var pool = JSONPool()
        var object = try JSONObject(Field.fields, in: &reader)
        var (command, host, user): (String?, String?, String?)
        var (pid, journalBytes): (Int?, Int?)
        var since: Timestamp?
        var run: RunID?
        while let field = try object.next(in: &reader) {
            switch field {
            case .command: command = try reader.string()
            case .pid: pid = try reader.int()
            case .host: host = try reader.string()
            case .user: user = try reader.string()
            case .since: since = try reader.timestamp(&pool)
            case .run: run = try reader.runID()
            case .journalBytes: journalBytes = try reader.count()
            }
        }
        holder = LockHolder(
            command: try object.require(command, .command), pid: try object.require(pid, .pid), host: try object.require(host, .host),
            user: try object.require(user, .user), since: try object.require(since, .since))
        unfinished = run.map { Unfinished(run: $0, journalBytes: journalBytes ?? 0) }
    }

    /// The lock file's text: one line of JSON. It keeps its length while a journal grows, so that one write replaces it.
    var encoded: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field(Field.command.rawValue, holder.command)
        writer.field(Field.pid.rawValue, holder.pid)
        writer.field(Field.host.rawValue, holder.host)
        writer.field(Field.user.rawValue, holder.user)
        writer.field(Field.since.rawValue, holder.since)
        if let unfinished {
            writer.field(Field.run.rawValue, unfinished.run.text)
            let digits = String(unfinished.journalBytes)
            let padding = String(repeating: " ", count: max(0, 12 - digits.utf8.count))
            return writer.bytes + Array(",\"\(Field.journalBytes.rawValue)\":\(padding)\(digits)}\n".utf8)
        }
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// Whether a file may be a lock of ours: empty, or as this program begins one. A holder that dies while it writes leaves the beginning,
    /// a machine that loses its power zeros.
    static func isOurs(_ bytes: [UInt8]) -> Bool {
        let beginning = Array("{\"command\":\"".utf8)
        return bytes.allSatisfy { $0 == 0 } || zip(bytes, beginning).allSatisfy { $0 == $1 }
    }
}
