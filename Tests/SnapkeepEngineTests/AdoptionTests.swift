import SnapkeepCore
import Synchronization
import Testing

@testable import SnapkeepEngine

@Suite("Taking over what was made by hand")
struct AdoptionTests {
    private let id = Fixture.id("hand-made")
    private let key = Fixture.key("orders-nightly")

    private func handMade(
        name: String? = "nightly", metadata: [String: String] = ["team": "payments"], status: SnapshotStatus = .available,
        description: String? = "by hand"
    ) -> ObservedSnapshot {
        ObservedSnapshot(
            id: id, volumeID: Fixture.volume(1), name: name, description: description, metadata: Metadata(metadata), status: status,
            size: 20, createdAt: Timestamp("2026-11-20T08:00:00")!, updatedAt: nil)
    }

    private func world(
        _ snapshot: ObservedSnapshot?, records: [SnapshotRecord] = [], superseded: [SnapshotRecord] = [],
        cloud settings: FakeCloud.Settings = .init()
    ) -> World {
        let world = World(cloud: settings, records: records, superseded: superseded)
        if let snapshot { world.ask { $0.place(snapshot) } }
        return world
    }

    private func obstacle(_ world: World, _ request: Adoption.Request) -> AdoptionObstacle? {
        if case .examined(.refused(let obstacle)) = world.adopt(request).0 { obstacle } else { nil }
    }

