import Dispatch

/// A serial queue for an actor whose work blocks: an fsync must not take a thread of the shared pool away from everyone else.
///
/// Jobs run in the order in which they came, each on a thread of Dispatch, which has as many as its queues need.
final class FileQueue: SerialExecutor {
    private let queue = DispatchQueue(label: "snapkeep.files")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
