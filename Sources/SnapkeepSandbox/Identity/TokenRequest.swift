/// The body of a request for a token (CloudAPI#tokens), checked in the order of a real Keystone.
struct TokenRequest: Sendable, Equatable {
    /// One proof of who asks.
    enum Proof: Sendable, Equatable {
        case password(Account, password: String?)
        case token(String)
        case applicationCredential(id: String, secret: String?)
        case namedApplicationCredential(String, Account, secret: String?)
    }

    /// A user or project: by id, or by name within a domain.
    enum Account: Sendable, Equatable {
        case id(String)
        case name(String, domain: Domain?)
    }

    enum Domain: Sendable, Equatable {
        case id(String)
        case name(String)
    }

    enum Scope: Sendable, Equatable {
        case none
        case project(Account)
        /// A domain, the system, a trust: nothing here has any.
        case other
    }

    let methods: [String]
    let proofs: [Proof]
    let scope: Scope

    static let offered = ["password", "token", "application_credential"]

    /// - Parameter needsProjectDomain: whether a project's name must come with a domain; Huawei takes the user's.
    init(_ body: JSONValue?, needsProjectDomain: Bool) throws(IdentityError) {
        guard let auth = body?["auth"] else { throw .expected("auth", in: "request body") }
        let reader = Reader(value: auth, path: "")
        let identity = try reader.required("identity")
        var methods: [String] = []
        let list = try identity.required("methods")
        guard case .array(let elements) = list.value else { throw list.not("array") }
        for element in elements {
            let method = try Reader(value: element, path: "identity/methods").text()
            if !methods.contains(method) { methods.append(method) }
        }
        scope = try Self.scope(reader, needsProjectDomain: needsProjectDomain)
        guard methods.allSatisfy(Self.offered.contains) else { throw .unsupportedMethod(offered: Self.offered) }
        if methods.contains("application_credential"), scope != .none { throw .scopedApplicationCredential }
        var proofs: [Proof] = []
        for method in methods {
            guard let proof = try identity.optional(method) else { throw .expected(method, in: "identity") }
            proofs.append(try Self.proof(method, proof))
        }
        self.methods = methods
        self.proofs = proofs
    }

    private static func proof(_ method: String, _ reader: Reader) throws(IdentityError) -> Proof {
        switch method {
        case "password":
            guard let user = try reader.optional("user") else { throw .expected("user", in: "None") }
            return .password(try account(user, "user"), password: try user.optionalText("password"))
        case "token": return .token(try reader.required("id").text())
        default:
            let secret = try reader.optionalText("secret")
            if let id = try reader.optionalText("id") { return .applicationCredential(id: id, secret: secret) }
            guard let name = try reader.optionalText("name") else { throw .expected("id or name", in: "application credential") }
            guard let user = try reader.optional("user") else { throw .expected("user", in: "application credential") }
            return .namedApplicationCredential(name, try account(user, "user"), secret: secret)
        }
    }

    private static func account(_ reader: Reader, _ what: String, needsDomain: Bool = true) throws(IdentityError) -> Account {
        if let id = try reader.optionalText("id") { return .id(id) }
        guard let name = try reader.optionalText("name") else { throw .expected("id or name", in: what) }
        guard let domain = try reader.optional("domain") else {
            if needsDomain { throw .expected("domain", in: what) }
            return .name(name, domain: nil)
        }
        if let id = try domain.optionalText("id") { return .name(name, domain: .id(id)) }
        guard let domainName = try domain.optionalText("name") else { throw .expected("id or name", in: "domain") }
        return .name(name, domain: .name(domainName))
    }

    private static func scope(_ auth: Reader, needsProjectDomain: Bool) throws(IdentityError) -> Scope {
        guard let value = auth.value["scope"], value != "unscoped" else { return .none }
        let scope = Reader(value: value, path: "scope")
        if let project = try scope.optional("project") {
            return .project(try account(project, "project", needsDomain: needsProjectDomain))
        }
        if try scope.optional("unscoped") != nil { return .none }
        for kind in ["domain", "system", "OS-TRUST:trust"] where value[kind] != nil { return .other }
        throw .expected("system, project, domain, OS-TRUST:trust or unscoped", in: "scope")
    }
}

/// A value of the body and where it stands.
private struct Reader {
    let value: JSONValue
    let path: String

    func required(_ name: String) throws(IdentityError) -> Reader {
        guard let member = try optional(name) else { throw .malformed("'\(name)' is a required property", at: path) }
        return member
    }

    func optional(_ name: String) throws(IdentityError) -> Reader? {
        guard case .object = value else { throw not("object") }
        return value[name].map { Reader(value: $0, path: path.isEmpty ? name : "\(path)/\(name)") }
    }

    func optionalText(_ name: String) throws(IdentityError) -> String? { try optional(name)?.text() }

    func text() throws(IdentityError) -> String {
        guard case .string(let text) = value else { throw not("string") }
        return text
    }

    func not(_ type: String) -> IdentityError { .malformed("\(QuotedValue.literal(value)) is not of type '\(type)'", at: path) }
}
