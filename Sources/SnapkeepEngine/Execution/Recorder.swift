public import SnapkeepCore
import Synchronization

/// The one owner of what is recorded during a run: each event goes into the state in memory and into the journal.
public actor Recorder {
    private var replay: StateReplay
    private let journal: any Journal
    private var failure: JournalFailure? {
        didSet { failed.store(failure != nil, ordering: .releasing) }
    }
    private nonisolated let failed = Atomic(false)
    private var unwritten: [UnrecordedSnapshot] = []
    private let command: String
    /// What this run has done so far, whether the disk took it or not.
    public private(set) var work = RunWork()
    /// How many events the journal has taken: the next run would know of them.
    public private(set) var journaledCount = 0
    /// Attempts whose outcome this run has recorded. What else turns up under their stamps is a duplicate. Other snapshots with our stamp
    /// are not: they may have been forgotten on purpose.
    private var closedAttempts: Set<String> = []
    /// Deleted by this run; a list that was read before must not bring them back.
    private var removed: Set<SnapshotID> = []
    /// The owner in the stamps of this state.
    public nonisolated let owner: String

    /// Begins at a state whose journal was just begun.
    ///
    /// - Parameters:
    ///   - state: what was loaded, with every former journal taken over.
    ///   - run: the run that the journal's first line names.
    ///   - plan: the saved plan that is carried out, if any.
    public init(_ state: RecordedState, run: RunInfo, plan: PlanID?, journal: any Journal) throws(ReplayProblem) {
        var replay = StateReplay(state)
        try replay.apply(.begin(run, plan: plan))
        self.replay = replay
        self.journal = journal
        command = run.command
        owner = state.header.owner
    }

    /// The state as of now.
    public var state: RecordedState { replay.finished() }

    /// Whether the journal has failed, told at once: nothing may be sent that was not sent before.
    nonisolated var hasFailed: Bool { failed.load(ordering: .acquiring) }

    /// Snapshots that exist in the cloud and of which the journal holds no line: it did not take it, or has not stored it so far.
    public var unrecorded: [UnrecordedSnapshot] {
        get async {
            let unstored = await journal.unstored.compactMap { recordedSnapshot(of: $0) }
            let known = Set(unwritten.map(\.id))
            return unwritten + unstored.filter { !known.contains($0.id) }
        }
    }

    /// Snapshots that this run has made, taken over or found: nobody else may know of them.
    public var made: [UnrecordedSnapshot] {
        let kinds: [RunWork.Kind] = [.created, .replaced, .adopted, .found]
        let recorded = kinds.flatMap { work[$0] }.compactMap { recordedSnapshot($0.id) }
        let known = Set(recorded.map(\.id))
        return recorded + unwritten.filter { !known.contains($0.id) }
    }

    /// Records one event.
    ///
    /// A result that the disk does not take stays in memory, so that the end of the run can still try to write the state as a whole; a
    /// decision (an intent, a deletion) that the disk does not take is forgotten, for it must not be acted on.
    public func record(_ event: JournalEvent, _ durability: Durability) async throws(RecordFault) {
        if event.isDecision, let failure { throw .journal(failure) }
        let made = unrecordedSnapshot(of: event)
        let undoing = undoing(event)
        work.note(event, of: command, intent: { attempt in replay.intent(attempt).map { ($0, replay.isFromBefore(attempt)) } }) {
            replay.record($0)?.key
        }
        do { try replay.apply(event) } catch {
            if let made { unwritten.append(made) }
            throw .replay(error)
        }
        switch event {
        case .created(let attempt, _), .abandoned(let attempt): closedAttempts.insert(attempt.text)
        case .deleted(let id): removed.insert(id)
        case .begin, .intent, .resent, .duplicate, .observed, .updated, .protection, .deleting, .forgotten, .renamed, .rotations: break
        }
        do throws(JournalFailure) {
            if let failure { throw failure }
            try await journal.append(event, durability)
            journaledCount += 1
        } catch {
            failure = failure ?? error
            if let made {
                if await journal.salvage(event) { journaledCount += 1 } else { unwritten.append(made) }
            }
            // Nothing was sent for it, and nothing will be.
            if let undoing { try? replay.apply(undoing) }
            throw .journal(error)
        }
    }

    /// Why nothing is recorded any more; `nil` as long as the journal takes what it is given.
    var fault: RecordFault? { failure.map { .journal($0) } }

    /// The last door of all that changes the cloud: what was begun while the lock was held may have waited for its turn and for credentials
    /// since, and whoever holds the lock by now takes a creation for dead (`Settling.lastSending`), and a snapshot that is there for one that
    /// stays.
    nonisolated func checking(_ service: any SnapshotService) -> any SnapshotService {
        service.checking { () async throws(JournalFailure) in try await self.confirmLock() }
    }

    /// Right before a change leaves: whether the journal still takes its result, by what is known here. Where not, nothing new starts.
    ///
    /// - Returns: how long after the call that is certain (`Journal.confirmLock`).
    func confirmLock() async throws(JournalFailure) -> Duration? {
        if let failure { throw failure }
        do throws(JournalFailure) { return try await journal.confirmLock() } catch {
            failure = failure ?? error
            throw error
        }
    }

    /// Records what changed fields say of a snapshot's protection: the cloud knows of none.
    func recordProtection(of id: SnapshotID, as fields: [FieldChange]) async throws(RecordFault) {
        for case .protect(_, let protect) in fields { try await record(.protection(id, protect), .soon) }
    }

    /// Records the intents of creations that are about to be sent; one fsync serves them all.
    ///
    /// - Returns: why an intent could not be recorded, for those that could not: nothing may be sent for them.
    func record(_ intents: [CreationIntent]) async -> [AttemptID: RecordFault] {
        var faults: [AttemptID: RecordFault] = [:]
        var taken: [CreationIntent] = []
        for intent in intents {
            do { try replay.apply(.intent(intent)) } catch {
                faults[intent.attempt] = .replay(error)
                continue
            }
            taken.append(intent)
        }
        do throws(JournalFailure) {
            if let failure { throw failure }
            if !taken.isEmpty { try await journal.append(taken.map { .intent($0) }, .now) }
            journaledCount += taken.count
        } catch {
            failure = failure ?? error
            for intent in taken {
                faults[intent.attempt] = .journal(error)
                try? replay.apply(.abandoned(attempt: intent.attempt))
            }
        }
        return faults
    }

    /// Forgets an intent for which nothing was sent, when the journal has failed and nothing may be sent any more.
    ///
    /// - Returns: that failure; `nil`, and nothing is forgotten, where there is none.
    func withdraw(_ attempt: AttemptID) -> RecordFault? {
        guard let fault else { return nil }
        try? replay.apply(.abandoned(attempt: attempt))
        return fault
    }

    /// What makes the state forget a decision again; `nil` for events that tell what has happened.
    private func undoing(_ event: JournalEvent) -> JournalEvent? {
        switch event {
        case .intent(let intent): .abandoned(attempt: intent.attempt)
        case .resent(let attempt, _, _): replay.intent(attempt).map { .resent(attempt: attempt, at: $0.startedAt, $0.bootInstant) }
        case .deleting(let id): replay.record(id).map { .observed(id, status: $0.status, size: nil, updatedAt: nil) }
        case .begin, .created, .abandoned, .duplicate, .observed, .updated, .protection, .deleted, .forgotten, .renamed, .rotations: nil
        }
    }

    private func unrecordedSnapshot(of event: JournalEvent) -> UnrecordedSnapshot? {
        switch event {
        case .created(let attempt, let snapshot):
            guard let intent = replay.intent(attempt) else { return nil }
            return UnrecordedSnapshot(key: intent.key, id: snapshot.id, volumeID: intent.volumeID)
        case .duplicate(let record): return UnrecordedSnapshot(key: record.key, id: record.id, volumeID: record.volumeID)
        case .begin, .intent, .resent, .abandoned, .observed, .updated, .protection, .deleting, .deleted, .forgotten, .renamed, .rotations:
            return nil
        }
    }

    private func recordedSnapshot(_ id: SnapshotID) -> UnrecordedSnapshot? {
        replay.record(id).map { UnrecordedSnapshot(key: $0.key, id: $0.id, volumeID: $0.volumeID) }
    }

    /// What a recorded event tells of a snapshot that nobody else may know.
    private func recordedSnapshot(of event: JournalEvent) -> UnrecordedSnapshot? {
        switch event {
        case .created(_, let snapshot): recordedSnapshot(snapshot.id)
        case .duplicate(let record): recordedSnapshot(record.id)
        case .begin, .intent, .resent, .abandoned, .observed, .updated, .protection, .deleting, .deleted, .forgotten, .renamed, .rotations:
            nil
        }
    }

    /// The record of a snapshot, superseded ones included.
    func record(_ id: SnapshotID) -> SnapshotRecord? { replay.record(id) }

    /// The record that stands for a key.
    func holder(of key: SnapshotKey) -> SnapshotRecord? { replay.record(for: key) }

    /// Whether another one has taken the place of a recorded snapshot.
    func isSuperseded(_ id: SnapshotID) -> Bool { replay.isSuperseded(id) }

    /// When the oldest of the snapshots was created, less a second: clouds tell whole seconds in lists. `nil` where one does not say.
    func oldestCreation(among ids: Set<SnapshotID>) -> Timestamp? {
        var oldest: Timestamp?
        for id in ids {
            guard let created = replay.record(id)?.createdAt else { return nil }
            oldest = min(oldest ?? created, created)
        }
        return oldest.map { Timestamp(microseconds: $0.microseconds - 1_000_000) }
    }

    /// Looks through listed snapshots for those with our stamp that no record accounts for.
    func sight(_ observed: [ObservedSnapshot]) -> Sighting {
        var sighting = Sighting()
        for snapshot in observed {
            guard let stamp = Stamp(in: snapshot.metadata), stamp.owner.hasSameBytes(as: owner), replay.record(snapshot.id) == nil,
                !removed.contains(snapshot.id)
            else { continue }
            if closedAttempts.contains(stamp.attempt) {
                sighting.orphans.append((snapshot, stamp))
            } else if snapshot.unaccountedStamp(of: owner, isOpen: isOpen, isForgotten: replay.isForgotten) != nil,
                let key = try? SnapshotKey(stamp.key)
            {
                sighting.others.append(FoundSnapshot(key: key, id: snapshot.id))
            }
        }
        return sighting
    }

    private func isOpen(_ attempt: String) -> Bool { AttemptID(attempt).map { replay.intent($0) != nil } ?? false }

    /// Whether this run has made a snapshot for a key.
    func hasMade(_ key: SnapshotKey) -> Bool {
        work[.created].contains { $0.key == key } || work[.replaced].contains { $0.key == key }
    }
}

/// What a list shows of our stamps beyond what is recorded.
struct Sighting: Sendable {
    /// Of an attempt of this run: a creation that was performed after it had been given up.
    var orphans: [(ObservedSnapshot, Stamp)] = []
    /// Of no attempt that is known here: made with another copy of the state, or by a state that was lost.
    var others: [FoundSnapshot] = []
}

/// Why an event could not be recorded.
public enum RecordFault: Error, Hashable, Sendable {
    case journal(JournalFailure)
    case replay(ReplayProblem)
}
