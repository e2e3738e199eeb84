import SnapkeepCore
import Testing

@testable import SnapkeepEngine

/// Runs the engine through random worlds and checks the promises at each end.
@Suite("Random worlds")
struct ModelTests {
    // Kills, losses of power, faults of every kind and interruptions, over and over, until a quiet run finishes the work.
    @Test("P1, P2, P11: no duplicate, nothing lost, and the end is reached", arguments: 0..<8)
    func manySeeds(block: Int) {
        for seed in UInt64(block) * 50..<UInt64(block + 1) * 50 { Story(seed: seed).tell() }
    }

    // The manifest changes from run to run: names, metadata, volumes, protection, what is listed at all; sometimes with --prune.
    @Test("P1, P2, P3, P11: a changing manifest keeps every promise too", arguments: 0..<8)
    func changingManifests(block: Int) {
        for seed in UInt64(block) * 50..<UInt64(block + 1) * 50 { Story(seed: seed &+ 1_000_000).tellOfChanges() }
    }

    @Test("Equal seeds give equal stories")
    func deterministic() {
        let stories = (0..<2).map { _ in Story(seed: 4711) }
        for story in stories { story.tell() }
        #expect(stories[0].world.log.entries == stories[1].world.log.entries)
    }
}

private struct Story {
    let seed: UInt64
    let world: World
    let manifest: Manifest
    private let settleTime: Duration = .seconds(30)

