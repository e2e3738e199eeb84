import SnapkeepCore

/// The fields of a mapping that a manifest may hold, in the order in which they are suggested.
protocol FieldSet: RawRepresentable<String>, CaseIterable, Equatable, Sendable {
    /// Finds the field of a key without making a string of it.
    init?(_ key: Event)
    /// Its place among `allCases`, for sets of bits.
    var index: Int { get }
}

enum TopField: String, FieldSet {
    case version, stack, project_id, limits, volumes, defaults, snapshots, rotations, state

    var index: Int {
        switch self {
        case .version: 0
        case .stack: 1
        case .project_id: 2
        case .limits: 3
        case .volumes: 4
        case .defaults: 5
        case .snapshots: 6
        case .rotations: 7
        case .state: 8
        }
    }

    init?(_ key: Event) {
        if key.equals("version") {
            self = .version
        } else if key.equals("stack") {
            self = .stack
        } else if key.equals("project_id") {
            self = .project_id
        } else if key.equals("volumes") {
            self = .volumes
        } else if key.equals("defaults") {
            self = .defaults
        } else if key.equals("snapshots") {
            self = .snapshots
        } else if key.equals("rotations") {
            self = .rotations
        } else if key.equals("limits") {
            self = .limits
        } else if key.equals("state") {
            self = .state
        } else {
            return nil
        }
    }
}

enum SnapshotField: String, FieldSet {
    case name, key, volume, volume_id, id, description, force, metadata, timeout, protect

    var index: Int { Int(bit.trailingZeroBitCount) }

    var bit: UInt16 {
        switch self {
        case .name: 1 << 0
        case .key: 1 << 1
        case .volume: 1 << 2
        case .volume_id: 1 << 3
        case .description: 1 << 4
        case .force: 1 << 5
        case .metadata: 1 << 6
        case .timeout: 1 << 7
        case .protect: 1 << 8
        case .id: 1 << 9
        }
    }

    // By length first: this runs for every line of a large manifest.
    @inline(__always)
    init?(_ key: Event) {
        switch key.text.count {
        case 2 where key.equals("id"): self = .id
        case 3 where key.equals("key"): self = .key
        case 4 where key.equals("name"): self = .name
        case 5 where key.equals("force"): self = .force
        case 6 where key.equals("volume"): self = .volume
        case 7 where key.equals("timeout"): self = .timeout
        case 7 where key.equals("protect"): self = .protect
        case 8 where key.equals("metadata"): self = .metadata
        case 9 where key.equals("volume_id"): self = .volume_id
        case 11 where key.equals("description"): self = .description
        default: return nil
        }
    }
}

extension SnapshotField {
    /// What a key that is no field was probably meant to be.
    static func suggestion(for key: String) -> SnapshotField? {
        // As the clouds call it; two letters are too few for a near miss.
        if ["snapshot_id", "snapshotid", "snapshot-id", "uuid", "id"].contains(key.lowercased()) { return .id }
        return NearMiss.suggestion(for: key, among: names).flatMap { SnapshotField(rawValue: $0) }
    }
}

enum VolumeField: String, FieldSet {
    case name

    var index: Int { 0 }
    init?(_ key: Event) { if key.equals("name") { self = .name } else { return nil } }
}

enum ListedVolumeField: String, FieldSet {
    case id, name, size, status

    var index: Int {
        switch self {
        case .id: 0
        case .name: 1
        case .size: 2
        case .status: 3
        }
    }

    init?(_ key: Event) {
        if key.equals("id") {
            self = .id
        } else if key.equals("name") {
            self = .name
        } else if key.equals("size") {
            self = .size
        } else if key.equals("status") {
            self = .status
        } else {
            return nil
        }
    }
}

enum VolumeListField: String, FieldSet {
    case volumes

    var index: Int { 0 }
    init?(_ key: Event) { if key.equals("volumes") { self = .volumes } else { return nil } }
}

extension FieldSet {
    // For mappings of which there are few: the others look at bytes.
    init?(_ key: Event) { self.init(rawValue: key.string) }
    var index: Int { Array(Self.allCases).firstIndex(of: self)! }

    static var names: [String] { allCases.map(\.rawValue) }

    /// What a key that is no field was probably meant to be.
    static func nearest(to key: String) -> Self? { NearMiss.suggestion(for: key, among: names).flatMap { Self(rawValue: $0) } }
}
