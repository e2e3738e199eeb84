public import SnapkeepCore

/// Takes snapshots that snapkeep did not make into the state (`import`).
///
/// An adoption goes through the journal as a creation does: intent, stamp, record. Whatever dies in between leaves an open intent that
/// names the snapshot; whoever settles it carries the adoption to its end, and makes nothing (P1, P2).
public struct Adoption: Sendable {
    let service: any SnapshotService
    let policy: ExecutionPolicy
    let environment: EngineEnvironment

    /// Asks through `service`; the policy says how often.
    public init(service: any SnapshotService, policy: ExecutionPolicy, environment: EngineEnvironment) {
        self.service = service
        self.policy = policy
        self.environment = environment
    }

    /// Which snapshot is to stand for which key.
    public struct Request: Hashable, Sendable {
        public var key: SnapshotKey
        public var id: SnapshotID
        /// What the manifest lists under the key; `nil` where it does not.
        public var spec: SnapshotSpec?

        /// A request of its parts.
        public init(key: SnapshotKey, id: SnapshotID, spec: SnapshotSpec? = nil) {
            self.key = key
            self.id = id
            self.spec = spec
        }
    }

    /// What a look at the snapshot came to. Nothing was changed.
    public enum Examination: Hashable, Sendable {
        case adoptable(ObservedSnapshot)
        /// It stands for its key already.
        case recorded(SnapshotRecord)
        /// It stands for its key, and its stamp was taken away or changed.
        case unstamped(SnapshotRecord)
        case refused(AdoptionObstacle)
        /// The cloud gave no usable answer.
        case unread(ServiceFault)
    }

    /// What an adoption came to.
    public enum Outcome: Hashable, Sendable {
        case adopted(SnapshotRecord)
        case refused(AdoptionObstacle)
        /// `isOpen`: the stamp may have been set; the intent stays, and the next run finds out.
        case failed(ServiceFault, isOpen: Bool)
    }

    private var retrier: Retrier { Retrier(policy: policy, environment: environment) }

    /// Looks whether a snapshot may be adopted.
    ///
    /// - Parameter state: what is recorded, or the first state that is about to be written.
    public func examine(_ request: Request, in state: RecordedState) async -> Examination {
        await examine(request) { AdoptionStanding(of: request.key, $0, in: state) }
    }

    /// The same, where looking things up in the state is somebody else's.
    func examine(_ request: Request, _ standing: (SnapshotID) async -> AdoptionStanding) async -> Examination {
        do {
            let observed = try await retrier.call { () throws(ServiceFault) in try await service.snapshot(request.id) }
            guard let observed else { return .refused(.notFound) }
            // The cloud may know the snapshot by an id that is written otherwise than the request's.
            let standing = await standing(observed.id)
            if let record = standing.holder, record.id == observed.id {
                let owner = observed.metadata[Stamp.ownerKey]
                if let owner, !owner.hasSameBytes(as: standing.owner) { return .refused(.otherOwner(owner)) }
                let stamp = record.attempt.map { Stamp(owner: standing.owner, key: record.key.text, attempt: $0.text) }
                return stamp == nil || Stamp(in: observed.metadata) == stamp ? .recorded(record) : .unstamped(record)
            }
            var wanted = request.spec?.volume.id
            if case .named(_, let name) = request.spec?.volume {
                let found = try await retrier.call { () throws(ServiceFault) in try await service.volumes(named: name) }
                let ids = found.filter { $0.name.hasSameBytes(as: name) }.map(\.id).sorted()
                guard ids.count == 1 else { return .refused(.volumeName(name, matches: ids)) }
                wanted = ids[0]
            }
            let obstacle = AdoptionObstacle(to: request.key, observed, wantedVolume: wanted, spec: request.spec, standing)
            if let obstacle { return .refused(obstacle) }
            return .adoptable(observed)
        } catch { return .unread(error) }
    }