    @Test("P1: what is adopted is stamped, recorded as observed, and not created again")
    func adopts() {
        let world = world(handMade())
        let (adopted, outcome) = world.adopt(.init(key: key, id: id))
        guard case .tried(.adopted(let record)) = adopted else { return #expect(Bool(false), "\(String(describing: adopted))") }
        #expect(world.state.records == [record])
        #expect(record.name == "nightly" && record.description == "by hand" && record.metadata == Metadata(["team": "payments"]))
        #expect(record.size == 20 && record.status == .available && !record.protect)
        #expect(world.state.openIntents.isEmpty && world.state.header.serial == 4)
        #expect(Stamp(in: world.snapshots[0].metadata)?.attempt == record.attempt?.text)
        #expect(world.snapshots[0].metadata["team"] == "payments")
        guard case .intent = outcome.journal[0], case .created = outcome.journal[1] else {
            return #expect(Bool(false), "\(outcome.journal)")
        }
        let spec = Fixture.spec("nightly", key: key.text, description: "by hand", metadata: ["team": "payments"])
        #expect(world.remaining(Fixture.manifest(spec)).changes.isEmpty)
    }

    @Test("P11: with a line in the manifest only the metadata that the line declares counts as ours")
    func ownedMetadata() {
        let world = world(handMade(metadata: ["team": "payments", "made-by": "ann", "__system__x": "1"]))
        let spec = Fixture.spec("nightly", key: key.text, description: "by hand", metadata: ["team": "search", "new": "1"], protect: true)
        _ = world.adopt(.init(key: key, id: id, spec: spec))
        #expect(world.state.records.first?.metadata == Metadata(["team": "payments"]))
        #expect(world.state.records.first?.protect == true)
        _ = world.apply(Fixture.manifest(spec))
        #expect(world.remaining(Fixture.manifest(spec)).changes.isEmpty)
        let metadata = world.snapshots[0].metadata
        #expect(metadata["team"] == "search" && metadata["new"] == "1" && metadata["made-by"] == "ann" && metadata["__system__x"] == "1")
        #expect(world.snapshots.count == 1)
    }

    @Test("Without a line all metadata is ours, but for the stamp's and the server's")
    func metadataWithoutLine() {
        let world = world(handMade(metadata: ["team": "payments", "__system__x": "1"]))
        _ = world.adopt(.init(key: key, id: id))
        #expect(world.state.records.first?.metadata == Metadata(["team": "payments"]))
    }

    @Test("The same pair again is nothing to do: one look shows that its stamp is there")
    func again() {
        let world = world(handMade())
        _ = world.adopt(.init(key: key, id: id))
        let (state, asked) = (world.state, world.ask { $0.requests.count })
        guard case .examined(.recorded(let record)) = world.adopt(.init(key: key, id: id)).0 else { return #expect(Bool(false)) }
        #expect(record.id == id)
        #expect(world.state.records == state.records && world.state.header.serial == state.header.serial)
        #expect(world.ask { $0.requests.count } == asked + 1)
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var metadata: [String: String] = [:]
        var name = "nightly"
        var status = SnapshotStatus.available
        var volume = 1
        let expected: AdoptionObstacle

        // What is another's, the server's, going away, or of another volume stays as it is (P3).
        static let all: [Refusal] = [
            Refusal(testDescription: "made by the backup service", name: "autobk_snapshot_vbs_1", expected: .madeByServer),
            Refusal(testDescription: "made by a server backup", metadata: ["__system__enableActive": "true"], expected: .madeByServer),
            Refusal(
                testDescription: "another owner's",
                metadata: Dictionary(stamp(owner: "search-prod", key: "orders-nightly")), expected: .otherOwner("search-prod")),
            Refusal(testDescription: "half a stamp of another", metadata: ["snapkeep.owner": "x"], expected: .otherOwner("x")),
            Refusal(testDescription: "ours, another key", metadata: Dictionary(stamp(key: "other")), expected: .otherKey("other")),
            Refusal(testDescription: "going away", status: .deleting, expected: .status(.deleting)),
            Refusal(testDescription: "busy", status: .backingUp, expected: .status(.backingUp)),
            Refusal(testDescription: "unknown status", status: .other("managing"), expected: .status(.other("managing"))),
            Refusal(
                testDescription: "another volume", volume: 2,
                expected: .otherVolume(listed: Fixture.volume(2), observed: Fixture.volume(1))),
        ]

        private static func stamp(owner: String = Fixture.owner, key: String) -> Metadata {
            Stamp(owner: owner, key: key, attempt: Fixture.oldAttempt(9).text).metadata
        }
    }

    @Test("P3: what must not be adopted is refused before anything is written or sent", arguments: Refusal.all)
    func refuses(_ refusal: Refusal) {
        let world = world(handMade(name: refusal.name, metadata: refusal.metadata, status: refusal.status))
        let before = world.snapshots
        let (adopted, outcome) = world.adopt(.init(key: key, id: id, spec: Fixture.spec("nightly", volume: refusal.volume, key: key.text)))
        #expect(adopted == .examined(.refused(refusal.expected)))
        #expect(outcome.journal.isEmpty && world.state.records.isEmpty && world.snapshots == before)
    }

    @Test("P1: a key or a snapshot that is recorded already is not recorded a second time")
    func inUse() {
        let other = Fixture.recorded("other", id: "other-id", key: key.text)
        #expect(obstacle(world(handMade(), records: [other.record]), .init(key: key, id: id)) == .keyInUse(other.record))
        let same = Fixture.recorded("nightly", id: id.text, key: "another-key")
        #expect(
            obstacle(world(same.observed, records: [same.record]), .init(key: key, id: id)) == .idInUse(same.record, isSuperseded: false))
        #expect(
            obstacle(world(same.observed, superseded: [same.record]), .init(key: key, id: id)) == .idInUse(same.record, isSuperseded: true))
        #expect(obstacle(world(nil), .init(key: key, id: id)) == .notFound)
    }

