import SnapkeepCloud
import SnapkeepCore
import SnapkeepState
import Synchronization
import Testing

@testable import SnapkeepStores

/// Answers each request as a test tells it.
private final class AnsweringTransport: HTTPTransport {
    private let count = Mutex(0)
    private let answer: @Sendable (Int, OutgoingRequest) -> Result<HTTPAnswer, TransportFault>
    var requests: Int { count.withLock { $0 } }

    init(_ answer: @escaping @Sendable (Int, OutgoingRequest) -> Result<HTTPAnswer, TransportFault>) { self.answer = answer }

    convenience init(_ status: Int, _ body: String) {
        self.init { _, _ in .success(HTTPAnswer(status: status, body: Array(body.utf8))) }
    }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        try answer(
            count.withLock {
                $0 += 1; return $0
            }, request
        ).get()
    }
}

@Suite("What answers may be anything") struct EtcdHostileTests {
    /// - Parameter patience: longer than any machine takes to ask both, unless a test waits for its end.
    private func load(
        _ transport: any HTTPTransport, user: EtcdSettings.User? = nil, hosts: String = "a,b", patience: Duration = .seconds(600)
    ) async throws -> StateFault? {
        let address = try EtcdAddress("\(hosts)/p", isSecure: false)
        return try await EtcdStore.with(
            address, user: user, transport: transport, policy: .init(patience: patience), wallClock: { Sample.start }
        ) { store in
            do throws(StateFault) {
                _ = try await store.load()
                return nil
            } catch { return error }
        }
    }

    private static let header = #""header":{"cluster_id":"7","revision":"9"}"#

    @Test(
        "P9: an answer that names neither cluster nor revision says nothing, not even that nobody holds the lock",
        arguments: ["{}", "{\"count\":\"0\"}"])
    func headless(body: String) async throws {
        let address = try EtcdAddress("a/p", isSecure: false)
        try await EtcdStore.with(
            address, transport: AnsweringTransport(200, body), wallClock: { Sample.start }
        ) { store in
            let holder = await #expect(throws: StateFault.self) { try await store.holder() }
            let history = await #expect(throws: StateFault.self) { try await store.history(namesSnapshots: false) }
            #expect(cause(holder) == .storeForeign && cause(history) == .storeForeign)
        }
    }

    @Test(
        "P9: an answer that is not etcd's is named as that, after every member was asked once",
        arguments: [
            "", "<html>", "{", "[]", "{}", "null", "{\"succeeded\":1}", "{\(header),\"succeeded\":true,\"responses\":[]}",
            "{\(header),\"succeeded\":true,\"responses\":[{},{},{},{}]}",
            "{\(header),\"succeeded\":true,\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"!!!!\"}]}},{},{},{}]}",
            "{\(header),\"succeeded\":true,\"responses\":[{\"response_range\":{\"kvs\":[{\"key\":\"eA==\",\"create_revision\":\"99999999999999999999\"}]}},{},{},{}]}",
            "{\"header\":{\"cluster_id\":\"999999999999999999999999\"}}", String(repeating: "[", count: 100_000),
            "{\"succeeded\":true}trailing",
        ])
    func garbage(body: String) async throws {
        let transport = AnsweringTransport(200, body)
        #expect(cause(try await load(transport)) == .storeForeign)
        #expect(transport.requests == 2)
    }

    @Test("P9: an error that is not etcd's is no reason to go on asking for ever", arguments: [301, 400, 403, 404, 500])
    func foreignErrors(status: Int) async throws {
        #expect(cause(try await load(AnsweringTransport(status, "<html>no</html>"))) == .storeForeign)
    }

    // The words of etcd 3.4.23, each tried against it.
    @Test(
        "Each error of etcd has its kind",
        arguments: [
            (429, 8, "etcdserver: mvcc: database space exceeded", FileProblem.storeFull),
            (400, 3, "etcdserver: request is too large", .storeTooSmall),
            (400, 3, "etcdserver: too many operations in txn request", .storeTooSmall),
            (403, 7, "etcdserver: permission denied", .storeDenied), (400, 3, "etcdserver: user name is empty", .storeDenied),
            (503, 14, "etcdserver: request timed out", .storeUnreachable), (503, 14, "etcdserver: no leader", .storeUnreachable),
            (429, 8, "etcdserver: too many requests", .storeUnreachable),
            (503, 14, "etcdserver: leader changed", .storeUnreachable), (401, 16, "etcdserver: invalid auth token", .storeDenied),
            (400, 3, "etcdserver: something else", .other),
        ])
    func errors(status: Int, code: Int, words: String, problem: FileProblem) async throws {
        let fault = try await load(
            AnsweringTransport(status, "{\"error\":\"\(words)\",\"message\":\"\(words)\",\"code\":\(code)}"), patience: .milliseconds(20))
        #expect(cause(fault) == problem, "\(String(describing: fault))")
    }

