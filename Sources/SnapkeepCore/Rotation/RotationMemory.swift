/// What the state keeps of the rotations since the last apply: what the next one is held against.
public struct RotationMemory: Hashable, Sendable {
    /// The instant of the last apply that did anything for a rotation. One that lies before it cannot be trusted with expiry (P12).
    public var asOf: Timestamp
    /// Sorted by name, each once.
    public var rotations: [RememberedRotation]

    /// A memory of its parts.
    public init(asOf: Timestamp, rotations: [RememberedRotation]) {
        self.asOf = asOf
        self.rotations = rotations
    }
}

/// By what rules a rotation's snapshots were kept at the last apply.
public struct RememberedRotation: Hashable, Sendable {
    public var name: RotationName
    public var rules: RetentionRules
    /// The instant of the apply that remembered it first; `nil` where that was not recorded.
    public var since: Timestamp?
    /// The name that it had before, of which it has taken the snapshots over.
    public var movedFrom: RotationName?
    /// The volumes that it listed, sorted by what the manifest called them; `nil` for a rotation that picks them, and where it was not
    /// remembered.
    public var listed: [Listed]?
    /// The volumes that its pattern picked, and when; `nil` for a rotation that lists its volumes.
    public var matched: MatchedVolumes?

    /// What is remembered, of its parts.
    public init(
        name: RotationName, rules: RetentionRules, since: Timestamp? = nil, movedFrom: RotationName? = nil, listed: [Listed]? = nil,
        matched: MatchedVolumes? = nil
    ) {
        self.name = name
        self.rules = rules
        self.since = since
        self.movedFrom = movedFrom
        self.listed = listed
        self.matched = matched
    }
}

extension RememberedRotation {
    /// One volume that a manifest listed.
    public struct Listed: Hashable, Sendable {
        public var label: String
        /// `nil` while it was known by its name only.
        public var id: VolumeID?

        /// A volume of its parts.
        public init(label: String, id: VolumeID?) {
            self.label = label
            self.id = id
        }
    }

    /// Whether a volume was one of its own.
    func covers(_ label: String, _ id: VolumeID) -> Bool {
        if let matched {
            let index = matched.volumes.partitioningIndex { $0.id >= id }
            return index < matched.volumes.count && matched.volumes[index].id == id
        }
        guard let listed else { return true }
        let index = listed.partitioningIndex { $0.label >= label }
        if index < listed.count, listed[index].label == label, listed[index].id.map({ $0 == id }) ?? true { return true }
        // Another name of a volume makes no other volume of it.
        return listed.contains { $0.id == id }
    }
}

/// The volumes that a rotation's pattern picked when the cloud was looked at.
public struct MatchedVolumes: Hashable, Sendable {
    public var asOf: Timestamp
    /// Sorted by id, each once.
    public var volumes: [Volume]

    /// One volume, and what the cloud called it.
    public struct Volume: Hashable, Sendable {
        public var id: VolumeID
        public var name: String?

        /// A volume of its parts.
        public init(id: VolumeID, name: String?) {
            self.id = id
            self.name = name
        }
    }

    /// Volumes as of an instant.
    public init(asOf: Timestamp, volumes: [Volume]) {
        self.asOf = asOf
        self.volumes = volumes
    }
}