    @Test("P2: what carries our stamp for the key and is not recorded, as after forget, can be adopted")
    func ownStamp() {
        let own = Fixture.recorded("nightly", id: id.text, key: key.text)
        let world = world(own.observed)
        guard case .tried(.adopted(let record)) = world.adopt(.init(key: key, id: id)).0 else { return #expect(Bool(false)) }
        #expect(Stamp(in: world.snapshots[0].metadata)?.attempt == record.attempt?.text)
    }

    @Test("A volume that the manifest knows by name is looked up", arguments: [0, 1, 2])
    func namedVolume(_ count: Int) throws {
        var settings = FakeCloud.Settings()
        settings.volumes = [1, 7].prefix(count).map {
            ObservedVolume(id: Fixture.volume($0), name: "billing", status: "available", size: 20)
        }
        let world = world(handMade(), cloud: settings)
        var spec = Fixture.spec("nightly", key: key.text)
        spec.volume = .named(alias: "billing", name: "billing")
        let adopted = world.adopt(.init(key: key, id: id, spec: spec)).0
        if count == 1 {
            guard case .tried(.adopted) = adopted else { return #expect(Bool(false), "\(String(describing: adopted))") }
        } else {
            #expect(adopted == .examined(.refused(.volumeName("billing", matches: settings.volumes.map(\.id)))))
        }
    }

    @Test("P1, P2: an adoption that dies at any instant is found out by the next; the same command ends it", arguments: 0..<24)
    func killedAtAnyInstant(_ step: Int) {
        for losesPower in [false, true] {
            let world = world(handMade())
            var disturbance = World.Disturbance()
            // The requests take 50 ms each: this covers every one of them, and what lies between.
            disturbance.killAfter = .milliseconds(step * 7 + 1)
            disturbance.losesPower = losesPower
            _ = world.adopt(.init(key: key, id: id), disturbance)
            let adopted = world.adopt(.init(key: key, id: id)).0
            switch adopted {
            case .tried(.adopted), .examined(.recorded): break
            default: #expect(Bool(false), "\(String(describing: adopted))")
            }
            check(world)
        }
    }

    @Test(
        "P1, P2: an adoption that dies at a durable step is settled by the next apply too",
        arguments: [
            Failpoint.beforeIntent, .afterIntent, .beforePost, .afterAnswer, .afterRecord,
        ])
    func killedAtFailpoint(_ point: Failpoint) {
        let world = world(handMade())
        var disturbance = World.Disturbance()
        let time = world.time
        disturbance.atFailpoint = { if $0 == point { time.kill() } }
        let (_, died) = world.adopt(.init(key: key, id: id), disturbance)
        guard case .killed = died.end else { return #expect(Bool(false), "not reached") }
        let settled = world.settle().settlements.map(\.outcome)
        switch point {
        case .beforeIntent, .afterRecord: #expect(settled.isEmpty)
        default: #expect(settled == [.found(id)])
        }
        // Once it is decided it is carried to its end, by whoever comes next; nothing is made.
        #expect(world.snapshots[0].isStamped == (point != .beforeIntent))
        #expect(world.state.records.count == (point == .beforeIntent ? 0 : 1))
        #expect(world.ask { $0.count(.create) } == 0)
        _ = world.adopt(.init(key: key, id: id))
        check(world)
    }

    @Test("P1: a refusal after a lost answer closes nothing: the stamp may be set", arguments: [0, 1, 2])
    func lostThenRefused(_ kind: Int) {
        var settings = FakeCloud.Settings()
        settings.trouble = { call in
            guard call.operation == .merge else { return nil }
            if call.index == 0 { return .lostAfter }
            return [.refused(.forbidden), .unauthenticated, .refused(.wrongStatus)][kind]
        }
        let world = world(handMade(), cloud: settings)
        guard case .tried(.failed(_, isOpen: true)) = world.adopt(.init(key: key, id: id)).0 else { return #expect(Bool(false)) }
        #expect(world.state.openIntents.map(\.adopts) == [id])
        world.ask { cloud in cloud.change { $0.trouble = { _ in nil } } }
        let outcome = world.apply(Fixture.manifest(Fixture.spec(key.text, volume: 1)))
        #expect(outcome.settlements.map(\.outcome) == [.found(id)])
        #expect(world.ask { $0.count(.create) } == 0)
        check(world)
    }

    @Test("P1: an import that cannot be ended stays open, and its key is not created meanwhile")
    func settlingFails() {
        let world = world(handMade())
        var disturbance = World.Disturbance()
        let time = world.time
        disturbance.atFailpoint = { if $0 == .beforePost { time.kill() } }
        _ = world.adopt(.init(key: key, id: id), disturbance)
        world.ask { cloud in cloud.change { $0.trouble = { $0.operation == .merge ? .refused(.forbidden) : nil } } }
        let outcome = world.apply(Fixture.manifest(Fixture.spec(key.text, volume: 1)))
        #expect(outcome.report?.failures.count == 1)
        #expect(world.state.openIntents.count == 1 && world.ask { $0.count(.create) } == 0)
    }

    @Test("P2: a recorded snapshot whose stamp was taken away is stamped anew; another owner's is left alone")
    func restamped() {
        let world = world(handMade())
        _ = world.adopt(.init(key: key, id: id))
        let before = world.state
        world.ask { [id] cloud in cloud.edit(id) { $0.metadata = Metadata() } }
        guard case .examined(.unstamped(let record)) = world.adopt(.init(key: key, id: id)).0 else { return #expect(Bool(false)) }
        #expect(record == before.records[0])
        world.ask { [id] cloud in
            cloud.edit(id) { $0.metadata = Stamp(owner: "other", key: "k", attempt: Fixture.attempt(5).text).metadata }
        }
        guard case .examined(.refused(.otherOwner("other"))) = world.adopt(.init(key: key, id: id)).0 else { return #expect(Bool(false)) }
    }

    private func check(_ world: World) {
        #expect(world.snapshots.map(\.id) == [id])
        #expect(world.state.records.map(\.id) == [id] && world.state.superseded.isEmpty && world.state.openIntents.isEmpty)
        let stamp = Stamp(in: world.snapshots[0].metadata)
        #expect(stamp == Stamp(owner: Fixture.owner, key: key.text, attempt: world.state.records.first?.attempt?.text ?? ""))
    }

    @Test("P1: a lost answer to the stamp is asked for again; the snapshot is recorded once")
    func lostAnswer() {
        var settings = FakeCloud.Settings()
        settings.trouble = { $0.operation == .merge && $0.index < 2 ? .lostAfter : nil }
        let world = world(handMade(), cloud: settings)
        _ = world.adopt(.init(key: key, id: id))
        check(world)
    }

    @Test("P2: where no answer comes at all the intent stays open, and the same command ends it")
    func noAnswer() {
        var settings = FakeCloud.Settings()
        settings.trouble = { $0.operation == .merge ? .lostAfter : nil }
        let world = world(handMade(), cloud: settings)
        guard case .tried(.failed(_, isOpen: true)) = world.adopt(.init(key: key, id: id)).0 else { return #expect(Bool(false)) }
        #expect(world.state.openIntents.count == 1)
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        _ = world.adopt(.init(key: key, id: id))
        check(world)
    }

    @Test("P10: a refusal closes the intent, and nothing is recorded")
    func refusedByCloud() {
        var settings = FakeCloud.Settings()
        settings.trouble = { $0.operation == .merge ? .refused(.forbidden) : nil }
        let world = world(handMade(), cloud: settings)
        guard case .tried(.failed(_, isOpen: false)) = world.adopt(.init(key: key, id: id)).0 else { return #expect(Bool(false)) }
        #expect(world.state.openIntents.isEmpty && world.state.records.isEmpty)
    }

    @Test("P6: where the disk does not take the intent no stamp is set")
    func fullDisk() {
        let world = world(handMade())
        var disturbance = World.Disturbance()
        disturbance.journalFailsAt = 1
        _ = world.adopt(.init(key: key, id: id), disturbance)
        #expect(!world.snapshots[0].isStamped && world.state.records.isEmpty)
    }

    @Test("P1: while it is not known what an earlier run came to, nothing is adopted under its key")
    func inDoubt() {
        var settings = FakeCloud.Settings()
        settings.trouble = { $0.operation == .list ? .refused(.forbidden) : nil }
        let intent = Fixture.intent(key.text, startedAt: VirtualTime.epoch)
        let world = World(cloud: settings, openIntents: [intent])
        world.ask { [self] in $0.place(handMade()) }
        _ = world.adopt(.init(key: key, id: id))
        #expect(world.state.openIntents == [intent] && world.state.records.isEmpty)
    }
}

extension Dictionary where Key == String, Value == String {
    fileprivate init(_ metadata: Metadata) { self.init(uniqueKeysWithValues: metadata.entries.map { ($0.key, $0.value) }) }
}
