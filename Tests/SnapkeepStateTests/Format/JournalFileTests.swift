import SnapkeepCore
import Testing

@testable import SnapkeepState

@Suite struct JournalFileTests {
    static let basis = JournalBasis(Sample.state.header, sum: CRC32C.of(StateFile.encode(Sample.state)))
    /// As `basis`, but for a checksum that does not change with the state's format.
    static let goldenBasis = JournalBasis(Sample.state.header, sum: 0xE306_9283)
    static func bytes(_ events: [JournalEvent], basis: JournalBasis = basis) -> [UInt8] {
        var sum: UInt32 = 0
        return JournalFile.lines(events, basis: basis, sum: &sum)
    }

    static let golden = #"""
        eed19619 {"event":"begin","format":"snapkeep.journal","version":2,"lineage":"00000000-0000-4000-8000-000000000001","serial":12,"state_sum":"e3069283","run":"00000000-0000-4000-8000-000000004002","command":"apply","pid":4211,"host":"build-7","user":"ci","started_at":"2026-11-23T09:12:00.081642Z","plan":"abababababababababababababababababababababababababababababababab"}
        3eef01ff {"event":"intent","attempt":"00000000-0000-4000-8000-000000001009","owner":"payments-prod","key":"search","volume_id":"00000000-0000-4000-8000-000000003009","name":"search","description":"Before \"4.2\"","metadata":{"reason":"audit","team":"payments"},"protect":true,"started_at":"2026-11-23T09:12:01.000000Z","boot_id":"2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834","boot_elapsed_us":60000000}
        fdf13174 {"event":"resent","attempt":"00000000-0000-4000-8000-000000001009","at":"2026-11-23T09:13:00.000000Z","boot_id":"2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834","boot_elapsed_us":90000001}
        670018c8 {"event":"created","attempt":"00000000-0000-4000-8000-000000001009","id":"00000000-0000-4000-8000-000000002009","status":"creating","size":20,"created_at":"2026-11-23T09:12:02.500000Z"}
        6336eae1 {"event":"abandoned","attempt":"00000000-0000-4000-8000-000000001007"}
        8eb0adae {"event":"duplicate","key":"billing","id":"00000000-0000-4000-8000-000000002022","volume_id":"00000000-0000-4000-8000-000000003002","name":"billing","metadata":{"team":"payments"},"status":"available","size":20,"created_at":"2026-11-20T01:00:00.000000Z","updated_at":"2026-11-20T01:00:06.100000Z","protect":false}
        4015cea4 {"event":"observed","id":"00000000-0000-4000-8000-000000002009","status":"available","size":21,"updated_at":"2026-11-23T09:14:00.000000Z"}
        199ed296 {"event":"observed","id":"00000000-0000-4000-8000-000000002002","status":"weird"}
        02ec2c86 {"event":"updated","id":"00000000-0000-4000-8000-000000002002","name":"billing","metadata":{}}
        429c3824 {"event":"protection","id":"00000000-0000-4000-8000-000000002002","protect":true}
        b48b0d0c {"event":"deleting","id":"00000000-0000-4000-8000-000000002030"}
        b4d8338e {"event":"deleted","id":"00000000-0000-4000-8000-000000002030"}
        18707f34 {"event":"forgotten","id":"00000000-0000-4000-8000-000000002022"}
        f46e0419 {"event":"renamed","id":"00000000-0000-4000-8000-000000002002","key":"billing-new"}

