import SnapkeepCore

/// What follows from a look at the awaited snapshots.
extension ApplyLoop {
    mutating func take(_ round: WatchRound) async {
        if let fault = round.fault {
            takeLookFault(fault)
        } else {
            awaited.noteLook(failed: false)
            noteAnswer()
        }
        for sighting in round.sightings { await take(sighting) }
        for watch in awaited.seen(in: round) {
            if case .some(.some(let observed)) = round.observed[watch.id] { await take(observed, watch) } else { await takeMissing(watch) }
        }
        for watch in awaited.removeOverdue(at: now) {
            switch watch.goal {
            case .available:
                timeOut(watch, watch.activity)
                audit(watch)
            case .gone where watch.status == .deleting: timeOut(watch, watch.activity)
            case .gone, .deletable: fail(watch.key, watch.activity, .notDeleted(watch.id, status: watch.status))
            }
        }
        for (id, key, fields) in pendingEdits {
            guard let record = await executor.recorder.record(id) else { continue }
            addEdits(fields, of: record, key: key, .update)
        }
        pendingEdits = []
    }

    /// Nothing has failed, and nothing is finished: the next run goes on waiting.
    private mutating func timeOut(_ watch: Watch, _ activity: Activity) {
        let wait = TimedOutWait(key: watch.key, activity: activity, id: watch.id, waited: watch.timeout, status: watch.status)
        report.timedOut.append(wait)
        if activity == .delete || activity == .expire {
            report.stillDeleting.append(watch.key)
        } else {
            report.stillCreating.append(watch.key)
        }
        executor.observe(.timedOut(wait))
        if policy.stopsOnError { stop(.firstFailure) }
    }

    private mutating func takeLookFault(_ fault: ServiceFault) {
        switch fault.kind {
        // Not each fault that meets everyone: what is refused to a look is refused to the look alone, and what is sent meets its own answer.
        case .unauthenticated, .accountBlocked: stop(.service(fault))
        case .throttled(let asked):
            takeThrottling(fault, asked)
        // What could not be seen is looked at again; each wait has its own end.
        case .refused, .notSent, .uncertain, .unintelligible:
            if awaited.noteLook(failed: true) { executor.observe(.lookFailed(fault)) }
        }
    }

    /// What lists show of our stamps beyond what is recorded.
    mutating func take(_ sighting: Sighting) async {
        for (snapshot, stamp) in sighting.orphans { await takeStray(snapshot, stamp) }
        for other in sighting.others { seenElsewhere[other.id] = other.key }
    }

    /// A snapshot with our stamp that nothing accounts for: a creation that was performed after it had been given up.
    private mutating func takeStray(_ snapshot: ObservedSnapshot, _ stamp: Stamp) async {
        guard let key = try? SnapshotKey(stamp.key), await executor.recorder.record(snapshot.id) == nil else { return }
        if let intent = refusedCreation(of: snapshot) { return await takeRefused(snapshot, intent) }
        if await keep(.duplicate(SnapshotRecord(duplicate: snapshot, key: key)), key, .create) { noteDuplicate(key, snapshot.id) }
    }

    private mutating func take(_ observed: ObservedSnapshot, _ watch: Watch) async {
        if awaited.note(observed, at: now) {
            executor.observe(.progressed(watch.key, status: observed.status, percent: observed.progress))
        }
        switch watch.goal {
        case .available:
            switch observed.status {
            case .available:
                guard await note(observed, watch) else { return }
                reachedAvailable(watch, size: observed.size)
            case .error:
                guard await note(observed, watch) else { return }
                fail(watch.key, watch.activity, .endedInError(watch.id))
                audit(watch)
            default: break
            }
        case .gone(let record):
            switch observed.status {
            case .available, .error, .errorDeleting:
                // Accepted, and yet still there (CloudAPI#delete).
                guard await note(observed, watch) else { return }
                fail(record.key, watch.activity, .notDeleted(watch.id, status: observed.status))
            default: break
            }
        case .deletable(let record, let origin):
            guard observed.status != .creating else { return }
            guard await note(observed, watch) else { return }
            lanes.append(Job(key: record.key, activity: watch.activity, volume: record.volumeID, step: .delete(record, origin)))
        }
    }

    private mutating func takeMissing(_ watch: Watch) async {
        awaited.remove(watch.id)
        switch watch.goal {
        case .available:
            fail(watch.key, watch.activity, .vanished(watch.id))
            audit(watch)
        case .gone(let record), .deletable(let record, _):
            if await keep(.deleted(record.id), record.key, watch.activity) {
                succeed(record.key, watch.activity, record.id, record.size, since: watch.startedAt)
            }
        }
    }

    /// Ends a wait and records what was observed; false where that does not fit what is recorded.
    private mutating func note(_ observed: ObservedSnapshot, _ watch: Watch) async -> Bool {
        awaited.remove(watch.id)
        return await keep(
            .observed(observed.id, status: observed.status, size: observed.size, updatedAt: observed.updatedAt), watch.key, watch.activity)
    }

    /// Records what the cloud has done. A disk that does not take the line ends the run, and does not undo what was done: it is told as
    /// done (P10).
    ///
    /// - Returns: false where the event does not fit what is recorded, which is the end of the change.
    private mutating func keep(_ event: JournalEvent, _ key: SnapshotKey, _ activity: Activity) async -> Bool {
        do { try await executor.recorder.record(event, .soon) } catch {
            switch error {
            case .journal(let failure): stop(.journal(failure))
            case .replay(let problem):
                fail(key, activity, .replay(problem))
                return false
            }
        }
        return true
    }
}
