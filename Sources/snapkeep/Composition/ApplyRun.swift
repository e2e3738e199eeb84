import SnapkeepCore
import SnapkeepEngine
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepState

/// One apply, from the lock to the last line of the report.
struct ApplyRun {
    /// What is to be carried out.
    enum Work {
        case manifest(LoadedManifest, Reconciliation.Options)
        case saved(SavedPlan)
    }

    let work: Work
    let output: ApplyOutput
    let identity: CloudIdentity
    let service: any ProjectService

    /// Made with the first line that must be on disk.
    private var recorder: Recorder?
    /// The saved plan that the journal says is carried out.
    private var begunPlan: PlanID?
    /// `nil` where there are no rotations.
    var clock: RotationClock?
    /// What a look for the plan as it is has just shown, until it is used.
    var lastLook: CreationSearch?
    /// The second look, after a person's yes, says nothing again.
    private var hasToldUnrecorded = false

    init(work: Work, output: ApplyOutput, identity: CloudIdentity, service: any ProjectService) {
        self.work = work
        self.output = output
        self.identity = identity
        self.service = service
        clock = output.settings.clock
    }

    var session: Session { output.session }
    var settings: ApplySettings { output.settings }
    var run: RunInfo { output.run }
    private var locked: any LockedState { output.locked }
    private var display: ApplyDisplay { output.display }
    private var sources: [SourceFile] { output.sources }

    mutating func carryOut() async throws -> ExitStatus {
        let loaded = await locked.loaded
        do {
            switch work {
            case .manifest(let manifest, let options): return try await apply(manifest, options, to: loaded)
            case .saved(let saved): return try await apply(saved, to: loaded)
            }
        } catch { throw await output.end.cutShort(recorder, by: error, plan: begunPlan) }
    }

    // MARK: From a manifest

    private mutating func apply(
        _ manifest: LoadedManifest, _ options: Reconciliation.Options, to loaded: LoadedState
    ) async throws -> ExitStatus {
        var state = loaded.boundState
        var unsettled: [AttemptID: ServiceFault] = [:]
        if let open = state, !open.openIntents.isEmpty {
            let begun = try await begin(open, plan: nil)
            unsettled = try await settle(open.openIntents, begun, loaded.interrupted)
            state = await begun.state
        }
        let plan = try await self.plan(manifest, options, &state)
        try output.show(SavedPlan(plan: plan, title: manifest.title), cloud: identity.cloud)
        guard plan.hasActions else {
            return await output.finish(recorder, ApplyReport(), plan: nil, took: .zero, quiet: true, lost: plan.lostCount)
        }
        try await approve(plan, state, hasLooked: settings.refreshes)
        let active = try await begin(try await stateToBeginFrom(plan, state), plan: nil)
        return try await execute(plan, active, unsettled, id: nil, places: manifest.savedPlaces(for: plan))
    }

    /// Plans, by what the cloud shows where that was asked for; what was seen is recorded.
    private mutating func plan(
        _ manifest: LoadedManifest, _ options: Reconciliation.Options, _ state: inout RecordedState?
    ) async throws -> Plan {
        func planning(_ state: RecordedState?) -> Planning {
            Planning(manifest: manifest.manifest, state: state, identity: identity, options: options, clock: clock)
        }
        session.say("planning \(Quantities.count(manifest.manifest.snapshots.count, "snapshot"))")
        guard settings.refreshes else {
            let volumes = manifest.manifest.picksVolumes ? try await readVolumes() : nil
            var plan = planning(state).plan(lineage: nil, volumes: volumes)
            let (hasCopies, isSuspended) = (try await recordFoundCopies(of: plan, &state), try await checkClock(for: plan))
            if hasCopies || isSuspended { plan = planning(state).plan(lineage: nil, volumes: volumes) }
            try tell(plan.ownFindings(state: state, options, words: settings.words) { manifest.places() }, preflight: [], manifest)
            return plan
        }
        let refreshing = Refreshing(reader: session.reader(of: service, settings.policy)) { [session] in session.say($0) }
        let refresh = try await refreshing.look(at: state, for: manifest.manifest)
        if let known = state, !refresh.events.isEmpty {
            let active = try await begin(known, plan: nil)
            for event in refresh.events { try await active.record(event, .soon) }
            state = await active.state
        }
        clock = clock?.checked(against: service.clockDifference)
        if !refresh.copies.isEmpty { session.report([.foundCopies(refresh.copies.count)]) }
        let finding = try await refreshing.plan(planning(state), after: refresh, lineage: nil)
        let diagnostics = finding.diagnostics(manifest.places(), options: settings.words)
        try tell(diagnostics, preflight: finding.preflight, manifest)
        return finding.plan
    }

    /// Tells what was found beside a plan; an error is the end before the first change.
    private func tell(_ diagnostics: [Diagnostic], preflight: [Preflight.Finding], _ manifest: LoadedManifest) throws {
        if diagnostics.errorCount > 0 {
            throw ManifestFailure(sources: manifest.sources, diagnostics: diagnostics, status: preflight.refusalStatus)
        }
        session.report(diagnostics, sources: manifest.sources)
    }

