import SnapkeepCore

/// What follows from the outcome of a step.
extension ApplyLoop {
    mutating func take(_ outcome: StepOutcome, of job: Job) {
        let startedAt = job.startedAt ?? now
        switch outcome {
        case .created(let snapshot, let creation):
            noteAnswer()
            lanes.release(job)
            awaitAvailable(snapshot, creation, job, startedAt, wasSentTwice: job.sends > 0)
        case .found(let found, let creation):
            noteAnswer()
            lanes.release(job)
            for duplicate in found.dropFirst() { noteDuplicate(job.key, duplicate.id) }
            awaitAvailable(found[0], creation, job, startedAt, wasSentTwice: job.sends > 1)
        case .notFound(let creation): lookAgainOrRepeat(job, creation)
        case .lossConfirmed(let creation):
            noteAnswer()
            var next = job
            (next.step, next.tries) = (.create(creation), 0)
            lanes.putBack(next)
        case .adopted(let record, let takeover): takeAdopted(record, takeover, job)
        case .notAdopted(let fault, let isOpen): takeNotAdopted(fault, isOpen: isOpen, job)
        case .edited(let id, let size, let asked):
            if asked { noteAnswer() }
            lanes.release(job)
            succeed(job.key, job.activity, id, size, since: startedAt)
        case .deleting(let record):
            noteAnswer()
            lanes.release(job)
            watch(record.id, job.key, job.activity, .gone(record), since: startedAt, timeout: policy.deleteTimeout, .deleting)
        case .deleted(let record):
            noteAnswer()
            lanes.release(job)
            succeed(job.key, job.activity, record.id, record.size, since: startedAt)
        case .notYetDeletable(let record, let origin):
            noteAnswer()
            lanes.release(job)
            watch(
                record.id, job.key, job.activity, .deletable(record, origin), since: startedAt, timeout: policy.deleteTimeout, record.status
            )
        case .failed(let cause):
            noteAnswer()
            lanes.release(job)
            fail(job.key, job.activity, cause)
        case .fault(let fault, let step): take(fault, at: step, of: job)
        case .recordFault(let fault):
            lanes.release(job)
            take(fault, job.key, job.activity)
        case .audited(let duplicates):
            noteAnswer()
            lanes.release(job)
            for id in duplicates { noteDuplicate(job.key, id) }
        case .unstamped(let id):
            noteAnswer()
            lanes.release(job)
            executor.observe(.accepted(job.key, id))
            fail(job.key, job.activity, .unstamped(id))
        case .unrecorded(let id, let fault):
            lanes.release(job)
            executor.observe(.accepted(job.key, id))
            switch fault {
            // Made, whatever the disk says: told as made (P10).
            case .journal(let failure):
                if job.activity == .replace { report.replaced.append(job.key) } else { report.created.append(job.key) }
                stop(.journal(failure))
            case .replay: take(fault, job.key, job.activity)
            }
        case .editedUnrecorded(let id, let size, let failure):
            noteAnswer()
            lanes.release(job)
            succeed(job.key, job.activity, id, size, since: startedAt)
            stop(.journal(failure))
        }
    }

    mutating func noteAnswer() {
        anythingAnswered = true
        lanes.noteAnswer()
    }

    mutating func take(_ fault: RecordFault, _ key: SnapshotKey, _ activity: Activity) {
        switch fault {
        case .journal(let failure):
            fail(key, activity, .journal(failure))
            stop(.journal(failure))
        case .replay(let problem): fail(key, activity, .replay(problem))
        }
    }

    mutating func noteDuplicate(_ key: SnapshotKey, _ id: SnapshotID) {
        report.duplicates.append(id)
        executor.observe(.duplicateFound(key, id))
    }

    mutating func succeed(_ key: SnapshotKey, _ activity: Activity, _ id: SnapshotID, _ size: Int?, since startedAt: Duration) {
        switch activity {
        case .create: report.created.append(key)
        case .adopt: report.adopted.append(key)
        case .replace: report.replaced.append(key)
        case .resume: report.resumed.append(key)
        case .update: report.updated.append(key)
        case .delete: report.deleted.append(key)
        case .expire:
            report.expired.append(key)
            if let waiting = expiries.takeWaiting(forRoomBy: key) { lanes.append(waiting) }
        }
        executor.observe(.finished(key, activity, id: id, size: size, took: now - startedAt))
    }

    private mutating func awaitAvailable(
        _ snapshot: ObservedSnapshot, _ creation: Creation, _ job: Job, _ startedAt: Duration, wasSentTwice: Bool
    ) {
        executor.observe(.accepted(job.key, snapshot.id))
        expiries.made(job.key, on: snapshot.volumeID)
        if wasSentTwice { suspects[snapshot.id] = creation.intent }
        let goal = Watch.Goal.available(edits: [], prunes: creation.prunesReplaced ? creation.replaces : nil)
        watch(snapshot.id, job.key, job.activity, goal, since: startedAt, timeout: creation.spec.timeout, snapshot.status, isMade: true)
        if snapshot.status == .available, let watch = awaited.remove(snapshot.id) { reachedAvailable(watch, size: snapshot.size) }
    }

