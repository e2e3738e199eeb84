public import SnapkeepCore

/// Who holds a state's lock, as far as anybody tells.
public struct LockHolder: Hashable, Sendable, CustomStringConvertible {
    /// By whom a holder is known.
    public enum Witness: String, Hashable, Sendable {
        /// The lock itself.
        case lock
        /// The lock does not tell, and there is a note of a run that has begun and not ended: it, or a run behind it.
        case note
        /// The lock is held, and nothing tells by whom.
        case nobody
    }

    public var command: String
    /// What follows is `nil` where it is not known.
    public var pid: Int?
    public var host: String?
    public var user: String?
    public var since: Timestamp?
    /// The page of the pipeline's job that holds it, if it is one.
    public var pipeline: String?

    /// When the holder was last heard of; `nil` where its lock is not renewed.
    public var heartbeat: Timestamp?
    /// By what `breakLock` takes the lock away; `nil` where nobody can, or where it is not known.
    public var token: String?
    public var witness: Witness

    /// A run that holds a lock.
    public init(_ run: RunInfo, heartbeat: Timestamp? = nil, token: String? = nil, witness: Witness = .lock) {
        self.init(
            command: run.command, pid: run.pid, host: run.host, user: run.user, since: run.startedAt, pipeline: run.pipeline,
            heartbeat: heartbeat, token: token, witness: witness)
    }

    /// A holder of its parts.
    public init(
        command: String, pid: Int? = nil, host: String? = nil, user: String? = nil, since: Timestamp? = nil, pipeline: String? = nil,
        heartbeat: Timestamp? = nil, token: String? = nil, witness: Witness = .lock
    ) {
        self.command = command
        self.pid = pid
        self.host = host
        self.user = user
        self.since = since
        self.pipeline = pipeline
        self.heartbeat = heartbeat
        self.token = token
        self.witness = witness
    }

    /// Of a lock that does not tell who holds it.
    public static let unnamed = LockHolder(command: "a run that the server does not name", witness: .nobody)

    /// `apply (pid 4211 on build-7, by ci, since 2026-11-23 09:12 UTC)`, and the pipeline's page where there is one; what is not known is left
    /// out.
    public var description: String {
        let process = [pid.map { "pid \($0)" }, host.map { "on \($0)" }].compactMap { $0 }.joined(separator: " ")
        let parts = [
            process.isEmpty ? nil : process, user.map { "by \($0)" }, since.map { "since \($0.date) \($0.minuteOfDay) UTC" }, pipeline,
        ].compactMap { $0 }
        return (witness == .note ? "probably " : "") + command + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    }
}
