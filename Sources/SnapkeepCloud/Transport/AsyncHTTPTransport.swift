import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
public import SnapkeepEngine

/// HTTP/1.1 over TCP or TLS. It follows no redirect, repeats nothing, and uses no compression, so an answer is never larger than what
/// came over the wire.
public struct AsyncHTTPTransport: HTTPTransport {
    /// Time limits and sizes.
    public struct Configuration: Hashable, Sendable {
        /// For TCP and TLS together.
        public var connectTimeout: Duration
        /// From the call to the last byte of the answer.
        public var requestTimeout: Duration
        /// The most connections at once; as many as there are parallel requests.
        public var connections: Int
        public var trust: TrustSettings
        public var proxies: ProxyRules

        /// How long an unused connection is kept. A connection that the server has just closed costs a creation its certainty; five seconds is
        /// the shortest keep-alive that servers commonly have, so ours is shorter.
        public var idleTimeout: Duration

        /// Limits that suit a service on another continent.
        public init(
            connectTimeout: Duration = .seconds(10), requestTimeout: Duration = ExecutionPolicy.usualRequestTimeout, connections: Int = 16,
            idleTimeout: Duration = .seconds(4), trust: TrustSettings = .system, proxies: ProxyRules = .none
        ) {
            self.connectTimeout = connectTimeout
            self.requestTimeout = requestTimeout
            self.connections = max(1, connections)
            self.idleTimeout = idleTimeout
            self.trust = trust
            self.proxies = proxies
        }
    }

    private let direct: HTTPClient
    /// One for each proxy: the library knows one proxy for a client.
    private let behind: [ProxyServer: HTTPClient]
    private let configuration: Configuration
    private let sleep: @Sendable (Duration) async throws -> Void

    /// Opens a transport for the time of `body` and closes its connections afterwards.
    ///
    /// - Parameter sleep: waits, and throws when its task is cancelled; the request's time limit is measured with it.
    public static func with<Value>(
        _ configuration: Configuration = Configuration(),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        isolation: isolated (any Actor)? = #isolation,
        _ body: (AsyncHTTPTransport) async throws -> Value
    ) async throws -> Value {
        let proxies = Set([configuration.proxies.http, configuration.proxies.https].compactMap { $0 })
        return try await HTTPClient.withHTTPClient(configuration: .init(configuration)) { direct in
            try await withClients(behind: Array(proxies), [:], configuration) { behind in
                try await body(AsyncHTTPTransport(direct: direct, behind: behind, configuration: configuration, sleep: sleep))
            }
        }
    }

    private static func withClients<Value>(
        behind proxies: [ProxyServer], _ open: [ProxyServer: HTTPClient], _ configuration: Configuration,
        isolation: isolated (any Actor)? = #isolation, _ body: ([ProxyServer: HTTPClient]) async throws -> Value
    ) async throws -> Value {
        guard let proxy = proxies.first else { return try await body(open) }
        return try await HTTPClient.withHTTPClient(configuration: .init(configuration, proxy: proxy)) { client in
            try await withClients(
                behind: Array(proxies.dropFirst()), open.merging([proxy: client]) { first, _ in first }, configuration, body)
        }
    }

