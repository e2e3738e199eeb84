public import Logging
public import SnapkeepCore
import SnapkeepEngine

/// Keystone v3, or Huawei's IAM, which speaks the same: gives tokens and knows projects (CloudAPI#tokens).
///
/// Each call is sent once. What a call may fail with is worded as a `ServiceFault` of that call.
public struct IdentityService: Sendable {
    let base: Endpoint
    let transport: any HTTPTransport
    let userAgent: String
    let logger: Logger
    let now: @Sendable () -> Timestamp

    /// The most bytes of an answer. A catalog of a large cloud has some hundred kilobytes.
    static let answerLimit = 8 << 20

    /// - Parameters:
    ///   - base: the service, with or without `/v3`; its version part is put in here.
    ///   - logger: gets one line per answer at debug level: method, path, status, duration, request id (P8).
    public init(
        base: Endpoint, transport: any HTTPTransport, version: String = "dev", logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) {
        self.base = base
        self.transport = transport
        userAgent = "snapkeep/\(version)"
        self.logger = logger
        self.now = now
    }

    /// Asks for a token.
    ///
    /// - Parameter catalog: whether its answer is to list the services.
    /// - Throws: `ServiceFault`; a refusal is final, since wrong passwords lock accounts (CloudAPI#tokens).
    func issue(_ login: IdentityLogin, catalog: Bool) async throws(ServiceFault) -> IssuedToken {
        if case .token(let secret, let project) = login {
            let given = try await inspect(secret, catalog: catalog)
            guard let project, !given.isFor(project) else { return given }
        }
        let request = makeRequest(
            .post, "auth/tokens", query: catalog ? "" : "nocatalog=1",
            fields: [HeaderField("Content-Type", "application/json;charset=utf8")], body: RequestBody.token(login))
        return try token(in: try await send(request, secrets: [login.secret]), given: nil)
    }

    /// What the service knows of a token that somebody else asked for.
    private func inspect(_ secret: Secret, catalog: Bool) async throws(ServiceFault) -> IssuedToken {
        let request = makeRequest(
            .get, "auth/tokens", query: catalog ? "" : "nocatalog=1",
            fields: [HeaderField("X-Auth-Token", secret), HeaderField("X-Subject-Token", secret)])
        return try token(in: try await send(request, secrets: []), given: secret)
    }

    /// The ids of the projects of a name; an access key is tied to no project by itself (CloudAPI#tokens).
    func projects(named name: String, signer: RequestSigner) async throws(ServiceFault) -> [ProjectID] {
        var request = makeRequest(.get, "projects", query: canonicalQuery([("name", name)]), fields: [])
        let signature = try await signer.fields(for: request)
        request.fields += signature
        let answer = try await send(request, secrets: [])
        guard case .array(let rows)? = try answer.object()["projects"] else {
            throw answer.unintelligible("the answer holds no list of projects")
        }
        var found: [ProjectID] = []
        for row in rows where row["name"]?.string == name {
            guard let id = row["id"]?.string.flatMap({ ProjectID($0) }) else { throw answer.unintelligible("a project has no usable id") }
            if !found.contains(id) { found.append(id) }
        }
        return found
    }

    private func makeRequest(
        _ method: OutgoingRequest.Method, _ path: String, query: String, fields: [HeaderField], body: [UInt8]? = nil
    ) -> OutgoingRequest {
        let common = [
            HeaderField("Host", base.authority), HeaderField("Accept", "application/json"), HeaderField("User-Agent", userAgent),
        ]
        return OutgoingRequest(
            method: method, endpoint: base, path: "\(base.prefix)/v3/\(path)", query: query, fields: common + fields, body: body,
            answerLimit: Self.answerLimit)
    }

    private func token(in answer: SuccessfulAnswer, given: Secret?) throws(ServiceFault) -> IssuedToken {
        let secret: Secret
        if let given {
            secret = given
        } else {
            guard let text = answer.answer.field("X-Subject-Token").flatMap(headerSafe), text.utf8.count <= IssuedToken.lengthLimit else {
                throw answer.unintelligible("the answer carries no usable X-Subject-Token")
            }
            secret = Secret(text)
        }
        do { return try IssuedToken(token: secret, body: try answer.object()) } catch let error as WireProblem {
            throw answer.unintelligible(error.message)
        } catch let error as ServiceFault { throw error } catch { throw answer.unintelligible("the answer is not understood") }
    }

    private func send(_ request: OutgoingRequest, secrets: [Secret]) async throws(ServiceFault) -> SuccessfulAnswer {
        let redactor = Redactor(request.fields, secrets)
        let start = ContinuousClock.now
        let answer: HTTPAnswer
        do { answer = try await transport.send(request) } catch {
            let message = oneLine(redactor.redact(error.message), limit: ServiceFault.messageLength)
            log("no answer", request, ["duration": "\(start.duration(to: .now))", "reason": "\(message)"])
            throw ServiceFault(error.kind == .notSent ? .notSent : .uncertain, request: request.label, message: message)
        }
        log(
            "answer", request,
            [
                "status": "\(answer.status)", "duration": "\(start.duration(to: .now))",
                "request-id": "\(answer.requestID(redactor) ?? "-")",
            ])
        guard (200..<300).contains(answer.status) else {
            // No call of this kind is about a snapshot; of all operations a list takes the least from a code.
            var fault = ServiceFault(answer: answer, to: request, .listVolumes, redactor: redactor, now: now())
            // Keystone itself, not a proxy: it calls a token or an application credential that it does not know "not found" (measured).
            if answer.status == 404, fault.code == "Not Found", request.path.hasSuffix("/auth/tokens") { fault.kind = .unauthenticated }
            if request.fields.contains(where: { $0.name == "X-Sdk-Date" }), fault.kind == .unauthenticated,
                let skew = ClockSkew(answer, now: now())
            {
                fault.message =
                    fault.message.withoutFullStop + "; \(skew.words), a signature holds for \(RequestSigner.longestSkew.minutesText)"
            }
            throw fault
        }
        let result = SuccessfulAnswer(answer: answer, request: request, redactor: redactor)
        if answer.isTruncated { throw result.unintelligible("the answer is larger than the limit of \(request.answerLimit) bytes") }
        return result
    }

    private func log(_ message: Logger.Message, _ request: OutgoingRequest, _ more: Logger.Metadata) {
        let common: Logger.Metadata = ["method": "\(request.method.rawValue)", "path": "\(request.path)"]
        logger.debug(message, metadata: common.merging(more) { first, _ in first })
    }
}
