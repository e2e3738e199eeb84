import SnapkeepCore
import SnapkeepEngine
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepState

/// One import, from the lock to the last line: each pair by itself, one after the other.
struct ImportRun {
    let requests: [Adoption.Request]
    let manifest: LoadedManifest?
    let session: Session
    let locked: any LockedState
    let run: RunInfo
    let service: any ProjectService
    let policy: ExecutionPolicy
    let engine: EngineEnvironment
    /// What to type next.
    let planCommand: String

    /// Made with the first line that must be on disk.
    private var recorder: Recorder?
    private var findings: [Diagnostic] = []
    private var counts = HistoryCounts()
    /// Those that were recorded before.
    private var known = 0
    /// What became of each pair that did not fail.
    private var outcomes: [SnapshotKey: PairOutcome] = [:]
    /// Whether a stamp may have been put back although no answer says so.
    private var mayHaveStamped = false
    /// Why the pairs after this one are not tried.
    private var isOver = false
    /// What the run ends with where it changed nothing and is not complete.
    private var failure = ExitStatus.error

    init(
        requests: [Adoption.Request], manifest: LoadedManifest?, session: Session, locked: any LockedState, run: RunInfo,
        service: any ProjectService, policy: ExecutionPolicy, engine: EngineEnvironment, planCommand: String
    ) {
        self.requests = requests
        self.manifest = manifest
        self.session = session
        self.locked = locked
        self.run = run
        self.service = service
        self.policy = policy
        self.engine = engine
        self.planCommand = planCommand
    }

    mutating func carryOut(_ identity: CloudIdentity) async throws -> ExitStatus {
        let loaded = await locked.loaded
        let before = loaded.boundState
        let start = try before ?? firstState(identity)
        for request in requests {
            if isOver || StopSignals.shared.isRaised { skip(request) } else { await take(request, from: start) }
        }
        return await finish(before: before)
    }

    /// What is to be written before the first stamp is set, where there is no state yet.
    private func firstState(_ identity: CloudIdentity) throws -> RecordedState {
        guard let endpoint = identity.endpoint, let project = identity.projectID else { throw Failure(.error, .unboundPlan) }
        let lineage = Lineage(randomUUID())!
        return RecordedState(
            header: .init(
                lineage: lineage, owner: manifest?.manifest.stack?.text ?? lineage.text, endpoint: endpoint, projectID: project))
    }

    private mutating func begin(_ start: RecordedState) async throws -> Recorder {
        if let recorder { return recorder }
        if await locked.loaded.boundState == nil { try await locked.createState(start) }
        try await locked.begin(run, plan: nil)
        let begun = try Recorder(start, run: run, plan: nil, journal: locked)
        recorder = begun
        return begun
    }

    private mutating func take(_ request: Adoption.Request, from start: RecordedState) async {
        let adoption = Adoption(service: locked.checking(service), policy: policy, environment: engine)
        do {
            var state = await recorder?.state ?? start
            if let intent = state.openIntents.first(where: { $0.key == request.key }) {
                let recorder = try await begin(start)
                guard try await settle(intent, before: request, recorder) else { return }
                state = await recorder.state
            }
            let examination = await adoption.examine(request, in: state)
            // Cut off, a look proves nothing.
            try Task.checkCancellation()
            switch examination {
            case .recorded(let record):
                known += 1
                outcomes[request.key] = .recordedBefore
                session.writeResult("\(VisibleText.escaped(record.key.text)): snapshot \(record.id) is recorded already.\n")
            case .unstamped(let record):
                switch await StopSignals.shared.deferring({ await adoption.restamp(record, owner: state.header.owner) }) {
                case nil:
                    known += 1
                    outcomes[request.key] = .stamped
                    session.writeResult(
                        "\(VisibleText.escaped(record.key.text)): snapshot \(record.id) was recorded already; its stamp is put back.\n")
                case .refused(let obstacle)?: refuse(request, obstacle, in: state)
                case .failed(let fault, _)?:
                    if fault.kind == .notSent { try await locked.requireLock() }
                    // What the answer does not say may have been done.
                    if fault.kind == .uncertain || fault.kind == .unintelligible { mayHaveStamped = true }
                    fail(request, fault, isOpen: false)
                case .adopted?: break
                }
            case .refused(let obstacle): refuse(request, obstacle, in: state)
            case .unread(let fault): fail(request, fault, isOpen: false)
            case .adoptable(let observed):
                let recorder = try await begin(start)
                // From the intent to the record nothing cuts in: a stamp is never set and left unrecorded.
                switch try await StopSignals.shared.deferring({
                    try await adoption.adopt(observed, for: request, recorder: recorder)
                }) {
                case .adopted(let record): tell(record, request)
                case .refused(let obstacle): refuse(request, obstacle, in: state)
                case .failed(let fault, let isOpen): fail(request, fault, isOpen: isOpen)
                }
            }
        } catch is CancellationError {
            skip(request)
        } catch {
            counts.failed += 1
            let told = Told(error)
            findings += told?.diagnostics ?? []
            if let status = told?.status, status == .refused || status == .locked { failure = status }
            isOver = true
        }
    }

