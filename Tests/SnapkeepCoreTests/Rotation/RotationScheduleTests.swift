import Testing

@testable import SnapkeepCore

@Suite struct RotationScheduleTests {
    private static func schedule(_ due: DueTime, _ zone: String = "UTC", startWithin: Duration = .seconds(3600)) -> RotationSchedule {
        RotationSchedule(due: due, zone: ZoneName(zone)!, startWithin: startWithin)
    }

    struct Moment: Sendable, CustomTestStringConvertible {
        let zone: String
        let due: DueTime
        let now: String
        let current: String
        let next: String
        var testDescription: String { "\(zone) \(due) at \(now)" }
        init(_ zone: String, _ due: DueTime, _ now: String, _ current: String, next: String) {
            (self.zone, self.due, self.now, self.current, self.next) = (zone, due, now, current, next)
        }
    }

    @Test(
        "The current period is the last one whose due time has come",
        arguments: [
            Moment("UTC", .hour(minute: 15), "2026-10-25T01:14", "2026-10-25T00Z", next: "2026-10-25T01:15"),
            Moment("UTC", .hour(minute: 15), "2026-10-25T01:15", "2026-10-25T01Z", next: "2026-10-25T02:15"),
            // Hours are those of UTC in each zone: none is missing, none comes twice.
            Moment("Asia/Kathmandu", .hour(minute: 0), "2026-10-25T01:00", "2026-10-25T01Z", next: "2026-10-25T02:00"),
            Moment("Europe/Berlin", .day(minute: 120), "2026-10-25T00:00", "2026-10-25", next: "2026-10-26T01:00"),
            Moment("Europe/Berlin", .day(minute: 120), "2026-10-24T23:59", "2026-10-24", next: "2026-10-25T00:00"),
            Moment("Europe/Berlin", .day(minute: 150), "2026-03-29T00:59", "2026-03-28", next: "2026-03-29T01:00"),
            Moment("Europe/Berlin", .week(.sunday, minute: 120), "2026-10-25T00:00", "2026-W43", next: "2026-11-01T01:00"),
            Moment("Europe/Berlin", .week(.sunday, minute: 120), "2026-10-24T23:59", "2026-W42", next: "2026-10-25T00:00"),
            Moment("Europe/Berlin", .week(.monday, minute: 0), "2026-12-31T12:00", "2026-W53", next: "2027-01-03T23:00"),
            // The 31st is the last day of a shorter month.
            Moment("UTC", .month(day: 31, minute: 60), "2026-02-28T01:00", "2026-02", next: "2026-03-31T01:00"),
            Moment("UTC", .month(day: 31, minute: 60), "2026-02-28T00:59", "2026-01", next: "2026-02-28T01:00"),
            Moment("UTC", .month(day: 31, minute: 60), "2028-02-29T00:59", "2028-01", next: "2028-02-29T01:00"),
            Moment("UTC", .month(day: 1, minute: 0), "2026-12-31T23:59", "2026-12", next: "2027-01-01T00:00"),
            // Clocks set back over midnight: the day is Saturday's once more, and Sunday's time has come already.
            Moment("America/St_Johns", .day(minute: 0), "2010-11-07T02:31", "2010-11-07", next: "2010-11-08T03:30"),
            // A day that never was is due when the next one begins, and is not the last for a moment.
            Moment("Pacific/Apia", .day(minute: 0), "2011-12-30T10:00", "2011-12-31", next: "2011-12-31T10:00"),
            Moment("Pacific/Apia", .day(minute: 120), "2011-12-30T10:00", "2011-12-30", next: "2011-12-30T12:00"),
            Moment("Pacific/Apia", .day(minute: 120), "2011-12-30T09:59", "2011-12-29", next: "2011-12-30T10:00"),
        ])
    func examples(moment: Moment) throws {
        let (schedule, zone) = (Self.schedule(moment.due, moment.zone), try MachineZones.zone(moment.zone))
        let now = Timestamp(minute: moment.now)
        #expect(schedule.current(at: now, in: zone).description == moment.current)
        #expect(schedule.nextDueTime(after: now, in: zone) == Timestamp(minute: moment.next))
    }

