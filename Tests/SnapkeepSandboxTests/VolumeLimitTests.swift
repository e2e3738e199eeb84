import Testing

@testable import SnapkeepSandbox

/// The limit on the snapshots of one volume, and the snapshots that the cloud's own backup service has made, which count for it.
struct VolumeLimitTests {
    private func create(_ bench: Bench, _ volume: String = Fixture.freeVolume, _ metadata: JSONValue = [:]) async throws -> RawClient.Answer
    {
        try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(volume), "force": true, "metadata": metadata]])
    }

    // MARK: The limit

    @Test(
        "One more than the limit is refused as when a quota is used up; other volumes have limits of their own",
        arguments: SandboxDialect.allCases)
    func limit(_ dialect: SandboxDialect) async throws {
        try await Bench.run(Fixture.configuration { ($0.dialect, $0.snapshotsPerVolume) = (dialect, 2) }) { bench in
            for _ in 1...2 { #expect(try await create(bench).status == 202) }
            let refused = try await create(bench)
            #expect(refused.status == 413 && refused.headers["retry-after"] == "0")
            let message = "SnapshotLimitExceeded: Maximum number of snapshots allowed for volume \(Fixture.freeVolume) (2) exceeded"
            let expected: JSONValue =
                switch dialect {
                case .openstack: ["overLimit": ["code": 413, "message": .string(message), "retryAfter": "0"]]
                case .huawei: ["error": ["code": "EVS.5413", "message": .string(message)]]
                }
            #expect(refused.json == expected)
            #expect(try await create(bench, Fixture.usedVolume).status == 202)
        }
    }

    @Test("What is in error counts, and what is being deleted counts until it is gone")
    func counted() async throws {
        try await Bench.run(Fixture.configuration { $0.snapshotsPerVolume = 1 }) { bench in
            let broken = try await create(bench, Fixture.freeVolume, ["sandbox.fail": "create"])
            let id = try #require(broken.json["snapshot"]?["id"]?.stringValue)
            bench.clock.advance(.seconds(1))
            #expect(try await bench.status(id) == "error")
            #expect(try await create(bench).status == 413)
            #expect(try await bench.v3.delete("/snapshots/\(id)").status == 202)
            #expect(try await create(bench).status == 413)
            bench.clock.advance(.seconds(1))
            #expect(try await create(bench).status == 202)
        }
    }

    // MARK: The backup service's

    private func automatic(_ count: Int, of volume: String = "orders", _ file: TemporaryFile? = nil) -> SandboxConfiguration {
        Fixture.configuration {
            $0.autoSnapshots = [AutoSnapshots(volume: volume, count: count)]
            $0.snapshotsPerVolume = 3
            $0.dataFile = file?.path
        }
    }

    @Test(
        "The backup service's snapshots are there from the start, with its prefix and its mark, and count",
        arguments: ["orders", Fixture.freeVolume])
    func present(_ volume: String) async throws {
        try await Bench.run(automatic(2, of: volume)) { bench in
            let snapshots = await bench.handle.snapshots()
            #expect(Set(snapshots.map(\.name)) == ["autobk_snapshot_1", "autobk_snapshot_2"])
            for snapshot in snapshots {
                #expect(snapshot.status == "available" && snapshot.volumeID == Fixture.freeVolume && snapshot.size == 1)
                #expect(snapshot.metadata == ["__system__enableActive": "true"])
            }
            #expect(try await create(bench).status == 202)
            #expect(try await create(bench).status == 413)
            let usage = try await bench.v3.get("/os-quota-sets/\(Fixture.project)?usage=True").json["quota_set"]
            #expect(usage?["snapshots"]?["in_use"] == 3)
        }
    }

    @Test("They can be looked at and not changed", arguments: SandboxDialect.allCases)
    func viewOnly(_ dialect: SandboxDialect) async throws {
        var configuration = automatic(1)
        configuration.dialect = dialect
        try await Bench.run(configuration) { bench in
            let before = await bench.handle.snapshots()
            let path = "/snapshots/\(try #require(before.first?.id))"
            #expect(try await bench.v3.get(path).status == 200)
            #expect(try await bench.v3.get("\(path)/metadata").status == 200)
            let answers = [
                try await bench.v3.delete(path), try await bench.v3.put(path, ["snapshot": ["name": "mine"]]),
                try await bench.v3.post("\(path)/metadata", ["metadata": ["k": "v"]]),
                try await bench.v3.put("\(path)/metadata", ["metadata": [:]]),
                try await bench.v3.put("\(path)/metadata/k", ["meta": ["k": "v"]]),
                try await bench.v3.delete("\(path)/metadata/__system__enableActive"),
            ]
            for answer in answers {
                #expect(answer.status == 403)
                switch dialect {
                case .openstack: #expect(answer.json["forbidden"]?["message"]?.stringValue?.hasPrefix("Policy doesn't allow") == true)
                case .huawei: #expect(answer.json["error"]?["code"] == "EVS.5403")
                }
            }
            bench.clock.advance(.seconds(5))
            #expect(await bench.handle.snapshots() == before)
            // Their volume takes them along.
            #expect(try await bench.v3.delete("/volumes/\(Fixture.freeVolume)?cascade=true").status == 202)
            bench.clock.advance(.seconds(5))
            #expect(await bench.handle.snapshots().isEmpty)
        }
    }

    @Test("What the file holds is not made again, and what is missing is added")
    func again() async throws {
        let (file, clock) = (TemporaryFile(), TestEnvironment())
        try await Bench.run(automatic(2, file), clock: clock) { _ in }
        let (first, count) = try await Bench.run(automatic(1, file), clock: clock) { (await $0.handle.snapshots(), file.lines.count) }
        #expect(first.count == 2)
        let second = try await Bench.run(automatic(3, file), clock: clock) { await $0.handle.snapshots() }
        #expect(Set(second.map(\.name)) == ["autobk_snapshot_1", "autobk_snapshot_2", "autobk_snapshot_3"])
        #expect(first.allSatisfy(second.contains) && file.lines.count > count)
    }

    @Test("A volume that is made up on demand can have them; of one that is not there, or of two of one name, it is refused")
    func volumes() async throws {
        var configuration = automatic(1, of: Fixture.missing)
        await #expect(throws: SandboxError.volumeOfAutoSnapshots(Fixture.missing, found: 0)) { try await Bench.run(configuration) { _ in } }
        configuration.madeUpVolumes = true
        try await Bench.run(configuration) { bench in
            let snapshot = try #require(await bench.handle.snapshots().first)
            #expect(snapshot.volumeID == Fixture.missing && snapshot.size == SandboxVolume.madeUp(Fixture.missing).size)
        }
        configuration = automatic(1)
        configuration.volumes.append(SandboxVolume(id: Fixture.missing, name: "orders"))
        await #expect(throws: SandboxError.volumeOfAutoSnapshots("orders", found: 2)) { try await Bench.run(configuration) { _ in } }
    }

    @Test("An option says which volume and how many", arguments: [("orders=2", "orders", 2), ("a=b=1000", "a=b", 1000)])
    func parsed(_ text: String, _ volume: String, _ count: Int) throws {
        #expect(try AutoSnapshots(parsing: text) == AutoSnapshots(volume: volume, count: count))
    }

    @Test("Any other text does not", arguments: ["", "orders", "orders=", "=2", "orders=0", "orders=1001", "orders=-1", "orders=two"])
    func refused(_ text: String) {
        #expect(throws: AutoSnapshots.ParseError(text: text)) { try AutoSnapshots(parsing: text) }
    }
}
