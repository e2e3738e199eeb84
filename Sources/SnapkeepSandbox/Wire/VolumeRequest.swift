/// The body of a volume's creation, checked in the words of the real service (measured). What the sandbox cannot do (volumes from images, backups
/// and other volumes, types and groups of them) is refused.
struct VolumeRequest: Sendable, Equatable {
    let name: String?
    let description: String?
    let metadata: [String: String]
    let snapshotID: String?
    private let wantedSize: Int?

    init(_ body: JSONValue?, dialect: SandboxDialect, version: Microversion) throws(APIError) {
        let schema = BodySchema(dialect: dialect)
        let members = try schema.envelope(body, "volume")
        func member(_ name: String) -> JSONValue? { members.first { $0.name == name && $0.value != .null }?.value }
        name = try schema.freeText(members, "name", "display_name", code: "EVS.1003") ?? nil
        description = try schema.freeText(members, "description", "display_description", code: "EVS.1004") ?? nil
        metadata = try schema.metadata(member("metadata"), allowsSlash: true, allowsNull: true)
        wantedSize = try member("size").map { value throws(APIError) in try Self.size(value, schema) }
        snapshotID = try member("snapshot_id").map { value throws(APIError) in
            guard case .string(let id) = value, UUIDText.isUUIDLike(id) else {
                throw schema.refuse("snapshot_id", value, "\(QuotedValue.literal(value)) is not valid under any of the given schemas")
            }
            return id
        }
        let zone = member("availability_zone")
        if let zone, zone.stringValue == nil {
            throw schema.refuse("availability_zone", zone, "\(QuotedValue.literal(zone)) is not of type 'string', 'null'")
        }
        // Older clients may say what they like beside it.
        if version >= .strictVolumes {
            try schema.refuseUnknown(
                members, allowed: schema.oldNames(["display_name", "display_description"]).union(Self.known), in: "volume")
        }
        try schema.refuseOthers(body, than: "volume", or: ["OS-SCH-HNT:scheduler_hints"])
        for source in ["source_volid", "imageRef", "image_id", "backup_id", "consistencygroup_id", "group_id"] {
            guard let value = member(source) else { continue }
            throw schema.refuse(source, value, "this sandbox makes volumes empty or from a snapshot only")
        }
        if let type = member("volume_type"), type != "sandbox" {
            throw APIError(404, "Volume type with name \(QuotedValue.plain(type)) could not be found.", code: "EVS.5404")
        }
        guard wantedSize != nil || snapshotID != nil else { throw APIError.notUnderstood }
        if let zone, zone != "nova" { throw .badRequest("Availability zone \(QuotedValue.literal(zone)) is invalid.") }
    }

    private static let known: Set = [
        "name", "description", "metadata", "size", "snapshot_id", "availability_zone", "volume_type", "source_volid", "imageRef",
        "image_id", "backup_id", "consistencygroup_id", "group_id", "multiattach",
    ]

    /// A whole number of GiB, as a number or its digits.
    private static func size(_ value: JSONValue, _ schema: BodySchema) throws(APIError) -> Int {
        let size: Int64?
        switch value {
        case .integer(let number): size = number
        case .string(let text):
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw schema.refuse("size", value, "\(QuotedValue.literal(value)) does not match '^[0-9]+$'")
            }
            size = Int64(text)
        default: throw schema.refuse("size", value, "\(QuotedValue.literal(value)) is not of type 'integer', 'string', 'null'")
        }
        guard let size, size <= Int32.max else {
            throw schema.refuse("size", value, "\(QuotedValue.plain(value)) is greater than the maximum of 2147483647")
        }
        guard size >= 1 else { throw schema.refuse("size", value, "\(QuotedValue.plain(value)) is less than the minimum of 1") }
        return Int(size)
    }

    /// The size of the volume: what was asked for, or the snapshot's.
    func size(from snapshot: Snapshot?) throws(APIError) -> Int {
        guard let size = wantedSize ?? snapshot?.size else { throw .notUnderstood }
        if let snapshot, size < snapshot.size { throw .volumeTooSmall(size, snapshot.size) }
        return size
    }
}

extension APIError {
    fileprivate static func volumeTooSmall(_ size: Int, _ snapshotSize: Int) -> APIError {
        .badRequest(
            "Invalid input received: Volume size '\(size)'GB cannot be smaller than the snapshot size \(snapshotSize)GB. They must be >= "
                + "original snapshot size.")
    }
}
