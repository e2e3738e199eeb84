import SnapkeepCore
import Testing

@testable import SnapkeepEngine

@Suite("Rotations are applied")
struct RotationTests {
    /// Every night at 02:00 UTC, of volume 1.
    private static func nightly(
        _ counts: [RetentionBucket: Int], minGood: Int = 1, maxAge: Duration? = nil, isPaused: Bool = false
    ) -> Manifest {
        Manifest(
            snapshots: [],
            rotations: [
                RotationSpec(
                    name: RotationName("nightly")!, volumes: .listed([RotationVolume(label: "db", reference: .id(Fixture.volume(1)))]),
                    schedule: RotationSchedule(due: .day(minute: 120), zone: ZoneName("UTC")!, startWithin: .seconds(6 * 3600)),
                    rules: RetentionRules(counts: counts, minGood: minGood, maxAge: maxAge), isPaused: isPaused)
            ])
    }

    private static func clock(day: Int, hour: Int = 3) -> RotationClock {
        let date = CivilDate(year: 2026, month: 3, clampedDay: 1) + (day - 1)
        let now = Timestamp(microseconds: (Int64(date.daysSinceEpoch) * 24 + Int64(hour)) * 3_600_000_000)
        return RotationClock(now: now, zones: [ZoneName("UTC")!: .utc])
    }

    private static func key(_ day: Int) -> SnapshotKey {
        Fixture.key("nightly/db@\(CivilDate(year: 2026, month: 3, clampedDay: 1) + (day - 1))")
    }

    private func night(_ world: World, _ manifest: Manifest, _ day: Int, hour: Int = 3) -> World.Outcome {
        world.apply(manifest, clock: Self.clock(day: day, hour: hour))
    }

    /// The days of March whose snapshots the cloud has.
    private func days(_ world: World) -> [Int] {
        let first = CivilDate(year: 2026, month: 3, clampedDay: 1).daysSinceEpoch
        return world.snapshots.compactMap { snapshot in
            guard let key = snapshot.metadata[Stamp.keyKey].flatMap({ try? SnapshotKey($0) }).flatMap({ RotationKey($0) }),
                case .day(let date) = key.period
            else { return nil }
            return date.daysSinceEpoch - first + 1
        }.sorted()
    }

    @Test("P11, P12: a night makes one snapshot and lets go what the rules give up; the same instant again changes nothing")
    func nights() {
        let world = World()
        let manifest = Self.nightly([.daily: 3, .weekly: 2])
        for day in 1...16 {
            #expect(night(world, manifest, day).report?.isComplete == true)
            let plan = world.remaining(manifest, clock: Self.clock(day: day))
            #expect(!plan.hasActions, "day \(day)")
            let before = world.state
            _ = night(world, manifest, day, hour: 4)
            #expect(world.state.records == before.records && world.state.header.serial == before.header.serial, "day \(day)")
        }
        // 2026-03-16 is a Monday: its week and the one that ended on the 15th.
        #expect(days(world) == [14, 15, 16])
        #expect(world.ask { $0.count(.create) } == 16)
    }

