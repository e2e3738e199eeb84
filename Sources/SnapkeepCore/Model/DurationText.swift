/// A length of time as a person writes it: `90s`, `30m`, `1h30m`, `250ms`, `400d`. The larger unit stands first, and each stands once.
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

    /// The largest unit that may be used.
    public enum Coarsest {
        case hours
        /// Of seven days, each of 24 hours.
        case weeks
    }

    private static let units: [(word: Substring, milliseconds: Int)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// The time that a text says. More than ten digits of a unit count as ten: longer than anything that is allowed anywhere.
    public static func read(_ text: String, finest: Finest, coarsest: Coarsest = .hours) throws(Problem) -> Duration {
        var rest = text.utf8[...]
        var units = units[(coarsest == .weeks ? 0 : 2)..<(finest == .seconds ? 5 : 6)]
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

    /// A time in whole seconds as a person would write it: `28d`, `36h`, `1h30m`. Days stand alone, from two on.
    public static func written(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        if seconds >= 2 * 86_400, seconds % 86_400 == 0 { return "\(seconds / 86_400)d" }
        let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")].filter { $0.0 > 0 }
        return parts.isEmpty ? "0s" : parts.map { "\($0.0)\($0.1)" }.joined()
    }
}
