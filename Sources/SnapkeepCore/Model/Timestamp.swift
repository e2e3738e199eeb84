/// An instant in microseconds since 1970-01-01 00:00 UTC.
public struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let microseconds: Int64

    /// An instant from its count of microseconds.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Reads `2013-02-25T03:56:53.081642` with `T`, `t` or a blank, 0…9 fraction digits and an optional `Z` or offset; UTC when
    /// none is given (CloudAPI#times). `nil` for anything else.
    public init?(_ text: some StringProtocol) {
        guard let read = Array(text.utf8).withUnsafeBufferPointer({ Timestamp(utf8: $0) }) else { return nil }
        self = read
    }

    init?(utf8 bytes: UnsafeBufferPointer<UInt8>) {
        var reader = DigitReader(bytes: bytes)
        guard let year = reader.digits(4), reader.take(0x2D), let month = reader.digits(2), reader.take(0x2D), let day = reader.digits(2),
            reader.take(0x54) || reader.take(0x74) || reader.take(0x20),
            let hour = reader.digits(2), reader.take(0x3A), let minute = reader.digits(2), reader.take(0x3A), let second = reader.digits(2),
            (1...12).contains(month), day >= 1, day <= Self.daysIn(month: month, year: year), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction = 0
        if reader.take(0x2E) {
            guard let digits = reader.fraction() else { return nil }
            fraction = digits
        }
        guard let offset = reader.offset() else { return nil }
        let days = Self.daysSinceEpoch(year: year, month: month, day: day)
        let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offset)
        microseconds = seconds * 1_000_000 + Int64(fraction)
    }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// ISO 8601 in UTC with six fraction digits: `2026-11-23T09:12:00.081642Z`.
    public var description: String { "\(date)T\(time).\(pad(fraction, 6))Z" }

    /// The day in UTC: `2026-11-23`.
    public var date: String {
        let (year, month, day) = Self.civil(days: Int(microseconds.floorDivided(by: 86_400_000_000)))
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    }

    /// The time of day in UTC: `09:12:00`.
    public var time: String { "\(minuteOfDay):\(pad(secondOfDay % 60, 2))" }

    /// The time of day in UTC to the minute: `09:12`.
    public var minuteOfDay: String { "\(pad(secondOfDay / 3600, 2)):\(pad(secondOfDay / 60 % 60, 2))" }

    /// The time from an earlier instant to this one.
    public func since(_ earlier: Timestamp) -> Duration { .microseconds(microseconds - earlier.microseconds) }

    private var secondOfDay: Int { Int(microseconds.floorRemainder(by: 86_400_000_000) / 1_000_000) }

    private var fraction: Int { Int(microseconds.floorRemainder(by: 1_000_000)) }

    private static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // The proleptic Gregorian calendar with years that begin in March, so that the leap day comes last and needs no table.
    private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        // The calendar repeats itself after 400 years; begun that much earlier no year is negative, and division rounds as it should.
        let shifted = (month <= 2 ? year - 1 : year) + 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468 - 146_097
    }

    private static func civil(days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = Int64(shifted).floorDivided(by: 146_097)
        let dayOfEra = shifted - Int(era) * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + Int(era) * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
    }
}

private func pad(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    fileprivate func floorRemainder(by divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}

/// Walks the bytes of a timestamp; each method takes what it names or leaves the position alone.
private struct DigitReader {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + count] {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += count
        return value
    }

    /// Up to nine digits as microseconds; what is finer is cut.
    mutating func fraction() -> Int? {
        var value = 0
        var count = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]), count < 9 {
            if count < 6 { value = value * 10 + Int(bytes[position] - 0x30) }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in 0..<max(0, 6 - count) { value *= 10 }
        return value
    }

    /// Seconds east of UTC at the end of the text; `nil` when something else stands there.
    mutating func offset() -> Int? {
        if position == bytes.count { return 0 }
        if take(0x5A) || take(0x7A) { return position == bytes.count ? 0 : nil }
        let sign = take(0x2B) ? 1 : take(0x2D) ? -1 : 0
        guard sign != 0, let hours = digits(2) else { return nil }
        _ = take(0x3A)
        guard let minutes = digits(2), position == bytes.count, hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
