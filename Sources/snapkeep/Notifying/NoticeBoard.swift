import SnapkeepCore
import SnapkeepRendering
import Synchronization

/// What a run has come upon that those who are not there should know.
final class NoticeBoard: Sendable {
    private struct State {
        var keys: [RunNotice.Reason: [String]] = [:]
        var stack: String?
    }

    private let state = Mutex(State())

    /// Notes snapshots of a kind; each counts once.
    func note(_ reason: RunNotice.Reason, _ keys: some Sequence<SnapshotKey>) {
        state.withLock { state in
            let known = Set(state.keys[reason] ?? [])
            state.keys[reason, default: []] += keys.lazy.map(\.text).filter { !known.contains($0) }
        }
    }

    /// Notes what a plan shows: what others have changed or deleted, where the cloud was looked at, and what is overdue.
    ///
    /// - Parameter isCarriedOut: whether what is due is made now, so that it is not overdue any more.
    func note(_ plan: Plan, isCarriedOut: Bool = false) {
        state.withLock { $0.stack = plan.basis.owner == plan.basis.lineage?.text ? nil : plan.basis.owner }
        note(.drift, plan.drift.map(\.key))
        note(.drift, plan.changes.lazy.filter { if case .lost = $0 { true } else { false } }.map(\.key))
        for standing in plan.rotations?.standings ?? [] where standing.overdueSince != nil && !(isCarriedOut && standing.demand == .due) {
            let key = RotationKey(rotation: standing.rotation, volume: standing.volume.label, period: standing.current)
            if let key = key.snapshotKey { note(.overdue, [key]) }
        }
    }

    /// What is to be told of the run.
    func notice(command: String, _ status: ExitStatus, host: String, diagnostics: [PlacedDiagnostic]) -> RunNotice {
        state.withLock {
            RunNotice(command: command, status: status, stack: $0.stack, host: host, diagnostics: diagnostics, keys: $0.keys)
        }
    }
}