    @Test("P13: an old one goes only after the new one is good")
    func newFirst() throws {
        let world = World(cloud: .init(creationTime: .seconds(40)))
        let manifest = Self.nightly([.last: 1])
        _ = night(world, manifest, 1)
        let outcome = night(world, manifest, 2)
        #expect(outcome.report?.expired == [Self.key(1)])
        let entries = world.log.entries
        let good = try #require(
            entries.firstIndex {
                if case .written(.observed(Fixture.id("000002"), status: .available, _, _), _) = $0 { true } else { false }
            })
        let gone = try #require(entries.firstIndex(of: .deleteSent(Fixture.id("000001"))))
        #expect(good < gone)
    }

    @Test("P13: nothing goes in a night whose snapshot fails; within its time it is made again, and then the failed one goes, too")
    func failedNight() {
        let world = World()
        let manifest = Self.nightly([.last: 1])
        _ = night(world, manifest, 1)
        world.ask { $0.change { $0.failing = ["db-2026-03-02"] } }
        let failed = night(world, manifest, 2)
        #expect(failed.report?.failures.count == 1)
        #expect(failed.report?.expired == [])
        #expect(days(world) == [1, 2])
        world.ask { $0.edit(Fixture.id("000002")) { $0.status = .error } }
        world.ask { $0.change { $0.failing = [] } }
        let repeated = night(world, manifest, 2, hour: 5)
        #expect(repeated.report?.replaced == [Self.key(2)])
        #expect(Set(repeated.report?.expired ?? []) == [Self.key(1), Self.key(2)])
        #expect(days(world) == [2])
        #expect(!world.remaining(manifest, clock: Self.clock(day: 2, hour: 5)).hasActions)
    }

    @Test("P12: a night that was missed is not made up for, and costs nothing that was kept")
    func missedNights() {
        let world = World()
        let manifest = Self.nightly([.daily: 3])
        for day in 1...3 { _ = night(world, manifest, day) }
        // Nine hours late.
        let late = world.remaining(manifest, clock: Self.clock(day: 10, hour: 11))
        #expect(!late.hasActions)
        #expect(late.rotations?.standings.map(\.demand) == [.missed])
        _ = night(world, manifest, 11)
        #expect(days(world) == [2, 3, 11])
    }

    @Test("P13: what had failed and has become good since is a copy: without another one it stays, and is recorded as it is")
    func failedBecameGood() {
        let world = World()
        let manifest = Self.nightly([.last: 1])
        world.ask { $0.change { $0.failing = ["db-2026-03-01"] } }
        #expect(night(world, manifest, 1).report?.failures.count == 1)
        world.ask { $0.edit(Fixture.id("000001")) { $0.status = .available } }
        // Too late for the second night: nothing else is there.
        let report = night(world, manifest, 2, hour: 11).report
        #expect(report?.failures.map(\.cause) == [.deletionLeft(Fixture.id("000001"), status: .available)])
        #expect(days(world) == [1])
        #expect(world.state.records.map(\.status) == [.available])
        #expect(!world.remaining(manifest, clock: Self.clock(day: 2, hour: 11)).hasActions)
    }

    @Test("P3: what had failed and is good by now does not go as failed, whatever else is there; the rules judge it as a copy from then on")
    func failedBecameGoodBesideOthers() {
        let world = World()
        let manifest = Self.nightly([.daily: 3])
        world.ask { $0.change { $0.failing = ["db-2026-03-01"] } }
        _ = night(world, manifest, 1)
        world.ask { $0.edit(Fixture.id("000001")) { $0.status = .available } }
        let report = night(world, manifest, 2).report
        #expect(report?.created == [Self.key(2)])
        #expect(report?.failures.map(\.cause) == [.deletionLeft(Fixture.id("000001"), status: .available)])
        for day in 3...4 { #expect(night(world, manifest, day).report?.isComplete == true) }
        #expect(days(world) == [2, 3, 4])
    }

    @Test("P13: the new one of another volume, to which the name has moved, is no copy of what the former volume has")
    func movedName() {
        let former = SnapshotRecord(
            key: Self.key(1), id: Fixture.id("000001"), volumeID: Fixture.volume(1), name: "db", status: .available)
        for (volume, isReleased) in [(Fixture.volume(1), true), (Fixture.volume(2), false)] {
            var held = HeldExpiries()
            held.hold(former, Expiry(reason: .beyond([]), isByEdit: false, after: Self.key(2)), until: Self.key(2))
            held.made(Self.key(2), on: volume)
            #expect(held.release(for: Self.key(2)).map(\.key) == (isReleased ? [former.key] : []))
            #expect(held.keys == (isReleased ? [] : [former.key]))
        }
    }

    @Test("P13: what must stay is seen to be good before anything goes: the records may be older than the cloud")
    func guardIsGone() {
        let world = World()
        let manifest = Self.nightly([.last: 2], minGood: 2)
        for day in 1...2 { _ = night(world, manifest, day) }
        world.ask { $0.vanish(Fixture.id("000002")) }
        let report = night(world, manifest, 3).report
        #expect(report?.failures.map(\.cause) == [.guardNotGood(Fixture.id("000001"), guard: Fixture.id("000002"), status: nil)])
        #expect(days(world) == [1, 3])
    }

    @Test("P10: one that something hangs on stays, and the night is complete all the same")
    func inUse() {
        let world = World()
        let manifest = Self.nightly([.last: 1])
        _ = night(world, manifest, 1)
        world.ask { $0.change { $0.trouble = { $0.operation == .delete ? .refused(.hasDependents) : nil } } }
        let report = night(world, manifest, 2).report
        #expect(report?.isComplete == true)
        #expect(report?.keptInUse == [FoundSnapshot(key: Self.key(1), id: Fixture.id("000001"))])
        #expect(days(world) == [1, 2])
        world.ask { $0.change { $0.trouble = { _ in nil } } }
        _ = night(world, manifest, 3)
        #expect(days(world) == [3])
    }

    @Test("P13: where the volume is full, what the rules give up anyway goes first, and the new one is made then")
    func fullVolume() {
        let world = World()
        for day in 1...4 { _ = night(world, Self.nightly([.last: 4]), day) }
        world.ask { $0.change { $0.trouble = { $0.operation == .create && $0.repetition == 0 ? .refused(.quota) : nil } } }
        // Two more than the edited rules keep, without the new one.
        let report = night(world, Self.nightly([.last: 2]), 5).report
        #expect(report?.isComplete == true)
        #expect(report?.created == [Self.key(5)])
        #expect(days(world) == [4, 5])
    }

    @Test("P13: a full volume takes nothing from what the rules keep")
    func fullVolumeOfKept() {
        let world = World()
        let manifest = Self.nightly([.last: 3])
        for day in 1...3 { _ = night(world, manifest, day) }
        world.ask { $0.change { $0.trouble = { $0.operation == .create ? .refused(.quota) : nil } } }
        let report = night(world, manifest, 4).report
        #expect(report?.failures.count == 1)
        #expect(days(world) == [1, 2, 3])
        #expect(world.ask { $0.count(.delete) } == 0)
    }

    @Test("P3: a paused rotation neither makes nor lets go")
    func paused() {
        let world = World()
        for day in 1...2 { _ = night(world, Self.nightly([.last: 2]), day) }
        _ = night(world, Self.nightly([.last: 1], isPaused: true), 3)
        #expect(days(world) == [1, 2])
    }

    @Test("P12: an instant before the last run's lets nothing go, and makes nothing twice")
    func clockGoesBack() {
        let world = World()
        let manifest = Self.nightly([.last: 1])
        _ = night(world, manifest, 5)
        let plan = world.remaining(Self.nightly([.last: 1], maxAge: .seconds(1)), clock: Self.clock(day: 4))
        #expect(plan.rotations?.suspension != nil)
        #expect(!plan.changes.contains { if case .expire = $0 { true } else { false } })
    }

    @Test("P3: what only an edit lets go is bounded, what the rules of the last apply would let go as well is routine")
    func edits() {
        let world = World()
        for day in 1...10 { _ = night(world, Self.nightly([.last: 9]), day) }
        let routine = world.remaining(Self.nightly([.last: 9]), clock: Self.clock(day: 11))
        #expect(routine.summary.expire == 1)
        #expect(DeletionGuard(maxDeletes: 0).refusals(of: routine).isEmpty)
        let edit = world.remaining(Self.nightly([.last: 2]), clock: Self.clock(day: 11))
        #expect(edit.summary.expire == 8)
        #expect(edit.rotations?.edits.map(\.expires) == [7])
        #expect(DeletionGuard().refusals(of: edit).contains(.tooMany(deletions: 7, limit: 5)))
    }

    // MARK: Anything may happen

    @Test(
        "P1, P12, P13: whatever is killed or lost, a period has one good snapshot, nothing goes without a plan, and the last good ones stay",
        arguments: SeededRandom.seeds(60))
    func storms(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let world = World(seed: seed, shuffles: true, cloud: .init(creationTime: .seconds(2), listLag: .zero))
        let minGood = Int(random.next() % 2) + 1
        let manifest = Self.nightly([.last: minGood, .daily: 2 + Int(random.next() % 3), .weekly: 2], minGood: minGood)
        var most = 0
        for day in 1...12 {
            if random.chance(10) { continue }
            // Whatever is made in such a night ends in error.
            if random.chance(15) {
                world.ask { $0.change { $0.failing.insert("db-\(CivilDate(year: 2026, month: 3, clampedDay: day))") } }
            }
            for hour in [3, 4, 5] {
                let dice = random.next() % 6
                if random.chance(40) {
                    world.ask {
                        $0.change {
                            $0.trouble = { [dice] call in
                                guard call.index % 7 == Int(dice) else { return nil }
                                return call.operation == .create ? .lostAfter : call.operation == .delete ? .lostAfter : nil
                            }
                        }
                    }
                } else {
                    world.ask { $0.change { $0.trouble = { _ in nil } } }
                }
                let deletedBefore = Set(world.log.entries.compactMap(\.deletedID))
                let goodBefore = good(world)
                let disturbance = World.Disturbance(
                    killAfter: random.chance(30) ? .milliseconds(Int(random.next() % 4000)) : nil, losesPower: random.chance(30))
                let outcome = world.apply(manifest, clock: Self.clock(day: day, hour: hour), disturbance)
                let deleted = Set(world.log.entries.compactMap(\.deletedID)).subtracting(deletedBefore)
                if let plan = outcome.plan {
                    let planned = Set(
                        plan.changes.compactMap { change in if case .expire(let record, _) = change { record.id } else { nil } })
                    #expect(deleted.isSubset(of: planned), "seed \(seed), day \(day), hour \(hour)")
                }
                #expect(good(world).count >= min(minGood, goodBefore.count), "seed \(seed), day \(day), hour \(hour)")
                world.wait(.seconds(60))
                most = max(most, Dictionary(grouping: good(world)) { $0 }.values.map(\.count).max() ?? 0)
            }
        }
        #expect(most <= 1, "seed \(seed)")
    }

    /// The keys of the good ones.
    private func good(_ world: World) -> [String] {
        world.snapshots.filter { $0.status == .available }.compactMap { $0.metadata[Stamp.keyKey] }
    }
}

extension EventLog.Entry {
    fileprivate var deletedID: SnapshotID? { if case .deleteSent(let id) = self { id } else { nil } }
}
