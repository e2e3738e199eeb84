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
        var created: [VolumeID: [SnapshotSpec]] = [:]
        var dropped: [VolumeID: [(record: SnapshotRecord, isDeleted: Bool)]] = [:]
        for change in plan.changes {
            switch change {
            case .create(let spec): if let id = observation.volumeID(of: spec.volume) { created[id, default: []].append(spec) }
            case .delete(let record, .unlisted): dropped[record.volumeID, default: []].append((record, true))
            case .retain(let record, .unlisted), .retain(let record, .protected), .retain(let record, .busy):
                dropped[record.volumeID, default: []].append((record, false))
            case .adopt, .update, .replace, .resume, .settle, .lost, .delete(_, .superseded), .delete(_, .underWay), .delete(_, .gone),
                .retain(_, .superseded), .retain(_, .supersededProtected), .retain(_, .unstamped):
                continue
            }
        }
        if created.isEmpty || dropped.isEmpty { return [] }
        return plan.changes.compactMap { change in
            guard case .create(let spec) = change, let id = observation.volumeID(of: spec.volume), let news = created[id],
                let olds = dropped[id], let old = predecessor(of: spec, among: news, olds)
            else { return nil }
            return RenameHint(old: old.record.key, new: spec.key, id: old.record.id, isDeleted: old.isDeleted)
        }
    }

    private static func predecessor(
        of spec: SnapshotSpec, among news: [SnapshotSpec], _ olds: [(record: SnapshotRecord, isDeleted: Bool)]
    ) -> (record: SnapshotRecord, isDeleted: Bool)? {
        if news.count == 1, olds.count == 1 { return olds[0] }
        // Among very many nobody can say what was meant, and each would be held against each.
        guard news.count * olds.count <= 10_000 else { return nil }
        let alike = olds.filter { spec.isOfAKind(with: $0.record) }
        guard alike.count == 1, news.count(where: { $0.isOfAKind(with: alike[0].record) }) == 1 else { return nil }
        return alike[0]
    }
}

extension SnapshotSpec {
    fileprivate func isOfAKind(with record: SnapshotRecord) -> Bool {
        record.description.isSameText(as: description?.text) && record.metadata == metadata
    }
}
