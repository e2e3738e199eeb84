/// Holds the records against what the cloud lists, one snapshot after the other, and keeps only the differences: a project of a hundred
/// thousand unchanged snapshots costs no more memory than its records.
public struct RefreshPass: Sendable {
    private let state: RecordedState?
    private let records: [SnapshotRecord]
    private let superseded: [SnapshotRecord]
    private let owner: String
    /// Positions of the records, then of the superseded ones behind them.
    private let positions: [SnapshotID: Int]
    private var isSeen: [Bool]
    private var differing: [SnapshotID: ObservedSnapshot] = [:]
    private var countsByVolume = VolumeCounts()
    private var orphans: [SnapshotID: String] = [:]
    /// Hash values instead of ids: a project may hold very many snapshots of others.
    private var foreign: Set<Int> = []
    private let stamps: StampSearch
    private let wanted: WantedSnapshots
    private var adoptable: [SnapshotID: ObservedSnapshot] = [:]
    private var lookAlikes: [SnapshotID: ObservedSnapshot] = [:]
    /// Made for rotations by other copies of the state, as they are to be recorded.
    private var copies: [SnapshotID: SnapshotRecord] = [:]

    /// Begins with nothing seen.
    ///
    /// - Parameters:
    ///   - state: `nil` before the first apply.
    ///   - stack: whose stamps count as ours where there is no state.
    ///   - wanted: what is to be kept of snapshots that no record is about.
    public init(_ state: RecordedState?, stack: StackName? = nil, wanted: WantedSnapshots = WantedSnapshots()) {
        self.state = state
        self.wanted = wanted
        records = state?.records ?? []
        superseded = state?.superseded ?? []
        owner = state?.header.owner ?? stack?.text ?? ""
        stamps = StampSearch(owner: owner, state: state)
        var positions: [SnapshotID: Int] = Dictionary(minimumCapacity: records.count + superseded.count)
        for (position, record) in records.enumerated() { positions[record.id] = position }
        for (position, record) in superseded.enumerated() { positions[record.id] = records.count + position }
        self.positions = positions
        isSeen = [Bool](repeating: false, count: records.count + superseded.count)
    }

    /// Takes in one snapshot of the project, recorded or not. Seeing one twice is seeing it once.
    public mutating func see(_ snapshot: ObservedSnapshot) {
        guard let position = positions[snapshot.id] else {
            if foreign.insert(snapshot.id.hashValue).inserted { countsByVolume.add(snapshot.volumeID) }
            if let stamp = stamps.unaccountedStamp(of: snapshot) {
                if state != nil, let key = snapshot.stampedKey, wanted.rotations.own(key) {
                    copies[snapshot.id] = SnapshotRecord(duplicate: snapshot, key: key)
                } else {
                    orphans[snapshot.id] = stamp.key
                }
            }
            if wanted.isEmpty { return }
            if wanted.ids.contains(snapshot.id) {
                adoptable[snapshot.id] = snapshot
            } else if wanted.resembles(snapshot) {
                lookAlikes[snapshot.id] = snapshot
            }
            return
        }
        if !isSeen[position] { countsByVolume.add(snapshot.volumeID) }
        isSeen[position] = true
        // The later look counts.
        if snapshot.differs(from: record(at: position), owner: owner) {
            differing[snapshot.id] = snapshot
        } else if !differing.isEmpty {
            differing[snapshot.id] = nil
        }
    }

    /// The recorded snapshots that were not seen. Not in a list is not gone yet: whoever reads asks for each of them by its id.
    public var unseen: [SnapshotID] {
        isSeen.indices.filter { !isSeen[$0] }.map { record(at: $0).id }
            + wanted.ids.filter { adoptable[$0] == nil && positions[$0] == nil }.sorted()
    }

    private func record(at position: Int) -> SnapshotRecord {
        position < records.count ? records[position] : superseded[position - records.count]
    }

    /// What was found. What is unseen by now is gone.
    public func finished() -> StateRefresh {
        var refresh = StateRefresh(state: state, snapshotsByVolume: countsByVolume)
        refresh.adoptable = adoptable
        // Youngest first.
        refresh.lookAlikes = lookAlikes.values.sorted { left, right in
            (right.createdAt?.microseconds ?? .min, right.id) < (left.createdAt?.microseconds ?? .min, left.id)
        }
        for (id, key) in orphans.sorted(by: { $0.key < $1.key }) { refresh.orphans[key, default: []].append(id) }
        guard var after = state else { return refresh }
        for (position, record) in records.enumerated() {
            // Its deletion was decided by us; that it goes is no surprise.
            if record.status == .deleting { continue }
            guard isSeen[position] else {
                refresh.losses[record.id] = .gone
                continue
            }
            guard let observed = differing[record.id] else { continue }
            after.records[position] = refresh.take(observed, for: record, owner: owner)
        }
        after.superseded = superseded.indices.compactMap { index in
            var record = superseded[index]
            if record.status == .deleting { return record }
            guard isSeen[records.count + index] else {
                // Nothing is missed of what another one has taken the place of.
                refresh.events.append(.deleted(record.id))
                return nil
            }
            // That somebody else deletes it is not our decision, which the record would say.
            if let observed = differing[record.id], observed.status != record.status,
                ![.deleting, .errorDeleting].contains(observed.status)
            {
                record.status = observed.status
                refresh.events.append(.observed(record.id, status: observed.status, size: nil, updatedAt: observed.updatedAt))
            }
            return record
        }
        let found = copies.values.sorted { $0.id < $1.id }
        refresh.copies = found.map(\.id)
        refresh.events += found.map(JournalEvent.duplicate)
        if !found.isEmpty { after.superseded = (after.superseded + found).sorted { ($0.key, $0.id) < ($1.key, $1.id) } }
        refresh.state = after
        return refresh
    }
}

