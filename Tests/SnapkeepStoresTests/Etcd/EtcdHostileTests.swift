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

    @Test("P9: pages that never end are given up")
    func endlessPages() async throws {
        // Each page of the history has one long line, and says that there are more.
        let line = String(repeating: "QUFB", count: 10_000)
        var policy = EtcdStore.Policy()
        policy.historyLimit = 1 << 20
        let transport = AnsweringTransport { number, _ in
            var key: [UInt8] = []
            Base64.append(Array("/p/h/\(padded(number, 12))/0000".utf8), to: &key)
            let body =
                "{\(Self.header),\"kvs\":[{\"key\":\"\(String(decoding: key, as: UTF8.self))\",\"create_revision\":\"1\",\"mod_revision\":\"1\",\"value\":\"\(line)\"}],\"more\":true}"
            return .success(HTTPAnswer(status: 200, body: Array(body.utf8)))
        }
        let address = try EtcdAddress("a/p", isSecure: false)
        try await EtcdStore.with(address, transport: transport, policy: policy, wallClock: { Sample.start }) { store in
            let fault = await #expect(throws: StateFault.self) { try await store.history(namesSnapshots: false) }
            #expect(cause(fault) == .storeForeign)
        }
        #expect(transport.requests < 50)
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
