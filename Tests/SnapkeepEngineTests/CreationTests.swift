import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("Creation")
struct CreationTests {
    // Every listed snapshot is made once, as many at a time as allowed, and nothing is left to do.
    @Test("P1, P11: N snapshots at parallelism p", arguments: [(1, 1), (5, 1), (20, 4), (60, 16), (3, 16)])
    func plainCreation(count: Int, parallelism: Int) {
        let world = World(policy: ExecutionPolicy(parallelism: parallelism))
        let manifest = Fixture.manifest(count)
        let outcome = world.apply(manifest)
        #expect(outcome.end == .done)
        #expect(outcome.report?.isComplete == true)
        #expect(outcome.report?.created.sorted() == manifest.snapshots.map(\.key))
        #expect(world.snapshots.count == count)
        #expect(world.ask { $0.peak } == min(count, parallelism))
        #expect(world.log.unannounced == [])
        #expect(world.state.openIntents == [])
        #expect(world.state.records.allSatisfy { $0.status == .available && $0.size == 20 })
        #expect(!world.remaining(manifest).hasActions)
    }

    // An intent is on disk before its request, written a little ahead and with others. `unannounced` checks the order.
    @Test("P1, P6: at parallelism 16 one fsync serves four creations and more", arguments: [1000, 100, 16])
    func sharedSyncs(count: Int) {
        let world = World()
        let outcome = world.apply(Fixture.manifest(count))
        #expect(outcome.report?.isComplete == true)
        #expect(outcome.syncs * 4 <= count)
        #expect(world.log.unannounced == [])
    }

    @Test("P1: one request at a time: no intent is written ahead of its turn")
    func noIntentAhead() {
        let world = World(policy: ExecutionPolicy(parallelism: 1))
        let outcome = world.apply(Fixture.manifest(10))
        var open = 0
        for event in outcome.journal {
            switch event {
            case .intent: open += 1
            case .created: open -= 1
            default: break
            }
            #expect(open <= 1)
        }
        #expect(outcome.syncs == 10)
    }

