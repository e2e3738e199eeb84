/// Whom a sandbox knows: one user, with the credentials given here, in the sandbox's one project.
///
/// With it the sandbox has an identity service below `/identity/v3` and lets nobody in without a token of its own or a signature.
public struct SandboxIdentity: Sendable, Equatable {
    /// The user's name.
    public var user: String
    /// The user's password; nil when there is no log-in by password.
    public var password: String?
    /// The domain of user and project. Its id is the name in lower case, as with the first domain of every Keystone.
    public var domain: String
    /// The project's name. Its id is that of the sandbox.
    public var project: String
    /// The region that the service catalog names.
    public var region: String
    /// Another way in for the same user; nil when there is none.
    public var applicationCredential: ApplicationCredential?
    /// What requests may be signed with; nil when there is none.
    public var accessKey: AccessKey?
    /// How long a token is good for.
    public var tokenLifetime: Duration

    /// An application credential of the user.
    public struct ApplicationCredential: Sendable, Equatable {
        /// The id, by which it is found alone.
        public var id: String
        /// The name, by which it is found together with its user.
        public var name: String
        /// What proves it.
        public var secret: String

        /// An application credential.
        public init(id: String, name: String, secret: String) {
            self.id = id
            self.name = name
            self.secret = secret
        }
    }

    /// A key for signed requests (CloudAPI#signatures).
    public struct AccessKey: Sendable, Equatable {
        /// What names the key in a request.
        public var id: String
        /// What requests are signed with.
        public var secret: String
        /// For a temporary key: what each request must carry, and sign; nil for a permanent one.
        public var securityToken: String?

        /// An access key.
        public init(id: String, secret: String, securityToken: String? = nil) {
            self.id = id
            self.secret = secret
            self.securityToken = securityToken
        }
    }

    /// An identity; without a credential nobody gets in.
    public init(
        user: String = "sandbox", password: String? = nil, domain: String = "Default", project: String = "sandbox",
        region: String = "RegionOne", applicationCredential: ApplicationCredential? = nil, accessKey: AccessKey? = nil,
        tokenLifetime: Duration = .seconds(3600)
    ) {
        self.user = user
        self.password = password
        self.domain = domain
        self.project = project
        self.region = region
        self.applicationCredential = applicationCredential
        self.accessKey = accessKey
        self.tokenLifetime = tokenLifetime
    }

    /// An identity with a fresh credential of every kind.
    public static func random() -> SandboxIdentity {
        SandboxIdentity(
            password: RandomText.make(24),
            applicationCredential: .init(id: RandomText.make(32), name: "sandbox", secret: RandomText.make(48)),
            accessKey: .init(id: RandomText.make(20).uppercased(), secret: RandomText.make(40)))
    }
}

/// Texts that nobody can guess.
enum RandomText {
    /// So many random letters and digits.
    static func make(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<count).map { _ in alphabet.randomElement(using: &generator)! })
    }
}
