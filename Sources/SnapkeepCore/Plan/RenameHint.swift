/// A line that may stand for a recorded snapshot under another key: the key of a line without one is its name, so that a new name looks like a
/// new snapshot.
public struct RenameHint: Hashable, Sendable {
    /// As recorded, and no longer listed.
    public var old: SnapshotKey
    /// As the line says.
    public var new: SnapshotKey
    /// The recorded snapshot.
    public var id: SnapshotID
    /// Whether the plan deletes it.
    public var isDeleted: Bool

    /// A hint of its parts.
    public init(old: SnapshotKey, new: SnapshotKey, id: SnapshotID, isDeleted: Bool) {
        self.old = old
        self.new = new
        self.id = id
        self.isDeleted = isDeleted
    }

    /// The hints that a plan gives, in its order: a snapshot to be made and one that is no longer listed, of the same volume, where each can
    /// be meant by no other. Two are of a kind when description and own metadata are equal; else it takes one of each on the volume.
    public static func hints(in plan: Plan, observation: Observation = Observation()) -> [RenameHint] {
        var sides: [VolumeID: Sides] = [:]
        for change in plan.changes {
            switch change {
            case .delete(let record, .unlisted): sides[record.volumeID, default: Sides()].add(record, isDeleted: true)
            case .retain(let record, .unlisted), .retain(let record, .protected), .retain(let record, .busy):
                sides[record.volumeID, default: Sides()].add(record, isDeleted: false)
            case .create, .adopt, .update, .replace, .resume, .settle, .lost, .delete(_, .superseded), .delete(_, .underWay),
                .delete(_, .gone), .retain(_, .superseded), .retain(_, .supersededProtected), .retain(_, .unstamped):
                continue
            }
        }
        // A large first plan drops nothing, and each of its lines would be taken apart for that.
        if sides.isEmpty { return [] }
        for case .create(let spec) in plan.changes {
            if let id = observation.volumeID(of: spec.volume) { sides[id]?.add(spec) }
        }
        return plan.changes.compactMap { change in
            guard case .create(let spec) = change, let id = observation.volumeID(of: spec.volume),
                let old = sides[id]?.predecessor(of: spec)
            else { return nil }
            return RenameHint(old: old.record.key, new: spec.key, id: old.record.id, isDeleted: old.isDeleted)
        }
    }
}

/// What comes and what goes on one volume, each counted by its kind, so that none is held against each other.
private struct Sides {
    typealias Old = (record: SnapshotRecord, isDeleted: Bool)

    private var newCount = 0
    private var news: [Kind: Int] = [:]
    /// The one of its kind; `nil` in it where there are several.
    private var olds: [Kind: Old?] = [:]
    private var oldCount = 0
    private var lastOld: Old?

    mutating func add(_ spec: SnapshotSpec) {
        newCount += 1
        news[Kind(spec), default: 0] += 1
    }

    mutating func add(_ record: SnapshotRecord, isDeleted: Bool) {
        oldCount += 1
        lastOld = (record, isDeleted)
        let kind = Kind(record)
        olds[kind] = .some(olds.keys.contains(kind) ? nil : (record, isDeleted))
    }

    /// What the line may stand for, where neither can be meant by another.
    func predecessor(of spec: SnapshotSpec) -> Old? {
        if newCount == 1, oldCount == 1 { return lastOld }
        let kind = Kind(spec)
        return news[kind] == 1 ? olds[kind] ?? nil : nil
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
