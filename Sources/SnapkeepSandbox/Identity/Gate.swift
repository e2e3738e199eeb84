internal import HTTPTypes

/// Lets requests in that carry a token of the sandbox's identity service or a signature with its access key.
struct Gate: Sendable {
    let identity: SandboxIdentity
    let projectID: String
    let tokens = IssuedTokens()
    let now: @Sendable () -> Microseconds

    /// Why a request is not let in.
    enum Refusal: Error, Sendable, Equatable {
        /// Neither a token nor a signature.
        case nothing
        /// Never given out, or taken back.
        case unknownToken
        case expiredToken
        /// A token for no project.
        case unscopedToken
        case signature(SignatureProblem)
        /// The project that a signed request names is not the key's.
        case otherProject
    }

    /// Why the request stays outside; nil when it may come in.
    func refusal(of request: APIRequest) -> Refusal? {
        if let authorization = request.headers[.authorization] { return signatureRefusal(of: request, authorization) }
        guard let text = request.headers[.authToken] else { return .nothing }
        guard let token = tokens[text], !token.isRevoked else { return .unknownToken }
        guard token.isGood(at: now()) else { return .expiredToken }
        return token.isScoped ? nil : .unscopedToken
    }

    private func signatureRefusal(of request: APIRequest, _ authorization: String) -> Refusal? {
        do throws(SignatureProblem) {
            try SignatureVerifier(key: identity.accessKey).verify(
                SignedRequest(
                    method: request.method, path: request.target.path, query: request.target.parameters, authority: request.authority,
                    fields: request.headers, body: request.body), authorization, now: now())
        } catch { return .signature(error) }
        if let project = request.headers[.projectID], project != projectID { return .otherProject }
        return nil
    }
}

extension HTTPField.Name {
    static let projectID = HTTPField.Name("X-Project-Id")!
    static let sdkDate = HTTPField.Name("X-Sdk-Date")!
    static let securityToken = HTTPField.Name("X-Security-Token")!
}
