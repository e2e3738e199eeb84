@testable import SnapkeepCore

/// Small things that the tests of state and plan are made of.
enum Sample {
    static func volume(_ number: Int) -> VolumeID { VolumeID("5aa119a8-d25b-45a7-8d1b-88e12788563\(number)")! }
    static func attempt(_ number: Int) -> AttemptID { AttemptID("aaaaaaaa-0000-4000-8000-00000000000\(number)")! }
    static func key(_ text: String) -> SnapshotKey { try! SnapshotKey(text) }
    static func id(_ text: String) -> SnapshotID { SnapshotID(text)! }
    static let now = Timestamp("2026-11-23T09:00:00")!
    static let basis = Plan.Basis(lineage: nil, serial: 0, isFirst: true, owner: nil, endpoint: nil, projectID: nil)
    static let run = RunInfo(
        run: RunID("bbbbbbbb-0000-4000-8000-000000000000")!, command: "apply", pid: 1, host: "h", user: "u", startedAt: now)
    static func planID(_ number: Int) -> PlanID {
        let digits = String(number)
        return PlanID(String(repeating: "0", count: 64 - digits.count) + digits)!
    }

    static func spec(
        _ name: String, key: String? = nil, volume number: Int = 1, description: String? = nil, metadata: [String: String] = [:],
        force: Bool = false, protect: Bool = false, id: String? = nil
    ) -> SnapshotSpec {
        SnapshotSpec(
            key: Self.key(key ?? name), name: try! SnapshotName(name), volume: .id(volume(number)), id: id.map { Self.id($0) },
            description: description.map { try! SnapshotDescription($0) }, metadata: Metadata(metadata), force: force, protect: protect)
    }

    static func record(
        _ name: String, id: String, key: String? = nil, volume number: Int = 1, description: String? = nil,
        metadata: [String: String] = [:],
        status: SnapshotStatus = .available, protect: Bool = false
    ) -> SnapshotRecord {
        SnapshotRecord(
            key: Self.key(key ?? name), id: Self.id(id), volumeID: volume(number), name: name, description: description,
            metadata: Metadata(metadata), status: status, protect: protect, attempt: attempt(9))
    }

    static func intent(_ name: String, attempt number: Int, replaces: String? = nil) -> CreationIntent {
        CreationIntent(
            attempt: attempt(number), owner: "o", key: key(name), volumeID: volume(1), name: name, description: "d",
            metadata: Metadata(["a": "1"]), protect: true, startedAt: now, replaces: replaces.map { id($0) })
    }

    static func state(
        _ records: [SnapshotRecord] = [], superseded: [SnapshotRecord] = [], openIntents: [CreationIntent] = []
    ) -> RecordedState {
        RecordedState(
            header: .init(
                lineage: Lineage("cccccccc-0000-4000-8000-000000000000")!, serial: 3, owner: "o", endpoint: "e", projectID: ProjectID("p")!),
            records: records.sorted { $0.key < $1.key }, superseded: superseded, openIntents: openIntents)
    }
}
