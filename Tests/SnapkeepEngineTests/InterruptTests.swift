import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("Interruption and a failing disk")
struct InterruptTests {
    @Test("Ctrl-C: nothing new starts, what is in flight is recorded and told as still creating", arguments: [1, 4, 16])
    func interrupt(parallelism: Int) throws {
        let world = World(policy: ExecutionPolicy(parallelism: parallelism), cloud: .init(latency: .seconds(2), creationTime: .seconds(60)))
        let manifest = Fixture.manifest(40)
        let outcome = world.apply(manifest, .init(stopAfter: .seconds(3)))
        let report = try #require(outcome.report)
        #expect(report.stop == .interrupted)
        #expect(outcome.events.contains(.stopping(inFlight: parallelism)))
        #expect(report.stillCreating.count == world.snapshots.count)
        #expect(report.stillCreating.count == 2 * parallelism)
        #expect(report.stillCreating.count + report.notStarted.count == 40)
        #expect(Set(world.state.records.map(\.id)) == Set(world.snapshots.map(\.id)))
        #expect(world.state.openIntents == [])
        #expect(world.time.elapsed < .seconds(6))
        #expect(world.apply(manifest).report?.isComplete == true)
        #expect(world.snapshots.count == 40)
    }

    @Test("Interrupted while an answer is lost: the intent stays open, and the next run finds the snapshot")
    func lostAnswer() throws {
        let world = World(cloud: .init(trouble: { $0.operation == .create && $0.index == 0 ? .lostAfter : nil }))
        let report = try #require(world.apply(Fixture.manifest(1), .init(stopAfter: .milliseconds(10))).report)
        #expect(report.stop == .interrupted)
        guard case .unsettled? = report.failures.first?.cause else { Issue.record("\(report)"); return }
        #expect(world.state.openIntents.count == 1)
        #expect(world.apply(Fixture.manifest(1)).report?.isComplete == true)
        #expect(world.snapshots.count == 1)
    }

    @Test("P1: interrupted while intents wait for their turn, those are closed: nothing was sent for them")
    func waitingIntents() throws {
        let world = World(cloud: .init(latency: .seconds(2), creationTime: .seconds(60)))
        let outcome = world.apply(Fixture.manifest(60), .init(stopAfter: .seconds(1)))
        let report = try #require(outcome.report)
        let written = outcome.journal.count { if case .intent = $0 { true } else { false } }
        #expect(written > 16)
        #expect(world.snapshots.count == 16)
        #expect(report.notStarted.count == 44)
        #expect(world.state.openIntents == [])
        #expect(!outcome.events.contains { if case .started(let key, _) = $0 { report.notStarted.contains(key) } else { false } })
    }

    @Test("Interrupted while turned away: the intent is closed, for nothing was made")
    func throttled() throws {
        let world = World(cloud: .init(trouble: { $0.operation == .create ? .throttled(.seconds(60)) : nil }))
        let report = try #require(world.apply(Fixture.manifest(3), .init(stopAfter: .seconds(5))).report)
        #expect(report.stop == .interrupted)
        #expect(report.notStarted.count == 3)
        #expect(world.state.openIntents == [])
        #expect(world.time.elapsed < .seconds(6))
    }

    @Test("P10: interrupted while deletions are awaited, every change is accounted for")
    func deletions() throws {
        let growing = Fixture.recorded("b", id: "old-b", status: .creating)
        let gone = Fixture.recorded("a", id: "old-a")
        let world = World(cloud: .init(deletionTime: .seconds(100)), records: [gone.record, growing.record])
        world.ask { cloud in
            cloud.place(gone.observed)
            cloud.place(growing.observed)
        }
        let report = try #require(world.apply(Manifest(snapshots: []), prune: true, .init(stopAfter: .seconds(5))).report)
        #expect(report.stillDeleting == [Fixture.key("a")])
        // Its deletion waited for it to become available and was never asked for.
        #expect(report.notStarted == [Fixture.key("b")])
        #expect(report.stillCreating == [])
        #expect(world.state.records.map(\.status) == [.deleting, .creating])
    }

