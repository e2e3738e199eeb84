import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("Changes in place")
struct EditingTests {
    private func world(
        _ pair: (record: SnapshotRecord, observed: ObservedSnapshot), policy: ExecutionPolicy = ExecutionPolicy(),
        cloud: FakeCloud.Settings = .init()
    ) -> World {
        let world = World(policy: policy, cloud: cloud, records: [pair.record])
        world.ask { $0.place(pair.observed) }
        return world
    }

    @Test("Texts first, then all additions in one merge, then one request for each removal; only keys of ours are removed")
    func order() throws {
        var pair = Fixture.recorded(
            "old-name", id: "old-1", key: "k", description: "Daily", metadata: ["gone-1": "x", "gone-2": "y", "kept": "1", "other": "a"])
        pair.observed.metadata = pair.observed.metadata.merging(Metadata(["__system__enc": "1", "by-hand": "z"]))
        let world = world(pair)
        let spec = Fixture.spec("new-name", key: "k", metadata: ["kept": "1", "other": "b", "new": "n"])
        let outcome = world.apply(Fixture.manifest(spec))
        #expect(outcome.report?.updated == [spec.key])
        #expect(world.ask { $0.requests } == ["show old-1", "update old-1", "merge old-1", "deleteKey old-1", "deleteKey old-1"])
        let observed = try #require(world.snapshots.first)
        #expect(observed.name == "new-name")
        // A description that is no longer declared is cleared, not left standing.
        #expect(observed.description == nil)
        var expected = ["kept": "1", "other": "b", "new": "n", "__system__enc": "1", "by-hand": "z"]
        for entry in Stamp(in: observed.metadata)!.metadata.entries { expected[entry.key] = entry.value }
        #expect(observed.metadata == Metadata(expected))
        #expect(!world.remaining(Fixture.manifest(spec)).hasActions)
    }

    @Test("A change of protection alone makes no request and is recorded")
    func protection() {
        let world = world(Fixture.recorded("snap-1", id: "old-1"))
        let manifest = Fixture.manifest(Fixture.spec("snap-1", protect: true))
        let outcome = world.apply(manifest)
        #expect(outcome.report?.updated == [Fixture.key("snap-1")])
        #expect(world.ask { $0.requests } == [])
        #expect(world.state.records.first?.protect == true)
        #expect(!world.remaining(manifest).hasActions)
    }

    @Test("P10: an update that fails halfway is recorded as far as it came; the next apply makes the rest only")
    func partial() throws {
        let world = world(
            Fixture.recorded("old-name", id: "old-1", key: "k"),
            cloud: .init(trouble: { $0.operation == .merge && $0.index == 0 ? .refused(.forbidden) : nil }))
        let manifest = Fixture.manifest(Fixture.spec("new-name", key: "k", metadata: ["a": "1"], protect: true))
        let first = try #require(world.apply(manifest).report)
        #expect(first.failures.map(\.activity) == [.update])
        #expect(world.state.records.first?.name == "new-name")
        #expect(world.state.records.first?.metadata == Metadata())
        let second = try #require(world.apply(manifest).report)
        #expect(second.isComplete)
        #expect(world.ask { $0.requests } == ["show old-1", "update old-1", "merge old-1", "show old-1", "merge old-1"])
        #expect(!world.remaining(manifest).hasActions)
    }

    // Unlike a creation every edit may be repeated: a second time it does nothing new.
    @Test("Faults that may pass are mended by repeating, from the edit that failed on", arguments: [0, 1, 2, 3, 4])
    func retries(kind: Int) {
        let world = world(
            Fixture.recorded("old-name", id: "old-1", key: "k"),
            cloud: .init(trouble: { call in
                guard call.operation == .merge, call.index < 2 else { return nil }
                return [.lostBefore, .lostAfter, .notSent, .throttled(.seconds(2)), .unintelligible][kind]
            }))
        let manifest = Fixture.manifest(Fixture.spec("new-name", key: "k", metadata: ["a": "1"]))
        #expect(world.apply(manifest).report?.isComplete == true)
        #expect(world.ask { $0.requests } == ["show old-1", "update old-1", "merge old-1", "merge old-1", "merge old-1"])
        #expect(!world.remaining(manifest).hasActions)
    }

