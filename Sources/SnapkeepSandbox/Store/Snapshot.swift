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
    /// When its creation began by the system's time, as its settlement ends by it. ``StoreState`` knows it from ``createdAt`` and its clock.
    var begunAt: Microseconds = 0

    /// What marks a snapshot as the backup service's own (CloudAPI#server-made).
    static let automaticMark = "__system__enableActive"

    /// Whether the backup service has made it: it can be looked at and no more.
    var isAutomatic: Bool { metadata[Self.automaticMark] != nil }
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
    /// By the system's time, whatever the sandbox's clock is set to.
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