        """#

    @Test func writesTheLines() { #expect(Self.bytes(Sample.events, basis: Self.goldenBasis).text == Self.golden) }

    @Test func readsWhatItWrites() throws {
        let contents = try #require(try JournalFile.decode([UInt8](Self.golden)))
        #expect(
            contents == JournalContents(basis: Self.goldenBasis, events: Sample.events, tornBytes: 0, wholeBytes: Self.golden.utf8.count))
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
        var sum: UInt32 = 0
        let lines = Sample.events.prefix(4).map { JournalFile.lines([$0], basis: Self.basis, sum: &sum) }
        for index in lines.indices {
            var damaged = lines
            damaged[index][damaged[index].count / 2] ^= 0x10
            #expect(throws: JournalProblem.damaged(line: index + 1, "its checksum is wrong")) {
                try JournalFile.decode(damaged.flatMap { $0 })
            }
        }
    }

    /// P1: a line that is taken out, doubled or in another's place shows, though each line for itself is whole.
    @Test func noticesLinesOutOfPlace() {
        var sum: UInt32 = 0
        let lines = Sample.events.map { JournalFile.lines([$0], basis: Self.basis, sum: &sum) }
        for index in lines.indices.dropLast() {
            var (shorter, doubled, swapped) = (lines, lines, lines)
            shorter.remove(at: index)
            doubled.insert(lines[index], at: index)
            swapped.swapAt(index, index + 1)
            for changed in [shorter, doubled, swapped] {
                #expect(throws: JournalProblem.self, "line \(index + 1)") { try JournalFile.decode(changed.flatMap { $0 }) }
            }
        }
    }

    /// A run of the program of before may have been cut off: its journal is read as it was written.
    @Test func readsVersionOne() throws {
        let events = Array(Sample.events.prefix(4))
        let lines = events.map { event -> [UInt8] in
            var writer = JSONWriter()
            writer.value(event, basis: JournalBasis(Sample.state.header, sum: nil))
            return line(String(decoding: writer.bytes, as: UTF8.self).replacing("\"version\":2", with: "\"version\":1"))
        }
        let contents = try #require(try JournalFile.decode(lines.flatMap { $0 }))
        #expect(contents.events == events && contents.basis.sum == nil)
        #expect(JournalFile.remains(of: lines.flatMap { $0 }).run == contents.run)
    }

    /// P2: of a journal with a damaged line all others can still be read.
    @Test func salvagesWhatIsWhole() {
        var sum: UInt32 = 0
        var lines = Sample.events.map { JournalFile.lines([$0], basis: Self.basis, sum: &sum) }
        let whole = JournalFile.remains(of: lines.flatMap { $0 })
        // The line that tells of the snapshot's creation: the attempt then counts as open, and the lines behind it still tell its id.
        lines[3][lines[3].count / 2] ^= 0x10
        let damaged = JournalFile.remains(of: lines.flatMap { $0 })
        #expect(damaged.run == whole.run && damaged.snapshotIDs == whole.snapshotIDs)
        #expect(whole.openIntents == [] && damaged.openIntents.map(\.attempt) == [Sample.attempt(9)])
    }

    /// What another program wrote is not called a damaged journal, which would be set aside.
    @Test func leavesOtherFilesAlone() {
        for text in ["notes, without a line feed", "# notes\n", "{\"a\":1}\n", "deadbeef", "0123abcd {\"name\":"] where text != "deadbeef" {
            #expect(throws: JournalProblem.notAJournal) { try JournalFile.decode([UInt8](text.utf8)) }
        }
    }

    private func line(_ json: String, after former: UInt32 = 0) -> [UInt8] {
        Array("\(CRC32C.text(CRC32C.of(json.utf8, after: former))) \(json)\n".utf8)
    }

    /// A right checksum over nonsense is refused by its line, too.
    @Test func checksWhatTheChecksumCovers() {
        var sum: UInt32 = 0
        let begin = JournalFile.lines([Sample.events[0]], basis: Self.basis, sum: &sum)
        let id = Sample.snapshot(1).text
        let cases: [(String, String)] = [
            ("{\"event\":\"melted\",\"id\":\"\(id)\"}", "expected an event of the journal"),
            ("{\"id\":\"\(id)\"}", "the field 'event' is missing"), ("{\"event\":\"deleted\"}", "the field 'id' is missing"),
            ("{\"event\":\"deleted\",\"id\":\"\(id)\",\"key\":\"k\"}", "the event 'deleted' has a field that belongs to another event"),
            ("{\"event\":\"deleted\",\"id\":\"\(id)\",\"why\":1}", "unknown field 'why'"),
            ("{\"event\":\"deleted\",\"id\":\"\(id)\"}{}", "expected the end of the text, found '{'"),
        ]
        for (json, message) in cases {
            #expect(throws: JournalProblem.damaged(line: 2, message)) { try JournalFile.decode(begin + line(json, after: sum)) }
        }
        #expect(throws: JournalProblem.notAJournal) { try JournalFile.decode(line("{\"event\":\"deleted\",\"id\":\"\(id)\"}")) }
        #expect(throws: JournalProblem.tooNew(version: 3)) {
            try JournalFile.decode(line("{\"event\":\"begin\",\"format\":\"snapkeep.journal\",\"version\":3,\"shards\":[]}"))
        }
    }

    @Test("P6: a line's event decides which members it has; their order does not matter") func readsTheMembersOfEachEvent() throws {
        for event in Sample.events {
            var writer = JSONWriter()
            writer.value(event, basis: Self.basis)
            let members = try members(of: writer.bytes)
            func read(_ members: [String]) throws -> JournalEvent {
                let text = Array("{\(members.joined(separator: ","))}".utf8)
                return try text.withUnsafeBufferPointer { buffer in
                    var reader = JSONReader(buffer)
                    return try reader.journalLine().event
                }
            }
            #expect(try read(members.reversed()) == event)
            for foreign in ["\"serial\":1", "\"at\":\"2026-11-23T09:12:00Z\""]
            where !members.contains(where: { $0.hasPrefix(foreign.prefix(5)) }) {
                #expect(throws: JSONProblem.self) { try read(members + [foreign]) }
            }
        }
    }

    private func members(of json: [UInt8]) throws -> [String] {
        try json.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer)
            var members: [String] = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                let start = key.offset - 1
                try reader.skip()
                members.append(String(decoding: reader.bytes(from: start, to: reader.offset), as: UTF8.self))
            }
            return members
        }
    }
}
