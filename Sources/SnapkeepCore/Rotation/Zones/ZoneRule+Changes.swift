extension ZoneRule {
    /// The years in which a rule is followed. Snapshots are of today; a rule of today says nothing about a far past or future.
    static let years = 1900...2200

    /// What a rule makes of the clocks from an instant on.
    ///
    /// - Parameter start: the last change that is known by other means; `nil` where there is none.
    /// - Returns: the offset at the start, and the changes after it.
    func changes(after start: Int64?) -> (offset: Int, later: [Zone.Transition]) {
        guard let daylight else { return (offset, []) }
        let start = start ?? .min
        let (first, end) = (Self.begin(of: Self.years.lowerBound), Self.begin(of: Self.years.upperBound + 1))
        let year = CivilDate(daysSinceEpoch: Int(min(max(start, first), end).dividedDown(by: 86_400))).parts.year
        var before = offset
        var later: [Zone.Transition] = []
        for period in periods(of: daylight, in: (year - 1)...Self.years.upperBound) {
            for (instant, offset) in [(period.lowerBound, daylight.offset), (period.upperBound, offset)] {
                if instant <= start { before = offset } else if instant < end { later.append(.init(instant: instant, offset: offset)) }
            }
        }
        return (before, later)
    }

    /// When daylight saving holds, in the order of time and with standard time between any two.
    private func periods(of daylight: Daylight, in years: ClosedRange<Int>) -> [Range<Int64>] {
        var periods: [Range<Int64>] = []
        for year in years {
            let start = daylight.start.second(in: year, offset: offset)
            var end = daylight.end.second(in: year, offset: daylight.offset)
            // South of the equator it lasts over the new year.
            if end < start { end = daylight.end.second(in: year + 1, offset: daylight.offset) }
            guard start < end else { continue }
            // It may hold all the year: then each begins where the last one ended.
            if let last = periods.last, start <= last.upperBound {
                periods[periods.count - 1] = last.lowerBound..<max(last.upperBound, end)
            } else {
                periods.append(start..<end)
            }
        }
        return periods
    }

    private static func begin(of year: Int) -> Int64 {
        Int64(CivilDate(year: year, month: 1, clampedDay: 1).daysSinceEpoch) * 86_400
    }
}

extension ZoneRule.Moment {
    /// Seconds since 1970-01-01T00:00Z.
    ///
    /// - Parameter offset: of the clock that shows the moment.
    fileprivate func second(in year: Int, offset: Int) -> Int64 {
        Int64(day.date(in: year).daysSinceEpoch) * 86_400 + Int64(seconds - offset)
    }
}

extension ZoneRule.Day {
    fileprivate func date(in year: Int) -> CivilDate {
        switch self {
        case .withoutLeapDay(let number):
            let hasLeapDay = CivilDate.dayCount(month: 2, year: year) == 29
            return CivilDate(year: year, month: 1, clampedDay: 1) + (number - 1 + (hasLeapDay && number > 59 ? 1 : 0))
        case .withLeapDay(let number): return CivilDate(year: year, month: 1, clampedDay: 1) + number
        case .weekday(let weekday, let week, let month):
            let first = CivilDate(year: year, month: month, clampedDay: 1)
            // Sunday is 0 here, and 7 there.
            let day = 1 + (weekday - first.weekday.rawValue).remainderUp(by: 7) + (week - 1) * 7
            return first + ((day > CivilDate.dayCount(month: month, year: year) ? day - 7 : day) - 1)
        }
    }
}
