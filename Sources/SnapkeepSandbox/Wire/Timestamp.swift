/// A point in time in microseconds since 1970-01-01T00:00:00 UTC.
typealias Microseconds = Int64

/// Times as the service writes them: UTC without a zone letter, six fraction digits (CloudAPI#times).
enum Timestamp {
    static let perSecond: Microseconds = 1_000_000

    /// `2026-11-23T20:16:34.919148`.
    static func text(_ time: Microseconds) -> String {
        let (day, clock) = parts(time)
        let date = civil(day)
        let fraction = time - wholeSeconds(time)
        return padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T" + clock + "." + padded(fraction, 6)
    }

    /// `Mon, 23 Nov 2026 20:16:34 GMT`, as the headers of HTTP write it (RFC 9110, 5.6.7).
    static func httpDate(_ time: Microseconds) -> String {
        let (day, clock) = parts(time)
        let date = civil(day)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(day - floorDivide(day, 7) * 7)]
        let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][Int(date.month - 1)]
        return "\(weekday), \(padded(date.day, 2)) \(month) \(padded(date.year, 4)) \(clock) GMT"
    }

    /// Days since the epoch, and the time of that day: `20:16:34`.
    private static func parts(_ time: Microseconds) -> (day: Int64, clock: String) {
        let seconds = floorDivide(time, perSecond)
        let day = floorDivide(seconds, 86_400)
        let rest = seconds - day * 86_400
        return (day, padded(rest / 3600, 2) + ":" + padded(rest / 60 % 60, 2) + ":" + padded(rest % 60, 2))
    }

    /// The time that ``text(_:)`` wrote, or nil when the text has another form.
    static func parse(_ text: String) -> Microseconds? {
        let bytes = Array(text.utf8)
        guard bytes.count == 26 else { return nil }
        let form = Array("dddd-dd-ddTdd:dd:dd.dddddd".utf8)
        var numbers: [Int64] = [0]
        for (byte, expected) in zip(bytes, form) {
            if expected == UInt8(ascii: "d") {
                guard (0x30...0x39).contains(byte) else { return nil }
                numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int64(byte - 0x30)
            } else {
                guard byte == expected else { return nil }
                numbers.append(0)
            }
        }
        let days = daysSinceEpoch(year: numbers[0], month: numbers[1], day: numbers[2])
        return ((days * 24 + numbers[3]) * 3600 + numbers[4] * 60 + numbers[5]) * perSecond + numbers[6]
    }

    /// The time without its fraction of a second.
    static func wholeSeconds(_ time: Microseconds) -> Microseconds {
        floorDivide(time, perSecond) * perSecond
    }

    private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
        number >= 0 ? number / divisor : -((-number + divisor - 1) / divisor)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    // Both directions count years from March, so that the leap day is the last one of its year.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = floorDivide(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
