import Testing

@testable import SnapkeepSandbox

/// Lists, their pages, and the traps in them (CloudAPI#list).
struct ListTests {
    /// `count` snapshots, one second apart; ids oldest first.
    private func fill(_ bench: Bench, _ count: Int) async throws -> [String] {
        var ids: [String] = []
        for number in 0..<count {
            ids.append(try await bench.available(["name": .string("s\(number)")]))
        }
        return ids
    }

    private func ids(_ answer: RawClient.Answer) -> [String] {
        guard case .array(let rows)? = answer.json["snapshots"] else { return [] }
        return rows.compactMap { $0["id"]?.stringValue }
    }

    private func next(_ answer: RawClient.Answer) -> String? {
        guard case .array(let links)? = answer.json["snapshots_links"] else { return nil }
        return links.first?["href"]?.stringValue
    }

    @Test("A full page carries a link even when it is the last: the page after it is empty")
    func lastFullPage() async throws {
        try await Bench.run { bench in
            let all = try await fill(bench, 4)
            let first = try await bench.v3.get("/snapshots/detail?limit=2")
            #expect(ids(first) == [all[3], all[2]])
            #expect(next(first) == "http://10.22.0.17:8776/v3/\(Fixture.project)/snapshots/detail?limit=2&marker=\(all[2])")
            let second = try await bench.v3.get("/snapshots/detail?limit=2&marker=\(all[2])")
            #expect(ids(second) == [all[1], all[0]])
            #expect(next(second) != nil)
            let third = try await bench.v3.get("/snapshots/detail?limit=2&marker=\(all[0])")
            #expect(third.body == #"{"snapshots": []}"#)
        }
    }

    @Test("The link names the cloud's own host: a client that follows it carries its token elsewhere")
    func linkHostIsForeign() async throws {
        try await Bench.run(Fixture.configuration { $0.internalAuthority = "192.168.7.7:8776" }) { bench in
            _ = try await fill(bench, 1)
            let link = try #require(next(try await bench.v2.get("/snapshots?name=s0&limit=1")))
            #expect(link.hasPrefix("http://192.168.7.7:8776/v2/\(Fixture.project)/snapshots?name=s0&limit=1&marker="))
        }
    }

    @Test("A cloud that knows its public address links back to where the client asked")
    func linkHostIsOurs() async throws {
        try await Bench.run(Fixture.configuration { $0.internalAuthority = nil }) { bench in
            _ = try await fill(bench, 1)
            let link = try #require(next(try await bench.v3.get("/snapshots/detail?limit=1")))
            #expect(link.hasPrefix("http://127.0.0.1:\(bench.handle.port)/v3/\(Fixture.project)/snapshots/detail?limit=1&marker="))
        }
    }

    @Test("The server's own limit cuts without a word; its full page has a link as well")
    func serverLimit() async throws {
        try await Bench.run(Fixture.configuration { $0.maxPageSize = 2 }) { bench in
            let all = try await fill(bench, 3)
            let page = try await bench.v3.get("/snapshots?limit=1000")
            #expect(ids(page) == [all[2], all[1]])
            #expect(next(page) != nil)
            #expect(ids(try await bench.v3.get("/snapshots?offset=1")) == [all[1], all[0]])
            #expect(ids(try await bench.v3.get("/snapshots?limit=0")) == [])
        }
    }

    struct BadQuery: Sendable, CustomTestStringConvertible {
        let query: String
        let status: Int
        var testDescription: String { query }
    }

