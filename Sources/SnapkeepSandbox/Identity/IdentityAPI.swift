internal import HTTPTypes

/// The identity service: Keystone v3, as far as clients of the block storage need it, below `/identity/v3`.
struct IdentityAPI: Sendable {
    let identity: SandboxIdentity
    let gate: Gate
    let configuration: SandboxConfiguration
    let now: @Sendable () -> Microseconds

    private var isHuawei: Bool { configuration.dialect == .huawei }
    private var tokens: IssuedTokens { gate.tokens }

    private func views(_ request: APIRequest) -> IdentityViews {
        IdentityViews(identity: identity, projectID: configuration.projectID, authority: request.authority)
    }

    /// The answer, when the path is one of this service's.
    func reply(to request: APIRequest, errors: ErrorReplies) -> Reply? {
        let segments = request.target.segments
        // Huawei's SDK asks at the root of the identity service, whatever path its address has.
        if segments == ["v3", "projects"] { return answer(["projects"], request, errors) }
        if let reply = ImageService.reply(to: request) { return reply }
        guard segments.first == "identity" else { return nil }
        let views = views(request)
        switch segments.count {
        case 1 where request.method == "GET":
            var reply = Reply(300, ["versions": ["values": [views.version]]])
            reply.headers[.location] = "http://\(request.authority)/identity/v3/"
            return reply
        case 2 where request.method == "GET" && segments[1] == "v3": return Reply(200, ["version": views.version])
        case 3... where segments[1] == "v3": return answer(Array(segments[2...]), request, errors)
        default: return Self.notFound
        }
    }

    /// The page of the framework that Keystone stands on.
    private static let notFound = Reply(
        404, text: "<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n", type: "text/html; charset=utf-8")

    private static let methodNotAllowed = Reply(405, ["message": "The method is not allowed for the requested URL."])

    private func answer(_ segments: [String], _ request: APIRequest, _ errors: ErrorReplies) -> Reply {
        var reply: Reply
        do throws(IdentityError) {
            switch (request.method, segments) {
            case ("POST", ["auth", "tokens"]): reply = try issue(request)
            case ("GET", ["auth", "tokens"]), ("HEAD", ["auth", "tokens"]): reply = try show(request)
            case ("DELETE", ["auth", "tokens"]):
                _ = try caller(request)
                _ = tokens.revoke(try subject(request).text, now: now())
                reply = Reply(204, text: "", type: "application/json")
            case ("GET", ["auth", "projects"]), ("GET", ["projects"]): reply = try projects(segments, request, errors)
            case (_, ["auth", "tokens"]), (_, ["auth", "projects"]), (_, ["projects"]): return Self.methodNotAllowed
            default: return Self.notFound
            }
        } catch {
            reply = Reply(error.status, error.body)
            if error.status == 401 { reply.headers[.wwwAuthenticate] = "Keystone uri=\"\(errors.identityURL)\"" }
        }
        reply.headers[.vary] = "X-Auth-Token"
        return reply
    }

    // MARK: Tokens

