import SnapkeepCore

/// One apply while it is carried out. One task owns this state and takes every decision; child tasks carry out single steps and report back.
struct ApplyLoop {
    /// What a child task reports.
    enum Signal: Sendable {
        /// The names of volumes were looked up: the plan can be taken in.
        case resolved(VolumeResolution)
        /// Intents are on disk, or could not be written.
        case prepared([(Job, RecordFault?)])
        case step(Job, StepOutcome)
        /// The wait before a look is over.
        case lookDue
        case looked(WatchRound)
        /// A wait is over; a job that waited goes back to its lane.
        case woke(Job?)
        case stopRequested
        case ignored
    }

    let executor: Executor
    /// The plan, until it is taken in; `nil` from then on.
    private var changes: [Change]?
    private let unsettled: [AttemptID: ServiceFault]
    /// Snapshots whose protection could not be recorded: nothing else is changed on them.
    private let unprotected: [SnapshotID: RecordFault]
    var policy: ExecutionPolicy { executor.policy }
    var now: Duration { executor.environment.elapsed() }

    var lanes: Lanes
    var awaited = AwaitedSnapshots()
    var report = ApplyReport()
    /// Edits to make on snapshots that have just become available.
    var pendingEdits: [(SnapshotID, SnapshotKey, [FieldChange])] = []
    /// Creations that were given up, known not to exist, and whose intent is to be closed at the end.
    var abandoned: [CreationIntent] = []
    /// Creations that were sent and whose intents were closed without a snapshot.
    var refusedCreations: [AttemptID: CreationIntent] = [:]
    /// Snapshots with our stamp that no record accounts for, by the keys in their stamps.
    var seenElsewhere: [SnapshotID: SnapshotKey] = [:]
    /// Creations that were sent more than once, by the snapshot that is recorded for them.
    var suspects: [SnapshotID: CreationIntent] = [:]
    /// Deletions of predecessors, until what takes their place is available (P3).
    var heldDeletions: [SnapshotKey: [SnapshotRecord]] = [:]
    /// What rotations let go once their new snapshots are good.
    var expiries = HeldExpiries()
    /// Keys whose snapshot is yet to become available.
    private var comingKeys: Set<SnapshotKey> = []
    var anythingAnswered = false
    var startsNothing = false
    /// Whether what is awaited is still waited for although nothing new starts.
    var waitsOn = true

    init(
        executor: Executor, changes: [Change], unsettled: [AttemptID: ServiceFault], unprotected: [SnapshotID: RecordFault]
    ) {
        self.executor = executor
        self.changes = changes
        self.unsettled = unsettled
        self.unprotected = unprotected
        lanes = Lanes(parallelism: executor.policy.parallelism)
    }

    var hasWork: Bool {
        if lanes.isBusy || !awaited.isEmpty && waitsOn { return true }
        return !startsNothing && (changes != nil || lanes.hasWaiting)
    }

    // MARK: Taking in the plan

    private mutating func takePlan(_ resolution: VolumeResolution) {
        if let end = resolution.end { return stop(.service(end)) }
        guard !startsNothing, let planned = changes else { return }
        changes = nil
        comingKeys = Set(planned.filter(\.makesSnapshot).map(\.key))
        for change in planned { add(change, resolution.volumes) }
    }

    private mutating func add(_ change: Change, _ volumes: [ExactText: Result<[VolumeID], ServiceFault>]) {
        switch change {
        case .create(let spec): addCreation(spec, .create, volumes, replaces: nil, prunes: false)
        case .replace(let spec, let record, .lost, _): addCreation(spec, .replace, volumes, replaces: record, prunes: false, isLost: true)
        case .replace(let spec, let record, .volume, let prune), .replace(let spec, let record, .failed, let prune),
            .replace(let spec, let record, .beingDeleted, let prune):
            addCreation(spec, .replace, volumes, replaces: record, prunes: prune)
        case .adopt(let spec, let id, let fields): addAdoption(spec, id, fields, volumes)
        case .update(let spec, let record, let fields):
            if let fault = unprotected[record.id] { return take(fault, spec.key, .update) }
            addEdits(fields, of: record, key: spec.key, .update)
        case .resume(let spec, let record, let fields):
            if let fault = unprotected[record.id] { return take(fault, spec.key, .resume) }
            executor.observe(.started(spec.key, .resume))
            watch(record.id, spec.key, .resume, .available(edits: fields, prunes: nil), since: now, timeout: spec.timeout, record.status)
        case .settle(let intent, let spec):
            let fault = unsettled[intent.attempt] ?? ServiceFault(.uncertain, request: "", message: "it was not looked up")
            fail(spec?.key ?? intent.key, intent.adopts == nil ? .create : .adopt, .unsettled(fault))
        case .delete(let record, .superseded) where comingKeys.contains(record.key): heldDeletions[record.key, default: []].append(record)
        case .delete(let record, let origin):
            lanes.append(Job(key: record.key, activity: .delete, volume: record.volumeID, step: .delete(record, origin)))
        case .expire(let record, let expiry):
            if let new = expiry.after {
                expiries.hold(record, expiry, until: new)
            } else {
                lanes.append(HeldExpiries.job(record, expiry.guards))
            }
        case .retain, .lost: break
        }
    }

