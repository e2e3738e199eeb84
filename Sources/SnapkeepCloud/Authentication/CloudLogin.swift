public import Logging
public import SnapkeepCore
public import SnapkeepEngine

/// How to get at the block storage of one project: the credential, and where the service is or who knows it.
public struct CloudLogin: Sendable {
    /// With what to prove who asks.
    public enum Credential: Sendable {
        /// A token that is used as it stands.
        case token(StaticToken)
        /// What the identity service gives a token for.
        case identity(IdentityLogin, service: Endpoint)
        /// An access key, and the identity service to ask for the project's id where that is not known.
        case accessKey(AccessKey, service: Endpoint?)
    }

    public var credential: Credential
    /// Instead of what the service catalog says; without an identity service there is no catalog.
    public var endpoint: Endpoint?
    public var projectID: ProjectID?
    /// For an access key without a project id: the name to look it up by, mostly that of the region.
    public var projectName: String?
    public var region: String?
    public var interface: EndpointInterface
    /// The version of the block-storage API; `nil` takes what the catalog says.
    public var version: Endpoint.Version?

    /// A way in, of its parts.
    public init(
        credential: Credential, endpoint: Endpoint? = nil, projectID: ProjectID? = nil, projectName: String? = nil, region: String? = nil,
        interface: EndpointInterface = .public, version: Endpoint.Version? = nil
    ) {
        self.credential = credential
        self.endpoint = endpoint
        self.projectID = projectID
        self.projectName = projectName
        self.region = region
        self.interface = interface
        self.version = version
    }

    /// Gets a token, finds the endpoint in its catalog, looks up the project: whatever of it is needed.
    ///
    /// - Parameters:
    ///   - version: the program's, for `User-Agent`.
    ///   - now: the wall clock.
    /// - Throws: `CloudLoginProblem`.
    public func open(
        _ transport: any HTTPTransport, version: String = "dev", logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) async throws(CloudLoginProblem) -> CloudSession {
        try await enter(transport, version: version, logger: logger, now: now).session()
    }

    /// The first half of `open`: who asks, and for which project.
    ///
    /// - Throws: `CloudLoginProblem`, never one of the catalog.
    public func enter(
        _ transport: any HTTPTransport, version: String = "dev", logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) async throws(CloudLoginProblem) -> CloudEntrance {
        func service(_ base: Endpoint) -> IdentityService {
            IdentityService(base: base, transport: transport, version: version, logger: logger, now: now)
        }
        func entrance(_ project: ProjectID, _ authorizer: any Authorizer, _ token: IssuedToken?) -> CloudEntrance {
            let query = ServiceCatalog.Query(interface: interface, region: region, version: self.version, project: project)
            return CloudEntrance(projectID: project, authorizer: authorizer, token: token, endpoint: endpoint, query: query)
        }
        switch credential {
        case .token(let token):
            guard endpoint != nil else { throw .noEndpoint }
            guard let projectID else { throw .unscoped }
            return entrance(projectID, token, nil)
        case .identity(let login, let base):
            let (token, session) = try await begin(login, at: service(base), now)
            guard let project = token.projectID else { throw .unscoped }
            if let projectID, projectID != project { throw .otherProject(wanted: projectID, token: project) }
            return entrance(project, session, token)
        case .accessKey(let key, let base):
            guard endpoint != nil else { throw .noEndpoint }
            var project = projectID
            if project == nil, let base { project = try await lookUpProject(key, at: service(base), now) }
            guard let project else { throw .unscoped }
            return entrance(project, RequestSigner(key: key, projectID: project, now: now), nil)
        }
    }

    private func begin(
        _ login: IdentityLogin, at service: IdentityService, _ now: @escaping @Sendable () -> Timestamp
    ) async throws(CloudLoginProblem) -> (IssuedToken, TokenSession) {
        let askedAt = now()
        let token: IssuedToken
        do { token = try await service.issue(login, catalog: endpoint == nil) } catch { throw .fault(error) }
        let canRenew = if case .token = login { false } else { true }
        let session = TokenSession(first: token, askedAt: askedAt, canRenew: canRenew, now: now) { () async throws(ServiceFault) in
            try await service.issue(login, catalog: false)
        }
        return (token, session)
    }

    private func lookUpProject(
        _ key: AccessKey, at service: IdentityService, _ now: @escaping @Sendable () -> Timestamp
    ) async throws(CloudLoginProblem) -> ProjectID {
        guard let name = projectName ?? region else { throw .unscoped }
        let found: [ProjectID]
        do { found = try await service.projects(named: name, signer: RequestSigner(key: key, projectID: nil, now: now)) } catch {
            throw .fault(error)
        }
        guard found.count == 1 else { throw .projects(name: name, found: found) }
        return found[0]
    }
}

/// Who asks, and for which project; where the block storage is may still be open.
public struct CloudEntrance: Sendable {
    public let projectID: ProjectID
    public let authorizer: any Authorizer
    /// Where the identity service gave one.
    public let token: IssuedToken?
    let endpoint: Endpoint?
    let query: ServiceCatalog.Query

    /// The second half of `CloudLogin.open`: where the block storage is.
    ///
    /// - Throws: `CloudLoginProblem` when neither the settings nor the catalog tell it.
    public func session() throws(CloudLoginProblem) -> CloudSession {
        if let endpoint { return CloudSession(endpoint: endpoint, regions: [], projectID: projectID, authorizer: authorizer, token: token) }
        guard let token else { throw .noEndpoint }
        do throws(CatalogProblem) {
            let place = try token.catalog.blockStorage(query)
            return CloudSession(
                endpoint: place.endpoint, regions: place.regions, projectID: projectID, authorizer: authorizer, token: token)
        } catch { throw .catalog(error) }
    }
}

/// What is needed to speak to the block storage of one project.
public struct CloudSession: Sendable {
    public let endpoint: Endpoint
    /// Those for which the catalog lists the endpoint; empty where no catalog was asked, or where it names none.
    public let regions: [String]
    public let projectID: ProjectID
    public let authorizer: any Authorizer
    /// The token that the session began with, where the identity service gave one.
    public let token: IssuedToken?
}

/// Why there is no way in.
public enum CloudLoginProblem: Error, Hashable, Sendable {
    /// The identity service refused, or did not answer.
    case fault(ServiceFault)
    case catalog(CatalogProblem)
    case noEndpoint
    /// No project is named, or the token is for none.
    case unscoped
    case otherProject(wanted: ProjectID, token: ProjectID)
    /// The name of a project means none or several.
    case projects(name: String, found: [ProjectID])

    /// The mistake in one clause, without a full stop.
    public var message: String {
        switch self {
        case .fault(let fault): fault.message
        case .catalog(let problem): problem.message
        case .noEndpoint: "nothing tells where the block-storage service is"
        case .unscoped: "the credentials are for no project"
        case .otherProject(let wanted, let token): "the credentials are for project \(token), the settings name project \(wanted)"
        case .projects(let name, let found):
            found.isEmpty
                ? "the account has no project '\(oneLine(name, limit: 80))'"
                : "the account has several projects '\(oneLine(name, limit: 80))': \(found.prefix(10).map(\.text).joined(separator: ", "))"
        }
    }
}