    @Test(
        "A page, an order or a marker that makes no sense is refused",
        arguments: [
            BadQuery(query: "limit=x", status: 400), BadQuery(query: "limit=-1", status: 400), BadQuery(query: "offset=-1", status: 400),
            BadQuery(query: "offset=x", status: 400), BadQuery(query: "sort_key=nonsense", status: 400),
            BadQuery(query: "sort_dir=up", status: 400), BadQuery(query: "sort=id:asc&sort_key=id", status: 400),
            BadQuery(query: "sort_key=name", status: 400), BadQuery(query: "marker=\(Fixture.missing)", status: 404),
        ])
    func badQuery(_ bad: BadQuery) async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.get("/snapshots?\(bad.query)")
            #expect(answer.status == bad.status)
        }
    }

    @Test("Rows of one second are ordered by id, because the table keeps whole seconds; pages neither repeat nor lose any")
    func tiesAreOrderedByID() async throws {
        try await Bench.run { bench in
            for _ in 0..<7 {
                _ = try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(Fixture.freeVolume)]])
            }
            let all = ids(try await bench.v3.get("/snapshots"))
            #expect(all.count == 7)
            #expect(all == all.sorted(by: >))
            var paged: [String] = []
            // Pages that repeat themselves must not go on for ever.
            while paged.count <= all.count {
                let page = ids(try await bench.v3.get("/snapshots?limit=3" + (paged.last.map { "&marker=\($0)" } ?? "")))
                if page.isEmpty { break }
                paged += page
            }
            #expect(paged == all)
            #expect(ids(try await bench.v3.get("/snapshots?sort_dir=asc")) == all.reversed())
            #expect(ids(try await bench.v3.get("/snapshots?sort_dir=asc&limit=3&marker=\(all[4])")) == [all[3], all[2], all[1]])
        }
    }

    @Test("A list shows the plain fields, a detailed list the extended ones too")
    func summaryAndDetail() async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["name": "n"])
            let summary = try await bench.v3.get("/snapshots")
            #expect(
                summary.body
                    == #"{"snapshots": [{"id": "\#(id)", "created_at": "2026-11-23T20:16:34.000000", "updated_at": "2026-11-23T20:16:35.000000", "name": "n", "description": null, "volume_id": "\#(Fixture.freeVolume)", "status": "available", "size": 1, "metadata": {}}]}"#
            )
            let detail = try await bench.v3.get("/snapshots/detail", ["OpenStack-API-Version": "volume 3.65"])
            #expect(
                detail.body.hasSuffix(
                    #""metadata": {}, "group_snapshot_id": null, "user_id": "sandbox", "consumes_quota": true, "os-extended-snapshot-attributes:project_id": "\#(Fixture.project)", "os-extended-snapshot-attributes:progress": "100%"}]}"#
                ))
        }
    }

    struct Filter: Sendable, CustomTestStringConvertible {
        let query: String
        var microversion = 0
        /// The names found; nil for a refusal.
        let names: [String]?
        var testDescription: String { "\(query) at 3.\(microversion)" }
    }

    @Test(
        "A filter finds what it names; whether an unknown one is dropped or refused depends on the microversion",
        arguments: [
            Filter(query: "name=blue", names: ["blue"]),
            Filter(query: "volume_id=\(Fixture.usedVolume)", names: ["red"]),
            Filter(query: "status=error", names: ["red"]),
            Filter(query: "name=blue&status=error", names: []),
            Filter(query: "name=%62lue+sky", names: ["blue sky"]),
            // Below 3.31 an unknown filter is dropped without a word: everything comes back.
            Filter(query: "metadata=%7B%27k%27%3A%27v%27%7D", names: ["blue sky", "red", "blue"]),
            Filter(query: "name~=blue", microversion: 30, names: ["blue sky", "red", "blue"]),
            Filter(query: "bogus=1", microversion: 30, names: ["blue sky", "red", "blue"]),
            Filter(query: "bogus=1", microversion: 31, names: nil),
            Filter(query: "metadata=%7B%27k%27%3A%27v%27%7D", microversion: 22, names: ["blue"]),
            // What is no dictionary literal matches nothing; a number in one is compared as its text.
            Filter(query: "metadata=nonsense", microversion: 22, names: []),
            Filter(query: "metadata=%7B%27n%27%3A7%7D", microversion: 22, names: ["blue sky"]),
            Filter(query: "name~=blue", microversion: 34, names: ["blue sky", "blue"]),
            Filter(query: "sort=name:asc", microversion: 30, names: ["blue", "blue sky", "red"]),
            Filter(query: "sort_key=name&sort_dir=asc&limit=2", microversion: 30, names: ["blue", "blue sky"]),
        ])
    func filter(_ filter: Filter) async throws {
        try await Bench.run { bench in
            _ = try await bench.available(["name": "blue", "metadata": ["k": "v"]])
            let red: JSONValue = [
                "snapshot": [
                    "volume_id": .string(Fixture.usedVolume), "force": true, "name": "red", "metadata": ["sandbox.fail": "create"],
                ]
            ]
            _ = try await bench.v3.post("/snapshots", red)
            bench.clock.advance(.seconds(1))
            _ = try await bench.available(["name": "blue sky", "metadata": ["n": "7"]])
            let answer = try await bench.v3.get("/snapshots?\(filter.query)", ["OpenStack-API-Version": "volume 3.\(filter.microversion)"])
            guard let names = filter.names else {
                #expect(answer.status == 400)
                return
            }
            guard case .array(let rows)? = answer.json["snapshots"] else {
                Issue.record("no list: \(answer.body)")
                return
            }
            #expect(rows.compactMap { $0["name"]?.stringValue } == names)
        }
    }

    @Test("The count of all rows stands beside a page from microversion 3.45 on")
    func count() async throws {
        try await Bench.run { bench in
            _ = try await fill(bench, 3)
            let version = ["OpenStack-API-Version": "volume 3.45"]
            #expect(try await bench.v3.get("/snapshots?limit=1&with_count=true", version).json["count"] == 3)
            #expect(try await bench.v3.get("/snapshots?limit=1&with_count=true").json["count"] == nil)
        }
    }

    @Test("A sorted page that starts behind a marker goes on where the page before ended")
    func markerInAnotherOrder() async throws {
        try await Bench.run { bench in
            let all = try await fill(bench, 5)
            let first = ids(try await bench.v3.get("/snapshots?sort_key=id&sort_dir=asc&limit=3"))
            let second = ids(try await bench.v3.get("/snapshots?sort_key=id&sort_dir=asc&limit=3&marker=\(first[2])"))
            #expect(first + second == all.sorted())
        }
    }
}
