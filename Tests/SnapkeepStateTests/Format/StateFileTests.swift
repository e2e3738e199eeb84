import SnapkeepCore
import Testing

@testable import SnapkeepState

@Suite struct StateFileTests {
    /// The document itself: what a diff shows and what `jq` reads.
    static let golden = #"""
        {
          "format":"snapkeep.state",
          "version":2,
          "lineage":"00000000-0000-4000-8000-000000000001",
          "serial":12,
          "owner":"payments-prod",
          "endpoint":"sandbox",
          "project_id":"0c2eba2c5af04d3f9e9d0d410b371fde",
          "consumed_plans":[
            "abababababababababababababababababababababababababababababababab"
          ],
          "last_run":"00000000-0000-4000-8000-000000004001",
          "digest":{"records":3,"superseded":1,"open_intents":2,"lines":"d9bff142","header":"bc8575bb"},
          "records":[
            {"key":"bare","id":"srv-1","volume_id":"00000000-0000-4000-8000-000000003001","name":"tab\tand \u009b und ü 💾","metadata":{},"status":"frozen","protect":false,"sum":"c9ce1d49"},
            {"key":"billing","id":"00000000-0000-4000-8000-000000002002","volume_id":"00000000-0000-4000-8000-000000003002","name":"billing","description":"Daily","metadata":{"team":"payments"},"status":"available","size":20,"created_at":"2026-11-20T01:00:00.000000Z","updated_at":"2026-11-20T01:00:06.100000Z","protect":false,"attempt":"00000000-0000-4000-8000-000000001002","sum":"e94db30b"},
            {"key":"ledger","id":"00000000-0000-4000-8000-000000002003","volume_id":"00000000-0000-4000-8000-000000003003","name":"ledger","description":"Daily","metadata":{"team":"payments"},"status":"available","size":20,"created_at":"2026-11-20T01:00:00.000000Z","updated_at":"2026-11-20T01:00:06.100000Z","protect":false,"attempt":"00000000-0000-4000-8000-000000001003","sum":"5dbf4d24"}
          ],
          "superseded":[
            {"key":"ledger","id":"00000000-0000-4000-8000-000000002030","volume_id":"00000000-0000-4000-8000-000000003003","name":"ledger","description":"Daily","metadata":{"team":"payments"},"status":"error","size":20,"created_at":"2026-11-20T01:00:00.000000Z","updated_at":"2026-11-20T01:00:06.100000Z","protect":false,"attempt":"00000000-0000-4000-8000-000000001003","sum":"b5e46845"}
          ],
          "open_intents":[
            {"attempt":"00000000-0000-4000-8000-000000001007","owner":"payments-prod","key":"orders","volume_id":"00000000-0000-4000-8000-000000003007","name":"orders","description":"Before \"4.2\"","metadata":{"reason":"audit","team":"payments"},"protect":true,"started_at":"2026-11-23T09:12:01.000000Z","boot_id":"2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834","boot_elapsed_us":60000000,"sum":"65faf92f"},
            {"attempt":"00000000-0000-4000-8000-000000001008","owner":"payments-prod","key":"ledger","volume_id":"00000000-0000-4000-8000-000000003008","name":"ledger","description":"Before \"4.2\"","metadata":{"reason":"audit","team":"payments"},"protect":true,"started_at":"2026-11-23T09:12:01.000000Z","boot_id":"2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834","boot_elapsed_us":60000000,"replaces":"00000000-0000-4000-8000-000000002003","sum":"ccb52c78"}
          ]
        }

