import Testing

@testable import SnapkeepCore

/// What the cloud would refuse, found before it is asked.
@Suite("Preflight")
struct PreflightTests {
    private static func volume(_ number: Int, _ status: String, name: String? = nil, size: Int? = 10) -> ObservedVolume {
        ObservedVolume(id: Sample.volume(number), name: name, status: status, size: size)
    }

    private func findings(
        _ specs: [SnapshotSpec], _ volumes: [ObservedVolume], existing: VolumeCounts = [:], quota: ProjectQuota? = nil
    ) -> [Preflight.Finding] {
        let plan = Reconciliation.plan(
            for: Manifest(snapshots: specs), against: nil, basis: Sample.basis, options: .init(),
            observation: Observation(volumes: VolumeDirectory(volumes)))
        return Preflight.findings(of: plan, volumes: VolumeDirectory(volumes), snapshotsByVolume: existing, quota: quota)
    }

    @Test("An attached volume needs force; a volume must be there and in a status that allows a snapshot")
    func volumes() {
        let all = [Self.volume(1, "available"), Self.volume(2, "in-use"), Self.volume(3, "error_restoring")]
        #expect(findings([Sample.spec("a"), Sample.spec("b", volume: 2, force: true)], all).isEmpty)
        #expect(findings([Sample.spec("b", volume: 2)], all) == [.attached(Sample.key("b"), Sample.volume(2))])
        #expect(
            findings([Sample.spec("c", volume: 3, force: true)], all)
                == [.busyVolume(Sample.key("c"), Sample.volume(3), status: "error_restoring")])
        #expect(findings([Sample.spec("d", volume: 4)], all) == [.noVolume(Sample.key("d"), Sample.volume(4))])
    }

    @Test("A name must mean exactly one volume; several are told with their ids")
    func names() {
        let all = [Self.volume(1, "available", name: "n"), Self.volume(2, "available", name: "n"), Self.volume(3, "in-use", name: "m")]
        func spec(_ name: String) -> SnapshotSpec {
            var spec = Sample.spec("a")
            spec.volume = .named(alias: "x", name: name)
            return spec
        }
        #expect(
            findings([spec("n")], all)
                == [.volumeName(Sample.key("a"), name: "n", matches: [Sample.volume(1), Sample.volume(2)])])
        #expect(findings([spec("o")], all) == [.volumeName(Sample.key("a"), name: "o", matches: [])])
        #expect(findings([spec("m")], all) == [.attached(Sample.key("a"), Sample.volume(3))])
    }

    @Test("Quota and the limit of seven per volume count what exists and what is to be made")
    func limits() {
        let all = [Self.volume(1, "available", size: 30), Self.volume(2, "available", size: .max)]
        let specs = (0..<3).map { Sample.spec("s\($0)") }
        let keys = specs.map(\.key)
        #expect(findings(specs, all, existing: [Sample.volume(1): 4]).isEmpty)
        #expect(
            findings(specs, all, existing: [Sample.volume(1): 5]) == [.crowded(Sample.volume(1), keys: keys, existing: 5, wanted: 3)])
        func quota(_ snapshots: Int?, _ gigabytes: Int?) -> ProjectQuota {
            ProjectQuota(snapshots: .init(limit: snapshots, taken: 1), gigabytes: .init(limit: gigabytes, taken: 10))
        }
        #expect(findings(specs, all, quota: quota(4, 100)).isEmpty)
        #expect(findings(specs, all, quota: quota(nil, nil)).isEmpty)
        #expect(findings(specs, all, quota: quota(3, 99)) == [.quota(wanted: 3, left: 2, freed: 0), .gigabytes(wanted: 90, left: 89)])
        #expect(
            findings([Sample.spec("a", volume: 2), Sample.spec("b")], all, quota: quota(9, 9)) == [.gigabytes(wanted: .max, left: 0)])
        #expect(
            Preflight.Finding.quota(wanted: 3, left: 2, freed: 0).isError && !Preflight.Finding.quota(wanted: 3, left: 2, freed: 1).isError)
        #expect(!Preflight.Finding.gigabytes(wanted: 3, left: 2).isError)
    }
}
