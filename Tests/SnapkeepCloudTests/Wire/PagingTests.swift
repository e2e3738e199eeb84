import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// The traps of lists (CloudAPI#list).
struct PagingTests {
    private func next(_ rows: [Int], limit: Int = 2, marker: Int? = nil, links: String? = nil) async throws -> String? {
        let transport = FakeTransport(Sample.page(rows.map { Sample.row(id: Sample.id($0)) }, links: links))
        let cursor = marker.map { PageCursor(marker: Sample.id($0)) }
        return try await Sample.client(transport, pageSize: limit).snapshotPage(.all, from: cursor).next?.markers.first
    }

    private func link(_ marker: String, rel: String = "next") -> String { #"[{"rel": "\#(rel)", "href": "\#(marker)"}]"# }

    @Test("The list ends with an empty page, with or without a link, and with a short page without one")
    func ends() async throws {
        #expect(try await next([]) == nil)
        #expect(try await next([], links: link("https://h/?marker=\(Sample.id(9))")) == nil)
        #expect(try await next([1]) == nil)
        #expect(try await next([1], links: "null") == nil)
        #expect(try await next([1], links: "[]") == nil)
        #expect(try await next([1], links: link("https://h/?marker=\(Sample.id(9))", rel: "self")) == nil)
    }

    @Test("A full page goes on, also where the server sends no links")
    func goesOn() async throws {
        #expect(try await next([1, 2]) == Sample.id(2))
        #expect(try await next([1, 2, 3]) == Sample.id(3))
        #expect(try await next([3, 4], marker: 2) == Sample.id(4))
    }

    @Test("A short page with a link was cut by the server's own limit, so the list goes on")
    func serverCap() async throws {
        #expect(
            try await next([1, 2, 3], limit: 1000, links: link("http://10.0.0.1:8776/v2/p/snapshots?limit=3&marker=\(Sample.id(3))"))
                == Sample.id(3))
    }

    @Test("P8: of a link only the marker is used: a host in an answer is never asked")
    func hostOfLinkIsIgnored() async throws {
        let href = "http://169.254.169.254:8776/v2/other/snapshots?limit=2&marker=a%2Fb%20c&x=%00"
        let transport = FakeTransport(
            Sample.page([Sample.row(id: Sample.id(1)), Sample.row(id: Sample.id(2))], links: link(href)), Sample.page([]))
        let client = Sample.client(transport, pageSize: 2)
        let cursor = try #require(try await client.snapshotPage(.all, from: nil).next)
        #expect(cursor.markers == ["a/b c", Sample.id(2), Sample.id(1)])
        _ = try await client.snapshotPage(.all, from: cursor)
        for request in transport.requests { #expect(request.endpoint.text == "https://evs.example.com/v3") }
        #expect(transport.requests[1].target == "/v3/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots/detail?limit=2&marker=a%2Fb%20c")
    }

    @Test(
        "A link without a usable marker leaves the id of the last row",
        arguments: ["https://h/", "https://h/?marker=", "https://h/?marker=%zz", "https://h/?limit=2", "?marker=%FF", ""])
    func poorLink(_ href: String) async throws {
        #expect(try await next([1, 2], links: link(href)) == Sample.id(2))
    }

    @Test("P1: a list that does not go on after its marker is a fault; taken for the end it would hide a snapshot of ours")
    func markerIgnored() async throws {
        await #expect(throws: ServiceFault.self) { try await next([1, 2], marker: 2) }
        await #expect(throws: ServiceFault.self) { try await next([1, 2], marker: 2, links: link("?marker=\(Sample.id(2))")) }
        // A link that repeats the marker beside rows that are new.
        #expect(try await next([3, 4], marker: 2, links: link("?marker=\(Sample.id(2))")) == Sample.id(4))
    }

    @Test("P1: a marker whose row was deleted between two pages is replaced by the one before it, and no row is missed")
    func deletedMarker() async throws {
        let gone = HTTPAnswer.json(404, #"{"itemNotFound": {"code": 404, "message": "Snapshot could not be found."}}"#)
        let unknown = HTTPAnswer.json(400, #"{"error": {"code": "EVS.1024", "message": "The marker is invalid."}}"#)
        let first = Sample.page([1, 2, 3].map { Sample.row(id: Sample.id($0)) })
        let second = Sample.page([3, 4].map { Sample.row(id: Sample.id($0)) })
        let transport = FakeTransport(first, gone, unknown, second)
        let client = Sample.client(transport, pageSize: 3)
        let page = try await client.snapshotPage(.all, from: try await client.snapshotPage(.all, from: nil).next)
        #expect(page.snapshots.map(\.id.text) == [Sample.id(3), Sample.id(4)])
        #expect(transport.requests.dropFirst().map { $0.query } == [3, 2, 1].map { "limit=3&marker=\(Sample.id($0))" })
        // Without anything left to fall back on, and for any other fault, the list fails.
        for answers in [[gone, gone, gone], [HTTPAnswer(status: 404)], [.json(403, "{}")]] {
            let transport = FakeTransport(answers.map { .success($0) })
            let cursor = PageCursor([1, 2, 3].map(Sample.id))
            let fault = await fault { () throws(ServiceFault) in
                _ = try await Sample.client(transport).snapshotPage(.all, from: cursor)
            }
            #expect(fault?.status == answers[0].status && transport.requests.count == answers.count)
        }
    }

    @Test("Volumes are searched in no circle")
    func circle() async {
        func page(_ id: Int) -> HTTPAnswer {
            .json(200, #"{"volumes": [{"id": "\#(Sample.id(id))", "name": "x"}]}"#)
        }
        let transport = FakeTransport(page(1), page(2), page(1), page(2), page(1))
        let fault = await fault { () throws(ServiceFault) in _ = try await Sample.client(transport, pageSize: 1).volumes(named: "db") }
        #expect(fault?.kind == .unintelligible)
        #expect(transport.requests.count == 3)
    }

    @Test("A foreign row that cannot be read is left out, and the list goes on after it")
    func foreignRows() async throws {
        let rows = [
            Sample.row(id: Sample.id(1)), Sample.row(id: "b a d"), Sample.row(volume: "none", metadata: "null"),
            Sample.row(id: Sample.id(2)),
        ]
        let transport = FakeTransport(Sample.page(rows))
        let page = try await Sample.client(transport, pageSize: 4).snapshotPage(.all, from: nil)
        #expect(page.snapshots.map(\.id.text) == [Sample.id(1), Sample.id(2)])
        #expect(page.next?.markers.first == Sample.id(2))
    }

    @Test(
        "P1: a row that may be ours is never left out, nor is a page that is no list",
        arguments: [
            #"{"snapshots": [\#(Sample.row(id: "b a d", metadata: #"{"snapkeep.attempt": "x"}"#))]}"#,
            #"{"snapshots": [\#(Sample.row(volume: "none", metadata: #"{"snapkeep.owner": "x"}"#))]}"#,
            #"{"snapshots": [\#(Sample.row(id: "b a d", metadata: #""snapkeep""#))]}"#, #"{"snapshots": ["text"]}"#,
            #"{"snapshots": null}"#,
            #"{"snapshots": {}}"#, #"{"snapshot": []}"#, "{}", "[]", "", "<html>", #"{"snapshots": [{]}"#,
        ])
    func unreadable(_ body: String) async {
        let fault = await fault { () throws(ServiceFault) in
            _ = try await Sample.client(FakeTransport(.json(200, body))).snapshotPage(.all, from: nil)
        }
        #expect(fault?.kind == .unintelligible)
    }
}
