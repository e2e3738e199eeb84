import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// What leaves, byte for byte (CloudAPI#create, CloudAPI#metadata, CloudAPI#volumes).
struct RequestTests {
    private let created = HTTPAnswer.json(202, #"{"snapshot": \#(Sample.row())}"#)

    @Test("A create sends what is declared and nothing else")
    func create() async throws {
        let transport = FakeTransport(created)
        _ = try await Sample.client(transport).createSnapshot(Sample.creation)
        let request = try #require(transport.requests.first)
        #expect(request.method == .post)
        #expect(request.target == "/v3/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots")
        #expect(
            String(decoding: try #require(request.body), as: UTF8.self)
                == #"{"snapshot":{"description":"Daily backup","force":true,"metadata":{"snapkeep.key":"snap-001","team":"db/ops"},"#
                + #""name":"snap-001","volume_id":"5aa119a8-d25b-45a7-8d1b-88e127885635"}}"#)
        #expect(
            request.fields.map { "\($0.name): \($0.value)" } == [
                "Host: evs.example.com", "Accept: application/json", "User-Agent: snapkeep/1.2.3", "Content-Type: application/json",
                "X-Auth-Token: \(Sample.token)",
            ])
    }

    @Test("force is sent when true and left out when false: an explicit false is an error on new servers; a null description is left out")
    func createWithoutForce() async throws {
        let transport = FakeTransport(created)
        var creation = Sample.creation
        creation.force = false
        creation.description = nil
        creation.metadata = Metadata()
        _ = try await Sample.client(transport).createSnapshot(creation)
        #expect(
            String(decoding: try #require(transport.requests[0].body), as: UTF8.self)
                == #"{"snapshot":{"name":"snap-001","volume_id":"5aa119a8-d25b-45a7-8d1b-88e127885635"}}"#)
    }

    @Test("Texts go out as UTF-8 with JSON's own escapes")
    func escapes() async throws {
        let transport = FakeTransport(created)
        var creation = Sample.creation
        creation.name = "\"每日\" \\ é / 😀"
        creation.metadata = Metadata()
        _ = try await Sample.client(transport).createSnapshot(creation)
        let body = String(decoding: try #require(transport.requests[0].body), as: UTF8.self)
        #expect(body.contains(#""name":"\"每日\" \\ é / 😀""#))
    }

    @Test("The version and the prefix of the endpoint lead every path")
    func paths() async throws {
        let answer = HTTPAnswer.json(200, #"{"snapshot": \#(Sample.row())}"#)
        let transport = FakeTransport(answer)
        _ = try await Sample.client(transport, endpoint: "http://cloud.example.com:8776/volume/v2").snapshot(Sample.snapshot)
        let request = transport.requests[0]
        #expect(request.label == "GET /volume/v2/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots/ffa9bc5e-1172-4021-acaf-cdcd78a9584d")
        #expect(request.fields.first?.value == "cloud.example.com:8776")
        #expect(request.body == nil)
        #expect(!request.fields.contains { $0.name == "Content-Type" })
    }

    @Test("A list asks for details, a page at a time, with the query in canonical order")
    func list() async throws {
        let transport = FakeTransport(Sample.page([]), Sample.page([]))
        let client = Sample.client(transport, pageSize: 50)
        _ = try await client.snapshotPage(.all, from: nil)
        _ = try await client.snapshotPage(.volume(Sample.volume), from: PageCursor(["a b&c=é"]))
        #expect(
            transport.requests.map(\.target) == [
                "/v3/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots/detail?limit=50",
                "/v3/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots/detail?limit=50&marker=a%20b%26c%3D%C3%A9"
                    + "&volume_id=5aa119a8-d25b-45a7-8d1b-88e127885635",
            ])
    }

    // 1…1000 rows, and never more than this client's pages have (CloudAPI#list).
    @Test("A list asks for as many rows as are enough", arguments: [(20, 20), (50, 50), (51, 50), (0, 1)])
    func shortList(wanted: Int, asked: Int) async throws {
        let transport = FakeTransport(Sample.page([]))
        _ = try await Sample.client(transport, pageSize: 50).snapshotPage(.all, from: nil, rows: wanted)
        #expect(transport.requests[0].target.hasSuffix("/snapshots/detail?limit=\(asked)"))
    }

    @Test("A cleared description is sent as the empty text, for absence would leave it as it is")
    func update() async throws {
        let transport = FakeTransport(.json(200, #"{"snapshot": \#(Sample.row())}"#))
        _ = try await Sample.client(transport).updateSnapshot(Sample.snapshot, name: "renamed", description: nil)
        #expect(transport.requests[0].method == .put)
        #expect(String(decoding: transport.requests[0].body!, as: UTF8.self) == #"{"snapshot":{"description":"","name":"renamed"}}"#)
    }

    @Test("Metadata is merged by POST, never replaced by PUT")
    func merge() async throws {
        let transport = FakeTransport(.json(200, #"{"metadata": {"a": "b", "__system__enableActive": "true"}}"#))
        let client = Sample.client(transport)
        try await client.mergeMetadata(Metadata(["a": "b"]), into: Sample.snapshot)
        try await client.mergeMetadata(Metadata(), into: Sample.snapshot)
        #expect(transport.requests.count == 1)
        #expect(transport.requests[0].method == .post)
        #expect(transport.requests[0].path.hasSuffix("/snapshots/ffa9bc5e-1172-4021-acaf-cdcd78a9584d/metadata"))
        #expect(String(decoding: transport.requests[0].body!, as: UTF8.self) == #"{"metadata":{"a":"b"}}"#)
    }

    @Test("A metadata key is one segment of the path, whatever it is made of")
    func deleteKey() async throws {
        let transport = FakeTransport(HTTPAnswer(status: 200))
        try await Sample.client(transport).deleteMetadataKey("cost center/ü", of: Sample.snapshot)
        #expect(transport.requests[0].method == .delete)
        #expect(transport.requests[0].path.hasSuffix("/metadata/cost%20center%2F%C3%BC"))
    }

    @Test("P3: a key that a path could resolve to the snapshot itself is never sent", arguments: ["..", ".", "", "../", "a/../..", "a//b"])
    func dangerousKey(_ key: String) async {
        let transport = FakeTransport(HTTPAnswer(status: 202))
        let fault = await fault { () throws(ServiceFault) in try await Sample.client(transport).deleteMetadataKey(key, of: Sample.snapshot)
        }
        #expect(fault?.kind == .refused(.metadata))
        #expect(transport.requests.isEmpty)
    }

    @Test("A volume is looked for by name with the name encoded, a plus sign and a blank apart")
    func volumes() async throws {
        let transport = FakeTransport(.json(200, #"{"volumes": []}"#))
        _ = try await Sample.client(transport).volumes(named: "db + 1~é")
        #expect(transport.requests[0].target.hasSuffix("/volumes/detail?limit=1000&name=db%20%2B%201~%C3%A9"))
    }

    @Test("Lists may be large, other answers may not")
    func limits() async throws {
        let transport = FakeTransport(Sample.page([]), .json(200, #"{"snapshot": \#(Sample.row())}"#))
        let client = Sample.client(transport)
        _ = try await client.snapshotPage(.all, from: nil)
        _ = try await client.snapshot(Sample.snapshot)
        #expect(transport.requests.map(\.answerLimit) == [24 << 20, 1 << 20])
    }

    @Test("The canonical query of vector A (CloudAPI#vectors)")
    func canonical() {
        let query = canonicalQuery([
            ("volume_id", "5aa119a8-d25b-45a7-8d1b-88e127885635"), ("limit", "50"), ("name", "nightly db + été~1"), ("status", "available"),
        ])
        #expect(
            query == "limit=50&name=nightly%20db%20%2B%20%C3%A9t%C3%A9~1&status=available&volume_id=5aa119a8-d25b-45a7-8d1b-88e127885635")
    }
}
