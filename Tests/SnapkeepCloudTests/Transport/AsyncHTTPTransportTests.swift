import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization
import Testing

@testable import SnapkeepCloud

/// The real transport against a real socket: what went out, and what is known about it afterwards.
struct AsyncHTTPTransportTests {
    /// Waits for ever, until its task is cancelled: time stands still.
    private static let never: @Sendable (Duration) async throws -> Void = { _ in
        for await _ in AsyncStream<Never>.makeStream().stream {}
        throw CancellationError()
    }

    private func post(_ endpoint: String, limit: Int = 1 << 20) throws -> OutgoingRequest {
        OutgoingRequest(
            method: .post, endpoint: try Endpoint.parse(endpoint).endpoint, path: "/v3/p/snapshots",
            fields: [HeaderField("Content-Type", "application/json"), HeaderField("X-Auth-Token", Secret(Sample.token))],
            body: Array(#"{"a":1}"#.utf8), answerLimit: limit)
    }

    private func get(_ endpoint: String, path: String = "/v3/p/snapshots", query: String = "", limit: Int = 1 << 20) throws
        -> OutgoingRequest
    {
        OutgoingRequest(
            method: .get, endpoint: try Endpoint.parse(endpoint).endpoint, path: path, query: query,
            fields: [HeaderField("X-Auth-Token", Secret(Sample.token))], answerLimit: limit)
    }

    private func result(
        _ request: OutgoingRequest, sleep: @escaping @Sendable (Duration) async throws -> Void = never
    ) async throws -> Result<HTTPAnswer, TransportFault> {
        try await AsyncHTTPTransport.with(sleep: sleep) { transport in
            do throws(TransportFault) { return .success(try await transport.send(request)) } catch { return .failure(error) }
        }
    }

    private func fault(_ result: Result<HTTPAnswer, TransportFault>) -> TransportFault? {
        if case .failure(let fault) = result { fault } else { nil }
    }

    @Test("A request goes out as it was made, and its answer comes back whole")
    func roundTrip() async throws {
        let bytes = "HTTP/1.1 202 Accepted\r\nX-Request-Id: req-1\r\nContent-Length: 2\r\n\r\n{}"
        try await RawServer.serve(.write(bytes)) { server, endpoint in
            let answer = try await result(post(endpoint)).get()
            #expect(answer.status == 202)
            #expect(answer.field("x-request-id") == "req-1")
            #expect(answer.body == Array("{}".utf8) && !answer.isTruncated)
            let request = try #require(server.requests.first)
            #expect(request.hasPrefix("POST /v3/p/snapshots HTTP/1.1\r\n"))
            #expect(request.hasSuffix("\r\n\r\n{\"a\":1}"))
            #expect(request.lowercased().contains("content-length: 7\r\n"))
            #expect(request.contains("X-Auth-Token: \(Sample.token)\r\n"))
            #expect(!request.lowercased().contains("transfer-encoding") && !request.lowercased().contains("accept-encoding"))
        }
    }

    @Test("The query that was computed is the query that is sent, and an escaped segment stays escaped")
    func target() async throws {
        try await RawServer.serve(.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) { server, endpoint in
            let query = "limit=50&marker=a%2Fb%2Bc%3Dd&name=nightly%20db%20%2B%20%C3%A9t%C3%A9~1"
            _ = try await result(get(endpoint, path: "/volume/v3/p/snapshots/i/metadata/cost%20center%2F%C3%BC%3F%25.%3A", query: query))
                .get()
            #expect(
                server.requests.first?.hasPrefix(
                    "GET /volume/v3/p/snapshots/i/metadata/cost%20center%2F%C3%BC%3F%25.%3A?\(query) HTTP/1.1\r\n") == true)
        }
    }

    @Test("A connection that is refused: nothing was sent")
    func refused() async throws {
        // A port that no server of another test is given.
        let endpoint = "http://127.0.0.1:1"
        for request in [try post(endpoint), try get(endpoint)] {
            let fault = fault(try await result(request))
            #expect(fault?.kind == .notSent)
            #expect(fault?.message.hasSuffix(": connection refused") == true)
        }
    }

    @Test("P1: a request whose time is over when its connection is there does not leave; the next one does")
    func tooLate() async throws {
        try await RawServer.serve(.write("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}")) { server, endpoint in
            let asked = Atomic(0)
            var late = try post(endpoint)
            late.mayLeave = { asked.add(1, ordering: .relaxed).newValue > 1 }
            try await AsyncHTTPTransport.with(sleep: Self.never) { transport in
                #expect(
                    fault(await transport.outcome(late)) == TransportFault(.notSent, "it took too long until the request could leave"))
                // A whole request is noted, and there was none.
                #expect(server.requests.isEmpty && asked.load(ordering: .relaxed) == 1)
                let answer = await transport.outcome(late)
                #expect((try? answer.get())?.status == 202)
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test("A host name that does not exist: nothing was sent")
    func unknownHost() async throws {
        let fault = fault(try await result(post("http://no-such-host.invalid")))
        #expect(fault == TransportFault(.notSent, "the host name no-such-host.invalid was not found"))
    }

    @Test("A server that does not speak TLS: nothing was sent, and the token stayed here")
    func noTLS() async throws {
        try await RawServer.serve(.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), .close) { server, endpoint in
            let secure = "https" + endpoint.dropFirst(4)
            for request in [try post(secure), try get(secure)] {
                let fault = fault(try await result(request))
                #expect(fault?.kind == .notSent)
                #expect(fault?.message.hasSuffix("does not speak TLS") == true && fault?.cause == .withoutTLS)
            }
            #expect(server.requests.count == 2 && !server.requests.contains { $0.contains(Sample.token) })
        }
    }

    @Test("P1: a connection that closes before, within or after the head of the answer leaves it uncertain; nothing is sent twice")
    func closed() async throws {
        let beginnings = [
            "", "HTTP/1.1 202 Acc", "HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{\"snapshot\"",
            "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"sna\r\n",
        ]
        for beginning in beginnings {
            try await RawServer.serve(.write(beginning), .close) { server, endpoint in
                for request in [try post(endpoint), try get(endpoint)] {
                    let before = server.requests.count
                    let fault = fault(try await result(request))
                    #expect(fault?.kind == .uncertain)
                    #expect(fault?.message.contains("127.0.0.1") == true)
                    #expect(server.requests.count == before + 1)
                }
            }
        }
    }

    @Test("P1: a connection kept alive that the server closes on the next request is no reason to send that one again")
    func closedWhenReused() async throws {
        let answer = RawServer.Step.write("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        try await RawServer.serve(script: [[answer], [.close], [answer]]) { server, endpoint in
            let request = try post(endpoint)
            // Kept for so long that a busy machine cannot outlast it.
            try await AsyncHTTPTransport.with(.init(idleTimeout: .seconds(600)), sleep: Self.never) { transport in
                let answer = try await transport.send(request)
                #expect(answer.status == 202)
                #expect(fault(await transport.outcome(request))?.kind == .uncertain)
                #expect(server.requests.count == 2 && server.connections == 1)
            }
        }
    }

    @Test("What is no HTTP is uncertain")
    func garbage() async throws {
        try await RawServer.serve(.write("220 mail.example.com ESMTP\r\n\r\n"), .close) { _, endpoint in
            let result = try await result(post(endpoint))
            #expect(fault(result)?.kind == .uncertain)
        }
    }

    @Test(
        "No answer in time is uncertain, also when the head came and the body did not; a request may have a shorter time of its own",
        .timeLimit(.minutes(10)),
        arguments: ["", "HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\n{"])
    func timeOut(_ beginning: String) async throws {
        try await RawServer.serve(.write(beginning), .hang) { server, endpoint in
            // Time runs out when the server has the request.
            let fault = fault(try await result(post(endpoint)) { _ in await server.requestArrived() })
            #expect(fault == TransportFault(.uncertain, "no answer within 60 s"))
        }
        for (given, kept) in [(10, 10), (600, 60)] {
            try await RawServer.serve(.write(beginning), .hang) { server, endpoint in
                var request = try post(endpoint)
                request.timeLimit = .seconds(given)
                let asked = Mutex<Duration?>(nil)
                let found = try await result(request) { limit in
                    asked.withLock { $0 = limit }
                    await server.requestArrived()
                }
                #expect(fault(found) == TransportFault(.uncertain, "no answer within \(kept) s"))
                #expect(asked.withLock { $0 } == .seconds(kept))
            }
        }
    }

    @Test("Time that runs out while the request waits for a connection: nothing was sent", .timeLimit(.minutes(10)))
    func timeOutBeforeSending() async throws {
        try await RawServer.serve(.hang) { server, endpoint in
            let request = try post(endpoint)
            let calls = Mutex(0)
            // Time stands still for the first request and is up for the second.
            let sleep: @Sendable (Duration) async throws -> Void = { duration in
                let call = calls.withLock { calls in
                    calls += 1
                    return calls
                }
                if call == 1 { try await Self.never(duration) }
            }
            try await AsyncHTTPTransport.with(.init(connections: 1), sleep: sleep) { transport in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = await transport.outcome(request) }
                    await server.requestArrived()
                    #expect(fault(await transport.outcome(request)) == TransportFault(.notSent, "no answer within 60 s"))
                    group.cancelAll()
                }
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test("A cancelled request is uncertain once it was sent", .timeLimit(.minutes(10)))
    func cancelled() async throws {
        try await RawServer.serve(.hang) { server, endpoint in
            let request = try post(endpoint)
            let result = try await AsyncHTTPTransport.with(sleep: Self.never) { transport in
                await withTaskGroup(of: Result<HTTPAnswer, TransportFault>.self) { group in
                    group.addTask { await transport.outcome(request) }
                    await server.requestArrived()
                    group.cancelAll()
                    return await group.next()!
                }
            }
            #expect(fault(result)?.kind == .uncertain)
        }
    }

    @Test(
        "An answer is read to its limit, announced or not, and no further",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n12345678901",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n",
            // Announced and never sent: the transport does not wait for it.
            "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n",
        ])
    func limit(_ bytes: String) async throws {
        try await RawServer.serve(.write(bytes), .hang) { _, endpoint in
            let answer = try await result(get(endpoint, limit: 10)).get()
            #expect(answer.isTruncated && answer.body.count <= 10 && answer.status == 200)
        }
    }

    @Test("An answer of exactly the limit is whole")
    func exactLimit() async throws {
        try await RawServer.serve(.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234567890")) { _, endpoint in
            let answer = try await result(get(endpoint, limit: 10)).get()
            #expect(!answer.isTruncated && answer.body.count == 10)
        }
    }

    @Test("P8: a redirect is an answer like any other; the host that it names gets no connection and so no token")
    func redirect() async throws {
        try await RawServer.serve(.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) { other, otherEndpoint in
            for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
                let bytes = "HTTP/1.1 \(status)\r\nLocation: \(otherEndpoint)/v3/p/snapshots\r\nContent-Length: 0\r\n\r\n"
                try await RawServer.serve(.write(bytes)) { server, endpoint in
                    for request in [try post(endpoint), try get(endpoint)] {
                        #expect((300..<400).contains(try await result(request).get().status))
                    }
                    #expect(server.requests.count == 2)
                }
            }
            #expect(other.connections == 0)
        }
    }

    @Test("An error answer that comes while the server drops the connection is still read")
    func errorAndClose() async throws {
        let bytes = "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        try await RawServer.serve(.write(bytes), .close) { _, endpoint in
            let answer = try await result(post(endpoint)).get()
            #expect(answer.status == 429 && answer.field("Retry-After") == "3")
        }
    }

    @Test("TLS is 1.2 or later, HTTP is 1.1, and there is always room for one connection")
    func configuration() {
        let made = HTTPClient.Configuration(AsyncHTTPTransport.Configuration(connections: 0))
        #expect(made.tlsConfiguration?.minimumTLSVersion == .tlsv12)
        #expect(made.tlsConfiguration?.certificateVerification == .fullVerification)
        #expect(made.httpVersion == .http1Only)
        #expect(made.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit == 1)
        #expect(made.timeout.connect == .seconds(10))
    }
}

extension AsyncHTTPTransport {
    fileprivate func outcome(_ request: OutgoingRequest) async -> Result<HTTPAnswer, TransportFault> {
        do { return .success(try await send(request)) } catch { return .failure(error) }
    }
}
