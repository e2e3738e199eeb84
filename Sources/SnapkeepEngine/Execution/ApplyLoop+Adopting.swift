import SnapkeepCore

/// What follows from an adoption.
extension ApplyLoop {
    /// Recorded: brought to what its line says, once it is available.
    mutating func takeAdopted(_ record: SnapshotRecord, _ takeover: Takeover, _ job: Job) {
        noteAnswer()
        lanes.release(job)
        let edits = takeover.edits(of: record)
        let isReady = record.status == .available
        let goal = Watch.Goal.available(edits: isReady ? [] : edits, prunes: nil)
        watch(record.id, job.key, .adopt, goal, since: job.startedAt ?? now, timeout: takeover.spec.timeout, record.status)
        guard isReady, let watch = awaited.remove(record.id) else {
            return executor.observe(.accepted(job.key, record.id))
        }
        reachedAvailable(watch, size: record.size)
        if !edits.isEmpty { addEdits(edits, of: record, key: job.key, .update) }
    }

    /// The cloud gave no usable answer, however often it was asked.
    mutating func takeNotAdopted(_ fault: ServiceFault, isOpen: Bool, _ job: Job) {
        lanes.release(job)
        // Where its stamp may be set the intent is open, and the next run finds out.
        fail(job.key, .adopt, isOpen ? .unsettled(fault) : .service(fault))
        switch fault.kind {
        case _ where fault.meetsEveryone: stop(.service(fault))
        // Nobody has ever answered at this endpoint: the other snapshots would only wait as long for the same end.
        case .notSent: if !anythingAnswered { stop(.service(fault)) }
        case .throttled(let asked): takeThrottling(fault, asked)
        case .refused, .unauthenticated, .accountBlocked, .uncertain, .unintelligible: anythingAnswered = true
        }
    }
}
