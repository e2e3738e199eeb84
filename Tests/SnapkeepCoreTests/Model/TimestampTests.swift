import Testing

@testable import SnapkeepCore

@Suite("Timestamp")
struct TimestampTests {
    struct Reading: Sendable, CustomTestStringConvertible {
        let text: String
        let canonical: String?
        var testDescription: String { text }
        init(_ text: String, _ canonical: String?) { (self.text, self.canonical) = (text, canonical) }
    }

    @Test(
        "Reads what the clouds write, in UTC (CloudAPI#times)",
        arguments: [
            // As documented: six digits, no zone letter.
            Reading("2013-02-25T03:56:53.081642", "2013-02-25T03:56:53.081642Z"),
            // One sample has a lower-case t; some texts a blank.
            Reading("2013-02-25t03:56:53.081642", "2013-02-25T03:56:53.081642Z"),
            Reading("2013-02-25 03:56:53", "2013-02-25T03:56:53.000000Z"),
            // 0…9 digits; what is finer than a microsecond is cut.
            Reading("2020-01-04T09:05:22.7Z", "2020-01-04T09:05:22.700000Z"),
            Reading("2020-01-04T09:05:22z", "2020-01-04T09:05:22.000000Z"),
            Reading("2020-01-04T09:05:22.123456789Z", "2020-01-04T09:05:22.123456Z"),
            // Offsets, with and without colon, across a day's and a year's end.
            Reading("2020-01-01T01:30:00+02:00", "2019-12-31T23:30:00.000000Z"),
            Reading("2019-12-31T23:30:00-0530", "2020-01-01T05:00:00.000000Z"),
            // Leap years: every fourth, not each hundredth, but each four-hundredth. A leap second is the next one's begin.
            Reading("2024-02-29T00:00:00", "2024-02-29T00:00:00.000000Z"), Reading("2000-02-29T00:00:00", "2000-02-29T00:00:00.000000Z"),
            Reading("2016-12-31T23:59:60", "2017-01-01T00:00:00.000000Z"),
            // The ends of what four digits can say.
            Reading("0000-01-01T00:00:00", "0000-01-01T00:00:00.000000Z"), Reading("0000-02-29T00:00:00", "0000-02-29T00:00:00.000000Z"),
            Reading("0000-03-01T00:00:00", "0000-03-01T00:00:00.000000Z"),
            Reading("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999Z"),
            Reading("1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.999999Z"),
        ])
    func reads(reading: Reading) {
        #expect(Timestamp(reading.text)?.description == reading.canonical)
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "2013", "2013-02-25", "2013-02-25T03:56", "2013-02-25T03:56:53.", "2013-02-25T03:56:53.1234567890", "2013-02-25X03:56:53",
            "2013-00-25T03:56:53", "2013-13-25T03:56:53", "2013-02-00T03:56:53", "2013-02-29T03:56:53", "1900-02-29T03:56:53",
            "2013-04-31T03:56:53", "2013-02-25T24:00:00", "2013-02-25T03:60:53", "2013-02-25T03:56:61", "2013-02-25T03:56:53Zx",
            "2013-02-25T03:56:53+24:00", "2013-02-25T03:56:53+01:60", "2013-02-25T03:56:53+1", "+013-02-25T03:56:53",
            " 2013-02-25T03:56:53",
            "２013-02-25T03:56:53",
        ])
    func refuses(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("Every day of four centuries comes back as it was written, and follows the one before by a day")
    func everyDay() {
        let day: Int64 = 86_400_000_000
        var instant = Timestamp("1899-12-31T12:34:56.000789")!
        for _ in 0..<(400 * 366) {
            #expect(Timestamp(instant.description) == instant)
            instant = Timestamp(microseconds: instant.microseconds + day)
        }
        #expect(Timestamp("1970-01-01T00:00:00")?.microseconds == 0)
        #expect(Timestamp("2026-11-23T09:12:00")?.microseconds == 1_795_425_120_000_000)
    }

    @Test("Its parts are those of its text, before 1970 and at the ends of its range too")
    func parts() {
        let instant = Timestamp("1969-07-20T20:17:40.5")!
        #expect(instant.date == "1969-07-20")
        #expect(instant.time == "20:17:40")
        #expect(instant.minuteOfDay == "20:17")
        #expect(instant.since(Timestamp("1969-07-20T20:17:39")!) == .seconds(1.5))
        #expect(Timestamp(microseconds: .min).time == "19:59:05")
        #expect(Timestamp(microseconds: .max).time == "04:00:54")
    }
}
