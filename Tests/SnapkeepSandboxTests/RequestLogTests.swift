import Synchronization
import Testing

@testable import SnapkeepSandbox

/// What a person hears of each request, and what a client sees of a creation's progress.
struct RequestLogTests {
    @Test("P8: the log has method, path, query, status, time and fault of each request, and nothing of its fields and body")
    func log() async throws {
        let told = Mutex<[(SandboxRequest, Duration)]>([])
        let clock = TestEnvironment()
        var environment = clock.environment
        let now = environment.now
        environment.log = { request, took in told.withLock { $0.append((request, took)) } }
        environment.sleep = { clock.advance($0) }
        #expect(now() == Fixture.start)
        let rules = try ["POST snapshots 1 429=2", "GET snapshots 2 cut-before", "GET snapshots 3 slow=1.5", "GET snapshots 4 cut-middle"]
            .map { try FaultRule(parsing: $0) }
        try await withSandbox(Fixture.configuration { $0.faults = rules }, environment: environment) { handle in
            let client = RawClient(handle, base: "/v3/\(Fixture.project)")
            _ = try await client.post("/snapshots", ["snapshot": ["name": "secret"]], ["X-Auth-Token": "secret"])
            _ = try await client.get("/snapshots?limit=1")
            await #expect(throws: RawClient.NoAnswer.self) { _ = try await client.get("/snapshots") }
            _ = try await client.get("/snapshots")
            _ = try await client.get("/snapshots")
        }
        let lines = told.withLock { told in
            told.map { request, took in
                "\(request.method) \(request.path.dropFirst(Fixture.project.count + 4))?\(request.query) "
                    + "\(request.status ?? 0) \(took) \(request.fault.map { "\($0)" } ?? "-")"
            }
        }
        #expect(
            lines == [
                "POST /snapshots? 429 0.0 seconds 429=2", "GET /snapshots?limit=1 200 0.0 seconds -",
                "GET /snapshots? 0 0.0 seconds cut-before", "GET /snapshots? 200 1.5 seconds slow=1.5",
                "GET /snapshots? 0 0.0 seconds cut-middle",
            ])
        #expect(!lines.joined().contains("secret"))
    }

    @Test("Progress grows with the time that a creation has taken, and is whole only when it is over")
    func progress() async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(Fixture.freeVolume)]])
            let id = try #require(answer.json["snapshot"]?["id"]?.stringValue)
            var seen: [String?] = []
            for _ in 0..<6 {
                let detail = try await bench.v3.get("/snapshots/detail").json["snapshots"]
                guard case .array(let rows)? = detail else { break }
                seen.append(rows.first?["os-extended-snapshot-attributes:progress"]?.stringValue)
                bench.clock.advance(.milliseconds(249))
            }
            #expect(seen == ["0%", "20%", "45%", "70%", "95%", "100%"])
            let shown = try await bench.v3.get("/snapshots/\(id)").json["snapshot"]
            #expect(shown?["os-extended-snapshot-attributes:progress"] == "100%")
        }
    }
}
