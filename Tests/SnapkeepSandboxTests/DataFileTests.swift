import Testing

@testable import SnapkeepSandbox

/// The data file: what the sandbox itself remembers, against which a client's state is checked (P1, P2).
struct DataFileTests {
    private func configuration(_ file: TemporaryFile, _ change: (inout SandboxConfiguration) -> Void = { _ in }) -> SandboxConfiguration {
        Fixture.configuration {
            $0.dataFile = file.path
            change(&$0)
        }
    }

    private func create(_ bench: Bench, _ members: [JSONMember] = []) async throws -> String {
        let wish = JSONValue.object([JSONMember("volume_id", .string(Fixture.freeVolume))] + members)
        let answer = try await bench.v3.post("/snapshots", ["snapshot": wish])
        return try #require(answer.json["snapshot"]?["id"]?.stringValue)
    }

    @Test("The data file, which other tests read, has these lines byte for byte")
    func format() async throws {
        let file = TemporaryFile()
        try await Bench.run(configuration(file)) { bench in
            let id = try await create(bench, [JSONMember("name", "n"), JSONMember("metadata", ["k": "é"])])
            bench.clock.advance(.seconds(1))
            _ = try await bench.v3.put("/snapshots/\(id)", ["snapshot": ["description": "d"]])
            _ = try await bench.v3.put("/snapshots/\(id)/metadata/k", ["meta": ["k": "w"]])
            _ = try await bench.v3.delete("/snapshots/\(id)")
            bench.clock.advance(.seconds(1))
            #expect(try await bench.status(id) == nil)
            try await bench.handle.vanish(volume: Fixture.freeVolume)
        }
        let id = "00000000-0000-4000-9000-000000000002"
        let request = { (number: Int) in #""request_id": "req-00000000-0000-4000-9000-00000000000\#(number)""# }
        let expected = [
            #"{"event": "format", "at": "2026-11-23T20:16:34.919148", "version": 1, "project_id": "\#(Fixture.project)"}"#,
            #"{"event": "volume", "at": "2026-11-23T20:16:34.919148", "id": "\#(Fixture.freeVolume)", "name": "orders", "size": 1, "status": "available", "attachments": []}"#,
            #"{"event": "volume", "at": "2026-11-23T20:16:34.919148", "id": "\#(Fixture.usedVolume)", "name": "billing", "size": 2, "status": "in-use", "attachments": [{"server_id": "5aa119a8-d25b-45a7-8d1b-88e127885635", "device": "/dev/vdb"}]}"#,
            #"{"event": "created", "at": "2026-11-23T20:16:34.919148", \#(request(1)), "id": "\#(id)", "volume_id": "\#(Fixture.freeVolume)", "name": "n", "description": null, "size": 1, "metadata": {"k": "\u00e9"}, "settles_at": "2026-11-23T20:16:35.919148", "settles_as": "available"}"#,
            #"{"event": "status", "at": "2026-11-23T20:16:35.919148", "id": "\#(id)", "status": "available"}"#,
            #"{"event": "updated", "at": "2026-11-23T20:16:35.919148", \#(request(3)), "id": "\#(id)", "name": "n", "description": "d"}"#,
            #"{"event": "metadata", "at": "2026-11-23T20:16:35.919148", \#(request(4)), "id": "\#(id)", "metadata": {"k": "w"}}"#,
            #"{"event": "deleting", "at": "2026-11-23T20:16:35.919148", \#(request(5)), "id": "\#(id)", "settles_at": "2026-11-23T20:16:36.919148", "settles_as": "deleted"}"#,
            #"{"event": "deleted", "at": "2026-11-23T20:16:36.919148", "id": "\#(id)"}"#,
            #"{"event": "volume_removed", "at": "2026-11-23T20:16:36.919148", "id": "\#(Fixture.freeVolume)"}"#,
        ]
        #expect(String(decoding: file.bytes, as: UTF8.self).split(separator: "\n").map(String.init) == expected)
    }

    @Test("What a server wrote, the next one serves: byte for byte the same list")
    func replay() async throws {
        let file = TemporaryFile()
        let clock = TestEnvironment()
        let before = try await Bench.run(configuration(file), clock: clock) { bench in
            let first = try await bench.available(["name": "a", "metadata": ["k": "v"]])
            let second = try await bench.available(["name": "b", "description": "line"])
            let third = try await bench.available(["metadata": ["sandbox.fail": "delete"]])
            _ = try await bench.v3.put("/snapshots/\(second)", ["snapshot": ["name": "renamed"]])
            _ = try await bench.v3.post("/snapshots/\(first)/metadata", ["metadata": ["more": "\u{1F4BE}"]])
            _ = try await bench.v3.delete("/snapshots/\(third)")
            bench.clock.advance(.seconds(1))
            return try await bench.v3.get("/snapshots/detail").body
        }
        let lines = file.lines.count
        let after = try await Bench.run(configuration(file), clock: clock) { try await $0.v3.get("/snapshots/detail").body }
        #expect(after == before)
        #expect(after.contains(#""status": "error_deleting""#))
        // Opening an unchanged file writes nothing: the volumes are known.
        #expect(file.lines.count == lines)
    }

    @Test("A creation's time counts from its request, also when another server ends it")
    func creatingOutlivesTheProcess() async throws {
        let file = TemporaryFile()
        let clock = TestEnvironment()
        let id = try await Bench.run(configuration(file), clock: clock) { try await create($0) }
        clock.advance(.milliseconds(999))
        // Another delay in the new configuration does not change what has begun.
        let slower = configuration(file) { $0.createDelay = .seconds(100) }
        try await Bench.run(slower, clock: clock) { bench in
            #expect(try await bench.status(id) == "creating")
            bench.clock.advance(.milliseconds(1))
            let snapshot = try await bench.v3.get("/snapshots/\(id)").json["snapshot"]
            #expect(snapshot?["status"] == "available")
            #expect(snapshot?["updated_at"] == "2026-11-23T20:16:35.000000")
        }
    }

    @Test("A creation is in the file before its answer is sent")
    func writtenBeforeTheAnswer() async throws {
        let file = TemporaryFile()
        let rule = try FaultRule(parsing: "POST snapshots 1 cut-after")
        try await Bench.run(configuration(file) { $0.faults = [rule] }) { bench in
            await #expect(throws: RawClient.NoAnswer.self) { _ = try await create(bench) }
            #expect(file.lines.last?["event"] == "created")
        }
    }

    @Test(
        "A line without its line feed was never answered for: it is dropped, and the next one begins a line of its own",
        arguments: [
            #"{"event": "cre"#, #"{"event": "deleted", "at": "2026-11-23T20:16:36.919148", "id": "00000000-0000-4000-9000-000000000002"}"#,
        ])
    func tornLine(_ torn: String) async throws {
        let file = TemporaryFile()
        let clock = TestEnvironment()
        let first = try await Bench.run(configuration(file), clock: clock) { try await create($0) }
        let whole = file.bytes
        file.append(torn)
        try await Bench.run(configuration(file), clock: clock) { bench in
            #expect(file.bytes == whole)
            let second = try await create(bench)
            #expect(await bench.handle.snapshots().map(\.id) == [first, second])
        }
        #expect(file.lines.count(where: { $0["event"] == "created" }) == 2)
        #expect(!file.lines.contains(.null))
    }

    @Test(
        "Any other damage is named with its line, and nothing is served from the rest",
        arguments: [
            ("nonsense\n", "no JSON document (byte 1)"),
            (#"{"event": "moved", "at": "2026-11-23T20:16:36.919148"}"# + "\n", "unknown event 'moved'"),
            (#"{"event": "deleted", "at": "yesterday", "id": "x"}"# + "\n", "'at' is not a time"),
            (#"{"event": "created", "at": "2026-11-23T20:16:36.919148", "id": "x"}"# + "\n", "'volume_id' is missing"),
        ])
    func damage(_ line: String, _ reason: String) async throws {
        let file = TemporaryFile()
        try await Bench.run(configuration(file)) { _ = try await create($0) }
        let number = file.lines.count + 1
        file.append(line)
        await #expect(throws: SandboxError.damaged(path: file.path, line: number, reason: reason)) {
            try await withSandbox(configuration(file)) { _ in }
        }
    }

    @Test("The file of another project, and a place that cannot hold one, are refused")
    func foreignFiles() async throws {
        let file = TemporaryFile()
        try await Bench.run(configuration(file)) { _ = try await create($0) }
        await #expect(throws: SandboxError.otherProject(path: file.path, recorded: Fixture.project)) {
            try await withSandbox(configuration(file) { $0.projectID = "other" }) { _ in }
        }
        let missing = Fixture.configuration { $0.dataFile = "/nonexistent/folder/file" }
        await #expect(throws: SandboxError.self) { try await withSandbox(missing) { _ in } }
    }

    @Test("A file has one server at a time: two would answer for each other's snapshots")
    func oneServerAtATime() async throws {
        let file = TemporaryFile()
        let configuration = configuration(file)
        try await withSandbox(configuration) { _ in
            await #expect(throws: SandboxError.self) { try await withSandbox(configuration) { _ in } }
        }
        try await withSandbox(configuration) { _ in }
    }

    @Test("With a full disk the server does not start, rather than forget what it answered")
    func fullDisk() async throws {
        var configuration = Fixture.configuration()
        configuration.dataFile = "/dev/full"
        await #expect(throws: SandboxError.self) { try await withSandbox(configuration) { _ in } }
    }
}