    /// Stamps and records a snapshot that was examined.
    ///
    /// - Throws: `RecordFault` when the journal does not take a line.
    public func adopt(
        _ observed: ObservedSnapshot, for request: Request, recorder: Recorder
    ) async throws(RecordFault) -> Outcome {
        let intent = CreationIntent(
            attempt: environment.makeAttempt(), owner: recorder.owner, key: request.key, volumeID: observed.volumeID,
            name: observed.name ?? "", description: observed.description, metadata: observed.metadata.owned(by: request.spec),
            protect: request.spec?.protect ?? false, startedAt: environment.now(), bootInstant: environment.bootInstant,
            adopts: observed.id)
        environment.failpoints.hit(.beforeIntent)
        try await recorder.record(.intent(intent), .now)
        environment.failpoints.hit(.afterIntent)
        return try await finish(intent, observed.id, recorder: recorder)
    }

    /// Sets the stamp of an open intent and records the snapshot: the rest of an adoption, whoever began it.
    ///
    /// - Parameter closes: whether an intent that certainly came to nothing is closed.
    /// - Throws: `RecordFault` when the journal does not take a line.
    func finish(
        _ intent: CreationIntent, _ id: SnapshotID, recorder: Recorder, closes: Bool = true
    ) async throws(RecordFault) -> Outcome {
        let mayBeSet = Doubt()
        do throws(ServiceFault) {
            environment.failpoints.hit(.beforePost)
            // Merging the same entries again changes nothing, so a lost answer is simply asked for again.
            try await retrier.call { () throws(ServiceFault) in
                do throws(ServiceFault) { try await service.mergeMetadata(intent.stamp.metadata, into: id) } catch {
                    mayBeSet.note(error)
                    throw error
                }
            }
            environment.failpoints.hit(.afterAnswer)
        } catch {
            switch error.kind {
            case .refused, .unauthenticated, .accountBlocked, .throttled, .notSent:
                if mayBeSet.isRaised { return .failed(error, isOpen: true) }
                if closes { try await recorder.record(.abandoned(attempt: intent.attempt), .soon) }
                return .failed(error, isOpen: !closes)
            case .uncertain, .unintelligible: return .failed(error, isOpen: true)
            }
        }
        let shown: ObservedSnapshot?
        do { shown = try await retrier.call { () throws(ServiceFault) in try await service.snapshot(id) } } catch {
            return .failed(error, isOpen: true)
        }
        guard let shown, Stamp(in: shown.metadata) == intent.stamp else {
            if closes { try await recorder.record(.abandoned(attempt: intent.attempt), .soon) }
            return .refused(shown.map { AdoptionObstacle(unstamped: $0, owner: intent.owner) } ?? .notFound)
        }
        let result = CreatedSnapshot(id: shown.id, status: shown.status, size: shown.size, createdAt: shown.createdAt)
        try await recorder.record(.created(attempt: intent.attempt, result), .soon)
        environment.failpoints.hit(.afterRecord)
        return .adopted(await recorder.record(shown.id) ?? SnapshotRecord(duplicate: shown, key: intent.key))
    }

    /// Puts the stamp of a record back on its snapshot. Nothing changes in the state.
    ///
    /// - Returns: why it is not there now; `nil` when it is.
    public func restamp(_ record: SnapshotRecord, owner: String) async -> Outcome? {
        guard let attempt = record.attempt else { return .refused(.unstamped) }
        let stamp = Stamp(owner: owner, key: record.key.text, attempt: attempt.text)
        do {
            try await retrier.call { () throws(ServiceFault) in try await service.mergeMetadata(stamp.metadata, into: record.id) }
            let shown = try await retrier.call { () throws(ServiceFault) in try await service.snapshot(record.id) }
            guard let shown, Stamp(in: shown.metadata) == stamp else {
                return .refused(shown.map { AdoptionObstacle(unstamped: $0, owner: owner) } ?? .notFound)
            }
            return nil
        } catch { return .failed(error, isOpen: false) }
    }
}
