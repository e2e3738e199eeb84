import Testing

@testable import SnapkeepCore

@Suite struct SimulationTests {
    private static func rotation(
        _ keep: [RetentionBucket: Int], every due: DueTime = .day(minute: 120), minGood: Int = 1, prefer: BucketChoice = .last,
        maxAge: Duration? = nil, isPaused: Bool = false, name: String = "nightly", volumes: RotationVolumes = .listed([])
    ) -> RotationSpec {
        RotationSpec(
            name: RotationName(name)!, volumes: volumes,
            schedule: RotationSchedule(due: due, zone: Zone.utc.name, startWithin: RotationSchedule.defaultStartWithin(due.unit)),
            rules: RetentionRules(counts: keep, minGood: minGood, prefer: prefer, maxAge: maxAge), isPaused: isPaused)
    }

    private static func day(_ text: String) -> CivilDate {
        guard case .day(let date) = PeriodKey(text) else { preconditionFailure(text) }
        return date
    }

    private static func span(_ from: String, _ until: String, missed: String...) -> SimulationSpan {
        SimulationSpan(
            from: day(from), until: day(until),
            missed: missed.map { range in
                let ends = range.split(separator: "..").map { day(String($0)) }
                return ends[0]...ends[1]
            })
    }

    /// What is left, each with its reasons: `2026-10-31 daily 1, weekly 1`.
    private static func left(_ simulation: Simulation) -> [String] {
        simulation.snapshots.compactMap { snapshot in
            guard case .kept(let reasons) = snapshot.fate else { return nil }
            return ([snapshot.period.description] + [reasons.map(\.text).joined(separator: ", ")]).joined(separator: " ")
        }
    }

    // MARK: Examples

