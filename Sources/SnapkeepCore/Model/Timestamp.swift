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
            let date = CivilDate(year: year, month: month, day: day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction = 0
        if reader.take(0x2E) {
            guard let digits = reader.fraction() else { return nil }
            fraction = digits
        }
        guard let offset = reader.offset() else { return nil }
        let seconds = Int64(date.daysSinceEpoch) * 86_400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offset)
        microseconds = seconds * 1_000_000 + Int64(fraction)
    }

    public static func < (left: Self, right: Self) -> Bool { left.microseconds < right.microseconds }

    /// ISO 8601 in UTC with six fraction digits: `2026-11-23T09:12:00.081642Z`.
    public var description: String { "\(date)T\(time).\(padded(fraction, 6))Z" }

    /// The day in UTC: `2026-11-23`.
    public var date: String { CivilDate(daysSinceEpoch: Int(microseconds.dividedDown(by: 86_400_000_000))).description }

    /// The time of day in UTC: `09:12:00`.
    public var time: String { "\(minuteOfDay):\(padded(secondOfDay % 60, 2))" }

    /// The time of day in UTC to the minute: `09:12`.
    public var minuteOfDay: String { "\(padded(secondOfDay / 3600, 2)):\(padded(secondOfDay / 60 % 60, 2))" }

    /// The time from an earlier instant to this one.
    public func since(_ earlier: Timestamp) -> Duration { .microseconds(microseconds - earlier.microseconds) }

    /// The instant a while later, or earlier where the while is negative; one beyond all time counts as its end.
    public static func + (instant: Timestamp, wait: Duration) -> Timestamp {
        let (seconds, attoseconds) = wait.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, tooFar) = instant.microseconds.addingReportingOverflow(product &+ attoseconds / 1_000_000_000_000)
        return Timestamp(microseconds: overflow || tooFar ? (seconds < 0 ? .min : .max) : sum)
    }

    /// The instant a while earlier.
    public static func - (instant: Timestamp, wait: Duration) -> Timestamp { instant + (.zero - wait) }

    private var secondOfDay: Int { Int(microseconds.remainderUp(by: 86_400_000_000) / 1_000_000) }

    private var fraction: Int { Int(microseconds.remainderUp(by: 1_000_000)) }
}
