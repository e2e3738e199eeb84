/// The exit codes of every command (Commands.md, "Exit codes").
package enum ExitStatus: Int32, Sendable {
    /// Done, or nothing to do.
    case done = 0
    /// Error: nothing was changed, neither in the cloud nor in the state.
    case error = 1
    /// Changes pending (`plan` and `status` with `--exit-code`, `fmt` with `--check`; no others).
    case pending = 2
    /// Something was made or changed, and the end was not clean: some snapshots failed or timed out, or the state could not be written.
    case partly = 3
    /// Stale or consumed plan, other project or endpoint, too many deletions.
    case refused = 4
    /// Another run holds the state.
    case locked = 5
    /// A rotation is overdue (`status --exit-code` only).
    case overdue = 6
    /// Wrong use.
    case usage = 64
    /// Interrupted; work so far is recorded, and it is said what there is of it.
    case interrupted = 130
}
