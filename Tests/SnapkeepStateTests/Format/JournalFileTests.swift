import SnapkeepCore
import Testing

@testable import SnapkeepState

@Suite struct JournalFileTests {
    static let basis = JournalBasis(Sample.state.header)
    static func bytes(_ events: [JournalEvent]) -> [UInt8] { events.flatMap { JournalFile.line($0, basis: basis) } }

    static let golden = #"""
        1fbf8048 {"event":"begin","format":"snapkeep.journal","version":1,"lineage":"00000000-0000-4000-8000-000000000001","serial":12,"run":"00000000-0000-4000-8000-000000004002","command":"apply","pid":4211,"host":"build-7","user":"ci","started_at":"2026-11-23T09:12:00.081642Z","plan":"abababababababababababababababababababababababababababababababab"}
        cbabe25f {"event":"intent","attempt":"00000000-0000-4000-8000-000000001009","owner":"payments-prod","key":"search","volume_id":"00000000-0000-4000-8000-000000003009","name":"search","description":"Before \"4.2\"","metadata":{"reason":"audit","team":"payments"},"protect":true,"started_at":"2026-11-23T09:12:01.000000Z","boot_id":"2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834","boot_elapsed_us":60000000}
        13b860a7 {"event":"resent","attempt":"00000000-0000-4000-8000-000000001009","at":"2026-11-23T09:13:00.000000Z","boot_id":"2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834","boot_elapsed_us":90000001}
        a08c5bc1 {"event":"created","attempt":"00000000-0000-4000-8000-000000001009","id":"00000000-0000-4000-8000-000000002009","status":"creating","size":20,"created_at":"2026-11-23T09:12:02.500000Z"}
        0d1ecd4f {"event":"abandoned","attempt":"00000000-0000-4000-8000-000000001007"}
        8cafde1a {"event":"duplicate","key":"billing","id":"00000000-0000-4000-8000-000000002022","volume_id":"00000000-0000-4000-8000-000000003002","name":"billing","metadata":{"team":"payments"},"status":"available","size":20,"created_at":"2026-11-20T01:00:00.000000Z","updated_at":"2026-11-20T01:00:06.100000Z","protect":false}
        97e9ba53 {"event":"observed","id":"00000000-0000-4000-8000-000000002009","status":"available","size":21,"updated_at":"2026-11-23T09:14:00.000000Z"}
        6858ff90 {"event":"observed","id":"00000000-0000-4000-8000-000000002002","status":"weird"}
        ddb2d1de {"event":"updated","id":"00000000-0000-4000-8000-000000002002","name":"billing","metadata":{}}
        e88655af {"event":"protection","id":"00000000-0000-4000-8000-000000002002","protect":true}
        f585daca {"event":"deleting","id":"00000000-0000-4000-8000-000000002030"}
        75c76d42 {"event":"deleted","id":"00000000-0000-4000-8000-000000002030"}
        df23a496 {"event":"forgotten","id":"00000000-0000-4000-8000-000000002022"}
        c3c74926 {"event":"renamed","id":"00000000-0000-4000-8000-000000002002","key":"billing-new"}

        """#

    @Test func writesTheLines() { #expect(Self.bytes(Sample.events).text == Self.golden) }

    @Test func readsWhatItWrites() throws {
        let contents = try #require(try JournalFile.decode([UInt8](Self.golden)))
        #expect(contents == JournalContents(basis: Self.basis, events: Sample.events, tornBytes: 0))
        #expect(throws: Never.self) { try StateReplay.fold(contents.events, into: Sample.state) }
    }

    /// The check value of RFC 3720 and of every table of checksums.
    @Test func computesTheCastagnoliChecksum() { #expect(CRC32C.of("123456789".utf8) == 0xE306_9283) }

    /// P6: whatever length of a journal reached the disk, it says its first so many whole lines, and never anything else.
    @Test func readsEveryTruncation() throws {
        let bytes = Self.bytes(Sample.events)
        for length in 0...bytes.count {
            let kept = Array(bytes[..<length])
            // A line that lacks only its line feed is whole.
            let whole = kept.count { $0 == 0x0A } + (length < bytes.count && bytes[length] == 0x0A ? 1 : 0)
            let contents = try JournalFile.decode(kept)
            #expect(contents?.events ?? [] == Array(Sample.events.prefix(whole)), "cut at \(length)")
        }
    }

    /// P6: a power loss may leave zeros behind what was written.
    @Test func passesOverZerosAtTheEnd() throws {
        let bytes = Self.bytes(Array(Sample.events.prefix(3)))
        for length in [0, 40, bytes.count / 2, bytes.count - 1, bytes.count] {
            let expected = try JournalFile.decode(Array(bytes[..<length]))?.events
            #expect(
                try JournalFile.decode(Array(bytes[..<length]) + Array(repeating: 0, count: 4096))?.events == expected, "cut at \(length)")
        }
    }

    /// P6: every single flipped bit is refused, or changes nothing.
    @Test func noticesEveryFlippedBit() throws {
        let events = Array(Sample.events.prefix(5))
        let bytes = Self.bytes(events)
        for index in bytes.indices {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                do throws(JournalProblem) {
                    #expect(try JournalFile.decode(damaged)?.events == events, "bit \(bit) of byte \(index)")
                } catch {
                    guard case .damaged = error else {
                        Issue.record("bit \(bit) of byte \(index): \(error)")
                        continue
                    }
                }
            }
        }
    }

    /// P1: a finished line that is damaged is never passed over, not even the last: the intent in it may have been acted on.
    @Test func namesTheDamagedLine() {
        let lines = Sample.events.prefix(4).map { JournalFile.line($0, basis: Self.basis) }
        for index in lines.indices {
            var damaged = lines
            damaged[index][damaged[index].count / 2] ^= 0x10
            #expect(throws: JournalProblem.damaged(line: index + 1, "its checksum is wrong")) {
                try JournalFile.decode(damaged.flatMap { $0 })
            }
        }
    }

    private func line(_ json: String) -> [UInt8] { CRC32C.text(CRC32C.of(json.utf8)) + [0x20] + Array(json.utf8) + [0x0A] }

    /// A right checksum over nonsense is refused by its line, too.
    @Test func checksWhatTheChecksumCovers() {
        let begin = JournalFile.line(Sample.events[0], basis: Self.basis)
        let id = Sample.snapshot(1).text
        let cases: [(String, String)] = [
            ("{\"event\":\"melted\",\"id\":\"\(id)\"}", "expected an event of the journal"),
            ("{\"id\":\"\(id)\"}", "the field 'event' is missing"), ("{\"event\":\"deleted\"}", "the field 'id' is missing"),
            ("{\"event\":\"deleted\",\"id\":\"\(id)\",\"key\":\"k\"}", "the event 'deleted' has a field that belongs to another event"),
            ("{\"event\":\"deleted\",\"id\":\"\(id)\",\"why\":1}", "unknown field 'why'"),
            ("{\"event\":\"deleted\",\"id\":\"\(id)\"}{}", "expected the end of the text, found '{'"),
        ]
        for (json, message) in cases {
            #expect(throws: JournalProblem.damaged(line: 2, message)) { try JournalFile.decode(begin + line(json)) }
        }
        #expect(throws: JournalProblem.notAJournal) { try JournalFile.decode(line("{\"event\":\"deleted\",\"id\":\"\(id)\"}")) }
        #expect(throws: JournalProblem.tooNew(version: 2)) {
            try JournalFile.decode(line("{\"event\":\"begin\",\"format\":\"snapkeep.journal\",\"version\":2,\"shards\":[]}"))
        }
    }
}
