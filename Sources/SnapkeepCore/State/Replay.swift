/// A journal that does not fit the state it is replayed over: it names what a correct writer would have known.
public enum ReplayProblem: Error, Hashable, Sendable {
    case unknownAttempt(AttemptID)
    case unknownSnapshot(SnapshotID)
    case attemptTwice(AttemptID)
    case keyInUse(SnapshotKey)
    /// `begin` is missing at the front or stands elsewhere too.
    case misplacedBegin
}

/// Applies journal events to a state, each in constant time, and gives the whole at the end.
///
/// Folding is a pure function of state and events: `plan` folds in memory, `apply` folds on disk, and both see the same.
public struct StateReplay {
    private var header: RecordedState.Header
    private var records: [SnapshotID: SnapshotRecord]
    private var idOfKey: [SnapshotKey: SnapshotID]
    private var superseded: [SnapshotID: SnapshotRecord]
    private var intents: [AttemptID: CreationIntent]
    private var intentOfKey: [SnapshotKey: AttemptID]
    private var forgotten: Set<SnapshotID>
    private let intentsAtStart: [AttemptID: CreationIntent]
    private var changedRecords = false
    private var consumedPlan = false
    private var begun = false

    /// Whether anything at all differs from the state that the replay began with, the run's own name apart.
    public private(set) var hasChanges = false