    public func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        let progress = SendProgress()
        let limit = min(configuration.requestTimeout, request.timeLimit ?? configuration.requestTimeout)
        let result = await withTaskGroup(of: Event.self, returning: Result<HTTPAnswer, TransportFault>.self) { group in
            // The library's own deadline ends with the head of the answer; this one covers the body too.
            group.addTask {
                do { try await sleep(limit) } catch { return .timerStopped }
                return .timeIsUp
            }
            group.addTask { .ended(await exchange(request, progress)) }
            var timeIsUp = false
            for await event in group {
                switch event {
                case .timerStopped: continue
                case .timeIsUp:
                    timeIsUp = true
                    group.cancelAll()
                case .ended(.success(let answer)):
                    group.cancelAll()
                    return .success(answer)
                case .ended(.failure(let fault)):
                    group.cancelAll()
                    return .failure(
                        timeIsUp ? TransportFault(fault.kind, "no answer within \(limit.secondsText)") : fault)
                }
            }
            return .failure(TransportFault(.uncertain, "the request ended without a result"))
        }
        return try result.get()
    }

    /// Longer bodies are rare.
    private static let usualLength = 1 << 20

    /// No error answer is read further, in bytes: the longest envelope quotes the request.
    private static let errorLimit = 256 << 10

    private enum Event: Sendable {
        case ended(Result<HTTPAnswer, TransportFault>)
        case timeIsUp
        case timerStopped
    }

    private func exchange(_ request: OutgoingRequest, _ progress: SendProgress) async -> Result<HTTPAnswer, TransportFault> {
        do {
            let client = configuration.proxies.proxy(for: request.endpoint).flatMap { behind[$0] } ?? direct
            let response = try await client.execute(HTTPClientRequest(request, progress), deadline: .distantFuture)
            var answer = HTTPAnswer(
                status: Int(response.status.code), fields: response.headers.map { (name: $0.name, value: $0.value) })
            let limit = answer.status < 400 ? request.answerLimit : min(request.answerLimit, Self.errorLimit)
            let announced = response.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            if announced > limit {
                answer.isTruncated = true
                return .success(answer)
            }
            // Grown step by step, a large body would stand in memory twice. What is reserved and not written to costs nothing.
            answer.body.reserveCapacity(max(0, announced))
            for try await chunk in response.body {
                if answer.body.count + chunk.readableBytes > limit {
                    answer.isTruncated = true
                    return .success(answer)
                }
                if answer.body.count + chunk.readableBytes > max(Self.usualLength, answer.body.capacity) {
                    answer.body.reserveCapacity(limit)
                }
                answer.body.append(contentsOf: chunk.readableBytesView)
            }
            return .success(answer)
        } catch {
            return .failure(TransportFault(sorting: error, of: request, progress))
        }
    }
}

extension HTTPClient.Configuration {
    /// Nothing is left to the library's defaults that matters to what may be sent twice or to whom.
    init(_ configuration: AsyncHTTPTransport.Configuration, proxy: ProxyServer? = nil) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        configuration.trust.apply(to: &tls)
        var pool = ConnectionPool(
            idleTimeout: TimeAmount(configuration.idleTimeout), concurrentHTTP1ConnectionsPerHostSoftLimit: configuration.connections)
        // One attempt: to try again is the caller's part.
        pool.retryConnectionEstablishment = false
        self.init(
            tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: TimeAmount(configuration.connectTimeout)),
            connectionPool: pool, decompression: .disabled)
        httpVersion = .http1Only
        self.proxy = proxy.map(Proxy.init)
    }
}

extension HTTPClient.Configuration.Proxy {
    init(_ server: ProxyServer) {
        self =
            switch server.kind {
            case .socks5: .socksServer(host: server.host, port: server.port)
            case .http:
                .server(
                    host: server.host, port: server.port,
                    authorization: server.user.map { .basic(username: $0, password: server.password ?? "") })
            }
    }
}

extension HTTPClientRequest {
    init(_ request: OutgoingRequest, _ progress: SendProgress) {
        self.init(url: "\(request.endpoint.scheme.rawValue)://\(request.endpoint.authority)\(request.target)")
        method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.fields { headers.add(name: field.name, value: field.value) }
        if let bytes = request.body {
            let watched = WatchedBody(bytes: ByteBuffer(bytes: bytes), progress: progress, mayLeave: request.mayLeave)
            body = .stream(watched, length: .known(Int64(bytes.count)))
        }
    }
}

extension Duration {
    /// `60 s`, `0.5 s`.
    var secondsText: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        return milliseconds == 0 ? "\(seconds) s" : "\(seconds * 1000 + milliseconds) ms"
    }
}
