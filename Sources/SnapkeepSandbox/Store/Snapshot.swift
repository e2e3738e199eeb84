/// A snapshot as the store keeps it.
struct Snapshot: Sendable, Equatable {
    let id: String
    let volumeID: String
    var name: String?
    var description: String?
    /// GiB.
    let size: Int
    var metadata: [String: String]
    var status: SnapshotStatus
    let createdAt: Microseconds
    var updatedAt: Microseconds?
    /// What the running operation comes to, and when; nil when nothing runs.
    var settlement: Settlement?
}

/// The statuses of CloudAPI#statuses that this server goes through.
enum SnapshotStatus: String, Sendable {
    case creating
    case available
    case error
    case deleting
    case errorDeleting = "error_deleting"
}

/// The end of a running creation or deletion, of a snapshot or a volume.
struct Settlement: Sendable, Equatable {
    let at: Microseconds
    let outcome: Outcome

    enum Outcome: Sendable, Equatable {
        case status(SnapshotStatus)
        case gone

        var text: String {
            switch self {
            case .status(let status): status.rawValue
            case .gone: "deleted"
            }
        }

        init?(_ text: String) {
            if text == "deleted" {
                self = .gone
            } else {
                guard let status = SnapshotStatus(rawValue: text) else { return nil }
                self = .status(status)
            }
        }
    }
}

/// A volume and when it came to be.
struct StoredVolume: Sendable, Equatable {
    var volume: SandboxVolume
    let createdAt: Microseconds
    /// When an operation on it last began or ended; nil when none has.
    var updatedAt: Microseconds?
    /// What the running operation comes to, and when; nil when nothing runs.
    var settlement: Settlement?
}