    /// Begins at a state.
    public init(_ state: RecordedState) {
        header = state.header
        records = Dictionary(minimumCapacity: state.records.count)
        idOfKey = Dictionary(minimumCapacity: state.records.count)
        for record in state.records {
            records[record.id] = record
            idOfKey[record.key] = record.id
        }
        superseded = Dictionary(state.superseded.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        intents = Dictionary(state.openIntents.map { ($0.attempt, $0) }, uniquingKeysWith: { first, _ in first })
        intentOfKey = Dictionary(state.openIntents.map { ($0.key, $0.attempt) }, uniquingKeysWith: { first, _ in first })
        forgotten = Set(state.forgotten)
        intentsAtStart = intents
    }

    /// Applies one event.
    ///
    /// - Throws: `ReplayProblem` when the event does not fit; the replay is then unchanged.
    public mutating func apply(_ event: JournalEvent) throws(ReplayProblem) {
        if case .begin(let info, let plan) = event {
            if begun { throw .misplacedBegin }
            begun = true
            header.lastRun = info.run
            if let plan { consume(plan) }
            return
        }
        if !begun { throw .misplacedBegin }
        switch event {
        case .begin: break
        case .intent(let intent):
            if intents[intent.attempt] != nil { throw .attemptTwice(intent.attempt) }
            // The last door before a POST: one key, one snapshot, whatever led here (P1).
            if let holder = idOfKey[intent.key], holder != intent.replaces { throw .keyInUse(intent.key) }
            if intentOfKey[intent.key] != nil { throw .keyInUse(intent.key) }
            intents[intent.attempt] = intent
            intentOfKey[intent.key] = intent.attempt
            // Not a change of a record yet, but the file must say it.
            hasChanges = true
        case .resent(let attempt, let instant, let bootInstant):
            guard intents[attempt] != nil else { throw .unknownAttempt(attempt) }
            intents[attempt]!.startedAt = instant
            intents[attempt]!.bootInstant = bootInstant
            hasChanges = true
        case .created(let attempt, let snapshot): try close(attempt, with: snapshot)
        case .abandoned(let attempt):
            guard let intent = intents.removeValue(forKey: attempt) else { throw .unknownAttempt(attempt) }
            if intentOfKey[intent.key] == attempt { intentOfKey[intent.key] = nil }
            // An import that was withdrawn may have left our stamp behind.
            if let id = intent.adopts, self.record(id) == nil { forgotten.insert(id) }
            hasChanges = true
        case .duplicate(let record):
            // Among the superseded it could be pruned: what stands for its key must not get there.
            if let holder = records[record.id] { throw .keyInUse(holder.key) }
            superseded[record.id] = record
            forgotten.remove(record.id)
            noteChange()
        case .observed(let id, let status, let size, let updatedAt):
            try change(id) { record in
                record.status = status
                record.size = size ?? record.size
                record.updatedAt = updatedAt ?? record.updatedAt
            }
        case .updated(let id, let name, let description, let metadata, let updatedAt):
            try change(id) { record in
                record.name = name
                record.description = description
                record.metadata = metadata
                record.updatedAt = updatedAt ?? record.updatedAt
            }
        case .protection(let id, let protect): try change(id) { $0.protect = protect }
        case .deleting(let id): try change(id) { $0.status = .deleting }
        case .deleted(let id): try remove(id)
        case .forgotten(let id):
            try remove(id)
            forgotten.insert(id)
        case .renamed(let id, let key):
            if let holder = idOfKey[key], holder != id { throw .keyInUse(key) }
            let former = records[id]?.key
            try change(id) { $0.key = key }
            if let former, idOfKey[former] == id { idOfKey[former] = nil }
            if former != nil { idOfKey[key] = id }
        case .rotations(let memory):
            if header.rotations == memory { break }
            header.rotations = memory
            noteChange()
        }
    }

    /// The state after all events so far. The serial grows by one when a record changed, or what is open did: a plan that was made before
    /// does not know of it (P5). It also grows when a saved plan is carried out: one that undoes what others did changes no record, and the
    /// next plan of the same content must be another plan.
    public func finished() -> RecordedState {
        var header = header
        if changedRecords || consumedPlan || intents != intentsAtStart { header.serial += 1 }
        return RecordedState(
            header: header,
            records: records.values.sorted { $0.key < $1.key },
            superseded: superseded.values.sorted { ($0.key, $0.id) < ($1.key, $1.id) },
            openIntents: intents.values.sorted { $0.attempt < $1.attempt }, forgotten: forgotten.sorted()
        )
    }

    /// The record of a snapshot, superseded ones included.
    public func record(_ id: SnapshotID) -> SnapshotRecord? { records[id] ?? superseded[id] }

    /// The record that stands for a key.
    public func record(for key: SnapshotKey) -> SnapshotRecord? { idOfKey[key].flatMap { records[$0] } }

    /// Whether another one has taken the place of a recorded snapshot.
    public func isSuperseded(_ id: SnapshotID) -> Bool { superseded[id] != nil }

    /// The open intent of an attempt.
    public func intent(_ attempt: AttemptID) -> CreationIntent? { intents[attempt] }

    /// Whether an attempt was open already in the state that the replay began with.
    public func isFromBefore(_ attempt: AttemptID) -> Bool { intentsAtStart[attempt] != nil }

    /// Whether a snapshot with our stamp was let go on purpose.
    public func isForgotten(_ id: SnapshotID) -> Bool { forgotten.contains(id) }

    /// A state with all of a journal's events applied.
    ///
    /// - Throws: the index of the first event that does not fit, and why.
    public static func fold(_ events: [JournalEvent], into state: RecordedState) throws(ReplayFailure) -> RecordedState {
        var replay = StateReplay(state)
        for (index, event) in events.enumerated() {
            do { try replay.apply(event) } catch { throw ReplayFailure(index: index, problem: error) }
        }
        return replay.finished()
    }

    private mutating func noteChange() {
        hasChanges = true
        changedRecords = true
    }

    private mutating func consume(_ plan: PlanID) {
        hasChanges = true
        consumedPlan = true
        header.consumedPlans.removeAll { $0 == plan }
        header.consumedPlans.append(plan)
        header.consumedPlans.removeFirst(max(0, header.consumedPlans.count - RecordedState.Header.consumedPlanLimit))
    }

    private mutating func close(_ attempt: AttemptID, with snapshot: CreatedSnapshot) throws(ReplayProblem) {
        guard let intent = intents[attempt] else { throw .unknownAttempt(attempt) }
        if let other = records[snapshot.id], other.key != intent.key { throw .keyInUse(other.key) }
        intents[attempt] = nil
        if intentOfKey[intent.key] == attempt { intentOfKey[intent.key] = nil }
        let made = SnapshotRecord(
            key: intent.key, id: snapshot.id, volumeID: intent.volumeID, name: intent.name, description: intent.description,
            metadata: intent.metadata, status: snapshot.status, size: snapshot.size, createdAt: snapshot.createdAt,
            protect: intent.protect, attempt: attempt)
        noteChange()
        forgotten.remove(snapshot.id)
        if let holder = idOfKey[intent.key], holder != snapshot.id {
            guard holder == intent.replaces, let former = records.removeValue(forKey: holder) else {
                // Another record stands for the key: neither may be lost, so this one is kept as a duplicate.
                superseded[snapshot.id] = made
                return
            }
            superseded[holder] = former
        }
        superseded[snapshot.id] = nil
        records[snapshot.id] = made
        idOfKey[intent.key] = snapshot.id
    }

    private mutating func change(_ id: SnapshotID, _ edit: (inout SnapshotRecord) -> Void) throws(ReplayProblem) {
        guard let before = records[id] ?? superseded[id] else { throw .unknownSnapshot(id) }
        var after = before
        edit(&after)
        // What says nothing new raises no serial (P5).
        if after == before { return }
        if records[id] != nil { records[id] = after } else { superseded[id] = after }
        noteChange()
    }

    private mutating func remove(_ id: SnapshotID) throws(ReplayProblem) {
        if let record = records.removeValue(forKey: id) {
            if idOfKey[record.key] == id { idOfKey[record.key] = nil }
        } else if superseded.removeValue(forKey: id) == nil {
            throw .unknownSnapshot(id)
        }
        noteChange()
    }
}

/// Where and why a journal does not fit its state.
public struct ReplayFailure: Error, Hashable, Sendable {
    /// 0-based index of the event.
    public let index: Int
    public let problem: ReplayProblem
}
