import Testing

@testable import SnapkeepCore

@Suite("A plan that is limited to some keys") struct TargetTests {
    private let record = SnapshotRecord(
        key: try! SnapshotKey("b-old"), id: SnapshotID("s1")!, volumeID: Sample.volume(1), name: "b-old", status: .available)

    private func plan(_ patterns: String...) -> Plan {
        let specs = ["a-1", "a-2", "b-1"].map { name in
            SnapshotSpec(key: try! SnapshotKey(name), name: try! SnapshotName(name), volume: .id(Sample.volume(1)))
        }
        return Reconciliation.plan(
            for: Manifest(snapshots: specs), against: Sample.state([record]), basis: Sample.basis,
            options: .init(prune: true, targets: patterns.map(GlobPattern.init)))
    }

    @Test("It holds the changes whose key fits, in their order, and says how much else there is to do")
    func changes() {
        #expect(plan().target == nil)
        #expect(plan("a-*").changes.map(\.key.text) == ["a-1", "a-2"])
        #expect(plan("a-*").target == .init(patterns: ["a-*"], leftOut: 2))
        #expect(plan("b-old", "a-1").changes.map(\.key.text) == ["a-1", "b-old"])
        #expect(plan("?-1").changes.map(\.key.text) == ["a-1", "b-1"])
        #expect(plan("*").target == .init(patterns: ["*"], leftOut: 0))
    }

    @Test("A pattern that fits no key of manifest, state or plan is named")
    func unmatched() {
        #expect(plan("a-1", "c-*", "B-1").target?.unmatched == ["c-*", "B-1"])
    }

    @Test("P13: where the new one is left out, nothing goes in its place; and no edit is remembered that was carried out in part")
    func rotation() {
        let schedule = RetentionTests.schedule
        let volumes = (1...2).map { RotationVolume(label: "v\($0)", reference: .alias("v\($0)", Sample.volume($0))) }
        let spec = RotationSpec(
            name: RotationName("nightly")!, volumes: .listed(volumes), schedule: schedule, rules: RetentionRules(counts: [.last: 1]))
        let records = [1, 2].flatMap { volume in
            [12, 13].map { day in
                SnapshotRecord(
                    key: try! SnapshotKey("nightly/v\(volume)@2026-03-\(day)"), id: SnapshotID("s\(volume)-\(day)")!,
                    volumeID: Sample.volume(volume), name: "n", status: .available)
            }
        }
        let clock = RotationClock(now: RetentionTests.instant(RetentionTests.day("2026-03-14")), zones: [ZoneName("UTC")!: .utc])
        func plan(_ patterns: [String]) -> Plan {
            Reconciliation.plan(
                for: Manifest(snapshots: [], rotations: [spec]), against: Sample.state(records), basis: Sample.basis,
                options: .init(targets: patterns.map(GlobPattern.init)), clock: clock)
        }
        #expect(plan([]).newMemory != nil)
        let one = plan(["nightly/v1@*"])
        #expect(one.changes.map(\.key.text) == ["nightly/v1@2026-03-14", "nightly/v1@2026-03-12", "nightly/v1@2026-03-13"])
        #expect(one.newMemory == nil && one.rotations?.standings.map(\.volume.label) == ["v1"])
        #expect(one.rotations?.edits.map(\.expires) == [2])
        #expect(plan(["*@2026-03-12"]).changes.isEmpty)
    }
}
