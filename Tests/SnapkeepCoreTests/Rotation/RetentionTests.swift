import Testing

@testable import SnapkeepCore

@Suite("Retention")
struct RetentionTests {
    static let schedule = RotationSchedule(due: .day(minute: 120), zone: ZoneName("UTC")!, startWithin: .seconds(6 * 3600))

    static func instant(_ day: CivilDate, hour: Int = 3) -> Timestamp {
        Timestamp(microseconds: (Int64(day.daysSinceEpoch) * 24 + Int64(hour)) * 3_600_000_000)
    }

    static func day(_ text: String) -> CivilDate {
        guard case .day(let date)? = PeriodKey(text) else { preconditionFailure(text) }
        return date
    }

    /// The verdicts on good snapshots of some days, by day.
    private func verdicts(_ rules: RetentionRules, on days: [String], now: String) -> [String: RetentionVerdict] {
        let snapshots = days.map { RotationSnapshot(period: .day(Self.day($0)), standing: .good) }
        let verdicts = rules.verdicts(on: snapshots, schedule: Self.schedule, zone: .utc, now: Self.instant(Self.day(now)))
        return Dictionary(uniqueKeysWithValues: zip(days, verdicts))
    }

    private static let fortnight = (1...14).map { "2026-03-\($0 < 10 ? "0" : "")\($0)" }

    @Test("Each rule counts by itself, and a snapshot says all rules that keep it")
    func reasons() {
        // 2026-03-08 is a Sunday, the 14th a Saturday.
        let verdicts = verdicts(RetentionRules(counts: [.last: 1, .daily: 3, .weekly: 2]), on: Self.fortnight, now: "2026-03-14")
        #expect(verdicts["2026-03-14"] == .keep([.bucket(.last, 1), .bucket(.daily, 1), .bucket(.weekly, 1)]))
        #expect(verdicts["2026-03-12"] == .keep([.bucket(.daily, 3)]))
        #expect(verdicts["2026-03-08"] == .keep([.bucket(.weekly, 2)]))
        #expect(verdicts.values.count(where: \.isExpiry) == 10)
    }