    // The disk fails at the n-th line, for every n: no creation starts after it, and no created id is lost.
    @Test("P6: the disk fails at any line", arguments: 1...62, [false, true])
    func journalFailure(line: Int, lineStands: Bool) throws {
        for parallelism in [1, 4, 16] { try journalFailure(line, lineStands, parallelism) }
    }

    private func journalFailure(_ line: Int, _ lineStands: Bool, _ parallelism: Int) throws {
        let world = World(policy: ExecutionPolicy(parallelism: parallelism))
        let manifest = Fixture.manifest(20)
        let outcome = world.apply(manifest, .init(journalFailsAt: line, failingLineStands: lineStands))
        #expect(outcome.end == .done)
        let report = try #require(outcome.report)
        let made = Set(world.snapshots.map(\.id))
        let known = Set(world.state.records.map(\.id)).union(outcome.unrecorded.map(\.id))
        #expect(made == known)
        #expect(world.log.unannounced == [])
        if line <= 60 {
            guard case .journal? = report.stop else { Issue.record("not stopped"); return }
            #expect(!report.isComplete)
            // Every listed one is told exactly in one way, those that the disk did not take apart.
            let told = Set(report.created + report.notStarted + report.stillCreating + report.failures.map(\.key))
            #expect(told == Set(manifest.snapshots.map(\.key)))
        } else {
            #expect(report.isComplete)
        }
        // What the disk holds is enough to find everything again.
        let loaded = try StateReplay.fold(
            [.begin(Fixture.run(1, at: world.time.now), plan: nil)] + outcome.journal, into: Fixture.state(records: []))
        let attempts = Set(loaded.openIntents.map(\.attempt.text))
        for snapshot in world.snapshots {
            #expect(loaded.records.contains { $0.id == snapshot.id } || attempts.contains(snapshot.metadata[Stamp.attemptKey] ?? ""))
        }
    }

    @Test("P10: a disk that fills up between the answers and the first look makes nothing that was made look failed", arguments: 21...30)
    func failureAtTheFirstLook(line: Int) throws {
        let world = World()
        let manifest = Fixture.manifest(10)
        let report = try #require(world.apply(manifest, .init(journalFailsAt: line)).report)
        guard case .journal? = report.stop else { Issue.record("not stopped"); return }
        #expect(Set(report.created + report.stillCreating) == Set(manifest.snapshots.map(\.key)))
        #expect(report.failures == [] && report.notStarted == [])
        #expect(report.changedAnything && !report.isComplete)
    }

    @Test("P6: a creation whose intent is on disk is not sent any more once the disk has failed, and its intent is forgotten")
    func failureBehindReadyIntent() throws {
        let world = World()
        let time = world.time
        let journal = MemoryJournal(log: world.log, time: time, failsAt: 2)
        let recorder = try Recorder(world.state, run: Fixture.run(1, at: time.now), plan: nil, journal: journal)
        let runner = StepRunner(service: world.cloud, recorder: recorder, policy: ExecutionPolicy(), environment: world.environment)
        let creation = Creation(spec: Fixture.spec("snap-1"), volume: Fixture.volume(1), replaces: nil, prunesReplaced: false)
        let job = Job(key: Fixture.key("snap-1"), activity: .create, volume: Fixture.volume(1), step: .create(creation))
        let outcome = time.run { () -> StepOutcome in
            let (ready, fault) = await runner.prepare([job])[0]
            #expect(fault == nil)
            try? await recorder.record(.duplicate(Fixture.recorded("other", id: "other").record), .soon)
            return await runner.run(ready.step, key: ready.key)
        }.1
        guard case .recordFault(.journal)? = outcome else { Issue.record("\(String(describing: outcome))"); return }
        #expect(world.ask { $0.count(.create) } == 0)
        #expect(time.run { await recorder.state.openIntents }.1 == [])
    }

    @Test("P6: a decision that the disk does not take is not in the state either")
    func forgottenDecision() throws {
        let pair = Fixture.recorded("a", id: "old-a")
        let world = World(records: [pair.record])
        world.ask { $0.place(pair.observed) }
        let outcome = world.apply(Manifest(snapshots: []), prune: true, .init(journalFailsAt: 1))
        guard case .journal? = outcome.report?.stop else { Issue.record("not stopped"); return }
        #expect(world.ask { $0.count(.delete) } == 0)
        #expect(world.state.records == [pair.record])
    }
}
