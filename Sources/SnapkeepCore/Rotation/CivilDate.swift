/// A day of the Gregorian calendar, without a time or a zone: the number of days since 1970-01-01.
public struct CivilDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Days since 1970-01-01; negative before it.
    public let daysSinceEpoch: Int

    /// The day of a count of days since 1970-01-01.
    public init(daysSinceEpoch: Int) { self.daysSinceEpoch = daysSinceEpoch }

    /// The day of its parts; `nil` where the month has no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), (1...Self.dayCount(month: month, year: year)).contains(day) else { return nil }
        self.init(validYear: year, month: month, day: day)
    }

    /// The day of a month, or the month's last where it is shorter.
    public init(year: Int, month: Int, clampedDay day: Int) {
        self.init(validYear: year, month: month, day: min(day, Self.dayCount(month: month, year: year)))
    }

    // The proleptic Gregorian calendar with years that begin in March, so that the leap day comes last and needs no table.
    private init(validYear year: Int, month: Int, day: Int) {
        // The calendar repeats itself after 400 years; begun that much earlier no year is negative, and division rounds as it should.
        let shifted = (month <= 2 ? year - 1 : year) + 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        daysSinceEpoch = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468 - 146_097
    }

    /// Year, month and day.
    public var parts: (year: Int, month: Int, day: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.dividedDown(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }

    /// The day of the week.
    public var weekday: Weekday { Weekday(rawValue: (daysSinceEpoch + 3).remainderUp(by: 7) + 1)! }

    /// The week of ISO 8601: it begins on Monday and belongs to the year that holds its Thursday.
    public var isoWeek: ISOWeek {
        let thursday = self + (4 - weekday.rawValue)
        let year = thursday.parts.year
        let first = CivilDate(validYear: year, month: 1, day: 1)
        return ISOWeek(year: year, week: (thursday.daysSinceEpoch - first.daysSinceEpoch) / 7 + 1)
    }

    /// How many days a month has.
    public static func dayCount(month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// `2026-10-25`.
    public var description: String {
        let (year, month, day) = parts
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    public static func < (left: Self, right: Self) -> Bool { left.daysSinceEpoch < right.daysSinceEpoch }

    /// The day so many days later.
    public static func + (date: Self, days: Int) -> Self { Self(daysSinceEpoch: date.daysSinceEpoch + days) }
}

/// A day of the week as ISO 8601 numbers it: Monday is 1.
public enum Weekday: Int, Hashable, Sendable, CaseIterable {
    case monday = 1
    case tuesday, wednesday, thursday, friday, saturday, sunday

    /// The three letters of a manifest: `mon`.
    public var word: String { ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][rawValue - 1] }

    /// The day of three letters.
    public init?(word: String) {
        guard let day = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = day
    }
}

/// A week of ISO 8601.
public struct ISOWeek: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The year that holds the week's Thursday.
    public let year: Int
    /// 1…53.
    public let week: Int

    init(year: Int, week: Int) {
        self.year = year
        self.week = week
    }

    /// The week of a year; `nil` where the year has no such week.
    public init?(year: Int, validating week: Int) {
        guard (1...53).contains(week) else { return nil }
        self.init(year: year, week: week)
        if monday.isoWeek != self { return nil }
    }

    /// The week's first day.
    public var monday: CivilDate {
        // The fourth of January is always in the first week.
        let fourth = CivilDate(year: year, month: 1, clampedDay: 4)
        return fourth + (1 - fourth.weekday.rawValue + (week - 1) * 7)
    }

    /// `2026-W43`.
    public var description: String { "\(padded(year, 4))-W\(padded(week, 2))" }

    public static func < (left: Self, right: Self) -> Bool { (left.year, left.week) < (right.year, right.week) }
}

/// A number with zeros before it.
package func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension BinaryInteger {
    /// The quotient, rounded down.
    func dividedDown(by divisor: Self) -> Self {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    /// What is left over that quotient: never negative.
    func remainderUp(by divisor: Self) -> Self {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
