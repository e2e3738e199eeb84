import Foundation
import Testing

@testable import SnapkeepCore

/// What holds after any history: nights that fail, are skipped or paused, edits of the rules, clocks that jump.
@Suite("Rotation histories")
struct RotationHistoryTests {
    /// `SNAPKEEP_HISTORIES` runs more of them, once before a release. A few at a time: a test that computes for long keeps a thread from those
    /// that wait for an answer.
    private static let histories = ProcessInfo.processInfo.environment["SNAPKEEP_HISTORIES"].flatMap(Int.init) ?? 120
    private static let atATime = 6
    static let parts: [UInt64] = {
        let first = SeededRandom.seeds().first!
        return stride(from: 0, to: histories, by: atATime).map { first &+ UInt64($0) }
    }()

    private static let zones: [Zone] = [
        .utc,
        // Clocks an hour forward at the end of March, back at the end of October, as in Berlin in 2026.
        Zone(
            name: ZoneName("Test/Berlin")!, initialOffset: 3600,
            transitions: [.init(instant: 1_774_746_000, offset: 7200), .init(instant: 1_792_890_000, offset: 3600)]),
    ]

    /// One rotation of one volume over time: what there is of it, as records would say.
    private struct History {
        var spec: RotationSpec
        let zone: Zone
        var remembered: RememberedRotation?
        var held: [(record: SnapshotRecord, period: PeriodKey)] = []
        var made = 0

        func outlook(at now: Timestamp, expectsNew: Bool) -> RotationOutlook {
            RotationInput(
                spec: spec, volume: RotationVolume(label: "db", reference: .id(Sample.volume(1))), records: held, remembered: remembered
            )
            .outlook(at: now, in: zone, expectsNew: expectsNew)
        }

        /// One run: what is due is made, and then goes what the plan said and the rules still give up.
        mutating func run(at now: Timestamp, fails: Bool) -> (before: [PeriodKey], after: [PeriodKey], expired: Int) {
            let before = good
            let plan = outlook(at: now, expectsNew: true)
            var isMade = true
            if plan.demand == .due {
                made += 1
                isMade = !fails
                let key = RotationKey(rotation: spec.name, volume: "db", period: plan.current)
                held.append(
                    (
                        SnapshotRecord(
                            key: key.snapshotKey!, id: SnapshotID("s\(made)")!, volumeID: Sample.volume(1), name: "x",
                            status: fails ? .error : .available, createdAt: now), plan.current
                    ))
            }
            var expired = 0
            if isMade {
                let gone = Set(plan.holdings.filter(\.verdict.isExpiry).map(\.record.id))
                expired = gone.count
                held.removeAll { gone.contains($0.record.id) }
                remembered = RememberedRotation(name: spec.name, rules: spec.rules)
            }
            return (before, good, expired)
        }

        var good: [PeriodKey] { held.filter { $0.record.status == .available }.map(\.period) }
    }

    private static func rules(_ random: inout SeededRandom) -> RetentionRules {
        var counts: [RetentionBucket: Int] = [:]
        for (bucket, most) in [(RetentionBucket.last, 4), (.daily, 8), (.weekly, 5), (.monthly, 4), (.yearly, 2)] where random.chance(45) {
            counts[bucket] = 1 + Int(random.next() % UInt64(most))
        }
        if counts.isEmpty { counts = [.daily: 3] }
        return RetentionRules(
            counts: counts, minGood: 1 + Int(random.next() % 3), prefer: random.chance(25) ? .first : .last,
            maxAge: random.chance(15) ? .seconds(Int(5 + random.next() % 60) * 86_400) : nil)
    }

    @Test(
        "P12, P13: never two of one period, never below min_good, the same instant twice changes nothing, whatever the nights were like",
        arguments: parts)
    func anyHistory(first: UInt64) {
        for number in 0..<Self.atATime { history(seed: first &+ UInt64(number)) }
    }

