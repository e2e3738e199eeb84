/// What a look at the cloud showed beyond what records can say.
public struct Observation: Hashable, Sendable {
    /// Recorded snapshots that cannot be relied on any more.
    public var losses: [SnapshotID: LossReason]
    /// What others have changed, by key.
    public var drift: [StateRefresh.Drift]
    /// Recorded snapshots that do not carry our stamp any more: they are not ours to delete.
    public var foreign: Set<SnapshotID>
    /// What the cloud has of the snapshots that lines name by `id:` and no record has; `nil` where nobody looked.
    public var adoptable: [SnapshotID: ObservedSnapshot]?
    /// All volumes; `nil` where they were not needed, or nobody looked.
    public var volumes: VolumeDirectory?

    /// Nothing was looked at, unless parts are given.
    public init(
        losses: [SnapshotID: LossReason] = [:], drift: [StateRefresh.Drift] = [], foreign: Set<SnapshotID> = [],
        adoptable: [SnapshotID: ObservedSnapshot]? = nil, volumes: VolumeDirectory? = nil
    ) {
        self.losses = losses
        self.drift = drift
        self.foreign = foreign
        self.adoptable = adoptable
        self.volumes = volumes
    }

    /// What a refresh has found, before volumes were asked for.
    public init(_ refresh: StateRefresh) {
        self.init(
            losses: refresh.losses, drift: refresh.drift, foreign: Set(refresh.unstamped.lazy.filter { $0.rename == nil }.map(\.id)),
            adoptable: refresh.adoptable)
    }

    /// Why a recorded snapshot is lost; `nil` when it is not.
    func loss(of record: SnapshotRecord) -> LossReason? {
        guard !losses.isEmpty, let loss = losses[record.id] else { return nil }
        guard loss == .gone, let volumes, volumes[record.volumeID] == nil else { return loss }
        return .goneWithVolume
    }

    /// The id of a declared volume, where the manifest or the directory tells exactly one.
    func volumeID(of reference: VolumeReference) -> VolumeID? {
        if let id = reference.id { return id }
        guard case .named(_, let name) = reference, let matches = volumes?.ids(named: name), matches.count == 1 else { return nil }
        return matches[0]
    }
}

/// All volumes of a project, by id and by name.
public struct VolumeDirectory: Hashable, Sendable {
    private let byID: [VolumeID: ObservedVolume]
    private let idsByName: [String: [VolumeID]]

    /// The directory of a whole list.
    public init(_ volumes: [ObservedVolume]) {
        byID = Dictionary(volumes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var names: [String: [VolumeID]] = [:]
        for volume in byID.values { if let name = volume.name, !name.isEmpty { names[name, default: []].append(volume.id) } }
        idsByName = names.mapValues { $0.sorted() }
    }

    /// The volume of an id.
    public subscript(id: VolumeID) -> ObservedVolume? { byID[id] }

    /// The volumes that a rotation's pattern picks, sorted by id.
    func matching(_ pattern: VolumePattern) -> [ObservedVolume] {
        byID.values.filter(pattern.matches).sorted { $0.id < $1.id }
    }

    /// The volumes of exactly this name, sorted by id; names are not unique (CloudAPI#volumes).
    public func ids(named name: String) -> [VolumeID] {
        // The table takes texts for equal that differ in their bytes.
        (idsByName[name] ?? []).filter { byID[$0]?.name.hasSameBytes(as: name) ?? false }
    }
}