    private mutating func skip(_ request: Adoption.Request) {
        counts.notStarted += 1
        outcomes[request.key] = .notStarted
    }

    /// Finds out what an earlier run under this key came to; whether that is known now.
    private mutating func settle(_ intent: CreationIntent, before request: Adoption.Request, _ recorder: Recorder) async throws -> Bool {
        let settling = Settling(
            service: service, recorder: recorder, policy: policy, environment: engine,
            formerHolderMayLive: await locked.formerHolderMayLive, isWanted: { $0.adopts == request.id }, observe: { _ in })
        session.tellAside(
            "An earlier run ended in the middle of \(VisibleText.escaped(intent.key.text)): looking for its stamp, for up to "
                + "\(Quantities.limit(settling.longestWait))\n")
        let settlement = try await settling.settle([intent]).first
        try Task.checkCancellation()
        guard let settlement, case .unknown(let fault) = settlement.outcome else { return true }
        counts.failed += 1
        findings.append(.importUnsettled(intent.key, fault))
        isOver = fault.outlastsItsTries
        return false
    }

    private mutating func tell(_ record: SnapshotRecord, _ request: Adoption.Request) {
        counts.adopted += 1
        outcomes[request.key] = .adopted
        let facts = ["volume \(record.volumeID)"] + [record.size.map(Quantities.size(gibibytes:))].compactMap { $0 }
        session.writeResult(
            "Imported \(VisibleText.escaped(record.key.text)): snapshot \(record.id) (\(facts.joined(separator: ", "))) is stamped and "
                + "recorded.\n")
        if request.spec == nil { findings.append(.importedUnlisted(record.key)) }
        if record.status == .error { findings.append(.importedInError(record.key)) }
    }

    private mutating func refuse(_ request: Adoption.Request, _ obstacle: AdoptionObstacle, in state: RecordedState) {
        counts.failed += 1
        let field: SnapshotPlaces.Field = if case .otherID = obstacle { .id } else { .volume }
        let place = manifest?.places()[request.key]?.range(of: field)
        findings.append(.notImported(request, obstacle, project: state.header.projectID, at: place))
    }

    private mutating func fail(_ request: Adoption.Request, _ fault: ServiceFault, isOpen: Bool) {
        counts.failed += 1
        findings.append(.importFailed(request, fault, isOpen: isOpen))
        isOver = fault.outlastsItsTries
    }

    /// Ends the run. Whatever the disk says, the findings are told.
    private func finish(before: RecordedState?) async -> ExitStatus {
        var findings = findings
        let isInterrupted = StopSignals.shared.isRaised && counts.notStarted > 0 && !isOver
        let account = RunEnd.Account(
            isComplete: counts.failed == 0 && counts.notStarted == 0, isInterrupted: isInterrupted,
            changedCloud: counts.adopted + known > 0 || mayHaveStamped, counts: counts, failure: failure)
        let end = RunEnd(session: session, locked: locked, run: run, serialBefore: before?.header.serial ?? 0)
        // A first import that came to nothing leaves no trace, as there is no state that it could belong to.
        guard before != nil || recorder != nil else {
            tell(findings, isInterrupted: isInterrupted)
            return isInterrupted ? .interrupted : account.isComplete ? .done : account.changedCloud ? .partly : failure
        }
        let outcome = await end.close(recorder) { _ in account }
        if let fault = outcome.stateFault {
            findings.append(fault.diagnostic)
            if outcome.isChanged, !fault.isRefusal { findings.append(.recordLacks(again: false)) }
        }
        session.tellUnrecorded(outcome)
        findings += [outcome.warning].compactMap { $0 }
        tell(findings, isInterrupted: isInterrupted)
        return outcome.status
    }

    private func tell(_ given: [Diagnostic], isInterrupted: Bool) {
        var findings = given
        if counts.notStarted > 0, !isInterrupted { findings.append(.importNotStarted(counts.notStarted)) }
        if counts.adopted > 0, !session.isQuiet {
            session.writeResult("Run `\(VisibleText.escaped(planCommand))` to see what is left to do.\n")
        }
        session.answer { document in
            document.list("snapshots", requests) { request, object in
                object.field("key", request.key.text)
                object.field("id", request.id.text)
                object.field("outcome", (outcomes[request.key] ?? .failed).rawValue)
            }
            if counts.adopted > 0 { document.field("next", [planCommand]) }
        }
        session.report(findings.inSourceOrder(), sources: manifest?.sources ?? [])
        if isInterrupted {
            let done = counts.adopted + known
            session.tellInterruption(
                "\(done == 0 ? "no pair was imported" : "\(Quantities.count(done, "pair")) recorded"), "
                    + "\(counts.notStarted) not tried; run the same command again to go on.")
        }
    }
}

/// What became of a pair, in a word for programs.
private enum PairOutcome: String {
    case adopted
    case recordedBefore = "recorded_before"
    /// Recorded before; its stamp was put back.
    case stamped
    case failed
    case notStarted = "not_started"
}
