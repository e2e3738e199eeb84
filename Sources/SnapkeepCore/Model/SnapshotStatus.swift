/// The status of a snapshot as the cloud words it (CloudAPI#statuses).
public enum SnapshotStatus: Hashable, Sendable, CustomStringConvertible {
    case creating
    case available
    case error
    case deleting
    case errorDeleting
    case rollingBack
    case backingUp
    case restoring
    /// Any other text: unknown and transitional. It is waited for until the time limit and never deleted (CloudAPI#statuses).
    case other(String)

    /// The status of the cloud's word, in any case.
    public init(_ word: String) {
        switch word.lowercased() {
        case "creating": self = .creating
        case "available": self = .available
        case "error": self = .error
        case "deleting": self = .deleting
        case "error_deleting": self = .errorDeleting
        case "rollbacking": self = .rollingBack
        case "backing-up": self = .backingUp
        case "restoring": self = .restoring
        default: self = .other(word)
        }
    }

    /// The cloud's word.
    public var description: String {
        switch self {
        case .creating: "creating"
        case .available: "available"
        case .error: "error"
        case .deleting: "deleting"
        case .errorDeleting: "error_deleting"
        case .rollingBack: "rollbacking"
        case .backingUp: "backing-up"
        case .restoring: "restoring"
        case .other(let word): word
        }
    }

    /// Whether the snapshot is whole: a copy that counts. The cloud may be working with it.
    public var isGood: Bool {
        switch self {
        case .available, .backingUp, .restoring, .rollingBack: true
        case .creating, .error, .deleting, .errorDeleting, .other: false
        }
    }

    /// Deletion is accepted in these two only (CloudAPI#delete).
    public var allowsDeletion: Bool { self == .available || self == .error }
}
