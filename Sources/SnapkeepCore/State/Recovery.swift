/// Finds out from the stamps in the cloud what a state should say (P2). It is fed the project's snapshots one by one, keeps
/// those of one owner, and counts the others. Nothing is ever deleted by it.
///
/// With a whole state only what that state does not know is added. Without one everything that is known is put together: the stamps, the
/// manifest for what a stamp does not tell, and what could still be read of the lost state's files.
public struct Recovery: Sendable {
    /// Whose snapshots are looked for; `nil` only counts the owners there are.
    public let owner: String?
    /// The rotations of the manifest: their rules say what is kept, so that their snapshots need no line and no protection.
    public var rotations: Set<RotationName> = []
    private let specs: [SnapshotKey: SnapshotSpec]
    private let existing: RecordedState?
    private let heldIDs: Set<SnapshotID>
    private let openAttempts: Set<AttemptID>
    private let former: FormerLines
    /// All records of `former`: only they tell whose a snapshot without a stamp is.
    private let formerRecords: [SnapshotID: SnapshotRecord]
    private let formerSuperseded: Set<SnapshotID>
    private let forgotten: Set<SnapshotID>
    private let intents: [CreationIntent]

    private var found: [SnapshotKey: [SnapshotID: Candidate]] = [:]
    private var foundAttempts: Set<AttemptID> = []
    private var awaiting: Set<SnapshotID> = []
    private var unfinished: [SnapshotID: RecoveryFindings.Unfinished] = [:]
    private var damaged: [SnapshotID: RecoveryFindings.DamagedStamp] = [:]
    private var counts = RecoveryFindings.Counts()
    /// Hash values instead of ids: a list may show a snapshot twice where its rows shift, and a project may hold very many of others.
    private var seen: Set<Int> = []

    fileprivate struct Candidate {
        var snapshot: ObservedSnapshot
        var attempt: AttemptID?
    }

    /// Adds to a whole state: its records, superseded ones and open intents are left as they are.
    public init(owner: String?, specs: [SnapshotSpec], addingTo existing: RecordedState) {
        self.init(owner: owner, specs: specs, existing: existing, former: FormerLines(), intents: [])
    }

    /// Puts a lost state together again.
    ///
    /// - Parameters:
    ///   - specs: the manifest's snapshots; empty where there is no manifest.
    ///   - former: what can still be read of a state that does not count any more.
    ///   - intents: creations that the lost state or its journal left open.
    public init(owner: String?, specs: [SnapshotSpec], former: FormerLines, intents: [CreationIntent]) {
        self.init(owner: owner, specs: specs, existing: nil, former: former, intents: intents)
    }

