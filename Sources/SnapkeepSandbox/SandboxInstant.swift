/// An instant that a sandbox's clock can be set to, or shows.
public struct SandboxInstant: Sendable, Hashable, Comparable {
    /// Microseconds since 1970-01-01T00:00:00 UTC.
    public let microseconds: Int64

    init(_ microseconds: Microseconds) { self.microseconds = microseconds }

    /// Why a text is no instant.
    public struct ParseError: Error, Equatable, CustomStringConvertible {
        /// The text as typed.
        public let text: String

        /// What was expected, in one clause.
        public var description: String {
            "'\(text)' is not an instant; expected a date, a time and a zone from 1970 to 2999, such as 2026-03-01T02:00:00Z"
        }
    }

    /// The instant that `text` writes (RFC 3339): `2026-03-01T02:00:00Z`, with up to six digits of a fraction, and `Z` or an offset such as
    /// `+01:00`. Without a zone it could be anybody's time, so that is none.
    ///
    /// - Throws: ``ParseError``.
    public init(parsing text: String) throws {
        guard let instant = Self.read(text), Self.allowed.contains(instant) else { throw ParseError(text: text) }
        self.init(instant)
    }

    /// Up to the year 3000, so that a clock that runs on keeps to years of four digits.
    private static let allowed = 0..<(32_503_680_000 * Timestamp.perSecond)

    private static func read(_ text: String) -> Microseconds? {
        let seconds = text.prefix(19) + ".000000"
        // Written back it differs where a number is out of its range, as on the 30th of February.
        guard let time = Timestamp.parse(String(seconds)), Timestamp.text(time) == seconds else { return nil }
        var rest = text.dropFirst(19)
        var fraction: Microseconds = 0
        if rest.first == "." {
            let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard (1...6).contains(digits.count), let number = Microseconds(digits) else { return nil }
            fraction = (digits.count..<6).reduce(number) { product, _ in product * 10 }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = offset(rest) else { return nil }
        return time + fraction - offset
    }

    /// `Z`, `+01:00`, `-03:30`.
    private static func offset(_ text: Substring) -> Microseconds? {
        if text == "Z" { return 0 }
        let digits = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard let sign = text.first, sign == "+" || sign == "-", digits.count == 2,
            digits.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hours = Microseconds(digits[0]), let minutes = Microseconds(digits[1]), hours < 24, minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * 60 * Timestamp.perSecond * (sign == "-" ? -1 : 1)
    }

    /// The earlier one is less.
    public static func < (left: SandboxInstant, right: SandboxInstant) -> Bool { left.microseconds < right.microseconds }
}

extension SandboxInstant: CustomStringConvertible {
    /// `2026-03-01T02:00:00Z`, with a fraction where there is one.
    public var description: String {
        let text = Timestamp.text(microseconds)
        return (text.hasSuffix(".000000") ? String(text.dropLast(7)) : text) + "Z"
    }

    /// `2026-03-01 02:00`: to the minute, in UTC.
    public var minuteText: String {
        let text = Timestamp.text(microseconds)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }
}
