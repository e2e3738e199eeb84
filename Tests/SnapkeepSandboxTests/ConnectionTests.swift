import Testing

@testable import SnapkeepSandbox

/// HTTP/1.1 itself, as a connection shows it: where requests and answers begin and end, and who closes.
struct ConnectionTests {
    private static let list = "/v3/\(Fixture.project)/snapshots"
    private static let wish = #"{"snapshot": {"volume_id": "\#(Fixture.freeVolume)"}}"#

    private static func request(
        _ method: String = "GET", _ target: String = list, _ fields: [String] = [], body: String = "", version: String = "1.1"
    ) -> String {
        (["\(method) \(target) HTTP/\(version)", "Host: cloud"] + fields).joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private static func creation(_ fields: [String] = [], body: String = wish) -> String {
        request("POST", list, ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] + fields, body: body)
    }

    private static let last = request("GET", "/nothing", ["Connection: close"])

    /// What a client gets for these bytes, up to the end of the connection.
    private static func exchange(_ sent: String, _ configuration: SandboxConfiguration = Fixture.configuration()) async throws -> String {
        try await Bench.run(configuration) { bench in
            let connection = try RawConnection(port: bench.handle.port)
            await connection.send(sent)
            return await connection.receive()
        }
    }

    private static func statuses(_ received: String) -> [Int] {
        received.split(separator: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }
    }