    @Test("P1: an intent that waited longer than ten seconds is written anew before its request is sent")
    func staleIntent() {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.index == 5 ? .throttled(.seconds(20)) : nil }))
        let outcome = world.apply(Fixture.manifest(60))
        #expect(outcome.report?.isComplete == true)
        let resent = outcome.journal.count { if case .resent = $0 { true } else { false } }
        // The one that was turned away, and those whose turn came during the pause.
        #expect(resent > 1)
        #expect(world.log.unannounced == [])
        #expect(world.snapshots.count == 60)
    }

    @Test("P1: a disk that hangs makes no intent old: its line is written once more before the request")
    func hangingDisk() throws {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.index == 0 ? .throttled(.seconds(20)) : nil }))
        let time = world.time
        let hangs = Countdown(1)
        // The intent of the second try: as it is written, the disk stands still for a minute.
        var disturbance = World.Disturbance()
        disturbance.atFailpoint = { point in
            if point == .afterIntent, time.elapsed > .seconds(15), hangs.tick() { time.advance(by: .seconds(60)) }
        }
        let outcome = world.apply(Fixture.manifest(1), disturbance)
        #expect(outcome.report?.isComplete == true)
        let resent = outcome.journal.compactMap { if case .resent(_, let at, _) = $0 { at } else { nil } }
        #expect(resent.count == 2)
        let sent = try #require(world.ask { $0.arrivals.last { $0 > .seconds(60) } })
        let written = try #require(resent.last).since(VirtualTime.epoch)
        #expect(sent - written >= .zero && sent - written <= .seconds(10))
    }

    private func other(_ id: String, name: String, volume: VolumeID, at instant: String) -> ObservedSnapshot {
        ObservedSnapshot(
            id: Fixture.id(id), volumeID: volume, name: name, description: nil, metadata: Metadata(), status: .available, size: 9,
            createdAt: Timestamp(instant), updatedAt: nil)
    }

    @Test("P1, P3: an answer that shows somebody else's snapshot puts no stamp on it and records it for nothing", arguments: [0, 1, 2, 3])
    func answerAboutAnother(kind: Int) throws {
        let spec = Fixture.spec("snap-1")
        let volume = try #require(spec.volume.id)
        let instant = kind == 0 ? "2020-01-01T00:00:00" : "2026-11-23T09:00:00"
        var stranger = other("stranger", name: kind == 1 ? "their-own" : "snap-1", volume: volume, at: instant)
        if kind == 2 { stranger.metadata = Metadata(["team": "theirs"]) }
        if kind == 3 { stranger.metadata = Metadata([Stamp.ownerKey: "them", Stamp.keyKey: "k", Stamp.attemptKey: "a"]) }
        let placed = stranger
        let world = World()
        world.ask { cloud in
            cloud.place(placed)
            cloud.change { $0.answersAbout = placed.id }
        }
        let outcome = world.apply(Fixture.manifest(spec))
        #expect(outcome.report?.created == [spec.key])
        #expect(world.snapshots.first { $0.id == placed.id } == placed)
        #expect(world.snapshots.count == 2)
        #expect(world.state.records.map(\.id) == [Fixture.id("000001")] && world.state.superseded.isEmpty)
        #expect(world.log.unannounced == [])
    }

    @Test("P2: on a cloud that drops what it is told at creation the stamp comes by a second request")
    func droppedMetadata() throws {
        let world = World(cloud: .init(dropsMetadata: true))
        let outcome = world.apply(Fixture.manifest(3))
        #expect(outcome.report?.isComplete == true)
        #expect(world.snapshots.count == 3)
        #expect(world.snapshots.allSatisfy { Stamp(in: $0.metadata)?.owner == Fixture.owner })
        #expect(world.state.records.count == 3)
    }

    @Test("P3: where such a cloud's answer is about somebody else's, that one stays as it is and the creation is in doubt, not done")
    func droppedAndAnother() throws {
        let spec = Fixture.spec("snap-1")
        let placed = other("stranger", name: "snap-1", volume: try #require(spec.volume.id), at: "2020-01-01T00:00:00")
        let world = World(cloud: .init(dropsMetadata: true))
        world.ask { cloud in
            cloud.place(placed)
            cloud.change { $0.answersAbout = placed.id }
        }
        let outcome = world.apply(Fixture.manifest(spec))
        #expect(outcome.report?.created == [] && outcome.report?.failures.count == 1)
        #expect(world.snapshots.first { $0.id == placed.id } == placed)
        #expect(world.state.records.isEmpty)
    }

    @Test("One request at a time for each volume, however many snapshots it has")
    func oneRequestPerVolume() {
        let world = World()
        let manifest = Fixture.manifest(30, perVolume: 10)
        let outcome = world.apply(manifest)
        #expect(outcome.report?.isComplete == true)
        #expect(world.snapshots.count == 30)
        #expect(world.ask { $0.volumePeak } == 1)
        #expect(world.ask { $0.peak } <= 4)
    }

    @Test("What is sent is what the manifest says, with the stamp")
    func requestFields() throws {
        let world = World()
        let spec = Fixture.spec("snap-1", key: "orders", description: "Daily", metadata: ["team": "payments"], protect: true)
        _ = world.apply(Fixture.manifest(spec))
        let made = try #require(world.snapshots.first)
        #expect(made.name == "snap-1")
        #expect(made.description == "Daily")
        #expect(
            made.metadata
                == Metadata([
                    "team": "payments", "snapkeep.owner": Fixture.owner, "snapkeep.key": "orders",
                    "snapkeep.attempt": Fixture.attempt(1).text,
                ]))
        let record = try #require(world.state.records.first)
        #expect(record.metadata == Metadata(["team": "payments"]))
        #expect(record.protect)
        #expect(record.attempt == Fixture.attempt(1))
    }

    @Test("Progress is told in order: began, started, accepted, progressed, finished")
    func progress() {
        let world = World()
        let spec = Fixture.spec("snap-1")
        let outcome = world.apply(Fixture.manifest(spec))
        let id = Fixture.id("000001")
        #expect(outcome.events.prefix(3) == [.began(changes: 1), .started(spec.key, .create), .accepted(spec.key, id)])
        #expect(outcome.events.dropFirst(3).dropLast().allSatisfy { if case .progressed = $0 { true } else { false } })
        guard case .finished(spec.key, .create, id: id, size: 20, let took)? = outcome.events.last else {
            Issue.record("the last event is \(String(describing: outcome.events.last))")
            return
        }
        // 50 ms to be accepted, 5 s to become available, at most a quarter of it more to be seen.
        #expect(took >= .seconds(5) && took <= .seconds(7))
    }

    // MARK: Volumes by name

    struct NameCase: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let matches: Int
    }

    // Names of volumes are not unique (CloudAPI#volumes): exactly one match is taken, anything else is an error that lists the ids.
    @Test(
        "A volume given by its name",
        arguments: [
            NameCase(testDescription: "one match is taken", matches: 1), NameCase(testDescription: "no match is refused", matches: 0),
            NameCase(testDescription: "three matches are refused", matches: 3),
        ])
    func volumeNames(testCase: NameCase) {
        let matches = (0..<testCase.matches).map {
            ObservedVolume(id: Fixture.volume(10 + $0), name: "billing-data", status: "in-use", size: 20)
        }
        let others = [ObservedVolume(id: Fixture.volume(1), name: "billing-data-2", status: "in-use", size: 20)]
        let world = World(cloud: .init(volumes: others + matches.reversed()))
        var specs = [Fixture.spec("snap-1"), Fixture.spec("snap-2"), Fixture.spec("snap-3", volume: 5)]
        for index in 0..<2 { specs[index].volume = .named(alias: "billing", name: "billing-data") }
        let outcome = world.apply(Manifest(snapshots: specs))
        #expect(world.ask { $0.count(.volumes) } == 1)
        if testCase.matches == 1 {
            #expect(outcome.report?.isComplete == true)
            #expect(world.state.records.map(\.volumeID) == [Fixture.volume(10), Fixture.volume(10), Fixture.volume(5)])
        } else {
            #expect(
                outcome.report?.failures
                    == specs[..<2].map {
                        ItemFailure(key: $0.key, activity: .create, cause: .volumeName("billing-data", matches: matches.map(\.id)))
                    })
            #expect(outcome.report?.created == [specs[2].key])
        }
    }

    // Names are looked up before anything else, one after the other: what ends a run must end it there too, and quickly.
    @Test("Bad credentials while volumes are looked up by name end the run at once, and nothing is started")
    func badCredentialsAtVolumes() {
        let world = World(cloud: .init(trouble: { $0.operation == .volumes ? .unauthenticated : nil }))
        var specs = (1...5).map { Fixture.spec("snap-\($0)") }
        for index in specs.indices { specs[index].volume = .named(alias: "a\(index)", name: "volume-\(index)") }
        let outcome = world.apply(Manifest(snapshots: specs + [Fixture.spec("snap-9", volume: 9)]))
        #expect(outcome.report?.notStarted.count == 6)
        #expect(outcome.report?.failures == [])
        guard case .service(let fault)? = outcome.report?.stop else { Issue.record("not stopped"); return }
        #expect(fault.kind == .unauthenticated)
        #expect(world.ask { $0.count(.volumes) } == 1)
        #expect(world.ask { $0.count(.create) } == 0)
    }

    @Test("Ctrl-C is heard while volumes are looked up by name")
    func interruptAtVolumes() {
        let world = World(cloud: .init(trouble: { $0.operation == .volumes ? .throttled(.seconds(600)) : nil }))
        var spec = Fixture.spec("snap-1")
        spec.volume = .named(alias: "billing", name: "billing-data")
        let outcome = world.apply(Fixture.manifest(spec), .init(stopAfter: .seconds(2)))
        #expect(outcome.report?.stop == .interrupted)
        #expect(outcome.report?.notStarted == [spec.key])
        #expect(world.time.elapsed < .seconds(10))
    }

    // MARK: Refusals

    @Test("P10: a refused snapshot does not stop the others, its intent is closed, and the next apply makes it")
    func refusal() {
        let world = World(
            cloud: .init(trouble: { $0.subject == "snap-03" && $0.repetition == 0 ? .refused(.quota) : nil }))
        let manifest = Fixture.manifest(6)
        let first = world.apply(manifest)
        #expect(first.report?.created.count == 5)
        #expect(first.report?.failures.map(\.key) == [Fixture.key("snap-03")])
        guard case .service(let fault)? = first.report?.failures.first?.cause else { Issue.record("no fault"); return }
        #expect(fault.kind == .refused(.quota))
        #expect(world.state.openIntents == [])
        let second = world.apply(manifest)
        #expect(second.report?.created == [Fixture.key("snap-03")])
        #expect(second.report?.isComplete == true)
        #expect(world.snapshots.count == 6)
    }

    @Test("--on-error stop: the first failure starts nothing new; what is under way is awaited to its end")
    func stopOnError() throws {
        let policy = ExecutionPolicy(parallelism: 2, stopsOnError: true)
        let world = World(policy: policy, cloud: .init(trouble: { $0.subject == "snap-02" ? .refused(.volumeAttached) : nil }))
        let manifest = Fixture.manifest(8)
        let report = try #require(world.apply(manifest).report)
        #expect(report.stop == .firstFailure)
        #expect(report.created == [Fixture.key("snap-01")])
        #expect(report.failures.map(\.key) == [Fixture.key("snap-02")])
        #expect(report.notStarted == manifest.snapshots[2...].map(\.key))
        #expect(report.stillCreating == [])
        #expect(world.state.records.map(\.status) == [.available])
    }

    @Test("Bad credentials and a frozen account stop everything; intents of what was not made are closed", arguments: [true, false])
    func hardStop(isBlocked: Bool) throws {
        let world = World(
            policy: ExecutionPolicy(parallelism: 3),
            cloud: .init(trouble: { call in call.operation == .create && call.index >= 4 ? (isBlocked ? .blocked : .unauthenticated) : nil }
            ))
        let report = try #require(world.apply(Fixture.manifest(12)).report)
        guard case .service(let fault)? = report.stop else { Issue.record("not stopped"); return }
        #expect(fault.kind == (isBlocked ? .accountBlocked : .unauthenticated))
        #expect(report.notStarted.count == 8)
        #expect(report.created.count + report.stillCreating.count == 4)
        #expect(world.state.openIntents == [])
        #expect(world.snapshots.count == 4)
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        #expect(world.apply(Fixture.manifest(12)).report?.isComplete == true)
        #expect(world.snapshots.count == 12)
    }
}