    private mutating func addCreation(
        _ spec: SnapshotSpec, _ activity: Activity, _ volumes: [ExactText: Result<[VolumeID], ServiceFault>], replaces: SnapshotRecord?,
        prunes: Bool, isLost: Bool = false
    ) {
        guard let volume = volume(of: spec, activity, volumes) else { return }
        let creation = Creation(spec: spec, volume: volume, replaces: replaces, prunesReplaced: prunes)
        lanes.append(Job(key: spec.key, activity: activity, volume: volume, step: isLost ? .confirmLoss(creation) : .create(creation)))
    }

    private mutating func addAdoption(
        _ given: SnapshotSpec, _ id: SnapshotID, _ fields: [FieldChange]?, _ volumes: [ExactText: Result<[VolumeID], ServiceFault>]
    ) {
        guard let volume = volume(of: given, .adopt, volumes) else { return }
        var spec = given
        if spec.volume.id == nil { spec.volume = .id(volume) }
        let takeover = Takeover(spec: spec, id: id, shown: fields)
        lanes.append(Job(key: spec.key, activity: .adopt, volume: volume, step: .adopt(takeover)))
    }

    /// The volume of a line; a name that stands for none or several is the end of the change.
    private mutating func volume(
        of spec: SnapshotSpec, _ activity: Activity, _ volumes: [ExactText: Result<[VolumeID], ServiceFault>]
    ) -> VolumeID? {
        switch spec.volume {
        case .id(let id), .alias(_, let id): return id
        case .named(_, let name):
            switch volumes[ExactText(name)] {
            case .success(let matches)? where matches.count == 1: return matches[0]
            case .success(let matches)?: fail(spec.key, activity, .volumeName(name, matches: matches))
            case .failure(let fault)?: fail(spec.key, activity, .service(fault))
            case nil: fail(spec.key, activity, .volumeName(name, matches: []))
            }
            return nil
        }
    }

    mutating func addEdits(_ fields: [FieldChange], of record: SnapshotRecord, key: SnapshotKey, _ activity: Activity) {
        let editing = Editing(record: record, changes: fields)
        lanes.append(Job(key: key, activity: activity, volume: record.volumeID, step: .edit(editing)))
    }

    mutating func watch(
        _ id: SnapshotID, _ key: SnapshotKey, _ activity: Activity, _ goal: Watch.Goal, since startedAt: Duration, timeout: Duration,
        _ status: SnapshotStatus, isMade: Bool = false
    ) {
        let watch = Watch(
            id: id, key: key, activity: activity, goal: goal, startedAt: startedAt, since: now, timeout: timeout, status: status)
        if isMade { awaited.appendMade(watch) } else { awaited.append(watch) }
    }

    // MARK: Starting what may start

    mutating func launch(in group: inout TaskGroup<Signal>) {
        if let pause = lanes.pause(at: now) {
            if hasWork, lanes.beginPause() { wait(pause, then: .woke(nil), in: &group) }
        } else {
            // A look that is due goes first: one job follows the other and would never leave it a place.
            if awaited.looking == .due && waitsOn && lanes.hasRoom { startLooking(in: &group) }
            if !startsNothing {
                prepare(in: &group)
                while let job = lanes.takeSendable(beside: awaited.looksRunning) { start(job, in: &group) }
            }
        }
        for (job, delay) in lanes.takeParked() { wait(delay, then: .woke(job), in: &group) }
        if awaited.looking == .idle && !awaited.isEmpty && waitsOn {
            wait(awaited.scheduleLook(at: now, within: policy.pollInterval), then: .lookDue, in: &group)
        }
    }

    private mutating func start(_ given: Job, in group: inout TaskGroup<Signal>) {
        var job = given
        if job.startedAt == nil {
            job.startedAt = now
            executor.observe(.started(job.key, job.activity))
        }
        group.addTask { [job, runner] in .step(job, await runner.run(job.step, key: job.key)) }
    }

    var runner: StepRunner {
        StepRunner(service: executor.service, recorder: executor.recorder, policy: policy, environment: executor.environment)
    }

    private func wait(_ delay: Duration, then signal: Signal, in group: inout TaskGroup<Signal>) {
        group.addTask { [sleep = executor.environment.sleep] in
            do { try await sleep(delay) } catch { return .ignored }
            return signal
        }
    }

