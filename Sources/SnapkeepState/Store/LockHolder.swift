public import SnapkeepCore

/// Who holds a state's lock, as the lock file says.
public struct LockHolder: Hashable, Sendable, CustomStringConvertible {
    public var command: String
    public var pid: Int
    public var host: String
    public var user: String
    public var since: Timestamp

    init(_ run: RunInfo) {
        command = run.command
        pid = run.pid
        host = run.host
        user = run.user
        since = run.startedAt
    }

    init(command: String, pid: Int, host: String, user: String, since: Timestamp) {
        self.command = command
        self.pid = pid
        self.host = host
        self.user = user
        self.since = since
    }

    /// `apply (pid 4211 on build-7, by ci, since 2026-11-23 09:12 UTC)`.
    public var description: String {
        "\(command) (pid \(pid) on \(host), by \(user), since \(since.date) \(since.minuteOfDay) UTC)"
    }
}
