import Logging
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering

/// The cloud of some settings, logged in to and ready for requests.
struct CloudAccess: Sendable {
    let session: CloudSession
    /// What the service says of itself; it decides the microversion.
    let service: ServiceDescription
    let client: CinderClient

    /// Logs in, finds the endpoint and asks for its versions; the connections last as long as `body` runs.
    ///
    /// - Parameter wanted: the project to ask for where the settings name none.
    /// - Throws: `Failure` when settings or credentials do not lead to the block storage of one project.
    static func with<Value: Sendable>(
        _ settings: CloudSettings, wanted: ProjectID? = nil, environment: ProcessEnvironment, parallelism: Int = 16,
        listBound: Int = ListProgress.usualBound, logger: Logger, _ body: @Sendable (CloudAccess) async throws -> Value
    ) async throws -> Value {
        try await entering(
            settings, wanted: wanted, environment: environment, parallelism: parallelism, listBound: listBound, logger: logger
        ) { entrance in
            try await body(try await entrance.access())
        }
    }

    /// Logs in; where the block storage is stays open, for `doctor`, which tells the steps apart.
    ///
    /// - Throws: `Failure` when settings or credentials do not get in.
    static func entering<Value: Sendable>(
        _ settings: CloudSettings, wanted: ProjectID? = nil, environment: ProcessEnvironment, parallelism: Int = 16,
        listBound: Int = ListProgress.usualBound, logger: Logger, _ body: @Sendable (Entrance) async throws -> Value
    ) async throws -> Value {
        let login = try settings.login(wanted: wanted)
        return try await transport(settings, environment, parallelism) { transport in
            let entrance: CloudEntrance
            do throws(CloudLoginProblem) {
                entrance = try await login.enter(transport, version: Snapkeep.version, logger: logger, now: SystemTime.now)
            } catch { throw Failure(.error, .loginFailed(error)) }
            return try await body(Entrance(cloud: entrance, transport: transport, listBound: listBound, logger: logger))
        }
    }

    /// Connections as the settings want them.
    static func transport<Value: Sendable>(
        _ settings: CloudSettings, _ environment: ProcessEnvironment, _ parallelism: Int,
        _ body: @Sendable (AsyncHTTPTransport) async throws -> Value
    ) async throws -> Value {
        try ProcessLimits.check(connections: parallelism)
        let configuration = AsyncHTTPTransport.Configuration(
            connections: parallelism, trust: try settings.trust(environment), proxies: settings.proxies)
        return try await AsyncHTTPTransport.with(configuration, body)
    }

    /// Somebody who is logged in, and the connections to go on with.
    struct Entrance: Sendable {
        let cloud: CloudEntrance
        fileprivate let transport: AsyncHTTPTransport
        fileprivate let listBound: Int
        fileprivate let logger: Logger

        /// Finds the endpoint and asks for its versions.
        ///
        /// - Throws: `Failure` when the catalog does not tell the endpoint.
        func access() async throws -> CloudAccess {
            let session: CloudSession
            do throws(CloudLoginProblem) { session = try cloud.session() } catch { throw Failure(.error, .loginFailed(error)) }
            return await CloudAccess.to(session, transport, listBound, logger)
        }
    }

    private static func to(
        _ session: CloudSession, _ transport: AsyncHTTPTransport, _ listBound: Int, _ logger: Logger
    ) async -> CloudAccess {
        func client(_ microversion: Microversion?) -> CinderClient {
            CinderClient(
                endpoint: session.endpoint, projectID: session.projectID, transport: transport, authorizer: session.authorizer,
                configuration: .init(listBound: listBound, version: Snapkeep.version, microversion: microversion), logger: logger,
                now: SystemTime.now)
        }
        // v2 knows no microversions, so that there is nothing to ask.
        guard session.endpoint.version == .v3 else {
            return CloudAccess(session: session, service: ServiceDescription(), client: client(nil))
        }
        let service = await client(nil).describeService()
        return CloudAccess(session: session, service: service, client: client(service.microversion(for: session.endpoint.version)))
    }
}

extension Diagnostic {
    static func loginFailed(_ problem: CloudLoginProblem) -> Diagnostic {
        guard case .fault(let fault) = problem else {
            return Diagnostic(.error, code: "login-failed", VisibleText.escaped(problem.message), help: problem.help)
        }
        let lead = fault.kind == .unauthenticated ? fault.accessRefused : "the log-in failed"
        return Diagnostic(
            .error, code: "login-failed", "\(lead): \(fault.words)\(fault.brackets)", at: .named(VisibleText.escaped(fault.request)),
            help: problem.help)
    }
}
