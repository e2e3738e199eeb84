import SnapkeepCore

/// Carries out one step of one job: the only place where an apply sends changing requests. Each durable line stands on its side of the request.
struct StepRunner: Sendable {
    let service: any SnapshotService
    let recorder: Recorder
    let policy: ExecutionPolicy
    let environment: EngineEnvironment

    init(service: any SnapshotService, recorder: Recorder, policy: ExecutionPolicy, environment: EngineEnvironment) {
        self.service = recorder.checking(service)
        self.recorder = recorder
        self.policy = policy
        self.environment = environment
    }

    func run(_ step: Job.Step, key: SnapshotKey) async -> StepOutcome {
        switch step {
        case .confirmLoss(let creation): await confirmLoss(creation)
        case .create(let creation): await create(creation)
        case .adopt(let takeover): await adopt(takeover)
        case .lookUp(let creation, let isLast): await lookUp(creation, isLast: isLast)
        case .edit(let editing): await edit(editing)
        case .delete(let record, let origin): await delete(record, origin)
        case .expire(let record, let guards, let besidesNew): await expire(record, guards, besidesNew: besidesNew)
        case .audit(let intent): await audit(intent)
        }
    }

    /// A plan may be older than what it says: a snapshot that is there again, or still, must not be made a second time.
    private func confirmLoss(_ given: Creation) async -> StepOutcome {
        var creation = given
        guard let lost = creation.replaces else { return .lossConfirmed(creation) }
        do {
            switch try await service.snapshot(lost.id)?.status {
            case nil: creation.isReplacedGone = true
            case .deleting?, .errorDeleting?: break
            default: return .failed(.stillThere(lost.id))
            }
            return .lossConfirmed(creation)
        } catch { return .fault(error, .confirmLoss(given)) }
    }

    /// Drops the record of what is known to be gone, once another one stands for its key. It may stay as well: the next refresh drops it.
    private func dropReplaced(_ creation: Creation) async {
        guard creation.isReplacedGone, let lost = creation.replaces else { return }
        try? await recorder.record(.deleted(lost.id), .soon)
    }

    /// Puts the intents of creations on disk, with one fsync for all.
    ///
    /// - Parameter jobs: creations.
    /// - Returns: each job with its intent, or as it was with the reason why it has none.
    func prepare(_ jobs: [Job]) async -> [(Job, RecordFault?)] {
        let elapsed = environment.elapsed()
        var prepared: [(job: Job, intent: CreationIntent)] = []
        for var job in jobs {
            guard case .create(var creation) = job.step else { continue }
            environment.failpoints.hit(.beforeIntent)
            let intent = makeIntent(for: creation)
            (creation.intent, creation.unsentSince) = (intent, elapsed)
            job.step = .create(creation)
            prepared.append((job, intent))
        }
        let faults = await recorder.record(prepared.map(\.intent))
        return prepared.map { job, intent in
            if let fault = faults[intent.attempt] { return (job.withClosedIntent, fault) }
            environment.failpoints.hit(.afterIntent)
            return (job, nil)
        }
    }

    // Intent on disk, request, record: in this order whatever happens in between (P1).
    private func create(_ given: Creation) async -> StepOutcome {
        var creation = given
        guard var intent = creation.intent else { preconditionFailure("a creation is sent whose intent is not on disk") }
        var isFresh = isFresh(intent, unsentSince: creation.unsentSince)
        creation.unsentSince = nil
        // Its line is on disk, and yet nothing may start any more once the disk has failed (P6).
        if isFresh, recorder.hasFailed, let fault = await recorder.withdraw(intent.attempt) { return .recordFault(fault) }
        // A disk may hang for longer than an intent may be old: then the line is written once more.
        while !isFresh {
            do {
                environment.failpoints.hit(.beforeIntent)
                let written = environment.elapsed()
                (intent.startedAt, intent.bootInstant) = (environment.now(), environment.bootInstant)
                try await recorder.record(.resent(attempt: intent.attempt, at: intent.startedAt, intent.bootInstant), .now)
                environment.failpoints.hit(.afterIntent)
                isFresh = self.isFresh(intent, unsentSince: written)
            } catch { return .recordFault(error) }
        }
        creation.intent = intent
        let snapshot: ObservedSnapshot
        do {
            environment.failpoints.hit(.beforePost)
            snapshot = try await service.createSnapshot(creation.request(for: intent))
            environment.failpoints.hit(.afterAnswer)
        } catch {
            // Not sent, for the lock was lost: there is no other try.
            if error.kind == .notSent, recorder.hasFailed, let fault = await recorder.withdraw(intent.attempt) {
                return .recordFault(fault)
            }
            return await refused(error, creation, intent)
        }
        if Stamp(in: snapshot.metadata) == intent.stamp { return await made(snapshot, creation, intent) }
        return await unproven(snapshot, creation, intent)
    }