    @Test func `a month of nights leaves what the rules say, and tells when and why the others went`() {
        let simulation = Self.rotation([.daily: 3, .weekly: 2]).simulated(Self.span("2026-10-01", "2026-10-31"), in: .utc)
        #expect(
            Self.left(simulation) == [
                "2026-10-25 weekly 2", "2026-10-29 daily 3", "2026-10-30 daily 2", "2026-10-31 daily 1, weekly 1",
            ])
        #expect(simulation.snapshots.map(\.period) == (0..<31).map { .day(Self.day("2026-10-01") + $0) })
        #expect(simulation.snapshots.allSatisfy { $0.due.minuteOfDay == "02:00" && $0.due.date == $0.day.description })
        // The first one stays as the oldest until a second week has one.
        #expect(
            simulation.snapshots[0].fate
                == .expired(
                    at: Timestamp("2026-10-05T02:00:00Z")!,
                    .beyond([
                        .init(bucket: .daily, count: 3, keeper: nil),
                        .init(bucket: .weekly, count: 2, keeper: .day(Self.day("2026-10-04"))),
                    ])))
    }

    @Test func `the peak counts the new one before old ones go, and is told where it came first`() {
        let simulation = Self.rotation([.daily: 3, .weekly: 2]).simulated(Self.span("2026-10-01", "2026-10-31"), in: .utc)
        // Of the 1st to the 5th of October.
        #expect(simulation.peak == 5 && simulation.peakAt == Timestamp("2026-10-05T02:00:00Z")!)
        #expect(Self.rotation([.last: 1]).simulated(Self.span("2026-10-01", "2026-10-01"), in: .utc).peak == 1)
        #expect(Self.rotation([.last: 1]).simulated(Self.span("2026-10-01", "2026-10-02"), in: .utc).peak == 2)
    }

    @Test func `days without runs make nothing and let nothing go, and the pause loses no history`() {
        let rotation = Self.rotation([.daily: 3, .weekly: 2])
        let atTheEnd = rotation.simulated(Self.span("2026-10-01", "2026-10-31", missed: "2026-10-29..2026-10-31"), in: .utc)
        #expect(
            Self.left(atTheEnd) == [
                "2026-10-25 weekly 2", "2026-10-26 daily 3", "2026-10-27 daily 2", "2026-10-28 daily 1, weekly 1",
            ])
        #expect(atTheEnd.missedDays == ["2026-10-29", "2026-10-30", "2026-10-31"].map(Self.day))
        let between = rotation.simulated(Self.span("2026-10-01", "2026-10-31", missed: "2026-10-06..2026-10-30"), in: .utc)
        #expect(
            Self.left(between) == [
                "2026-10-04 daily 3", "2026-10-05 daily 2, weekly 2", "2026-10-31 daily 1, weekly 1",
            ])
    }

    @Test func `prefer first keeps the first of each week`() {
        let simulation = Self.rotation([.daily: 2, .weekly: 2], prefer: .first).simulated(
            Self.span("2026-10-01", "2026-10-31"), in: .utc)
        #expect(
            Self.left(simulation) == ["2026-10-19 weekly 2", "2026-10-26 weekly 1", "2026-10-30 daily 2", "2026-10-31 daily 1"])
    }

    @Test func `what grows too old goes at that instant, or with the first run after it`() {
        let rotation = Self.rotation([.daily: 30], maxAge: .seconds(3 * 86_400))
        let simulation = rotation.simulated(Self.span("2026-10-01", "2026-10-10"), in: .utc)
        #expect(Self.left(simulation) == ["2026-10-08 daily 3", "2026-10-09 daily 2", "2026-10-10 daily 1"])
        #expect(
            simulation.snapshots[0].fate
                == .expired(at: Timestamp("2026-10-04T02:00:00.000001Z")!, .tooOld(.seconds(3 * 86_400))))
        let missed = rotation.simulated(Self.span("2026-10-01", "2026-10-10", missed: "2026-10-02..2026-10-07"), in: .utc)
        // It is the only one, and stays until there is another.
        #expect(missed.snapshots[0].fate == .expired(at: Timestamp("2026-10-08T02:00:00Z")!, .tooOld(.seconds(3 * 86_400))))
        let two = Self.rotation([.daily: 30], maxAge: .seconds(3 * 86_400)).simulated(
            Self.span("2026-10-01", "2026-10-10", missed: "2026-10-03..2026-10-07"), in: .utc)
        #expect(two.snapshots[0].fate == .expired(at: Timestamp("2026-10-08T00:00:00Z")!, .tooOld(.seconds(3 * 86_400))))
    }

    @Test func `P13: the last good one stays, however old`() {
        let simulation = Self.rotation([.daily: 3], minGood: 2, maxAge: .seconds(86_400)).simulated(
            Self.span("2026-10-01", "2026-10-31", missed: "2026-10-04..2026-10-30"), in: .utc)
        #expect(Self.left(simulation) == ["2026-10-03 min_good", "2026-10-31 daily 1"])
    }

    @Test func `what is recorded is where it begins: it is not made again, it expires by the same rules, and what is held stays`() {
        func good(_ day: String, _ standing: RotationSnapshot.Standing = .good) -> RotationSnapshot {
            RotationSnapshot(period: PeriodKey(day)!, standing: standing)
        }
        let recorded = [
            good("2026-10-03"), good("2026-09-01"), good("2026-08-01", .kept(.protected)), good("2026-10-01", .failed), good("2026-09-30"),
        ]
        let simulation = Self.rotation([.daily: 2]).simulated(Self.span("2026-10-03", "2026-10-04"), in: .utc, beginningWith: recorded)
        #expect(Self.left(simulation) == ["2026-08-01 protected", "2026-10-03 daily 2", "2026-10-04 daily 1"])
        #expect(simulation.snapshots.map(\.isRecorded) == [true, true, true, true, false])
        #expect(simulation.peak == 4 && simulation.peakAt == Timestamp("2026-10-03T00:00:00Z")!)
        let before = Self.rotation([.daily: 2]).simulated(Self.span("2026-10-01", "2026-10-01"), in: .utc, beginningWith: recorded)
        #expect(Self.left(before).last == "2026-10-03 future")
    }

    @Test func `a paused rotation makes nothing and lets nothing go`() {
        let recorded = [1, 2].map { RotationSnapshot(period: .day(Self.day("2026-09-0\($0)")), standing: .good) }
        let simulation = Self.rotation([.daily: 1], isPaused: true).simulated(
            Self.span("2026-10-01", "2026-10-31"), in: .utc, beginningWith: recorded)
        #expect(Self.left(simulation) == ["2026-09-01 paused", "2026-09-02 daily 1"])
        #expect(Self.rotation([.daily: 1], isPaused: true).simulated(Self.span("2026-10-01", "2026-10-31"), in: .utc).peak == 0)
    }

    @Test func `days are those of the rotation's zone`() {
        let east = Zone(name: ZoneName("Asia/Kathmandu")!, initialOffset: 20_700)
        let simulation = Self.rotation([.hourly: 1], every: .hour(minute: 30)).simulated(Self.span("2026-10-02", "2026-10-02"), in: east)
        #expect(simulation.snapshots.first?.period == PeriodKey("2026-10-01T18Z")!)
        #expect(simulation.snapshots.last?.period == PeriodKey("2026-10-02T17Z")!)
        #expect(simulation.snapshots.count == 24 && simulation.snapshots.allSatisfy { $0.day == Self.day("2026-10-02") })
    }

    // MARK: Properties

    /// What comes out when the rules decide on everything at each of many runs: slow, and simple enough to be seen to be right.
    private static func replayed(
        _ spec: RotationSpec, _ span: SimulationSpan, runs extra: [Timestamp], _ recorded: [RotationSnapshot]
    ) -> (made: Set<PeriodKey>, left: [String], peak: Int) {
        let (start, end) = (span.start(in: .utc), span.end(in: .utc))
        var due: [Timestamp: PeriodKey] = [:]
        var period = spec.schedule.current(at: start, in: .utc)
        while spec.schedule.dueTime(of: period, in: .utc) <= end {
            if spec.schedule.dueTime(of: period, in: .utc) >= start { due[spec.schedule.dueTime(of: period, in: .utc)] = period }
            period = period.next
        }
        var instants = Set(due.keys).union(extra)
        instants.insert(end)
        if let maxAge = spec.rules.maxAge {
            let begun = recorded.map { spec.schedule.dueTime(of: $0.period, in: .utc) }
            instants.formUnion((due.keys + begun).map { $0 + maxAge + .microseconds(1) }.filter { $0 > start && $0 <= end })
        }
        var held = recorded
        var made: Set<PeriodKey> = []
        var peak = held.count
        var reasons: [RetentionVerdict] = []
        for now in instants.sorted() where !span.isMissed(Zone.utc.date(at: now)) {
            if let period = due[now], !held.contains(where: { $0.period == period }) {
                held.append(RotationSnapshot(period: period, standing: .good))
                made.insert(period)
                peak = max(peak, held.count)
            }
            let verdicts = spec.rules.verdicts(on: held, schedule: spec.schedule, zone: .utc, now: now)
            held = zip(held, verdicts).filter { !$0.1.isExpiry }.map(\.0)
            // What has just gone by its age is no reason any more: the next one is the oldest then.
            reasons = spec.rules.verdicts(on: held, schedule: spec.schedule, zone: .utc, now: now)
        }
        // Where no run ever came, all of it is there, for the reasons that a run at the end would give.
        if reasons.isEmpty { reasons = spec.rules.verdicts(on: held, schedule: spec.schedule, zone: .utc, now: end) }
        let left = zip(held, reasons).sorted {
            spec.schedule.dueTime(of: $0.0.period, in: .utc) < spec.schedule.dueTime(of: $1.0.period, in: .utc)
        }.map { one, verdict in
            guard case .keep(let reasons) = verdict else { return "" }
            return "\(one.period) \(reasons.map(\.text).joined(separator: ", "))"
        }
        return (made, left, peak)
    }

    private static func randomRotation(_ random: inout SeededRandom) -> RotationSpec {
        let due = [
            DueTime.hour(minute: 15), .day(minute: 120), .day(minute: 1380), .week(.sunday, minute: 120), .month(day: 31, minute: 0),
        ].randomElement(using: &random)!
        var keep: [RetentionBucket: Int] = [:]
        for bucket in RetentionBucket.allCases where random.chance(45) { keep[bucket] = Int.random(in: 1...9, using: &random) }
        if keep.isEmpty { keep[.last] = 3 }
        return rotation(
            keep, every: due, minGood: Int.random(in: 1...3, using: &random), prefer: random.chance(50) ? .last : .first,
            maxAge: random.chance(40) ? .seconds(3600 * Int.random(in: 1...1500, using: &random)) : nil)
    }

    private static func randomSpan(_ random: inout SeededRandom, of unit: PeriodUnit) -> SimulationSpan {
        let from = day("2026-01-01") + Int.random(in: 0..<400, using: &random)
        let length = Int.random(in: 1...(unit == .hour ? 30 : 150), using: &random)
        var span = SimulationSpan(from: from, until: from + length)
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            let first = from + Int.random(in: 0...length, using: &random)
            span.missed.append(first...(first + Int.random(in: 0...length / 2, using: &random)))
        }
        // A run comes on one day at least.
        if (0...length).allSatisfy({ span.isMissed(from + $0) }) { span.missed = [] }
        return span
    }

    @Test("P12: it is what the rules decide at each run, and runs that come more often change nothing", arguments: SeededRandom.seeds(60))
    func asDecidedAtEachRun(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let spec = Self.randomRotation(&random)
        let span = Self.randomSpan(&random, of: spec.schedule.unit)
        var recorded: [RotationSnapshot] = []
        var period = spec.schedule.current(at: span.start(in: .utc), in: .utc)
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            if random.chance(60) {
                recorded.append(RotationSnapshot(period: period, standing: random.chance(10) ? .kept(.protected) : .good))
            }
            period = period.previous
        }
        let days = span.from.daysSinceEpoch...span.until.daysSinceEpoch
        let extra = days.flatMap { day in [0, 720].map { Zone.utc.instant(of: CivilDate(daysSinceEpoch: day), minute: $0) } }
        let expected = Self.replayed(spec, span, runs: extra, recorded)
        for explains in [true, false] {
            let simulation = spec.simulated(span, in: .utc, beginningWith: recorded.shuffled(using: &random), explains: explains)
            #expect(Self.left(simulation) == expected.left, "seed \(seed): \(spec.rules) \(span)")
            #expect(Set(simulation.snapshots.filter { !$0.isRecorded }.map(\.period)) == expected.made, "seed \(seed)")
            #expect(simulation.peak == expected.peak, "seed \(seed): \(spec.rules) \(span)")
        }
    }

    @Test("Deciding run by run leaves what one decision at the end leaves of all that was ever made", arguments: SeededRandom.seeds(60))
    func asDecidedAtTheEnd(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var spec = Self.randomRotation(&random)
        spec.rules.maxAge = nil
        let span = Self.randomSpan(&random, of: spec.schedule.unit)
        let simulation = spec.simulated(span, in: .utc)
        let all = simulation.snapshots.map { RotationSnapshot(period: $0.period, standing: .good) }
        let verdicts = spec.rules.verdicts(on: all, schedule: spec.schedule, zone: .utc, now: span.end(in: .utc))
        for (snapshot, verdict) in zip(simulation.snapshots, verdicts) {
            #expect(snapshot.isKept == !verdict.isExpiry, "seed \(seed): \(snapshot.period) \(verdict) \(spec.rules)")
            if case .kept(let reasons) = snapshot.fate { #expect(verdict == .keep(reasons), "seed \(seed): \(snapshot.period)") }
        }
    }
}
