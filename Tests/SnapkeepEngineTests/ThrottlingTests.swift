import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("Throttling and a dead endpoint")
struct ThrottlingTests {
    @Test("429 halves the parallelism, pauses as asked, and it grows again by one each round")
    func throttled() {
        let world = World(
            policy: ExecutionPolicy(parallelism: 8),
            cloud: .init(trouble: { $0.operation == .create && (8..<12).contains($0.index) ? .throttled(.seconds(30)) : nil }))
        let manifest = Fixture.manifest(60)
        let outcome = world.apply(manifest)
        #expect(outcome.report?.isComplete == true)
        #expect(world.snapshots.count == 60)
        #expect(world.log.unannounced == [])
        let told = outcome.events.compactMap { event -> Int? in
            if case .throttled(.seconds(30), let parallelism) = event { parallelism } else { nil }
        }
        // Turned away together: one sign.
        #expect(told == [4])
        // Nothing at all goes out during the pause.
        let arrivals = world.ask { $0.arrivals }.sorted()
        let longest = zip(arrivals, arrivals.dropFirst()).map { $1 - $0 }.max()
        #expect(longest! >= .seconds(29))
    }

    @Test("The limit halves with each sign, never below one, and rises by one after a full round of successes")
    func throttleValue() {
        var throttle = Throttle(ceiling: 8)
        #expect(throttle.noteThrottled(wait: .seconds(1), at: .seconds(10)) == .zero)
        #expect(throttle.limit == 4)
        // Still within the pause: the same sign.
        #expect(throttle.noteThrottled(wait: .seconds(1), at: .seconds(10.5)) == .seconds(0.5))
        #expect(throttle.limit == 4)
        #expect(throttle.pausedUntil == .seconds(11.5))
        for (second, limit) in [(20, 2), (30, 1), (40, 1)] {
            _ = throttle.noteThrottled(wait: .seconds(1), at: .seconds(second))
            #expect(throttle.limit == limit)
        }
        for limit in [2, 2, 3, 3, 3, 4] {
            throttle.noteSuccess()
            #expect(throttle.limit == limit)
        }
        #expect(throttle.streak == 0)
    }

    @Test("A cloud that asks for less without end stops the run after the limit; nothing was made, no intent is open")
    func givesUp() throws {
        let world = World(
            policy: ExecutionPolicy(parallelism: 4, throttleLimit: .seconds(300)),
            cloud: .init(trouble: { $0.operation == .create ? .throttled(nil) : nil }))
        let manifest = Fixture.manifest(10)
        let report = try #require(world.apply(manifest).report)
        guard case .service(let fault)? = report.stop else { Issue.record("not stopped"); return }
        #expect(fault.kind == .throttled(retryAfter: nil))
        #expect(report.notStarted == manifest.snapshots.map(\.key))
        #expect(world.state.openIntents == [])
        #expect(world.time.elapsed <= .seconds(300) && world.time.elapsed > .seconds(200))
        // Waits double up to a minute, so the cloud is not hammered.
        #expect(world.ask { $0.count(.create) } < 60)
    }

    @Test("'Retry-After: 0' is not taken at its word", .timeLimit(.minutes(10)))
    func zeroRetryAfter() throws {
        let world = World(
            policy: ExecutionPolicy(throttleLimit: .seconds(60)),
            cloud: .init(latency: .zero, trouble: { $0.operation == .create ? .throttled(.zero) : nil }))
        let outcome = world.apply(Fixture.manifest(2))
        #expect(outcome.end == .done)
        #expect(world.ask { $0.count(.create) } < 200)
    }

    @Test("A wait longer than the limit is not begun")
    func longRetryAfter() throws {
        let world = World(cloud: .init(trouble: { $0.operation == .create ? .throttled(.seconds(86_400)) : nil }))
        let report = try #require(world.apply(Fixture.manifest(2)).report)
        guard case .service? = report.stop else { Issue.record("not stopped"); return }
        #expect(world.time.elapsed < .seconds(10))
    }

    @Test("Throttled looks do not count against a much later creation")
    func throttledLooks() throws {
        // The first look is turned away; half an hour later a deletion is, once.
        let old = Fixture.recorded("old", id: "old-1", volume: 9)
        let waiting = Fixture.recorded("snap-1", id: "old-2", volume: 1, status: .creating)
        let world = World(
            policy: ExecutionPolicy(throttleLimit: .seconds(900)),
            cloud: .init(
                creationTime: .seconds(2000),
                trouble: { call in
                    if call.operation == .show, call.subject == "old-2", call.index == 0 { return .throttled(.seconds(1)) }
                    if call.operation == .update, call.index == 0 { return .throttled(.seconds(1)) }
                    return nil
                }),
            records: [old.record, waiting.record])
        world.ask { cloud in
            cloud.place(old.observed)
            cloud.place(waiting.observed)
            cloud.startGrowing(Fixture.id("old-2"))
        }
        let specs = [Fixture.spec("renamed", key: "snap-1", timeout: .seconds(4000)), Fixture.spec("old", volume: 9)]
        let report = try #require(world.apply(Manifest(snapshots: specs)).report)
        #expect(report.isComplete)
        #expect(report.updated == [Fixture.key("snap-1")])
    }

    @Test("A connection that cannot be made is tried again, with the same attempt announced anew")
    func notSent() {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.repetition < 3 ? .notSent : nil }))
        let outcome = world.apply(Fixture.manifest(3))
        #expect(outcome.report?.isComplete == true)
        #expect(world.snapshots.count == 3)
        #expect(Set(world.snapshots.compactMap { $0.metadata[Stamp.attemptKey] }).count == 3)
        #expect(world.log.unannounced == [])
    }

    @Test("A dead endpoint stops the run when the tries are used up; the others are not started, no intent stays open")
    func deadEndpoint() throws {
        let world = World(policy: ExecutionPolicy(parallelism: 2), cloud: .init(trouble: { _ in .notSent }))
        let manifest = Fixture.manifest(30)
        let report = try #require(world.apply(manifest).report)
        guard case .service(let fault)? = report.stop else { Issue.record("not stopped"); return }
        #expect(fault.kind == .notSent)
        #expect(report.notStarted == manifest.snapshots.map(\.key))
        #expect(report.failures == [])
        #expect(world.state.openIntents == [])
        #expect(world.state.records == [])
    }

    @Test("A change that asks the cloud for nothing does not pass for its answer")
    func protectionIsNoAnswer() throws {
        let pair = Fixture.recorded("snap-1", id: "old-1")
        let world = World(cloud: .init(trouble: { _ in .notSent }), records: [pair.record])
        let report = try #require(
            world.apply(
                Fixture.manifest(
                    Fixture.spec("snap-1", protect: true), Fixture.spec("snap-2", volume: 2), Fixture.spec("snap-3", volume: 3))
            ).report)
        guard case .service? = report.stop else { Issue.record("not stopped"); return }
        #expect(report.updated == [Fixture.key("snap-1")])
        #expect(report.notStarted.count == 2)
    }

    @Test("An endpoint that has answered before costs only the snapshot whose tries are used up")
    func oneUnreachable() throws {
        let world = World(cloud: .init(trouble: { $0.subject == "snap-02" ? .notSent : nil }))
        let report = try #require(world.apply(Fixture.manifest(4)).report)
        #expect(report.stop == nil)
        #expect(report.created.count == 3)
        #expect(report.failures.map(\.key) == [Fixture.key("snap-02")])
        #expect(world.ask { $0.requests.count { $0 == "create snap-02" } } == 5)
        #expect(world.state.openIntents == [])
    }
}
