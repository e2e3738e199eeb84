public import SnapkeepCore

/// Who holds a state's lock, as the lock says.
public struct LockHolder: Hashable, Sendable, CustomStringConvertible {
    public var command: String
    public var pid: Int
    public var host: String
    public var user: String
    public var since: Timestamp
    /// The page of the pipeline's job that holds it, if it is one.
    public var pipeline: String?

    /// When the holder was last heard of; `nil` where its lock is not renewed.
    public var heartbeat: Timestamp?
    /// By what `breakLock` takes the lock away; `nil` where nobody can.
    public var token: String?

    /// A run that holds a lock.
    public init(_ run: RunInfo, heartbeat: Timestamp? = nil, token: String? = nil) {
        self.init(
            command: run.command, pid: run.pid, host: run.host, user: run.user, since: run.startedAt, pipeline: run.pipeline,
            heartbeat: heartbeat, token: token)
    }

    /// A holder of its parts.
    public init(
        command: String, pid: Int, host: String, user: String, since: Timestamp, pipeline: String? = nil, heartbeat: Timestamp? = nil,
        token: String? = nil
    ) {
        self.command = command
        self.pid = pid
        self.host = host
        self.user = user
        self.since = since
        self.pipeline = pipeline
        self.heartbeat = heartbeat
        self.token = token
    }

    /// `apply (pid 4211 on build-7, by ci, since 2026-11-23 09:12 UTC)`, and the pipeline's page where there is one.
    public var description: String {
        "\(command) (pid \(pid) on \(host), by \(user), since \(since.date) \(since.minuteOfDay) UTC"
            + "\(pipeline.map { ", \($0)" } ?? ""))"
    }
}