    private func made(_ snapshot: ObservedSnapshot, _ creation: Creation, _ intent: CreationIntent) async -> StepOutcome {
        do {
            let result = CreatedSnapshot(id: snapshot.id, status: snapshot.status, size: snapshot.size, createdAt: snapshot.createdAt)
            // Written at once; a power loss before the next fsync leaves the intent, and the stamp finds the snapshot.
            try await recorder.record(.created(attempt: intent.attempt, result), .soon)
            environment.failpoints.hit(.afterRecord)
        } catch { return .unrecorded(snapshot.id, error) }
        await dropReplaced(creation)
        return .created(snapshot, creation)
    }

    /// Whether an intent that was not sent yet still tells when its request is sent. By both clocks: one may be set, the other may stand
    /// still while the machine sleeps.
    private func isFresh(_ intent: CreationIntent, unsentSince: Duration?) -> Bool {
        guard let unsentSince else { return false }
        return environment.elapsed() - unsentSince <= policy.intentLead && environment.now().since(intent.startedAt) <= policy.intentLead
    }

    /// What follows when the answer shows a snapshot without our stamp. It may be somebody else's: what bears the stamp counts before it, and
    /// nothing is put on a snapshot that this request cannot have made (P3).
    private func unproven(_ claimed: ObservedSnapshot, _ creation: Creation, _ intent: CreationIntent) async -> StepOutcome {
        let request = creation.request(for: intent)
        let lost = ServiceFault(
            .unintelligible, request: "POST /snapshots", message: "the answer shows snapshot \(claimed.id), which does not bear our stamp")
        do throws(ServiceFault) {
            let found = try await attemptLookUp.snapshots(of: intent)
            if !found.isEmpty { return await take(found, creation, intent) }
            guard let shown = try await service.snapshot(claimed.id), shown.canBeResult(of: request, since: intent.startedAt),
                await recorder.record(shown.id) == nil
            else { return .fault(lost, .create(creation)) }
        } catch { return .fault(lost, .create(creation)) }
        // A cloud that drops what it is told at creation: without its stamp the snapshot could neither be found again nor deleted.
        let outcome = await made(claimed, creation, intent)
        guard case .created = outcome else { return outcome }
        do throws(ServiceFault) {
            try await service.mergeMetadata(request.metadata, into: claimed.id)
            if let shown = try await service.snapshot(claimed.id), Stamp(in: shown.metadata) == intent.stamp { return outcome }
        } catch {}
        return .unstamped(claimed.id)
    }

    private func makeIntent(for creation: Creation) -> CreationIntent {
        let spec = creation.spec
        return CreationIntent(
            attempt: environment.makeAttempt(), owner: recorder.owner, key: spec.key, volumeID: creation.volume, name: spec.name.text,
            description: spec.description?.text, metadata: spec.metadata, protect: spec.protect, startedAt: environment.now(),
            bootInstant: environment.bootInstant, replaces: creation.replaces?.id)
    }

    /// Closes the intent where the cloud is known to have made nothing and will not be asked again.
    private func refused(_ fault: ServiceFault, _ creation: Creation, _ intent: CreationIntent) async -> StepOutcome {
        switch fault.kind {
        case .refused, .unauthenticated, .accountBlocked:
            do { try await recorder.record(.abandoned(attempt: intent.attempt), .soon) } catch { return .recordFault(error) }
        case .throttled, .notSent, .uncertain, .unintelligible: break
        }
        return .fault(fault, .create(creation))
    }

    private func lookUp(_ creation: Creation, isLast: Bool) async -> StepOutcome {
        guard let intent = creation.intent else { return .notFound(creation) }
        do {
            let found = try await attemptLookUp.snapshots(of: intent)
            return found.isEmpty ? .notFound(creation) : await take(found, creation, intent)
        } catch { return .fault(error, .lookUp(creation, isLast: isLast)) }
    }

