import Testing

@testable import SnapkeepSandbox

/// Huawei's own paths for the same snapshots (CloudAPI#dialects).
struct NativeDialectTests {
    private static let configuration = Fixture.configuration { $0.dialect = .huawei }

    private static func ids(_ answer: RawClient.Answer) -> [String] {
        guard case .array(let rows)? = answer.json["snapshots"] else { return [] }
        return rows.compactMap { $0["id"]?.stringValue }
    }

    @Test("Create, show, update and delete are those of v2, and the answers tell the kind of storage too")
    func life() async throws {
        try await Bench.run(Self.configuration) { bench in
            let created = try await bench.v2.post(
                "/cloudsnapshots",
                ["snapshot": ["volume_id": .string(Fixture.freeVolume), "name": "a", "description": "d", "metadata": ["k": "v"]]])
            #expect(created.status == 202)
            #expect(created.json["snapshot"]?["service_type"] == "EVS" && created.json["snapshot"]?["dedicated_storage_id"] == .null)
            let id = try #require(created.json["snapshot"]?["id"]?.stringValue)
            bench.clock.advance(.seconds(2))
            let shown = try await bench.v2.get("/cloudsnapshots/\(id)").json["snapshot"]
            #expect(shown?["status"] == "available" && shown?["metadata"] == ["k": "v"] && shown?["service_type"] == "EVS")
            #expect(shown?["os-extended-snapshot-attributes:project_id"] == .string(Fixture.project))
            let updated = try await bench.v2.put("/cloudsnapshots/\(id)", ["snapshot": ["name": "b", "description": ""]])
            #expect(updated.status == 200 && updated.json["snapshot"]?["description"] == "")
            // It is the one that v2 shows, without those members.
            let plain = try await bench.v2.get("/snapshots/\(id)").json["snapshot"]
            #expect(plain?["name"] == "b" && plain?["service_type"] == nil)
            #expect(try await bench.v2.delete("/cloudsnapshots/\(id)").status == 202)
            bench.clock.advance(.seconds(2))
            let gone = try await bench.v2.get("/cloudsnapshots/\(id)")
            #expect(gone.status == 404 && gone.json["error"]?["code"] == "EVS.5404")
        }
    }

    @Test("A list pages by offset, counts all rows, and takes no marker")
    func paging() async throws {
        try await Bench.run(Self.configuration) { bench in
            for _ in 0..<5 { _ = try await bench.available() }
            let first = try await bench.v2.get("/cloudsnapshots/detail?limit=2")
            #expect(Self.ids(first).count == 2 && first.json["count"] == 5 && first.json["snapshots_links"] == .null)
            let second = try await bench.v2.get("/cloudsnapshots/detail?limit=2&offset=2&marker=\(Self.ids(first)[1])")
            let third = try await bench.v2.get("/cloudsnapshots/detail?limit=2&offset=4")
            #expect(Set(Self.ids(first) + Self.ids(second) + Self.ids(third)).count == 5 && Self.ids(third).count == 1)
            #expect(try await bench.v2.get("/cloudsnapshots/detail?limit=1001").json["error"]?["code"] == "EVS.2142")
        }
    }

    @Test(
        "Its own filters",
        arguments: [
            ("service_type=EVS", 1), ("service_type=DSS", 0), ("enterprise_project_id=0", 1), ("id=none", 0),
            ("dedicated_storage_id=x", 0), ("enterprise_project_id=all_granted_eps", 1), ("unknown=1", 1),
            ("volume_id=\(Fixture.freeVolume)", 1),
            ("volume_id=\(Fixture.usedVolume)", 0),
        ])
    func filters(_ query: String, _ rows: Int) async throws {
        try await Bench.run(Self.configuration) { bench in
            let id = try await bench.available()
            let answer = try await bench.v2.get("/cloudsnapshots/detail?\(query)")
            #expect(Self.ids(answer).count == rows && answer.json["count"] == .integer(Int64(rows)))
            let found = try await bench.v2.get("/cloudsnapshots/detail?id=\(id)")
            #expect(Self.ids(found) == [id])
        }
    }

    @Test("There are no calls for metadata, none at v3, and none at all in a cloud that is not Huawei's")
    func limits() async throws {
        try await Bench.run(Self.configuration) { bench in
            let id = try await bench.available()
            #expect(try await bench.v2.get("/cloudsnapshots/\(id)/metadata").status == 404)
            #expect(try await bench.v2.get("/cloudsnapshots").status == 404)
            #expect(try await bench.v3.get("/cloudsnapshots/detail").status == 404)
        }
        let elsewhere = try await Bench.run { bench in try await bench.v2.get("/cloudsnapshots/detail").status }
        #expect(elsewhere == 404)
    }
}
