internal import Hummingbird
public import Logging
internal import NIOCore

/// A server of the block-storage API, for a first run without a cloud and for tests of the client.
///
/// It shares no code with the client. With a ``SandboxIdentity`` it gives tokens itself and verifies tokens and signatures; without one it
/// looks at `X-Auth-Token` when the configuration has a token, and else lets everybody in.
public struct SandboxServer: Sendable {
    private let configuration: SandboxConfiguration
    private let logger: Logger
    private let environment: SandboxEnvironment

    /// A server that is not running yet; without a logger it is silent.
    public init(configuration: SandboxConfiguration, logger: Logger? = nil, environment: SandboxEnvironment = .live) {
        self.configuration = configuration
        self.logger = logger ?? Logger(label: "snapkeep.sandbox", factory: { _ in SwiftLogNoOpLogHandler() })
        self.environment = environment
    }

    /// Serves until the task is cancelled: then no connection is accepted any more, and the requests that have come in are answered.
    ///
    /// - Parameter onReady: called once connections are accepted, with the port.
    /// - Throws: ``SandboxError`` when the data file cannot be used; the system's error when the address cannot be had.
    public func run(onReady: @Sendable @escaping (_ port: Int) async -> Void) async throws {
        let store = try SandboxStore(configuration, environment: environment)
        try await serve(store, onReady: onReady)
    }

    func serve(_ store: SandboxStore, onReady: @Sendable @escaping (_ port: Int) async -> Void) async throws {
        let traffic = Traffic()
        let responder = SandboxResponder(
            api: SandboxAPI(configuration: configuration, store: store, now: environment.now),
            environment: environment.waiting(in: traffic), traffic: traffic)
        // Below this level the framework reports the cancellation that ends it as an error; real ones are thrown.
        var logger = logger
        logger.logLevel = max(logger.logLevel, .critical)
        let application = Application(
            responder: responder,
            configuration: ApplicationConfiguration(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) },
            logger: logger)
        // Out of reach of the caller's cancellation: cancelled at once, the framework would drop the requests in flight.
        let serving = Task { try await application.run() }
        let result = await withTaskCancellationHandler {
            await serving.result
        } onCancel: {
            Task {
                await Self.drain(traffic, atMost: .seconds(5))
                serving.cancel()
            }
        }
        await store.close()
        do {
            try result.get()
        } catch is CancellationError {
            // Being cancelled is how a server ends.
        }
    }

    /// Waits for the requests in flight, but not for a client that does not take its answer.
    private static func drain(_ traffic: Traffic, atMost limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { await traffic.drain() }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}

extension SandboxEnvironment {
    /// The environment with waits that end when the server does.
    fileprivate func waiting(in traffic: Traffic) -> SandboxEnvironment {
        let sleep = sleep
        var environment = self
        environment.sleep = { duration in await traffic.wait { await sleep(duration) } }
        return environment
    }
}
