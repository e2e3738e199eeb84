import Testing

@testable import SnapkeepCore

/// A line that was renamed looks like a new one.
@Suite("Rename hints")
struct RenameHintTests {
    private static func hints(
        _ specs: [SnapshotSpec], _ records: [SnapshotRecord], prune: Bool = false
    ) -> [RenameHint] {
        RenameHint.hints(
            in: Reconciliation.plan(
                for: Manifest(snapshots: specs), against: Sample.state(records), basis: Sample.basis, options: .init(prune: prune)))
    }

    @Test("P3: a new key and the only one that is no longer listed of its volume: the same snapshot, perhaps; told whether it is deleted")
    func one() {
        let old = Sample.record("a", id: "x", description: "old")
        let kept = Sample.record("kept", id: "k", volume: 1)
        let specs = [Sample.spec("kept"), Sample.spec("a2", description: "new")]
        #expect(
            Self.hints(specs, [old, kept])
                == [RenameHint(new: Sample.key("a2"), candidates: [.init(key: old.key, id: old.id, isDeleted: false)])])
        #expect(Self.hints(specs, [old, kept], prune: true).map(\.isDeleted) == [true])
    }

    @Test("P3: of several on a volume, those that are equal in description and metadata belong together; what is left is asked about, too")
    func several() {
        let olds = [
            Sample.record("a", id: "1", description: "A"), Sample.record("b", id: "2", metadata: ["t": "1"]),
            Sample.record("c", id: "3", description: "C"),
        ]
        let specs = [Sample.spec("b2", metadata: ["t": "1"]), Sample.spec("a2", description: "A"), Sample.spec("z", description: "Z")]
        #expect(Self.hints(specs, olds).map { [$0.new.text] + $0.candidates.map(\.key.text) } == [["b2", "b"], ["a2", "a"], ["z", "c"]])
        // Two of a kind on either side: nobody can tell, so that all are named.
        let two = [Sample.record("a", id: "1"), Sample.record("b", id: "2")]
        let pruned = Self.hints([Sample.spec("n1"), Sample.spec("n2")], two, prune: true)
        #expect(pruned.map { [$0.new.text] + $0.candidates.map(\.key.text) } == [["n1", "a", "b"], ["n2", "a", "b"]])
        #expect(pruned.allSatisfy { $0.isDeleted && $0.count == 2 })
        let many = (0..<9).map { Sample.record("o\($0)", id: "\($0)") }
        let hints = Self.hints([Sample.spec("n")], many)
        #expect(hints.map(\.count) == [9] && hints[0].candidates.count == RenameHint.mostNamed)
        // One that is deleted is not hidden behind others that are kept.
        let mixed = many.enumerated().map { index, record in
            var record = record
            record.protect = index != 8
            return record
        }
        #expect(Self.hints([Sample.spec("n")], mixed, prune: true).map { [$0.count, $0.deletedCount] } == [[9, 1]])
    }

    @Test("Another volume, a line that adopts, and what another one took the place of are no hints")
    func none() {
        let old = Sample.record("a", id: "x")
        #expect(Self.hints([Sample.spec("a2", volume: 2)], [old]).isEmpty)
        #expect(Self.hints([Sample.spec("a2", id: "y")], [old]).isEmpty)
        #expect(Self.hints([Sample.spec("a"), Sample.spec("new")], [old]).isEmpty)
        let state = Sample.state(superseded: [old])
        let plan = Reconciliation.plan(
            for: Manifest(snapshots: [Sample.spec("a2")]), against: state, basis: Sample.basis, options: .init())
        #expect(RenameHint.hints(in: plan).isEmpty)
    }
}
