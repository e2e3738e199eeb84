/// An instant with the offset that a zone's clocks have then: what a person of that zone reads.
public struct ZonedTime: Hashable, Sendable, CustomStringConvertible {
    public var instant: Timestamp
    /// Seconds east of UTC.
    public var offset: Int

    /// A time of its parts.
    public init(instant: Timestamp, offset: Int) {
        self.instant = instant
        self.offset = offset
    }

    /// An instant as a zone shows it.
    public init(_ instant: Timestamp, in zone: Zone) {
        self.init(instant: instant, offset: zone.offset(at: instant))
    }

    /// Reads `2026-10-25T02:00:00+01:00`; `nil` for anything else.
    public init?(_ text: String) {
        let tail = Array(text.utf8.suffix(6))
        guard tail.count == 6, tail[0] == 0x2B || tail[0] == 0x2D, tail[3] == 0x3A, let instant = Timestamp(text),
            let hours = Int(String(decoding: tail[1...2], as: UTF8.self)), let minutes = Int(String(decoding: tail[4...5], as: UTF8.self))
        else { return nil }
        self.init(instant: instant, offset: (tail[0] == 0x2D ? -1 : 1) * (hours * 3600 + minutes * 60))
    }

    /// ISO 8601 with the offset, in whole seconds: `2026-10-25T02:00:00+01:00`. Offsets of broken minutes, which ended in 1972, are rounded.
    public var description: String {
        let minutes = abs(offset) / 60
        return "\(date)T\(local.time)\(offset < 0 ? "-" : "+")\(padded(minutes / 60, 2)):\(padded(minutes % 60, 2))"
    }

    /// The day there: `2026-10-25`.
    public var date: String { local.date }
    /// The time of day there, to the minute: `02:00`.
    public var minuteOfDay: String { local.minuteOfDay }
    /// The day of the week there.
    public var weekday: Weekday { CivilDate(daysSinceEpoch: Int(local.microseconds.dividedDown(by: 86_400_000_000))).weekday }

    /// The instant at which UTC shows what the zone shows now.
    private var local: Timestamp { Timestamp(microseconds: instant.microseconds + Int64(offset) * 1_000_000) }
}