    init(seed: UInt64) {
        self.seed = seed
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 1...14, using: &random)
        manifest = Fixture.manifest(count, perVolume: Int.random(in: 1...4, using: &random))
        let faultPercent = [0, 5, 20, 40].randomElement(using: &random)!
        let settings = FakeCloud.Settings(
            latency: .milliseconds(Int.random(in: 1...2000, using: &random)),
            creationTime: .milliseconds(Int.random(in: 0...20_000, using: &random)),
            pageSize: [1, 3, 50, 1000].randomElement(using: &random)!, listLag: .seconds(Int.random(in: 0...8, using: &random)),
            ignoresVolumeFilter: random.chance(30), isImmediate: random.chance(20),
            trouble: { call in
                var chance = SeededRandom(seed: seed &* 31 &+ UInt64(call.index) &* 1009 &+ UInt64(call.operation.rawValue.count))
                guard chance.chance(faultPercent) else { return nil }
                let troubles: [FakeCloud.Trouble] = [
                    .throttled(nil), .throttled(.seconds(7)), .notSent, .lostBefore, .lostAfter, .lostAndLate(.seconds(12)),
                    .unintelligible,
                    .unintelligibleAfter, .slow(.seconds(9)), .refused(.other), .foreign(403, acts: true, pause: nil),
                    .foreign(404, acts: false, pause: nil), .foreign(429, acts: true, pause: .init(asked: .seconds(3))),
                ]
                return troubles.randomElement(using: &chance)
            })
        world = World(
            seed: seed, shuffles: true, policy: ExecutionPolicy(parallelism: Int.random(in: 1...6, using: &random), settleTime: settleTime),
            cloud: settings)
    }

    func tell() {
        var random = SeededRandom(seed: seed &+ 1_000_003)
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            var disturbance = World.Disturbance()
            switch Int.random(in: 0..<4, using: &random) {
            case 0: disturbance.stopAfter = .milliseconds(Int.random(in: 0...20_000, using: &random))
            case 1:
                disturbance.killAfter = .milliseconds(Int.random(in: 0...40_000, using: &random))
                disturbance.losesPower = random.chance(50)
            case 2:
                let place = [Failpoint.beforeIntent, .afterIntent, .beforePost, .afterAnswer, .afterRecord].randomElement(using: &random)!
                let countdown = Countdown(Int.random(in: 1...10, using: &random))
                let time = world.time
                disturbance.losesPower = random.chance(50)
                disturbance.atFailpoint = { if $0 == place, countdown.tick() { time.kill() } }
            default: disturbance.journalFailsAt = random.chance(30) ? Int.random(in: 1...30, using: &random) : nil
            }
            let outcome = world.apply(manifest, disturbance)
            check(outcome)
            world.wait(.seconds(Int.random(in: 0...60, using: &random)))
        }
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        let last = world.apply(manifest)
        check(last)
        #expect(last.report?.isComplete == true, "seed \(seed): \(String(describing: last.report))")
        #expect(!world.remaining(manifest).hasActions, "seed \(seed)")
        let byKey = Dictionary(grouping: world.snapshots) { $0.metadata[Stamp.keyKey] ?? "" }
        #expect(byKey.count == manifest.snapshots.count && byKey.values.allSatisfy { $0.count == 1 }, "seed \(seed): a duplicate or a gap")
    }

    func tellOfChanges() {
        var random = SeededRandom(seed: seed &+ 2_000_003)
        for _ in 0..<Int.random(in: 2...6, using: &random) {
            let changed = changedManifest(&random)
            let keys = Set(changed.snapshots.map(\.key.text))
            world.ask { $0.change { $0.listedKeys = keys } }
            var disturbance = World.Disturbance()
            if random.chance(40) { disturbance.killAfter = .milliseconds(Int.random(in: 0...40_000, using: &random)) }
            if random.chance(20) { disturbance.stopAfter = .milliseconds(Int.random(in: 0...20_000, using: &random)) }
            if random.chance(10) { disturbance.journalFailsAt = Int.random(in: 1...30, using: &random) }
            disturbance.losesPower = random.chance(50)
            check(world.apply(changed, prune: random.chance(50), disturbance))
            world.wait(.seconds(Int.random(in: 0...60, using: &random)))
        }
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        let last = changedManifest(&random)
        let keys = Set(last.snapshots.map(\.key.text))
        world.ask { $0.change { $0.listedKeys = keys } }
        // A deletion that was decided and never reached the cloud is told once, and carried out by the run after that.
        for _ in 0..<3 { check(world.apply(last, prune: true)) }
        #expect(!world.remaining(last, prune: true).hasActions, "seed \(seed): \(world.remaining(last, prune: true).changes)")
        #expect(world.state.records.filter { record in keys.contains(record.key.text) }.count == keys.count, "seed \(seed)")
        let bereaving = world.ask { $0.bereaving }
        #expect(bereaving == [], "seed \(seed): a listed key was left with nothing")
    }

    private func changedManifest(_ random: inout SeededRandom) -> Manifest {
        var specs = manifest.snapshots.filter { _ in random.chance(85) }
        for index in specs.indices {
            if random.chance(20) { specs[index].name = try! SnapshotName("renamed-\(index)") }
            if random.chance(20) { specs[index].metadata = Metadata(["a": random.chance(50) ? "1" : "2", "b\(random.next() % 3)": "x"]) }
            if random.chance(15) { specs[index].volume = .id(Fixture.volume(Int.random(in: 1...5, using: &random))) }
            specs[index].protect = random.chance(10)
        }
        return Manifest(snapshots: specs)
    }

    private func check(_ outcome: World.Outcome) {
        #expect(outcome.end == .done || outcome.end == .killed, "seed \(seed): \(outcome.end)")
        #expect(world.log.unannounced == [], "seed \(seed): a request without its line")
        let known = Set(world.state.records.map(\.id) + world.state.superseded.map(\.id))
        let open = Set(world.state.openIntents.map(\.attempt.text))
        let lost = world.snapshots.filter { !known.contains($0.id) && !open.contains($0.metadata[Stamp.attemptKey] ?? "") }
        #expect(lost == [], "seed \(seed): unknown to us")
        #expect(outcome.report?.duplicates ?? [] == [], "seed \(seed)")
        let peaks = world.ask { ($0.volumePeak, $0.peak) }
        #expect(peaks.0 <= 1 && peaks.1 <= max(world.policy.parallelism, 1), "seed \(seed): \(peaks)")
    }
}
