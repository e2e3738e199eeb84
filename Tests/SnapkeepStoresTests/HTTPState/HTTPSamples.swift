import SnapkeepEngine

@testable import SnapkeepCloud
@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

/// Values that the tests of HTTP states share.
enum HTTPSample {
    static func uuid(_ number: Int) -> String {
        let digits = String(number)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    static func run(_ number: Int = 1, pipeline: String? = nil) -> RunInfo {
        RunInfo(
            run: RunID(uuid(4000 + number))!, command: "apply", pid: 4200 + number, host: "build-7", user: "ci",
            startedAt: Timestamp("2026-11-23T09:12:00.081642Z")!, pipeline: pipeline)
    }

    static let lineage = Lineage(uuid(1))!

    static func state(serial: Int = 12, records: Int = 2) -> RecordedState {
        RecordedState(
            header: .init(
                lineage: lineage, serial: serial, owner: "payments", endpoint: "sandbox", projectID: ProjectID("sandbox")!, lastRun: nil),
            records: (0..<records).map { number in
                SnapshotRecord(
                    key: try! SnapshotKey("k\(1000 + number)"), id: SnapshotID("srv-\(number)")!, volumeID: VolumeID(uuid(3000 + number))!,
                    name: "tab\tand ü \u{1F4BE}", status: .available, size: 20)
            })
    }

    static func intent(_ number: Int) -> CreationIntent {
        CreationIntent(
            attempt: AttemptID(uuid(100_000 + number))!, owner: "payments", key: try! SnapshotKey("fresh-\(number)"),
            volumeID: VolumeID(uuid(300_000 + number))!, name: "fresh", description: nil, metadata: Metadata(), protect: false,
            startedAt: Timestamp("2026-11-23T09:12:01Z")!)
    }

    static func entry(_ run: RunInfo, after: Int, exitCode: Int? = 0) -> HistoryEntry {
        HistoryEntry(run: run, serialBefore: 12, serialAfter: after, counts: HistoryCounts(), plan: nil, exitCode: exitCode)
    }

    static let password = "glpat-Very-Secret-0123456789"

    static func settings(_ address: String, _ more: [String: String] = [:]) throws(HTTPStateSettingProblem) -> HTTPStateSettings {
        let environment = ["TF_HTTP_USERNAME": "ci", "TF_HTTP_PASSWORD": password].merging(more) { $1 }
        return try HTTPStateSettings(address) { environment[$0] }
    }

    /// A store whose journals are on a disk of the tests, and whose clock stands.
    static func store(
        _ transport: any HTTPTransport, _ settings: HTTPStateSettings, _ disk: SimulatedDisk = SimulatedDisk(),
        lockCheck: Duration = .seconds(10), onNotice: @escaping @Sendable (HTTPStateNotice) -> Void = { _ in }
    ) -> HTTPStateStore {
        HTTPStateStore(
            settings, transport: transport, version: "1.2.3", journals: LocalJournals(folder: "disk", system: disk), lockCheck: lockCheck,
            clock: StoreClock(SteeredClock()), sleep: { _ in }, onNotice: onNotice)
    }

    /// A run that has begun, over a first state where there is none.
    static func begun(
        _ store: HTTPStateStore, _ run: RunInfo = run(), clock: any Clock<Duration> = SteeredClock()
    ) async throws -> any LockedState {
        let locked = try await store.lock(LockRequest(run, clock: clock))
        if await locked.loaded.state == nil { try await locked.createState(state()) }
        try await locked.begin(run, plan: nil)
        return locked
    }

    static func client(
        _ server: StateServer, _ more: [String: String] = [:], clock: any Clock<Duration> = SteeredClock()
    ) throws -> HTTPStateClient {
        HTTPStateClient(
            try settings(server.address, more), transport: server, version: "1.2.3", clock: StoreClock(clock), sleep: { _ in })
    }

    static func lock(_ number: Int = 1, pipeline: String? = nil) -> HTTPStateLock {
        HTTPStateLock(run(number, pipeline: pipeline), version: "1.2.3")
    }

    static func document(_ serial: Int, records: Int = 2) -> [UInt8] {
        var document = HTTPStateDocument()
        (document.serial, document.state) = (serial, HTTPStateDocument.text(of: state(records: records)))
        document.history = [entry(run(), after: 12).encoded]
        return document.encoded
    }
}
