import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// Values that the tests of etcd share. Equal numbers give equal ids.
enum Sample {
    static func uuid(_ number: Int) -> String {
        "00000000-0000-4000-8000-" + padded(number, 12)
    }

    static let start = Timestamp("2026-11-23T09:12:00.081642Z")!
    static func run(_ number: Int) -> RunInfo {
        RunInfo(run: RunID(uuid(4000 + number))!, command: "apply", pid: 4200 + number, host: "build-7", user: "ci", startedAt: start)
    }

    static func key(_ text: String) -> SnapshotKey { try! SnapshotKey(text) }

    static func record(_ number: Int, _ name: String? = nil, size: Int = 20) -> SnapshotRecord {
        SnapshotRecord(
            key: key(name ?? "snap-\(padded(number, 6))"), id: SnapshotID(uuid(200_000 + number))!,
            volumeID: VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!, name: name ?? "snap-\(number)", description: "Daily backup",
            metadata: Metadata(["team": "payments"]), status: .available, size: size, createdAt: start, updatedAt: start, protect: false)
    }

    static func attempt(_ number: Int) -> AttemptID { AttemptID(uuid(100_000 + number))! }

    static func intent(_ number: Int, _ name: String) -> CreationIntent {
        CreationIntent(
            attempt: attempt(number), owner: "payments", key: key(name), volumeID: VolumeID(uuid(300_000))!, name: name,
            description: nil, metadata: Metadata(), protect: false, startedAt: start)
    }

    static func state(_ records: [SnapshotRecord], superseded: [SnapshotRecord] = [], intents: [CreationIntent] = [], serial: Int = 1)
        -> RecordedState
    {
        RecordedState(
            header: .init(
                lineage: Lineage(uuid(1))!, serial: serial, owner: "payments", endpoint: "sandbox", projectID: ProjectID("sandbox")!),
            records: records.sorted { $0.key < $1.key }, superseded: superseded.sorted { ($0.key, $0.id) < ($1.key, $1.id) },
            openIntents: intents.sorted { $0.attempt < $1.attempt })
    }
}

/// Why a call on a store failed; `nil` where it did not, or for another kind of fault.
func cause(_ fault: StateFault?) -> FileProblem? { if case .io(_, _, _, let cause, _)? = fault { cause } else { nil } }