    /// Records what bears the stamp of an attempt.
    private func take(_ found: [ObservedSnapshot], _ creation: Creation, _ intent: CreationIntent) async -> StepOutcome {
        do { try await recorder.recordFound(found, for: intent) } catch { return .unrecorded(found[0].id, error) }
        await dropReplaced(creation)
        return .found(found, creation)
    }

    /// The run's loop does the repeating: here one try for each page.
    private var attemptLookUp: AttemptLookUp {
        var once = policy
        once.tries = 1
        return AttemptLookUp(service: service, retrier: Retrier(policy: once, environment: environment))
    }

    private func audit(_ intent: CreationIntent) async -> StepOutcome {
        let found: [ObservedSnapshot]
        do { found = try await attemptLookUp.snapshots(of: intent) } catch { return .fault(error, .audit(intent)) }
        var duplicates: [SnapshotID] = []
        for snapshot in found where await recorder.record(snapshot.id) == nil {
            do { try await recorder.record(.duplicate(SnapshotRecord(duplicate: snapshot, key: intent.key)), .soon) } catch {
                return .recordFault(error)
            }
            duplicates.append(snapshot.id)
        }
        return .audited(duplicates: duplicates)
    }

    // Looks before it changes: what does not carry our stamp is never touched (P3).
    private func edit(_ given: Editing) async -> StepOutcome {
        var editing = given
        if !editing.isConfirmed, !editing.remaining.isEmpty {
            do throws(ServiceFault) {
                guard let observed = try await service.snapshot(editing.id), let record = await recorder.record(editing.id) else {
                    return .failed(.vanished(editing.id))
                }
                guard isOurs(observed, record) else { return .failed(.notOurs(editing.id)) }
                editing.isConfirmed = true
            } catch { return .fault(error, .edit(editing)) }
        }
        var fault: ServiceFault?
        var changedCloud = false
        while fault == nil, let edit = editing.remaining.first {
            do throws(ServiceFault) {
                switch edit {
                case .texts(let name, let description):
                    _ = try await service.updateSnapshot(editing.id, name: name, description: description)
                case .merge(let additions): try await service.mergeMetadata(additions, into: editing.id)
                case .remove(let key): try await service.deleteMetadataKey(key, of: editing.id)
                }
                changedCloud = true
                editing.completeFirst()
            } catch { fault = error }
        }
        if changedCloud {
            let event = JournalEvent.updated(
                editing.id, name: editing.name, description: editing.description, metadata: editing.metadata, updatedAt: nil)
            do { try await recorder.record(event, .soon) } catch {
                guard case .journal(let failure) = error, fault == nil else { return .recordFault(error) }
                return .editedUnrecorded(editing.id, size: editing.size, failure)
            }
        }
        guard let fault else { return .edited(editing.id, size: editing.size, asked: editing.isBegun) }
        // Not sent, for the lock was lost: there is no other try.
        if fault.kind == .notSent, let lost = await recorder.fault { return .recordFault(lost) }
        if fault.kind == .refused(.snapshotNotFound) { return .failed(.vanished(editing.id)) }
        return .fault(fault, .edit(editing))
    }

    /// Makes sure that what always stays is there, and good, before a rotation lets anything go (P13): the records may be older than the cloud.
    private func expire(_ record: SnapshotRecord, _ guards: [SnapshotID], besidesNew: Bool) async -> StepOutcome {
        let again = Job.Step.expire(record, guards: guards, besidesNew: besidesNew)
        do {
            for id in guards {
                let observed = try await service.snapshot(id)
                guard let observed, observed.status.isGood, let kept = await recorder.record(id), isOurs(observed, kept) else {
                    return .failed(.guardNotGood(record.id, guard: id, status: observed?.status))
                }
            }
            // What had failed and is good by now is a copy that the rules may keep: why it was to go is not true any more (P3). What an earlier
            // run began to delete stays only where there is no other copy (P13).
            if record.status == .error || record.status == .deleting && guards.isEmpty && !besidesNew,
                let observed = try await service.snapshot(record.id), observed.status.isGood, isOurs(observed, record)
            {
                try await note(observed, record)
                return .failed(.deletionLeft(record.id, status: observed.status))
            }
        } catch let fault as ServiceFault {
            return .fault(fault, again)
        } catch let fault as RecordFault {
            return .recordFault(fault)
        } catch {
            return .fault(.cancelled, again)
        }
        // No other line stands for it, as with what is pruned.
        return await delete(record, .unlisted)
    }

