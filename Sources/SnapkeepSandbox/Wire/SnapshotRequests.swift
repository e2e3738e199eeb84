/// The body of a creation (CloudAPI#create).
struct CreateRequest: Sendable, Equatable {
    let volumeID: String
    let name: String?
    let description: String?
    let force: Bool?
    let metadata: [String: String]

    init(_ body: JSONValue?, dialect: SandboxDialect) throws(APIError) {
        let schema = BodySchema(dialect: dialect)
        let members = try schema.envelope(body, "snapshot")
        name = try schema.name(members) ?? nil
        description = try schema.text(members, "description", code: "EVS.1004") ?? nil
        let volumeID = try schema.volumeID(members)
        force = try schema.force(members)
        let metadata = members.first { $0.name == "metadata" }?.value
        self.metadata = try schema.metadata(metadata, allowsSlash: true, allowsNull: true)
        guard let volumeID else {
            throw schema.refuse("snapshot", .object(members), "'volume_id' is a required property", code: "EVS.1002")
        }
        self.volumeID = volumeID
        try schema.refuseUnknown(
            members, allowed: schema.oldNames(["display_name"]).union(["name", "description", "volume_id", "force", "metadata"]),
            in: "snapshot")
        try schema.refuseOthers(body, than: "snapshot")
    }
}

/// The body of an update (CloudAPI#update). The outer nil of a field means that it stays.
struct UpdateRequest: Sendable, Equatable {
    let name: String??
    let description: String??

    init(_ body: JSONValue?, dialect: SandboxDialect) throws(APIError) {
        let schema = BodySchema(dialect: dialect)
        let members = try schema.envelope(body, "snapshot")
        name = try schema.name(members)
        description = try schema.description(members)
        try schema.refuseUnknown(
            members, allowed: schema.oldNames(["display_name", "display_description"]).union(["name", "description"]), in: "snapshot")
        guard !members.isEmpty else {
            throw schema.refuse("snapshot", .object(members), "{} is not valid under any of the given schemas")
        }
        try schema.refuseOthers(body, than: "snapshot")
    }
}

/// The bodies of the metadata calls (CloudAPI#metadata). What stands beside the one member that is read is ignored (measured).
enum MetadataRequest {
    /// `{"metadata": {…}}`, to merge or to replace.
    static func whole(_ body: JSONValue?, dialect: SandboxDialect) throws(APIError) -> [String: String] {
        let schema = BodySchema(dialect: dialect)
        let members = try schema.envelope(body, "metadata")
        return try schema.metadata(.object(members), allowsSlash: false, allowsNull: false)
    }

    /// `{"meta": {key: value}}` with that one key; its value.
    static func single(_ body: JSONValue?, key: String, dialect: SandboxDialect) throws(APIError) -> String {
        let schema = BodySchema(dialect: dialect)
        let members = try schema.envelope(body, "meta")
        let meta = JSONValue.object(members)
        let map = try schema.metadata(meta, of: "meta", allowsSlash: false, allowsNull: false)
        guard map.count <= 1 else { throw schema.refuse("meta", meta, "\(QuotedValue.literal(meta)) has too many properties") }
        guard !map.isEmpty else { throw schema.refuse("meta", meta, "{} should be non-empty") }
        guard let value = map[key] else { throw APIError.badRequest("Request body and URI mismatch") }
        return value
    }
}