    private mutating func startLooking(in group: inout TaskGroup<Signal>) {
        let watcher = Watcher(service: executor.service, recorder: executor.recorder)
        let ids = awaited.beginLook()
        let depth = awaited.listDepth(beside: lanes.inFlight).map { $0 + policy.parallelism }
        group.addTask { .looked(await watcher.look(at: ids, depth: depth)) }
    }

    // MARK: Taking in what happened

    mutating func handle(_ signal: Signal) async {
        switch signal {
        case .ignored: break
        case .stopRequested:
            stop(.interrupted)
            executor.observe(.stopping(inFlight: lanes.inFlight))
        case .woke(let job?): lanes.wake(job)
        case .woke(nil): lanes.endPause()
        case .resolved(let resolution): takePlan(resolution)
        case .lookDue: awaited.makeLookDue()
        case .looked(let round):
            awaited.endLook()
            await take(round)
        case .prepared(let jobs): takePrepared(jobs)
        case .step(let job, let outcome):
            lanes.endRequest()
            take(outcome, of: job)
        }
    }

    /// Ends the run softly. The first reason is the one that is told.
    mutating func stop(_ reason: StopReason) {
        startsNothing = true
        if reason != .firstFailure { waitsOn = false }
        if report.stop == nil || report.stop == .firstFailure { report.stop = reason }
    }

    mutating func fail(_ key: SnapshotKey, _ activity: Activity, _ cause: ItemFailure.Cause) {
        let failure = ItemFailure(key: key, activity: activity, cause: cause)
        report.failures.append(failure)
        executor.observe(.failed(failure))
        if policy.stopsOnError { stop(.firstFailure) }
    }

    // MARK: The end

    /// Accounts for everything that was not carried to its end.
    mutating func finish() async -> ApplyReport {
        for intent in abandoned { try? await executor.recorder.record(.abandoned(attempt: intent.attempt), .soon) }
        for change in changes ?? [] { accountForUntaken(change) }
        report.notStarted += heldDeletions.values.flatMap { $0.map(\.key) }
        report.notStarted += expiries.keys
        for (job, fault) in expiries.takeWaiting() { fail(job.key, job.activity, .service(fault)) }
        for job in lanes.drain().sorted(by: { ($0.key, $0.volume) < ($1.key, $1.volume) }) {
            if let intent = job.openIntent {
                switch job.step {
                // Turned away before it was sent, or looked up after the settle time: known not to exist.
                case .create:
                    try? await executor.recorder.record(.abandoned(attempt: intent.attempt), .soon)
                    if job.sends > 0 { refusedCreations[intent.attempt] = intent }
                // Stays open; the next run settles it.
                case .confirmLoss, .adopt, .lookUp, .edit, .delete, .expire, .audit: break
                }
            }
            if case .audit = job.step { continue }
            if case .lookUp = job.step, let fault = job.lastFault {
                fail(job.key, job.activity, .unsettled(fault))
            } else if let fault = job.lastFault, job.mayHaveChangedCloud(before: fault) {
                fail(job.key, job.activity, .service(fault))
            } else {
                report.notStarted.append(job.key)
            }
        }
        await lookOnceMore()
        for watch in awaited.all {
            switch watch.goal {
            case .available: report.stillCreating.append(watch.key)
            case .gone: report.stillDeleting.append(watch.key)
            case .deletable: report.notStarted.append(watch.key)
            }
        }
        report.notStarted.sort()
        report.stillCreating.sort()
        report.stillDeleting.sort()
        return report
    }

    /// The run ended before the plan was taken in.
    private mutating func accountForUntaken(_ change: Change) {
        switch change {
        case .resume(let spec, _, _): report.stillCreating.append(spec.key)
        case .create, .adopt, .update, .replace, .settle, .delete, .expire: report.notStarted.append(change.key)
        case .retain, .lost: break
        }
    }
}

extension Job {
    /// The intent of a creation that is not closed yet.
    var openIntent: CreationIntent? {
        switch step {
        case .create(let creation), .lookUp(let creation, _): creation.intent
        case .confirmLoss, .adopt, .edit, .delete, .expire, .audit: nil
        }
    }

    /// Whether a change in place or a deletion was begun: then it is not told as never started.
    func mayHaveChangedCloud(before fault: ServiceFault) -> Bool {
        let isUncertain = fault.kind == .uncertain || fault.kind == .unintelligible
        switch step {
        case .edit(let editing): return editing.isBegun || isUncertain
        case .delete: return isUncertain
        case .confirmLoss, .create, .adopt, .lookUp, .expire, .audit: return false
        }
    }
}

extension Change {
    /// Whether a snapshot becomes available, or fails to, in the course of this change.
    fileprivate var makesSnapshot: Bool {
        switch self {
        case .create, .adopt, .replace, .resume, .settle: true
        case .update, .delete, .expire, .retain, .lost: false
        }
    }
}