    // MARK: Steps

    /// Everything that must hold before the first change, the yes of a person last; a person takes time, so the cloud is looked at again.
    ///
    /// - Parameter hasLooked: whether the plan was made by what the cloud showed a moment ago.
    mutating func approve(_ plan: Plan, _ state: RecordedState?, hasLooked: Bool) async throws {
        let refusals = settings.limits.refusals(of: plan)
        if !refusals.isEmpty { throw Failure(.refused, .deletionsRefused(refusals, of: plan, severity: .error)) }
        if !hasLooked { try await lookBeforeCreating(plan, state) }
        if settings.autoApprove { return }
        let isSaved = if case .saved = work { true } else { false }
        try session.confirm(Questions.apply(plan, to: target(of: plan)), orRefuse: .noApproval(isSaved: isSaved))
        // What another run has made under the lock that this one lost would look like somebody else's.
        try await locked.requireLock()
        try await lookBeforeCreating(plan, state)
    }

    /// Where the plan is carried out, as it is told.
    private func target(of plan: Plan) -> CloudTarget {
        CloudTarget(
            projectID: identity.projectID ?? plan.basis.projectID, endpoint: identity.endpoint ?? plan.basis.endpoint, cloud: identity.cloud
        )
    }

    /// Records copies that another machine has made.
    private mutating func recordFoundCopies(of plan: Plan, _ state: inout RecordedState?) async throws -> Bool {
        guard let known = state else { return false }
        let copies = try await foundCopies(of: plan, known)
        if copies.isEmpty { return false }
        let active = try await begin(known, plan: nil)
        for copy in copies { try await active.record(.duplicate(copy), .soon) }
        state = await active.state
        return true
    }

    /// What is to be remembered of rotations. An instant that was named may be a slip: one that lies ahead of this machine's clock would keep
    /// everything from expiring until then.
    private func memory(of plan: Plan) -> RotationMemory? {
        var memory = plan.newMemory
        if clock?.isMachineTime == false, let named = memory?.asOf { memory?.asOf = min(named, SystemTime.now()) }
        return memory
    }

    /// The recorded state, or the first one, which is on disk before anything is asked of the cloud.
    func stateToBeginFrom(_ plan: Plan, _ state: RecordedState?) async throws -> RecordedState {
        if let state { return state }
        guard let endpoint = plan.basis.endpoint, let project = plan.basis.projectID else { throw Failure(.error, .unboundPlan) }
        let lineage = plan.basis.lineage ?? Lineage(randomUUID())!
        let first = RecordedState(
            header: .init(lineage: lineage, owner: plan.basis.owner ?? lineage.text, endpoint: endpoint, projectID: project))
        try await locked.createState(first)
        return first
    }

    /// Before the first creation: what the cloud holds with our stamp and a key that is about to be created was made from another copy of
    /// this state, or by a state that is lost. A second one would be a duplicate (P1).
    private mutating func lookBeforeCreating(_ plan: Plan, _ state: RecordedState?) async throws {
        guard plan.changes.contains(where: { $0.possibleCreation != nil }) else { return }
        let search = if let lastLook { lastLook } else { try await look(for: plan, state) }
        lastLook = nil
        let findings = Preflight.findings(of: plan, orphans: search.orphans, cutRenames: search.cutRenames)
        if findings.isEmpty {
            if search.unrecordedCount > 0, !hasToldUnrecorded {
                hasToldUnrecorded = true
                session.report([Diagnostic(.unrecorded(count: search.unrecordedCount), [:], options: settings.words)])
            }
            return
        }
        switch work {
        case .saved:
            var told = search.orphans.isEmpty ? [] : [Diagnostic.planCarriedOut(search.orphans, options: settings.words)]
            told += findings.filter(\.isHalfRenamed).map { Diagnostic($0, [:], options: settings.words) }
            throw Told(.refused, told)
        case .manifest(let manifest, _):
            let places = manifest.places()
            let told = findings.map { Diagnostic($0, places, options: settings.words) }
            throw ManifestFailure(sources: sources, diagnostics: told.inSourceOrder(), status: findings.refusalStatus)
        }
    }

    func look(for plan: Plan, _ state: RecordedState?) async throws -> CreationSearch {
        session.say("looking for snapshots that were made elsewhere")
        let wanted = plan.changes.compactMap(\.possibleCreation)
        // Nobody has the name yet that a first state without a 'stack' gives: there is nothing to be found.
        let owner = state?.header.owner ?? plan.basis.owner
        var search = CreationSearch(keys: Set(wanted.map(\.key)), owner: owner ?? "", state: state)
        // A rename that was cut short left its key on a snapshot of a line that is gone, whichever volume the new line names.
        let unlisted = Set(plan.changes.compactMap(\.unlistedID))
        let volumes = (state?.records ?? []).lazy.filter { unlisted.contains($0.id) }.map { Optional($0.volumeID) }
        let ids = wanted.map(\.volume.id) + volumes
        let reader = session.reader(of: service, settings.policy)
        do throws(ServiceFault) {
            if owner == nil {
                // All the same the endpoint must show that it is a block-storage service, before anything is sent that may change something.
                try await reader.probe()
            } else {
                try await CreationLook(reader: reader).look(for: &search, on: ids.contains(nil) ? nil : Set(ids.compactMap { $0 }))
            }
        } catch {
            let unread = Diagnostic.projectUnread(error, consequence: "what may be there already is not created; nothing was changed")
            throw Failure(.error, .ofAccount(error) ?? unread)
        }
        return search
    }

