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
    /// The volumes that its pattern picked, and when; `nil` for a rotation that lists its volumes.
    public var matched: MatchedVolumes?

    /// What is remembered, of its parts.
    public init(name: RotationName, rules: RetentionRules, matched: MatchedVolumes? = nil) {
        self.name = name
        self.rules = rules
        self.matched = matched
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
