import Testing

@testable import SnapkeepSandbox

/// The small parts that everything else reads and writes with.
struct WireTests {
    @Test(
        "JSON is written as it was read",
        arguments: [
            #"{"a": 1, "b": [true, false, null, "x"], "c": {"d": -0.5e3}}"#, "[]", "{}", #""\u00e9\ud83d\udcbe\n\t\"\\""#,
            "-9223372036854775808",
            "123456789012345678901234567890",
        ])
    func roundTrip(_ text: String) throws {
        #expect(String(decoding: JSONWriter.encode(try JSONParser.parse(text.utf8)), as: UTF8.self) == text)
    }

    @Test(
        "What is no JSON is refused",
        arguments: [
            "", "{", "{\"a\"}", "[1,]", "{\"a\": 1,}", "01", "1.", "+1", "tru", "\"\u{01}\"", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"",
            "[1] 2",
            "'a'",
            String(repeating: "[", count: 100),
        ])
    func malformed(_ text: String) {
        #expect(throws: JSONParser.Malformed.self) { _ = try JSONParser.parse(text.utf8) }
    }

    @Test("A member given twice keeps its place and takes the last value")
    func duplicateMember() throws {
        #expect(try JSONParser.parse(#"{"a": 1, "b": 2, "a": 3}"#.utf8) == ["a": 3, "b": 2])
    }

    @Test(
        "Times are written to the microsecond and read back, before 1970 too",
        arguments: [
            (0, "1970-01-01T00:00:00.000000"), (1_795_464_994_919_148, "2026-11-23T20:16:34.919148"),
            (951_782_400_000_001, "2000-02-29T00:00:00.000001"),
            (-1, "1969-12-31T23:59:59.999999"), (4_107_542_399_000_000, "2100-02-28T23:59:59.000000"),
        ] as [(Int64, String)])
    func timestamp(_ time: Int64, _ text: String) {
        #expect(Timestamp.text(time) == text)
        #expect(Timestamp.parse(text) == time)
    }

    @Test("A request's target is parted and decoded: plus is a blank in the query only, and of a parameter the first or the last is had")
    func target() {
        let target = RequestTarget("/v3//p/snapshots/id/metadata/a%2Fb+c?name=x+y%26z&limit=5&limit=6&flag")
        #expect(target.segments == ["v3", "p", "snapshots", "id", "metadata", "a", "b+c"])
        #expect(target.parameter("name") == "x y&z")
        #expect(target.parameter("limit") == "5")
        #expect(target.lastParameter("limit") == "6")
        #expect(!target.endsInSlash)
        #expect(RequestTarget("/v3/%C3%A4/").segments == ["v3", "\u{C3}\u{A4}"])
        #expect(RequestTarget("/v3/%2F?x").endsInSlash)
        #expect(target.parameter("flag") == "")
        #expect(RequestTarget.decode("%zz%4", plusIsBlank: false) == "%zz%4")
        #expect(RequestTarget.encode("a b/é~") == "a%20b%2F%C3%A9~")
        #expect(RequestTarget.encodeForm(" a  +") == "+a++%2B")
    }

    @Test("A value is quoted as Python would write it")
    func quoting() {
        #expect(QuotedValue.literal("it's") == #""it's""#)
        #expect(QuotedValue.literal(#"it's "so""#) == #"'it\'s "so"'"#)
        #expect(QuotedValue.literal("a\nb\u{1}\u{200B}é") == #"'a\nb\x01\u200bé'"#)
        #expect(QuotedValue.literal(["a": [nil, true, 1]]) == "{'a': [None, True, 1]}")
    }

    @Test("Fresh ids are UUIDs of version 4, each another one")
    func freshIDs() {
        let ids = Set((0..<1000).map { _ in UUIDText.random() })
        #expect(ids.count == 1000)
        #expect(
            ids.allSatisfy { id in
                let bytes = Array(id.utf8)
                return UUIDText.isUUIDLike(id) && bytes.count == 36 && bytes[14] == UInt8(ascii: "4") && "89ab".utf8.contains(bytes[19])
            })
    }

    @Test("Operations end in the order of their times, whatever the order of their start")
    func settlementQueue() {
        var queue = SettlementQueue()
        let times: [Int64] = [5, 3, 9, 1, 7, 3, 8, 2, 6, 4]
        for time in times { queue.add("id\(time)", at: time) }
        var seen: [Int64] = []
        while let due = queue.next(dueAt: 6) { seen.append(due.at) }
        #expect(seen == [1, 2, 3, 3, 4, 5, 6])
        #expect(queue.next(dueAt: 6) == nil)
        #expect(queue.next(dueAt: 100)?.id == "id7")
    }

    @Test("The table agrees with a plain sorted array through insertions out of order and removals", arguments: SeededRandom.seeds())
    func table(_ seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        var table = SnapshotTable(orderTime: { $0 / 10 })
        var model: [Snapshot] = []
        for number in 0..<500 {
            let snapshot = Snapshot(
                id: "id\(number)", volumeID: "v\(number % 3)", name: nil, description: nil, size: 2, metadata: [:], status: .available,
                createdAt: .random(in: 0..<300, using: &generator), updatedAt: nil, settlement: nil)
            table.insert(snapshot)
            model.append(snapshot)
            if number % 4 == 0, let victim = model.randomElement(using: &generator) {
                table.remove(victim.id)
                model.removeAll { $0.id == victim.id }
            }
        }
        model.sort { $0.createdAt / 10 == $1.createdAt / 10 ? $0.id < $1.id : $0.createdAt / 10 < $1.createdAt / 10 }
        #expect(Array(table.ascending()) == model)
        #expect(Array(table.ascending(volumeID: "v1")) == model.filter { $0.volumeID == "v1" })
        #expect(table.gigabytes == 2 * model.count)
        // Pages cover every row once, from any marker.
        var paged: [Snapshot] = []
        while paged.count <= model.count {
            let rows = try table.page(SnapshotQuery(limit: 7, marker: paged.last?.id)).rows
            if rows.isEmpty { break }
            paged += rows
        }
        #expect(paged == model.reversed())
    }
}
