import Glibc
import Synchronization
import Testing

@testable import SnapkeepSandbox

/// Values that many tests share.
enum Fixture {
    static let project = "e8fb820a3b2442f68e691de50102c0a5"
    static let freeVolume = "a64c7a1d-a4c4-4918-b059-ef711f14a1f7"
    static let usedVolume = "03877b8c-a090-41a1-8822-30c4b04bdbbf"
    static let missing = "00000000-0000-4000-8000-000000000000"

    static let volumes = [
        SandboxVolume(id: freeVolume, name: "orders", size: 1),
        SandboxVolume(
            id: usedVolume, name: "billing", size: 2, status: .inUse,
            attachments: [.init(serverID: "5aa119a8-d25b-45a7-8d1b-88e127885635", device: "/dev/vdb")]),
    ]

    static func configuration(_ change: (inout SandboxConfiguration) -> Void = { _ in }) -> SandboxConfiguration {
        var configuration = SandboxConfiguration(
            projectID: project, volumes: volumes, createDelay: .seconds(1), deleteDelay: .seconds(1))
        change(&configuration)
        return configuration
    }

    /// 2026-11-23T20:16:34.919148, the time of the first measured answer.
    static let start: Int64 = 1_795_464_994_919_148
}

/// A clock that moves only when told, ids that count, and waits that are noted instead of slept.
final class TestEnvironment: Sendable {
    private let time: Mutex<Int64>
    private let lastID = Mutex(0)
    private let waits = Mutex<[Duration]>([])

    init(at time: Int64 = Fixture.start) {
        self.time = Mutex(time)
    }

    func advance(_ duration: Duration) {
        time.withLock { $0 += duration.microseconds }
    }

    var slept: [Duration] { waits.withLock { $0 } }

    var environment: SandboxEnvironment {
        SandboxEnvironment(
            now: { self.time.withLock { $0 } },
            sleep: { duration in self.waits.withLock { $0.append(duration) } },
            makeID: {
                let number = self.lastID.withLock { last in
                    last += 1
                    return last
                }
                return "00000000-0000-4000-9000-" + String(1_000_000_000_000 + number).dropFirst()
            })
    }
}

/// A server with a clock that the test moves, and clients for its paths.
struct Bench: Sendable {
    let handle: SandboxHandle
    let clock: TestEnvironment
    let v2: RawClient
    let v3: RawClient

    /// Runs `body` against a fresh server.
    static func run<T: Sendable>(
        _ configuration: SandboxConfiguration = Fixture.configuration(), clock: TestEnvironment = TestEnvironment(),
        _ body: @Sendable (Bench) async throws -> T
    ) async throws -> T {
        try await withSandbox(configuration, environment: clock.environment) { handle in
            try await body(
                Bench(
                    handle: handle, clock: clock, v2: RawClient(handle, base: "/v2/\(configuration.projectID)"),
                    v3: RawClient(handle, base: "/v3/\(configuration.projectID)")))
        }
    }

    /// Creates a snapshot and lets the time of its creation pass; its id.
    func available(_ members: JSONValue = [:]) async throws -> String {
        var wish: [JSONMember] = [JSONMember("volume_id", .string(Fixture.freeVolume))]
        if case .object(let more) = members { wish += more }
        let answer = try await v3.post("/snapshots", ["snapshot": .object(wish)])
        clock.advance(.seconds(2))
        return try #require(answer.json["snapshot"]?["id"]?.stringValue)
    }

    /// The status of a snapshot; nil when it is gone.
    func status(_ id: String) async throws -> String? {
        try await v3.get("/snapshots/\(id)").json["snapshot"]?["status"]?.stringValue
    }
}

/// A file of its own for one test.
final class TemporaryFile: Sendable {
    let path: String

    init() {
        path = "/tmp/snapkeep-sandbox-test-\(UUIDText.random()).jsonl"
    }

    deinit {
        unlink(path)
    }

    var bytes: [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return bytes
    }

    /// The lines, read as JSON.
    var lines: [JSONValue] {
        bytes.split(separator: 0x0A).map { (try? JSONParser.parse($0)) ?? .null }
    }

    func append(_ text: String) {
        guard let file = fopen(path, "a") else { return }
        fputs(text, file)
        fclose(file)
    }
}
