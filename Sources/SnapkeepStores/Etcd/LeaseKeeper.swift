/// Runs what a lock needs beside the run that holds it: its heartbeat, and the writing of what nobody waits for. The tasks end
/// with `EtcdStore.with`, or, of a store that lasts as long as the process, with it.
final class LeaseKeeper: Sendable {
    private let locks = AsyncStream.makeStream(of: LockedEtcdState.self)

    /// Serves every lock that is handed over, until `finish` or cancellation.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await lock in locks.stream {
                group.addTask { await lock.keepLease() }
                group.addTask { await lock.writeBehind() }
            }
        }
    }

    /// Hands a lock over; it is served until it is closed or lost.
    func serve(_ lock: LockedEtcdState) { locks.continuation.yield(lock) }

    func finish() { locks.continuation.finish() }
}
