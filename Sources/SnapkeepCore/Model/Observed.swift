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
    /// Percent, where the cloud tells it (CloudAPI#create).
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

extension ObservedSnapshot {
    /// Whether the cloud's backup service or another part of the cloud made it: it is view-only and never ours (CloudAPI#server-made).
    public var isServerMade: Bool {
        name?.hasPrefix(SnapshotName.backupServicePrefix) == true || metadata[Metadata.backupMark] != nil
    }

    /// The key in its stamp, or in what is left of one; `nil` where there is none, or none that can be a key.
    public var stampedKey: SnapshotKey? { metadata[Stamp.keyKey].flatMap { try? SnapshotKey($0) } }

    /// Whether any state's stamp, or a part of one, is on it.
    public var isStamped: Bool { metadata.entries.contains { $0.key.hasPrefix(Stamp.prefix) } }
}

/// What the cloud says of one volume now.
public struct ObservedVolume: Hashable, Sendable {
    public var id: VolumeID
    public var name: String?
    /// The cloud's word (CloudAPI#statuses).
    public var status: String
    /// GiB.
    public var size: Int?
    public var metadata: Metadata

    /// An observation of its parts.
    public init(id: VolumeID, name: String?, status: String, size: Int?, metadata: Metadata = Metadata()) {
        self.metadata = metadata
        self.id = id
        self.name = name
        self.status = status
        self.size = size
    }
}

/// What a project may hold and what it holds, of the resources that snapshots use up (CloudAPI#quotas).
public struct ProjectQuota: Hashable, Sendable {
    /// A limit and what is taken of it.
    public struct Allowance: Hashable, Sendable {
        /// `nil`: no limit.
        public var limit: Int?
        /// What exists and what is reserved for requests under way.
        public var taken: Int

        /// An allowance of its parts.
        public init(limit: Int?, taken: Int) {
            self.limit = limit
            self.taken = taken
        }

        /// How many more there may be; `nil`: any number.
        public var left: Int? { limit.map { $0 > taken ? $0 - taken : 0 } }
    }

    /// `nil` where the cloud does not tell.
    public var snapshots: Allowance?
    /// GiB of volumes and snapshots together; some clouds charge snapshots nothing. `nil` where the cloud does not tell.
    public var gigabytes: Allowance?

    /// A quota of its parts.
    public init(snapshots: Allowance? = nil, gigabytes: Allowance? = nil) {
        self.snapshots = snapshots
        self.gigabytes = gigabytes
    }
}
