import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("A stamp gets another key")
struct KeyChangeTests {
    private let pair = Fixture.recorded("snap-1", id: "one")
    private let key = Fixture.key("new")

    private func rename(_ world: World) -> KeyChange.Outcome? {
        let (cloud, environment, record, key) = (world.cloud, world.environment, pair.record, key)
        return world.time.run { () async -> KeyChange.Outcome in
            await KeyChange(service: cloud, policy: ExecutionPolicy(), environment: environment)
                .rename(record, to: key, owner: Fixture.owner)
        }.1
    }

    private func world(_ trouble: @escaping @Sendable (FakeCloud.Call) -> FakeCloud.Trouble? = { _ in nil }) -> World {
        let world = World(cloud: .init(trouble: trouble), records: [pair.record])
        world.ask { [pair] in $0.place(pair.observed) }
        return world
    }

    private func keyInCloud(_ world: World) -> String? { world.snapshots.first?.metadata[Stamp.keyKey] }

    @Test("It is looked at, changed and looked at again; a second time does nothing new")
    func changed() {
        let world = world()
        #expect(rename(world) == .changed)
        #expect(keyInCloud(world) == "new")
        #expect(world.ask { $0.requests } == ["show one", "merge one", "show one"])
        #expect(rename(world) == .changed)
    }

    @Test("P3: what carries another owner's stamp by now, another attempt's, or none, is left alone", arguments: [0, 1, 2])
    func notOurs(kind: Int) {
        let world = world()
        world.ask { cloud in
            cloud.edit(Fixture.id("one")) { snapshot in
                switch kind {
                case 0: snapshot.metadata = snapshot.metadata.merging(Metadata([Stamp.ownerKey: "search-prod"]))
                case 1: snapshot.metadata = snapshot.metadata.merging(Metadata([Stamp.attemptKey: Fixture.attempt(99).text]))
                default: snapshot.metadata = Metadata(["team": "payments"])
                }
            }
        }
        #expect(rename(world) == .notOurs(owner: [0: "search-prod", 1: Fixture.owner][kind]))
        #expect(world.ask { $0.count(.merge) } == 0)
    }

    @Test("One that is gone, or that cannot be looked at, is not changed")
    func notSeen() {
        let gone = world()
        gone.ask { $0.vanish(Fixture.id("one")) }
        #expect(rename(gone) == .vanished)
        let unseen = world { $0.operation == .show ? .refused(.forbidden) : nil }
        guard case .refused? = rename(unseen) else { Issue.record("it was looked at"); return }
        #expect(unseen.ask { $0.count(.merge) } == 0)
    }

    @Test("P10: a merge that fails leaves it uncertain which key the stamp has, and the same call again finds out")
    func uncertain() {
        let world = world { $0.operation == .merge && $0.index < 5 ? .lostAfter : nil }
        guard case .uncertain? = rename(world) else { Issue.record("it was certain"); return }
        #expect(rename(world) == .changed)
    }
}
