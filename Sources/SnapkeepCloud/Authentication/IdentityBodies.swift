/// `{"auth": {"identity": …, "scope": …}}` of a token request (CloudAPI#tokens).
struct TokenBody: Encodable {
    struct Auth: Encodable {
        var identity: Identity
        var scope: Scope?
    }

    struct Identity: Encodable {
        var methods: [String]
        var password: Password?
        var token: Token?
        var application_credential: ApplicationCredential?
    }

    struct Password: Encodable { var user: User }

    struct Token: Encodable { var id: String }

    struct ApplicationCredential: Encodable {
        var id: String?
        var name: String?
        var user: User?
        var secret: String
    }

    struct User: Encodable {
        var id: String?
        var name: String?
        var domain: Domain?
        var password: String?
    }

    struct Domain: Encodable {
        var id: String?
        var name: String?
    }

    struct Project: Encodable {
        var id: String?
        var name: String?
        var domain: Domain?
    }

    struct Scope: Encodable { var project: Project }

    var auth: Auth

    init(_ login: IdentityLogin) {
        switch login {
        case .password(let user, let password, let project):
            var sent = User(user)
            sent.password = password.text
            auth = Auth(identity: Identity(methods: ["password"], password: Password(user: sent)), scope: project.map(Scope.init))
        case .token(let token, let project):
            auth = Auth(identity: Identity(methods: ["token"], token: Token(id: token.text)), scope: project.map(Scope.init))
        case .applicationCredential(let credential, let secret):
            let sent =
                switch credential {
                case .id(let id): ApplicationCredential(id: id, secret: secret.text)
                case .name(let name, let user): ApplicationCredential(name: name, user: User(user), secret: secret.text)
                }
            // Keystone refuses a scope beside it.
            auth = Auth(identity: Identity(methods: ["application_credential"], application_credential: sent), scope: nil)
        }
    }
}

extension TokenBody.User {
    init(_ user: UserReference) {
        switch user {
        case .id(let id): self.init(id: id)
        case .name(let name, let domain): self.init(name: name, domain: domain.map(TokenBody.Domain.init))
        }
    }
}

extension TokenBody.Domain {
    init(_ domain: DomainReference) {
        switch domain {
        case .id(let id): self.init(id: id)
        case .name(let name): self.init(name: name)
        }
    }
}

extension TokenBody.Scope {
    init(_ project: ProjectReference) {
        switch project {
        case .id(let id): self.init(project: .init(id: id))
        case .name(let name, let domain): self.init(project: .init(name: name, domain: domain.map(TokenBody.Domain.init)))
        }
    }
}