    /// The snapshot is usable: the next thing that its change asks for.
    mutating func reachedAvailable(_ watch: Watch, size: Int?) {
        guard case .available(let edits, let replaced) = watch.goal else { return }
        succeed(watch.key, watch.activity, watch.id, size, since: watch.startedAt)
        if !edits.isEmpty { pendingEdits.append((watch.id, watch.key, edits)) }
        let predecessors = [replaced].compactMap { $0 } + (heldDeletions.removeValue(forKey: watch.key) ?? [])
        for record in predecessors {
            lanes.append(Job(key: watch.key, activity: .delete, volume: record.volumeID, step: .delete(record, .superseded)))
        }
        for job in expiries.release(for: watch.key) { lanes.append(job) }
        audit(watch)
    }

    /// A request that was sent twice may have been performed twice: once more it is looked for what bears its stamp (P1).
    mutating func audit(_ watch: Watch) {
        guard let intent = suspects.removeValue(forKey: watch.id) else { return }
        var job = Job(key: watch.key, activity: watch.activity, volume: intent.volumeID, step: .audit(intent))
        job.startedAt = watch.startedAt
        lanes.append(job)
    }

    // MARK: Faults

    private mutating func take(_ fault: ServiceFault, at step: Job.Step, of given: Job) {
        var job = given
        job.step = step
        job.lastFault = fault
        switch fault.kind {
        case .refused(let refusal):
            anythingAnswered = true
            noteRefused(job)
            lanes.release(job)
            if case .audit = step { return }
            if case .lookUp = step {
                fail(job.key, job.activity, .unsettled(fault))
                if fault.meetsEveryone { stop(.service(fault)) }
            } else if fault.meetsEveryone {
                lanes.append(job.withClosedIntent)
                stop(.service(fault))
            } else if refusal == .quota, case .create = step, expiries.makesRoom(for: job.withClosedIntent, refused: fault) {
                for expiry in expiries.releaseFirst(for: job.key, on: job.volume) { lanes.append(expiry) }
            } else if job.activity == .expire, case .delete(let record, _) = step, refusal == .hasDependents || refusal == .snapshotBusy {
                // It stays, and the next run tries again: nothing has failed.
                report.keptInUse.append(FoundSnapshot(key: job.key, id: record.id))
            } else {
                fail(job.key, job.activity, .service(fault))
            }
        case .unauthenticated, .accountBlocked:
            noteRefused(job)
            lanes.putBack(job.withClosedIntent)
            stop(.service(fault))
        case .throttled(let asked):
            anythingAnswered = true
            job.tries -= 1
            lanes.putBack(job)
            takeThrottling(fault, asked)
        case .notSent:
            if job.tries < policy.tries { return lanes.park(job, for: backoff.jittered(tries: job.tries)) }
            // Nobody has ever answered at this endpoint: the other snapshots would only wait as long for the same end.
            if !anythingAnswered {
                lanes.putBack(job)
                return stop(.service(fault))
            }
            lanes.release(job)
            giveUp(job, fault)
        case .uncertain, .unintelligible: takeUncertain(fault, job)
        }
    }

    private var backoff: Backoff { Backoff(policy: policy, environment: executor.environment) }

    /// Pauses everything; a cloud that has turned requests away for too long, or would, ends the run.
    mutating func takeThrottling(_ fault: ServiceFault, _ asked: Duration?) {
        let wait = backoff.pause(asked: asked, streak: lanes.throttle.streak)
        let (lasting, isNew) = lanes.noteThrottled(wait: wait, at: now)
        if isNew { executor.observe(.throttled(wait: wait, parallelism: lanes.throttle.limit)) }
        if lasting + wait > policy.throttleLimit { stop(.service(fault)) }
    }

    private mutating func takeUncertain(_ fault: ServiceFault, _ given: Job) {
        var job = given
        anythingAnswered = true
        if let pause = fault.pause { takeThrottling(fault, pause.asked) }
        if case .create(let creation) = job.step {
            // Never repeated blindly: the stamp tells whether it was carried out (P1).
            executor.observe(.lookingUp(job.key, after: fault))
            job.sends += 1
            job.lostAt = now
            job.tries = 0
            job.step = .lookUp(creation, isLast: false)
            return lanes.putBack(job)
        }
        if job.tries < policy.tries { return lanes.park(job, for: backoff.jittered(tries: job.tries)) }
        lanes.release(job)
        giveUp(job, fault)
    }

    private mutating func giveUp(_ job: Job, _ fault: ServiceFault) {
        if case .audit = job.step { return }
        if case .create = job.step, let intent = job.openIntent {
            abandoned.append(intent)
            if job.sends > 0 { refusedCreations[intent.attempt] = intent }
        }
        if case .lookUp = job.step { fail(job.key, job.activity, .unsettled(fault)) } else { fail(job.key, job.activity, .service(fault)) }
    }

    /// The stamp was not there: after the settle time once more, then the same attempt is sent again.
    private mutating func lookAgainOrRepeat(_ given: Job, _ creation: Creation) {
        noteAnswer()
        var job = given
        job.tries = 0
        if case .lookUp(_, isLast: false) = job.step {
            // Until its answer was lost the request was on its way, and the cloud may act on it a little longer.
            job.step = .lookUp(creation, isLast: true)
            return lanes.park(job, for: max(.zero, policy.settleTime - (now - job.lostAt)))
        }
        job.step = .create(creation)
        if job.sends < policy.tries { return lanes.park(job, for: backoff.jittered(tries: job.sends)) }
        lanes.release(job)
        giveUp(job, job.lastFault ?? .cancelled)
    }
}

extension Job {
    /// The same job after its intent was closed: as if it had never been begun.
    var withClosedIntent: Job {
        var job = self
        if case .create(var creation) = step {
            (creation.intent, creation.unsentSince) = (nil, nil)
            job.step = .create(creation)
        }
        return job
    }
}
