extension RetentionRules {
    /// The most snapshots of one volume that the rules keep, whatever the day: by going through the calendar with a run in each period, as missed
    /// ones never make it more. Where finding out would take too long, it is the sum of what each rule keeps for itself.
    ///
    /// Days are those of UTC, whatever the rotation's zone: only where hours are counted may the days of 23 and 25 hours that a zone has make a
    /// difference, of one snapshot.
    ///
    /// - Parameters:
    ///   - unit: how often a snapshot is made.
    ///   - effort: about how many buckets may be looked at.
    public func peak(every unit: PeriodUnit, effort: Int = 1_000_000) -> Int {
        RotationPeak(self, every: unit).most(effort: effort)
    }

    /// What the rules cannot exceed: the sum of what each of them keeps for itself. Cheap.
    public func largestPeak(every unit: PeriodUnit) -> Int { RotationPeak(self, every: unit).bound }
}

/// Goes through the calendar once. Snapshots are numbers of their periods, for there are many: hours, days and weeks since 1970, months since
/// the year 0.
private struct RotationPeak {
    let unit: PeriodUnit
    let prefersFirst: Bool
    /// So many of the newest stay: buckets that hold one period at most are counted in snapshots.
    let newest: Int
    /// Rules whose buckets hold several periods.
    let coarse: [(bucket: RetentionBucket, count: Int)]
    let maxAge: Int64?
    /// Whether age keeps the finest rule from using up its count.
    private let isFineOpen: Bool

    init(_ rules: RetentionRules, every unit: PeriodUnit) {
        self.unit = unit
        prefersFirst = rules.prefer == .first
        let finest: RetentionBucket =
            switch unit {
            case .hour: .hourly
            case .day: .daily
            case .week: .weekly
            case .month: .monthly
            }
        let age = rules.maxAge.map { max(0, $0.components.seconds) }
        let fine = rules.counts.filter { $0.key <= finest }.map(\.value).max() ?? 0
        maxAge = age
        let reach = age.map { Self.periods(within: $0, unit) } ?? .max
        newest = max(rules.minGood, min(fine, reach))
        isFineOpen = fine > reach
        coarse = rules.counts.filter { $0.key > finest }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The newest one is kept by each rule that prefers the last of a bucket.
    var bound: Int {
        let sum = coarse.reduce(newest) { $0 + $1.count - (prefersFirst ? 0 : 1) }
        return min(sum, max(newest, maxAge.map { Self.periods(within: $0, unit) } ?? .max))
    }

    /// How many snapshots are at most of an age: the newest one has none.
    private static func periods(within age: Int64, _ unit: PeriodUnit) -> Int {
        Int(clamping: age / RotationSchedule.shortestPeriod(unit).components.seconds + 1)
    }

    /// Weekdays and leap years come again after 28 years, and with them all that the buckets have in common.
    private static let years = 2000..<2028

    func most(effort: Int) -> Int {
        let days = CivilDate(year: Self.years.lowerBound, month: 1, clampedDay: 1).daysSinceEpoch
        let end = CivilDate(year: Self.years.upperBound, month: 1, clampedDay: 1).daysSinceEpoch
        let bound = bound
        let buckets = coarse.reduce(0) { $0 + $1.count }
        let step = unit == .week ? 7 : 1
        guard !coarse.isEmpty, (end - days) / step <= effort / max(1, buckets) else { return bound }
        var most = 0
        var others: [Int] = []
        // Each day's last moment: nothing that a bucket holds is then missing, so that the rules have least in common. A week's is its
        // Thursday, by which it is sorted (day 0 was one); a month's its last day.
        for day in stride(from: unit == .week ? (days + 6) / 7 * 7 : days, to: end, by: step) {
            if unit == .month, CivilDate(daysSinceEpoch: day + 1).parts.day != 1 { continue }
            most = min(bound, max(most, count(on: day, &others)))
            if most == bound { break }
        }
        return most
    }

    /// How many stay at the end of a day.
    private func count(on day: Int, _ others: inout [Int]) -> Int {
        others.removeAll(keepingCapacity: true)
        let now = last(in: day...day)
        var isOpen = isFineOpen
        for (bucket, count) in coarse {
            var days = Self.days(of: bucket, holding: day)
            for number in 0..<count {
                // A rule's newest bucket goes on: its last one so far is the newest of all.
                let period = prefersFirst ? first(in: days) : number == 0 ? now : last(in: days)
                if let maxAge, age(of: period, at: now) > maxAge {
                    isOpen = true
                    break
                }
                if now - period >= newest { others.append(period) }
                days = Self.days(of: bucket, holding: days.lowerBound - 1)
            }
        }
        others.sort()
        // A rule that age keeps from using up its count holds on to the oldest that there is.
        var distinct = newest + (isOpen ? 1 : 0)
        for (index, period) in others.enumerated() where index == 0 || others[index - 1] != period { distinct += 1 }
        return distinct
    }

    // MARK: Calendar

    private static func days(of bucket: RetentionBucket, holding day: Int) -> ClosedRange<Int> {
        switch bucket {
        case .last, .hourly, .daily: return day...day
        case .weekly:
            let monday = (day + 3).dividedDown(by: 7) * 7 - 3
            return monday...(monday + 6)
        case .monthly:
            let (year, month, number) = CivilDate(daysSinceEpoch: day).parts
            return (day - number + 1)...(day - number + CivilDate.dayCount(month: month, year: year))
        case .yearly:
            let year = CivilDate(daysSinceEpoch: day).parts.year
            let start = CivilDate(year: year, month: 1, clampedDay: 1)
            return start.daysSinceEpoch...CivilDate(year: year, month: 12, clampedDay: 31).daysSinceEpoch
        }
    }

    private func first(in days: ClosedRange<Int>) -> Int {
        switch unit {
        case .hour: days.lowerBound * 24
        case .day: days.lowerBound
        case .week: (days.lowerBound + 6).dividedDown(by: 7)
        case .month: month(of: days.lowerBound)
        }
    }

    private func last(in days: ClosedRange<Int>) -> Int {
        switch unit {
        case .hour: days.upperBound * 24 + 23
        case .day: days.upperBound
        case .week: days.upperBound.dividedDown(by: 7)
        case .month: month(of: days.upperBound)
        }
    }

    private func month(of day: Int) -> Int {
        let (year, month, _) = CivilDate(daysSinceEpoch: day).parts
        return year * 12 + month - 1
    }

    /// Seconds between the due times of two periods, of months the least that they can be.
    private func age(of period: Int, at now: Int) -> Int64 {
        Int64(now - period) * RotationSchedule.shortestPeriod(unit).components.seconds
    }
}