    @Test(
        "In any zone and at any instant the current period is the last of all that are due, and the next due time follows it",
        arguments: ZoneTests.zones)
    func bruteForce(name: String) throws {
        let zone = try MachineZones.zone(name)
        var random = SeededRandom(seed: SeededRandom.seeds()[0])
        for _ in 0..<40 {
            let minute = [0, 1, 30, 120, 1439, Int.random(in: 0..<1440, using: &random)].randomElement(using: &random)!
            let due: DueTime = [
                .hour(minute: minute % 60), .day(minute: minute), .week(Weekday.allCases.randomElement(using: &random)!, minute: minute),
                .month(day: Int.random(in: 1...31, using: &random), minute: minute),
            ].randomElement(using: &random)!
            let schedule = Self.schedule(due, name)
            let anywhere = Int64.random(in: 0...Timestamp(minute: "2199-01-01T00:00").second, using: &random)
            let near = random.chance(70) ? zone.transitions.filter { $0.instant > 0 }.randomElement(using: &random)?.instant : nil
            let now = Timestamp(second: (near ?? anywhere) + Int64.random(in: -90_000...90_000, using: &random))

            // Periods on both sides of it; their due times ascend, so that none further away lies between.
            var period = schedule.current(at: now, in: zone)
            for _ in 0..<4 { period = period.previous }
            let periods = (0..<9).reduce(into: [period]) { periods, _ in periods.append(periods.last!.next) }
            let times = periods.map { schedule.dueTime(of: $0, in: zone) }
            #expect(times == times.sorted())
            #expect(times[0] <= now && now < times[9])
            let expected = try #require(periods.indices.last { times[$0] <= now })
            #expect(schedule.current(at: now, in: zone) == periods[expected], "\(due) at \(now)")
            #expect(schedule.nextDueTime(after: now, in: zone) == times[expected + 1], "\(due) at \(now)")
            let next = schedule.nextDueTime(after: now, in: zone)
            #expect(now < next && schedule.current(at: next, in: zone) != periods[expected])
        }
    }

    @Test("A period of another unit, from before an edit, is due when it begins in the zone")
    func otherUnit() throws {
        let zone = try MachineZones.zone("Europe/Berlin")
        let daily = Self.schedule(.day(minute: 120), "Europe/Berlin")
        for (period, due) in [
            ("2026-W43", "2026-10-18T22:00"), ("2026-10", "2026-09-30T22:00"), ("2026-10-25T01Z", "2026-10-25T01:00"),
            ("2026-10-25", "2026-10-25T00:00"),
        ] {
            #expect(daily.dueTime(of: try #require(PeriodKey(period)), in: zone) == Timestamp(minute: due), "\(period)")
        }
        let hourly = Self.schedule(.hour(minute: 30), "Europe/Berlin")
        #expect(hourly.dueTime(of: try #require(PeriodKey("2026-10-25")), in: zone) == Timestamp(minute: "2026-10-24T22:00"))
    }

    @Test("A snapshot may be begun until so long after its due time, in hours as they pass")
    func deadline() throws {
        let zone = try MachineZones.zone("Europe/Berlin")
        let schedule = Self.schedule(.day(minute: 60), "Europe/Berlin", startWithin: .seconds(6 * 3600))
        // 01:00 of a day with 25 hours, and of one with 23.
        #expect(schedule.deadline(of: try #require(PeriodKey("2026-10-25")), in: zone) == Timestamp(minute: "2026-10-25T05:00"))
        #expect(schedule.deadline(of: try #require(PeriodKey("2026-03-29")), in: zone) == Timestamp(minute: "2026-03-29T06:00"))
    }
}

extension RotationSchedule {
    /// The first due time after an instant, as an outlook tells it.
    fileprivate func nextDueTime(after now: Timestamp, in zone: Zone) -> Timestamp {
        dueTime(of: current(at: now, in: zone).next, in: zone)
    }
}