    private init(owner: String?, specs: [SnapshotSpec], existing: RecordedState?, former: FormerLines, intents: [CreationIntent]) {
        self.owner = owner
        self.specs = Dictionary(specs.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        self.existing = existing
        heldIDs = Set((existing?.records ?? []).map(\.id)).union((existing?.superseded ?? []).map(\.id))
        openAttempts = Set((existing?.openIntents ?? []).map(\.attempt))
        self.former = former
        formerRecords = Dictionary((former.records + former.superseded).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        formerSuperseded = Set(former.superseded.map(\.id))
        forgotten = Set(former.forgotten)
        self.intents = intents
    }

    // MARK: Looking

    /// Takes one snapshot of the project into account. A second look at one replaces the first.
    public mutating func note(_ snapshot: ObservedSnapshot) {
        let isNew = seen.insert(snapshot.id.hashValue).inserted
        if isNew { counts.seen += 1 }
        // View-only, whatever their metadata say (CloudAPI#server-made).
        if snapshot.isServerMade {
            if isNew { counts.serverMade += 1 }
            return
        }
        if heldIDs.contains(snapshot.id) {
            if isNew { counts.held += 1 }
            return
        }
        if forgotten.contains(snapshot.id) {
            if isNew { counts.forgotten += 1 }
            return
        }
        switch StampReading(snapshot.metadata) {
        case .none:
            if let record = formerRecords[snapshot.id] {
                add(snapshot, key: record.key, attempt: record.attempt)
            } else if isNew {
                counts.unstamped += 1
            }
        case .whole(let holder, let key, let attempt):
            if owner.hasSameBytes(as: holder) {
                add(snapshot, key: key, attempt: attempt)
            } else if isNew {
                counts.otherOwners[holder, default: 0] += 1
            }
        case .damaged(let holder?, _) where !owner.hasSameBytes(as: holder): if isNew { counts.otherOwners[holder, default: 0] += 1 }
        case .damaged(_, let problem): damaged[snapshot.id] = .init(id: snapshot.id, problem: problem)
        }
    }

    private mutating func add(_ snapshot: ObservedSnapshot, key: SnapshotKey, attempt: AttemptID?) {
        if let attempt {
            // The next apply settles it, and then it knows what the intent said.
            if openAttempts.contains(attempt) {
                awaiting.insert(snapshot.id)
                return
            }
            foundAttempts.insert(attempt)
        }
        unfinished[snapshot.id] = snapshot.status.isUnfinished ? .init(key: key, id: snapshot.id, status: snapshot.status) : nil
        // On its way out: only a new one can stand for the key.
        found[key, default: [:]][snapshot.id] = snapshot.status == .deleting ? nil : Candidate(snapshot: snapshot, attempt: attempt)
    }

    // MARK: Result

    /// What follows from all snapshots that were noted. It means something only when that was the project's whole list.
    public func outcome() -> RecoveryOutcome {
        var outcome = RecoveryOutcome()
        outcome.findings = RecoveryFindings(
            duplicates: [], unfinished: unfinished.values.sorted { ($0.key, $0.id) < ($1.key, $1.id) },
            damagedStamps: damaged.values.sorted { $0.id < $1.id }, awaitingSettlement: awaiting.sorted(), unlisted: [], counts: counts)
        let openKeys = Set((existing?.openIntents ?? []).map(\.key))
        for (key, candidates) in found.sorted(by: { $0.key < $1.key }) where !candidates.isEmpty {
            let sorted = Self.bestFirst(Array(candidates.values))
            let holder = existing?.record(for: key)
            let isTaken = holder != nil || openKeys.contains(key)
            if !isTaken { outcome.records.append(record(sorted[0], key)) }
            let others = isTaken ? sorted[...] : sorted.dropFirst()
            let kept = isTaken ? holder.map { ($0.id, $0.attempt) } : (sorted[0].snapshot.id, sorted[0].attempt)
            outcome.superseded += others.map { other in
                var superseded = record(other, key)
                // A second result of one creation is nobody's wish. One of another creation may have been kept, or forgotten, on purpose.
                if other.attempt == nil || other.attempt != kept?.1, !rotations.own(key) { superseded.protect = true }
                if let known = current(other, key), formerSuperseded.contains(known.id) { superseded.protect = known.protect }
                return superseded
            }
            if !others.isEmpty {
                outcome.findings.duplicates.append(
                    .init(
                        key: key, kept: kept?.0,
                        others: others.map {
                            .init(id: $0.snapshot.id, hasSameAttempt: $0.attempt != nil && $0.attempt == kept?.1)
                        }))
            }
            if specs[key] == nil, !rotations.own(key), isTaken || current(sorted[0], key) == nil { outcome.findings.unlisted.append(key) }
        }
        outcome.forgotten = former.forgotten
        addGone(to: &outcome)
        outcome.superseded.sort { ($0.key, $0.id) < ($1.key, $1.id) }
        outcome.openIntents = carriedIntents(outcome.records)
        return outcome
    }

    /// What the lost state knew and the cloud has no more stays recorded: forgotten, it would be made anew with today's data, and nobody told
    /// (GitOps#the-drift-check). Where nothing at all is found, the project is more likely the wrong one.
    private func addGone(to outcome: inout RecoveryOutcome) {
        if outcome.records.isEmpty { return }
        var holders = Set(outcome.records.map(\.key))
        for record in former.records
        where record.status != .deleting && !seen.contains(record.id.hashValue) && holders.insert(record.key).inserted {
            outcome.findings.gone.append(.init(key: record.key, id: record.id))
            outcome.records.append(record)
        }
        outcome.records.sort { $0.key < $1.key }
    }

    /// The creations of the lost state that no snapshot shows yet: their requests may still be on the way.
    private func carriedIntents(_ records: [SnapshotRecord]) -> [CreationIntent] {
        var carried: [AttemptID: CreationIntent] = [:]
        for var intent in intents where owner.hasSameBytes(as: intent.owner) && !foundAttempts.contains(intent.attempt) {
            // What it was to replace may have been replaced by another that is recorded now.
            if intent.replaces != nil { intent.replaces = records.first { $0.key == intent.key }?.id }
            carried[intent.attempt] = intent
        }
        return carried.values.sorted { $0.attempt < $1.attempt }
    }

    /// Of the snapshots of one attempt the oldest is the one that its creation meant; of several attempts the newest is the one that
    /// counted last. One that is usable goes before one that is not.
    private static func bestFirst(_ candidates: [Candidate]) -> [Candidate] {
        let attempts = Dictionary(grouping: candidates) { $0.attempt }
        let firsts = attempts.values.map { group in group.min { order($0.oldest, $1.oldest) }! }
        let best = firsts.min { order($0.newest, $1.newest) }!
        return [best] + candidates.filter { $0.snapshot.id != best.snapshot.id }.sorted { $0.snapshot.id < $1.snapshot.id }
    }

    private static func order(_ left: (Int, Int64, SnapshotID), _ right: (Int, Int64, SnapshotID)) -> Bool { left < right }

    private func record(_ candidate: Candidate, _ key: SnapshotKey) -> SnapshotRecord {
        let snapshot = candidate.snapshot
        let spec = specs[key]
        let known = current(candidate, key)
        return SnapshotRecord(
            key: key, id: snapshot.id, volumeID: snapshot.volumeID, name: snapshot.name ?? "", description: snapshot.description,
            metadata: snapshot.metadata.owned(by: spec, or: known),
            status: snapshot.status, size: snapshot.size, createdAt: snapshot.createdAt, updatedAt: snapshot.updatedAt,
            // No stamp says whether it was protected, so what neither the manifest nor the state tells is kept until a person decides (P3).
            protect: spec?.protect ?? known?.protect ?? !rotations.own(key), attempt: candidate.attempt)
    }

    /// What the state says of a snapshot, where that is the last word on it.
    private func current(_ candidate: Candidate, _ key: SnapshotKey) -> SnapshotRecord? {
        guard former.isCurrent, let record = formerRecords[candidate.snapshot.id], record.key == key else { return nil }
        return record
    }
}

/// What can still be read of a state that does not count as a whole any more.
public struct FormerLines: Hashable, Sendable {
    public var records: [SnapshotRecord]
    public var superseded: [SnapshotRecord]
    public var forgotten: [SnapshotID]
    /// Whether nothing has changed since, so that a line also is the last word on what only a state knows: whether a snapshot is protected.
    public var isCurrent: Bool

    /// Lines of a state; none where nothing can be read.
    public init(
        records: [SnapshotRecord] = [], superseded: [SnapshotRecord] = [], forgotten: [SnapshotID] = [], isCurrent: Bool = false
    ) {
        self.records = records
        self.superseded = superseded
        self.forgotten = forgotten
        self.isCurrent = isCurrent
    }
}

extension Recovery.Candidate {
    /// Sorts the oldest usable one to the front.
    fileprivate var oldest: (Int, Int64, SnapshotID) {
        (snapshot.status.recoveryRank, snapshot.createdAt?.microseconds ?? .max, snapshot.id)
    }

    /// Sorts the newest usable one to the front.
    fileprivate var newest: (Int, Int64, SnapshotID) {
        (snapshot.status.recoveryRank, -(snapshot.createdAt?.microseconds ?? -.max), snapshot.id)
    }
}

extension SnapshotStatus {
    fileprivate var recoveryRank: Int {
        switch self {
        // One that is still being made was asked for last: another would be made beside it (P1).
        case .available, .creating: 0
        case .errorDeleting: 2
        case .error, .deleting, .rollingBack, .backingUp, .restoring, .other: 1
        }
    }

    fileprivate var isUnfinished: Bool {
        switch self {
        case .creating, .error, .deleting, .errorDeleting: true
        case .available, .rollingBack, .backingUp, .restoring, .other: false
        }
    }
}

/// What metadata say of an owner, strictly read.
private enum StampReading {
    /// Not one of the three keys.
    case none
    case whole(owner: String, SnapshotKey, AttemptID)
    case damaged(owner: String?, RecoveryFindings.StampProblem)

    init(_ metadata: Metadata) {
        let owner = metadata[Stamp.ownerKey]
        let (key, attempt) = (metadata[Stamp.keyKey], metadata[Stamp.attemptKey])
        if owner == nil && key == nil && attempt == nil {
            self = .none
        } else if let owner {
            guard let key = key.flatMap({ try? SnapshotKey($0) }) else {
                self = .damaged(owner: owner, .key)
                return
            }
            self = attempt.flatMap { AttemptID($0) }.map { .whole(owner: owner, key, $0) } ?? .damaged(owner: owner, .attempt)
        } else {
            self = .damaged(owner: nil, .owner)
        }
    }
}
