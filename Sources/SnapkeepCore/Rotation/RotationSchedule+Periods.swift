extension RotationSchedule {
    /// The period whose due time came last, at or before an instant.
    public func current(at now: Timestamp, in zone: Zone) -> PeriodKey {
        var period = holding(now, in: zone)
        while dueTime(of: period, in: zone) > now { period = period.previous }
        // Clocks that are set back over midnight show the day before once more, when the new day's time has come already.
        while dueTime(of: period.next, in: zone) <= now { period = period.next }
        return period
    }

    /// The period that holds an instant by its calendar alone: its due time may be still to come.
    private func holding(_ now: Timestamp, in zone: Zone) -> PeriodKey {
        let date = zone.date(at: now)
        switch due {
        case .hour: return .hour(Int(now.microseconds.dividedDown(by: 3_600_000_000)))
        case .day: return .day(date)
        case .week: return .week(date.isoWeek)
        case .month:
            let (year, month, _) = date.parts
            return .month(year: year, month: month)
        }
    }

    /// When the snapshot of a period is due. A period of another unit than the schedule's, from before an edit, is due when it begins.
    public func dueTime(of period: PeriodKey, in zone: Zone) -> Timestamp {
        switch (period, due) {
        case (.hour(let hours), _):
            let minute = if case .hour(let minute) = due { minute } else { 0 }
            return Timestamp(microseconds: (Int64(hours) * 60 + Int64(minute)) * 60_000_000)
        case (.day(let date), .day(let minute)): return zone.instant(of: date, minute: minute)
        case (.week(let week), .week(let weekday, let minute)):
            return zone.instant(of: week.monday + (weekday.rawValue - 1), minute: minute)
        case (.month(let year, let month), .month(let day, let minute)):
            return zone.instant(of: CivilDate(year: year, month: month, clampedDay: day), minute: minute)
        case (.day, _), (.week, _), (.month, _): return zone.instant(of: period.firstDay(in: zone), minute: 0)
        }
    }

    /// Until when the snapshot of a period may be begun.
    public func deadline(of period: PeriodKey, in zone: Zone) -> Timestamp {
        dueTime(of: period, in: zone) + startWithin
    }
}

extension PeriodKey {
    /// The period after this one.
    public var next: PeriodKey { advanced(by: 1) }
    /// The period before this one.
    public var previous: PeriodKey { advanced(by: -1) }

    private func advanced(by count: Int) -> PeriodKey {
        switch self {
        case .hour(let hours): return .hour(hours + count)
        case .day(let date): return .day(date + count)
        case .week(let week): return .week((week.monday + count * 7).isoWeek)
        case .month(let year, let month):
            let months = year * 12 + month - 1 + count
            return .month(year: months.dividedDown(by: 12), month: months.remainderUp(by: 12) + 1)
        }
    }

    /// The day on which the period begins.
    func firstDay(in zone: Zone) -> CivilDate {
        switch self {
        case .hour(let hours): zone.date(at: Timestamp(microseconds: Int64(hours) * 3_600_000_000))
        case .day(let date): date
        case .week(let week): week.monday
        case .month(let year, let month): CivilDate(year: year, month: month, clampedDay: 1)
        }
    }

    /// The day by which the period is sorted into days, months and years: a week's is its Thursday, as ISO 8601 gives a week to the year
    /// that holds it. It depends on the key alone, so that no edit of the schedule moves a snapshot into another bucket.
    func representativeDay(in zone: Zone) -> CivilDate {
        if case .week(let week) = self { week.monday + 3 } else { firstDay(in: zone) }
    }
}
