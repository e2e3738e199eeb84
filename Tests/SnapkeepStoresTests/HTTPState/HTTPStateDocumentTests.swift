import Foundation
import SnapkeepEngine
import Testing

@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

@Suite("The document of a state over HTTP") struct HTTPStateDocumentTests {
    private var full: HTTPStateDocument {
        var document = HTTPStateDocument()
        let state = HTTPSample.state()
        (document.serial, document.state) = (31, HTTPStateDocument.text(of: state))
        document.run = HTTPStateRun(
            HTTPSample.run(pipeline: "https://gitlab.example.com/-/jobs/9"),
            basis: JournalBasis(state.header, sum: CRC32C.of(document.state!)), journalBytes: 312, machine: "m-1")
        document.history = [HTTPSample.entry(HTTPSample.run(2), after: 12).encoded, HTTPSample.entry(HTTPSample.run(3), after: 12).encoded]
        return document
    }

    @Test("A document comes back as it was written, and is one JSON object with a whole number 'serial' at its top, as GitLab asks for")
    func roundTrip() throws {
        let bytes = full.encoded
        #expect(try HTTPStateDocument(bytes) == full)
        let json = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(json["serial"] as? Int == 31 && json["format"] as? String == "snapkeep.http-state")
        #expect((json["state"] as? [String: Any])?["serial"] as? Int == 12)
        #expect(try HTTPStateDocument(HTTPStateDocument().encoded) == HTTPStateDocument())
    }

    @Test("P3: no Terraform takes it for a state of its own: there is no field 'version', which is 1 for an empty one of its first days")
    func notTerraforms() throws {
        let json = try #require(try JSONSerialization.jsonObject(with: Data(full.encoded)) as? [String: Any])
        #expect(json["version"] == nil && json["terraform_version"] == nil)
    }

    @Test("A server may lay the JSON out anew: state, note and history are the same, and so is the state's checksum")
    func otherLayout() throws {
        let json = try JSONSerialization.jsonObject(with: Data(full.encoded))
        for options in [JSONSerialization.WritingOptions.prettyPrinted, .sortedKeys, [.prettyPrinted, .sortedKeys]] {
            let read = try HTTPStateDocument(Array(try JSONSerialization.data(withJSONObject: json, options: options)))
            #expect(read.serial == full.serial && read.run == full.run && read.state == full.state)
            #expect(read.history.map { HistoryEntry(encoded: $0) } == full.history.map { HistoryEntry(encoded: $0) })
        }
    }

    @Test(
        "P9: what another program has put there is named, and never replaced by a recovery",
        arguments: [
            #"{"version": 4, "terraform_version": "1.9.5", "serial": 3, "lineage": "x", "outputs": {}, "resources": []}"#,
            #"{"version":1,"serial":0,"modules":[]}"#, "<html><body>Sign in</body></html>", "hello", "[]", "{}", #"{"serial": 3}"#,
            #"{"format":"snapkeep.state","version":2}"#, #"{"format":"other","format_version":1,"serial":1}"#,
            #"{"format":"snapkeep.http-state","format_version":2,"serial":1,"new":[]}"#,
        ])
    func foreign(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(throws: StateFileProblem.self) { try HTTPStateDocument(bytes) }
        #expect(!HTTPStateContent.mayBeReplaced(bytes))
    }

