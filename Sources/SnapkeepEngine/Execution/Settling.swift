public import SnapkeepCore

/// Finds out what became of creations that an earlier run left open (P1, P2).
public struct Settling: Sendable {
    let service: any SnapshotService
    let recorder: Recorder
    let policy: ExecutionPolicy
    let environment: EngineEnvironment
    let formerHolderMayLive: Bool
    let isWanted: @Sendable (CreationIntent) -> Bool
    let observe: @Sendable (ProgressEvent) -> Void

    /// Looks things up through `service` and records what it finds.
    ///
    /// - Parameters:
    ///   - formerHolderMayLive: whether a run that held the lock before may still be at work, and not know that it lost it.
    ///   - isWanted: whether an adoption that was begun is still asked for. One that is not, and has not set its stamp, is given up.
    public init(
        service: any SnapshotService, recorder: Recorder, policy: ExecutionPolicy, environment: EngineEnvironment,
        formerHolderMayLive: Bool, isWanted: @escaping @Sendable (CreationIntent) -> Bool = { _ in true },
        observe: @escaping @Sendable (ProgressEvent) -> Void
    ) {
        self.service = service
        self.recorder = recorder
        self.policy = policy
        self.environment = environment
        self.formerHolderMayLive = formerHolderMayLive
        self.isWanted = isWanted
        self.observe = observe
    }

    /// How long it may take until an intent is known to have come to nothing, the requests apart.
    public var longestWait: Duration { policy.settleTime + (formerHolderMayLive ? policy.sendWindow : .zero) }

    /// Settles the intents, a few at a time.
    ///
    /// - Returns: one outcome for each intent, in their order. An inconclusive look-up leaves its intent open.
    /// - Throws: `RecordFault` when an outcome cannot be recorded.
    public func settle(_ intents: [CreationIntent]) async throws -> [Settlement] {
        let begin = environment.elapsed()
        var outcomes: [Int: Settlement] = [:]
        try await withThrowingTaskGroup(of: (Int, Settlement).self) { group in
            var next = 0
            func startNext() {
                guard next < intents.count else { return }
                let index = next
                next += 1
                group.addTask { (index, try await self.settle(intents[index], begin)) }
            }
            for _ in 0..<max(1, policy.parallelism) { startNext() }
            while let (index, settlement) = try await group.next() {
                observe(.settled(settlement))
                outcomes[index] = settlement
                startNext()
            }
        }
        return intents.indices.compactMap { outcomes[$0] }
    }

    private func settle(_ intent: CreationIntent, _ begin: Duration) async throws -> Settlement {
        if let id = intent.adopts { return try await finishAdoption(intent, id) }
        let lookUp = AttemptLookUp(service: service, retrier: Retrier(policy: policy, environment: environment))
        do {
            var found = try await lookUp.snapshots(of: intent)
            if found.isEmpty {
                // The request may still be on its way. Its answer was lost when that run gave the request up or died; one that lives has sent
                // it by then. The settle time counts from the earlier of the two.
                let sent = lastSending(of: intent, begin)
                try await environment.sleep(until: min(sent, lossAtTheLatest(of: intent) ?? sent) + policy.settleTime)
                found = try await lookUp.snapshots(of: intent)
            }
            guard let first = found.first else {
                try await recorder.record(.abandoned(attempt: intent.attempt), .soon)
                return Settlement(key: intent.key, attempt: intent.attempt, outcome: .notCreated)
            }
            try await recorder.recordFound(found, for: intent)
            for duplicate in found.dropFirst() { observe(.duplicateFound(intent.key, duplicate.id)) }
            return Settlement(key: intent.key, attempt: intent.attempt, outcome: .found(first.id))
        } catch let fault as ServiceFault {
            return Settlement(key: intent.key, attempt: intent.attempt, outcome: .unknown(fault))
        }
    }

    /// When the request was sent at the latest, on this run's clock.
    ///
    /// Nobody sends after this settling began where the former holder of the lock is dead, or its lock ended in its own sight: a file's lock
    /// dies with its holder's process, and a run whose lease ran out finds so by its own clock, without a word from anybody: before each creation
    /// (`Journal.confirmLock`), and once more when its connection is there (`SnapshotService.createSnapshot`). What is between that look and the
    /// wire is the same as between the wire and a death: the settle time covers it.
    ///
    /// A lock that was broken by hand is another matter: its holder may live and not know it. It can announce nothing any more, for each line
    /// of the journal is refused from then on; but what it had announced, it may send for the send window, counted from when the lock was
    /// broken, which was before this settling began, or from the intent, where the clock of the boot proves that to be earlier.
    private func lastSending(of intent: CreationIntent, _ begin: Duration) -> Duration {
        guard formerHolderMayLive else { return begin }
        guard let age = age(of: intent) else { return begin + policy.sendWindow }
        return max(begin, environment.elapsed() - age + policy.sendWindow)
    }

    /// When the run that sent the request had given it up at the latest, on this run's clock; `nil` where nothing proves it. Wall clocks
    /// prove nothing: between two runs they may have been set, and two machines may differ. The clock of one boot does.
    private func lossAtTheLatest(of intent: CreationIntent) -> Duration? {
        age(of: intent).map { environment.elapsed() - $0 + policy.sendWindow + policy.requestTimeout }
    }

    private func age(of intent: CreationIntent) -> Duration? {
        intent.bootInstant.flatMap { environment.bootInstant?.since($0) }
    }
}

extension Settling {
    /// An import that was cut short is carried to its end: what it was to make its own is known by its id.
    private func finishAdoption(_ intent: CreationIntent, _ id: SnapshotID) async throws -> Settlement {
        let adoption = Adoption(service: recorder.checking(service), policy: policy, environment: environment)
        func settlement(_ outcome: Settlement.Outcome) -> Settlement {
            Settlement(key: intent.key, attempt: intent.attempt, outcome: outcome)
        }
        let observed: ObservedSnapshot?
        do throws(ServiceFault) {
            observed = try await Retrier(policy: policy, environment: environment).call { () throws(ServiceFault) in
                try await service.snapshot(id)
            }
        } catch { return settlement(.unknown(error)) }
        guard let observed, await isAdoptable(observed, by: intent) else {
            try await recorder.record(.abandoned(attempt: intent.attempt), .soon)
            return settlement(.notCreated)
        }
        // It stays open where that fails: closed, its key would look as if nothing stood for it, and an apply would make a second one (P1).
        switch try await adoption.finish(intent, id, recorder: recorder, closes: false) {
        case .adopted(let record): return settlement(.found(record.id))
        case .refused:
            return settlement(.unknown(ServiceFault(.refused(.metadata), request: "", message: "the cloud does not keep our stamp")))
        case .failed(let fault, _): return settlement(.unknown(fault))
        }
    }
}

extension Settling {
    /// Whether the adoption may still be carried to its end.
    ///
    /// What was recorded or stamped under another key since belongs there. And where the line that asked for it is gone or names another
    /// snapshot, nobody wants a stamp that is not set yet: with it, the snapshot would be ours to delete (P3).
    private func isAdoptable(_ observed: ObservedSnapshot, by intent: CreationIntent) async -> Bool {
        let standing = await recorder.standing(of: intent.key, observed.id)
        let isTaken = observed.isServerMade || AdoptionObstacle(standing, of: intent.key, observed.id) != nil
        guard !isTaken else { return false }
        guard let owner = observed.metadata[Stamp.ownerKey] else { return isWanted(intent) }
        return owner.hasSameBytes(as: intent.owner) && observed.metadata[Stamp.keyKey]?.hasSameBytes(as: intent.key.text) ?? true
    }
}
