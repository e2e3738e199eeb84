package import SnapkeepCore

/// How numbers read in sentences.
package enum Quantities {
    /// `1 snapshot`, `2 snapshots`: never "snapshot(s)".
    package static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(number) \(number == 1 ? one : many ?? one + "s")"
    }

    /// `6.1 s` below a minute, then `3 min 02 s`, then `2 h 05 min`. Below zero counts as zero.
    static func duration(_ duration: Duration) -> String {
        let tenths = tenths(of: duration)
        if tenths < 600 { return "\(tenths / 10).\(tenths % 10) s" }
        return wholeSeconds((tenths + 5) / 10)
    }

    /// As `duration`, in whole seconds rounded down: `12 s`. For clocks that run while one looks.
    static func running(_ duration: Duration) -> String { wholeSeconds(max(0, Int(duration.components.seconds))) }

    /// As `running`, rounded up, so that a wait never reads `0 s`.
    package static func remaining(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return wholeSeconds(max(1, Int(seconds) + (attoseconds > 0 ? 1 : 0)))
    }

    /// A limit that a person chose: `10 min`, `90 s`, `1 h 30 min`.
    package static func limit(_ duration: Duration) -> String {
        let seconds = max(0, Int(duration.components.seconds))
        if seconds >= 3600, seconds % 3600 == 0 { return "\(seconds / 3600) h" }
        if seconds >= 60, seconds < 3600, seconds % 60 == 0 { return "\(seconds / 60) min" }
        return running(duration)
    }

    /// An age that a person chose: `400 d`, or as `limit` where it is no whole days.
    static func age(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        return seconds >= 86_400 && seconds % 86_400 == 0 ? "\(seconds / 86_400) d" : limit(duration)
    }

    /// An age in its largest unit, and the next one below it: `12 min`, `5 h`, `2 d 6 h`.
    static func coarse(_ duration: Duration) -> String {
        let minutes = max(0, Int(duration.components.seconds)) / 60
        if minutes < 60 { return "\(minutes) min" }
        let hours = minutes / 60
        if hours < 48 { return "\(hours) h" }
        return "\(hours / 24) d" + (hours % 24 == 0 || hours >= 240 ? "" : " \(hours % 24) h")
    }

    /// A guess, coarse so that it does not flicker: `about 20 s`, `about 3 min`, `about 2 h`.
    static func estimate(_ duration: Duration) -> String {
        let seconds = max(0, Int(duration.components.seconds))
        if seconds < 60 { return "about \(max(5, (seconds + 4) / 5 * 5)) s" }
        if seconds < 3600 { return "about \((seconds + 30) / 60) min" }
        return "about \((seconds + 1800) / 3600) h"
    }

    /// `20 GiB`.
    package static func size(gibibytes: Int) -> String { "\(gibibytes) GiB" }

    /// `65,536`.
    package static func grouped(_ number: Int) -> String {
        var groups = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3), digit != "-" { groups.append(",") }
            groups.append(digit)
        }
        return String(groups.reversed())
    }

    /// The first eight characters of an id: `5aa119a8…`. Shorter ids stay whole.
    static func shortID(_ id: String) -> String { ShortIDs.usually(id) }

    /// A minute in UTC: `2026-11-23 09:12`.
    package static func minute(_ instant: Timestamp) -> String { "\(instant.date) \(instant.minuteOfDay)" }

    /// Words joined as in a sentence: `a`, `a and b`, `a, b and c`.
    package static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    private static func tenths(of duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return max(0, Int(seconds) * 10 + Int((attoseconds + 50_000_000_000_000_000) / 100_000_000_000_000_000))
    }

    private static func wholeSeconds(_ seconds: Int) -> String {
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(twoDigits(seconds % 60)) s" }
        return "\(seconds / 3600) h \(twoDigits(seconds / 60 % 60)) min"
    }
}
