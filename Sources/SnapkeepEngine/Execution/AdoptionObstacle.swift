public import SnapkeepCore

/// Why a snapshot cannot be taken into the state.
public enum AdoptionObstacle: Hashable, Sendable {
    case notFound
    /// Made by the backup service or by a server backup: not to be touched (CloudAPI#server-made).
    case madeByServer
    /// Another stack or state keeps it.
    case otherOwner(String)
    /// It carries our stamp with another key.
    case otherKey(String)
    /// Another snapshot is recorded under the key.
    case keyInUse(SnapshotRecord)
    /// The snapshot is recorded under another key, or as one that another took the place of.
    case idInUse(SnapshotRecord, isSuperseded: Bool)
    /// It is going away, or busy.
    case status(SnapshotStatus)
    /// The manifest lists the key with another volume: a plan would replace it.
    case otherVolume(listed: VolumeID, observed: VolumeID)
    /// The manifest gives the volume by a name that is none's or several's.
    case volumeName(String, matches: [VolumeID])
    /// The cloud took the stamp and does not show it.
    case unstamped
}

extension AdoptionObstacle {
    /// What stands in the way, if anything: a function of what is observed and recorded.
    ///
    /// - Parameter wantedVolume: the volume of the manifest's line, where it lists the key.
    init?(to key: SnapshotKey, _ observed: ObservedSnapshot, wantedVolume: VolumeID?, in state: RecordedState) {
        if observed.isServerMade {
            self = .madeByServer
        } else if let record = state.records.first(where: { $0.id == observed.id }) {
            self = .idInUse(record, isSuperseded: false)
        } else if let record = state.superseded.first(where: { $0.id == observed.id }) {
            self = .idInUse(record, isSuperseded: true)
        } else if let record = state.record(for: key) {
            self = .keyInUse(record)
        } else if let owner = observed.metadata[Stamp.ownerKey], !owner.isSameText(as: state.header.owner) {
            self = .otherOwner(owner)
        } else if observed.metadata[Stamp.ownerKey] != nil, let other = observed.metadata[Stamp.keyKey], !other.isSameText(as: key.text) {
            self = .otherKey(other)
        } else if let wantedVolume, wantedVolume != observed.volumeID {
            self = .otherVolume(listed: wantedVolume, observed: observed.volumeID)
        } else {
            switch observed.status {
            case .available, .error, .creating: return nil
            case .deleting, .errorDeleting, .rollingBack, .backingUp, .restoring, .other: self = .status(observed.status)
            }
        }
    }

    /// Why the stamp that was just set is not shown: another state took the snapshot meanwhile, or the cloud keeps no metadata.
    init(unstamped shown: ObservedSnapshot, owner: String) {
        if let other = shown.metadata[Stamp.ownerKey], !other.isSameText(as: owner) { self = .otherOwner(other) } else { self = .unstamped }
    }
}

extension ObservedSnapshot {
    /// Whether any state's stamp is on it.
    public var isStamped: Bool { metadata.entries.contains { $0.key.hasPrefix(Stamp.prefix) } }
}
