/// What the state says of one snapshot that snapkeep made or adopted.
public struct SnapshotRecord: Hashable, Sendable {
    public var key: SnapshotKey
    public var id: SnapshotID
    public var volumeID: VolumeID
    public var name: String
    public var description: String?
    /// Ours alone, without the stamp and without the server's keys.
    public var metadata: Metadata
    public var status: SnapshotStatus
    /// GiB, the size of the source volume; `nil` until the cloud has told it.
    public var size: Int?
    public var createdAt: Timestamp?
    public var updatedAt: Timestamp?
    /// Kept here so that deleting the manifest's line does not lift the protection (P3).
    public var protect: Bool
    /// The attempt in the stamp.
    public var attempt: AttemptID?

    /// A record of its parts.
    public init(
        key: SnapshotKey, id: SnapshotID, volumeID: VolumeID, name: String, description: String? = nil, metadata: Metadata = Metadata(),
        status: SnapshotStatus, size: Int? = nil, createdAt: Timestamp? = nil, updatedAt: Timestamp? = nil, protect: Bool = false,
        attempt: AttemptID? = nil
    ) {
        self.key = key
        self.id = id
        self.volumeID = volumeID
        self.name = name
        self.description = description
        self.metadata = metadata
        self.status = status
        self.size = size
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.protect = protect
        self.attempt = attempt
    }

    /// Whether both say the same, byte for byte. Keys that differ only in their normal form stand for one snapshot, and yet what is compared
    /// here is what is written and what the cloud is told.
    public static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.status == right.status && left.size == right.size && left.updatedAt == right.updatedAt
            && left.volumeID == right.volumeID && left.createdAt == right.createdAt && left.protect == right.protect
            && left.attempt == right.attempt && left.key.text.hasSameBytes(as: right.key.text) && left.name.hasSameBytes(as: right.name)
            && left.description.hasSameBytes(as: right.description) && left.metadata == right.metadata
    }
}

extension SnapshotRecord {
    /// What is kept of a snapshot that was found by its stamp, beside what stands for its key.
    public init(duplicate: ObservedSnapshot, key: SnapshotKey) {
        self.init(
            key: key, id: duplicate.id, volumeID: duplicate.volumeID, name: duplicate.name ?? "", description: duplicate.description,
            metadata: duplicate.metadata.withoutForeignKeys, status: duplicate.status, size: duplicate.size,
            createdAt: duplicate.createdAt, updatedAt: duplicate.updatedAt,
            attempt: Stamp(in: duplicate.metadata).flatMap { AttemptID($0.attempt) })
    }
}
