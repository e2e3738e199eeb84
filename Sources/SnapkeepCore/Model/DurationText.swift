/// A length of time as a person writes it: `90s`, `30m`, `1h30m`, `250ms`. The larger unit stands first, and each stands once.
public enum DurationText {
    /// What is wrong with a text.
    public enum Problem: Error {
        case notATime
        /// A bare number.
        case noUnit
    }

    /// The smallest unit that may be used.
    public enum Finest {
        case seconds, milliseconds
    }

    private static let units: [(word: Substring, milliseconds: Int)] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]

    /// The time that a text says. More than ten digits of a unit count as ten: longer than anything that is allowed anywhere.
    public static func read(_ text: String, finest: Finest) throws(Problem) -> Duration {
        var rest = text.utf8[...]
        var units = units.prefix(finest == .seconds ? 3 : 4)
        var total = 0
        while !rest.isEmpty {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            let word = Substring(rest.dropFirst(digits.count).prefix { !(0x30...0x39).contains($0) })
            if word.isEmpty, !digits.isEmpty { throw digits.count == text.utf8.count ? .noUnit : .notATime }
            guard !digits.isEmpty, let unit = units.firstIndex(where: { $0.word == word }) else { throw .notATime }
            total += digits.reduce(0) { min($0 * 10 + Int($1 - 0x30), 9_999_999_999) } * units[unit].milliseconds
            units = units[(unit + 1)...]
            rest = rest.dropFirst(digits.count + word.utf8.count)
        }
        if text.isEmpty { throw .notATime }
        return .milliseconds(total)
    }
}