    @Test("P8, P9: a password that an error repeats is not shown, and neither is what would spoil a terminal")
    func echoes() async throws {
        let user = EtcdSettings.User(name: "ci", password: Secret("s3cret-of-ci"))
        let body = "{\"error\":\"etcdserver: permission denied for s3cret-of-ci \\u001b[2J\",\"code\":7}"
        let fault = try await load(AnsweringTransport(403, body), user: user)
        let text = String(describing: fault)
        #expect(cause(fault) == .storeDenied && !text.contains("s3cret") && !text.contains("\u{1b}"), "\(text)")
    }

    @Test("P9: a token that no request can carry is refused")
    func wrongTokens() async throws {
        let user = EtcdSettings.User(name: "ci", password: Secret("x"))
        for token in ["", "a b", "a\\r\\nX: y", String(repeating: "t", count: 10_000)] {
            #expect(cause(try await load(AnsweringTransport(200, "{\"token\":\"\(token)\"}"), user: user)) == .storeForeign)
        }
    }

    @Test("P9: an answer that is too long is not read to its end")
    func longAnswers() async throws {
        let transport = AnsweringTransport { _, request in
            #expect(request.answerLimit <= 64 << 20)
            return .success(HTTPAnswer(status: 200, body: [], isTruncated: true))
        }
        #expect(cause(try await load(transport)) == .storeForeign)
    }

