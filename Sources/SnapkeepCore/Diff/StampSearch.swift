/// Knows which stamps a state accounts for, and so which snapshots were made under its owner's name elsewhere: by a state that was lost,
/// by another copy of this one, or by a request that the cloud carried out too late. Making such a key again would make a duplicate (P1).
public struct StampSearch: Sendable {
    private let owner: String
    private let openAttempts: Set<String>
    private let forgotten: Set<SnapshotID>

    /// - Parameters:
    ///   - owner: whose stamps count; the empty text is nobody's.
    ///   - state: `nil` before the first apply.
    public init(owner: String, state: RecordedState?) {
        self.owner = owner
        openAttempts = Set((state?.openIntents ?? []).lazy.map(\.attempt.text))
        forgotten = Set(state?.forgotten ?? [])
    }

    /// The stamp of a snapshot that no record is about; `nil` unless it is the owner's and neither open nor forgotten.
    public func unaccountedStamp(of snapshot: ObservedSnapshot) -> Stamp? {
        snapshot.unaccountedStamp(of: owner, isOpen: openAttempts.contains, isForgotten: forgotten.contains)
    }
}

extension ObservedSnapshot {
    /// The stamp of a snapshot that no record is about; `nil` unless it is the owner's and neither open nor forgotten.
    ///
    /// - Parameters:
    ///   - owner: the empty text is nobody's.
    ///   - isOpen: whether the creation under an attempt is still open.
    ///   - isForgotten: whether a snapshot was let go on purpose.
    public func unaccountedStamp(
        of owner: String, isOpen: (String) -> Bool, isForgotten: (SnapshotID) -> Bool
    ) -> Stamp? {
        guard !owner.isEmpty, status != .deleting, let stamp = Stamp(in: metadata), stamp.owner.hasSameBytes(as: owner),
            !isOpen(stamp.attempt), !isServerMade, !isForgotten(id)
        else { return nil }
        return stamp
    }
}

/// Finds, among the snapshots that a cloud lists, those that stand already for keys which are about to be created.
public struct CreationSearch: Sendable {
    private let stamps: StampSearch
    private let keys: Set<String>
    private let state: RecordedState?
    private let owner: String
    private var seen: [SnapshotID: ObservedSnapshot] = [:]
    /// With our stamp and another key, recorded or not.
    private var others: Set<SnapshotID> = []

    /// - Parameter keys: of the snapshots that are about to be created.
    public init(keys: Set<SnapshotKey>, owner: String, state: RecordedState?) {
        stamps = StampSearch(owner: owner, state: state)
        self.keys = Set(keys.lazy.map(\.text))
        self.state = state
        self.owner = owner
    }

    /// Takes in one listed snapshot. Seeing one twice is seeing it once.
    public mutating func see(_ snapshot: ObservedSnapshot) {
        guard let stamp = stamps.unaccountedStamp(of: snapshot) else { return }
        if keys.contains(stamp.key) { seen[snapshot.id] = snapshot } else { others.insert(snapshot.id) }
    }

    /// How many more were seen with our stamp that no record knows: made too late, or from another copy of the state. None of them stands in
    /// the way of what is about to be created.
    public var unrecordedCount: Int {
        if others.isEmpty { return 0 }
        var unknown = others
        for record in state?.records ?? [] { unknown.remove(record.id) }
        for record in state?.superseded ?? [] { unknown.remove(record.id) }
        return unknown.count
    }

    /// What was seen and is not recorded under any key: by the key in the stamp, as `StateRefresh.orphans`.
    public var orphans: [String: [SnapshotID]] {
        if seen.isEmpty { return [:] }
        var unknown = seen.compactMapValues { $0.metadata[Stamp.keyKey] }
        for record in state?.records ?? [] { unknown[record.id] = nil }
        for record in state?.superseded ?? [] { unknown[record.id] = nil }
        return Dictionary(grouping: unknown.keys.sorted()) { unknown[$0]! }
    }

    /// What `orphans` gives the ids of.
    public var orphanedSnapshots: [ObservedSnapshot] {
        if seen.isEmpty { return [] }
        return orphans.sorted { $0.key < $1.key }.flatMap(\.value).compactMap { seen[$0] }
    }

    /// What was seen and is recorded under another key than its stamp has, in the order of the records. What another one has taken the place
    /// of is not meant: it has no key of its own that could be given to it.
    public var cutRenames: [CutRename] {
        if seen.isEmpty { return [] }
        return (state?.records ?? []).compactMap { record in
            seen[record.id].flatMap { CutRename($0, of: record, owner: owner) }
        }
    }
}
