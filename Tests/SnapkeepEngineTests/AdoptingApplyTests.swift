import SnapkeepCore
import Testing

@testable import SnapkeepEngine

/// An apply of lines that name by `id:` what exists.
@Suite("Adopting by apply")
struct AdoptingApplyTests {
    private let id = Fixture.id("hand-made")

    private func handMade(
        name: String = "nightly", metadata: [String: String] = ["theirs": "1"], status: SnapshotStatus = .available, volume: Int = 1
    ) -> ObservedSnapshot {
        ObservedSnapshot(
            id: id, volumeID: Fixture.volume(volume), name: name, description: nil, metadata: Metadata(metadata), status: status, size: 20,
            createdAt: Timestamp("2026-11-20T08:00:00")!, updatedAt: nil)
    }

    private func world(_ snapshot: ObservedSnapshot, _ settings: FakeCloud.Settings = .init(), records: [SnapshotRecord] = []) -> World {
        let world = World(cloud: settings, records: records)
        world.ask { $0.place(snapshot) }
        return world
    }

    private var spec: SnapshotSpec { Fixture.spec("orders", description: "Daily", metadata: ["team": "p"], protect: true, id: id) }
    private var manifest: Manifest { Fixture.manifest(spec) }

    /// One snapshot, stamped, recorded and as the line says; nothing is left to do and nothing was made.
    private func check(_ world: World, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(world.snapshots.map(\.id) == [id], sourceLocation: sourceLocation)
        #expect(world.ask { $0.count(.create) } == 0, sourceLocation: sourceLocation)
        let shown = world.snapshots[0]
        #expect(shown.name == "orders" && shown.description == "Daily", sourceLocation: sourceLocation)
        #expect(shown.metadata["team"] == "p" && shown.metadata["theirs"] == "1", sourceLocation: sourceLocation)
        #expect(world.state.records.map(\.id) == [id] && world.state.openIntents.isEmpty, sourceLocation: sourceLocation)
        #expect(
            Stamp(in: shown.metadata)
                == Stamp(owner: Fixture.owner, key: "orders", attempt: world.state.records.first?.attempt?.text ?? ""),
            sourceLocation: sourceLocation)
        #expect(world.state.records.first?.protect == true, sourceLocation: sourceLocation)
        #expect(world.remaining(manifest).changes.isEmpty, sourceLocation: sourceLocation)
    }

    @Test("P1, P11: what a line names is stamped, recorded and brought to the line in one run; the intent is on disk before the stamp")
    func adopts() {
        let world = world(handMade())
        let outcome = world.apply(manifest)
        #expect(outcome.report?.adopted == [spec.key] && outcome.report?.updated == [spec.key] && outcome.report?.created == [])
        #expect(outcome.report?.isComplete == true)
        guard case .intent(let intent) = outcome.journal.first, intent.adopts == id else {
            return #expect(Bool(false), "\(outcome.journal)")
        }
        check(world)
        // Again is nothing, without a request.
        let asked = world.ask { $0.requests.count }
        #expect(world.apply(manifest).plan?.changes.isEmpty == true && world.ask { $0.requests.count } == asked)
    }

    @Test("P5: a plan that knew the differences changes those alone; one that did not brings all to the line")
    func changesWhatItShowed() {
        let world = world(handMade())
        _ = world.execute([.adopt(spec, id, [.description(from: nil, to: "Daily")])])
        #expect(world.snapshots[0].description == "Daily" && world.snapshots[0].name == "nightly")
        #expect(world.state.records.map(\.id) == [id])
        _ = world.apply(manifest)
        check(world)
    }

    @Test("P11: one that is still being made is adopted, awaited, and changed then")
    func stillCreating() {
        var snapshot = handMade()
        snapshot.status = .creating
        let world = world(snapshot)
        world.ask { [id] in $0.startGrowing(id) }
        let outcome = world.apply(manifest)
        #expect(outcome.report?.adopted == [spec.key] && outcome.report?.updated == [spec.key], "\(String(describing: outcome.report))")
        check(world)
    }

    @Test("P10: an adoption that is refused fails alone; the others are done, and nothing is made for its line", arguments: 0..<6)
    func refused(_ kind: Int) {
        let stamp = { (owner: String, key: String) in
            ["snapkeep.owner": owner, "snapkeep.key": key, "snapkeep.attempt": Fixture.oldAttempt(9).text]
        }
        let snapshot = [
            handMade(metadata: stamp("other", "orders")), handMade(metadata: stamp(Fixture.owner, "other")), handMade(volume: 2),
            handMade(status: .error), handMade(status: .deleting), handMade(name: "autobk_snapshot_1"),
        ][kind]
        let world = world(snapshot)
        let outcome = world.apply(Fixture.manifest(spec, Fixture.spec("new", volume: 3)))
        #expect(outcome.report?.created == [Fixture.key("new")])
        guard case .notAdoptable(id, _)? = outcome.report?.failures.first?.cause, outcome.report?.failures.count == 1 else {
            return #expect(Bool(false), "\(String(describing: outcome.report?.failures))")
        }
        #expect(world.ask { $0.count(.create) } == 1 && world.ask { $0.count(.merge) } == 0)
        #expect(world.state.records.map(\.key.text) == ["new"] && world.state.openIntents.isEmpty)
    }

    @Test("P1: what the line names is not there: a failure, and nothing is made, however often it is applied")
    func missing() {
        let world = World()
        for _ in 0..<2 {
            let outcome = world.apply(manifest)
            guard case .notAdoptable(id, .notFound)? = outcome.report?.failures.first?.cause else { return #expect(Bool(false)) }
        }
        #expect(world.snapshots.isEmpty && world.state.records.isEmpty)
    }

    @Test("P1: a key that is recorded as another snapshot keeps it, whatever a plan says")
    func keyInUse() {
        let other = Fixture.recorded("orders", id: "other-id")
        let world = world(handMade(), records: [other.record])
        world.ask { $0.place(other.observed) }
        let outcome = world.execute([.adopt(spec, id, nil)])
        guard case .notAdoptable(id, .keyInUse)? = outcome.report?.failures.first?.cause else { return #expect(Bool(false)) }
        #expect(world.state.records.map(\.id) == [other.record.id] && world.ask { $0.count(.merge) } == 0)
    }

    @Test("P1, P2, P11: killed at any instant, with or without power, the same apply ends it and makes nothing", arguments: 0..<40)
    func killedAtAnyInstant(_ step: Int) {
        for losesPower in [false, true] {
            let world = world(handMade())
            var disturbance = World.Disturbance()
            // Each request takes 50 ms; a look, the stamp, another look and the edits fit in.
            disturbance.killAfter = .milliseconds(step * 11 + 1)
            disturbance.losesPower = losesPower
            _ = world.apply(manifest, disturbance)
            _ = world.apply(manifest)
            check(world)
        }
    }

    @Test(
        "P1, P2: killed at each durable step, the same apply ends it",
        arguments: [Failpoint.beforeIntent, .afterIntent, .beforePost, .afterAnswer, .afterRecord])
    func killedAtFailpoint(_ point: Failpoint) {
        let world = world(handMade())
        var disturbance = World.Disturbance()
        let time = world.time
        disturbance.atFailpoint = { if $0 == point { time.kill() } }
        guard case .killed = world.apply(manifest, disturbance).end else { return #expect(Bool(false), "not reached") }
        let mayBeStamped = point == .afterAnswer || point == .afterRecord
        #expect(world.ask { $0.count(.merge) } == 0 || mayBeStamped, "stamped before its intent was on disk")
        let again = world.apply(manifest)
        #expect(again.report?.isComplete == true)
        check(world)
    }

    @Test("P1: lost answers to the stamp are asked for again; where none comes the intent stays open, and the next apply ends it")
    func lostAnswers() {
        var settings = FakeCloud.Settings()
        settings.trouble = { $0.operation == .merge && $0.index < 2 ? .lostAfter : nil }
        let patient = world(handMade(), settings)
        _ = patient.apply(manifest)
        check(patient)
        settings.trouble = { $0.operation == .merge ? .lostAfter : nil }
        let world = world(handMade(), settings)
        let outcome = world.apply(manifest)
        guard case .unsettled? = outcome.report?.failures.first?.cause, outcome.report?.failures.first?.activity == .adopt else {
            return #expect(Bool(false), "\(String(describing: outcome.report?.failures))")
        }
        #expect(world.state.openIntents.map(\.adopts) == [id])
        world.ask { cloud in cloud.change { $0.trouble = { _ in nil } } }
        _ = world.apply(manifest)
        check(world)
    }

    @Test("P10: bad credentials end the run; what was not begun is told, and nothing was stamped")
    func unauthenticated() {
        var settings = FakeCloud.Settings()
        settings.trouble = { $0.operation == .show ? .unauthenticated : nil }
        let world = world(handMade(), settings)
        let outcome = world.apply(manifest)
        guard case .service? = outcome.report?.stop else { return #expect(Bool(false), "\(String(describing: outcome.report))") }
        #expect(world.ask { $0.count(.merge) } == 0 && world.state.records.isEmpty)
    }

    @Test("P6: where the journal does not take the intent, nothing is stamped")
    func journalFails() {
        let world = world(handMade())
        var disturbance = World.Disturbance()
        disturbance.journalFailsAt = 1
        let outcome = world.apply(manifest, disturbance)
        guard case .journal? = outcome.report?.stop else { return #expect(Bool(false), "\(String(describing: outcome.report))") }
        #expect(world.ask { $0.count(.merge) } == 0 && !world.snapshots[0].isStamped)
    }

    @Test("A volume that is known by name is resolved once; of another one's name nothing is adopted", arguments: [1, 2])
    func namedVolume(_ number: Int) {
        var settings = FakeCloud.Settings()
        settings.volumes = [ObservedVolume(id: Fixture.volume(number), name: "data", status: "available", size: 20)]
        let world = world(handMade(), settings)
        var named = spec
        named.volume = .named(alias: "v", name: "data")
        let outcome = world.apply(Fixture.manifest(named))
        #expect(outcome.report?.failures.isEmpty == (number == 1))
        #expect(world.state.records.count == (number == 1 ? 1 : 0) && world.ask { $0.count(.create) } == 0)
    }
}
