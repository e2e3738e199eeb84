/// One change of the store, and one line of the data file.
///
/// The file is JSON lines, appended only. The first line is `format`; every other line has an `event`, a time `at`, and the
/// `request_id` of the answer where a request caused it. Times are as in the API (UTC, microseconds, no zone letter), by the sandbox's clock;
/// `settles_at` is by the system's.
///
/// | event | members |
/// | --- | --- |
/// | `format` | `version` (1), `project_id` |
/// | `clock` | `system`: the sandbox's clock was set to `at` when the system's was there |
/// | `volume` | `id`, `name`, `size`, `status`, `attachments` of `server_id` and `device`: the volume came to be or changed |
/// | `volume_created` | the same, `description`, `metadata`, `snapshot_id`, and when and as what the creation ends: `settles_at`, `settles_as` |
/// | `volume_deleting` | `id`, `settles_at`, `settles_as` |
/// | `volume_status` | `id`, `status`: an operation on the volume ended, at `at` |
/// | `volume_removed` | `id` |
/// | `created` | `id`, `volume_id`, `name`, `description`, `size`, `metadata`, and when and as what the creation ends: `settles_at`, `settles_as` |
/// | `updated` | `id`, `name`, `description`: both as they are now |
/// | `metadata` | `id`, `metadata`: the whole map as it is now |
/// | `deleting` | `id`, `settles_at`, `settles_as` |
/// | `status` | `id`, `status`: an operation ended, at `at` |
/// | `deleted` | `id` |
///
/// An operation whose `settles_at` has passed may still lack its `status` or `deleted` line, which is written when the store is next asked.
enum StoreEvent: Sendable, Equatable {
    case format(projectID: String)
    case clock(system: Microseconds)
    case volume(SandboxVolume)
    case volumeCreated(SandboxVolume, Settlement)
    case volumeDeleting(id: String, Settlement)
    case volumeStatus(id: String, SandboxVolume.Status)
    case volumeRemoved(id: String)
    case created(Snapshot)
    case updated(id: String, name: String?, description: String?)
    case metadata(id: String, map: [String: String])
    case deleting(id: String, Settlement)
    case status(id: String, SnapshotStatus)
    case deleted(id: String)
}

extension StoreEvent {
    /// The line for the data file, with its line feed.
    func line(at time: Microseconds, requestID: String?) -> [UInt8] {
        var members = [JSONMember("event", .string(name)), JSONMember("at", .string(Timestamp.text(time)))]
        if let requestID { members.append(JSONMember("request_id", .string(requestID))) }
        members += details
        return JSONWriter.encode(.object(members)) + [0x0A]
    }

    private var name: String {
        switch self {
        case .format: "format"
        case .clock: "clock"
        case .volume: "volume"
        case .volumeCreated: "volume_created"
        case .volumeDeleting: "volume_deleting"
        case .volumeStatus: "volume_status"
        case .volumeRemoved: "volume_removed"
        case .created: "created"
        case .updated: "updated"
        case .metadata: "metadata"
        case .deleting: "deleting"
        case .status: "status"
        case .deleted: "deleted"
        }
    }

    private var details: [JSONMember] {
        switch self {
        case .format(let projectID): [JSONMember("version", 1), JSONMember("project_id", .string(projectID))]
        case .clock(let system): [JSONMember("system", .string(Timestamp.text(system)))]
        case .volume(let volume): Self.members(volume) + Self.notes(volume)
        case .volumeCreated(let volume, let settlement): Self.members(volume) + Self.notes(volume) + Self.members(settlement)
        case .volumeStatus(let id, let status): [JSONMember("id", .string(id)), JSONMember("status", .string(status.rawValue))]
        case .volumeRemoved(let id), .deleted(let id): [JSONMember("id", .string(id))]
        case .created(let snapshot): Self.members(snapshot)
        case .updated(let id, let name, let description):
            [JSONMember("id", .string(id)), JSONMember("name", .optional(name)), JSONMember("description", .optional(description))]
        case .metadata(let id, let map): [JSONMember("id", .string(id)), JSONMember("metadata", .map(map))]
        case .deleting(let id, let settlement), .volumeDeleting(let id, let settlement):
            [JSONMember("id", .string(id))] + Self.members(settlement)
        case .status(let id, let status): [JSONMember("id", .string(id)), JSONMember("status", .string(status.rawValue))]
        }
    }

    private static func members(_ volume: SandboxVolume) -> [JSONMember] {
        let attachments = volume.attachments.map {
            JSONValue.object([
                JSONMember("server_id", .string($0.serverID)), JSONMember("device", .string($0.device)),
            ])
        }
        return [
            JSONMember("id", .string(volume.id)), JSONMember("name", .optional(volume.name)),
            JSONMember("size", .integer(Int64(volume.size))), JSONMember("status", .string(volume.status.rawValue)),
            JSONMember("attachments", .array(attachments)),
        ]
    }

