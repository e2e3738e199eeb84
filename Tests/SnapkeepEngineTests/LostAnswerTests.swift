import SnapkeepCore
import Synchronization
import Testing

@testable import SnapkeepEngine

@Suite("Lost answers")
struct LostAnswerTests {
    // The cloud acted, the answer did not come: the stamp tells, and nothing is sent again.
    @Test("P1: a creation whose answer was lost is found by its stamp", arguments: [true, false])
    func foundByStamp(unintelligible: Bool) {
        let world = World(
            cloud: .init(
                pageSize: 3, ignoresVolumeFilter: true,
                trouble: { $0.operation == .create && $0.index % 3 == 0 ? (unintelligible ? .unintelligibleAfter : .lostAfter) : nil }))
        let manifest = Fixture.manifest(12)
        let outcome = world.apply(manifest)
        #expect(outcome.report?.isComplete == true)
        #expect(world.snapshots.count == 12)
        #expect(world.ask { $0.count(.create) } == 12)
        #expect(outcome.events.count { if case .lookingUp = $0 { true } else { false } } == 4)
        #expect(!world.remaining(manifest).hasActions)
    }

    @Test("P1: one that was not made is looked for until the settle time has passed since its answer was lost, then sent again announced")
    func sentAgain() throws {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.index == 0 ? .lostBefore : nil }))
        let manifest = Fixture.manifest(1)
        let outcome = world.apply(manifest)
        #expect(outcome.report?.isComplete == true)
        #expect(world.snapshots.count == 1)
        #expect(world.log.unannounced == [])
        let creates = world.ask { cloud in zip(cloud.requests, cloud.arrivals).filter { $0.0 == "create snap-01" }.map(\.1) }
        #expect(creates.count == 2)
        #expect(creates[1] - creates[0] >= .seconds(30))
        // The same attempt: whichever of the two requests is performed, its stamp is known.
        let attempts = world.log.entries.compactMap { entry -> String? in if case .posted(let attempt, _) = entry { attempt } else { nil } }
        #expect(Set(attempts).count == 1)
    }

    // A request may hang for longer than the settle time before its connection breaks: the cloud may act on it until then, and a little after.
    @Test("P1: the settle time counts from the moment at which the answer was lost")
    func hangingRequest() {
        let world = World(
            cloud: .init(trouble: { $0.operation == .create && $0.index == 0 ? .hanging(.seconds(90), late: .seconds(20)) : nil }))
        let manifest = Fixture.manifest(1, timeout: .seconds(3000))
        let outcome = world.apply(manifest)
        #expect(outcome.report?.isComplete == true)
        #expect(world.snapshots.count == 1)
    }

    @Test("P1: a wall clock that jumps forward during the wait does not shorten it")
    func clockJump() {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.index == 0 ? .lostAndLate(.seconds(15)) : nil }))
        let time = world.time
        let outcome = world.apply(
            Fixture.manifest(1), .init(atFailpoint: { if $0 == .beforePost { time.shiftWallClock(by: .seconds(3600)) } }))
        #expect(outcome.report?.isComplete == true)
        #expect(world.snapshots.count == 1)
    }

    // Ready intents are sent after the jump, and then the program dies: the next run has the wall clock alone to tell how old they are.
    @Test("P1: intents that lie ready while the clock jumps forward are written anew before their requests", arguments: [0, 3600])
    func clockJumpWhileReady(seconds: Int) {
        let world = World(cloud: .init(latency: .milliseconds(900), creationTime: .seconds(1)))
        let time = world.time
        let jumped = Mutex(false)
        world.ask { cloud in
            cloud.change { settings in
                settings.trouble = { call in
                    guard call.operation == .create else { return nil }
                    let isFirst = jumped.withLock { was in
                        defer { was = true }
                        return !was
                    }
                    if isFirst { time.shiftWallClock(by: .seconds(seconds)) }
                    return call.index >= 16 && call.index < 26 ? .lostAndLate(.seconds(10)) : nil
                }
            }
        }
        _ = world.apply(Fixture.manifest(26), .init(killAfter: .milliseconds(1200)))
        _ = world.apply(Fixture.manifest(26))
        world.wait(.seconds(100))
        #expect(world.snapshots.count == 26)
    }

    @Test("P1: acting within the settle time makes no second snapshot, whatever the delay", arguments: [1, 5, 15, 25, 29])
    func actingLate(seconds: Int) {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.index == 0 ? .lostAndLate(.seconds(seconds)) : nil }))
        #expect(world.apply(Fixture.manifest(1)).report?.isComplete == true)
        #expect(world.snapshots.count == 1)
    }

    // Later than the settle time is later than can be waited for: then the second one must be seen and said.
    @Test("P1: a duplicate made after the settle time is reported and kept among the superseded", arguments: [1, 2, 12], [40, 33])
    func lateDuplicate(count: Int, delay: Int) throws {
        let world = World(
            cloud: .init(
                creationTime: .seconds(20), trouble: { $0.subject == "snap-01" && $0.repetition == 0 ? .lostAndLate(.seconds(delay)) : nil }
            ))
        let manifest = Fixture.manifest(count)
        let report = try #require(world.apply(manifest).report)
        #expect(world.snapshots.count == count + 1)
        #expect(report.duplicates.count == 1)
        #expect(world.state.superseded.map(\.id) == report.duplicates)
        #expect(world.state.superseded.map(\.key) == [Fixture.key("snap-01")])
        #expect(report.created.count == count)
        // To be pruned like any other superseded one.
        #expect(world.apply(manifest, prune: true).report?.deleted == [Fixture.key("snap-01")])
        #expect(world.snapshots.count == count)
    }

    @Test("P1: the late duplicate of a snapshot that was available at once is seen too")
    func lateDuplicateImmediate() throws {
        let world = World(
            cloud: .init(isImmediate: true, trouble: { $0.subject == "snap-01" && $0.repetition == 0 ? .lostAndLate(.seconds(31)) : nil }))
        let report = try #require(world.apply(Fixture.manifest(1)).report)
        #expect(report.duplicates.count == world.snapshots.count - 1)
    }

    @Test("P1: an inconclusive look-up leaves the intent open; the key is not created again until it is settled", arguments: [0, 1, 2, 3])
    func inconclusive(kind: Int) throws {
        let world = World(
            cloud: .init(trouble: { call in
                if call.operation == .create, call.subject == "snap-01" { return .lostAfter }
                guard call.operation == .list, call.subject == Fixture.volume(1).text else { return nil }
                return [.refused(.forbidden), .lostBefore, .notSent, .unintelligible][kind]
            }))
        let manifest = Fixture.manifest(3)
        let first = try #require(world.apply(manifest).report)
        #expect(first.created.count == 2)
        guard first.failures.count == 1, case .unsettled = first.failures[0].cause else { Issue.record("\(first.failures)"); return }
        #expect(world.state.openIntents.count == 1)
        let second = try #require(world.apply(manifest).report)
        guard second.failures.count == 1, case .unsettled = second.failures[0].cause else { Issue.record("\(second.failures)"); return }
        #expect(world.ask { $0.count(.create) } == 3)
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        let third = world.apply(manifest)
        #expect(third.report?.isComplete == true)
        #expect(world.snapshots.count == 3)
        #expect(!world.remaining(manifest).hasActions)
    }

    @Test("P1: a list that repeats its cursor was not read to its end, so it proves nothing")
    func repeatedCursor() throws {
        let old = Fixture.recorded("other", id: "old-1", volume: 1)
        let world = World(
            cloud: .init(pageSize: 1, repeatsCursor: true, trouble: { $0.operation == .create ? .lostAfter : nil }), records: [old.record])
        world.ask { cloud in
            cloud.place(old.observed)
            cloud.change { $0.unlisted = [Fixture.id("000001")] }
        }
        let report = try #require(world.apply(Fixture.manifest(Fixture.spec("other"), Fixture.spec("snap-1"))).report)
        guard report.failures.count == 1, case .unsettled = report.failures[0].cause else { Issue.record("\(report)"); return }
        #expect(world.state.openIntents.count == 1)
        #expect(world.snapshots.count == 2)
    }

    @Test("An answer that is lost every time is given up after the tries; nothing is open, nothing was made")
    func neverAnswered() throws {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.subject == "snap-02" ? .lostBefore : nil }))
        let report = try #require(world.apply(Fixture.manifest(3)).report)
        #expect(report.created.count == 2)
        #expect(report.failures.map(\.key) == [Fixture.key("snap-02")])
        #expect(world.ask { $0.requests.count { $0 == "create snap-02" } } == 5)
        #expect(world.state.openIntents == [])
        #expect(world.log.unannounced == [])
    }
}
