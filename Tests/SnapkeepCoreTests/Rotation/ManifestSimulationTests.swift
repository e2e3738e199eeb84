import Testing

@testable import SnapkeepCore

/// All rotations of a manifest, and what comes together on a volume.
@Suite struct ManifestSimulationTests {
    private static func rotation(
        _ name: String, at minute: Int, keep: Int, on volumes: [RotationVolume], movedFrom: String? = nil
    ) -> RotationSpec {
        RotationSpec(
            name: RotationName(name)!, volumes: .listed(volumes),
            schedule: RotationSchedule(due: .day(minute: minute), zone: Zone.utc.name, startWithin: .seconds(3600)),
            rules: RetentionRules(counts: [.daily: keep]), movedFrom: movedFrom.flatMap { RotationName($0) })
    }

    private static let orders = RotationVolume(label: "orders", reference: .alias("orders", Sample.volume(1)))
    private static let billing = RotationVolume(label: "billing", reference: .id(Sample.volume(2)))
    private static let span: SimulationSpan = {
        let from = CivilDate(year: 2026, month: 10, day: 1)!
        return SimulationSpan(from: from, until: from + 30)
    }()

    private static func simulation(_ manifest: Manifest, recorded: RecordedState? = nil) -> ManifestSimulation {
        ManifestSimulation(manifest, span, zones: [Zone.utc.name: .utc], recorded: recorded)
    }

    @Test func `volumes that begin alike are played once and come together`() {
        let twice = [Self.orders, Self.billing]
        let result = Self.simulation(
            Manifest(
                snapshots: [],
                rotations: [
                    Self.rotation("a", at: 120, keep: 2, on: twice), Self.rotation("b", at: 120, keep: 2, on: twice),
                    Self.rotation("c", at: 180, keep: 2, on: twice),
                ]))
        #expect(result.rotations.map { $0.volumes.map(\.number) } == [[0, 0], [0, 0], [1, 1]])
        #expect(result.rotations.map(\.groups.count) == [1, 1, 1])
        #expect(result.rotations[0].groups[0].compactMap(\.volume?.label) == ["orders", "billing"])
    }

    @Test func `a volume holds what all its rotations make, and what is declared beside them`() {
        func peak(_ minutes: [Int], declared: Int = 0) -> Int? {
            let rotations = minutes.enumerated().map { Self.rotation("r\($0)", at: $1, keep: 1, on: [Self.orders]) }
            let snapshots = (0..<declared).map { Sample.spec("s\($0)", volume: 1) } + [Sample.spec("other", volume: 2)]
            let result = Self.simulation(Manifest(snapshots: snapshots, rotations: rotations))
            #expect(result.volumes.count == 1 && result.volumes[0].rotations.count == minutes.count)
            #expect(result.volumes[0].others == declared)
            return result.volumes.first?.peak
        }
        #expect(peak([120]) == 2)
        // At one instant both new ones may be there before an old one goes.
        #expect(peak([120, 120]) == 4)
        #expect(peak([120, 180]) == 3)
        #expect(peak([120, 180], declared: 2) == 5)
    }

    @Test func `what is recorded is found by the volume, also under a former name of the rotation, and others count beside it`() {
        let records = [
            Sample.record("a", id: "a", key: "old/orders@2026-09-30"), Sample.record("b", id: "b", key: "old/orders@2026-08-01"),
            Sample.record("c", id: "c", key: "gone/orders@2026-09-30"), Sample.record("d", id: "d", key: "manual"),
            Sample.record("e", id: "e", key: "old/orders@2026-09-29", status: .error),
        ]
        let manifest = Manifest(
            snapshots: [Sample.spec("manual"), Sample.spec("to-be-made")],
            rotations: [Self.rotation("new", at: 120, keep: 2, on: [Self.orders, Self.billing], movedFrom: "old")])
        let result = Self.simulation(manifest, recorded: Sample.state(records))
        let volumes = result.rotations[0].volumes
        #expect(volumes.map { $0.simulation.snapshots.count(where: \.isRecorded) } == [2, 0])
        #expect(volumes.map(\.simulation.peak) == [3, 3] && volumes[0].number != volumes[1].number)
        #expect(result.volumes.map(\.others) == [3, 0])
        #expect(result.volumes.map(\.peak) == [6, 3])
    }

    @Test func `a pattern stands for each volume that it picks, until the state tells which these are`() {
        var spec = Self.rotation("m", at: 120, keep: 1, on: [])
        spec.volumes = .matching(VolumePattern(name: "db-*"))
        let manifest = Manifest(snapshots: [], rotations: [spec])
        #expect(Self.simulation(manifest).rotations[0].volumes.map(\.volume) == [nil])
        #expect(Self.simulation(manifest).volumes.map(\.peak) == [2])
        let state = Sample.state([
            Sample.record("a", id: "a", key: "m/db-1@2026-09-30"), Sample.record("b", id: "b", key: "m/db-1@2026-09-29"),
            Sample.record("c", id: "c", key: "m/db-2@2026-09-30", volume: 2),
        ])
        #expect(Self.simulation(manifest, recorded: state).rotations[0].volumes.map { $0.volume?.label } == ["db-1", "db-2"])
    }
}
