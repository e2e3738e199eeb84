/// A line that may stand for a recorded snapshot under another key: the key of a line without one is its name, so that a new name looks like a
/// new snapshot.
public struct RenameHint: Hashable, Sendable {
    /// What the line may stand for: recorded, and no longer listed.
    public struct Candidate: Hashable, Sendable {
        public var key: SnapshotKey
        public var id: SnapshotID
        /// Whether the plan deletes it.
        public var isDeleted: Bool

        /// A candidate of its parts.
        public init(key: SnapshotKey, id: SnapshotID, isDeleted: Bool) {
            self.key = key
            self.id = id
            self.isDeleted = isDeleted
        }
    }

    /// As the line says.
    public var new: SnapshotKey
    /// In the plan's order, the first few of them; one where no other can be meant.
    public var candidates: [Candidate]
    /// How many there are.
    public var count: Int
    /// How many of all of them the plan deletes.
    public var deletedCount: Int

    /// So many candidates are named at most.
    public static let mostNamed = 3

    /// A hint of its parts.
    ///
    /// - Parameter others: candidates that are not named: how many, and how many of them the plan deletes.
    public init(new: SnapshotKey, candidates: [Candidate], others: (count: Int, deleted: Int) = (0, 0)) {
        self.new = new
        self.candidates = candidates
        count = candidates.count + others.count
        deletedCount = candidates.count(where: \.isDeleted) + others.deleted
    }

    /// Whether the plan deletes what may be meant.
    public var isDeleted: Bool { deletedCount > 0 }

    /// The hints that a plan gives, in its order: each snapshot to be made of a volume of which others are no longer listed. Two belong
    /// together when they are the only ones of the volume, or the only ones of a kind on their sides: of equal description and own metadata.
    /// What is left may be any of those that are left.
    public static func hints(in plan: Plan, observation: Observation = Observation()) -> [RenameHint] {
        var sides: [VolumeID: Sides] = [:]
        // A rotation's keys are made, not typed: they are no names that somebody changed.
        for change in plan.changes where RotationKey(change.key) == nil {
            switch change {
            case .delete(let record, .unlisted): sides[record.volumeID, default: Sides()].add(record, isDeleted: true)
            case .retain(let record, .unlisted), .retain(let record, .protected), .retain(let record, .busy):
                sides[record.volumeID, default: Sides()].add(record, isDeleted: false)
            case .create, .adopt, .update, .replace, .resume, .settle, .expire, .lost, .delete(_, .superseded), .delete(_, .underWay),
                .delete(_, .gone), .retain(_, .superseded), .retain(_, .supersededProtected), .retain(_, .unstamped),
                .retain(_, .notPicked):
                continue
            }
        }
        // A large first plan drops nothing, and each of its lines would be taken apart for that.
        if sides.isEmpty { return [] }
        for case .create(let spec) in plan.changes where RotationKey(spec.key) == nil {
            if let id = observation.volumeID(of: spec.volume) { sides[id]?.add(spec) }
        }
        for volume in sides.keys { sides[volume]!.pair() }
        return plan.changes.compactMap { change in
            guard case .create(let spec) = change, RotationKey(spec.key) == nil, let id = observation.volumeID(of: spec.volume) else {
                return nil
            }
            return sides[id]?.hint(for: spec)
        }
    }
}

/// What comes and what goes on one volume, each counted by its kind, so that none is held against each other.
private struct Sides {
    private var news: [Kind: Int] = [:]
    private var olds: [(kind: Kind, candidate: RenameHint.Candidate)] = []
    /// By their kind, those that can be meant by no other.
    private var pairs: [Kind: RenameHint.Candidate] = [:]
    private var rest: [RenameHint.Candidate] = []
    private var others = (count: 0, deleted: 0)

    mutating func add(_ spec: SnapshotSpec) {
        news[Kind(spec), default: 0] += 1
    }

    mutating func add(_ record: SnapshotRecord, isDeleted: Bool) {
        olds.append((Kind(record), .init(key: record.key, id: record.id, isDeleted: isDeleted)))
    }

    /// Once all is counted.
    mutating func pair() {
        var counts: [Kind: Int] = [:]
        for old in olds { counts[old.kind, default: 0] += 1 }
        for old in olds {
            if counts[old.kind] == 1, news[old.kind] == 1 {
                pairs[old.kind] = old.candidate
            } else {
                if rest.count < RenameHint.mostNamed {
                    rest.append(old.candidate)
                } else {
                    others.count += 1
                    if old.candidate.isDeleted { others.deleted += 1 }
                }
            }
        }
    }

    func hint(for spec: SnapshotSpec) -> RenameHint? {
        if let pair = pairs[Kind(spec)] { return RenameHint(new: spec.key, candidates: [pair]) }
        return rest.isEmpty ? nil : RenameHint(new: spec.key, candidates: rest, others: others)
    }
}

/// Two snapshots are of a kind when description and own metadata are equal, byte for byte.
private struct Kind: Hashable {
    private let description: [UInt8]?
    private let metadata: Metadata

    init(_ spec: SnapshotSpec) {
        description = spec.description.map { Array($0.text.utf8) }
        metadata = spec.metadata
    }

    init(_ record: SnapshotRecord) {
        description = record.description.map { Array($0.utf8) }
        metadata = record.metadata
    }
}
