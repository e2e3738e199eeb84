import Testing

@testable import SnapkeepCore

@Suite struct CivilDateTests {
    @Test("Every day of 400 years is the day after the one before, and its parts lead back to it", arguments: [0, 1599, 1970, 9600])
    func everyDay(first: Int) throws {
        var (year, month, day) = (first, 1, 1)
        let begin = try #require(CivilDate(year: year, month: month, day: day))
        for offset in 0..<146_097 {
            let date = begin + offset
            guard date.parts == (year, month, day), CivilDate(year: year, month: month, day: day) == date else {
                Issue.record("\(year)-\(month)-\(day) is taken for \(date)")
                return
            }
            // The calendar as it is taught at school.
            let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (first + 400, 1, 1))
    }

    @Test("Days are counted from 1970-01-01, a Thursday, and days that no month has are none")
    func examples() {
        #expect(CivilDate(year: 1970, month: 1, day: 1)?.daysSinceEpoch == 0)
        #expect(CivilDate(daysSinceEpoch: 0).weekday == .thursday)
        #expect(CivilDate(daysSinceEpoch: -1).description == "1969-12-31")
        #expect(CivilDate(year: 2026, month: 10, day: 25)?.weekday == .sunday)
        for (month, day) in [(2, 29), (4, 31), (0, 1), (13, 1), (1, 0), (1, 32)] {
            #expect(CivilDate(year: 2026, month: month, day: day) == nil)
        }
        #expect(CivilDate(year: 2028, month: 2, clampedDay: 31).description == "2028-02-29")
        #expect(CivilDate(year: 2026, month: 2, clampedDay: 31).description == "2026-02-28")
    }

    @Test(
        "A week begins on Monday and belongs to the year of its Thursday",
        arguments: [
            ("2026-12-31", "2026-W53"), ("2027-01-01", "2026-W53"), ("2027-01-03", "2026-W53"), ("2027-01-04", "2027-W01"),
            ("2024-12-29", "2024-W52"), ("2024-12-30", "2025-W01"), ("2026-01-01", "2026-W01"), ("2026-10-25", "2026-W43"),
            ("2020-12-31", "2020-W53"), ("2021-01-03", "2020-W53"), ("2000-01-02", "1999-W52"), ("1970-01-01", "1970-W01"),
        ])
    func isoWeek(date: String, week: String) throws {
        guard case .day(let day) = try #require(PeriodKey(date)) else { return }
        #expect(day.isoWeek.description == week)
    }

    @Test("The weeks of 400 years follow each other without a hole, each from its Monday to its Sunday")
    func everyWeek() throws {
        var monday = try #require(CivilDate(year: 1969, month: 12, day: 29))
        var before = monday.isoWeek
        #expect(before == ISOWeek(year: 1970, validating: 1))
        for _ in 1..<20_871 {
            monday = monday + 7
            let week = monday.isoWeek
            let follows = week.year == before.year ? week.week == before.week + 1 : week.year == before.year + 1 && week.week == 1
            guard follows, before.week <= 53, before < week, week.monday == monday, (monday + 6).isoWeek == week, monday.weekday == .monday
            else {
                Issue.record("\(week) after \(before), from \(monday)")
                return
            }
            #expect(ISOWeek(year: week.year, validating: week.week) == week)
            before = week
        }
    }

    @Test("A year has week 53 or not", arguments: [(2026, true), (2020, true), (2025, false), (2024, false), (2032, true)])
    func lastWeek(year: Int, isThere: Bool) {
        #expect((ISOWeek(year: year, validating: 53) != nil) == isThere)
        #expect(ISOWeek(year: year, validating: 0) == nil && ISOWeek(year: year, validating: 54) == nil)
    }
}
