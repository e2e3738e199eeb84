import Testing

@testable import SnapkeepCore

@Suite("The most snapshots that the rules of a rotation keep")
struct RotationPeakTests {
    private static func schedule(_ unit: PeriodUnit) -> RotationSchedule {
        let due: DueTime =
            switch unit {
            case .hour: .hour(minute: 0)
            case .day: .day(minute: 120)
            case .week: .week(.sunday, minute: 120)
            case .month: .month(day: 1, minute: 120)
            }
        return RotationSchedule(due: due, zone: ZoneName("UTC")!, startWithin: .seconds(600))
    }

    /// How many are kept at most when a snapshot is made in each of so many periods but those that are missed, and the rules are asked each time.
    private static func simulated(
        _ rules: RetentionRules, _ unit: PeriodUnit, from start: CivilDate, periods: Int, isMissed: () -> Bool = { false }
    ) -> Int {
        let schedule = schedule(unit)
        var period = schedule.current(at: Zone.utc.instant(of: start, minute: 0), in: .utc)
        var held: [RotationSnapshot] = []
        var most = 0
        for _ in 0..<periods {
            defer { period = period.next }
            if isMissed() { continue }
            held.append(RotationSnapshot(period: period, standing: .good))
            let verdicts = rules.verdicts(on: held, schedule: schedule, zone: .utc, now: schedule.dueTime(of: period, in: .utc))
            held = zip(held, verdicts).filter { !$0.1.isExpiry }.map(\.0)
            most = max(most, held.count)
        }
        return most
    }

    @Test(
        "the peak is what the rules keep on the worst day: what two of them keep counts once",
        arguments: [
            (.day, [.daily: 7], 7), (.day, [.last: 2, .daily: 7], 7), (.day, [.last: 9, .hourly: 3], 9),
            // On a Sunday the week before ended seven days ago.
            (.day, [.daily: 7, .weekly: 4], 10), (.day, [.daily: 8, .weekly: 2], 8), (.day, [.daily: 40, .monthly: 2], 40),
            (.day, [.daily: 7, .weekly: 4, .monthly: 12, .yearly: 3], 23), (.week, [.daily: 2, .weekly: 5], 5),
            (.week, [.weekly: 4, .monthly: 3], 6), (.month, [.monthly: 12, .yearly: 3], 14), (.month, [.yearly: 3], 3),
            (.hour, [.hourly: 24, .daily: 7], 30), (.hour, [.last: 1], 1),
        ] as [(PeriodUnit, [RetentionBucket: Int], Int)])
    func examples(_ unit: PeriodUnit, _ counts: [RetentionBucket: Int], _ peak: Int) {
        let rules = RetentionRules(counts: counts)
        #expect(rules.peak(every: unit) == peak)
        #expect(rules.largestPeak(every: unit) >= peak)
    }

    @Test("the newest that always stay, and an age, bound the peak")
    func otherRules() {
        #expect(RetentionRules(counts: [.monthly: 2], minGood: 10).peak(every: .day) == 11)
        #expect(RetentionRules(counts: [.monthly: 2], prefer: .first).peak(every: .day) == 3)
        #expect(RetentionRules(counts: [.daily: 30, .yearly: 5], maxAge: .seconds(9 * 86_400)).peak(every: .day) == 10)
        // As age never lets five years come together, the oldest stays as well.
        #expect(RetentionRules(counts: [.daily: 4, .yearly: 5], maxAge: .seconds(226 * 86_400)).peak(every: .day) == 6)
        #expect(RetentionRules(counts: [.daily: 30], minGood: 20, maxAge: .seconds(86_400)).peak(every: .day) == 20)
    }

    @Test("a peak that would take too long to find out is the sum of what each rule keeps")
    func effort() {
        let rules = RetentionRules(counts: [.daily: 8, .weekly: 2])
        #expect(rules.peak(every: .day, effort: 100) == 9 && rules.largestPeak(every: .day) == 9)
        #expect(RetentionRules(counts: [.daily: 10_000, .yearly: 10_000]).peak(every: .hour) == 19_999)
    }

    @Test("no run of the rules ever holds more than the peak, whatever is missed", arguments: SeededRandom.seeds(12))
    func simulation(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var counts: [RetentionBucket: Int] = [:]
        for bucket in RetentionBucket.allCases where random.chance(50) { counts[bucket] = Int.random(in: 1...6, using: &random) }
        if counts.isEmpty { counts = [.daily: 3] }
        let rules = RetentionRules(
            counts: counts, minGood: Int.random(in: 1...4, using: &random), prefer: random.chance(50) ? .last : .first,
            maxAge: random.chance(30) ? .seconds(86_400 * Int.random(in: 1...300, using: &random)) : nil)
        let unit = PeriodUnit.allCases.randomElement(using: &random)!
        let start = CivilDate(daysSinceEpoch: 20_000 + Int.random(in: 0..<2000, using: &random))
        let missed = random.chance(50) ? 0 : Int.random(in: 1...80, using: &random)
        let most = Self.simulated(rules, unit, from: start, periods: 400) { random.chance(missed) }
        #expect(most <= rules.peak(every: unit), "\(unit) \(rules)")
    }

    @Test("a run of some weeks reaches the peak")
    func reached() {
        let rules = RetentionRules(counts: [.daily: 7, .weekly: 4])
        #expect(Self.simulated(rules, .day, from: CivilDate(daysSinceEpoch: 20_000), periods: 60) == rules.peak(every: .day))
        #expect(Self.simulated(rules, .hour, from: CivilDate(daysSinceEpoch: 20_000), periods: 24 * 40) == rules.peak(every: .hour))
    }
}
