import SnapkeepCore

/// Intents are written a little ahead of their requests, several with one fsync: no request waits for the disk, and a slow disk is asked a
/// fraction as often. What is not sent in the end is closed; what a crash leaves open is settled like any other (P1).
extension ApplyLoop {
    /// Intents that one fsync serves while all slots are busy.
    private var groupSize: Int { max(1, throttle.limit / 3) }

    /// Jobs that may be ready beyond those for which there is a slot: one group to send while the next is being written. With one request
    /// at a time, none.
    private var stock: Int { throttle.limit > 1 ? 2 * groupSize : 0 }

    /// Takes jobs out of the queue, as many as can be sent soon, and has the intents of creations written.
    mutating func prepare(in group: inout TaskGroup<Signal>) {
        let wanted = throttle.limit - requestsRunning + stock - sendable.count - preparing
        // A group at a time, unless a slot would stay empty.
        guard wanted >= groupSize || sendable.isEmpty && preparing == 0 else { return }
        var creations: [Job] = []
        for _ in 0..<max(0, wanted) {
            guard let job = queue.takeNext() else { break }
            if job.lacksIntent { creations.append(job) } else { sendable.append(job) }
        }
        guard !creations.isEmpty else { return }
        preparing += creations.count
        group.addTask { [creations, runner] in .prepared(await runner.prepare(creations)) }
    }

    /// Whether the failure of the journal is in the report.
    private var isTold: Bool { if case .journal = report.stop { true } else { false } }

    mutating func takePrepared(_ jobs: [(Job, RecordFault?)]) {
        preparing -= jobs.count
        for (job, fault) in jobs {
            switch fault {
            case nil: sendable.append(job)
            // The journal takes nothing more: told once, what did not get its turn is accounted for at the end.
            case .journal? where isTold: queue.putBack(job)
            case let fault?:
                queue.release(job.volume)
                take(fault, job.key, job.activity)
            }
        }
    }
}

extension Job {
    /// Whether it is a creation that was not announced on disk yet.
    fileprivate var lacksIntent: Bool {
        if case .create(let creation) = step { creation.intent == nil } else { false }
    }
}
