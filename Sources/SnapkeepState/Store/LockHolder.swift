public import SnapkeepCore

/// Who holds a state's lock, as the lock file says.
public struct LockHolder: Hashable, Sendable, CustomStringConvertible {
    public var command: String
    public var pid: Int
    public var host: String
    public var user: String
    public var since: Timestamp

    private enum Field: String, CaseIterable {
        case command, pid, host, user, since

        static let fields = JSONFields<Field>()
    }

    init(_ run: RunInfo) {
        command = run.command
        pid = run.pid
        host = run.host
        user = run.user
        since = run.startedAt
    }

    /// What the text of a lock file says; `nil` when it is not whole, which it need not be: the holder writes it after it got the lock.
    init?(_ bytes: [UInt8]) {
        guard let holder = try? bytes.withUnsafeBufferPointer({ buffer throws(JSONProblem) in try Self(JSONReader(buffer)) }) else {
            return nil
        }
        self = holder
    }

    private init(_ start: JSONReader) throws(JSONProblem) {
        var reader = start
        var pool = JSONPool()
        var object = try JSONObject(Field.fields, in: &reader)
        var command: String?
        var pid: Int?
        var host: String?
        var user: String?
        var since: Timestamp?
        while let field = try object.next(in: &reader) {
            switch field {
            case .command: command = try reader.string()
            case .pid: pid = try reader.int()
            case .host: host = try reader.string()
            case .user: user = try reader.string()
            case .since: since = try reader.timestamp(&pool)
            }
        }
        self.command = try object.require(command, .command)
        self.pid = try object.require(pid, .pid)
        self.host = try object.require(host, .host)
        self.user = try object.require(user, .user)
        self.since = try object.require(since, .since)
    }

    /// The lock file's text: one line of JSON.
    var encoded: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field(Field.command.rawValue, command)
        writer.field(Field.pid.rawValue, pid)
        writer.field(Field.host.rawValue, host)
        writer.field(Field.user.rawValue, user)
        writer.field(Field.since.rawValue, since)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// `apply (pid 4211 on build-7, since 2026-11-23 09:12)`, in UTC.
    public var description: String { "\(command) (pid \(pid) on \(host), since \(since.date) \(since.minuteOfDay))" }
}
