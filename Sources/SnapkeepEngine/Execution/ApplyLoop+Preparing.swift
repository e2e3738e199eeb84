import SnapkeepCore

/// Intents on their way to the disk. What is not sent in the end is closed; what a crash leaves open is settled like any other (P1).
extension ApplyLoop {
    /// Takes jobs out of the queue, as many as can be sent soon, and has the intents of creations written.
    mutating func prepare(in group: inout TaskGroup<Signal>) {
        let creations = lanes.takeUnprepared(beside: awaited.looksRunning)
        if creations.isEmpty { return }
        group.addTask { [runner] in .prepared(await runner.prepare(creations)) }
    }

    /// Whether the failure of the journal is in the report.
    private var isTold: Bool { if case .journal = report.stop { true } else { false } }

    mutating func takePrepared(_ jobs: [(Job, RecordFault?)]) {
        for (job, fault) in jobs {
            lanes.endPreparing()
            switch fault {
            case nil: lanes.makeSendable(job)
            // The journal takes nothing more: told once, what did not get its turn is accounted for at the end.
            case .journal? where isTold: lanes.putBack(job)
            case let fault?:
                lanes.release(job)
                take(fault, job.key, job.activity)
            }
        }
    }
}
