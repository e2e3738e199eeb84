import SnapkeepCore
import SnapkeepEngine
import SnapkeepManifest
import SnapkeepState
import Synchronization

/// One import, from the lock to the last line: each pair by itself, one after the other.
struct ImportRun {
    let requests: [Adoption.Request]
    let manifest: LoadedManifest?
    let session: Session
    let store: LockedStore
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
    /// Why the pairs after this one are not tried.
    private var isOver = false

    init(
        requests: [Adoption.Request], manifest: LoadedManifest?, session: Session, store: LockedStore, run: RunInfo,
        service: any ProjectService, policy: ExecutionPolicy, engine: EngineEnvironment, planCommand: String
    ) {
        self.requests = requests
        self.manifest = manifest
        self.session = session
        self.store = store
        self.run = run
        self.service = service
        self.policy = policy
        self.engine = engine
        self.planCommand = planCommand
    }

    mutating func carryOut(_ identity: CloudIdentity) async throws -> ExitStatus {
        let loaded = await store.loaded
        let before = loaded.boundState
        if let older = StaleState.check(store.paths, serial: before?.header.serial ?? 0) { throw Failure(.refused, older) }
        let start = try before ?? firstState(identity)
        let signals = StopSignals.install()
        let isStopped = StopFlag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [stops = signals.stream] in for await _ in stops { isStopped.raise() } }
            for request in requests {
                if isOver || isStopped.isRaised { counts.notStarted += 1 } else { try await take(request, from: start) }
            }
            group.cancelAll()
        }
        return try await finish(before: before, isInterrupted: isStopped.isRaised && counts.notStarted > 0 && !isOver)
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
        if await store.loaded.boundState == nil { try await store.createState(start) }
        try await store.begin(run, plan: nil)
        let begun = try Recorder(start, run: run, plan: nil, journal: store)
        recorder = begun
        return begun
    }

    private mutating func take(_ request: Adoption.Request, from start: RecordedState) async throws {
        let adoption = Adoption(service: service, policy: policy, environment: engine)
        do {
            var state = await recorder?.state ?? start
            if let intent = state.openIntents.first(where: { $0.key == request.key }) {
                let recorder = try await begin(start)
                guard try await settle(intent, recorder) else { return }
                state = await recorder.state
            }
            switch await adoption.examine(request, in: state) {
            case .recorded(let record):
                known += 1
                try session.console.write("\(VisibleText.escaped(record.key.text)): snapshot \(record.id) is recorded already.\n")
            case .unstamped(let record):
                switch await adoption.restamp(record, owner: state.header.owner) {
                case nil:
                    known += 1
                    try session.console.write(
                        "\(VisibleText.escaped(record.key.text)): snapshot \(record.id) was recorded already; its stamp is put back.\n")
                case .refused(let obstacle)?: refuse(request, obstacle, in: state)
                case .failed(let fault, _)?: fail(request, fault, isOpen: false)
                case .adopted?: break
                }
            case .refused(let obstacle): refuse(request, obstacle, in: state)
            case .unread(let fault): fail(request, fault, isOpen: false)
            case .adoptable(let observed):
                switch try await adoption.adopt(observed, for: request, recorder: try await begin(start)) {
                case .adopted(let record): try tell(record, request)
                case .refused(let obstacle): refuse(request, obstacle, in: state)
                case .failed(let fault, let isOpen): fail(request, fault, isOpen: isOpen)
                }
            }
        } catch let fault as RecordFault {
            counts.failed += 1
            findings.append(.recordFault(fault))
            isOver = true
        }
    }

    /// Finds out what an earlier run under this key came to; whether that is known now.
    private mutating func settle(_ intent: CreationIntent, _ recorder: Recorder) async throws -> Bool {
        session.console.writeError(
            "An earlier run ended in the middle of \(VisibleText.escaped(intent.key.text)): looking for its stamp, for up to "
                + "\(Quantities.limit(policy.settleTime))\n")
        let settling = Settling(service: service, recorder: recorder, policy: policy, environment: engine, observe: { _ in })
        guard let settlement = try await settling.settle([intent]).first, case .unknown(let fault) = settlement.outcome else { return true }
        counts.failed += 1
        findings.append(.importUnsettled(intent.key, fault))
        isOver = fault.endsImport
        return false
    }

    private mutating func tell(_ record: SnapshotRecord, _ request: Adoption.Request) throws {
        counts.adopted += 1
        let facts = ["volume \(record.volumeID)"] + [record.size.map(Quantities.size(gibibytes:))].compactMap { $0 }
        try session.console.write(
            "Imported \(VisibleText.escaped(record.key.text)): snapshot \(record.id) (\(facts.joined(separator: ", "))) is stamped and "
                + "recorded.\n")
        if request.spec == nil { findings.append(.importedUnlisted(record.key)) }
        if record.status == .error { findings.append(.importedInError(record.key)) }
    }

    private mutating func refuse(_ request: Adoption.Request, _ obstacle: AdoptionObstacle, in state: RecordedState) {
        counts.failed += 1
        let place = manifest?.places()[request.key]?.range(of: .volume)
        findings.append(.notImported(request, obstacle, project: state.header.projectID, at: place))
    }

    private mutating func fail(_ request: Adoption.Request, _ fault: ServiceFault, isOpen: Bool) {
        counts.failed += 1
        findings.append(.importFailed(request, fault, isOpen: isOpen))
        isOver = fault.endsImport
    }

    /// Folds, reports and writes the history. Whatever the disk says, the findings are told.
    private func finish(before: RecordedState?, isInterrupted: Bool) async throws -> ExitStatus {
        var findings = findings
        var serial = before?.header.serial ?? 0
        var isFolded = true
        if let recorder {
            let state = await recorder.state
            do throws(StateFault) {
                try await store.fold(state)
                serial = state.header.serial
            } catch {
                isFolded = false
                findings.append(error.diagnostic)
            }
        }
        if counts.notStarted > 0 { findings.append(.importNotStarted(counts.notStarted)) }
        let status = status(isInterrupted: isInterrupted, isFolded: isFolded, isChanged: serial != before?.header.serial ?? 0)
        if before != nil || recorder != nil {
            let entry = HistoryEntry(
                run: run, serialBefore: before?.header.serial ?? 0, serialAfter: serial, counts: counts, plan: nil,
                exitCode: Int(status.rawValue))
            do throws(StateFault) { try await store.appendHistory(entry) } catch {
                var finding = error.diagnostic
                finding.severity = .warning
                findings.append(finding)
            }
        }
        if counts.adopted > 0 { try session.console.write("Run `\(VisibleText.escaped(planCommand))` to see what is left to do.\n") }
        session.report(findings.inSourceOrder(), sources: manifest?.sources ?? [])
        return status
    }

    private func status(isInterrupted: Bool, isFolded: Bool, isChanged: Bool) -> ExitStatus {
        if isInterrupted { return .interrupted }
        if counts.failed == 0, counts.notStarted == 0, isFolded { return .done }
        return counts.adopted + known > 0 || isChanged ? .partly : .error
    }
}

/// Raised once by the person who wants the run to end.
private final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isRaised: Bool { flag.load(ordering: .relaxed) }
    func raise() { flag.store(true, ordering: .relaxed) }
}

extension ServiceFault {
    /// Whether the other pairs would only meet the same.
    var endsImport: Bool {
        switch kind {
        case .unauthenticated, .accountBlocked, .notSent, .throttled, .refused(.badProject), .refused(.noSuchService): true
        case .refused, .uncertain, .unintelligible: false
        }
    }
}