    private func issue(_ request: APIRequest) throws(IdentityError) -> Reply {
        var body: JSONValue?
        if !request.body.isEmpty {
            do { body = try JSONParser.parse(request.body) } catch { throw .expected("valid JSON", in: "request body") }
        }
        let wish = try TokenRequest(body, needsProjectDomain: !isHuawei)
        guard !wish.proofs.isEmpty, try isOurs(wish.scope, request) else { throw .unauthorized }
        let now = now()
        var methods = wish.methods
        var expiresAt = now + identity.tokenLifetime.microseconds
        var auditIDs = [RandomText.make(22)]
        // An application credential is for its project without being asked.
        var isScoped = wish.scope != .none
        for proof in wish.proofs {
            switch proof {
            case .password(let user, let password):
                guard let known = identity.password, password == known, isUser(user, request) else { throw .unauthorized }
            case .token(let text):
                let token = try good(text)
                // A token got with a token lasts no longer than that one.
                expiresAt = min(expiresAt, token.expiresAt)
                methods = token.methods + methods.filter { !token.methods.contains($0) }
                auditIDs.append(contentsOf: token.auditIDs.suffix(1))
            case .applicationCredential(let id, let secret):
                guard let known = identity.applicationCredential, known.id == id else { throw .unknownApplicationCredential(id) }
                guard secret == known.secret else { throw .unauthorized }
                isScoped = true
            case .namedApplicationCredential(let name, let user, let secret):
                guard isUser(user, request) else { throw .unauthorized }
                guard let known = identity.applicationCredential, known.name == name else { throw .unknownApplicationCredential(name) }
                guard secret == known.secret else { throw .unauthorized }
                isScoped = true
            }
        }
        let token = IssuedToken(
            text: "gAAAAAB" + RandomText.make(176), methods: methods, issuedAt: now, expiresAt: expiresAt, isScoped: isScoped,
            auditIDs: auditIDs)
        tokens.add(token, now: now)
        return reply(201, token, request)
    }

    private func show(_ request: APIRequest) throws(IdentityError) -> Reply {
        _ = try caller(request)
        return reply(200, try subject(request), request)
    }

    private func reply(_ status: Int, _ token: IssuedToken, _ request: APIRequest) -> Reply {
        let withCatalog = !request.target.parameters.contains { $0.name == "nocatalog" }
        var reply = Reply(status, views(request).token(token, withCatalog: withCatalog))
        reply.headers[.subjectToken] = token.text
        return reply
    }

    private func caller(_ request: APIRequest) throws(IdentityError) -> IssuedToken {
        guard let text = request.headers[.authToken], let token = tokens[text], token.isGood(at: now()) else { throw .unauthorized }
        return token
    }

    /// The token that is spoken of.
    private func subject(_ request: APIRequest) throws(IdentityError) -> IssuedToken {
        try good(request.headers[.subjectToken] ?? "")
    }

    private func good(_ text: String) throws(IdentityError) -> IssuedToken {
        guard let token = tokens[text] else { throw .unknownToken }
        guard token.isGood(at: now()) else { throw .spentToken }
        return token
    }

    private func isOurs(_ scope: TokenRequest.Scope, _ request: APIRequest) throws(IdentityError) -> Bool {
        switch scope {
        case .none: true
        case .other: false
        case .project(.id(let id)): id == configuration.projectID
        case .project(.name(let name, let domain)): name == identity.project && (domain.map { isDomain($0, request) } ?? true)
        }
    }

    private func isUser(_ account: TokenRequest.Account, _ request: APIRequest) -> Bool {
        switch account {
        case .id(let id): id == views(request).userID
        case .name(let name, let domain): name == identity.user && (domain.map { isDomain($0, request) } ?? true)
        }
    }

    private func isDomain(_ domain: TokenRequest.Domain, _ request: APIRequest) -> Bool {
        switch domain {
        case .id(let id): id == views(request).domainID
        case .name(let name): name == identity.domain
        }
    }

    // MARK: Projects

    /// The projects of a name: how the owner of an access key learns the project's id (CloudAPI#tokens).
    private func projects(_ segments: [String], _ request: APIRequest, _ errors: ErrorReplies) throws(IdentityError) -> Reply {
        if request.headers[.authorization] != nil {
            if let refusal = gate.refusal(of: request) { return errors.refused(refusal) }
        } else {
            _ = try caller(request)
            // Only administrators list all projects; anybody lists the own ones.
            if segments.count == 1, !isHuawei { throw .forbidden("identity:list_projects") }
        }
        let name = segments.count == 1 ? request.target.parameter("name") : nil
        return Reply(200, views(request).projects(named: name, path: segments.joined(separator: "/")))
    }
}

extension HTTPField.Name {
    static let subjectToken = HTTPField.Name("X-Subject-Token")!
}
