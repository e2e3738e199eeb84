import Testing

@testable import SnapkeepSandbox

/// How the queries of lists are read (measured): what counts of a repeated parameter, what is refused, and how volumes are ordered.
struct QueryTests {
    /// The names of the rows; nil for a refusal.
    private func names(_ answer: RawClient.Answer) -> [String]? {
        guard case .array(let rows)? = answer.json["snapshots"] ?? answer.json["volumes"] else { return nil }
        return rows.map { $0["name"]?.stringValue ?? "" }
    }

    struct Query: Sendable, CustomTestStringConvertible {
        let query: String
        var at = 0
        /// The names found; nil for a refusal.
        let names: [String]?
        var message: String? = nil
        var testDescription: String { "\(query) at 3.\(at)" }
    }

    static func refused(_ query: String, at minor: Int = 0, _ message: String) -> Query {
        Query(query: query, at: minor, names: nil, message: message)
    }

    @Test(
        "Repeated, odd and unknown parameters of the list of snapshots are read as Cinder reads them",
        arguments: [
            // What belongs to the page and its order is taken out of the query where it stands first; a second one is a filter that nobody knows.
            Query(query: "limit=1&limit=2", names: ["c"]), Query(query: "offset=2&offset=0", names: ["a"]),
            Query(query: "sort_key=created_at&sort_key=colour", names: ["c", "b", "a"]),
            refused("limit=1&limit=2", at: 31, "Invalid filters limit are found in query options."),
            // Of a filter the last one counts; of two names no row has both.
            Query(query: "status=error&status=available", names: ["c", "b", "a"]), Query(query: "status=available&status=error", names: []),
            Query(query: "name=a&name=b", names: []),
            // Numbers.
            Query(query: "limit=+2", names: ["c", "b"]), Query(query: "limit=%2B2", names: ["c", "b"]),
            Query(query: "limit=99999999999999999999", names: ["c", "b", "a"]),
            refused("offset=99999999999999999999", "offset must be <= 2147483647"), refused("limit=2x", "limit param must be an integer"),
            // Orders.
            Query(query: "sort=+name+:+asc+", at: 30, names: ["a", "b", "c"]),
            Query(query: "sort_key=display_name", names: ["c", "b", "a"]),
            Query(query: "sort=status,created_at:asc", names: ["a", "b", "c"]),
            Query(query: "sort_key=status&sort_dir=asc", names: ["a", "b", "c"]),
            refused("sort=", "Invalid input received: Invalid sort key"), refused("sort=id,", "Invalid input received: Invalid sort key"),
            refused("sort_key=description", "Invalid input received: Invalid sort key"),
            refused("sort_dir=up", "Invalid input received: Unknown sort direction, must be 'desc' or 'asc'."),
            // Filters that nobody knows, in the order of the query.
            refused("shape=round&colour=red", at: 31, "Invalid filters shape,colour are found in query options."),
            refused("with_count=true", at: 44, "Invalid filters with_count are found in query options."),
            Query(query: "with_count=true", at: 30, names: ["c", "b", "a"]),
            refused("with_count=perhaps", at: 45, "Value 'perhaps' for 'with_count' is not a boolean."),
            refused("consumes_quota=perhaps", at: 31, "Value 'perhaps' for 'use_quota' is not a boolean."),
            Query(query: "consumes_quota=perhaps", at: 30, names: ["c", "b", "a"]), Query(query: "consumes_quota=false", at: 31, names: []),
            Query(query: "availability_zone=x", at: 30, names: ["c", "b", "a"]), Query(query: "availability_zone=x", at: 31, names: []),
        ])
    func snapshots(_ query: Query) async throws {
        try await Bench.run { bench in
            for name in ["a", "b", "c"] { _ = try await bench.available(["name": .string(name)]) }
            let answer = try await bench.v3.get("/snapshots?\(query.query)", ["OpenStack-API-Version": "volume 3.\(query.at)"])
            #expect(names(answer) == query.names)
            if let message = query.message { #expect(answer.json["badRequest"]?["message"] == .string(message)) }
        }
    }

    @Test(
        "Volumes are ordered, paged and filtered as Cinder does it",
        arguments: [
            Query(query: "sort=name:asc", names: ["ann", "bob", "cid"]), Query(query: "sort=name", names: ["cid", "bob", "ann"]),
            Query(query: "sort_key=size&sort_dir=asc", names: ["cid", "ann", "bob"]),
            Query(query: "sort=status:asc,name:asc", names: ["ann", "cid", "bob"]),
            Query(query: "sort=name:asc&limit=1&offset=1", names: ["bob"]),
            Query(query: "sort=name:asc&marker=00000000-0000-4000-8000-000000000001", names: ["bob", "cid"]),
            refused("sort_key=colour", "Invalid input received: Invalid sort key"),
            Query(query: "status=available&sort=name:asc", names: ["ann", "cid"]), Query(query: "size=3", names: ["bob"]),
            Query(query: "metadata=%7B%27attached_mode%27:%27rw%27%7D", names: ["bob"]), Query(query: "metadata=x", names: []),
            Query(query: "colour=red&name=bob", names: ["bob"]), Query(query: "bootable=true", names: []),
            refused("colour=red", at: 31, "Invalid filters colour are found in query options."),
            refused("id=x", at: 31, "Invalid filters id are found in query options."),
        ])
    func volumes(_ query: Query) async throws {
        let volumes = [("bob", 3, SandboxVolume.Status.inUse), ("ann", 2, .available), ("cid", 1, .available)].enumerated().map {
            place, row in
            SandboxVolume(id: "00000000-0000-4000-8000-00000000000\(place)", name: row.0, size: row.1, status: row.2)
        }
        try await Bench.run(Fixture.configuration { $0.volumes = volumes }) { bench in
            let answer = try await bench.v3.get("/volumes?\(query.query)", ["OpenStack-API-Version": "volume 3.\(query.at)"])
            #expect(names(answer) == query.names)
            if let message = query.message { #expect(answer.json["badRequest"]?["message"] == .string(message)) }
        }
    }

    @Test("A volume in use has an attachment and the metadata of one, also where nobody said which server has it; and each has two links")
    func attachedVolume() async throws {
        let volume = SandboxVolume(id: Fixture.usedVolume, name: "busy", status: .inUse)
        try await Bench.run(Fixture.configuration { $0.volumes = [volume] }) { bench in
            let shown = try await bench.v3.get("/volumes/\(volume.id)").json["volume"]
            guard case .array(let attachments)? = shown?["attachments"], case .array(let links)? = shown?["links"] else {
                Issue.record("no attachments or links")
                return
            }
            #expect(attachments.count == 1)
            #expect(attachments.first?["volume_id"] == .string(volume.id))
            #expect(UUIDText.isUUIDLike(attachments.first?["server_id"]?.stringValue ?? ""))
            #expect(shown?["metadata"] == ["attached_mode": "rw", "readonly": "False"])
            #expect(links.map { $0["rel"] } == ["self", "bookmark"])
            #expect(links.last?["href"] == .string("http://10.22.0.17:8776/\(Fixture.project)/volumes/\(volume.id)"))
        }
    }

    @Test("A word that is neither yes nor no is refused; the last one counts")
    func quotaUsage() async throws {
        try await Bench.run { bench in
            let path = "/os-quota-sets/\(Fixture.project)"
            let refused = try await bench.v3.get("\(path)?usage=perhaps")
            #expect(refused.json["badRequest"]?["message"] == "Value 'perhaps' for 'usage' is not a boolean.")
            #expect(try await bench.v3.get("\(path)?usage=true&usage=false").json["quota_set"]?["snapshots"] == -1)
        }
    }

    @Test("The names of version 1 still change name and description; the newer name goes before")
    func oldNames() async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["name": "n", "description": "d"])
            let body: JSONValue = ["snapshot": ["display_name": "x", "display_description": "y", "name": "z"]]
            let answer = try await bench.v3.put("/snapshots/\(id)", body)
            #expect(answer.json["snapshot"]?["name"] == "z")
            #expect(answer.json["snapshot"]?["description"] == "y")
        }
        // Huawei documents no such names.
        try await Bench.run(Fixture.configuration { $0.dialect = .huawei }) { bench in
            let id = try await bench.available()
            #expect(try await bench.v2.put("/snapshots/\(id)", ["snapshot": ["display_name": "x"]]).status == 400)
        }
    }
}
