import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("The look at the end of a run")
struct LastLookTests {
    /// What another copy of the state made under the key `snap-1`, unless said otherwise.
    private func twin(owner: String = Fixture.owner, key: String = "snap-01") -> ObservedSnapshot {
        let metadata = Metadata([
            Stamp.ownerKey: owner, Stamp.keyKey: key, Stamp.attemptKey: "00000000-0000-4000-8000-0000000000ff",
        ])
        return ObservedSnapshot(
            id: Fixture.id("twin"), volumeID: Fixture.volume(1), name: key, description: nil, metadata: metadata, status: .available,
            size: 1, createdAt: nil, updatedAt: nil)
    }

    @Test("P1: what another copy of the state made at the same time under a key of this run is told, and is not recorded")
    func elsewhere() throws {
        let world = World(cloud: .init(isImmediate: true))
        world.ask { $0.place(twin()) }
        let report = try #require(world.apply(Fixture.manifest(3)).report)
        #expect(report.created.count == 3 && report.failures == [])
        #expect(report.madeElsewhere == [FoundSnapshot(key: Fixture.key("snap-01"), id: Fixture.id("twin"))])
        #expect(!report.isComplete)
        // A prune from either state would otherwise delete what the other one holds.
        #expect(world.state.superseded == [] && !world.state.records.contains { $0.id == Fixture.id("twin") })
    }

    @Test("P1, P3: other owners' snapshots, and keys that this run did not make, are none of its business")
    func others() throws {
        for other in [twin(owner: "somebody-else"), twin(key: "snap-99")] {
            let world = World(cloud: .init(isImmediate: true))
            world.ask { $0.place(other) }
            #expect(try #require(world.apply(Fixture.manifest(3)).report).isComplete)
        }
    }

    @Test("P1: the look goes past as many rows of another run as this one made")
    func depth() throws {
        let world = World(cloud: .init(pageSize: 10, isImmediate: true))
        let outcome = world.apply(Fixture.manifest(40))
        #expect(outcome.report?.isComplete == true)
        #expect(world.ask { $0.looks.last?.reduce(0, +) } == 40)
    }

    @Test("Who stops a run does not wait for a look, and a run that made nothing needs none")
    func none() {
        let world = World(cloud: .init(isImmediate: true))
        _ = world.apply(Fixture.manifest(1))
        let before = world.ask { $0.count(.list) }
        _ = world.apply(Fixture.manifest(1))
        #expect(world.ask { $0.count(.list) } == before)
    }
}
