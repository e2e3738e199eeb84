/// What a look at the cloud is to keep of snapshots that no record is about: those that lines name by `id:`, and those that resemble what a
/// line would make.
public struct WantedSnapshots: Hashable, Sendable {
    /// Named by `id:`, and not recorded.
    public private(set) var ids: Set<SnapshotID> = []
    /// The volumes of lines that nothing is recorded for, by the name that the line gives; an empty set stands for any volume, where one is
    /// known by its name only.
    private var volumesByName: [String: Set<VolumeID>] = [:]

    /// The declared ones: each of their snapshots is a copy that counts, whichever run has made it.
    private(set) var rotations: Set<RotationName> = []

    /// Nothing.
    public init() {}

    /// What a manifest asks for beyond what is recorded.
    public init(of manifest: Manifest, beside state: RecordedState?) {
        rotations = manifest.rotationNames
        var index = RecordIndex(state?.records ?? [])
        for spec in manifest.snapshots where index.position(of: spec.key) == nil {
            if let id = spec.id {
                ids.insert(id)
            } else if let volume = spec.volume.id {
                if volumesByName[spec.name.text]?.isEmpty != true { volumesByName[spec.name.text, default: []].insert(volume) }
            } else {
                volumesByName[spec.name.text] = []
            }
        }
    }

    var isEmpty: Bool { ids.isEmpty && volumesByName.isEmpty }

    /// Whether the snapshot may be what a line would make a second time. Nobody's stamp is on it, and it can be adopted.
    func resembles(_ snapshot: ObservedSnapshot) -> Bool {
        guard let volumes = snapshot.name.flatMap({ volumesByName[$0] }), volumes.isEmpty || volumes.contains(snapshot.volumeID) else {
            return false
        }
        return !snapshot.isStamped && !snapshot.isServerMade && AdoptionObstacle.allows(snapshot.status, forGood: true)
    }
}