    @Test("An answer tells its length and the time of the sandbox's clock")
    func head() async throws {
        let head = try await Self.exchange(Self.request("GET", "/", ["Connection: close"])).prefix { $0 != "{" }
        #expect(
            head == """
                HTTP/1.1 300 Multiple Choices\r
                Content-Type: application/json\r
                OpenStack-API-Version: volume 3.0\r
                Vary: OpenStack-API-Version\r
                X-Compute-Request-Id: req-00000000-0000-4000-9000-000000000001\r
                X-Openstack-Request-Id: req-00000000-0000-4000-9000-000000000001\r
                Content-Length: 560\r
                Date: Mon, 23 Nov 2026 20:16:34 GMT\r
                \r

                """)
    }

    @Test("Requests sent in one go are answered in their order, on one connection")
    func pipelined() async throws {
        let received = try await Self.exchange(
            Self.creation() + Self.request() + Self.request("GET", "/nothing") + Self.request("GET", "/", ["Connection: close"]))
        #expect(Self.statuses(received) == [202, 200, 404, 300])
    }

    @Test(
        "A connection stays open unless the client asks for its end",
        arguments: [
            ("1.1", [], true), ("1.1", ["Connection: keep-alive"], true), ("1.1", ["Connection: close"], false),
            ("1.1", ["Connection: Close"], false), ("1.1", ["Connection: x, close"], false), ("1.0", [], false),
            ("1.0", ["Connection: keep-alive"], true),
        ])
    func persistence(_ version: String, _ fields: [String], _ stays: Bool) async throws {
        let received = try await Self.exchange(Self.request("GET", Self.list, fields, version: version) + Self.last)
        #expect(Self.statuses(received) == (stays ? [200, 404] : [200]))
    }

    @Test("A body in chunks is read whole, and so are its trailers")
    func chunked() async throws {
        let (first, second) = (Self.wish.prefix(10), Self.wish.dropFirst(10))
        let body = "a\r\n\(first)\r\n\(String(second.count, radix: 16))\r\n\(second)\r\n0\r\nX-Sum: 1\r\n\r\n"
        let fields = ["Content-Type: application/json", "Transfer-Encoding: chunked"]
        #expect(Self.statuses(try await Self.exchange(Self.request("POST", Self.list, fields, body: body) + Self.last)) == [202, 404])
    }

    @Test("A client that waits for 100 Continue with its body is told to go on; one of HTTP/1.0 knows no such answer")
    func expectation() async throws {
        try await Bench.run { bench in
            let connection = try RawConnection(port: bench.handle.port)
            let whole = Self.creation(["Expect: 100-Continue", "Connection: close"])
            await connection.send(String(whole.dropLast(Self.wish.count)))
            #expect(await connection.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            await connection.send(Self.wish)
            #expect(Self.statuses(await connection.receive()) == [202])
        }
        let old = Self.creation(["Expect: 100-continue"]).replacing("HTTP/1.1", with: "HTTP/1.0")
        #expect(Self.statuses(try await Self.exchange(old)) == [202])
    }

    struct Body: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let size: Int
        var fields: [String] = []
        let statuses: [Int]
    }

    @Test(
        "A body may have 114688 bytes; of a longer one the rest is read and forgotten",
        arguments: [
            Body(testDescription: "at the limit", size: 114_688, statuses: [400, 404]),
            Body(testDescription: "above", size: 114_689, statuses: [413, 404]),
            Body(testDescription: "far above", size: 20_000_000, statuses: [413, 404]),
            Body(testDescription: "far above, and closing", size: 20_000_000, fields: ["Connection: close"], statuses: [413]),
        ])
    func limit(_ body: Body) async throws {
        try await Bench.run { bench in
            let connection = try RawConnection(port: bench.handle.port)
            let isTaken = await connection.send(Self.creation(body.fields, body: String(repeating: " ", count: body.size)))
            #expect(isTaken)
            await connection.send(Self.last)
            #expect(Self.statuses(await connection.receive()) == body.statuses)
        }
    }

    @Test("A body too large is refused before all of it has come")
    func early() async throws {
        try await Bench.run { bench in
            let connection = try RawConnection(port: bench.handle.port)
            let whole = Self.creation(body: String(repeating: " ", count: 150_000))
            await connection.send(String(whole.dropLast(10_000)))
            #expect(Self.statuses(await connection.receive(until: "max_request_body_size")) == [413])
        }
    }

    @Test(
        "No body follows the head of an answer to HEAD, whatever its length would be",
        arguments: [("/", "", 300, 0), ("/nothing", "", 404, 0), ("/", "* * 1 503", 503, 88)])
    func headOnly(_ target: String, _ fault: String, _ status: Int, _ length: Int) async throws {
        let faults = fault.isEmpty ? [] : [try FaultRule(parsing: fault)]
        let configuration = Fixture.configuration { $0.faults = faults }
        let received = try await Self.exchange(Self.request("HEAD", target) + Self.last, configuration)
        #expect(Self.statuses(received) == [status, 404])
        #expect(received.contains("\r\nContent-Length: \(length)\r\n"))
        #expect(received.contains("GMT\r\n\r\nHTTP/1.1 404"))
    }

    @Test("An answer of 204 has neither a body nor a length")
    func noContent() async throws {
        let configuration = Fixture.configuration { $0.identity = SandboxIdentity(user: "alice", password: "pass", project: "demo") }
        try await Bench.run(configuration) { bench in
            let log: JSONValue = [
                "auth": [
                    "identity": [
                        "methods": ["password"],
                        "password": ["user": ["name": "alice", "domain": ["name": "Default"], "password": "pass"]],
                    ]
                ]
            ]
            let token = try #require(try await bench.v3.post("//identity/v3/auth/tokens", log).headers["x-subject-token"])
            let connection = try RawConnection(port: bench.handle.port)
            await connection.send(
                Self.request("DELETE", "/identity/v3/auth/tokens", ["X-Auth-Token: \(token)", "X-Subject-Token: \(token)"]) + Self.last)
            let received = await connection.receive()
            #expect(Self.statuses(received) == [204, 404])
            #expect(received.split(separator: "HTTP/1.1 404").first?.contains("Content-Length") == false)
        }
    }

    @Test(
        "What is no request is refused with 400, after the answers to those before it, and ends the connection",
        arguments: [
            "hello\r\n\r\n", "GET / HTTP/1.1\r\nno field\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 82_000))\r\n\r\n",
            "GET / HTTP/1.1\r\n\(String(repeating: "X: a\r\n", count: 1001))\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        ])
    func broken(_ text: String) async throws {
        let received = try await Self.exchange(Self.request() + text)
        #expect(Self.statuses(received) == [200, 400])
        #expect(received.hasSuffix("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
    }

    @Test("A client that has ended its sending gets its answer; one that ends it within a request gets 400, and nothing is done")
    func halfClosed() async throws {
        try await Bench.run { bench in
            let whole = try RawConnection(port: bench.handle.port)
            await whole.send(Self.creation())
            whole.endSending()
            #expect(Self.statuses(await whole.receive()) == [202])
            let broken = try RawConnection(port: bench.handle.port)
            await broken.send(String(Self.creation().dropLast(5)))
            broken.endSending()
            #expect(Self.statuses(await broken.receive()) == [400])
            #expect(await bench.handle.snapshots().count == 1)
            #expect(await bench.handle.requests().count == 1)
        }
    }

    @Test("Clients that leave within a request, or before its answer, disturb no one")
    func deserters() async throws {
        try await Bench.run { bench in
            for _ in 1...20 {
                await (try RawConnection(port: bench.handle.port)).send(String(Self.creation().dropLast(5)))
                await (try RawConnection(port: bench.handle.port)).send(Self.request())
            }
            #expect(try await bench.v3.get("/snapshots").status == 200)
        }
    }

    @Test("A hundred connections are served side by side")
    func parallel() async throws {
        try await Bench.run { bench in
            let open = try (1...100).map { _ in try RawConnection(port: bench.handle.port) }
            // All are open before the first asks, and the last is the first to do so.
            for connection in open.reversed() { await connection.send(Self.request()) }
            for connection in open { #expect(Self.statuses(await connection.receive(until: "[]}")) == [200]) }
        }
    }

    @Test("A request through a proxy names the whole address; its host is the one of the Host field")
    func absoluteForm() async throws {
        let received = try await Self.exchange(
            Self.request("GET", "http://elsewhere:80\(Self.list)") + Self.request("GET", "http://elsewhere", ["Connection: close"]))
        #expect(Self.statuses(received) == [200, 300])
        #expect(received.contains(#""http://cloud/v3/""#))
    }
}

/// How a server ends.
struct EndTests {
    /// Runs a server that `body` gets the port of and the means to end, and waits for its end.
    private static func serving(
        _ configuration: SandboxConfiguration, patience: Duration = .seconds(300),
        _ body: (_ port: Int, _ end: () -> Void) async throws -> Void
    ) async throws {
        var server = SandboxServer(configuration: configuration)
        server.patience = patience
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        let serving = Task { [server] in try await server.run { port, _ in ready.yield(port) } }
        defer { serving.cancel() }
        var iterator = ports.makeAsyncIterator()
        try await body(try #require(await iterator.next()), { serving.cancel() })
        _ = try await serving.value
    }

    /// Larger than what the system takes for a client that reads nothing.
    private static let large = Fixture.configuration {
        $0.maxPageSize = 100_000
        $0.volumes = (1...10_000).map { number in
            SandboxVolume(
                id: "00000000-0000-4000-9000-" + String(1_000_000_000_000 + number).dropFirst(), name: String(repeating: "n", count: 250))
        }
    }

    private static let request = "GET /v3/\(Fixture.project)/volumes/detail HTTP/1.1\r\nHost: cloud\r\nConnection: close\r\n\r\n"

    @Test("A server that ends closes idle connections and its port", .timeLimit(.minutes(10)))
    func idle() async throws {
        try await Self.serving(Fixture.configuration()) { port, end in
            let connection = try RawConnection(port: port)
            await connection.send("GET /nothing HTTP/1.1\r\nHost: cloud\r\n\r\n")
            #expect(await connection.receive(until: "found.\n\n   ").hasPrefix("HTTP/1.1 404"))
            end()
            #expect(await connection.receive() == "")
            #expect(throws: RawConnection.Refused.self) { try RawConnection(port: port) }
        }
    }

    @Test("An answer under way is brought to its end, and no connection is accepted meanwhile", .timeLimit(.minutes(10)))
    func slowReader() async throws {
        try await Self.serving(Self.large) { port, end in
            let connection = try RawConnection(port: port, receiveBuffer: 4096)
            await connection.send(Self.request)
            let start = await connection.receive(until: "\r\n\r\n")
            end()
            try await waitUntil("the port is closed") { (try? RawConnection(port: port)) == nil }
            let received = start + (await connection.receive())
            let end = try #require(received.firstRange(of: "\r\n\r\n"))
            let length = received.firstRange(of: "Content-Length: ").flatMap { Int(received[$0.upperBound...].prefix { $0.isNumber }) }
            #expect(received[end.upperBound...].utf8.count == length)
        }
    }

    @Test("A client that does not take its answer, or does not end its request, is waited for, but not forever", .timeLimit(.minutes(10)))
    func stubborn() async throws {
        let clock = ContinuousClock()
        var clients: [RawConnection] = []
        var ending = clock.now
        try await Self.serving(Self.large, patience: .milliseconds(300)) { port, end in
            clients = [try RawConnection(port: port, receiveBuffer: 4096), try RawConnection(port: port)]
            await clients[0].send(Self.request)
            _ = await clients[0].receive(until: "HTTP")
            await clients[1].send("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx")
            ending = clock.now
            end()
        }
        #expect(ending.duration(to: clock.now) >= .milliseconds(300))
        withExtendedLifetime(clients) {}
    }

    @Test("An address that is taken is an error, and the data file is free again")
    func taken() async throws {
        let file = TemporaryFile()
        try await withSandbox(Fixture.configuration()) { handle in
            let second = Fixture.configuration {
                $0.port = handle.port
                $0.dataFile = file.path
            }
            let error = await #expect(throws: (any Error).self) {
                try await SandboxServer(configuration: second).run { _, _ in Issue.record("two servers on one port") }
            }
            #expect(error.map { String(describing: $0) }?.contains("Address already in use") == true)
        }
        try await withSandbox(Fixture.configuration { $0.dataFile = file.path }) { _ in }
    }
}