        """#

    /// The same state in the first version, which has no checksums.
    static let goldenOfVersion1 = #"""
        {
          "format":"snapkeep.state",
          "version":1,
          "lineage":"00000000-0000-4000-8000-000000000001",
          "serial":12,
          "owner":"payments-prod",
          "endpoint":"sandbox",
          "project_id":"0c2eba2c5af04d3f9e9d0d410b371fde",
          "consumed_plans":[
            "abababababababababababababababababababababababababababababababab"
          ],
          "last_run":"00000000-0000-4000-8000-000000004001",
          "records":[
            {"key":"bare","id":"srv-1","volume_id":"00000000-0000-4000-8000-000000003001","name":"tab\tand \u009b und ü 💾","metadata":{},"status":"frozen","protect":false},
            {"key":"billing","id":"00000000-0000-4000-8000-000000002002","volume_id":"00000000-0000-4000-8000-000000003002","name":"billing","description":"Daily","metadata":{"team":"payments"},"status":"available","size":20,"created_at":"2026-11-20T01:00:00.000000Z","updated_at":"2026-11-20T01:00:06.100000Z","protect":false,"attempt":"00000000-0000-4000-8000-000000001002"},
            {"key":"ledger","id":"00000000-0000-4000-8000-000000002003","volume_id":"00000000-0000-4000-8000-000000003003","name":"ledger","description":"Daily","metadata":{"team":"payments"},"status":"available","size":20,"created_at":"2026-11-20T01:00:00.000000Z","updated_at":"2026-11-20T01:00:06.100000Z","protect":false,"attempt":"00000000-0000-4000-8000-000000001003"}
          ],
          "superseded":[
            {"key":"ledger","id":"00000000-0000-4000-8000-000000002030","volume_id":"00000000-0000-4000-8000-000000003003","name":"ledger","description":"Daily","metadata":{"team":"payments"},"status":"error","size":20,"created_at":"2026-11-20T01:00:00.000000Z","updated_at":"2026-11-20T01:00:06.100000Z","protect":false,"attempt":"00000000-0000-4000-8000-000000001003"}
          ],
          "open_intents":[
            {"attempt":"00000000-0000-4000-8000-000000001007","owner":"payments-prod","key":"orders","volume_id":"00000000-0000-4000-8000-000000003007","name":"orders","description":"Before \"4.2\"","metadata":{"reason":"audit","team":"payments"},"protect":true,"started_at":"2026-11-23T09:12:01.000000Z","boot_id":"2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834","boot_elapsed_us":60000000},
            {"attempt":"00000000-0000-4000-8000-000000001008","owner":"payments-prod","key":"ledger","volume_id":"00000000-0000-4000-8000-000000003008","name":"ledger","description":"Before \"4.2\"","metadata":{"reason":"audit","team":"payments"},"protect":true,"started_at":"2026-11-23T09:12:01.000000Z","boot_id":"2d6ad1ab-7f6a-4f7e-9d52-6f3f0ed6c0de:4026531834","boot_elapsed_us":60000000,"replaces":"00000000-0000-4000-8000-000000002003"}
          ]
        }

