import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// libyaml on a thread of its own, some batches of events ahead of whoever reads them: on two cores a large manifest is scanned and
/// decoded at once.
///
/// A thread and not a task: the decoder is plain nested calls that must be able to wait in the middle, and no thread that tasks share may
/// be held up like that.
// Unchecked: a batch belongs to one of the two threads at a time, and the semaphores pass it on.
final class EventPipe: @unchecked Sendable {
    /// Enough that neither side waits for the other at each batch.
    private static let depth = 4

    private let bytes: UnsafeBufferPointer<UInt8>
    private let batches: [EventBatch]
    private let filled: UnsafeMutablePointer<sem_t>
    private let free: UnsafeMutablePointer<sem_t>
    private let isAbandoned = Atomic(false)
    private var thread = pthread_t()

    // The reader's side.
    private var taken = 0
    private var position = 0
    private var current: EventBatch?

    /// Starts the scanning; `nil` where no thread is to be had. The bytes must outlive the pipe.
    init?(_ bytes: UnsafeBufferPointer<UInt8>, limits: ManifestLimits) {
        self.bytes = bytes
        batches = (0..<Self.depth).map { _ in EventBatch(capacity: limits.batchEvents, textLimit: limits.batchBytes) }
        filled = .allocate(capacity: 1)
        free = .allocate(capacity: 1)
        sem_init(filled, 0, 0)
        sem_init(free, 0, UInt32(Self.depth))
        let started = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<EventPipe>.fromOpaque(argument!).takeUnretainedValue().scan()
                return nil
            }, Unmanaged.passUnretained(self).toOpaque())
        if started != 0 {
            releaseSemaphores()
            return nil
        }
    }

    /// Ends the scanning, wherever it is, and waits for the thread.
    func close() {
        isAbandoned.store(true, ordering: .releasing)
        sem_post(free)
        pthread_join(thread, nil)
        releaseSemaphores()
    }

    private func releaseSemaphores() {
        for semaphore in [filled, free] {
            sem_destroy(semaphore)
            semaphore.deallocate()
        }
    }

    // MARK: The thread's side

    private func scan() {
        var parser = YAMLParser(bytes)
        var number = 0
        while true {
            Self.wait(free)
            if isAbandoned.load(ordering: .acquiring) { return }
            let batch = batches[number % Self.depth]
            number += 1
            batch.removeAll()
            var isLast = false
            while !isLast && !batch.isFull {
                if parser.advance() {
                    let event = parser.current
                    batch.append(event)
                    isLast = event.kind == .streamEnd
                } else {
                    batch.problem = parser.problem
                    isLast = true
                }
            }
            batch.isLast = isLast
            // From here on the batch is the reader's.
            sem_post(filled)
            if isLast { return }
        }
    }

    // MARK: The reader's side

    /// The next event; `nil` where libyaml gave up, `problem` tells why, and behind the end of the stream.
    @inline(__always)
    func next() -> RawEvent? {
        if let current, position < current.count {
            position += 1
            return current[position - 1]
        }
        return nextBatch()
    }

    @inline(never)
    private func nextBatch() -> RawEvent? {
        if let current {
            if current.isLast { return nil }
            sem_post(free)
        }
        Self.wait(filled)
        let batch = batches[taken % Self.depth]
        taken += 1
        current = batch
        position = min(1, batch.count)
        return batch.count > 0 ? batch[0] : nil
    }

    var problem: SyntaxProblem? { current?.problem }

    private static func wait(_ semaphore: UnsafeMutablePointer<sem_t>) {
        while sem_wait(semaphore) != 0 {}
    }
}
