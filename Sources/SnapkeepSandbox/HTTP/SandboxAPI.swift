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
    /// The system's time, by which tokens, signatures and delays go.
    let now: @Sendable () -> Microseconds
    private let gate: Gate?
    private let identity: IdentityAPI?

    init(configuration: SandboxConfiguration, store: SandboxStore, now: @escaping @Sendable () -> Microseconds) {
        self.configuration = configuration
        self.store = store
        self.now = now
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
        if request.method == "HEAD" { reply.body = [] }
        stamp(&reply, request)
        return reply
    }

    /// What is answered to a body beyond the limit, whoever sent it.
    func tooLarge(_ request: APIRequest) -> Reply {
        var reply = FilterAnswer.tooLarge(request)
        stamp(&reply, request)
        return reply
    }

    /// Adds the request id.
    func stamp(_ reply: inout Reply, _ request: APIRequest) {
        switch configuration.dialect {
        case .openstack: reply.headers[.openstackRequestID] = request.requestID
        case .huawei: reply.headers[.huaweiRequestID] = request.requestID
        }
    }

    private func route(_ request: APIRequest) async -> Reply {
        let route = Route(request.target, method: request.method)
        if let reply = openReply(to: request, route) { return reply.inSystemTime }
        if let reply = identity?.reply(to: request, errors: errors(request)) { return reply.inSystemTime }
        if let refusal = gate?.refusal(of: request) {
            // Where the path names no project, a token for none is no contradiction, but not enough.
            if refusal == .unscopedToken, case .resource(_, projectID: nil, _)? = route {
                return errors(request).reply(.notAuthorized).inSystemTime
            }
            return errors(request).refused(refusal).inSystemTime
        }
        if let token = configuration.token, request.headers[.authToken] != token { return errors(request).unauthorized().inSystemTime }
        if let reply = await ControlAPI(store: store).reply(to: request) { return reply }
        switch route {
        case .version(let version, hasSlash: false)? where configuration.dialect == .openstack:
            return redirection(to: "http://\(request.authority)/\(version.rawValue)/").inSystemTime
        case .version(let version, _)? where configuration.dialect == .openstack:
            return await answer(request, at: version) { _ throws(APIError) in
                guard Self.reading.contains(request.method) else { throw .notUnderstood }
                return Reply(200, versions([version], request)).inSystemTime
            }
        case .resource(let version, let projectID, let resource)? where resource.isServed(by: configuration.dialect, at: version):
            return await answer(request, at: version) { microversion in
                let content = try content(of: request)
                guard projectID == nil || projectID == configuration.projectID else { throw APIError.malformedURL }
                let takesContent = request.method != "GET" && request.method != "DELETE"
                guard content == nil || takesContent || configuration.dialect == .huawei else { throw APIError.notUnderstood }
                let call = APICall(
                    api: self, request: request, content: content, version: microversion, pathVersion: version,
                    projectInPath: projectID != nil)
                return try await call.perform(resource)
            }
        default: return FilterAnswer.notFound(request)
        }
    }

    private static let reading: Set = ["GET", "HEAD"]

    /// What is answered before the token is looked at.
    private func openReply(to request: APIRequest, _ route: Route?) -> Reply? {
        switch (configuration.dialect, route) {
        case (.huawei, .versions) where Self.reading.contains(request.method): return Reply(300, versions([.v2, .v3], request))
        case (.openstack, .versions):
            let isRead = Self.reading.contains(request.method)
            var reply = isRead ? Reply(300, versions([.v2, .v3], request)) : errors(request).reply(.notUnderstood)
            reply.name(version: Microversion.base.text)
            reply.headers[.computeRequestID] = request.requestID
            return reply
        case (.openstack, nil):
            // Only what lies below a version passes the filter that asks for tokens, and other services have filters of their own.
            let first = request.target.segments.first ?? ""
            let others = ["identity", "image", ControlAPI.root]
            return Route.APIVersion(rawValue: first) == nil && !others.contains(first) ? FilterAnswer.notFound(request) : nil
        case (.huawei, .version(let version, _)) where Self.reading.contains(request.method):
            return Reply(200, versions([version], request))
        default: return nil
        }
    }

    /// The answer of the service itself, which looks at the microversion first, and names it and the request in its answer.
    private func answer(
        _ request: APIRequest, at pathVersion: Route.APIVersion, _ perform: (Microversion) async throws -> Reply
    ) async -> Reply {
        var microversion: Microversion?
        var reply: Reply
        do {
            // v2 has no microversions and does not look.
            if pathVersion == .v3 {
                microversion = try Microversion(header: request.headers[.apiVersion], newest: configuration.maxMinorVersion)
            }
            reply = try await perform(microversion ?? .base)
        } catch let error as APIError {
            reply = errors(request).reply(error)
        } catch {
            reply = errors(request).reply(.unexpected)
        }
        if let microversion { reply.name(version: microversion.text) }
        if configuration.dialect == .openstack, !reply.body.isEmpty { reply.headers[.computeRequestID] = request.requestID }
        return reply
    }

    /// The body as JSON; nil when there is none.
    ///
    /// - Throws: 415 for another type than JSON, or none, on any method; 400 for what is no JSON.
    private func content(of request: APIRequest) throws(APIError) -> JSONValue? {
        guard !request.body.isEmpty else { return nil }
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.filter { !$0.isWhitespace } }
        guard type == "application/json" || type == "application/vnd.openstack.volume+json" else { throw .unsupportedContentType }
        do {
            return try JSONParser.parse(request.body)
        } catch {
            throw .badRequest("Malformed request body")
        }
    }

    private func redirection(to address: String) -> Reply {
        var reply = Reply(302, text: "", type: "text/plain; charset=utf8")
        reply.headers[.location] = address
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
