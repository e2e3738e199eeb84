import Testing

@testable import SnapkeepCore

/// The rule at the end of a time zone file.
@Suite struct ZoneRuleTests {
    private static func zone(
        _ footer: String, offsets: [Int] = [0], changes: [(instant: Int64, type: Int)] = []
    ) throws(ZoneFileProblem) -> Zone {
        try Zone(name: ZoneName("Test")!, file: ZoneFileBytes(version: "3", offsets: offsets, changes: changes, footer: footer).bytes)
    }

    /// When the clocks change in a year, in UTC, and to what.
    private static func changes(_ footer: String, in year: Int) throws -> [String] {
        try zone(footer).transitions.map { (Timestamp(second: $0.instant).description, $0.offset) }
            .filter { $0.0.hasPrefix("\(year)-") }.map { "\($0.0.prefix(16)) \($0.1)" }
    }

    struct Year: Sendable, CustomTestStringConvertible {
        let footer: String
        let year: Int
        let changes: [String]
        var testDescription: String { "\(footer) in \(year)" }
        init(_ footer: String, _ year: Int, _ changes: String...) { (self.footer, self.year, self.changes) = (footer, year, changes) }
    }

    @Test(
        "Each form of a day is read as POSIX has it, and each form of a time",
        arguments: [
            // The last Sunday; two in the morning where nothing is said; one hour where no offset is.
            Year("CET-1CEST,M3.5.0,M10.5.0/3", 2026, "2026-03-29T01:00 7200", "2026-10-25T01:00 3600"),
            // The second and the first.
            Year("EST5EDT,M3.2.0,M11.1.0", 2026, "2026-03-08T07:00 -14400", "2026-11-01T06:00 -18000"),
            // South of the equator it lasts over the new year.
            Year("AEST-10AEDT,M10.1.0,M4.1.0/3", 2026, "2026-04-04T16:00 36000", "2026-10-03T16:00 39600"),
            // Half an hour, and signs and digits in the abbreviation.
            Year("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2026, "2026-04-04T15:00 37800", "2026-10-03T15:30 39600"),
            // Winter time that counts as the other one: Ireland's summer is its standard.
            Year("IST-1GMT0,M10.5.0,M3.5.0/1", 2026, "2026-03-29T01:00 3600", "2026-10-25T01:00 0"),
            // Before midnight, and days later: RFC 9636 allows a week to either side.
            Year("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2026, "2026-03-29T01:00 -3600", "2026-10-25T01:00 -7200"),
            Year("EET-2EEST,M3.4.4/50,M10.4.4/50", 2026, "2026-03-28T00:00 10800", "2026-10-23T23:00 7200"),
            Year("AAA0BBB,M6.1.1/-167,M7.1.1/+167", 2026, "2026-05-25T01:00 3600", "2026-07-12T22:00 0"),
            // With minutes and seconds.
            Year("AAA-0:20:30BBB-1:40,J60/1:02:30,J61/+0:00:00", 2026, "2026-03-01T00:42 6000", "2026-03-01T22:20 1230"),
            // The day of the year: J60 is always 1 March, 59 is 29 February where there is one.
            Year("AAA0BBB,J60/0,J365/0", 2024, "2024-03-01T00:00 3600", "2024-12-30T23:00 0"),
            Year("AAA0BBB,J59/0,J60/0", 2024, "2024-02-28T00:00 3600", "2024-02-29T23:00 0"),
            Year("AAA0BBB,59/0,364/0", 2024, "2024-02-29T00:00 3600", "2024-12-29T23:00 0"),
            Year("AAA0BBB,59/0,364/0", 2026, "2026-03-01T00:00 3600", "2026-12-30T23:00 0"),
            // All the year, as RFC 9636 writes it: the one ends where the next begins.
            Year("XXX3EDT4,0/0,J365/23", 2026), Year("UTC0", 2026),
            // Of no length: never.
            Year("AAA0BBB,J60/0,J60/1", 2026),
            // The last year that is written out.
            Year("CET-1CEST,M3.5.0,M10.5.0/3", 2200, "2200-03-30T01:00 7200", "2200-10-26T01:00 3600"),
            Year("CET-1CEST,M3.5.0,M10.5.0/3", 2201),
        ])
    func year(year: Year) throws {
        #expect(try Self.changes(year.footer, in: year.year) == year.changes)
    }

    @Test("All the year means the other offset at any time")
    func allYear() throws {
        let zone = try Self.zone("XXX3EDT4,0/0,J365/23")
        for instant in ["2024-12-31T23:59", "2026-01-01T03:00", "2026-07-01T00:00", "2200-12-31T23:59"] {
            #expect(zone.offset(at: Timestamp(minute: instant)) == -14_400)
        }
    }

    @Test("The rule holds from the last change on, and for all time where there is none")
    func since() throws {
        let change = Timestamp(minute: "2020-06-15T12:00").second
        let zone = try Self.zone("CET-1CEST,M3.5.0,M10.5.0/3", offsets: [60, 7200], changes: [(change, 1)])
        #expect(zone.initialOffset == 60)
        #expect(zone.transitions.prefix(2).map(\.instant) == [change, Timestamp(minute: "2020-10-25T01:00").second])
        // What the rule says of the last change itself has the last word, as in the C library.
        let other = try Self.zone("AAA-2", offsets: [60, 120], changes: [(change - 1, 0), (change, 1)])
        #expect(other.transitions == [.init(instant: change, offset: 7200)])
        #expect(try Self.zone("AAA-2").initialOffset == 7200)
        #expect(try Self.zone("AAA-2").transitions.isEmpty)
    }

    @Test("A last change far before or behind the years of a rule does no harm", arguments: [Int64.min, -1 << 59, 1 << 59, .max])
    func farChange(instant: Int64) throws {
        let zone = try Self.zone("CET-1CEST,M3.5.0,M10.5.0/3", offsets: [60, 3600], changes: [(instant, 1)])
        #expect(zone.transitions.first == .init(instant: instant, offset: 3600))
        #expect(zone.offset(at: Timestamp(minute: "2026-07-01T00:00")) == (instant < 0 ? 7200 : 60))
    }

    @Test(
        "What is no rule is refused, and so is daylight saving without its days",
        arguments: [
            "C", "CE-1", "CET", "CET-", "CET-1CEST", "CET-1CEST,", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3,",
            "CET-1CEST,M3.5.0,M10.5.0/",
            "CET-1CEST,M0.5.0,M10.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
            "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J365", "CET-1CEST,J1,J366", "CET-1CEST,0,366", "CET-1CEST,M3.5.0/168,M10.5.0",
            "CET-1CEST,M3.5.0/2:60,M10.5.0", "CET-25", "CET-1:", "CET-1:00:60", "<+01-1", "<+>-1", "<+01>", "CET-1 ", "CET-0001", "CET--1",
            "CET-1CEST,M3.5.0/99999999999999999999,M10.5.0", "\u{FF}\u{FF}\u{FF}0", "CET-1\0",
        ])
    func refused(footer: String) {
        #expect(throws: ZoneFileProblem.rule) { try Self.zone(footer) }
    }

    @Test("An offset of a day is refused in a rule as well", arguments: ["AAA24", "AAA-24", "AAA-23BBB,M3.5.0,M10.5.0", "AAA0BBB-24,0,1"])
    func largeOffset(footer: String) {
        #expect(throws: ZoneFileProblem.offset) { try Self.zone(footer) }
    }
}
