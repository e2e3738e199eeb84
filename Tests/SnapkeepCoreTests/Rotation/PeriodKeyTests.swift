import Testing

@testable import SnapkeepCore

@Suite struct PeriodKeyTests {
    @Test(
        "A period's key is read as it is written",
        arguments: [
            ("2026-10-25T01Z", PeriodUnit.hour), ("1969-12-31T23Z", .hour), ("0000-01-01T00Z", .hour), ("2026-10-25", .day),
            ("2024-02-29", .day),
            ("9999-12-31", .day), ("2026-W01", .week), ("2026-W53", .week), ("2026-01", .month), ("0000-12", .month),
        ])
    func roundTrip(text: String, unit: PeriodUnit) {
        let key = PeriodKey(text)
        #expect(key?.description == text)
        #expect(key?.unit == unit)
    }

    @Test(
        "Nothing else is a period's key",
        arguments: [
            "", "2026", "2026-", "2026-00", "2026-13", "2026-1", "2026-W00", "2026-W54", "2025-W53", "2026-w01", "2026-02-29", "2026-10-00",
            "2026-10-32", "2026-10-25T24Z", "2026-10-25T01", "2026-10-25 01Z", "2026-10-25T1Z", "2026-10-25T01z", "2026-10-25T01:00Z",
            "+026-10",
            "-026-10", "2026/10", "2026-10/25", " 2026-10", "2026-10 ", "２026-1", "2026-10-2５", "2026W43",
        ])
    func refused(text: String) {
        #expect(PeriodKey(text) == nil)
    }

    @Test("The next and the previous period are a step apart, over each end of a year", arguments: SeededRandom.seeds(2))
    func steps(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            let date = CivilDate(daysSinceEpoch: Int.random(in: -700_000...2_900_000, using: &random))
            let parts = date.parts
            let keys: [PeriodKey] = [
                .hour(date.daysSinceEpoch * 24 + Int.random(in: 0..<24, using: &random)), .day(date), .week(date.isoWeek),
                .month(year: parts.year, month: parts.month),
            ]
            for key in keys {
                #expect(key.next.previous == key && key.previous.next == key && key.next != key)
                #expect(PeriodKey(key.next.description) == key.next)
                #expect(key.description < key.next.description)
            }
        }
        #expect(PeriodKey("2026-W53")?.next == PeriodKey("2027-W01"))
        #expect(PeriodKey("2026-12")?.next == PeriodKey("2027-01"))
        #expect(PeriodKey("2026-12-31")?.next == PeriodKey("2027-01-01"))
        #expect(PeriodKey("2026-12-31T23Z")?.next == PeriodKey("2027-01-01T00Z"))
    }
}

@Suite struct RotationKeyTests {
    @Test(
        "A rotation's key is read as it is written, whatever the volume is called",
        arguments: [
            ("nightly/orders-db@2026-10-25", "nightly", "orders-db", "2026-10-25"),
            ("a.b_c-1/a/b@c@2026-W43", "a.b_c-1", "a/b@c", "2026-W43"),
            (
                "hourly/5aa119a8-d25b-45a7-8d1b-88e127885635@2026-10-25T01Z", "hourly", "5aa119a8-d25b-45a7-8d1b-88e127885635",
                "2026-10-25T01Z"
            ),
            ("n/Grüße an alle@2026-10", "n", "Grüße an alle", "2026-10"),
        ])
    func roundTrip(text: String, rotation: String, volume: String, period: String) throws {
        let key = try #require(RotationKey(SnapshotKey(text)))
        #expect(key.rotation.text == rotation)
        #expect(key.volume == volume)
        #expect(key.period == PeriodKey(period))
        #expect(key.snapshotKey?.text == text)
    }

    @Test(
        "Nothing else is a rotation's key",
        arguments: [
            "nightly", "nightly/orders", "nightly/@2026-10-25", "/orders@2026-10-25", "nightly@2026-10-25", "nightly@x/2026-10-25",
            "-nightly/orders@2026-10-25", "nightly/orders@2026-02-30", "night ly/orders@2026-10-25",
        ])
    func refused(text: String) throws {
        #expect(RotationKey(try SnapshotKey(text)) == nil)
    }

    @Test("A rotation's name has at most 64 letters, digits, points, dashes and underlines")
    func names() {
        #expect(RotationName(String(repeating: "a", count: 64)) != nil)
        for text in ["", String(repeating: "a", count: 65), ".a", "-a", "_a", "a/b", "a@b", "a b", "ä"] {
            #expect(RotationName(text) == nil)
        }
    }

    @Test("A key that is too long for a snapshot's is none")
    func tooLong() throws {
        let period = try #require(PeriodKey("2026-10-25"))
        let key = RotationKey(rotation: try #require(RotationName("nightly")), volume: String(repeating: "v", count: 300), period: period)
        #expect(key.snapshotKey == nil)
    }

    @Test(
        "A snapshot's name is made of the rotation, the volume and the period",
        arguments: [
            ("{volume}-{period}", "orders-db-2026-10-25"), ("{rotation}/{volume}", "nightly/orders-db"), ("plain", "plain"),
            ("{period}{period}", "2026-10-252026-10-25"), ("{other} {volume", "{other} {volume"), ("{{volume}}", "{orders-db}"),
            ("a{", "a{"),
        ])
    func templates(template: String, name: String) throws {
        let key = try #require(RotationKey(SnapshotKey("nightly/orders-db@2026-10-25")))
        #expect(try SnapshotTemplate(name: template).name(of: key).text == name)
    }

    @Test("What is filled in is not filled in once more, and a name that is too long is refused")
    func filled() throws {
        let key = RotationKey(rotation: try #require(RotationName("n")), volume: "{period}", period: try #require(PeriodKey("2026-10")))
        #expect(try SnapshotTemplate().name(of: key).text == "{period}-2026-10")
        let template = SnapshotTemplate(name: String(repeating: "{volume}", count: 40))
        #expect(throws: TextProblem.self) { try template.name(of: key) }
    }
}