    @Test("What goes says which rules it is beyond, and what is kept in its place")
    func expiryReasons() {
        let verdicts = verdicts(RetentionRules(counts: [.daily: 3, .weekly: 2]), on: Self.fortnight, now: "2026-03-14")
        #expect(
            verdicts["2026-03-05"]
                == .expire(
                    .beyond([
                        .init(bucket: .daily, count: 3, keeper: nil),
                        .init(bucket: .weekly, count: 2, keeper: PeriodKey("2026-03-08")),
                    ])))
    }

    @Test("'prefer: first' keeps the first of each bucket, and the newest good one all the same (P13)")
    func prefersFirst() {
        let verdicts = verdicts(RetentionRules(counts: [.weekly: 2], prefer: .first), on: Self.fortnight, now: "2026-03-14")
        let kept = verdicts.filter { !$0.value.isExpiry }
        #expect(kept["2026-03-02"] == .keep([.bucket(.weekly, 2)]))
        #expect(kept["2026-03-09"] == .keep([.bucket(.weekly, 1)]))
        #expect(kept["2026-03-14"] == .keep([.minGood]))
        #expect(kept.count == 3)
    }

    @Test("A count is of buckets that hold a good one, so a pause loses no history")
    func pauses() {
        let days = ["2026-01-05", "2026-01-06", "2026-01-07", "2026-03-14"]
        let verdicts = verdicts(RetentionRules(counts: [.daily: 4]), on: days, now: "2026-03-14")
        #expect(verdicts.values.allSatisfy { !$0.isExpiry })
    }

    @Test("While a count is not used up the oldest stays")
    func oldest() {
        let days = ["2026-03-02", "2026-03-03", "2026-03-04"]
        let verdicts = verdicts(RetentionRules(counts: [.weekly: 2]), on: days, now: "2026-03-04")
        #expect(verdicts["2026-03-02"] == .keep([.oldest(.weekly)]))
        #expect(verdicts["2026-03-03"]?.isExpiry == true)
    }

    @Test("'max_age' goes before the counts, and 'min_good' before it (P13)")
    func maxAge() {
        let rules = RetentionRules(counts: [.daily: 14], minGood: 2, maxAge: .seconds(5 * 86_400))
        let kept = verdicts(rules, on: Self.fortnight, now: "2026-03-14").filter { !$0.value.isExpiry }.keys.sorted()
        #expect(kept == ["2026-03-10", "2026-03-11", "2026-03-12", "2026-03-13", "2026-03-14"])
        let late = verdicts(rules, on: Self.fortnight, now: "2027-01-01")
        #expect(late.filter { !$0.value.isExpiry }.keys.sorted() == ["2026-03-13", "2026-03-14"])
        #expect(late["2026-03-01"] == .expire(.tooOld(.seconds(5 * 86_400))))
    }

    @Test("P12: what is dated in the future neither counts nor goes")
    func future() {
        let verdicts = verdicts(RetentionRules(counts: [.last: 1]), on: ["2026-03-10", "2026-03-11", "2026-04-01"], now: "2026-03-11")
        #expect(verdicts["2026-04-01"] == .keep([.future]))
        #expect(verdicts["2026-03-11"] == .keep([.bucket(.last, 1)]))
        #expect(verdicts["2026-03-10"]?.isExpiry == true)
    }

    @Test("P13: failed and unfinished ones never count; a failed one goes once its period has a good one or is over")
    func standings() {
        let (yesterday, today) = (PeriodKey("2026-03-13")!, PeriodKey("2026-03-14")!)
        func verdicts(_ snapshots: [RotationSnapshot], hour: Int) -> [RetentionVerdict] {
            RetentionRules(counts: [.last: 1]).verdicts(
                on: snapshots, schedule: Self.schedule, zone: .utc, now: Self.instant(Self.day("2026-03-14"), hour: hour))
        }
        let failed = [RotationSnapshot(period: yesterday, standing: .good), RotationSnapshot(period: today, standing: .failed)]
        #expect(verdicts(failed, hour: 3) == [.keep([.bucket(.last, 1)]), .keep([.failed])])
        #expect(verdicts(failed, hour: 9) == [.keep([.bucket(.last, 1)]), .expire(.failed)])
        let made = failed + [RotationSnapshot(period: today, standing: .good)]
        #expect(verdicts(made, hour: 3)[1] == .expire(.failed))
        #expect(verdicts(made, hour: 3)[0].isExpiry)
        let unfinished = [RotationSnapshot(period: yesterday, standing: .good), RotationSnapshot(period: today, standing: .unfinished)]
        #expect(verdicts(unfinished, hour: 3) == [.keep([.bucket(.last, 1)]), .keep([.unfinished])])
    }

    @Test("What is held counts and stays; what we do not own neither counts nor goes; of two of one period one counts")
    func holds() {
        let periods = ["2026-03-11", "2026-03-12", "2026-03-13", "2026-03-14", "2026-03-14"].map { PeriodKey($0)! }
        let standings: [RotationSnapshot.Standing] = [.kept(.protected), .kept(.inUse), .ignored, .good, .good]
        let verdicts = RetentionRules(counts: [.last: 1]).verdicts(
            on: zip(periods, standings).map { RotationSnapshot(period: $0, standing: $1) }, schedule: Self.schedule, zone: .utc,
            now: Self.instant(Self.day("2026-03-14")))
        #expect(verdicts[0] == .keep([.held(.protected)]))
        #expect(verdicts[1] == .keep([.held(.inUse)]))
        #expect(verdicts[2] == .keep([.ignored]))
        #expect(verdicts[3].isExpiry)
        #expect(verdicts[4] == .keep([.bucket(.last, 1)]))
    }

    @Test("A week belongs to the month and the year of its Thursday, as ISO 8601 has it")
    func weeks() {
        let schedule = RotationSchedule(due: .week(.sunday, minute: 0), zone: ZoneName("UTC")!, startWithin: .seconds(3600))
        // W53 of 2026 ends on 2027-01-03; its Thursday is New Year's Eve.
        let weeks = ["2026-W52", "2026-W53", "2027-W01"].map { RotationSnapshot(period: PeriodKey($0)!, standing: .good) }
        let verdicts = RetentionRules(counts: [.yearly: 2]).verdicts(
            on: weeks, schedule: schedule, zone: .utc, now: Self.instant(Self.day("2027-01-12")))
        #expect(verdicts[0].isExpiry)
        #expect(verdicts[1] == .keep([.bucket(.yearly, 2)]))
        #expect(verdicts[2] == .keep([.bucket(.yearly, 1)]))
    }
}
