/// The desired snapshots, free of positions and defaults: what the diff compares with the recorded state.
public struct Manifest: Hashable, Sendable {
    /// The owner written into stamps; `nil` leaves that to the state's lineage.
    public var stack: StackName?
    /// A guard: with it, a run against any other project is refused.
    public var projectID: ProjectID?
    /// Where the state is, as written; `nil` where the manifest does not say.
    public var state: StateAddress?
    /// In the order of the files and of their lines; keys are unique.
    public var snapshots: [SnapshotSpec]
    /// In the order of the files and of their lines; names are unique.
    public var rotations: [RotationSpec]
    /// The most snapshots that the cloud allows of one volume (`limits: {snapshots_per_volume: …}`); `nil` where the manifest does not say.
    public var snapshotsPerVolume: Int?
    /// What `volumes:` calls each volume that it gives the id of; of two names the first.
    public var aliases: [VolumeID: String]

    /// The names of the rotations, those among them that they had before.
    public var rotationNames: Set<RotationName> { rotations.allNames }

    /// Whether a rotation picks its volumes by a pattern.
    public var picksVolumes: Bool {
        rotations.contains { if case .matching = $0.volumes { true } else { false } }
    }

    /// A manifest of its parts.
    public init(
        stack: StackName? = nil, projectID: ProjectID? = nil, state: StateAddress? = nil, snapshots: [SnapshotSpec],
        rotations: [RotationSpec] = [], snapshotsPerVolume: Int? = nil, aliases: [VolumeID: String] = [:]
    ) {
        self.stack = stack
        self.projectID = projectID
        self.state = state
        self.snapshots = snapshots
        self.rotations = rotations
        self.snapshotsPerVolume = snapshotsPerVolume
        self.aliases = aliases
    }
}

/// One desired snapshot.
public struct SnapshotSpec: Hashable, Sendable {
    public var key: SnapshotKey
    public var name: SnapshotName
    public var volume: VolumeReference
    /// The existing snapshot that stands for the line: it is adopted, and nothing is ever made for the line.
    public var id: SnapshotID?
    public var description: SnapshotDescription?
    /// Ours alone, without the stamp.
    public var metadata: Metadata
    /// Whether to snapshot a volume that is attached. Sent only when true (CloudAPI#force).
    public var force: Bool
    /// Never delete this snapshot.
    public var protect: Bool
    /// How long to wait for `available`.
    public var timeout: Duration

    /// The wait where the manifest says nothing.
    public static let defaultTimeout: Duration = .seconds(600)
    /// From one second to a day.
    public static let allowedTimeouts: ClosedRange<Duration> = .seconds(1) ... .seconds(86_400)

    /// A desired snapshot of its parts.
    public init(
        key: SnapshotKey, name: SnapshotName, volume: VolumeReference, id: SnapshotID? = nil, description: SnapshotDescription? = nil,
        metadata: Metadata = Metadata(), force: Bool = false, protect: Bool = false, timeout: Duration = SnapshotSpec.defaultTimeout
    ) {
        self.key = key
        self.name = name
        self.volume = volume
        self.id = id
        self.description = description
        self.metadata = metadata
        self.force = force
        self.protect = protect
        self.timeout = timeout
    }
}

/// How a manifest names the volume of a snapshot.
public enum VolumeReference: Hashable, Sendable {
    /// `volume_id: <uuid>`.
    case id(VolumeID)
    /// `volume: alias`, where `volumes:` gives the id.
    case alias(String, VolumeID)
    /// `volume: alias`, where `volumes:` gives the cloud's name of the volume; it is looked up when the plan is carried out.
    case named(alias: String, name: String)

    /// The id, where the manifest alone tells it.
    public var id: VolumeID? {
        switch self {
        case .id(let id), .alias(_, let id): id
        case .named: nil
        }
    }
}
