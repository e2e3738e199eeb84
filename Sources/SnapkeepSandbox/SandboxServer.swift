/// A server of the block-storage API, for a first run without a cloud and for tests of the client.
///
/// It shares no code with the client. With a ``SandboxIdentity`` it gives tokens itself and verifies tokens and signatures; without one it
/// looks at `X-Auth-Token` when the configuration has a token, and else lets everybody in.
public struct SandboxServer: Sendable {
    private let configuration: SandboxConfiguration
    private let environment: SandboxEnvironment
    /// How long a server that ends waits for a client that does not take its answer.
    var patience = Duration.seconds(5)

    /// A server that is not running yet.
    public init(configuration: SandboxConfiguration, environment: SandboxEnvironment = .live) {
        self.configuration = configuration
        self.environment = environment
    }

    /// Serves until the task is cancelled: then no connection is accepted any more, and the requests that have come in are answered.
    ///
    /// - Parameter onReady: called once connections are accepted, with the port and what the sandbox begins with.
    /// - Returns: what it holds in the end.
    /// - Throws: ``SandboxError`` when the data file cannot be used; the system's error when the address cannot be had.
    @discardableResult
    public func run(onReady: @Sendable @escaping (_ port: Int, SandboxContents) async -> Void) async throws -> SandboxContents {
        let store = try SandboxStore(configuration, environment: environment)
        try await serve(store) { port in await onReady(port, store.contents()) }
        return await store.contents()
    }

    func serve(_ store: SandboxStore, onReady: @Sendable @escaping (_ port: Int) async -> Void) async throws {
        let result: Result<Void, any Error>
        do {
            result = await serve(store, on: try await Listener(host: configuration.host, port: configuration.port), onReady: onReady)
        } catch {
            result = .failure(error)
        }
        await store.close()
        do {
            try result.get()
        } catch is CancellationError {
            // Being cancelled is how a server ends.
        }
    }

    private func serve(
        _ store: SandboxStore, on listener: Listener, onReady: @Sendable @escaping (_ port: Int) async -> Void
    ) async -> Result<Void, any Error> {
        let traffic = Traffic()
        let responder = SandboxResponder(
            api: SandboxAPI(configuration: configuration, store: store, now: environment.now),
            environment: environment.waiting(in: traffic), traffic: traffic)
        // Out of reach of the caller's cancellation: cancelled at once, the connections would drop the requests in flight.
        let serving = Task {
            await onReady(listener.port)
            try await listener.accept(responder.serve)
        }
        return await withTaskCancellationHandler {
            await serving.result
        } onCancel: {
            Task {
                await listener.close()
                await Self.drain(traffic, atMost: patience)
                serving.cancel()
            }
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
