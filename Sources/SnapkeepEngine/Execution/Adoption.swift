public import SnapkeepCore

/// Takes snapshots that snapkeep did not make into the state (design 7, `import`).
///
/// An adoption goes through the journal as a creation does: intent, stamp, record. Whatever dies in between leaves an open intent, and
/// the stamp tells `Settling` what became of it (P1, P2).
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
        if let record = state.record(for: request.key), record.id == request.id { return .recorded(record) }
        do {
            let observed = try await retrier.call { () throws(ServiceFault) in try await service.snapshot(request.id) }
            guard let observed else { return .refused(.notFound) }
            // The cloud may know the snapshot by an id that is written otherwise than the request's.
            if let record = state.record(for: request.key), record.id == observed.id { return .recorded(record) }
            var wanted = request.spec?.volume.id
            if case .named(_, let name) = request.spec?.volume {
                let found = try await retrier.call { () throws(ServiceFault) in try await service.volumes(named: name) }
                let ids = found.filter { $0.name == name }.map(\.id).sorted()
                guard ids.count == 1 else { return .refused(.volumeName(name, matches: ids)) }
                wanted = ids[0]
            }
            if let obstacle = AdoptionObstacle(to: request.key, observed, wantedVolume: wanted, in: state) { return .refused(obstacle) }
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
            protect: request.spec?.protect ?? false, startedAt: environment.now())
        environment.failpoints.hit(.beforeIntent)
        try await recorder.record(.intent(intent), .now)
        environment.failpoints.hit(.afterIntent)
        do {
            environment.failpoints.hit(.beforePost)
            // Merging the same entries again changes nothing, so a lost answer is simply asked for again.
            try await retrier.call { () throws(ServiceFault) in try await service.mergeMetadata(intent.stamp.metadata, into: observed.id) }
            environment.failpoints.hit(.afterAnswer)
        } catch {
            switch error.kind {
            case .refused, .unauthenticated, .accountBlocked:
                try await recorder.record(.abandoned(attempt: intent.attempt), .soon)
                return .failed(error, isOpen: false)
            case .throttled, .notSent, .uncertain, .unintelligible: return .failed(error, isOpen: true)
            }
        }
        let shown: ObservedSnapshot?
        do { shown = try await retrier.call { () throws(ServiceFault) in try await service.snapshot(observed.id) } } catch {
            return .failed(error, isOpen: true)
        }
        guard let shown, Stamp(in: shown.metadata) == intent.stamp else {
            try await recorder.record(.abandoned(attempt: intent.attempt), .soon)
            return .refused(shown.map { AdoptionObstacle(unstamped: $0, owner: intent.owner) } ?? .notFound)
        }
        let result = CreatedSnapshot(id: shown.id, status: shown.status, size: shown.size, createdAt: shown.createdAt)
        try await recorder.record(.created(attempt: intent.attempt, result), .soon)
        environment.failpoints.hit(.afterRecord)
        return .adopted(await recorder.record(shown.id) ?? SnapshotRecord(duplicate: shown, key: intent.key))
    }
}
