internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// The socket that clients connect to.
struct Listener: Sendable {
    /// A connection's requests in parts. Answers go to its channel directly, which tells when they have been handed to the system.
    typealias Stream = NIOAsyncChannel<HTTPServerRequestPart, Never>

    private let server: NIOAsyncChannel<Stream, Never>

    /// What a head may hold.
    private static let headLimits = {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = 80 * 1024
        limits.maxHeaderFieldCount = 1000
        return limits
    }()

    /// Listens; port 0 takes any free one.
    ///
    /// - Throws: the system's error when the address cannot be had.
    init(host: String, port: Int) async throws {
        server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // A client that has said all it has to say is still owed its answers.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Neither help is needed: requests are taken from the stream one by one, and a broken one where it stands in it, so
                    // that its refusal does not overtake the answers to those before it.
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: false, withErrorHandling: false, withEncoderConfiguration: .init(),
                        withDecoderLimitConfiguration: Self.headLimits)
                    return try Stream(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// The port that it has.
    var port: Int { server.channel.localAddress?.port ?? 0 }

    /// Serves each connection in a task of its own, until the listener is closed and all connections are over, or the task is cancelled.
    func accept(_ serve: @Sendable @escaping (Stream) async -> Void) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await server.executeThenClose { streams in
                for try await stream in streams { group.addTask { await serve(stream) } }
            }
        }
    }

    /// Accepts no connection any more.
    func close() async {
        try? await server.channel.close()
    }
}