    @Test("A snapshot that is gone is told as vanished")
    func vanished() {
        let pair = Fixture.recorded("old-name", id: "old-1", key: "k")
        let world = World(records: [pair.record])
        let report = world.apply(Fixture.manifest(Fixture.spec("new-name", key: "k"))).report
        #expect(report?.failures == [ItemFailure(key: Fixture.key("k"), activity: .update, cause: .vanished(Fixture.id("old-1")))])
    }

    @Test("Resumed ones are edited after they have become available")
    func resumedThenEdited() {
        let world = world(Fixture.recorded("old-name", id: "old-1", key: "k", status: .creating))
        world.ask { $0.startGrowing(Fixture.id("old-1")) }
        let manifest = Fixture.manifest(Fixture.spec("new-name", key: "k", protect: true))
        let report = world.apply(manifest).report
        #expect(report?.resumed == [Fixture.key("k")])
        #expect(report?.updated == [Fixture.key("k")])
        #expect(!world.remaining(manifest).hasActions)
    }

    @Test("P6: where the disk fails during an update, what the cloud took is still in the state to be saved")
    func journalFailure() throws {
        let world = world(Fixture.recorded("old-name", id: "old-1", key: "k"))
        let outcome = world.apply(
            Fixture.manifest(Fixture.spec("new-name", key: "k", protect: true)), .init(journalFailsAt: 2))
        guard case .journal? = outcome.report?.stop else { Issue.record("not stopped"); return }
        #expect(world.state.records.first?.name == "new-name")
        // Changed, whatever the disk says.
        #expect(outcome.report?.changedAnything == true)
    }

    @Test("P6: where the disk does not take the protection, nothing is asked of the cloud for that snapshot")
    func protectionNotRecorded() {
        let world = world(Fixture.recorded("old-name", id: "old-1", key: "k"))
        let report = world.apply(
            Fixture.manifest(Fixture.spec("new-name", key: "k", protect: true)), .init(journalFailsAt: 1)
        ).report
        guard case .journal? = report?.stop else { Issue.record("not stopped"); return }
        #expect(world.ask { $0.requests } == [])
        #expect(report?.failures.map(\.activity) == [.update])
    }

    @Test("P3: what does not carry our stamp is not changed either; our protection of it is still recorded", arguments: [0, 1, 2])
    func foreign(_ kind: Int) {
        var pair = Fixture.recorded("old-name", id: "old-1", key: "k")
        switch kind {
        case 0: pair.observed.metadata = Metadata()
        case 1: pair.observed.metadata = Stamp(owner: "other", key: "k", attempt: pair.record.attempt!.text).metadata
        default: pair.observed.metadata = pair.observed.metadata.merging(Metadata(["__system__enableActive": "true"]))
        }
        let world = world(pair)
        let report = world.apply(Fixture.manifest(Fixture.spec("new-name", key: "k", protect: true))).report
        #expect(report?.failures.map(\.cause) == [.notOurs(Fixture.id("old-1"))])
        #expect(world.ask { $0.requests } == ["show old-1"])
        #expect(world.snapshots.first?.name == "old-name")
        #expect(world.state.records.first?.protect == true)
    }

    @Test("P10: an update that was begun and then interrupted is not told as never begun")
    func interrupted() throws {
        let world = world(
            Fixture.recorded("old-name", id: "old-1", key: "k"),
            cloud: .init(trouble: { $0.operation == .merge ? .lostAfter : nil }))
        let manifest = Fixture.manifest(Fixture.spec("new-name", key: "k", metadata: ["a": "1"]))
        let report = try #require(world.apply(manifest, .init(stopAfter: .milliseconds(130))).report)
        #expect(report.stop == .interrupted)
        #expect(report.notStarted == [])
        #expect(report.failures.map(\.key) == [Fixture.key("k")])
    }
}
