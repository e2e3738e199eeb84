internal import Hummingbird
public import Logging
internal import NIOCore

/// A server of the block-storage API, for a first run without a cloud and for tests of the client.
///
/// It shares no code with the client. Requests signed with an access key are not verified; only `X-Auth-Token` is, when the
/// configuration has a token.
public struct SandboxServer: Sendable {
    private let configuration: SandboxConfiguration
    private let logger: Logger
    private let environment: SandboxEnvironment

    /// A server that is not running yet.
    public init(configuration: SandboxConfiguration, logger: Logger, environment: SandboxEnvironment = .live) {
        self.configuration = configuration
        self.logger = logger
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
        let responder = SandboxResponder(
            api: SandboxAPI(configuration: configuration, store: store), environment: environment)
        let application = Application(
            responder: responder,
            configuration: ApplicationConfiguration(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? 0) },
            logger: logger)
        do {
            try await application.run()
        } catch is CancellationError {
            // Being cancelled is how a server ends.
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }
}
