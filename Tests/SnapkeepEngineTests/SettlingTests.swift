import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("Settling what an earlier run left open")
struct SettlingTests {
    private let epoch = VirtualTime.epoch

    private func made(_ intent: CreationIntent, id: String, status: SnapshotStatus = .available, at instant: String) -> ObservedSnapshot {
        ObservedSnapshot(
            id: Fixture.id(id), volumeID: intent.volumeID, name: intent.name, description: nil, metadata: intent.stamp.metadata,
            status: status,
            size: 20, createdAt: Timestamp(instant), updatedAt: nil)
    }

    private func before(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: epoch.microseconds - seconds * 1_000_000) }

    @Test("P2: found by owner, key and attempt, it is recorded at once")
    func found() {
        let intent = Fixture.intent("snap-1", startedAt: before(5))
        let world = World(openIntents: [intent])
        let snapshot = made(intent, id: "x", status: .creating, at: "2026-11-23T08:59:56")
        world.ask { $0.place(snapshot) }
        let outcome = world.settle()
        #expect(outcome.settlements == [Settlement(key: intent.key, attempt: intent.attempt, outcome: .found(Fixture.id("x")))])
        #expect(world.state.records.map(\.id) == [Fixture.id("x")])
        #expect(world.state.records.map(\.status) == [.creating])
        #expect(world.state.openIntents == [])
        #expect(world.time.elapsed < .seconds(1))
    }

    @Test("P1: of two that are found the older is recorded, the younger reported and kept among the superseded")
    func twoFound() {
        let intent = Fixture.intent("snap-1", startedAt: before(500))
        let world = World(openIntents: [intent])
        let pair = [made(intent, id: "a-younger", at: "2026-11-23T08:52:00"), made(intent, id: "b-older", at: "2026-11-23T08:51:40")]
        world.ask { cloud in for snapshot in pair { cloud.place(snapshot) } }
        let outcome = world.settle()
        #expect(outcome.settlements.map(\.outcome) == [.found(Fixture.id("b-older"))])
        #expect(outcome.events.contains(.duplicateFound(intent.key, Fixture.id("a-younger"))))
        #expect(world.state.records.map(\.id) == [Fixture.id("b-older")])
        #expect(world.state.superseded.map(\.id) == [Fixture.id("a-younger")])
    }

    struct AgeCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Seconds by the wall clock.
        let age: Int64
        /// Seconds by the clock of the boot; `nil` where the intent names another boot, or none.
        var provenAge: Int64?
        let wait: ClosedRange<Int>
    }

    // Not found is believed once the settle time has passed since the answer was lost: now, or when the request would have been given up
    // (60 s after it was sent, twenty seconds after its intent at the latest). It is never waited for longer than the settle time. Only the
    // clock of the same boot proves an age: a wall clock may have been set between the two runs.
    @Test(
        "P1: not found is believed only after the settle time",
        arguments: [
            AgeCase(testDescription: "just now", age: 0, provenAge: 0, wait: 30...31),
            AgeCase(testDescription: "20 s ago", age: 20, provenAge: 20, wait: 30...31),
            AgeCase(testDescription: "70 s ago: its client may just have lost the answer", age: 70, provenAge: 70, wait: 30...31),
            AgeCase(testDescription: "100 s ago, 20 s after its client would have given it up", age: 100, provenAge: 100, wait: 10...11),
            AgeCase(testDescription: "an hour ago", age: 3600, provenAge: 3600, wait: 0...1),
            AgeCase(testDescription: "in the future: the clock was set back", age: -86_400, provenAge: 5, wait: 30...31),
            AgeCase(
                testDescription: "two minutes ago by a clock that was set forward, 1 s in truth", age: 120, provenAge: 1, wait: 30...31),
            AgeCase(testDescription: "an hour ago by the wall clock, and the machine was started anew", age: 3600, wait: 30...31),
            AgeCase(testDescription: "later than now on the boot's clock: a machine was restored", age: 0, provenAge: -500, wait: 30...31),
        ])
    func notFound(testCase: AgeCase) {
        var intent = Fixture.intent("snap-1", startedAt: before(testCase.age))
        let world = World(openIntents: [])
        world.time.advance(by: .seconds(10_000))
        let elapsed = world.time.elapsed
        intent.bootInstant =
            testCase.provenAge.map { BootInstant(boot: World.boot, elapsed: elapsed - .seconds($0)) }
            ?? BootInstant(boot: BootID("another-boot")!, elapsed: elapsed - .seconds(9000))
        world.state.openIntents = [intent]
        let outcome = world.settle()
        #expect(outcome.settlements.map(\.outcome) == [.notCreated])
        #expect(world.state.openIntents == [])
        #expect(world.ask { $0.count(.list) } == 2)
        let waited = world.time.elapsed - elapsed
        #expect(waited >= .seconds(testCase.wait.lowerBound) && waited <= .seconds(testCase.wait.upperBound))
    }

    struct HolderCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Seconds by the clock of the boot; `nil` for another machine.
        var provenAge: Int64?
        var mayLive = true
        let wait: ClosedRange<Int>
    }

    // A run that lives may send what it has announced for twenty seconds: ten until it is asked for, ten for its credentials.
    @Test(
        "P1: where the run that held the lock may live, not found is believed once it can have sent nothing for the settle time",
        arguments: [
            HolderCase(testDescription: "dead, on another machine", mayLive: false, wait: 30...31),
            HolderCase(testDescription: "on another machine", wait: 50...51),
            HolderCase(testDescription: "announced just now", provenAge: 0, wait: 50...51),
            HolderCase(testDescription: "announced 15 s ago", provenAge: 15, wait: 35...36),
            HolderCase(testDescription: "announced 25 s ago", provenAge: 25, wait: 30...31),
            HolderCase(testDescription: "announced 100 s ago", provenAge: 100, wait: 10...11),
            HolderCase(testDescription: "announced an hour ago", provenAge: 3600, wait: 0...1),
        ])
    func formerHolder(testCase: HolderCase) {
        var intent = Fixture.intent("snap-1", startedAt: before(0))
        let world = World(openIntents: [])
        world.formerHolderMayLive = testCase.mayLive
        world.time.advance(by: .seconds(10_000))
        let elapsed = world.time.elapsed
        intent.bootInstant = testCase.provenAge.map { BootInstant(boot: World.boot, elapsed: elapsed - .seconds($0)) }
        world.state.openIntents = [intent]
        #expect(world.settle().settlements.map(\.outcome) == [.notCreated])
        let waited = world.time.elapsed - elapsed
        #expect(waited >= .seconds(testCase.wait.lowerBound) && waited <= .seconds(testCase.wait.upperBound))
    }

    @Test("P1: what a run sends whose lock was broken, as late as it may, is found and not made a second time", arguments: [true, false])
    func brokenLock(isTold: Bool) {
        let intent = Fixture.intent("snap-1", startedAt: before(0))
        let world = World(openIntents: [intent])
        world.formerHolderMayLive = isTold
        let request = CreationRequest(
            volumeID: intent.volumeID, name: intent.name, description: nil, metadata: intent.metadata.merging(intent.stamp.metadata),
            force: false)
        // Sent 20 s after the lock was taken over, and performed within the settle time.
        world.ask { $0.expect(request, after: .seconds(49)) }
        let outcome = world.settle()
        world.wait(.seconds(30))
        #expect(world.snapshots.count == 1)
        if isTold {
            #expect(outcome.settlements.map(\.outcome) == [.found(world.snapshots[0].id)])
        } else {
            // Why the store has to tell.
            #expect(outcome.settlements.map(\.outcome) == [.notCreated])
        }
    }

    @Test(
        "P1: a creation whose lock is lost while it waits for its credentials is not sent, and nothing starts after it", arguments: [1, 20])
    func lostWhileWaiting(count: Int) {
        let world = World()
        world.credentialsTake = .seconds(8)
        let outcome = world.apply(Fixture.manifest(count), .init(losesLockAfter: .seconds(4)))
        #expect(world.log.entries.allSatisfy { if case .posted = $0 { false } else { true } })
        #expect(world.snapshots.isEmpty)
        outcome.expectLockLost()
        // Nothing was sent: nothing is open.
        #expect(world.state.openIntents.isEmpty)
    }

    @Test("P1: many open creations are waited for together, however few are looked up at once")
    func waitsTogether() {
        let intents = (0..<50).map { Fixture.intent("snap-\($0)", attempt: $0 + 1, startedAt: before(0)) }
        let world = World(openIntents: intents)
        let outcome = world.settle()
        #expect(outcome.settlements.map(\.outcome) == Array(repeating: .notCreated, count: 50))
        #expect(world.ask { $0.count(.list) } == 100)
        #expect(world.time.elapsed >= .seconds(30) && world.time.elapsed <= .seconds(32))
    }

    @Test("P1: what appears within the settle time is found by the second look")
    func appearsLate() {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.index == 0 ? .lostAndLate(.seconds(20)) : nil }))
        _ = world.apply(Fixture.manifest(1), .init(killAfter: .milliseconds(60)))
        #expect(world.state.openIntents.count == 1)
        #expect(world.apply(Fixture.manifest(1)).report?.isComplete == true)
        #expect(world.snapshots.count == 1)
    }

    struct ClockCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let shift: Duration
        let isOtherBoot: Bool
    }

    @Test(
        "P1: whatever the next run's wall clock says, a creation that the cloud performs within the settle time is not made twice",
        arguments: [
            ClockCase(testDescription: "an hour back", shift: .seconds(-3600), isOtherBoot: false),
            ClockCase(testDescription: "two minutes back", shift: .seconds(-120), isOtherBoot: false),
            ClockCase(testDescription: "not set", shift: .zero, isOtherBoot: false),
            ClockCase(testDescription: "two minutes forward", shift: .seconds(120), isOtherBoot: false),
            ClockCase(testDescription: "an hour forward", shift: .seconds(3600), isOtherBoot: false),
            ClockCase(testDescription: "an hour forward after a reboot", shift: .seconds(3600), isOtherBoot: true),
        ])
    func clockSet(testCase: ClockCase) {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.index == 0 ? .lostAndLate(.seconds(6)) : nil }))
        _ = world.apply(Fixture.manifest(1), .init(killAfter: .milliseconds(60)))
        #expect(world.state.openIntents.count == 1)
        world.time.shiftWallClock(by: testCase.shift)
        if testCase.isOtherBoot { world.bootID = BootID("after-the-reboot")! }
        #expect(world.apply(Fixture.manifest(1)).report?.isComplete == true)
        #expect(world.snapshots.count == 1)
    }

    @Test("P1: an inconclusive look-up leaves the intent open, and its key alone is not created")
    func inconclusive() throws {
        let intents = [
            Fixture.intent("snap-01", attempt: 1, volume: 1, startedAt: before(500)),
            Fixture.intent("snap-02", attempt: 2, volume: 2, startedAt: before(500)),
        ]
        let world = World(
            cloud: .init(trouble: { $0.operation == .list && $0.subject == Fixture.volume(1).text ? .refused(.forbidden) : nil }),
            openIntents: intents)
        let outcome = world.apply(Fixture.manifest(3))
        #expect(outcome.settlements.count == 2)
        guard case .unknown = outcome.settlements[0].outcome else { Issue.record("settled"); return }
        #expect(outcome.settlements[1].outcome == .notCreated)
        let report = try #require(outcome.report)
        #expect(report.created.sorted() == [Fixture.key("snap-02"), Fixture.key("snap-03")])
        guard case .unsettled(let fault)? = report.failures.first?.cause else { Issue.record("no failure"); return }
        #expect(fault.kind == .refused(.forbidden))
        #expect(world.state.openIntents == [intents[0]])
    }

    @Test("P1: a stamp of another owner, key, attempt or volume is not ours")
    func foreignStamps() {
        let intent = Fixture.intent("snap-1", startedAt: before(500))
        let world = World(cloud: .init(ignoresVolumeFilter: true), openIntents: [intent])
        var strangers = (0..<4).map { made(intent, id: "x-\($0)", at: "2026-11-23T08:52:00") }
        strangers[0].metadata = strangers[0].metadata.merging(Metadata([Stamp.ownerKey: "other"]))
        strangers[1].metadata = strangers[1].metadata.merging(Metadata([Stamp.keyKey: "other"]))
        strangers[2].metadata = strangers[2].metadata.merging(Metadata([Stamp.attemptKey: "other"]))
        strangers[3].volumeID = Fixture.volume(9)
        world.ask { [strangers] cloud in for snapshot in strangers { cloud.place(snapshot) } }
        #expect(world.settle().settlements.map(\.outcome) == [.notCreated])
    }

    @Test("Many intents are settled at the given parallelism, and told in their order", arguments: [0, 1, 4])
    func many(parallelism: Int) {
        let intents = (1...20).map { Fixture.intent("snap-\($0)", attempt: $0, volume: $0, startedAt: before(500)) }
        let world = World(policy: ExecutionPolicy(parallelism: parallelism), openIntents: intents)
        let outcome = world.settle()
        #expect(outcome.settlements.map(\.attempt) == intents.map(\.attempt))
        #expect(world.ask { $0.peak } == max(1, parallelism))
    }
}
