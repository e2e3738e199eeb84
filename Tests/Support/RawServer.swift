import NIOCore
import NIOPosix
import Synchronization

/// A server of a few lines that shares no HTTP code with the client: it reads one request's bytes and does what a test tells it.
final class RawServer: Sendable {
    enum Step: Sendable {
        /// Writes these bytes.
        case write(String)
        case close
        /// Leaves the connection open and says nothing more.
        case hang
    }

    private struct State {
        var requests: [String] = []
        var connections = 0
    }

    private let state = Mutex(State())
    private let arrival = AsyncStream.makeStream(of: Never.self)
    private let script: [[Step]]

    private init(_ script: [[Step]]) { self.script = script }

    var requests: [String] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }

    /// Returns once a whole request has come, or when its task is cancelled.
    func requestArrived() async { for await _ in arrival.stream {} }

    /// Serves each request alike.
    static func serve<Value>(_ steps: Step..., body: (RawServer, _ endpoint: String) async throws -> Value) async throws -> Value {
        try await serve(script: [steps], body: body)
    }

    /// Serves on a free port of the loopback address while `body` runs, the first request by the first steps and so on; the last steps
    /// serve all that follow. `body` gets the address.
    static func serve<Value>(script: [[Step]], body: (RawServer, _ endpoint: String) async throws -> Value) async throws -> Value {
        let server = RawServer(script)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Connection(server: server)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Result<Value, any Error>
        do { result = .success(try await body(server, "http://127.0.0.1:\(channel.localAddress?.port ?? 0)")) } catch {
            result = .failure(error)
        }
        try await channel.close()
        return try result.get()
    }

    fileprivate func connected() { state.withLock { $0.connections += 1 } }

    fileprivate func received(_ request: String) -> [Step] {
        let number = state.withLock { state in
            state.requests.append(request)
            return state.requests.count
        }
        arrival.continuation.finish()
        return script[min(number, script.count) - 1]
    }

    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let server: RawServer
        private var text = ""

        init(server: RawServer) { self.server = server }

        func channelActive(context: ChannelHandlerContext) { server.connected() }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard isWhole else { return }
            let request = text
            text = ""
            for step in server.received(request) {
                switch step {
                case .write(let bytes): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: bytes)), promise: nil)
                case .close: context.close(promise: nil)
                case .hang: break
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private var isWhole: Bool {
            // The first byte of a TLS handshake: there will be no blank line.
            if text.utf8.first == 0x16 { return true }
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            for line in parts[0].split(separator: "\r\n") where line.lowercased().hasPrefix("content-length: ") {
                return parts[1].utf8.count >= Int(line.dropFirst(16)) ?? 0
            }
            return true
        }
    }
}