    @Test("P6, P9: each flipped bit, each cut is refused or changes nothing that counts; a recovery may go on from it; nothing crashes")
    func damage() throws {
        let bytes = full.encoded
        for index in bytes.indices {
            for bit in [0, 1, 5] {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                guard let read = try? HTTPStateDocument(damaged) else { continue }
                // The head has a checksum of its own, the state's lines and header have theirs, and the history is nothing that counts.
                #expect(read.serial == 31 && read.run == full.run, "byte \(index), bit \(bit)")
                if let state = read.state.flatMap({ try? StateFile.decode($0) }) {
                    #expect(state == HTTPSample.state(), "byte \(index), bit \(bit)")
                }
                #expect(read.state != nil || read == full, "byte \(index), bit \(bit)")
            }
            if index < bytes.count - 2 { #expect(throws: StateFileProblem.self) { try HTTPStateDocument(Array(bytes[..<index])) } }
        }
        let cut = Array(bytes[..<(bytes.count / 2)])
        #expect(HTTPStateContent.mayBeReplaced(cut) && HTTPStateContent.serial(of: cut) == 31)
    }

    @Test("P9: random bytes and random changes of a document neither crash nor take memory out of proportion", arguments: [1, 2, 3])
    func hostile(_ seed: Int) {
        var random = SeededRandom(seed: UInt64(seed))
        let bytes = full.encoded
        for _ in 0..<400 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: changed[index] = UInt8.random(in: 0...255, using: &random)
                case 1: changed.removeSubrange(index..<min(changed.count, index + Int.random(in: 1...40, using: &random)))
                default: changed.insert(contentsOf: changed[index..<min(changed.count, index + 30)], at: index)
                }
                if changed.isEmpty { changed = [0x7B] }
            }
            _ = try? HTTPStateDocument(changed)
            _ = HTTPStateContent.mayBeReplaced(changed)
            _ = HTTPStateContent.serial(of: changed)
            _ = HTTPStateHolder(changed)
        }
        #expect(HTTPStateHolder(Array(String(repeating: "[", count: 100_000).utf8)) == nil)
        #expect((try? HTTPStateDocument(Array(String(repeating: "{\"format\":", count: 20_000).utf8))) == nil)
    }

    @Test("The history that a document carries is bounded: 500 lines, half a MiB, and the newest always")
    func boundedHistory() {
        let lines = (0..<700).map { HTTPSample.entry(HTTPSample.run($0), after: 12).encoded }
        #expect(HTTPStateHistory.bounded(lines) == Array(lines.suffix(500)))
        var entry = HTTPSample.entry(HTTPSample.run(900), after: 12)
        var work = RunWork()
        for number in 0..<20_000 { work.add(.created, .init(key: HTTPSample.intent(number).key, id: SnapshotID("srv-\(number)")!)) }
        entry.work = work
        entry.counts.created = 20_000
        let kept = HTTPStateHistory.bounded(lines + [entry.encoded])
        #expect(kept.reduce(0) { $0 + $1.count + 2 } <= HistoryBounds.bytes && kept.count == 500)
        let last = kept.last.flatMap { HistoryEntry(encoded: $0) }
        #expect(last?.counts.created == 20_000 && last?.work.isEmpty == true)
    }

    @Test("A holder is read from a lock's JSON, from a bare ID, and, of our own locks, from the ID that GitLab gives back")
    func holders() throws {
        let own = HTTPSample.lock(pipeline: "https://gitlab.example.com/g/p/-/jobs/9")
        #expect(own.id.utf8.count <= 255)
        let told = try #require(
            HTTPStateHolder(Array("{\"ID\":\"\(own.id)\",\"Who\":\"ci-bot\",\"Created\":\"x\",\"Info\":\"of whoever asks\"}".utf8)))
        #expect(told.holder.command == "apply" && told.holder.pid == 4201 && told.holder.host == "build-7" && told.holder.user == "ci")
        #expect(told.holder.pipeline == "https://gitlab.example.com/g/p/-/jobs/9" && told.holder.since == HTTPSample.run().startedAt)
        #expect(told.answers(to: HTTPSample.run().run.text) && told.answers(to: own.id) && !told.answers(to: ""))
        let terraforms = try #require(
            HTTPStateHolder(
                Array(#"{"ID":"d1","Operation":"OperationTypeApply","Who":"ann@laptop","Created":"2026-11-23T09:12:00Z"}"#.utf8)))
        #expect(
            terraforms.holder.command == "OperationTypeApply" && terraforms.holder.user == "ann@laptop" && terraforms.holder.token == "d1")
        #expect("\(terraforms.holder)" == "OperationTypeApply (by ann@laptop, since 2026-11-23 09:12 UTC)")
        for id in ["3f1c0c9e-8a1f-4a55-9f0e-6c1a3f2b7d10", own.id, "look-3f1c0c9e-8a1f-4a55-9f0e-6c1a3f2b7d10"] {
            #expect(HTTPStateHolder(Array("\(id)\n".utf8))?.id == id)
        }
        #expect(HTTPStateHolder(Array("<html>locked</html>".utf8)) == nil && HTTPStateHolder([]) == nil)
        for word in ["Locked", "E423", "Conflict\n", "{\"message\":\"locked\"}"] {
            #expect(HTTPStateHolder(Array(word.utf8)) == nil, "\(word)")
        }
        let hostile = try #require(HTTPStateHolder(Array("{\"ID\":\"d1\",\"Who\":\"a\\u001b[2J\\nb\"}".utf8)))
        #expect(hostile.holder.user == "a [2J b")
    }
}
