/// The rule that a time zone file ends with: a `TZ` value as POSIX has it, `CET-1CEST,M3.5.0,M10.5.0/3`, with the wider times of RFC 9636.
struct ZoneRule: Hashable {
    /// Seconds east of UTC, without daylight saving.
    let offset: Int
    let daylight: Daylight?

    /// Another offset for a part of each year.
    struct Daylight: Hashable {
        let offset: Int
        /// By the clock as it goes before it.
        let start: Moment
        /// By the clock as it goes before it.
        let end: Moment
    }

    /// A moment of each year.
    struct Moment: Hashable {
        let day: Day
        /// After that day's midnight; it may lie days away.
        let seconds: Int
    }

    /// A day of each year.
    enum Day: Hashable {
        /// `J60`: 1…365, where 29 February is never counted.
        case withoutLeapDay(Int)
        /// `59`: 0…365, where it is.
        case withLeapDay(Int)
        /// `M3.5.0`: the first to fourth such weekday of a month, or with 5 its last; Sunday is 0.
        case weekday(Int, week: Int, month: Int)
    }

    /// Reads a rule; daylight saving without its days is refused, for what it means is not laid down.
    init(_ text: ArraySlice<UInt8>) throws(ZoneFileProblem) {
        var reader = RuleReader(rest: text)
        try reader.name()
        offset = try reader.offset()
        if reader.rest.isEmpty {
            daylight = nil
            return
        }
        try reader.name()
        let summer = reader.next == 0x2C ? offset + 3600 : try reader.offset()
        guard Zone.offsets.contains(summer) else { throw .offset }
        daylight = Daylight(offset: summer, start: try reader.moment(), end: try reader.moment())
        guard reader.rest.isEmpty else { throw .rule }
    }
}

/// Walks the text of a rule.
private struct RuleReader {
    private(set) var rest: ArraySlice<UInt8>

    init(rest: ArraySlice<UInt8>) { self.rest = rest }

    var next: UInt8? { rest.first }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(ZoneFileProblem) {
        guard take(byte) else { throw .rule }
    }

    /// An abbreviation: three letters or more, or between `<` and `>` also digits and signs. What it says is not kept.
    mutating func name() throws(ZoneFileProblem) {
        let isQuoted = take(0x3C)
        let length = rest.prefix { byte in
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || isQuoted && ((0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2D)
        }.count
        guard length >= 3 else { throw .rule }
        rest = rest.dropFirst(length)
        if isQuoted { try expect(0x3E) }
    }

    /// Seconds east of UTC; POSIX counts to the west.
    mutating func offset() throws(ZoneFileProblem) -> Int {
        let west = try time(hours: 0...24)
        guard Zone.offsets.contains(west) else { throw .offset }
        return -west
    }

    /// `,M3.5.0/2`.
    mutating func moment() throws(ZoneFileProblem) -> ZoneRule.Moment {
        try expect(0x2C)
        let day = try day()
        return ZoneRule.Moment(day: day, seconds: take(0x2F) ? try time(hours: 0...167) : 2 * 3600)
    }

    private mutating func day() throws(ZoneFileProblem) -> ZoneRule.Day {
        if take(0x4A) { return .withoutLeapDay(try number(1...365)) }
        guard take(0x4D) else { return .withLeapDay(try number(0...365)) }
        let month = try number(1...12)
        try expect(0x2E)
        let week = try number(1...5)
        try expect(0x2E)
        return .weekday(try number(0...6), week: week, month: month)
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private mutating func time(hours: ClosedRange<Int>) throws(ZoneFileProblem) -> Int {
        let sign = take(0x2D) ? -1 : 1
        if sign == 1 { _ = take(0x2B) }
        var seconds = try number(hours) * 3600
        if take(0x3A) {
            seconds += try number(0...59) * 60
            if take(0x3A) { seconds += try number(0...59) }
        }
        return sign * seconds
    }

    private mutating func number(_ range: ClosedRange<Int>) throws(ZoneFileProblem) -> Int {
        // No number of a rule has more digits than three.
        let digits = rest.prefix(4).prefix { (0x30...0x39).contains($0) }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard (1...3).contains(digits.count), range.contains(value) else { throw .rule }
        rest = rest.dropFirst(digits.count)
        return value
    }
}