    /// The one recorder of the run; a signal that has come before lets none begin.
    mutating func begin(_ state: RecordedState, plan: PlanID?) async throws -> Recorder {
        try Task.checkCancellation()
        if let recorder { return recorder }
        try await locked.begin(run, plan: plan)
        let begun = try Recorder(state, run: run, plan: plan, journal: locked)
        (recorder, begunPlan) = (begun, plan)
        return begun
    }

    /// Whether the manifest still asks for an adoption that was begun: by its `id:`, or by listing the key of an import. A saved plan shows
    /// what is settled.
    private var isWanted: @Sendable (CreationIntent) -> Bool {
        guard case .manifest(let loaded, _) = work else { return { _ in true } }
        let lines = Dictionary(loaded.manifest.snapshots.map { ($0.key, $0.id) }, uniquingKeysWith: { first, _ in first })
        return { intent in lines[intent.key].map { $0 == nil || $0 == intent.adopts } ?? false }
    }

    func settle(
        _ intents: [CreationIntent], _ recorder: Recorder, _ interrupted: RunInfo?
    ) async throws -> [AttemptID: ServiceFault] {
        let settling = Settling(
            service: service, recorder: recorder, policy: settings.policy, environment: settings.engine,
            formerHolderMayLive: await locked.formerHolderMayLive, isWanted: isWanted, observe: display.observeSettling)
        display.tellSettling(intents.count, longestWait: settling.longestWait)
        let settlements = try await settling.settle(intents)
        // Cut off, a look-up proves nothing.
        try Task.checkCancellation()
        display.tellSettled(settlements, of: interrupted)
        return Dictionary(
            settlements.compactMap { settlement in
                if case .unknown(let fault) = settlement.outcome { (settlement.attempt, fault) } else { nil }
            }, uniquingKeysWith: { first, _ in first })
    }

    func execute(
        _ plan: Plan, _ recorder: Recorder, _ unsettled: [AttemptID: ServiceFault], id: PlanID?, places: [SnapshotKey: SavedPlace]
    ) async throws -> ExitStatus {
        let stops = try StopSignals.shared.beginChanges()
        let executor = Executor(
            service: service, recorder: recorder, policy: settings.policy, environment: settings.engine, observe: display.observe)
        let began = SystemTime.elapsed()
        let report = await display.whileShowing {
            await executor.execute(plan.changes, remembering: memory(of: plan), unsettled: unsettled, stops: stops)
        }
        return await output.finish(
            recorder, report, plan: id, took: SystemTime.elapsed() - began, quiet: false, lost: plan.lostCount, places: places)
    }

    /// What is declared and lost must not pass for done.
    func tellLost(_ count: Int, _ status: ExitStatus) -> ExitStatus {
        if count == 0 { return status }
        session.report([.lostLeft(count)])
        return status == .done ? .partly : status
    }
}

extension Change {
    /// The key of what a run makes or awaits for the change.
    fileprivate var comingKey: SnapshotKey? {
        switch self {
        case .create, .replace, .resume, .settle: key
        case .adopt, .update, .delete, .expire, .retain, .lost: nil
        }
    }

    /// What the change makes, or may turn out to have to make.
    fileprivate var possibleCreation: SnapshotSpec? {
        // For a line with an `id:` nothing is ever made.
        if case .settle(_, let spec) = self { spec?.id == nil ? spec : nil } else { creation }
    }
}

extension [Change] {
    /// The changes of a saved plan once its open creations were looked up: what was found is brought to what the line says, what was not is
    /// created.
    func afterSettling(in state: RecordedState, _ options: Reconciliation.Options) -> [Change] {
        let coming = Set(lazy.compactMap { change -> SnapshotKey? in if case .settle = change { nil } else { change.comingKey } })
        return compactMap { change in
            if case .expire(let record, var expiry) = change, let new = expiry.after, !coming.contains(new),
                let found = state.record(for: new), found.status.isGood, found.volumeID == record.volumeID
            {
                // What it was to wait for was found, and must be seen like any other.
                expiry.after = nil
                expiry.guards.append(found.id)
                return .expire(record, expiry)
            }
            guard case .settle(let intent, let spec) = change else { return change }
            if state.openIntents.contains(where: { $0.attempt == intent.attempt }) { return change }
            guard let spec else { return nil }
            guard let record = state.record(for: spec.key) else { return Reconciliation.beginning(of: spec) }
            // A deletion that the plan did not show is none of its actions (P5).
            return Reconciliation.change(for: spec, recorded: record, options: .init(prune: false, recreate: options.recreate))
        }
    }
}
