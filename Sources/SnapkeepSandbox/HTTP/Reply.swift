internal import HTTPTypes

/// An answer before it goes to the socket.
struct Reply: Sendable, Equatable {
    var status: Int
    var headers: HTTPFields = [:]
    var body: [UInt8] = []
    /// Whether its `Date` is the system's, whatever the sandbox's clock is set to: that of what has to do with getting in, as tokens and signatures
    /// are judged by it, and a client measures by such an answer how far off its own clock is.
    var tellsSystemTime = false

    /// JSON.
    init(_ status: Int, _ value: JSONValue) {
        self.status = status
        headers[.contentType] = "application/json"
        body = JSONWriter.encode(value)
    }

    /// Text of any kind.
    init(_ status: Int, text: String, type: String) {
        self.status = status
        headers[.contentType] = type
        body = Array(text.utf8)
    }

    /// What an accepted deletion answers: no body, and the type of the framework's empty page.
    static let accepted = Reply(202, text: "", type: "text/html; charset=UTF-8")

    /// The same answer with the system's date.
    var inSystemTime: Reply {
        var reply = self
        reply.tellsSystemTime = true
        return reply
    }

    /// Names the microversion that the answer speaks, or refuses.
    mutating func name(version: String) {
        headers[.apiVersion] = "volume \(version)"
        headers[.vary] = "OpenStack-API-Version"
    }
}

extension HTTPField.Name {
    static let authToken = HTTPField.Name("X-Auth-Token")!
    static let apiVersion = HTTPField.Name("OpenStack-API-Version")!
    static let openstackRequestID = HTTPField.Name("X-Openstack-Request-Id")!
    static let computeRequestID = HTTPField.Name("X-Compute-Request-Id")!
    static let huaweiRequestID = HTTPField.Name("X-Request-Id")!
}

/// Error answers in a dialect.
struct ErrorReplies {
    let dialect: SandboxDialect
    /// What `WWW-Authenticate` points at.
    let identityURL: String
    let requestID: String

    func reply(_ error: APIError) -> Reply {
        var reply = Reply(error.status, dialect == .huawei ? ErrorEnvelope.evs(error) : ErrorEnvelope.cinder(error))
        reply.headers[.retryAfter] = error.retryAfter.map(String.init)
        if let version = error.refusedVersion { reply.name(version: version) }
        return reply
    }

    /// The token is missing or wrong: the answer comes from what stands before the service.
    func unauthorized() -> Reply {
        guard dialect == .openstack else {
            return gateway(401, "APIGW.0301", "Incorrect IAM authentication information: decrypt token fail")
        }
        var reply = Reply(401, ErrorEnvelope.unauthorized)
        reply.headers[.wwwAuthenticate] = "Keystone uri=\"\(identityURL)\""
        return reply
    }

    /// Neither token nor signature let the request in. Signatures are the gateway's business, whatever stands behind it.
    func refused(_ refusal: Gate.Refusal) -> Reply {
        switch refusal {
        case .nothing, .unknownToken: unauthorized()
        case .expiredToken: dialect == .huawei ? gateway(401, "APIGW.0307", "The token must be updated.") : unauthorized()
        case .signature(let problem): gateway(401, "APIGW.0301", problem.message)
        // The project in the path is not the one that the request is entitled to.
        case .unscopedToken, .otherProject: reply(.malformedURL)
        }
    }

    /// The answer of a fault rule.
    func injected(status: Int, retryAfter: Int?, code: String?) -> Reply {
        var reply = injectedBody(status: status, retryAfter: retryAfter, code: code)
        if let retryAfter { reply.headers[.retryAfter] = String(retryAfter) }
        return reply
    }

    private func injectedBody(status: Int, retryAfter: Int?, code: String?) -> Reply {
        if let code {
            return code.hasPrefix("APIGW.")
                ? gateway(status, code, "Injected by a fault rule.")
                : Reply(status, ErrorEnvelope.evs(APIError(status, "Injected by a fault rule.", code: code)))
        }
        switch (status, dialect) {
        case (401, _): return unauthorized()
        case (413, _) where (retryAfter ?? 0) > 0: return Reply(413, ErrorEnvelope.rateLimiter(retryAfter: retryAfter ?? 0))
        case (429, .huawei):
            return gateway(
                429, "APIGW.0308", "The throttling threshold has been reached: policy user over ratelimit,limit:200,time:5 minute")
        case (502, .huawei), (504, .huawei): return gateway(status, "APIGW.0201", status == 502 ? "Backend unavailable" : "Backend timeout")
        case (403, _): return self.reply(APIError(403, "Policy doesn't allow volume:create_snapshot to be performed.", code: "EVS.0003"))
        case (413, _): return self.reply(.snapshotLimit(0))
        case (503, _): return self.reply(APIError(503, "Service is unavailable at this time.", code: "EVS.5503"))
        case (500, _): return self.reply(.unexpected)
        default: return self.reply(APIError(status, "Injected by a fault rule.", code: "EVS.5\(status)"))
        }
    }

    private func gateway(_ status: Int, _ code: String, _ message: String) -> Reply {
        Reply(status, ErrorEnvelope.gateway(code: code, message: message, requestID: requestID))
    }

    /// A page of whatever stands before the service.
    static func page(_ status: Int) -> Reply {
        var reply = Reply(
            status, text: "<html><head><title>\(status)</title></head><body><h1>\(status)</h1></body></html>", type: "text/html")
        if (300..<400).contains(status) { reply.headers[.location] = "http://login.example/" }
        return reply
    }

    /// A status and no body.
    static func bare(_ status: Int) -> Reply {
        var reply = page(status)
        reply.body = []
        return reply
    }

    /// What a proxy sends when the service behind it is down.
    static let proxyPage = Reply(
        502,
        text:
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
        type: "text/html")
}
