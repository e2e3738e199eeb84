import SnapkeepCore

/// When a snapshot is due, as a manifest writes it: what `at:` takes depends on `every:`.
enum DueTimeText {
    /// The time where the manifest gives none: when the period begins.
    static func start(of unit: PeriodUnit) -> DueTime {
        switch unit {
        case .hour: .hour(minute: 0)
        case .day: .day(minute: 0)
        case .week: .week(.monday, minute: 0)
        case .month: .month(day: 1, minute: 0)
        }
    }

    /// Reads `15` or `:15`, `02:00`, `sun 02:00`, `1 02:00`; `nil` for what does not fit the period.
    static func read(_ text: String, unit: PeriodUnit) -> DueTime? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        switch unit {
        case .hour:
            return number(text.hasPrefix(":") ? text.dropFirst() : text[...], digits: 1...2, in: 0...59).map { .hour(minute: $0) }
        case .day: return minute(text[...]).map { .day(minute: $0) }
        case .week:
            guard words.count == 2, let day = Weekday(word: words[0].lowercased()), let minute = minute(words[1]) else { return nil }
            return .week(day, minute: minute)
        case .month:
            guard words.count == 2, let day = number(words[0], digits: 1...2, in: 1...31), let minute = minute(words[1]) else { return nil }
            return .month(day: day, minute: minute)
        }
    }

    /// Minutes after midnight of `02:00` or `2:00`.
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let hour = number(parts[0], digits: 1...2, in: 0...23),
            let minute = number(parts[1], digits: 2...2, in: 0...59)
        else { return nil }
        return hour * 60 + minute
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>, in allowed: ClosedRange<Int>) -> Int? {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            allowed.contains(number)
        else { return nil }
        return number
    }
}