    /// What only the API's clients give to a volume; left out where there is nothing, as in files of before.
    private static func notes(_ volume: SandboxVolume) -> [JSONMember] {
        [
            volume.description.map { JSONMember("description", .string($0)) },
            volume.metadata.isEmpty ? nil : JSONMember("metadata", .map(volume.metadata)),
            volume.snapshotID.map { JSONMember("snapshot_id", .string($0)) },
        ].compactMap { $0 }
    }

    private static func members(_ snapshot: Snapshot) -> [JSONMember] {
        [
            JSONMember("id", .string(snapshot.id)), JSONMember("volume_id", .string(snapshot.volumeID)),
            JSONMember("name", .optional(snapshot.name)), JSONMember("description", .optional(snapshot.description)),
            JSONMember("size", .integer(Int64(snapshot.size))), JSONMember("metadata", .map(snapshot.metadata)),
        ] + (snapshot.settlement.map(members) ?? [])
    }

    private static func members(_ settlement: Settlement) -> [JSONMember] {
        [
            JSONMember("settles_at", .string(Timestamp.text(settlement.at))),
            JSONMember("settles_as", .string(settlement.outcome.text)),
        ]
    }
}

extension StoreEvent {
    /// Why a whole line is no event.
    struct Unreadable: Error {
        let reason: String
    }

    /// The event and its time in one line of the data file.
    static func parse(_ line: some Sequence<UInt8>) throws(Unreadable) -> (event: StoreEvent, at: Microseconds) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(line)
        } catch {
            throw Unreadable(reason: "no JSON document (byte \(error.offset))")
        }
        let reader = LineReader(value: value)
        return (try reader.event(), try reader.time("at"))
    }

    private struct LineReader {
        let value: JSONValue

        func event() throws(Unreadable) -> StoreEvent {
            switch try text("event") {
            case "format":
                guard value["version"] == 1 else { throw Unreadable(reason: "written in a format version other than 1") }
                return .format(projectID: try text("project_id"))
            case "clock": return .clock(system: try time("system"))
            case "volume": return .volume(try volume())
            case "volume_created": return .volumeCreated(try volume(), try settlement())
            case "volume_deleting": return .volumeDeleting(id: try text("id"), try settlement())
            case "volume_status":
                guard let status = SandboxVolume.Status(rawValue: try text("status")) else { throw Unreadable(reason: "unknown status") }
                return .volumeStatus(id: try text("id"), status)
            case "volume_removed": return .volumeRemoved(id: try text("id"))
            case "created": return .created(try snapshot())
            case "updated":
                return .updated(id: try text("id"), name: value["name"]?.stringValue, description: value["description"]?.stringValue)
            case "metadata": return .metadata(id: try text("id"), map: try map("metadata"))
            case "deleting": return .deleting(id: try text("id"), try settlement())
            case "status":
                guard let status = SnapshotStatus(rawValue: try text("status")) else { throw Unreadable(reason: "unknown status") }
                return .status(id: try text("id"), status)
            case "deleted": return .deleted(id: try text("id"))
            case let other: throw Unreadable(reason: "unknown event '\(other)'")
            }
        }

        func time(_ name: String) throws(Unreadable) -> Microseconds {
            guard let time = Timestamp.parse(try text(name)) else { throw Unreadable(reason: "'\(name)' is not a time") }
            return time
        }

        private func text(_ name: String) throws(Unreadable) -> String {
            guard let text = value[name]?.stringValue else { throw Unreadable(reason: "'\(name)' is missing") }
            return text
        }

        private func integer(_ name: String) throws(Unreadable) -> Int {
            guard let number = value[name]?.integerValue else { throw Unreadable(reason: "'\(name)' is missing") }
            return Int(number)
        }

        private func map(_ name: String) throws(Unreadable) -> [String: String] {
            guard let map = value[name]?.stringMap else { throw Unreadable(reason: "'\(name)' is missing") }
            return map
        }

        private func settlement() throws(Unreadable) -> Settlement {
            guard let outcome = Settlement.Outcome(try text("settles_as")) else { throw Unreadable(reason: "unknown outcome") }
            return Settlement(at: try time("settles_at"), outcome: outcome)
        }

        private func snapshot() throws(Unreadable) -> Snapshot {
            Snapshot(
                id: try text("id"), volumeID: try text("volume_id"), name: value["name"]?.stringValue,
                description: value["description"]?.stringValue, size: try integer("size"), metadata: try map("metadata"),
                status: .creating, createdAt: try time("at"), updatedAt: nil, settlement: try settlement())
        }

        private func volume() throws(Unreadable) -> SandboxVolume {
            guard let status = SandboxVolume.Status(rawValue: try text("status")), case .array(let elements)? = value["attachments"] else {
                throw Unreadable(reason: "no volume")
            }
            var attachments: [SandboxVolume.Attachment] = []
            for element in elements {
                let reader = LineReader(value: element)
                attachments.append(.init(serverID: try reader.text("server_id"), device: try reader.text("device")))
            }
            return SandboxVolume(
                id: try text("id"), name: value["name"]?.stringValue, size: try integer("size"), status: status, attachments: attachments,
                description: value["description"]?.stringValue, metadata: value["metadata"]?.stringMap ?? [:],
                snapshotID: value["snapshot_id"]?.stringValue)
        }
    }
}
