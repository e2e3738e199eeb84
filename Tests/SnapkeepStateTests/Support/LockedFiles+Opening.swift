import SnapkeepCore
import SnapkeepEngine

@testable import SnapkeepState

extension LockedFiles {
    /// A lock on files of a simulated disk or of this machine.
    static func open(
        _ paths: StatePaths, run: RunInfo, lockTimeout: Duration = .zero, clock: any Clock<Duration> = ContinuousClock(),
        failpoints: Failpoints = .inert, system: any FileSystem = KernelFileSystem()
    ) async throws(StateFault) -> LockedFiles {
        try await open(
            FileStateStore(paths, system: system), LockRequest(run, timeout: lockTimeout, clock: clock, failpoints: failpoints))
    }

    /// The same for a recovery.
    static func openForRecovery(
        _ paths: StatePaths, run: RunInfo, system: any FileSystem = KernelFileSystem()
    ) async throws(StateFault) -> (LockedFiles, RecoverableState) {
        try await openForRecovery(FileStateStore(paths, system: system), LockRequest(run))
    }
}
