import SnapkeepCore
import SnapkeepState
import Testing

@testable import SnapkeepStores

@Suite("What is sent to etcd and what it answers, byte by byte")
struct EtcdCodecTests {
    private func decode(_ text: String) -> [UInt8]? { Array(text.utf8).withUnsafeBufferPointer { Base64.decode($0) } }

    private func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        Base64.append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    // RFC 4648 section 10.
    @Test(
        "Base64 is written and read as its definition has it",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(bytes: String, text: String) {
        #expect(encode(Array(bytes.utf8)) == text)
        #expect(decode(text) == Array(bytes.utf8))
    }

    @Test("Every byte comes back at every place", arguments: SeededRandom.seeds(3))
    func base64Bytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for length in 0..<300 {
            let bytes = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            #expect(decode(encode(bytes)) == bytes, "seed \(seed), \(length) bytes")
        }
    }

    @Test(
        "P9: what is no Base64 is refused",
        arguments: ["Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zm9v!m9v", "Zh==", "Zm9=", "Zm 9", "=g=="])
    func wrongBase64(text: String) { #expect(decode(text) == nil) }

    private func parse<Value>(_ text: String, _ read: (inout JSONReader) throws(JSONProblem) -> Value) throws -> Value {
        try Array(text.utf8).withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer)
            return try read(&reader)
        }
    }

    // As etcd 3.4.23 answers; fields that are zero are left out.
    @Test("An answer is read with numbers as texts, and what is left out is zero")
    func answers() throws {
        var header = EtcdHeader()
        let answer = try parse(
            #"{"header":{"cluster_id":"14841639068965178418","member_id":"1","revision":"7","raft_term":"2"},"kvs":[{"key":"YQ==","create_revision":"5","mod_revision":"7","version":"2","value":"Yg==","lease":"7587868"},{"key":"YWI=","create_revision":"6","mod_revision":"6","version":"1"}],"more":true,"count":"9"}"#
        ) { reader throws(JSONProblem) in try reader.etcdRange(&header) }
        #expect(header == EtcdHeader(cluster: "14841639068965178418", revision: 7))
        #expect(
            answer
                == EtcdRangeAnswer(
                    keys: [
                        EtcdKeyValue(key: [0x61], value: [0x62], createRevision: 5, modRevision: 7, lease: 7_587_868),
                        EtcdKeyValue(key: [0x61, 0x62], value: [], createRevision: 6, modRevision: 6),
                    ], hasMore: true))
        let lease = try parse(#"{"result":{"header":{"revision":"822"},"ID":"123","TTL":"30"}}"#) { reader throws(JSONProblem) in
            try reader.etcdLease(&header)
        }
        #expect(lease == EtcdLease(id: 123, remaining: 30))
    }

    @Test(
        "P9: numbers out of range, wrong Base64 and other types are refused",
        arguments: [
            #"{"kvs":[{"key":"YQ==","mod_revision":"99999999999999999999"}]}"#, #"{"kvs":[{"key":"YQ==","mod_revision":1e9}]}"#,
            #"{"kvs":[{"key":"Y"}]}"#, #"{"kvs":[{"key":"Y\u0051=="}]}"#, #"{"kvs":{}}"#, #"{"kvs":[1]}"#, #"{"more":"true"}"#, #"[]"#, "",
            "<html>",
            #"{"header":{"revision":"-"}}"#, #"{"kvs":[{"key":"YQ=="}"#,
        ])
    func wrongAnswers(text: String) {
        #expect(throws: JSONProblem.self) {
            try parse(text) { reader throws(JSONProblem) in
                var header = EtcdHeader()
                let answer = try reader.etcdRange(&header)
                try reader.end()
                return answer
            }
        }
    }

    @Test("P9: an answer that was not asked for is seen: other keys, too many, out of order, a revision of zero")
    func unwantedAnswers() {
        func found(_ key: String, create: Int = 3, mod: Int = 4) -> EtcdKeyValue {
            EtcdKeyValue(key: Array(key.utf8), createRevision: create, modRevision: mod)
        }
        let range = EtcdRange(span: EtcdSpan(prefix: Array("/p/".utf8)), limit: 2)
        #expect(range.isAnswered(by: EtcdRangeAnswer(keys: [found("/p/a"), found("/p/b")], hasMore: true)))
        #expect(!range.isAnswered(by: EtcdRangeAnswer(keys: [found("/q")])))
        #expect(!range.isAnswered(by: EtcdRangeAnswer(keys: [found("/p/a"), found("/p/b"), found("/p/c")])))
        #expect(!range.isAnswered(by: EtcdRangeAnswer(keys: [found("/p/b"), found("/p/a")])))
        #expect(!range.isAnswered(by: EtcdRangeAnswer(keys: [found("/p/a"), found("/p/a")])))
        #expect(!range.isAnswered(by: EtcdRangeAnswer(keys: [found("/p/a", create: 0)])))
        #expect(!range.isAnswered(by: EtcdRangeAnswer(keys: [found("/p/a", create: 5, mod: 4)])))
        // A page without a key that says it has more would be asked for again and again.
        #expect(!range.isAnswered(by: EtcdRangeAnswer(keys: [], hasMore: true)))
        var backwards = range
        backwards.isDescending = true
        #expect(backwards.isAnswered(by: EtcdRangeAnswer(keys: [found("/p/b"), found("/p/a")])))
        #expect(!EtcdRange(span: EtcdSpan(key: [1])).isAnswered(by: EtcdRangeAnswer(keys: [found("/p/a")])))
    }
}

