/// Snapshots as answers show them (CloudAPI#create; measured bodies).
struct SnapshotView {
    let dialect: SandboxDialect
    let version: Microversion
    let projectID: String
    /// When it is shown, by the system's time.
    let now: Microseconds
    /// Whether it is Huawei's own dialect, which tells the kind of storage too.
    var isNative = false

    static let serviceType = "EVS"

    /// The row of a plain list.
    ///
    /// - Parameter fresh: whether the snapshot was made by this very request; its time then still has its fraction.
    func summary(_ snapshot: Snapshot, fresh: Bool = false) -> [JSONMember] {
        let created = fresh ? snapshot.createdAt : dialect.visible(snapshot.createdAt)
        let updated = snapshot.updatedAt.map { JSONValue.string(Timestamp.text(dialect.visible($0))) } ?? .null
        return [
            JSONMember("id", .string(snapshot.id)), JSONMember("created_at", .string(Timestamp.text(created))),
            JSONMember("updated_at", updated), JSONMember("name", .optional(snapshot.name)),
            JSONMember("description", .optional(snapshot.description)), JSONMember("volume_id", .string(snapshot.volumeID)),
            JSONMember("status", .string(snapshot.status.rawValue)), JSONMember("size", .integer(Int64(snapshot.size))),
            JSONMember("metadata", .map(snapshot.metadata)),
        ]
    }

    /// With the members that microversions added, as in the answers to a creation and an update.
    func full(_ snapshot: Snapshot, fresh: Bool = false) -> [JSONMember] {
        var members = summary(snapshot, fresh: fresh)
        if version >= .groupSnapshots { members.append(JSONMember("group_snapshot_id", .null)) }
        if version >= .userID { members.append(JSONMember("user_id", "sandbox")) }
        if version >= .consumesQuota { members.append(JSONMember("consumes_quota", true)) }
        if isNative {
            members += [
                JSONMember("service_type", .string(Self.serviceType)), JSONMember("dedicated_storage_id", nil),
                JSONMember("dedicated_storage_name", nil),
            ]
        }
        return members
    }

    /// With the extended attributes, as in a show and a detailed list.
    func detailed(_ snapshot: Snapshot) -> [JSONMember] {
        full(snapshot) + [
            JSONMember("os-extended-snapshot-attributes:project_id", .string(projectID)),
            JSONMember("os-extended-snapshot-attributes:progress", .string("\(progress(of: snapshot))%")),
        ]
    }

    /// How much of the snapshot is made: it grows with the time that the creation has taken, in steps of five, and is whole when it ends.
    private func progress(of snapshot: Snapshot) -> Int64 {
        switch snapshot.status {
        case .available, .deleting, .errorDeleting: return 100
        case .error: return 0
        case .creating:
            guard let end = snapshot.settlement?.at, end > snapshot.begunAt else { return 0 }
            return min(95, max(0, (now - snapshot.begunAt) * 20 / (end - snapshot.begunAt) * 5))
        }
    }
}

/// Volumes as answers show them (CloudAPI#volumes).
struct VolumeView {
    let dialect: SandboxDialect
    let projectID: String
    /// What links to a volume begin with.
    let base: String
    /// The same without a version.
    let bookmarkBase: String

    func summary(_ stored: StoredVolume) -> [JSONMember] {
        [
            JSONMember("id", .string(stored.volume.id)), JSONMember("name", .optional(stored.volume.name)),
            JSONMember(
                "links",
                [
                    ["rel": "self", "href": .string("\(base)/volumes/\(stored.volume.id)")],
                    ["rel": "bookmark", "href": .string("\(bookmarkBase)/volumes/\(stored.volume.id)")],
                ]),
        ]
    }

    /// An attachment's id, the same each time: a UUID of the volume's last digits, as nobody gave it one.
    private static func attachmentID(_ volume: SandboxVolume) -> String {
        "00000000-0000-4000-8000-\(volume.id.suffix(12))"
    }

