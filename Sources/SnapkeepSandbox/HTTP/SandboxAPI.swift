internal import HTTPTypes

/// A request as the API sees it.
struct APIRequest: Sendable {
    let method: String
    let target: RequestTarget
    let headers: HTTPFields
    /// The authority the client used.
    let authority: String
    let body: [UInt8]
    let requestID: String
}

/// The block-storage API over the store: from a request to its answer, without a socket.
struct SandboxAPI: Sendable {
    let configuration: SandboxConfiguration
    let store: SandboxStore
    private let gate: Gate?
    private let identity: IdentityAPI?

    init(configuration: SandboxConfiguration, store: SandboxStore, now: @escaping @Sendable () -> Microseconds) {
        self.configuration = configuration
        self.store = store
        let gate = configuration.identity.map { Gate(identity: $0, projectID: configuration.projectID, now: now) }
        self.gate = gate
        identity = gate.map { IdentityAPI(identity: $0.identity, gate: $0, configuration: configuration, now: now) }
    }

    func errors(_ request: APIRequest) -> ErrorReplies {
        ErrorReplies(dialect: configuration.dialect, identityURL: "http://\(request.authority)/identity/v3", requestID: request.requestID)
    }

    /// The answer to a request, with the ids and versions that every answer carries.
    func reply(to request: APIRequest) async -> Reply {
        var reply = await route(request)
        stamp(&reply, request)
        return reply
    }

    /// Adds the request id.
    func stamp(_ reply: inout Reply, _ request: APIRequest) {
        switch configuration.dialect {
        case .openstack:
            reply.headers[.computeRequestID] = request.requestID
            reply.headers[.openstackRequestID] = request.requestID
        case .huawei:
            reply.headers[.huaweiRequestID] = request.requestID
        }
    }

    private func route(_ request: APIRequest) async -> Reply {
        let route = Route(request.target.segments)
        switch route {
        case .versions where request.method == "GET":
            return Reply(300, versions([.v2, .v3], request))
        case .version(let version) where request.method == "GET":
            return Reply(200, versions([version], request))
        default: break
        }
        if let reply = identity?.reply(to: request, errors: errors(request)) { return reply }
        if let refusal = gate?.refusal(of: request) {
            // Where the path names no project, a token for none is no contradiction, but not enough.
            if refusal == .unscopedToken, case .resource(_, projectID: nil, _)? = route { return errors(request).reply(.notAuthorized) }
            return errors(request).refused(refusal)
        }
        if let token = configuration.token, request.headers[.authToken] != token { return errors(request).unauthorized() }
        guard case .resource(let version, let projectID, let resource)? = route else { return .notFound }
        var microversion: Microversion?
        do {
            if version == .v3 {
                microversion = try Microversion(header: request.headers[.apiVersion], newest: configuration.maxMinorVersion)
            }
            guard projectID == nil || projectID == configuration.projectID else { throw APIError.malformedURL }
            let call = APICall(
                api: self, request: request, version: microversion ?? .base, pathVersion: version, projectInPath: projectID != nil)
            return echo(microversion, try await call.perform(resource))
        } catch let error as APIError {
            return echo(microversion, errors(request).reply(error))
        } catch {
            return echo(microversion, errors(request).reply(.unexpected))
        }
    }

    /// v3 answers say which microversion they speak.
    private func echo(_ version: Microversion?, _ reply: Reply) -> Reply {
        guard let version else { return reply }
        var reply = reply
        reply.headers[.apiVersion] = "volume \(version.text)"
        reply.headers[.vary] = "OpenStack-API-Version"
        return reply
    }

    private func versions(_ versions: [Route.APIVersion], _ request: APIRequest) -> JSONValue {
        let entries = versions.map { version -> JSONValue in
            let isCurrent = version == .v3
            return [
                "id": .string("\(version.rawValue).0"), "status": isCurrent ? "CURRENT" : "DEPRECATED",
                "version": isCurrent ? .string("3.\(configuration.maxMinorVersion)") : "", "min_version": isCurrent ? "3.0" : "",
                "updated": "2024-01-01T00:00:00Z",
                "links": [["rel": "self", "href": .string("http://\(request.authority)/\(version.rawValue)/")]],
                "media-types": [
                    ["base": "application/json", "type": .string("application/vnd.openstack.volume+json;version=\(isCurrent ? 3 : 2)")]
                ],
            ]
        }
        return ["versions": .array(entries)]
    }
}