@Suite("How a state lies in etcd")
struct EtcdLayoutTests {
    private func composed(_ chunks: [[UInt8]], _ later: [StateChange], _ state: RecordedState) -> [UInt8] {
        var all = StateChange()
        for change in later { all.append(StateChange(change.chunks(200))) }
        return StateComposition(chunks, all).text(StateLines(state).fields)
    }

    @Test("P6: a state taken apart is, put together again, the same bytes", arguments: [0, 1, 2, 500])
    func wholeState(count: Int) {
        let records = (0..<count).map { Sample.record($0) }
        for state in [
            Sample.state(records), Sample.state(records, superseded: [Sample.record(9999, "a \"b\" \\ ü")]),
            Sample.state(records, intents: [Sample.intent(1, "x"), Sample.intent(2, "y")]),
        ] {
            let lines = StateLines(state)
            #expect(composed(ChunkPacking.all(of: lines, 1000), [], state) == StateFile.encode(state))
            for header in [EtcdHead.Header.fields(lines.fields), .chunks(.init(id: "2f-2", chunks: [524_288, 3]))] {
                let head = EtcdHead(segments: [.init(id: "2f-1", chunks: [7, 8])], header: header)
                #expect((try? EtcdHead(head.encoded)) == head)
            }
        }
    }

    // Letters whose canonical order is not that of their bytes, keys that are the beginning of others, escapes.
    private static let names = ["a", "ab", "a b", "a\"b", "a\\", "e\u{301}z", "ez", "é", "\u{1F4BE}", "z", "ﬁ", "Å", "A\u{30A}x"]

