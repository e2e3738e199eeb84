import Testing

@testable import SnapkeepCore

@Suite("Reconciliation")
struct ReconciliationTests {
    private func plan(_ specs: [SnapshotSpec], _ state: RecordedState?, prune: Bool = false) -> Plan {
        Reconciliation.plan(for: Manifest(snapshots: specs), against: state, basis: Sample.basis, options: .init(prune: prune))
    }

    @Test("Without a state everything is created, in manifest order")
    func first() {
        let specs = [Sample.spec("b"), Sample.spec("a"), Sample.spec("c")]
        let plan = plan(specs, nil)
        #expect(plan.changes == specs.map { .create($0) })
        #expect(plan.declaredCount == 3 && plan.recordedCount == 0 && plan.unchangedCount == 0 && plan.hasActions)
    }

    @Test("P7: a plan carries the manifest's names of the volumes that its changes have only the id of, and no others")
    func aliases() throws {
        var named = Sample.spec("named")
        named.volume = .named(alias: "ledger", name: "ledger-data")
        let manifest = Manifest(
            snapshots: [Sample.spec("same", volume: 1), Sample.spec("moved", volume: 2), named],
            aliases: [Sample.volume(1): "orders", Sample.volume(2): "billing", Sample.volume(3): "old", Sample.volume(9): "unused"])
        let state = Sample.state([
            Sample.record("same", id: "s", volume: 1), Sample.record("moved", id: "m", volume: 3),
            Sample.record("gone", id: "g", volume: 4), Sample.record("gone-too", id: "h", volume: 5),
        ])
        func plan(_ manifest: Manifest, volumes: [ObservedVolume]?) -> Plan {
            Reconciliation.plan(
                for: manifest, against: state, basis: Sample.basis, options: .init(prune: true),
                observation: Observation(volumes: volumes.map(VolumeDirectory.init)))
        }
        let first = plan(manifest, volumes: nil)
        #expect(first.aliases == [Sample.volume(2): "billing", Sample.volume(3): "old"])
        #expect(first == plan(manifest, volumes: nil))
        #expect(first.reference(to: Sample.volume(3)) == .alias("old", Sample.volume(3)))
        #expect(first.reference(to: Sample.volume(4)) == .id(Sample.volume(4)))
        #expect(first.reference(to: named.volume) == named.volume)
        // A look at the cloud tells which volume bears the name that the manifest gives.
        let looked = plan(manifest, volumes: [ObservedVolume(id: Sample.volume(4), name: "ledger-data", status: "available", size: 1)])
        #expect(looked.aliases[Sample.volume(4)] == "ledger")
        #expect(plan(Manifest(snapshots: manifest.snapshots), volumes: nil).aliases.isEmpty)
    }

    // Sorted lists take a short way; any other must find the same records.
    @Test("P7: in whatever order keys are listed, each finds its own record", arguments: SeededRandom.seeds())
    func orders(_ seed: UInt64) {
        let letters = "abcdefgh".map(String.init)
        let state = Sample.state(["b", "d", "e", "g"].map { Sample.record($0, id: "id-" + $0) })
        var random = SeededRandom(seed: seed)
        let shuffled = (0..<20).map { _ in letters.shuffled(using: &random) }
        for order in [letters, letters.reversed(), ["g", "a", "e", "b"]] + shuffled {
            let plan = plan(order.map { Sample.spec($0, metadata: ["new": $0]) }, state)
            for (key, change) in zip(order, plan.changes) {
                switch change {
                case .create(let spec): #expect(spec.key.text == key && !["b", "d", "e", "g"].contains(key))
                case .update(let spec, let record, _): #expect(spec.key.text == key && record.id.text == "id-" + key)
                default: Issue.record("\(order): \(change)")
                }
            }
            #expect(plan.changes.count == Set(order).union(["b", "d", "e", "g"]).count)
        }
    }

    struct OneCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let spec: SnapshotSpec
        let record: SnapshotRecord
        let prune: Bool
        /// `nil`: unchanged.
        let change: Change?