/// What the cloud says of the recorded snapshots, held against the records.
public struct StateRefresh: Hashable, Sendable {
    /// The records as the cloud has them; lost ones as they were.
    public var state: RecordedState?
    /// Recorded snapshots that cannot be relied on any more.
    public var losses: [SnapshotID: LossReason] = [:]
    /// What was changed by others, in the order of the keys.
    public var drift: [Drift] = []
    /// Recorded snapshots whose stamp was taken away or changed: none could be found again without its record.
    public var unstamped: [Unstamped] = []
    /// Snapshots that carry our stamp and that no record knows, by the key in the stamp.
    public var orphans: [String: [SnapshotID]] = [:]
    /// What lines name by `id:` and no record has.
    public var adoptable: [SnapshotID: ObservedSnapshot] = [:]
    /// What resembles a snapshot that is to be made and carries nobody's stamp, youngest first.
    public var lookAlikes: [ObservedSnapshot] = []
    /// Made for rotations by other copies of this state: found by their stamps, they count as copies like all others.
    public var copies: [SnapshotID] = []
    /// How many snapshots each volume has in the cloud, whoever made them.
    public var snapshotsByVolume = VolumeCounts()
    /// What brings the records to what was seen.
    public var events: [JournalEvent] = []

    init(state: RecordedState?, snapshotsByVolume: VolumeCounts) {
        self.state = state
        self.snapshotsByVolume = snapshotsByVolume
    }

    /// One snapshot that does not carry the stamp of its record.
    public struct Unstamped: Hashable, Sendable {
        public var key: SnapshotKey
        public var id: SnapshotID
        /// Whose stamp it carries now; `nil` for none, or for ours with another key.
        public var owner: String?
        /// Only the key in its stamp differs: it is still taken for ours.
        public var rename: CutRename?
    }

    /// Renames that were cut short, in the order of the records.
    public var cutRenames: [CutRename] { unstamped.compactMap(\.rename) }

    /// One snapshot that others have changed.
    public struct Drift: Hashable, Sendable {
        public var key: SnapshotKey
        public var id: SnapshotID
        /// From what is recorded to what the cloud has; owned fields only.
        public var fields: [FieldChange]

        /// A drift of its parts.
        public init(key: SnapshotKey, id: SnapshotID, fields: [FieldChange]) {
            self.key = key
            self.id = id
            self.fields = fields
        }

        /// What brings a record to what was seen.
        public func event(over record: SnapshotRecord) -> JournalEvent {
            var (name, description, metadata) = (record.name, record.description, record.metadata)
            for field in fields {
                switch field {
                case .name(_, let to): name = to
                case .description(_, let to): description = to
                case .metadata(let key, _, let to?): metadata = metadata.merging(Metadata([.init(key: key, value: to)]))
                case .metadata(let key, _, nil): metadata = Metadata(metadata.entries.filter { $0.key != key })
                case .protect: break
                }
            }
            return .updated(id, name: name, description: description, metadata: metadata, updatedAt: nil)
        }
    }

    /// Notes what differs.
    ///
    /// - Returns: the record as the cloud has it.
    fileprivate mutating func take(_ observed: ObservedSnapshot, for record: SnapshotRecord, owner: String) -> SnapshotRecord {
        // What is recorded as `error_deleting` is what became of a deletion of ours: that is no surprise either.
        if record.status != .errorDeleting {
            if observed.status == .deleting || observed.status == .errorDeleting {
                losses[record.id] = observed.status == .deleting ? .beingDeleted : .errorDeleting
                return record
            }
        }
        var after = record
        after.status = observed.status
        after.size = observed.size ?? record.size
        if after != record {
            events.append(.observed(record.id, status: after.status, size: after.size, updatedAt: observed.updatedAt))
        }
        (after.name, after.description) = (observed.name ?? "", observed.description)
        after.metadata = observed.metadata.restricted(to: record.metadata)
        let fields = Reconciliation.fieldChanges(
            from: record, name: after.name, description: after.description, metadata: after.metadata)
        if !fields.isEmpty {
            drift.append(Drift(key: record.key, id: record.id, fields: fields))
            events.append(
                .updated(
                    record.id, name: after.name, description: after.description, metadata: after.metadata, updatedAt: observed.updatedAt))
        }
        after.updatedAt = after == record ? record.updatedAt : observed.updatedAt ?? record.updatedAt
        if !observed.carriesStamp(of: record, owner: owner) {
            let found = observed.metadata[Stamp.ownerKey]
            unstamped.append(
                Unstamped(
                    key: record.key, id: record.id, owner: found.hasSameBytes(as: owner) ? nil : found,
                    rename: CutRename(observed, of: record, owner: owner)))
        }
        return after
    }
}

extension ObservedSnapshot {
    fileprivate func differs(from record: SnapshotRecord, owner: String) -> Bool {
        status != record.status || (size != nil && size != record.size) || !(name ?? "").hasSameBytes(as: record.name)
            || !description.hasSameBytes(as: record.description) || !carriesStamp(of: record, owner: owner)
            || !record.metadata.entries.allSatisfy { metadata[$0.key].hasSameBytes(as: $0.value) }
    }

    fileprivate func carriesStamp(of record: SnapshotRecord, owner: String) -> Bool {
        metadata[Stamp.ownerKey].hasSameBytes(as: owner) && metadata[Stamp.keyKey].hasSameBytes(as: record.key.text)
            && metadata[Stamp.attemptKey] == record.attempt?.text
    }
}
