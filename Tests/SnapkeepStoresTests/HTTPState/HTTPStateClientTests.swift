import Synchronization
import Testing

@testable import SnapkeepCloud
@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

@Suite("The client of the HTTP state protocol") struct HTTPStateClientTests {
    private func problem(_ body: () async throws -> Void) async -> HTTPStateProblem? {
        do {
            try await body()
            return nil
        } catch { return error as? HTTPStateProblem }
    }

    private func words(_ problem: HTTPStateProblem?) -> String { problem.map { "\($0)" } ?? "" }

    private static let both: [StateServer.Kind] = [.gitLab, .plain]

    @Test("What is sent is what Terraform sends: seven fields in a lock, the lock's ID and a checksum with a document")
    func requests() async throws {
        let server = StateServer()
        let client = try HTTPSample.client(server)
        let lock = HTTPSample.lock()
        try await client.lock(lock)
        try await client.write(HTTPSample.document(1), over: nil, lock: lock.id)
        #expect(try await client.read() == HTTPSample.document(1))
        try await client.unlock(lock)
        let requests = server.requests
        #expect(requests.map(\.method) == ["POST", "POST", "GET", "DELETE"])
        let fields = String(decoding: requests[0].body, as: UTF8.self)
        for name in ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"] { #expect(fields.contains("\"\(name)\":")) }
        #expect(requests[1].query == "ID=" + percentEncoded(lock.id) && requests[3].query == requests[1].query)
        #expect(requests[1].fields["Content-Type"] == "application/json" && requests[1].fields["Content-MD5"]?.count == 24)
        #expect(requests.allSatisfy { $0.fields["Authorization"]?.hasPrefix("Basic ") == true })
        #expect(server.lockID == nil)
    }

    @Test("No state is there yet: GitLab says that with 404 and JSON, or 204; of another server also a page and an empty body say so")
    func nothingYet() async throws {
        let server = StateServer()
        let client = try HTTPSample.client(server)
        #expect(try await client.read() == nil)
        try await client.lock(HTTPSample.lock())
        #expect(try await client.read() == nil)
        server.fail(.answer(HTTPAnswer(status: 404)))
        #expect(try await client.read() == nil)
        let plain = StateServer(.plain)
        for answer in [HTTPAnswer(status: 404, body: Array("<html>Not Found</html>".utf8)), HTTPAnswer(status: 200)] {
            plain.fail(.answer(answer))
            #expect(try await HTTPSample.client(plain).read() == nil)
        }
    }

    @Test(
        "P1: what GitLab does not say of a state that nobody has written is not taken for that",
        arguments: [
            HTTPAnswer(status: 404, body: Array(#"{"message":"404 Project Not Found"}"#.utf8)),
            HTTPAnswer(status: 404, body: Array("<html>Not Found</html>".utf8)), HTTPAnswer(status: 404, body: Array("Not Found".utf8)),
            HTTPAnswer(status: 404, body: Array("{\"message\":".utf8)), HTTPAnswer(status: 200),
        ])
    func notNothing(_ answer: HTTPAnswer) async throws {
        let server = StateServer()
        server.fail(.answer(answer))
        guard case .foreign = await problem({ _ = try await HTTPSample.client(server).read() }) else {
            Issue.record("it was taken for an empty state")
            return
        }
    }

    @Test("A taken lock shows its holder; of GitLab also the pipeline, though it answers with the fields of whoever asks", arguments: both)
    func taken(_ kind: StateServer.Kind) async throws {
        let server = StateServer(kind)
        let client = try HTTPSample.client(server)
        try await client.lock(HTTPSample.lock(1, pipeline: "https://ci.example.com/9"))
        guard case .locked(let holder) = await problem({ try await client.lock(HTTPSample.lock(2)) }) else {
            Issue.record("it was had twice")
            return
        }
        #expect(holder?.holder.pid == 4201 && holder?.holder.pipeline == "https://ci.example.com/9")
        // The other one's lock is not given back by whoever did not get it.
        guard case .lockLost = await problem({ try await client.unlock(HTTPSample.lock(2)) }) else {
            Issue.record("it was broken")
            return
        }
        #expect(server.lockID == HTTPSample.lock(1, pipeline: "https://ci.example.com/9").id)
    }

    @Test(
        "P1: a lock whose answer got lost, once or twice, before or after the server acted, is had once and known to be had",
        arguments: both)
    func lostLockAnswers(_ kind: StateServer.Kind) async throws {
        for faults: [StateServer.Fault] in [
            [.lostBefore], [.lostAfter], [.lostAfter, .lostAfter], [.lostBefore, .lostAfter], [.refused, .refused],
            [.answerAfter(HTTPAnswer(status: 502))], [.answer(HTTPAnswer(status: 503))], [.answer(HTTPAnswer(status: 429))],
        ] {
            let server = StateServer(kind)
            for (index, fault) in faults.enumerated() { server.state.withLock { $0.faults[1 + index] = fault } }
            try await HTTPSample.client(server).lock(HTTPSample.lock())
            #expect(server.lockID == HTTPSample.lock().id)
        }
    }

    @Test("P6: a write whose answer got lost is known to be done, and done once; a late twin is fenced by the serial", arguments: both)
    func lostWriteAnswers(_ kind: StateServer.Kind) async throws {
        for faults: [StateServer.Fault] in [
            [.lostBefore], [.lostAfter], [.lostBefore, .refused], [.answerAfter(HTTPAnswer(status: 502))],
            [.answer(HTTPAnswer(status: 504))], [.refused], [.answer(HTTPAnswer(status: 429))],
        ] {
            let server = StateServer(kind)
            let client = try HTTPSample.client(server)
            let lock = HTTPSample.lock()
            try await client.lock(lock)
            try await client.write(HTTPSample.document(1), over: nil, lock: lock.id)
            // A server whose rules are not known is asked first what stands there.
            let first = server.requests.count + (kind == .plain ? 2 : 1)
            for (index, fault) in faults.enumerated() { server.state.withLock { $0.faults[first + index] = fault } }
            try await client.write(HTTPSample.document(2, records: 3), over: HTTPSample.document(1), lock: lock.id)
            #expect(server.document == HTTPSample.document(2, records: 3))
            // The first document of all.
            let fresh = StateServer(kind)
            try await HTTPSample.client(fresh).lock(lock)
            let next = fresh.requests.count + (kind == .plain ? 2 : 1)
            for (index, fault) in faults.enumerated() { fresh.state.withLock { $0.faults[next + index] = fault } }
            try await HTTPSample.client(fresh).write(HTTPSample.document(1), over: nil, lock: lock.id)
            #expect(fresh.document == HTTPSample.document(1))
        }
    }

    @Test("P6: what stays unknown is told as unknown; what was certainly not done, as that")
    func unsure() async throws {
        let server = StateServer()
        let client = try HTTPSample.client(server)
        let lock = HTTPSample.lock()
        try await client.lock(lock)
        let start = server.requests.count + 1
        server.state.withLock { state in
            state.faults[start] = .lostAfter
            state.deadFrom = start + 1
        }
        guard case .unsure = await problem({ try await client.write(HTTPSample.document(1), over: nil, lock: lock.id) }) else {
            Issue.record("it was told as certain")
            return
        }
        guard case .unreachable = await problem({ try await client.write(HTTPSample.document(2), over: nil, lock: lock.id) }) else {
            Issue.record("it was told as unknown")
            return
        }
    }

    @Test("P6: a refusal is told as one only where no earlier try may have been carried out, or where it can be seen that none was")
    func refusedInDoubt() async throws {
        for isSeen in [false, true] {
            let server = StateServer()
            let client = try HTTPSample.client(server, ["TF_HTTP_RETRY_MAX": "1"])
            let lock = HTTPSample.lock()
            try await client.lock(lock)
            let first = server.requests.count + 1
            server.state.withLock { state in
                state.faults[first] = isSeen ? .answer(HTTPAnswer(status: 502)) : .answerAfter(HTTPAnswer(status: 502))
                for look in [1, 2] + (isSeen ? [] : [4, 5]) { state.faults[first + look] = .lostBefore }
                if isSeen { state.faults[first + 3] = .answer(HTTPAnswer(status: 422)) }
            }
            let found = await problem { try await client.write(HTTPSample.document(1), over: nil, lock: lock.id) }
            #expect((server.document != nil) == !isSeen)
            #expect(words(found).hasPrefix(isSeen ? "refused" : "unsure"), "\(words(found))")
        }
    }

    @Test("P1: whoever writes without the lock, or over what another one has written, is refused, and nothing is lost", arguments: both)
    func fences(_ kind: StateServer.Kind) async throws {
        let server = StateServer(kind)
        let client = try HTTPSample.client(server)
        let (first, second) = (HTTPSample.lock(1), HTTPSample.lock(2))
        try await client.lock(first)
        try await client.write(HTTPSample.document(1), over: nil, lock: first.id)
        server.state.withLock { $0.lock = nil }
        if kind == .gitLab {
            // A lock that was broken is missed even where nobody has taken it.
            guard
                case .lockLost = await problem({
                    try await client.write(HTTPSample.document(2), over: HTTPSample.document(1), lock: first.id)
                })
            else {
                Issue.record("written without a lock")
                return
            }
        }
        try await client.lock(second)
        try await client.write(HTTPSample.document(2, records: 3), over: HTTPSample.document(1), lock: second.id)
        let late = await problem { try await client.write(HTTPSample.document(2), over: HTTPSample.document(1), lock: first.id) }
        #expect(late == (kind == .gitLab ? .lockLost(nil) : .replaced))
        // Even with the lock of the other one: the serial is taken.
        #expect(
            await problem { try await client.write(HTTPSample.document(2), over: HTTPSample.document(1), lock: second.id) } == .replaced)
        #expect(server.document == HTTPSample.document(2, records: 3))
    }

    @Test("P2: a process that is stopped between its look and its write overwrites nothing, also where the server compares nothing")
    func stoppedBeforeWrite() async throws {
        for isWritten in [false, true] {
            let server = StateServer(.plain)
            let clock = SteeredClock()
            let client = try HTTPSample.client(server, clock: clock)
            let lock = HTTPSample.lock()
            try await client.lock(lock)
            try await client.write(HTTPSample.document(1), over: nil, lock: lock.id)
            let others = HTTPSample.document(2, records: 3)
            let stops = Mutex(1)
            server.state.withLock { state in
                state.comparesIDs = false
                state.beforeSending = { request in
                    guard request.method == "POST",
                        stops.withLock({ stops in
                            stops -= 1; return stops >= 0
                        })
                    else { return }
                    clock.advance(by: .seconds(600))
                    if isWritten { server.state.withLock { $0.versions[0] = others } }
                }
            }
            let found = await problem { try await client.write(HTTPSample.document(2), over: HTTPSample.document(1), lock: lock.id) }
            #expect(found == (isWritten ? .replaced : nil))
            #expect(server.document == (isWritten ? others : HTTPSample.document(2)))
        }
    }

    @Test("P8, P9: each refusal has words of its own, and none of them tells the password")
    func refusals() async throws {
        let echo = Array("{\"message\":\"bad login ci:\(HTTPSample.password) Y2k6Z2xwYXQtVmVyeS1TZWNyZXQtMDEyMzQ1Njc4OQ==\"}".utf8)
        let cases: [(HTTPAnswer, String)] = [
            (HTTPAnswer(status: 401, body: echo), "denied"), (HTTPAnswer(status: 403, body: echo), "denied"),
            (HTTPAnswer(status: 413, body: echo), "tooLarge"), (HTTPAnswer(status: 422, body: echo), "refused"),
            (HTTPAnswer(status: 302, fields: [("Location", "https://sso.example.com/x?token=\(HTTPSample.password)")]), "foreign"),
            (HTTPAnswer(status: 404, body: echo), "foreign"), (HTTPAnswer(status: 405, body: echo), "withoutLock"),
            (HTTPAnswer(status: 418, body: echo), "refused"),
        ]
        for (answer, word) in cases {
            let server = StateServer()
            let client = try HTTPSample.client(server)
            try await client.lock(HTTPSample.lock())
            server.fail(.answer(answer), .answer(HTTPAnswer(status: 204)))
            let found = await problem { try await client.write(HTTPSample.document(1), over: nil, lock: HTTPSample.lock().id) }
            #expect(words(found).hasPrefix(word), "\(answer.status): \(words(found))")
            #expect(!words(found).contains("Very-Secret") && !words(found).contains("Y2k6Z2xw"), "\(answer.status)")
            if answer.status == 302 { #expect(words(found).contains("sso.example.com")) }
        }
    }

    @Test("P1: a page that answers a lock with success is no lock, and a server that gives one lock to two gives none")
    func falseLocks() async throws {
        let server = StateServer()
        server.fail(.answer(HTTPAnswer(status: 200, body: Array("<html>Sign in</html>".utf8))))
        let client = try HTTPSample.client(server)
        guard case .foreign = await problem({ try await client.lock(HTTPSample.lock()) }) else {
            Issue.record("it was taken for a lock")
            return
        }
        let lax = StateServer(.plain)
        lax.state.withLock { $0.locksForEverybody = true }
        guard case .withoutLock = await problem({ try await HTTPSample.client(lax).lock(HTTPSample.lock()) }) else {
            Issue.record("it was taken for a lock")
            return
        }
        let silent = StateServer(.plain)
        silent.state.withLock { $0.tellsHolder = false }
        try await HTTPSample.client(silent).lock(HTTPSample.lock())
        #expect(await problem { try await HTTPSample.client(silent).lock(HTTPSample.lock(2)) } == .locked(nil))
    }

    @Test("P6: what a server says it has written is looked at where its rules are not known; JSON laid out anew is the same")
    func forgetful() async throws {
        let server = StateServer(.plain)
        let client = try HTTPSample.client(server)
        let lock = HTTPSample.lock()
        try await client.lock(lock)
        server.state.withLock { $0.rewrite = { $0.map { $0 == 0x0A ? 0x20 : $0 } } }
        try await client.write(HTTPSample.document(1), over: nil, lock: lock.id)
        server.state.withLock { $0.rewrite = { _ in Array("{}".utf8) } }
        guard case .foreign = await problem({ try await client.write(HTTPSample.document(2), over: HTTPSample.document(1), lock: lock.id) })
        else {
            Issue.record("it was believed")
            return
        }
    }

    @Test("P9: an answer that is damaged on the way, or without an end, is no document")
    func damagedAnswers() async throws {
        let server = StateServer()
        let client = try HTTPSample.client(server, ["TF_HTTP_RETRY_MAX": "0"])
        server.fail(.answer(HTTPAnswer(status: 200, fields: [("Content-MD5", "AAAAAAAAAAAAAAAAAAAAAA==")], body: HTTPSample.document(1))))
        guard case .unreachable = await problem({ _ = try await client.read() }) else {
            Issue.record("it was believed")
            return
        }
        server.fail(.answer(HTTPAnswer(status: 200, body: HTTPSample.document(1), isTruncated: true)))
        guard case .foreign = await problem({ _ = try await client.read() }) else {
            Issue.record("it was believed")
            return
        }
    }

    @Test("Over a socket: the methods LOCK and UNLOCK, the fields and the body are on the wire as they should be")
    func wire() async throws {
        try await RawServer.serve(.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), .close) { server, endpoint in
            let settings = try HTTPSample.settings(endpoint + "/s/n?tenant=7")
            let client = HTTPStateClient(
                settings, transport: HTTPStateTransport(settings, proxies: .none), version: "1.2.3", sleep: { _ in })
            try await client.unlock(HTTPSample.lock())
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("UNLOCK /s/n?tenant=7 HTTP/1.1\r\n"))
            #expect(request.contains("\r\nAuthorization: Basic ") && request.contains("\r\nContent-MD5: "))
            #expect(request.contains("\"ID\":\"\(HTTPSample.lock().id)\""))
        }
    }
}
