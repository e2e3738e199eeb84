import Testing

@testable import SnapkeepCore

@Suite struct ZoneTests {
    /// Zones whose clocks do what others' do not: changes at one minute past midnight, by half an hour, over a whole day, for Ramadan.
    static let zones = [
        "UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu",
        "Asia/Gaza",
        "America/Nuuk", "America/Havana", "Africa/Cairo", "Antarctica/Troll", "Pacific/Chatham", "Europe/Dublin", "America/Caracas",
    ]

    struct Reading: Sendable, CustomTestStringConvertible {
        let zone: String
        let date: String
        let time: String
        let instant: String
        var testDescription: String { "\(zone) \(date) \(time)" }
        init(_ zone: String, _ date: String, _ time: String, _ instant: String) {
            (self.zone, self.date, self.time, self.instant) = (zone, date, time, instant)
        }
    }

    @Test(
        "A time in a gap is the first instant after it, a time that comes twice is the first of both",
        arguments: [
            // A gap from 02:00 to 03:00, then an hour that comes twice.
            Reading("Europe/Berlin", "2026-03-29", "01:59", "2026-03-29T00:59"),
            Reading("Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T01:00"),
            Reading("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00"),
            Reading("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00"),
            Reading("Europe/Berlin", "2026-03-29", "03:01", "2026-03-29T01:01"),
            Reading("Europe/Berlin", "2026-10-25", "01:59", "2026-10-24T23:59"),
            Reading("Europe/Berlin", "2026-10-25", "02:00", "2026-10-25T00:00"),
            Reading("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),
            Reading("Europe/Berlin", "2026-10-25", "03:00", "2026-10-25T02:00"),
            // At one minute past midnight: the gap lacks the beginning of the day, and the evening before comes twice.
            Reading("America/St_Johns", "2010-03-14", "00:00", "2010-03-14T03:30"),
            Reading("America/St_Johns", "2010-03-14", "00:30", "2010-03-14T03:31"),
            Reading("America/St_Johns", "2010-11-06", "23:30", "2010-11-07T02:00"),
            Reading("America/St_Johns", "2010-11-07", "00:00", "2010-11-07T02:30"),
            Reading("America/St_Johns", "2010-11-07", "00:01", "2010-11-07T03:31"),
            // A day that Samoa never had.
            Reading("Pacific/Apia", "2011-12-29", "23:59", "2011-12-30T09:59"),
            Reading("Pacific/Apia", "2011-12-30", "00:00", "2011-12-30T10:00"),
            Reading("Pacific/Apia", "2011-12-30", "23:59", "2011-12-30T10:00"),
            Reading("Pacific/Apia", "2011-12-31", "00:00", "2011-12-30T10:00"),
            Reading("Pacific/Apia", "2011-12-31", "02:00", "2011-12-30T12:00"),
            // Half an hour.
            Reading("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30"),
            Reading("Australia/Lord_Howe", "2026-10-04", "02:30", "2026-10-03T15:30"),
            Reading("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),
            Reading("Australia/Lord_Howe", "2026-04-05", "02:00", "2026-04-04T15:30"),
            // Back for Ramadan, and forward after it.
            Reading("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30"),
            Reading("Africa/Casablanca", "2026-02-15", "03:00", "2026-02-15T03:00"),
            Reading("Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T02:00"),
            Reading("Asia/Kathmandu", "2026-01-01", "00:00", "2025-12-31T18:15"), Reading("UTC", "2026-01-01", "12:34", "2026-01-01T12:34"),
        ])
    func examples(reading: Reading) throws {
        guard case .day(let date) = try #require(PeriodKey(reading.date)) else { return }
        let time = reading.time.split(separator: ":").compactMap { Int($0) }
        let instant = try MachineZones.zone(reading.zone).instant(of: date, minute: time[0] * 60 + time[1])
        #expect(instant == Timestamp(minute: reading.instant))
    }

    @Test("The instant of a time is the first minute at which the clocks show it or are past it", arguments: zones)
    func bruteForce(name: String) throws {
        let zone = try MachineZones.zone(name)
        var random = SeededRandom(seed: SeededRandom.seeds()[0])
        // Whole minutes, as all offsets are since then.
        let changes = zone.transitions.filter { $0.instant > Timestamp(minute: "1975-01-01T00:00").second }
        for _ in 0..<25 {
            let anywhere = Int64.random(in: 0...Timestamp(minute: "2199-01-01T00:00").second, using: &random)
            let near = random.chance(80) ? changes.randomElement(using: &random)?.instant ?? anywhere : anywhere
            let date = zone.date(at: Timestamp(second: near)) + Int.random(in: -1...1, using: &random)
            let minute = Int.random(in: 0..<1440, using: &random)
            let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(minute) * 60
            var second = local - 86_400
            while second + Int64(zone.offset(at: Timestamp(second: second))) < local { second += 60 }
            #expect(zone.instant(of: date, minute: minute) == Timestamp(second: second), "\(date) \(minute / 60):\(minute % 60)")
        }
    }

    @Test("An offset holds from its own instant on, to the microsecond, also before 1970")
    func boundaries() {
        let zone = Zone(
            name: ZoneName("Test")!, initialOffset: 60, transitions: [.init(instant: -10, offset: 120), .init(instant: 10, offset: 0)])
        #expect(zone.offset(at: Timestamp(microseconds: -10_000_001)) == 60)
        #expect(zone.offset(at: Timestamp(microseconds: -10_000_000)) == 120)
        #expect(zone.offset(at: Timestamp(microseconds: 9_999_999)) == 120)
        #expect(zone.offset(at: Timestamp(microseconds: 10_000_000)) == 0)
    }

    @Test(
        "A zone's name is letters, digits and signs between slashes, and never leads out of a folder",
        arguments: [
            ("Europe/Berlin", true), ("Etc/GMT+5", true), ("America/Argentina/Buenos_Aires", true), ("UTC", true), ("", false),
            ("/UTC", false),
            ("UTC/", false), ("Europe//Berlin", false), ("../UTC", false), ("Europe/../UTC", false), (".", false), ("Europe/.", false),
            ("-UTC", false), ("Europe Berlin", false), ("Zürich", false), (String(repeating: "a", count: 64), true),
            (String(repeating: "a", count: 65), false),
        ])
    func names(name: String, isName: Bool) {
        #expect((ZoneName(name) != nil) == isName)
    }
}
