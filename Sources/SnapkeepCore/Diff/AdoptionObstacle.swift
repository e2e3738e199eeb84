/// Why a snapshot cannot be taken into the state. One set of rules for `import`, for `plan` and for `apply`.
public enum AdoptionObstacle: Hashable, Sendable {
    case notFound
    /// Recorded, and gone from the cloud.
    case lost
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
    /// The manifest's line names another one by `id:`.
    case otherID(listed: SnapshotID)
    /// It is going away, or busy.
    case status(SnapshotStatus)
    /// The manifest lists the key with another volume: a plan would replace it.
    case otherVolume(listed: VolumeID, observed: VolumeID)
    /// The manifest gives the volume by a name that is none's or several's.
    case volumeName(String, matches: [VolumeID])
    /// The cloud took the stamp and does not show it.
    case unstamped
}

/// What a state says of a key and of a snapshot that are to be brought together.
public struct AdoptionStanding: Hashable, Sendable {
    /// Whose stamp the snapshot is to carry; the empty text is nobody's yet.
    public var owner: String
    /// What stands for the key.
    public var holder: SnapshotRecord?
    /// What is recorded of the snapshot.
    public var recorded: SnapshotRecord?
    /// Whether that is a record that another one took the place of.
    public var isSuperseded: Bool

    /// A standing of its parts.
    public init(owner: String, holder: SnapshotRecord?, recorded: SnapshotRecord?, isSuperseded: Bool) {
        self.owner = owner
        self.holder = holder
        self.recorded = recorded
        self.isSuperseded = isSuperseded
    }

    /// What a state says.
    public init(of key: SnapshotKey, _ id: SnapshotID, in state: RecordedState) {
        let record = state.records.first { $0.id == id }
        let superseded = record == nil ? state.superseded.first { $0.id == id } : nil
        self.init(
            owner: state.header.owner, holder: state.record(for: key), recorded: record ?? superseded, isSuperseded: superseded != nil)
    }
}

extension AdoptionObstacle {
    /// What the state alone shows to stand in the way.
    public init?(_ standing: AdoptionStanding, of key: SnapshotKey, _ id: SnapshotID) {
        if let record = standing.recorded, standing.isSuperseded {
            self = .idInUse(record, isSuperseded: true)
        } else if let holder = standing.holder, holder.id != id {
            // Before the other: a rename to this key would be refused for it.
            self = .keyInUse(holder)
        } else if let record = standing.recorded, record.key != key {
            self = .idInUse(record, isSuperseded: false)
        } else {
            return nil
        }
    }

    /// What stands in the way, if anything: a function of what is observed and recorded.
    ///
    /// - Parameters:
    ///   - wantedVolume: the volume of the manifest's line, where it lists the key and the volume's id is known.
    ///   - spec: the manifest's line, where it lists the key.
    public init?(
        to key: SnapshotKey, _ observed: ObservedSnapshot, wantedVolume: VolumeID?, spec: SnapshotSpec?, _ standing: AdoptionStanding
    ) {
        if observed.isServerMade {
            self = .madeByServer
        } else if let obstacle = AdoptionObstacle(standing, of: key, observed.id) {
            self = obstacle
        } else if let owner = observed.metadata[Stamp.ownerKey], !owner.hasSameBytes(as: standing.owner) {
            self = .otherOwner(owner)
        } else if observed.metadata[Stamp.ownerKey] != nil, let other = observed.metadata[Stamp.keyKey], !other.hasSameBytes(as: key.text) {
            self = .otherKey(other)
        } else if let listed = spec?.id, listed != observed.id {
            self = .otherID(listed: listed)
        } else if let wantedVolume, wantedVolume != observed.volumeID {
            self = .otherVolume(listed: wantedVolume, observed: observed.volumeID)
        } else if !Self.allows(observed.status, forGood: spec?.id != nil) {
            self = .status(observed.status)
        } else {
            return nil
        }
    }

    /// Whether a snapshot of a status can be adopted.
    ///
    /// - Parameter forGood: whether its line names it by `id:`. One that has failed would be replaced otherwise, and no other may stand for
    ///   such a line.
    static func allows(_ status: SnapshotStatus, forGood: Bool) -> Bool {
        switch status {
        case .available, .creating: true
        case .error: !forGood
        case .deleting, .errorDeleting, .rollingBack, .backingUp, .restoring, .other: false
        }
    }

    /// Why the stamp that was just set is not shown: another state took the snapshot meanwhile, or the cloud keeps no metadata.
    public init(unstamped shown: ObservedSnapshot, owner: String) {
        if let other = shown.metadata[Stamp.ownerKey], !other.hasSameBytes(as: owner) {
            self = .otherOwner(other)
        } else {
            self = .unstamped
        }
    }
}