    // Looks before it deletes: only what carries our stamp may go (P3), and a repeated call finds out how far the last one came.
    private func delete(_ record: SnapshotRecord, _ origin: DeletionOrigin) async -> StepOutcome {
        let again = Job.Step.delete(record, origin)
        do {
            guard let observed = try await service.snapshot(record.id) else {
                try await recorder.record(.deleted(record.id), .soon)
                return .deleted(record)
            }
            // Only its record was to go.
            if origin == .gone { return .failed(.stillThere(record.id)) }
            // The plan's copy of the record may be older than the protection (P3).
            if origin != .underWay, await recorder.record(record.id)?.protect == true { return .failed(.protected(record.id)) }
            guard isOurs(observed, record) else { return .failed(.notOurs(record.id)) }
            if observed.status == .deleting { return .deleting(record) }
            if origin == .underWay {
                // This run was not asked to delete: what the earlier one did not get to stays, and is told (P3).
                try await note(observed, record)
                return .failed(
                    observed.status == .errorDeleting
                        ? .notDeleted(record.id, status: observed.status) : .deletionLeft(record.id, status: observed.status))
            }
            if observed.status == .creating { return .notYetDeletable(record, origin) }
            guard observed.status.allowsDeletion else {
                try await note(observed, record)
                return .failed(.notDeleted(record.id, status: observed.status))
            }
            try await recorder.record(.deleting(record.id), .now)
            environment.failpoints.hit(.beforeDelete)
            do throws(ServiceFault) {
                try await service.deleteSnapshot(record.id)
                environment.failpoints.hit(.afterDelete)
                return .deleting(record)
            } catch {
                switch error.kind {
                case .refused(.wrongStatus): return try await refusedDeletion(error, of: record, seen: observed, origin)
                // Certainly not carried out: the record must not say that it is being deleted.
                case .refused, .throttled, .notSent, .unauthenticated, .accountBlocked: try await note(observed, record)
                case .uncertain, .unintelligible: break
                }
                return .fault(error, again)
            }
        } catch let fault as ServiceFault {
            return .fault(fault, again)
        } catch let fault as RecordFault {
            return .recordFault(fault)
        } catch {
            return .fault(.cancelled, again)
        }
    }

    /// A deletion was refused for the status of its snapshot, which allowed it a moment before: another look tells what has changed.
    private func refusedDeletion(
        _ fault: ServiceFault, of record: SnapshotRecord, seen before: ObservedSnapshot, _ origin: DeletionOrigin
    ) async throws(RecordFault) -> StepOutcome {
        let now: ObservedSnapshot?
        do throws(ServiceFault) { now = try await service.snapshot(record.id) } catch {
            try await note(before, record)
            return .fault(fault, .delete(record, origin))
        }
        guard let now else {
            try await recorder.record(.deleted(record.id), .soon)
            return .deleted(record)
        }
        // Somebody else has asked for the same, or what stands before the service has sent our request twice.
        if now.status == .deleting { return .deleting(record) }
        try await note(now, record)
        if now.status == .creating { return .notYetDeletable(record, origin) }
        guard now.status.allowsDeletion else { return .failed(.notDeleted(record.id, status: now.status)) }
        // Its status is good: upstream has one message for that and for a snapshot that belongs to a group (CloudAPI#delete).
        var other = fault
        other.kind = .refused(.snapshotBusy)
        return .fault(other, .delete(record, origin))
    }

    private func note(_ observed: ObservedSnapshot, _ record: SnapshotRecord) async throws(RecordFault) {
        try await recorder.record(
            .observed(record.id, status: observed.status, size: observed.size, updatedAt: observed.updatedAt), .soon)
    }

    private func isOurs(_ observed: ObservedSnapshot, _ record: SnapshotRecord) -> Bool {
        guard let stamp = Stamp(in: observed.metadata), stamp.owner.hasSameBytes(as: recorder.owner), record.attempt?.text == stamp.attempt
        else {
            return false
        }
        return !observed.isServerMade
    }
}
