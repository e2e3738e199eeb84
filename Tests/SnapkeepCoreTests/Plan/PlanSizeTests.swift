import Testing

@testable import SnapkeepCore

/// How much a plan makes and deletes.
@Suite struct PlanSizeTests {
    private static func record(_ key: String, _ size: Int?) -> SnapshotRecord {
        var record = Sample.record(key, id: key)
        record.size = size
        return record
    }

    private static func size(_ changes: [Change]) -> Plan.TotalSize? {
        Plan(basis: Sample.basis, changes: changes, declaredCount: 0, recordedCount: 0, unchangedCount: 0).deletedSize
    }

    @Test func `P3: what is deleted, expires, or goes once it is replaced is summed up; what stays or is gone is not`() {
        let spec = Sample.spec("new")
        let expiry = Expiry(reason: .begun, isByEdit: false)
        let all: [Change] = [
            .delete(Self.record("a", 10), .unlisted), .delete(Self.record("b", 20), .superseded), .delete(Self.record("c", 40), .underWay),
            .replace(spec, recorded: Self.record("d", 80), .failed, prune: true), .expire(Self.record("e", 160), expiry),
            .delete(Self.record("f", 1000), .gone), .replace(spec, recorded: Self.record("g", 1000), .failed, prune: false),
            .replace(spec, recorded: Self.record("h", 1000), .lost(.gone), prune: true), .retain(Self.record("i", 1000), .unlisted),
            .create(spec), .lost(Self.record("j", 1000), nil, .gone),
        ]
        #expect(Self.size(all) == .init(gibibytes: 310, unknown: 0))
    }

    @Test func `sizes that nobody recorded are counted, and without any size nothing is said`() {
        #expect(
            Self.size([.delete(Self.record("a", 10), .unlisted), .delete(Self.record("b", nil), .unlisted)])
                == .init(gibibytes: 10, unknown: 1))
        #expect(Self.size([.delete(Self.record("b", nil), .unlisted)]) == nil && Self.size([]) == nil)
    }

    @Test func `what is made is summed up where the volumes were looked at, and only what the plan still has once it is limited`() {
        let sizes = [(1, 10), (2, 20), (3, nil as Int?)]
        let ids = Dictionary(uniqueKeysWithValues: sizes.map { ($0.0, VolumeID("5aa119a8-d25b-45a7-8d1b-88e12788563\($0.0)")!) })
        let specs = sizes.map { number, _ in
            var spec = Sample.spec("new-\(number)")
            spec.volume = .id(ids[number]!)
            return spec
        }
        let volumes = VolumeDirectory(sizes.map { ObservedVolume(id: ids[$0.0]!, name: nil, status: "available", size: $0.1) })
        func created(_ observation: Observation, _ targets: [GlobPattern] = []) -> Plan.TotalSize? {
            Reconciliation.plan(
                for: Manifest(snapshots: specs), against: nil, basis: Sample.basis, options: .init(targets: targets),
                observation: observation
            ).createdSize
        }
        #expect(created(Observation(volumes: volumes)) == .init(gibibytes: 30, unknown: 1))
        #expect(created(Observation(volumes: volumes), [GlobPattern("*-2")]) == .init(gibibytes: 20, unknown: 0))
        #expect(created(Observation()) == nil && created(Observation(volumes: volumes), [GlobPattern("*-3")]) == nil)
    }

    @Test func `P9: no size of the cloud's invention makes it crash`() {
        let changes: [Change] = [.max, .max, -5].map { .delete(Self.record("a", $0), .unlisted) }
        #expect(Self.size(changes) == .init(gibibytes: .max, unknown: 1))
    }
}
