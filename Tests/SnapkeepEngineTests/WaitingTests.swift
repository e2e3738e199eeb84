import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("Waiting for snapshots")
struct WaitingTests {
    @Test("Many are awaited by few lists, without a request for each")
    func listBased() {
        let world = World(cloud: .init(creationTime: .seconds(60)))
        _ = world.apply(Fixture.manifest(300))
        #expect(world.snapshots.count == 300)
        #expect(world.ask { $0.count(.show) } <= 10)
        // Intervals grow by a quarter: from 100 ms to 10 s in about 20 steps, then one each 10 s.
        #expect(world.ask { $0.count(.list) } <= 40)
    }

    // One page for each thousand that is awaited, however many others the project has.
    @Test("A look is one page, of as many rows as hold what is awaited", arguments: [10, 300, 2000])
    func shortLooks(count: Int) {
        let world = World(cloud: .init(creationTime: .seconds(2)))
        world.ask { cloud in
            for number in 0..<3000 { cloud.place(Fixture.recorded("other-\(number)", id: "other-\(number)", volume: number).observed) }
        }
        let outcome = world.apply(Fixture.manifest(count))
        #expect(outcome.report?.isComplete == true)
        let looks = world.ask { $0.looks }
        #expect(looks.count > 4)
        // The last one is for what others may have made meanwhile, and reads twice as much.
        #expect(looks.dropLast().allSatisfy { $0.count == 1 })
        #expect(looks.last == [min(2 * count + 66, 1000)])
        if count < 500 { #expect(looks.dropLast().allSatisfy { $0[0] <= count + count / 4 + 40 }) }
        #expect(world.ask { $0.count(.show) } <= 1)
    }

    @Test("A list that lags behind costs no second page: what it lacks is not further down")
    func laggingShortLooks() {
        let world = World(cloud: .init(creationTime: .seconds(10), listLag: .seconds(3)))
        world.ask { cloud in
            for number in 0..<3000 { cloud.place(Fixture.recorded("other-\(number)", id: "other-\(number)", volume: number).observed) }
        }
        let outcome = world.apply(Fixture.manifest(300))
        #expect(outcome.report?.isComplete == true)
        #expect(world.ask { $0.looks }.allSatisfy { $0.count == 1 })
    }

    // Clouds tell whole seconds, rounded, and order the snapshots of one second at will: only what is a second older is surely behind.
    @Test("What was made a second before is surely older, what was made since may stand behind it in a list")
    func madeCount() {
        var made = MadeCount()
        let at: [Duration] = [
            .milliseconds(100_200), .milliseconds(100_900), .milliseconds(101_100), .milliseconds(102_000), .seconds(110),
        ]
        #expect(at.map { made.next(since: $0) } == [0, 0, 0, 2, 4])
        // An answer that came late.
        #expect(made.next(since: .milliseconds(101_500)) == 0)
        #expect(made.next(since: .seconds(99)) == 0)
        #expect(made.total == 7)
    }

    @Test("One alone is asked for itself, so that its progress is known")
    func single() {
        let world = World(cloud: .init(creationTime: .seconds(60)))
        let outcome = world.apply(Fixture.manifest(1))
        // Only the last look, for what others may have made meanwhile.
        #expect(world.ask { $0.count(.list) } == 1)
        #expect(world.ask { $0.count(.show) } <= 40)
        let percents = outcome.events.compactMap { event -> Int? in if case .progressed(_, _, let percent) = event { percent } else { nil }
        }
        #expect(percents.count > 3)
        #expect(percents == percents.sorted())
    }

    // The clouds advise pages of 50 rows (CloudAPI#list); what a page does not hold must not be left unseen for long.
    @Test("Small pages: everything is seen as available soon after it is")
    func smallPages() {
        let world = World(cloud: .init(creationTime: .seconds(20), pageSize: 50))
        let outcome = world.apply(Fixture.manifest(300))
        #expect(outcome.report?.isComplete == true)
        #expect(world.ask { $0.count(.show) } <= 20)
        #expect(world.time.elapsed < .seconds(60))
    }

    @Test("Awaited ones that no list shows are asked for in turn, not the same few again and again")
    func fairShows() {
        // 30 resumed snapshots that no list holds; the first ten by age and id never become available.
        let all = (0..<30).map {
            Fixture.recorded("snap-\(Fixture.padded($0, 2))", id: "old-\(Fixture.padded($0, 2))", volume: $0, status: .creating)
        }
        let world = World(
            cloud: .init(creationTime: .seconds(5), unlisted: Set(all.map(\.record.id))), records: all.map(\.record))
        world.ask { cloud in
            for (index, pair) in all.enumerated() {
                cloud.place(pair.observed)
                if index >= 10 { cloud.startGrowing(pair.record.id) }
            }
        }
        let specs = (0..<30).map { Fixture.spec("snap-\(Fixture.padded($0, 2))", volume: $0, timeout: .seconds(120)) }
        let report = world.apply(Manifest(snapshots: specs)).report
        #expect(report?.resumed.count == 20)
        #expect(report?.timedOut.count == 10)
        #expect(report?.stillCreating.count == 10 && report?.failures == [])
    }

    @Test("P1, P10: a wait that ends keeps the record as creating and is no failure, and the next run goes on waiting without a POST")
    func timeout() throws {
        let world = World(cloud: .init(creationTime: .seconds(300)))
        let manifest = Fixture.manifest(2, timeout: .seconds(120))
        let first = try #require(world.apply(manifest).report)
        #expect(
            first.timedOut.sorted { $0.key < $1.key }
                == zip(manifest.snapshots, ["000001", "000002"]).map {
                    TimedOutWait(key: $0.key, activity: .create, id: Fixture.id($1), waited: .seconds(120), status: .creating)
                })
        #expect(first.failures == [])
        #expect(first.stillCreating == manifest.snapshots.map(\.key))
        #expect(first.changedAnything && !first.isComplete)
        #expect(world.time.elapsed >= .seconds(120) && world.time.elapsed < .seconds(125))
        #expect(world.state.records.map(\.status) == [.creating, .creating])
        world.wait(.seconds(100))
        let second = try #require(world.apply(manifest).report)
        #expect(second.isComplete)
        #expect(second.resumed.count == 2)
        #expect(world.ask { $0.count(.create) } == 2)
        #expect(!world.remaining(manifest).hasActions)
    }

