/// The calls of the API that this client makes; the same answer means different things to different calls.
enum Operation: String, CaseIterable, Sendable {
    case createSnapshot
    case showSnapshot
    case listSnapshots
    case updateSnapshot
    case mergeMetadata
    case deleteMetadataKey
    case deleteSnapshot
    case listVolumes
    case showVolume
    case showQuota

    /// Whether a good answer has a body (CloudAPI#delete, CloudAPI#metadata: the two deletions answer with none).
    var expectsBody: Bool {
        switch self {
        case .createSnapshot, .showSnapshot, .listSnapshots, .updateSnapshot, .mergeMetadata, .listVolumes, .showVolume, .showQuota: true
        case .deleteMetadataKey, .deleteSnapshot: false
        }
    }

    /// Whether sending it twice is the same as sending it once. Creation is not: a second POST makes a second snapshot (CloudAPI#create).
    var isIdempotent: Bool { self != .createSnapshot }

    /// Whether it asks for a change: then it matters whether an answer is the service's own.
    var changesSomething: Bool {
        switch self {
        case .createSnapshot, .updateSnapshot, .mergeMetadata, .deleteMetadataKey, .deleteSnapshot: true
        case .showSnapshot, .listSnapshots, .listVolumes, .showVolume, .showQuota: false
        }
    }

    /// Whether the path names one snapshot.
    var namesSnapshot: Bool {
        switch self {
        case .showSnapshot, .updateSnapshot, .mergeMetadata, .deleteMetadataKey, .deleteSnapshot: true
        case .createSnapshot, .listSnapshots, .listVolumes, .showVolume, .showQuota: false
        }
    }

    var isList: Bool { self == .listSnapshots || self == .listVolumes }
}