    private func history(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let zone = Self.zones[Int(random.next() % 2)]
        let due: DueTime = random.chance(70) ? .day(minute: Int(random.next() % 1440)) : .week(.sunday, minute: 120)
        var history = History(
            spec: RotationSpec(
                name: RotationName("r")!, volumes: .listed([]),
                schedule: RotationSchedule(due: due, zone: zone.name, startWithin: .seconds(6 * 3600)), rules: Self.rules(&random)),
            zone: zone)
        let start = CivilDate(year: 2026, month: 1, clampedDay: 1).daysSinceEpoch
        for day in 0..<80 {
            if random.chance(12) { continue }
            if random.chance(3) { history.spec.rules = Self.rules(&random) }
            history.spec.isPaused = random.chance(5)
            for _ in 0..<1 + Int(random.next() % 2) {
                // The clock may jump by days, both ways.
                let jump = random.chance(3) ? Int(random.next() % 20) - 10 : 0
                let now = Timestamp(microseconds: Int64((start + day + jump) * 1440 + Int(random.next() % 1440)) * 60_000_000)
                let (before, after, _) = history.run(at: now, fails: random.chance(12))
                let minGood = history.spec.rules.minGood
                #expect(after.count >= min(minGood, before.count), "seed \(seed), day \(day)")
                #expect(Set(after).count == after.count, "seed \(seed), day \(day)")
                let again = history.outlook(at: now, expectsNew: true)
                let isSettled = again.demand != .due && !again.holdings.contains { $0.verdict.isExpiry && $0.isGood }
                #expect(isSettled || history.held.contains { $0.record.status == .error }, "seed \(seed), day \(day)")
            }
        }
    }

    @Test("Each closed bucket within its count has its keeper, or held no good one", arguments: parts)
    func everyBucket(first: UInt64) {
        for number in 0..<Self.atATime {
            var random = SeededRandom(seed: first &+ UInt64(number))
            let rules = RetentionRules(counts: [.daily: 4 + Int(random.next() % 5), .weekly: 2 + Int(random.next() % 4), .monthly: 3])
            var history = History(
                spec: RotationSpec(
                    name: RotationName("r")!, volumes: .listed([]), schedule: RetentionTests.schedule, rules: rules), zone: .utc)
            var made: Set<Int> = []
            let start = CivilDate(year: 2026, month: 1, clampedDay: 1)
            let days = 70 + Int(random.next() % 60)
            for day in 0..<days where random.chance(85) {
                _ = history.run(at: RetentionTests.instant(start + day), fails: false)
                made.insert((start + day).daysSinceEpoch)
            }
            let kept = Set(history.good.compactMap { if case .day(let date) = $0 { date.daysSinceEpoch } else { nil } })
            let all = made.sorted(by: >)
            func check(_ count: Int, _ bucket: (Int) -> Int) {
                var seen: [Int] = []
                for day in all where !seen.contains(bucket(day)) {
                    seen.append(bucket(day))
                    if seen.count > count { break }
                    #expect(kept.contains(day), "seed \(first &+ UInt64(number)): \(CivilDate(daysSinceEpoch: day))")
                }
            }
            check(rules.counts[.daily]!) { $0 }
            check(rules.counts[.weekly]!) { ($0 + 3) / 7 }
            check(3) { day in
                let parts = CivilDate(daysSinceEpoch: day).parts
                return parts.year * 12 + parts.month
            }
        }
    }

    @Test("Deciding each day and deciding once keep the same of what there is", arguments: parts)
    func dailyOrOnce(first: UInt64) {
        for number in 0..<Self.atATime {
            var random = SeededRandom(seed: first &+ UInt64(number))
            var rules = Self.rules(&random)
            rules.maxAge = nil
            rules.minGood = 1
            rules.prefer = .last
            let start = CivilDate(year: 2026, month: 1, clampedDay: 1)
            let days = (0..<120).filter { _ in random.chance(80) }.map { start + $0 }
            guard let last = days.last else { continue }
            var history = History(
                spec: RotationSpec(name: RotationName("r")!, volumes: .listed([]), schedule: RetentionTests.schedule, rules: rules),
                zone: .utc)
            for day in days { _ = history.run(at: RetentionTests.instant(day), fails: false) }
            let all = days.map { RotationSnapshot(period: .day($0), standing: .good) }
            let once = zip(days, rules.verdicts(on: all, schedule: RetentionTests.schedule, zone: .utc, now: RetentionTests.instant(last)))
                .filter { !$0.1.isExpiry }.map { PeriodKey.day($0.0) }
            #expect(Set(history.good) == Set(once), "seed \(first &+ UInt64(number))")
        }
    }
}