        init(_ description: String, _ spec: SnapshotSpec, _ record: SnapshotRecord, prune: Bool = false, _ change: Change?) {
            (testDescription, self.spec, self.record, self.prune, self.change) = (description, spec, record, prune, change)
        }
    }

    @Test(
        "One listed and recorded snapshot",
        arguments: { () -> [OneCase] in
            let spec = Sample.spec("a")
            let record = Sample.record("a", id: "x")
            func with(_ status: SnapshotStatus, protect: Bool = false) -> SnapshotRecord {
                Sample.record("a", id: "x", status: status, protect: protect)
            }
            let full = Sample.spec("new", key: "a", description: "D", metadata: ["b": "2", "c": "1", "d": "1"], protect: true)
            let before = Sample.record("old", id: "x", key: "a", description: "E", metadata: ["a": "1", "b": "1", "d": "1"])
            let fields: [FieldChange] = [
                .name(from: "old", to: "new"), .description(from: "E", to: "D"), .metadata(key: "a", from: "1", to: nil),
                .metadata(key: "b", from: "1", to: "2"), .metadata(key: "c", from: nil, to: "1"), .protect(from: false, to: true),
            ]
            let elsewhere = Sample.spec("a", volume: 2)
            let moved = ReplacementReason.volume(from: Sample.volume(1), to: .id(Sample.volume(2)))
            return [
                OneCase("equal: nothing", spec, record, nil),
                OneCase("force and time are ours alone: nothing", Sample.spec("a", force: true), record, nil),
                OneCase("all fields, in a fixed order", full, before, .update(full, recorded: before, fields)),
                OneCase(
                    "a description that is no longer declared is cleared", spec, Sample.record("a", id: "x", description: "E"),
                    .update(spec, recorded: Sample.record("a", id: "x", description: "E"), [.description(from: "E", to: nil)])),
                OneCase("still creating: awaited, not created", spec, with(.creating), .resume(spec, recorded: with(.creating), [])),
                OneCase("an unknown status: awaited", spec, with(.other("q")), .resume(spec, recorded: with(.other("q")), [])),
                OneCase("rolling back: awaited", spec, with(.rollingBack), .resume(spec, recorded: with(.rollingBack), [])),
                OneCase("in error: replaced, kept", spec, with(.error), .replace(spec, recorded: with(.error), .failed, prune: false)),
                OneCase("in error, --prune", spec, with(.error), prune: true, .replace(spec, recorded: with(.error), .failed, prune: true)),
                OneCase(
                    "being deleted and listed again: replaced, its deletion goes on by itself", spec, with(.deleting), prune: true,
                    .replace(spec, recorded: with(.deleting), .beingDeleted, prune: false)),
                OneCase(
                    "error_deleting: replaced", spec, with(.errorDeleting), prune: true,
                    .replace(spec, recorded: with(.errorDeleting), .beingDeleted, prune: false)),
                OneCase("another volume", elsewhere, record, .replace(elsewhere, recorded: record, moved, prune: false)),
                OneCase(
                    "another volume, --prune", elsewhere, record, prune: true, .replace(elsewhere, recorded: record, moved, prune: true)),
                OneCase(
                    "P3: another volume, --prune, but protected in the record", elsewhere, with(.available, protect: true), prune: true,
                    .replace(elsewhere, recorded: with(.available, protect: true), moved, prune: false)),
                OneCase(
                    "P3: another volume, --prune, but protected in the manifest", Sample.spec("a", volume: 2, protect: true), record,
                    prune: true,
                    .replace(Sample.spec("a", volume: 2, protect: true), recorded: record, moved, prune: false)),
            ]
        }())
    func one(testCase: OneCase) {
        let plan = plan([testCase.spec], Sample.state([testCase.record]), prune: testCase.prune)
        #expect(plan.changes == [testCase.change].compactMap { $0 })
        #expect(plan.unchangedCount == (testCase.change == nil ? 1 : 0))
    }

    @Test("A volume that is known by its name alone is not compared before it is looked up")
    func namedVolume() {
        var spec = Sample.spec("a")
        spec.volume = .named(alias: "v", name: "billing-data")
        #expect(plan([spec], Sample.state([Sample.record("a", id: "x", volume: 7)])).changes == [])
    }

    @Test("P3: what is not listed is kept; --prune deletes it unless it is protected or busy")
    func unlisted() {
        let records = [
            Sample.record("a", id: "1"), Sample.record("b", id: "2", protect: true), Sample.record("c", id: "3", status: .backingUp),
            Sample.record("d", id: "4", status: .creating), Sample.record("e", id: "5", status: .error),
            Sample.record("f", id: "6", status: .deleting, protect: true), Sample.record("g", id: "7", status: .errorDeleting),
        ]
        let old = Sample.record("a", id: "0")
        let state = Sample.state(records, superseded: [old])
        #expect(
            plan([], state).changes == [
                .retain(records[0], .unlisted), .retain(records[1], .protected), .retain(records[2], .unlisted),
                .retain(records[3], .unlisted),
                .retain(records[4], .unlisted), .delete(records[5], .underWay), .retain(records[6], .unlisted), .retain(old, .superseded),
            ])
        let pruning = plan([], state, prune: true)
        #expect(
            pruning.changes == [
                .delete(records[0], .unlisted), .retain(records[1], .protected), .retain(records[2], .busy), .delete(records[3], .unlisted),
                .delete(records[4], .unlisted), .delete(records[5], .underWay), .delete(records[6], .unlisted), .delete(old, .superseded),
            ])
        #expect(
            pruning.summary
                == {
                    var s = Plan.Summary(); s.delete = 6; s.retain = 2; return s
                }())
    }

    @Test("P1: an open intent is settled before anything is done for its key, listed or not")
    func openIntents() {
        let intents = [Sample.intent("a", attempt: 1), Sample.intent("z", attempt: 2)]
        let spec = Sample.spec("a", volume: 2)
        let state = Sample.state([Sample.record("a", id: "x"), Sample.record("y", id: "y")], openIntents: intents)
        let plan = plan([spec, Sample.spec("b")], state)
        #expect(
            plan.changes == [
                .settle(intents[0], spec), .create(Sample.spec("b")), .settle(intents[1], nil), .retain(state.records[1], .unlisted),
            ])
        #expect(plan.hasActions)
    }

    @Test("A plan that only keeps things has no actions")
    func retainOnly() {
        #expect(!plan([], Sample.state([Sample.record("a", id: "1")])).hasActions)
    }

    // MARK: Limits on deletion

    @Test("P3: more deletions than the limits allow are refused as a whole")
    func limits() {
        func refusal(deletions: Int, of count: Int, _ limits: DeletionGuard = DeletionGuard()) -> DeletionGuard.Refusal? {
            let records = (0..<count).map { Sample.record("a\($0)", id: "\($0)") }
            let keep = records.dropFirst(deletions).map { Sample.spec($0.name) }
            return limits.refusals(of: plan(Array(keep), Sample.state(records), prune: true)).first
        }
        #expect(refusal(deletions: 0, of: 3) == nil)
        #expect(refusal(deletions: 5, of: 5) == nil)
        #expect(refusal(deletions: 6, of: 6) == .tooMany(deletions: 6, limit: 5))
        // The share counts from ten records on, and is refused above it, not at it.
        #expect(refusal(deletions: 3, of: 10) == nil)
        #expect(refusal(deletions: 4, of: 10) == .tooLargeShare(deletions: 4, recorded: 10, percent: 30))
        #expect(refusal(deletions: 4, of: 9) == nil)
        #expect(refusal(deletions: 6, of: 1000, DeletionGuard(maxDeletes: 10)) == nil)
    }

    @Test("P3: superseded ones, pruned replacements and deletions that are carried on count; those that are only waited for do not")
    func whatCounts() {
        let replaced = (0..<3).map { Sample.record("r\($0)", id: "r\($0)") }
        let begun = (0..<4).map { Sample.record("d\($0)", id: "d\($0)", status: .deleting) }
        let superseded = (0..<3).map { Sample.record("r\($0)", id: "s\($0)") }
        let state = Sample.state(replaced + begun, superseded: superseded)
        let plan = plan(replaced.map { Sample.spec($0.name, volume: 2) }, state, prune: true)
        // Superseded ones are recorded too: without them in the base no percentage could allow deleting them all.
        let share = DeletionGuard.Refusal.tooLargeShare(deletions: 10, recorded: 10, percent: 30)
        #expect(DeletionGuard().refusals(of: plan) == [.tooMany(deletions: 10, limit: 5), share])
        #expect(DeletionGuard(maxDeletes: 10).refusals(of: plan) == [share])
        #expect(DeletionGuard(maxDeletes: 10, maxPercent: 100).refusals(of: plan).isEmpty)
        let waiting = self.plan(replaced.map { Sample.spec($0.name) }, state)
        #expect(waiting.changes.count { if case .delete(_, .underWay) = $0 { true } else { false } } == 4)
        #expect(DeletionGuard(maxDeletes: 0, maxPercent: 0).refusals(of: waiting).isEmpty)
    }
}
