import SnapkeepCore
import Testing

@testable import SnapkeepEngine

/// What is lost is made anew only when it is certain that it is not there (`--recreate`).
@Suite("Recreation")
struct RecreationTests {
    private static let pair = Fixture.recorded("snap-1", id: "old-1", volume: 1)
    private static let spec = Fixture.spec("snap-1", volume: 1)

    private func world(holdingIt: SnapshotStatus?, _ settings: FakeCloud.Settings = .init()) -> World {
        let world = World(cloud: settings, records: [Self.pair.record])
        if let holdingIt {
            world.ask { cloud in
                var observed = Self.pair.observed
                observed.status = holdingIt
                cloud.place(observed)
            }
        }
        return world
    }

    private static func change(_ reason: LossReason) -> [Change] { [.replace(spec, recorded: pair.record, .lost(reason), prune: false)] }

    @Test("P1: what is gone is made anew, once, and its record goes with it")
    func gone() {
        let world = world(holdingIt: nil)
        let report = world.execute(Self.change(.gone)).report
        #expect(report?.replaced == [Fixture.key("snap-1")])
        #expect(world.snapshots.map(\.id) == [Fixture.id("000001")])
        #expect(world.state.records.map(\.id) == [Fixture.id("000001")])
        #expect(world.state.superseded.isEmpty)
        #expect(world.ask { $0.count(.delete) } == 0)
    }

    @Test("P1: what turns out to be there is not made a second time", arguments: [SnapshotStatus.available, .creating, .error, .backingUp])
    func stillThere(_ status: SnapshotStatus) {
        let world = world(holdingIt: status)
        let report = world.execute(Self.change(.gone)).report
        #expect(report?.failures.map(\.cause) == [.stillThere(Fixture.id("old-1"))])
        #expect(world.ask { $0.count(.create) } == 0)
        #expect(world.state.records == [Self.pair.record])
    }

    @Test("What cannot be deleted any more stays recorded beside the new one", arguments: [SnapshotStatus.errorDeleting, .deleting])
    func beingDeleted(_ status: SnapshotStatus) {
        let world = world(holdingIt: status)
        #expect(world.execute(Self.change(.errorDeleting)).report?.replaced == [Fixture.key("snap-1")])
        #expect(world.state.superseded.map(\.id) == [Fixture.id("old-1")])
        #expect(world.ask { $0.count(.delete) } == 0)
    }

    @Test("A look that fails proves nothing: nothing is made")
    func inconclusive() {
        for trouble in [FakeCloud.Trouble.refused(.forbidden), .lostBefore, .unintelligible] {
            let world = world(holdingIt: nil, .init(trouble: { $0.operation == .show ? trouble : nil }))
            let report = world.execute(Self.change(.gone)).report
            #expect(report?.failures.count == 1)
            #expect(world.ask { $0.count(.create) } == 0)
            #expect(world.state.records == [Self.pair.record])
            #expect(world.state.openIntents.isEmpty)
        }
    }

    @Test("P1: a look that fails for a while is tried again; a lost answer of the creation is found by its stamp")
    func troubles() {
        let world = world(
            holdingIt: nil,
            .init(trouble: { call in
                switch (call.operation, call.index) {
                case (.show, 0): .throttled(.seconds(1))
                case (.show, 1): .lostBefore
                case (.create, 0): .lostAfter
                default: nil
                }
            }))
        #expect(world.execute(Self.change(.gone)).report?.replaced == [Fixture.key("snap-1")])
        #expect(world.snapshots.count == 1)
        #expect(world.state.superseded.isEmpty)
    }
}
