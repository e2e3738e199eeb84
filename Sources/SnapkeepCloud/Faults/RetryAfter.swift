import SnapkeepCore

/// Reads the `Retry-After` field: seconds, or one of the three forms of an HTTP date (RFC 9110, 10.2.3 and 5.6.7).
enum RetryAfter {
    /// No server may stop us for longer: peers wait up to half an hour (CloudAPI#throttling).
    static let longest: Duration = .seconds(3600)

    /// The time to wait, from none to `longest`; `nil` for a text that is neither form.
    static func parse(_ text: String, now: Timestamp) -> Duration? {
        let trimmed = text.drop { $0 == " " || $0 == "\t" }
        let word = trimmed.prefix { $0 != " " && $0 != "\t" }
        if !word.isEmpty, word.utf8.allSatisfy({ (0x30...0x39).contains($0) }), trimmed.dropFirst(word.count).allSatisfy(\.isWhitespace) {
            return min(longest, .seconds(Int64(word) ?? .max / 2_000_000_000))
        }
        guard let date = httpDate(trimmed) else { return nil }
        return min(longest, max(.zero, date.since(now)))
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func httpDate(_ text: Substring) -> Timestamp? {
        // `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
        let words = text.split { $0 == " " || $0 == "," || $0 == "-" }
        guard words.count == 5 || words.count == 6 && words[5] == "GMT" else { return nil }
        let isAsctime = words.count == 5
        let (day, month, year, time) = isAsctime ? (words[2], words[1], words[4], words[3]) : (words[1], words[2], words[3], words[4])
        guard let monthNumber = months.firstIndex(of: String(month)), let dayNumber = Int(day), var yearNumber = Int(year) else {
            return nil
        }
        if year.count == 2 { yearNumber += yearNumber < 70 ? 2000 : 1900 }
        return Timestamp("\(padded(yearNumber, 4))-\(padded(monthNumber + 1, 2))-\(padded(dayNumber, 2))T\(time)Z")
    }
}
