#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A thread of its own for an actor whose work blocks: an fsync must not take a thread of the shared pool away from everyone else.
///
/// Jobs run in the order in which they came. The thread ends when the last owner is gone.
final class FileThread: SerialExecutor {
    private let queue = JobQueue()

    /// Starts the thread.
    init() {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(queue)
        let result = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<JobQueue>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        precondition(result == 0, "no thread can be started: \(String(cString: strerror(result)))")
        pthread_detach(thread)
    }

    deinit { queue.stop() }

    func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job), for: self) }
}

/// The jobs that wait for a thread.
// Unchecked: the mutable state is touched with the mutex held only, and the two C objects have a fixed address.
private final class JobQueue: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wakeUp: UnsafeMutablePointer<pthread_cond_t>
    private var jobs: [(job: UnownedJob, owner: FileThread)] = []
    private var isStopped = false

    init() {
        mutex = .allocate(capacity: 1)
        wakeUp = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        wakeUp.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wakeUp, nil)
    }

    deinit {
        pthread_cond_destroy(wakeUp)
        pthread_mutex_destroy(mutex)
        wakeUp.deallocate()
        mutex.deallocate()
    }

    /// A waiting job keeps its thread alive.
    func add(_ job: UnownedJob, for owner: FileThread) {
        pthread_mutex_lock(mutex)
        jobs.append((job, owner))
        pthread_cond_signal(wakeUp)
        pthread_mutex_unlock(mutex)
    }

    func stop() {
        pthread_mutex_lock(mutex)
        isStopped = true
        pthread_cond_signal(wakeUp)
        pthread_mutex_unlock(mutex)
    }

    func run() {
        while let batch = next() {
            for (job, owner) in batch { job.runSynchronously(on: owner.asUnownedSerialExecutor()) }
        }
    }

    private func next() -> [(job: UnownedJob, owner: FileThread)]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while jobs.isEmpty {
            if isStopped { return nil }
            pthread_cond_wait(wakeUp, mutex)
        }
        let batch = jobs
        jobs.removeAll(keepingCapacity: true)
        return batch
    }
}