        """#

    @Test("A state is this document byte for byte")
    func writesTheDocument() { #expect(StateFile.encode(Sample.state).text == Self.golden) }

    @Test("What is written is read back as it was")
    func readsWhatItWrites() throws {
        #expect(try StateFile.decode([UInt8](Self.golden)) == Sample.state)
        var forgetful = Sample.state
        forgetful.forgotten = [Sample.snapshot(50), Sample.snapshot(51)]
        #expect(try StateFile.decode(StateFile.encode(forgetful)) == forgetful)
        #expect(try StateFile.decode(StateFile.encode(Sample.firstState)) == Sample.firstState)
    }

    @Test("A header is read alone, whatever becomes of the records, and only as it was written", arguments: [golden, goldenOfVersion1])
    func headerAlone(_ text: String) throws {
        #expect(StateFile.header(of: Array(text.utf8)) == (try StateFile.decode(Array(text.utf8)).header))
        let records = try #require(text.firstRange(of: "\"records\":["))
        let cut = Array(text[..<records.upperBound].utf8)
        #expect((StateFile.header(of: cut) != nil) == (text == Self.golden), "the first version has nothing to tell it by")
        for (former, changed) in [
            ("\"serial\":12", "\"serial\":13"), ("payments-prod", "payments-pro"), ("snapkeep.state", "snapkeep.stat"),
        ] {
            let bytes = Array(text.replacing(former, with: changed).utf8)
            #expect(StateFile.header(of: bytes) == nil || text == Self.goldenOfVersion1 && former != "snapkeep.state", "\(changed)")
        }
        #expect(StateFile.header(of: []) == nil && StateFile.header(of: Array("{".utf8)) == nil)
    }

    @Test("Other tools may sort the fields and spread the text: it is the same state")
    func readsAnyLayout() throws {
        let fields = Self.golden.split(separator: "\n")
        let front: [Substring] = ["\"format\" :\r\n \"snapkeep.state\", \"version\": 2,"]
        var moved = Array(fields[...0])
        moved += fields[3...11]
        moved += front
        moved += fields[12...]
        #expect(try StateFile.decode([UInt8](moved.joined(separator: "\n\t"))) == Sample.state)
        // Within the lines too, their checksums in front and in the middle.
        var spread = Self.golden.replacing(":", with: " : ").replacing("2026-11-20T01 : 00 : ", with: "2026-11-20T01:00:")
        for (key, next) in [("bare", "\"id\""), ("billing", "\"volume_id\"")] {
            let line = try #require(spread.split(separator: "\n").first { $0.contains("\"key\" : \"\(key)\"") })
            let sum = try #require(line.firstMatch(of: /,"sum" : "[0-9a-f]{8}"/)?.output)
            spread.replace(line, with: line.replacing(sum, with: "").replacing(next, with: sum.dropFirst() + ",\n" + next))
        }
        spread = spread.replacing("2026-11-23T09 : 12 : 01", with: "2026-11-23T09:12:01").replacing("c0de : 402", with: "c0de:402")
        #expect(try StateFile.decode([UInt8](spread)) == Sample.state)
    }

    struct Damage: CustomTestStringConvertible {
        let old: String
        let new: String
        let place: SourcePosition
        let message: String
        init(_ old: String, _ new: String, _ line: Int, _ column: Int, _ message: String) {
            self.old = old
            self.new = new
            place = SourcePosition(line: line, column: column)
            self.message = message
        }
        var testDescription: String { message }
    }

    /// What an editor, a merge or a bad disk does to a state. Every one is named with its place.
    static let damages = [
        Damage("\"serial\":12", "\"serial\":-1", 5, 12, "expected a number that is not negative"),
        Damage("\"serial\":12", "\"serial\":99999999999999999999", 5, 12, "the number is too large"),
        Damage("\"serial\":12", "\"serial\":1.5", 5, 12, "expected a whole number"),
        Damage("\"serial\":12", "\"serial\":\"12\"", 5, 12, "expected a whole number, found '\"'"),
        Damage("  \"serial\":12,\n", "", 1, 1, "the field 'serial' is missing"),
        Damage("\"serial\":12", "\"serial\":12,\"serial\":12", 5, 15, "the field 'serial' comes twice"),
        Damage("000000001\"", "00000000x\"", 4, 13, "expected a lineage, a UUID"),
        Damage(
            "\"key\":\"ledger\",\"id\":\"00000000-0000-4000-8000-000000002003",
            "\"key\":\"billing\",\"id\":\"00000000-0000-4000-8000-000000002003", 16, 5, "the key 'billing' comes twice"),
        Damage(
            "\"key\":\"ledger\",\"id\":\"00000000-0000-4000-8000-000000002003",
            "\"key\":\"aaa\",\"id\":\"00000000-0000-4000-8000-000000002003", 16, 5, "records are sorted by key, 'aaa' comes too late"),
        Damage(
            "-000000002003\",\"volume_id\"", "-000000002002\",\"volume_id\"", 16, 5,
            "the snapshot '00000000-0000-4000-8000-000000002002' comes twice"),
        Damage("-000000002030", "-000000002003", 19, 5, "the snapshot '00000000-0000-4000-8000-000000002003' comes twice"),
        Damage(
            "-000000001008\",\"owner", "-000000001007\",\"owner", 23, 5, "the attempt '00000000-0000-4000-8000-000000001007' comes twice"),
        Damage(
            "-000000001008\",\"owner", "-000000001006\",\"owner", 23, 5,
            "intents are sorted by attempt, '00000000-0000-4000-8000-000000001006' comes too late"),
        Damage("\"srv-1\"", "\"../x\"", 14, 24, "expected the id of a snapshot"),
        Damage("\"key\":\"bare\"", "\"key\":\" bare\"", 14, 12, "expected a key of 1 to 255 bytes without outer blanks"),
        Damage(
            "\"protect\":false},\n    {\"key\":\"billing\"", "\"protect\":null},\n    {\"key\":\"billing\"", 14, 158,
            "expected true or false, found 'n'"),
        Damage(
            "\"2026-11-20T01:00:00.000000Z\"", "\"2026-13-20T01:00:00.000000Z\"", 15, 231,
            "expected a time such as 2026-11-23T09:12:00.081642Z"),
        Damage(
            "{\"reason\":\"audit\",\"team\":\"payments\"}", "{\"team\":\"payments\",\"reason\":\"audit\"}", 22, 222,
            "metadata keys are sorted, 'reason' comes too late"),
        Damage("  ]\n}", "  ],\n}", 25, 1, "expected a key in double quotes, found '}'"),
        Damage("  ]\n}\n", "  ]\n}\n}", 26, 1, "expected the end of the text, found '}'"),
        Damage("\"records\":[", "\"records\":", 14, 5, "expected an array, found '{'"),
    ]

    @Test("Damage is named at its place and by what was expected there, with and without checksums", arguments: damages)
    func namesTheDamage(damage: Damage) throws {
        let text = try #require(Self.goldenOfVersion1.replacingFirst(damage.old, with: damage.new))
        #expect(throws: StateFileProblem.damaged(damage.place, damage.message)) { try StateFile.decode([UInt8](text)) }
        // With checksums that are right it is refused by the same words, one line further down.
        let today = text.replacing("\"version\":1", with: "\"version\":2").replacing(
            "\n  \"records\"", with: "\n  \"digest\":{},\n  \"records\"")
        let place = SourcePosition(line: Int(damage.place.line) + (damage.place.line < 13 ? 0 : 1), column: Int(damage.place.column))
        #expect(throws: StateFileProblem.damaged(place, damage.message)) { try StateFile.decode([UInt8](Seal.sealed(today))) }
    }

    @Test(
        "A field that a newer program wrote is refused: dropping it would lose it with the next write",
        arguments: [
            ("\"serial\":12", "\"serial\":12,\"region\":\"x\"", "region", 5, 15),
            ("\"key\":\"bare\"", "\"key\":\"bare\",\"tier\":1", "tier", 15, 19),
        ])
    func refusesUnknownFields(old: String, new: String, name: String, line: Int, column: Int) throws {
        let text = try #require(Self.golden.replacingFirst(old, with: new))
        #expect(throws: StateFileProblem.unknownField(name, SourcePosition(line: line, column: column))) {
            try StateFile.decode([UInt8](text))
        }
    }

    @Test(
        "A file that is something else altogether is called what it is",
        arguments: [
            ("", "is empty"), (" \n\n", "is empty"), ("\0\0\0\0", "holds only zero bytes"),
            ("<!DOCTYPE html>\n<html>", "is an HTML or XML page"),
            ("A heading\n=========\n", "is not JSON"),
            ("snapshots:\n  - name: x\n", "is not JSON"), ("[]", "is not JSON"),
            ("{\"version\":4,\"terraform_version\":\"1.9\"}", "is JSON without snapkeep's 'format' in front"),
            ("{\"a", "is JSON without snapkeep's 'format' in front"),
            ("{\"format\":\"snapkeep.plan\",\"version\":1}", "is of the format 'snapkeep.plan', not 'snapkeep.state'"),
            ("0123abcd {\"event\":\"begin\"}\n", "is a journal"), ("\u{FEFF}{}", "begins with a byte-order mark"),
        ])
    func saysWhatAnotherFileIs(text: String, words: String) {
        #expect(throws: StateFileProblem.otherContent(words)) { try StateFile.decode([UInt8](text)) }
    }

    @Test(
        "Whatever is left of the markers of a merge is named as that, with its line",
        arguments: [
            ("<<<<<<< HEAD\n{", 1),
            (
                golden.replacing("  \"serial\":12,", with: "<<<<<<< HEAD\n  \"serial\":12,\n=======\n  \"serial\":13,\n>>>>>>> other"), 5
            ),
            ("{\n<<<<<<< HEAD\n  \"format\":\"snapkeep.state\",", 2),
            (golden.replacing("  \"superseded\"", with: "=======\n  \"superseded\""), 19),
            (golden + ">>>>>>> other\n", 27), (golden.replacing("  \"owner\"", with: "||||||| base\n  \"owner\""), 6),
        ])
    func namesWhatAMergeLeft(text: String, line: Int) {
        #expect(throws: StateFileProblem.mergeConflict(line: line)) { try StateFile.decode([UInt8](text)) }
    }

    @Test("Of a newer version nothing but its first two fields is read")
    func leavesNewerVersionsAlone() {
        #expect(throws: StateFileProblem.tooNew(version: 3)) {
            try StateFile.decode([UInt8]("{\"format\":\"snapkeep.state\",\"version\":3,\"records\":{\"how\":\"else\"}}"))
        }
    }

    @Test("P6: no cut of a state is taken for a state")
    func refusesEveryTruncation() {
        let bytes = StateFile.encode(Sample.state)
        // Without its last line feed it is whole.
        for length in 0..<bytes.count - 1 {
            #expect(throws: StateFileProblem.self) { try StateFile.decode(Array(bytes[..<length])) }
        }
    }

    @Test("P9: whatever the bytes, reading them ends, and what is taken can be written and read again")
    func survivesDamagedBytes() throws {
        let bytes = StateFile.encode(Sample.state)
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << (index % 8)
            guard let state = try? StateFile.decode(damaged) else { continue }
            #expect(try StateFile.decode(StateFile.encode(state)) == state)
        }
    }
}
