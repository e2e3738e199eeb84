public import SnapkeepCore

/// The cloud's snapshot calls as the engine needs them: one attempt each, no retry, no waiting. Retries belong to the executor, which
/// alone knows what may be repeated.
public protocol SnapshotService: Sendable {
    /// Asks for one snapshot. It is not idempotent: after an `uncertain` fault look for the stamp before asking again (api.md 2.1).
    func createSnapshot(_ request: CreationRequest) async throws(ServiceFault) -> ObservedSnapshot

    /// One snapshot with its progress; `nil` when the cloud answers that there is none.
    func snapshot(_ id: SnapshotID) async throws(ServiceFault) -> ObservedSnapshot?

    /// One page of snapshots, newest first. Filters may be ignored by the server, so the caller checks each row again (api.md 2.2).
    ///
    /// - Parameters:
    ///   - filter: what is asked for.
    ///   - cursor: `nil` for the first page, then the former page's `next`.
    func snapshotPage(_ filter: SnapshotFilter, from cursor: PageCursor?) async throws(ServiceFault) -> SnapshotPage

    /// Sets name and description; `nil` clears the description (api.md 2.4).
    func updateSnapshot(_ id: SnapshotID, name: String, description: String?) async throws(ServiceFault) -> ObservedSnapshot

    /// Adds or overwrites the given metadata keys and leaves all others alone (api.md 4).
    func mergeMetadata(_ metadata: Metadata, into id: SnapshotID) async throws(ServiceFault)

    /// Removes one metadata key; a key that is not there counts as removed (api.md 4).
    func deleteMetadataKey(_ key: String, of id: SnapshotID) async throws(ServiceFault)

    /// Asks for deletion, which goes on after the answer; a snapshot that is not there counts as deleted (api.md 2.5).
    func deleteSnapshot(_ id: SnapshotID) async throws(ServiceFault)

    /// All volumes of exactly this name; names are not unique (api.md 7).
    func volumes(named name: String) async throws(ServiceFault) -> [ObservedVolume]
}

/// What is asked of the cloud to make one snapshot.
public struct CreationRequest: Hashable, Sendable {
    public var volumeID: VolumeID
    public var name: String
    public var description: String?
    /// Declared metadata and the stamp.
    public var metadata: Metadata
    /// Sent only when true (api.md 2.1).
    public var force: Bool

    /// A request of its parts.
    public init(volumeID: VolumeID, name: String, description: String?, metadata: Metadata, force: Bool) {
        self.volumeID = volumeID
        self.name = name
        self.description = description
        self.metadata = metadata
        self.force = force
    }
}

/// What the cloud says of one snapshot now.
public struct ObservedSnapshot: Hashable, Sendable {
    public var id: SnapshotID
    public var volumeID: VolumeID
    public var name: String?
    /// `nil` for null and for the empty text.
    public var description: String?
    /// All keys: declared ones, the stamp, and the server's.
    public var metadata: Metadata
    public var status: SnapshotStatus
    /// GiB.
    public var size: Int?
    /// Percent, where the cloud tells it (api.md 2.1).
    public var progress: Int?
    public var createdAt: Timestamp?
    public var updatedAt: Timestamp?

    /// An observation of its parts.
    public init(
        id: SnapshotID, volumeID: VolumeID, name: String?, description: String?, metadata: Metadata, status: SnapshotStatus, size: Int?,
        progress: Int? = nil, createdAt: Timestamp?, updatedAt: Timestamp?
    ) {
        self.id = id
        self.volumeID = volumeID
        self.name = name
        self.description = description
        self.metadata = metadata
        self.status = status
        self.size = size
        self.progress = progress
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// What the cloud says of one volume now.
public struct ObservedVolume: Hashable, Sendable {
    public var id: VolumeID
    public var name: String?
    /// The cloud's word (api.md 5, volume statuses).
    public var status: String
    /// GiB.
    public var size: Int?

    /// An observation of its parts.
    public init(id: VolumeID, name: String?, status: String, size: Int?) {
        self.id = id
        self.name = name
        self.status = status
        self.size = size
    }
}

/// What a list of snapshots is narrowed to.
public enum SnapshotFilter: Hashable, Sendable {
    case all
    case volume(VolumeID)
}

/// Where the next page begins; made by the service, meaningless to others.
public struct PageCursor: Hashable, Sendable {
    public let marker: String

    /// A cursor of the service's own text.
    public init(marker: String) { self.marker = marker }
}

/// One page of a list.
public struct SnapshotPage: Hashable, Sendable {
    public var snapshots: [ObservedSnapshot]
    /// `nil` when this page is the last.
    public var next: PageCursor?

    /// A page of its parts.
    public init(snapshots: [ObservedSnapshot], next: PageCursor?) {
        self.snapshots = snapshots
        self.next = next
    }
}