    @Test("P6: any chain of changes, in segments, gives the bytes of the last state", arguments: SeededRandom.seeds(20))
    func changes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        func any() -> RecordedState {
            func some() -> [SnapshotRecord] {
                var keys: Set<SnapshotKey> = []
                return Self.names.indices.filter { _ in random.chance(50) }.map {
                    Sample.record($0, Self.names[$0], size: Int(random.next() % 3))
                }
                .filter { keys.insert($0.key).inserted }
            }
            let superseded = some().map { record in
                var old = record
                old.id = SnapshotID(Sample.uuid(700 + Int(random.next() % 3)))!
                return old
            }
            return Sample.state(
                some(), superseded: superseded, intents: (0..<4).filter { _ in random.chance(50) }.map { Sample.intent($0, "i\($0)") },
                serial: Int(random.next() % 100))
        }
        let first = any()
        let base = ChunkPacking.all(of: StateLines(first), 300)
        var before = first
        var later: [StateChange] = []
        for _ in 0..<6 {
            let after = any()
            later.append(StateChange.between(StateLines(before), StateLines(after)))
            #expect(composed(base, later, after) == StateFile.encode(after), "seed \(seed)")
            // Segments put together do the same.
            var merged = StateChange()
            for change in later { merged.append(change) }
            #expect(composed(base, [merged], after) == StateFile.encode(after), "seed \(seed)")
            #expect(merged.chunks(1 << 20).reduce(0) { $0 + $1.count } == merged.size, "seed \(seed)")
            before = after
        }
    }

    @Test("What did not change is not written")
    func sizes() {
        let before = Sample.state((0..<1000).map { Sample.record($0) })
        var after = before
        after.records[500].size = 21
        after.header.serial += 1
        let change = StateChange.between(StateLines(before), StateLines(after))
        #expect(change.lines.count == 1)
        #expect(StateChange.between(StateLines(before), StateLines(before)).isEmpty)
    }

    @Test(
        "P9: a head that is not one of ours is refused",
        arguments: [
            "", "{}", "{\n}\n", "{\n  \"layout\":1,\n}\n", "{\n  \"layout\":0,\"segments\":[],\n  \"x\":1\n}\n",
            "{\n  \"layout\":1,\"segments\":[{\"id\":\"../x\",\"chunks\":[1]}],\n  \"x\":1\n}\n",
            "{\n  \"layout\":1,\"segments\":[{\"id\":\"a\",\"chunks\":[0]}],\n  \"x\":1\n}\n",
            "{\n  \"layout\":1,\"segments\":[{\"id\":\"a\",\"chunks\":[99999999999]}],\n  \"x\":1\n}\n",
            "{\n  \"layout\":1,\"segments\":[{\"id\":\"a\",\"chunks\":[]},{\"id\":\"a\",\"chunks\":[]}],\n  \"x\":1\n}\n",
            "{\n  \"layout\":1,\"segments\":[],\"more\":1,\n  \"x\":1\n}\n", "{\n  \"layout\":2,\"segments\":[],\n  \"x\":1\n}\n",
            "{\n  \"layout\":1,\"segments\":[],\"header\":{\"id\":\"a\",\"chunks\":[1]},\n  \"x\":1\n}\n",
            "{\n  \"layout\":2,\"segments\":[]\n}\n",
            "{\n  \"layout\":2,\"segments\":[],\n  \"header\":{\"id\":\"a\",\"chunks\":[1]},\"x\":1\n}\n",
            "{\n  \"layout\":2,\"segments\":[{\"id\":\"a\",\"chunks\":[1]}],\n  \"header\":{\"id\":\"a\",\"chunks\":[1]}\n}\n",
            head(chunks: 129, of: 16 << 20),
        ])
    func wrongHeads(text: String) {
        #expect(throws: EtcdHead.Problem.damaged) { try EtcdHead(Array(text.utf8)) }
    }

    private static func head(chunks: Int, of size: Int) -> String {
        let segment = EtcdHead.Segment(id: "a", chunks: [Int](repeating: size, count: chunks))
        return String(decoding: EtcdHead(segments: [segment], header: .fields(Array("  \"x\":1".utf8))).encoded, as: UTF8.self)
    }

    @Test("P9: a head that names 2 GiB is read, as a file of that size is")
    func largestHead() throws {
        #expect(try EtcdHead(Array(Self.head(chunks: 128, of: 16 << 20).utf8)).segments[0].size == EtcdHead.sizeLimit)
    }

    @Test("A head of a newer layout is told from a damaged one")
    func newerHead() {
        #expect(throws: EtcdHead.Problem.tooNew(3)) {
            // Of whatever shape its third line is: that of the one after the first layout is not the first one's.
            try EtcdHead(Array("{\n  \"layout\":3,\"segments\":{\"x\":1},\n  \"y\":1\n}\n".utf8))
        }
    }
}