    private static func base64(_ text: String) -> String {
        var bytes: [UInt8] = []
        Base64.append(Array(text.utf8), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func key(_ key: String, _ value: String = "", lease: Int = 0) -> String {
        #"{"key":"\#(base64(key))","create_revision":"1","mod_revision":"1","lease":"\#(lease)","value":"\#(base64(value))"}"#
    }

    private static func answer(_ members: String) -> Result<HTTPAnswer, TransportFault> {
        .success(HTTPAnswer(status: 200, body: Array("{\(header),\(members)}".utf8)))
    }

    private func with(
        _ transport: AnsweringTransport, _ policy: EtcdStore.Policy = .init(), _ body: (EtcdStore) async throws -> Void
    ) async throws {
        try await EtcdStore.with(
            try EtcdAddress("a/p", isSecure: false), transport: transport, policy: policy, wallClock: { Sample.start }, body)
    }

    // Each page has one key, and says that there are more: long lines, and lines of nothing.
    @Test("P9: pages that never end are given up", arguments: [30_000, 0])
    func endlessPages(_ length: Int) async throws {
        let (value, limit) = (String(repeating: "A", count: length), 30 * max(length, 20))
        func pages(_ name: @escaping @Sendable (Int) -> String) -> AnsweringTransport {
            AnsweringTransport { number, _ in Self.answer("\"kvs\":[\(Self.key(name(number), value))],\"more\":true") }
        }
        var policy = EtcdStore.Policy()
        policy.historyLimit = limit
        let lines = pages { "/p/h/\(padded($0, 12))/0000" }
        try await with(lines, policy) { store in
            let fault = await #expect(throws: StateFault.self) { try await store.history(namesSnapshots: false) }
            #expect(cause(fault) == .storeForeign)
        }
        let parts = pages { "/p/h/\(padded(1, 12))/\(padded(9999 - $0, 4))" }
        try await with(parts, policy) { store in
            let fault = await #expect(throws: EtcdFault.self) { try await store.history.excess() }
            #expect(fault?.cause == .storeForeign)
        }
        // A journal, and the chunks of a state whose head is damaged.
        let head = #""succeeded":true,"responses":[{"response_range":{"kvs":[\#(Self.key("/p/head", "garbage"))]}}"#
        let journal = AnsweringTransport { number, _ in
            let line = "\"kvs\":[\(Self.key("/p/j/" + padded(number, 12), value))],\"more\":true"
            return number == 1
                ? Self.answer(#"\#(head),{"response_range":{}},{"response_range":{\#(line)}},{"response_range":{}}]"#) : Self.answer(line)
        }
        let chunks = AnsweringTransport { number, _ in
            number == 1
                ? Self.answer(#"\#(head),{"response_range":{}},{"response_range":{}},{"response_range":{}}]"#)
                : Self.answer("\"kvs\":[\(Self.key("/p/s/a/" + padded(number, 6), value))],\"more\":true")
        }
        for transport in [journal, chunks] {
            try await with(transport) { store in
                let reading = EtcdReading(gateway: store.gateway, layout: store.layout, limit: limit)
                let fault = await #expect(throws: EtcdFault.self) { try await reading.all() }
                #expect(fault?.cause == .storeForeign)
            }
        }
        for transport in [lines, parts, journal, chunks] { #expect(transport.requests < 50) }
    }

    @Test(
        "P9: what is said of a lease is believed only of that lease, and in numbers that etcd has",
        arguments: [
            ("", ""), (#"\#(header),"ID":"5""#, ""), (#"\#(header),"TTL":"10","grantedTTL":"30""#, nil),
            (#"\#(header),"ID":"6","TTL":"10","grantedTTL":"30""#, nil), (#""ID":"5","TTL":"10","grantedTTL":"30""#, nil),
            (#"\#(header),"ID":"5","TTL":"0","grantedTTL":"9223372036854775807""#, nil),
            (#"\#(header),"ID":"5","TTL":"9223372036854775807","grantedTTL":"9223372036854775807""#, nil),
            (#"\#(header),"ID":"5","TTL":"-9223372036854775808","grantedTTL":"30""#, nil),
            (#"\#(header),"ID":"5","TTL":"10","grantedTTL":"30""#, "2026-11-23T09:11:40Z"),
        ] as [(String, String?)])
    func leases(_ members: String, _ heartbeat: String?) async throws {
        let transport = AnsweringTransport { _, request in
            switch request.path {
            case "/v3/kv/range": Self.answer("\"kvs\":[\(Self.key("/p/lock", lease: 5))]")
            case "/v3/lease/keepalive": .success(HTTPAnswer(status: 200, body: Array("{\"result\":{\(members)}}".utf8)))
            default: .success(HTTPAnswer(status: 200, body: Array("{\(members)}".utf8)))
            }
        }
        try await with(transport) { store in
            let holder = try await store.holder()
            // Somebody holds it, whatever is said of the lease.
            let found = try #require(holder)
            #expect(found.heartbeat == heartbeat.flatMap { $0.isEmpty ? nil : Timestamp($0) })
            var renewed: EtcdLease?
            var fault: EtcdFault?
            do throws(EtcdFault) { renewed = try await store.gateway.keepAlive(5) } catch { fault = error }
            #expect((renewed != nil) == (heartbeat.map { !$0.isEmpty } ?? false))
            // One that is gone has its id, and no time.
            let isGone = members.hasSuffix("\"ID\":\"5\"")
            #expect((fault == .leaseGone) == isGone, "\(String(describing: fault))")
        }
    }

    @Test("P9: keys in the answer to a step that reads none are not those of the next step")
    func keysOfOtherSteps() async throws {
        let body = #""succeeded":true,"responses":[{"response_range":{"kvs":[\#(Self.key("/p/lock"))]}},{"response_range":{}}]"#
        try await with(AnsweringTransport { _, _ in Self.answer(body) }) { store in
            for step in [EtcdOperation.put(store.layout.head, []), .delete(EtcdSpan(key: store.layout.head))] {
                let fault = await #expect(throws: EtcdFault.self) {
                    try await store.gateway.transaction(if: [], then: [step, .range(EtcdRange(span: EtcdSpan(key: store.layout.lock)))])
                }
                #expect(fault?.cause == .storeForeign)
            }
        }
    }

    @Test("P6: revisions that go back, and another cluster's id, end the work with that cluster")
    func otherClusters() async throws {
        for (cluster, revision) in [("7", 8), ("8", 10)] {
            let transport = AnsweringTransport { number, _ in
                let header = number == 1 ? Self.header : "\"header\":{\"cluster_id\":\"\(cluster)\",\"revision\":\"\(revision)\"}"
                return .success(HTTPAnswer(status: 200, body: Array("{\(header)}".utf8)))
            }
            let address = try EtcdAddress("a/p", isSecure: false)
            try await EtcdStore.with(address, transport: transport, wallClock: { Sample.start }) { store in
                let holder = try await store.holder()
                #expect(holder == nil)
                let fault = await #expect(throws: StateFault.self) { try await store.holder() }
                #expect(cause(fault) == .storeReplaced)
            }
        }
    }
}
