import Foundation
import SnapkeepCore
import SnapkeepState
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct RecoveryRendererTests {
    private static func id(_ number: Int) -> SnapshotID { SnapshotID("549e49ec-987a-4221-80e4-ab01b900d7f\(number)")! }

    private static func snapshot(
        _ number: Int, _ key: String, attempt: Int = 1, _ status: SnapshotStatus = .available, owner: String = "payments-prod",
        metadata: [String: String] = [:]
    ) -> ObservedSnapshot {
        ObservedSnapshot(
            id: id(number), volumeID: VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!, name: key, description: nil,
            metadata: Stamp(owner: owner, key: key, attempt: "aaaaaaaa-0000-4000-8000-00000000000\(attempt)").metadata
                .merging(Metadata(metadata)), status: status, size: 20,
            createdAt: Timestamp(microseconds: 1_795_000_000_000_000 + Int64(number) * 3_600_000_000), updatedAt: nil)
    }

    private static func bare(_ number: Int, _ metadata: [String: String] = [:]) -> ObservedSnapshot {
        var snapshot = snapshot(number, "x")
        snapshot.metadata = Metadata(metadata)
        return snapshot
    }

    private static let open = CreationIntent(
        attempt: AttemptID("aaaaaaaa-0000-4000-8000-000000000009")!, owner: "payments-prod", key: try! SnapshotKey("audit-base"),
        volumeID: VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!, name: "audit-base", description: nil, metadata: Metadata(),
        protect: false, startedAt: Timestamp(microseconds: 1_795_000_000_000_000))

    /// Every kind of finding at once.
    private static let outcome: RecoveryOutcome = {
        var recovery = Recovery(
            owner: "payments-prod",
            specs: [
                SnapshotSpec(
                    key: try! SnapshotKey("orders-nightly"), name: try! SnapshotName("orders-nightly"),
                    volume: .id(VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!))
            ], former: FormerLines(), intents: [open])
        for snapshot in [
            snapshot(0, "orders-nightly"), snapshot(1, "orders-nightly"), snapshot(2, "orders-nightly", attempt: 2, .error),
            snapshot(3, "ledger-old", attempt: 3, .creating), snapshot(4, "reports", attempt: 4, .deleting),
            snapshot(5, "search-index", attempt: 5, .errorDeleting), snapshot(6, "x", owner: "bill\u{1B}[2Jing"),
            bare(7), bare(8, ["__system__enableActive": "true"]), bare(9, ["snapkeep.owner": "payments-prod", "snapkeep.key": "k"]),
        ] { recovery.note(snapshot) }
        return recovery.outcome()
    }()

    private func found(state: String? = nil) throws -> RecoverableState {
        let workspace = try Workspace()
        if let state { try workspace.write("state.json", state) }
        return try FileStateStore(StatePaths(state: workspace.folder.path + "/state.json")).readForRecovery()
    }

    private func screen(_ outcome: RecoveryOutcome, _ found: RecoverableState, colour: Bool = false) -> String {
        RecoveryRenderer.render(
            outcome, owner: "payments-prod", projectID: ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde"), path: "snapkeep.state.json",
            found: found, width: nil, style: colour ? .coloured : .plain)
    }

    @Test("P9: a recovery with every finding, as a person sees it: nothing of another owner moves the cursor")
    func everyFinding() throws {
        let damaged = try found(state: "{\"format\":\"snapkeep.state\",\"version\":1,\"serial\":x")
        let text =
            screen(Self.outcome, damaged)
            + RecoveryRenderer.done(Self.outcome, serial: 8, kept: ["snapkeep.state.json.damaged-20261124T170005Z"])
        GoldenScreen.expect(text, is: "recover.txt")
        GoldenScreen.expect(RecoveryRenderer.brief(Self.outcome, owner: "payments-prod"), is: "recover-brief.txt")
        #expect(!text.contains("\u{1B}"))
    }

    @Test("P9: a recovery from a state with changed lines says which do not count, and what follows from each")
    func changedLines() throws {
        func record(_ key: String, _ number: Int) throws -> SnapshotRecord {
            SnapshotRecord(
                key: try SnapshotKey(key), id: Self.id(number), volumeID: VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!, name: key,
                status: .available)
        }
        let header = RecordedState.Header(
            lineage: Lineage("11334ad2-5011-4c4c-94ac-efe65714d2c8")!, serial: 7, owner: "payments-prod", endpoint: "sandbox",
            projectID: ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!)
        let text = String(
            decoding: SnapkeepState.StateFile.encode(
                RecordedState(
                    header: header,
                    records: [
                        try record("ledger-old", 3), try record("orders-nightly", 0), try record("reports", 4), try record("xray", 6),
                    ]
                    .sorted { $0.key < $1.key }, openIntents: [Self.open], forgotten: [Self.id(1)])), as: UTF8.self)
        let changed = text.replacing("\"available\"", with: "\"frozen\"").replacing("\"audit-base\"", with: "\"audit-case\"")
            .replacing("\"xray\"", with: "\"\\u001b[2Jx\"")
        let one = text.replacing("\"name\":\"orders-nightly\"", with: "\"name\":\"orders-weekly\"").replacing(
            "\"serial\":7", with: "\"serial\":8")
        for (changed, name) in [(changed, "recover-changed.txt"), (one, "recover-changed-line.txt")] {
            let screen = screen(Self.outcome, try found(state: changed))
            GoldenScreen.expect(screen, is: name)
            #expect(!screen.contains("\u{1B}"))
        }
        let lost = text.replacing(/\ +{"key":"reports".*\n/, with: "")
        GoldenScreen.expect(self.screen(Self.outcome, try found(state: lost)), is: "recover-lost-line.txt")
    }

    @Test("Without a state, and without anything found")
    func nothing() throws {
        #expect(
            screen(RecoveryOutcome(), try found()) == """
                snapkeep.state.json · owner payments-prod · 0 snapshots in project 0c2eba2c5af04d3f9e9d0d410b371fde

                There is no state.

                Nothing found to record.

                """)
    }

    @Test("Colour only repeats what the signs say")
    func colour() throws {
        let coloured = screen(Self.outcome, try found(), colour: true)
        #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == screen(Self.outcome, try found()))
        #expect(coloured.contains("\u{1B}[32m"))
    }
}
