import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// Answers as the clouds send them (CloudAPI#create, CloudAPI#statuses, CloudAPI#times; bodies of a real Cinder and of Huawei's pages).
struct DecodingTests {
    private func show(_ body: String) async throws -> ObservedSnapshot? {
        try await Sample.client(FakeTransport(.json(200, body))).snapshot(Sample.snapshot)
    }

    @Test("A snapshot of plain Cinder, with the extended attributes")
    func upstream() async throws {
        let snapshot = try await show(
            """
            {"snapshot": {"id": "ffa9bc5e-1172-4021-acaf-cdcd78a9584d", "created_at": "2026-11-23T20:16:37.000000", \
            "updated_at": "2026-11-23T20:16:38.000000", "name": "ok", "description": "d", \
            "volume_id": "5AA119A8-d25b-45a7-8d1b-88e127885635", "status": "available", "size": 1, "metadata": {"k": "v"}, \
            "os-extended-snapshot-attributes:project_id": "e8fb820a3b2442f68e691de50102c0a5", \
            "os-extended-snapshot-attributes:progress": "100%", "group_snapshot_id": null, "consumes_quota": true}}
            """)
        #expect(
            snapshot
                == ObservedSnapshot(
                    id: Sample.snapshot, volumeID: Sample.volume, name: "ok", description: "d", metadata: Metadata(["k": "v"]),
                    status: .available, size: 1, progress: 100, createdAt: Timestamp("2026-11-23T20:16:37Z"),
                    updatedAt: Timestamp("2026-11-23T20:16:38Z")))
    }

    @Test("The least that an answer may hold")
    func least() async throws {
        let snapshot = try #require(try await show(#"{"snapshot": {"id": "\#(Sample.snapshot)", "volume_id": "\#(Sample.volume)"}}"#))
        #expect(snapshot.name == nil && snapshot.description == nil && snapshot.size == nil && snapshot.createdAt == nil)
        #expect(snapshot.metadata.isEmpty)
        // Unknown is transitional: waited for, never deleted.
        #expect(snapshot.status == .other("unknown"))
    }

    struct Field: Sendable, CustomTestStringConvertible {
        var json: String
        var expect: @Sendable (ObservedSnapshot) -> Bool
        var testDescription: String { json }
    }

    @Test(
        "Fields are read as the dialects write them",
        arguments: [
            // Numbers as text, and the other way round.
            Field(json: #""size": "40""#) { $0.size == 40 }, Field(json: #""size": 40"#) { $0.size == 40 },
            Field(json: #""size": -1"#) { $0.size == nil }, Field(json: #""size": {}"#) { $0.size == nil },
            Field(json: #""os-extended-snapshot-attributes:progress": "37%""#) { $0.progress == 37 },
            Field(json: #""os-extended-snapshot-attributes:progress": "37""#) { $0.progress == 37 },
            Field(json: #""os-extended-snapshot-attributes:progress": 37"#) { $0.progress == 37 },
            Field(json: #""os-extended-snapshot-attributes:progress": "soon""#) { $0.progress == nil },
            Field(json: #""os-extended-snapshot-attributes:progress": "-5%""#) { $0.progress == nil },
            // Null, empty and absent descriptions are one thing.
            Field(json: #""description": null"#) { $0.description == nil }, Field(json: #""description": """#) { $0.description == nil },
            Field(json: #""description": "x""#) { $0.description == "x" }, Field(json: #""name": null"#) { $0.name == nil },
            // Metadata that is null, and values that are no texts.
            Field(json: #""metadata": null"#) { $0.metadata.isEmpty }, Field(json: #""metadata": []"#) { $0.metadata.isEmpty },
            Field(json: #""metadata": {"a": true, "b": 1, "c": null, "d": 1.5, "e": {"y": [1, "t"], "x": null}}"#) {
                $0.metadata == Metadata(["a": "true", "b": "1", "c": "", "d": "1.5", "e": #"{"x":null,"y":[1,"t"]}"#])
            },
            // Timestamps: T or t, fraction or none, zone or none; a bad one is no reason to lose the snapshot.
            Field(json: #""created_at": "2013-02-25t03:56:53.081642""#) { $0.createdAt == Timestamp("2013-02-25T03:56:53.081642Z") },
            Field(json: #""created_at": "yesterday""#) { $0.createdAt == nil }, Field(json: #""updated_at": null"#) { $0.updatedAt == nil },
            Field(json: #""status": "ERROR_deleting""#) { $0.status == .errorDeleting },
            Field(json: #""status": "in-queue""#) { $0.status == .other("in-queue") },
        ])
    func lenient(_ field: Field) async throws {
        let body = #"{"snapshot": {"id": "\#(Sample.snapshot)", "volume_id": "\#(Sample.volume)", "unknown": [{}], \#(field.json)}}"#
        #expect(field.expect(try #require(try await show(body))))
    }

    @Test(
        "A good status with a body that nobody can read is unintelligible, for the request may have been carried out",
        arguments: [
            "", "<html>login</html>", "[]", "null", "{}", #"{"snapshot": null}"#, #"{"snapshot": {}}"#, #"{"snapshot": {"id": "x"}}"#,
            #"{"snapshot": {"id": "../..", "volume_id": "5aa119a8-d25b-45a7-8d1b-88e127885635"}}"#,
            #"{"snapshot": {"id": "ffa9bc5e-1172-4021-acaf-cdcd78a9584d", "volume_id": "nope"}}"#,
            // Another snapshot's, another volume's.
            #"{"snapshot": \#(Sample.row(id: Sample.id(1), volume: Sample.id(2)))}"#,
            #"{"snapshot": {"id": "ffa9bc5e-1172-4021-acaf-cdcd78a9584d""#, String(repeating: "[", count: 100_000),
        ])
    func unintelligible(_ body: String) async {
        for status in [200, 202] {
            let client = Sample.client(FakeTransport(.json(status, body), .json(status, body), .json(status, body)))
            let created = await fault { () throws(ServiceFault) in _ = try await client.createSnapshot(Sample.creation) }
            let shown = await fault { () throws(ServiceFault) in _ = try await client.snapshot(Sample.snapshot) }
            let updated = await fault { () throws(ServiceFault) in
                _ = try await client.updateSnapshot(Sample.snapshot, name: "n", description: nil)
            }
            for fault in [created, shown, updated] {
                #expect(fault?.kind == .unintelligible)
                #expect(fault?.status == status)
            }
        }
    }

    @Test("A cut answer is unintelligible when it is a success")
    func cut() async {
        let answer = HTTPAnswer(status: 200, body: Array(#"{"snapshots": []}"#.utf8), isTruncated: true)
        let fault = await fault { () throws(ServiceFault) in
            _ = try await Sample.client(FakeTransport(answer)).snapshotPage(.all, from: nil)
        }
        // P9: of a list nothing is concluded, and asking again would bring the same.
        #expect(fault?.kind == .refused(.pageBound))
        #expect(fault?.message == "one page of the list is larger than 24 MiB")
        let one = await SnapkeepCloudTests.fault { () throws(ServiceFault) in
            _ = try await Sample.client(FakeTransport(answer)).snapshot(Sample.snapshot)
        }
        #expect(one?.kind == .unintelligible)
        #expect(one?.message.contains("larger than the limit of 1048576 bytes") == true)
    }

    @Test("Deletions answer with nothing; a page of a proxy that says 200 is not taken for one")
    func deletions() async {
        let good = [
            HTTPAnswer(status: 202, fields: [("Content-Type", "text/html; charset=UTF-8")]), .json(200, "{}"), HTTPAnswer(status: 204),
        ]
        for answer in good {
            let client = Sample.client(FakeTransport(answer, answer))
            #expect(await fault { () throws(ServiceFault) in try await client.deleteSnapshot(Sample.snapshot) } == nil)
            #expect(await fault { () throws(ServiceFault) in try await client.deleteMetadataKey("k", of: Sample.snapshot) } == nil)
        }
        let page = HTTPAnswer(status: 200, body: Array("<html>Please log in</html>".utf8))
        let client = Sample.client(FakeTransport(page, page, page))
        #expect(await fault { () throws(ServiceFault) in try await client.deleteSnapshot(Sample.snapshot) }?.kind == .unintelligible)
        #expect(
            await fault { () throws(ServiceFault) in try await client.deleteMetadataKey("k", of: Sample.snapshot) }?.kind == .unintelligible
        )
        let merged = await fault { () throws(ServiceFault) in try await client.mergeMetadata(Metadata(["a": "b"]), into: Sample.snapshot) }
        #expect(merged?.kind == .unintelligible)
    }

    @Test("Volumes of exactly the name, compared byte by byte, from every page and each once")
    func volumes() async throws {
        // "é" in one and in two code points are two names, though Swift calls the texts equal.
        func volume(_ id: Int, _ name: String) -> String {
            #"{"id": "\#(Sample.id(id))", "name": "\#(name)", "status": "in-use", "size": "10", "bootable": "true"}"#
        }
        let first =
            #"{"volumes": [\#(volume(1, "é")), \#(volume(2, "other"))], "volumes_links": [{"rel": "next", "href": "x?marker=\#(Sample.id(2))"}]}"#
        let second = #"{"volumes": [\#(volume(1, "é")), \#(volume(3, #"e\u0301"#)), \#(volume(4, "é"))]}"#
        let transport = FakeTransport(.json(200, first), .json(200, second))
        let found = try await Sample.client(transport).volumes(named: "\u{E9}")
        #expect(found.map(\.id.text) == [Sample.id(1), Sample.id(4)])
        #expect(found.first == ObservedVolume(id: VolumeID(Sample.id(1))!, name: "é", status: "in-use", size: 10))
        #expect(transport.requests.count == 2)
    }
}
