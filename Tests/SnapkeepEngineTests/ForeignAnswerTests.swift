import SnapkeepCore
import Testing

@testable import SnapkeepEngine

/// Answers of somebody else than the cloud, and refusals that were none (P1).
@Suite("Answers that only look like refusals")
struct ForeignAnswerTests {
    @Test(
        "P1: a creation that somebody else refused after the cloud had acted is found by its stamp",
        arguments: [204, 302, 401, 403, 404, 429, 501])
    func actedAndRefused(status: Int) throws {
        let world = World(
            cloud: .init(trouble: { $0.operation == .create && $0.index % 2 == 0 ? .foreign(status, acts: true, pause: nil) : nil }))
        let manifest = Fixture.manifest(6)
        #expect(world.apply(manifest).report?.isComplete == true)
        #expect(world.snapshots.count == 6)
        #expect(world.ask { $0.count(.create) } == 6)
        #expect(!world.remaining(manifest).hasActions)
    }

    @Test("P1: one that the cloud never saw is looked up, waited for and sent again with the same attempt")
    func neverActed() throws {
        let world = World(
            cloud: .init(trouble: { $0.operation == .create && $0.index == 0 ? .foreign(403, acts: false, pause: nil) : nil }))
        #expect(world.apply(Fixture.manifest(1)).report?.isComplete == true)
        let requests = world.ask { cloud in zip(cloud.requests, cloud.arrivals).map { ($0.0, $0.1) } }
        let creates = requests.filter { $0.0 == "create snap-01" }.map(\.1)
        #expect(creates.count == 2)
        #expect(creates[1] - creates[0] >= .seconds(30))
        #expect(requests.count { $0.0.hasPrefix("list ") && $0.1 < creates[1] } >= 2)
        #expect(world.log.unannounced == [])
    }

    @Test("P1: somebody else's refusal each time is given up after the tries; nothing is open, for nothing was made")
    func alwaysRefused() throws {
        let world = World(cloud: .init(trouble: { $0.operation == .create ? .foreign(403, acts: false, pause: nil) : nil }))
        let report = try #require(world.apply(Fixture.manifest(1)).report)
        #expect(report.failures.count == 1)
        #expect(world.ask { $0.count(.create) } == 5)
        #expect(world.state.openIntents == [])
    }

    @Test("P1: where the look-ups cannot tell either, the intent stays open")
    func staysOpen() throws {
        let world = World(
            cloud: .init(trouble: { call in
                switch call.operation {
                case .create: .foreign(401, acts: true, pause: nil)
                case .list: .unauthenticated
                default: nil
                }
            }))
        let report = try #require(world.apply(Fixture.manifest(1)).report)
        guard case .service(let fault)? = report.stop, fault.kind == .unauthenticated else { Issue.record("\(report)"); return }
        #expect(world.state.openIntents.count == 1)
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        #expect(world.apply(Fixture.manifest(1)).report?.isComplete == true)
        #expect(world.snapshots.count == 1)
    }

    @Test("Another's 429 pauses the run and lowers the parallelism, and the creation is looked up before it is repeated")
    func pause() throws {
        let world = World(
            policy: ExecutionPolicy(parallelism: 8),
            cloud: .init(trouble: {
                $0.operation == .create && $0.index == 0 ? .foreign(429, acts: true, pause: .init(asked: .seconds(20))) : nil
            }))
        let outcome = world.apply(Fixture.manifest(1))
        #expect(outcome.report?.isComplete == true)
        #expect(world.ask { $0.count(.create) } == 1)
        #expect(outcome.events.contains(.throttled(wait: .seconds(20), parallelism: 4)))
        let arrivals = world.ask { $0.arrivals }
        #expect(arrivals[1] - arrivals[0] >= .seconds(20))
    }

    // MARK: The look at the end

    @Test("P1: what the cloud refused and made all the same is found at the end of the run, and recorded as its result")
    func madeAllTheSame() throws {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.subject == "snap-02" ? .refusedAfter(.quota) : nil }))
        let manifest = Fixture.manifest(3)
        let outcome = world.apply(manifest)
        let report = try #require(outcome.report)
        #expect(report.foundAfterRefusal.map(\.key) == [Fixture.key("snap-02")])
        #expect(report.failures == [] && report.duplicates == [])
        #expect(world.state.records.count == 3 && world.state.openIntents == [] && world.state.superseded == [])
        #expect(
            outcome.events.contains { if case .settled(let settlement) = $0 { settlement.key == Fixture.key("snap-02") } else { false } })
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        #expect(world.apply(manifest).report?.isComplete == true)
        #expect(world.snapshots.count == 3)
        #expect(world.ask { $0.count(.create) } == 3)
    }

    @Test("P1: of two that were made for a refused creation one is its result and the other a duplicate; both are reported")
    func madeTwice() throws {
        let world = World(
            cloud: .init(
                creationTime: .seconds(1),
                trouble: { call in
                    guard call.operation == .create, call.subject == "snap-01" else { return nil }
                    return call.repetition == 0 ? .lostAndLate(.milliseconds(30_120)) : .refusedAfter(.quota)
                }))
        let report = try #require(world.apply(Fixture.manifest(1)).report)
        #expect(world.snapshots.count == 2)
        #expect(report.foundAfterRefusal.count == 1)
        #expect(report.duplicates.count == 1)
        #expect(world.state.records.count == 1 && world.state.superseded.count == 1)
    }

    @Test("The look at the end is one page, whether a creation was refused or not", arguments: [true, false])
    func cost(refused: Bool) throws {
        let world = World(
            cloud: .init(
                isImmediate: true, trouble: { $0.operation == .create && $0.subject == "snap-02" && refused ? .refused(.quota) : nil }))
        let report = try #require(world.apply(Fixture.manifest(3)).report)
        #expect(report.created.count == (refused ? 2 : 3))
        #expect(world.ask { $0.count(.list) } == 1)
        #expect(world.state.openIntents == [])
    }
}