    /// - Parameter fresh: whether the volume was made by this very request; its time then still has its fraction.
    func detailed(_ stored: StoredVolume, fresh: Bool = false) -> [JSONMember] {
        let volume = stored.volume
        let created = JSONValue.string(Timestamp.text(fresh ? stored.createdAt : dialect.visible(stored.createdAt)))
        let updated = stored.updatedAt.map { JSONValue.string(Timestamp.text(dialect.visible($0))) } ?? .null
        let attachments = volume.shownAttachments.map { attachment -> JSONValue in
            [
                "id": .string(volume.id), "attachment_id": .string(Self.attachmentID(volume)), "volume_id": .string(volume.id),
                "server_id": .string(attachment.serverID), "host_name": nil, "device": .string(attachment.device), "attached_at": created,
            ]
        }
        return summary(stored) + [
            JSONMember("status", .string(volume.status.rawValue)), JSONMember("size", .integer(Int64(volume.size))),
            JSONMember("attachments", .array(attachments)), JSONMember("availability_zone", "nova"),
            JSONMember("created_at", created), JSONMember("updated_at", updated), JSONMember("description", .optional(volume.description)),
            JSONMember("volume_type", "sandbox"), JSONMember("snapshot_id", .optional(volume.snapshotID)), JSONMember("source_volid", nil),
            JSONMember("metadata", .map(volume.shownMetadata)), JSONMember("user_id", "sandbox"), JSONMember("bootable", "false"),
            JSONMember("encrypted", false), JSONMember("multiattach", false),
        ] + (fresh ? [] : [JSONMember("os-vol-tenant-attr:tenant_id", .string(projectID))])
    }
}

extension SandboxVolume {
    /// The attachments; a volume in use has at least one, to a server of which nothing else is known.
    var shownAttachments: [Attachment] {
        attachments.isEmpty && status == .inUse ? [Attachment(serverID: "00000000-0000-4000-9000-\(id.suffix(12))")] : attachments
    }

    /// The metadata, with what the service itself gives to an attached volume.
    var shownMetadata: [String: String] {
        status == .inUse ? metadata.merging(["attached_mode": "rw", "readonly": "False"]) { mine, _ in mine } : metadata
    }
}

extension SandboxStore.Usage {
    /// The answer of the quota call; with `usage`, each limit comes with what is used of it.
    func quotaSet(projectID: String, usage: Bool) -> JSONValue {
        let limits: [(String, Int?, Int)] = [
            ("volumes", nil, volumes), ("snapshots", snapshotLimit, snapshots), ("gigabytes", gigabytesLimit, gigabytes),
            ("per_volume_gigabytes", nil, 0), ("backups", nil, 0), ("backup_gigabytes", nil, 0), ("groups", nil, 0),
        ]
        var members = [JSONMember("id", .string(projectID))]
        for (name, limit, used) in limits {
            let limit = JSONValue.integer(Int64(limit ?? -1))
            members.append(
                JSONMember(name, usage ? ["limit": limit, "in_use": .integer(Int64(used)), "reserved": 0] : limit))
        }
        return ["quota_set": .object(members)]
    }

    /// The answer of the limits call.
    func absoluteLimits() -> JSONValue {
        let limits: [(String, Int)] = [
            ("maxTotalVolumes", -1), ("maxTotalSnapshots", snapshotLimit ?? -1), ("maxTotalVolumeGigabytes", gigabytesLimit ?? -1),
            ("maxTotalBackups", -1), ("maxTotalBackupGigabytes", -1), ("totalVolumesUsed", volumes),
            ("totalSnapshotsUsed", snapshots), ("totalGigabytesUsed", gigabytes), ("totalBackupsUsed", 0), ("totalBackupGigabytesUsed", 0),
        ]
        return ["limits": ["rate": [], "absolute": .object(limits.map { JSONMember($0.0, .integer(Int64($0.1))) })]]
    }
}