    @Test("A creation that ends in error is recorded so, told, and replaced by the next run; the broken one is kept")
    func endsInError() throws {
        let world = World(cloud: .init(failing: ["snap-01"]))
        let manifest = Fixture.manifest(3)
        let first = try #require(world.apply(manifest).report)
        #expect(first.failures == [ItemFailure(key: Fixture.key("snap-01"), activity: .create, cause: .endedInError(Fixture.id("000001")))])
        #expect(first.created.count == 2)
        world.ask { $0.change { $0.failing = [] } }
        let second = try #require(world.apply(manifest).report)
        #expect(second.replaced == [Fixture.key("snap-01")])
        #expect(world.state.superseded.map(\.id) == [Fixture.id("000001")])
        #expect(!world.remaining(manifest).hasActions)
    }

    @Test("A snapshot that is gone while it is awaited is told as vanished")
    func vanished() throws {
        let pair = Fixture.recorded("snap-1", id: "old-1", status: .creating)
        let world = World(records: [pair.record])
        let spec = Fixture.spec("snap-1")
        let report = try #require(world.apply(Fixture.manifest(spec)).report)
        #expect(report.failures == [ItemFailure(key: spec.key, activity: .resume, cause: .vanished(Fixture.id("old-1")))])
    }

    @Test("A list that lags behind does not make a new snapshot vanish")
    func laggingList() {
        let world = World(cloud: .init(listLag: .seconds(60)))
        let outcome = world.apply(Fixture.manifest(5))
        #expect(outcome.report?.isComplete == true)
    }

    @Test("A list that repeats its cursor does not hold the run up", .timeLimit(.minutes(10)))
    func repeatedCursor() {
        let world = World(cloud: .init(pageSize: 2, repeatsCursor: true))
        let outcome = world.apply(Fixture.manifest(12))
        #expect(outcome.end == .done)
        #expect(outcome.report?.isComplete == true)
    }

    @Test("Faults of a look are looked past: it is looked again", arguments: [0, 1, 2, 3])
    func faultyLooks(kind: Int) {
        let world = World(
            cloud: .init(trouble: { call in
                guard call.operation == .list || call.operation == .show, call.index < 4 else { return nil }
                switch kind {
                case 0: return .lostBefore
                case 1: return .notSent
                case 2: return .unintelligible
                default: return .throttled(.seconds(3))
                }
            }))
        let outcome = world.apply(Fixture.manifest(4))
        #expect(outcome.report?.isComplete == true)
    }

    @Test("Lists that are refused do not keep what is available from being seen")
    func refusedList() {
        let world = World(cloud: .init(trouble: { $0.operation == .list ? .refused(.forbidden) : nil }))
        let outcome = world.apply(Fixture.manifest(25))
        #expect(outcome.report?.isComplete == true)
    }

    @Test("Bad credentials at a look stop the run; what was created is told as still creating")
    func badCredentialsAtLook() throws {
        let world = World(cloud: .init(trouble: { $0.operation == .list ? .unauthenticated : nil }))
        let report = try #require(world.apply(Fixture.manifest(3)).report)
        guard case .service? = report.stop else { Issue.record("not stopped"); return }
        #expect(report.stillCreating.count == 3)
    }

    @Test("Looks and other requests together keep the parallelism, and nothing is sent during a pause")
    func looksCount() {
        let world = World(policy: ExecutionPolicy(parallelism: 1), cloud: .init(creationTime: .milliseconds(700)))
        let outcome = world.apply(Fixture.manifest(12))
        #expect(outcome.report?.isComplete == true)
        #expect(world.ask { $0.peak } == 1)
    }
}
