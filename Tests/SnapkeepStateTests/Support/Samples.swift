import SnapkeepCore
import SnapkeepEngine

/// Ids and values that tests share. Equal numbers give equal ids.
enum Sample {
    static func uuid(_ number: Int) -> String {
        let digits = String(number)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    static let lineage = Lineage(uuid(1))!
    static let project = ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!
    static func attempt(_ number: Int) -> AttemptID { AttemptID(uuid(1000 + number))! }
    static func snapshot(_ number: Int) -> SnapshotID { SnapshotID(uuid(2000 + number))! }
    static func volume(_ number: Int) -> VolumeID { VolumeID(uuid(3000 + number))! }
    static func runID(_ number: Int) -> RunID { RunID(uuid(4000 + number))! }
    static func key(_ text: String) -> SnapshotKey { try! SnapshotKey(text) }
    static func time(_ text: String) -> Timestamp { Timestamp(text)! }
    static let plan = PlanID(String(repeating: "ab", count: 32))!

    static func run(_ number: Int, _ command: String = "apply") -> RunInfo {
        RunInfo(
            run: runID(number), command: command, pid: 4211, host: "build-7", user: "ci", startedAt: time("2026-11-23T09:12:00.081642Z"))
    }

    static let boot = BootID("2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834")!

    static func intent(_ number: Int, _ name: String, replaces: SnapshotID? = nil) -> CreationIntent {
        CreationIntent(
            attempt: attempt(number), owner: "payments-prod", key: key(name), volumeID: volume(number), name: name,
            description: "Before \"4.2\"", metadata: Metadata(["reason": "audit", "team": "payments"]), protect: true,
            startedAt: time("2026-11-23T09:12:01Z"), bootInstant: BootInstant(boot: boot, elapsed: .seconds(60)), replaces: replaces)
    }

    static func created(_ number: Int) -> CreatedSnapshot {
        CreatedSnapshot(id: snapshot(number), status: .creating, size: 20, createdAt: time("2026-11-23T09:12:02.5Z"))
    }

    static func record(_ number: Int, _ name: String) -> SnapshotRecord {
        SnapshotRecord(
            key: key(name), id: snapshot(number), volumeID: volume(number), name: name, description: "Daily",
            metadata: Metadata(["team": "payments"]), status: .available, size: 20, createdAt: time("2026-11-20T01:00:00Z"),
            updatedAt: time("2026-11-20T01:00:06.1Z"), protect: false, attempt: attempt(number))
    }

    static func header(serial: Int = 0) -> RecordedState.Header {
        .init(lineage: lineage, serial: serial, owner: "payments-prod", endpoint: "sandbox", projectID: project)
    }

    static let firstState = RecordedState(header: header())

    /// Every field has a value in one place and none in another.
    static var state: RecordedState {
        var header = header(serial: 12)
        header.consumedPlans = [plan]
        header.lastRun = runID(1)
        let bare = SnapshotRecord(
            key: key("bare"), id: SnapshotID("srv-1")!, volumeID: volume(1), name: "tab\tand \u{9B} und ü \u{1F4BE}",
            status: .other("frozen"))
        var old = record(3, "ledger")
        old.id = snapshot(30)
        old.status = .error
        return RecordedState(
            header: header, records: [bare, record(2, "billing"), record(3, "ledger")], superseded: [old],
            openIntents: [intent(7, "orders"), intent(8, "ledger", replaces: snapshot(3))])
    }

    /// One event of each kind that replays over `state`.
    static var events: [JournalEvent] {
        var twin = record(2, "billing")
        twin.id = snapshot(22)
        twin.attempt = nil
        twin.description = nil
        return [
            .begin(run(2), plan: plan), .intent(intent(9, "search")),
            .resent(attempt: attempt(9), at: time("2026-11-23T09:13:00Z"), BootInstant(boot: boot, elapsed: .microseconds(90_000_001))),
            .created(attempt: attempt(9), created(9)), .abandoned(attempt: attempt(7)), .duplicate(twin),
            .observed(snapshot(9), status: .available, size: 21, updatedAt: time("2026-11-23T09:14:00Z")),
            .observed(snapshot(2), status: .other("weird"), size: nil, updatedAt: nil),
            .updated(snapshot(2), name: "billing", description: nil, metadata: Metadata(), updatedAt: nil), .protection(snapshot(2), true),
            .deleting(snapshot(30)), .deleted(snapshot(30)), .forgotten(snapshot(22)), .renamed(snapshot(2), to: key("billing-new")),
        ]
    }
}

extension [UInt8] {
    init(_ text: String) { self = Array(text.utf8) }
    var text: String { String(decoding: self, as: UTF8.self) }
}
