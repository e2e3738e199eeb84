public import SnapkeepCloud

/// Who speaks to etcd, and which files it trusts, as the environment has it.
public struct EtcdSettings: Sendable {
    /// A name and its password, which etcd turns into a token.
    public struct User: Sendable {
        public var name: String
        public var password: Secret

        /// A user of its parts.
        public init(name: String, password: Secret) {
            self.name = name
            self.password = password
        }
    }

    public var user: User?
    /// The variable that each of the three files was named by.
    public private(set) var variables: [TrustProblem.Part: String] = [:]
    /// Paths of files in PEM form: authorities instead of the system's, our certificate, and its key.
    public var authorities: String?
    public var certificate: String?
    public var privateKey: String?
    /// How long a lock outlives its holder; `nil` for the usual time.
    public var lease: Duration?

    /// Settings of their parts.
    public init(user: User? = nil, authorities: String? = nil, certificate: String? = nil, privateKey: String? = nil) {
        self.user = user
        self.authorities = authorities
        self.certificate = certificate
        self.privateKey = privateKey
    }

    /// Reads the environment: `SNAPKEEP_ETCD_…` over the `ETCDCTL_…` that etcd's own client knows, where the user may carry the password
    /// (`name:password`).
    ///
    /// - Parameter environment: the value of a variable; an empty one is none.
    /// - Throws: `EtcdSettingsProblem`; it quotes no value (P8).
    public init(environment: (String) -> String?) throws(EtcdSettingsProblem) {
        func own(_ name: String) -> String? { set("SNAPKEEP_ETCD_" + name) }
        func value(_ name: String) -> String? { own(name) ?? set("ETCDCTL_" + name) }
        func set(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        self.init(authorities: value("CACERT"), certificate: value("CERT"), privateKey: value("KEY"))
        for (part, name) in [(TrustProblem.Part.authorities, "CACERT"), (.certificate, "CERT"), (.privateKey, "KEY")] {
            if value(name) != nil { variables[part] = (own(name) == nil ? "ETCDCTL_" : "SNAPKEEP_ETCD_") + name }
        }
        if let text = own("LEASE") {
            guard let seconds = Int(text), (3...3600).contains(seconds) else { throw .lease }
            lease = .seconds(seconds)
        }
        let password = value("PASSWORD")
        guard let name = value("USER") else {
            if password != nil { throw .passwordWithoutUser }
            return
        }
        // A user that has no password of its own, as etcd's client takes it.
        if let password {
            user = User(name: name, password: Secret(password))
        } else if let colon = name.firstIndex(of: ":") {
            user = User(name: String(name[..<colon]), password: Secret(String(name[name.index(after: colon)...])))
        } else {
            throw .userWithoutPassword
        }
    }
}

/// What is wrong with the settings for etcd.
public enum EtcdSettingsProblem: Error, Hashable, Sendable {
    case userWithoutPassword
    case passwordWithoutUser
    case lease

    /// The mistake and its remedy in one clause, without a full stop.
    public var message: String {
        switch self {
        case .userWithoutPassword: "a user for etcd is set without a password: set SNAPKEEP_ETCD_PASSWORD"
        case .passwordWithoutUser: "a password for etcd is set without a user: set SNAPKEEP_ETCD_USER"
        case .lease: "SNAPKEEP_ETCD_LEASE is a number of seconds from 3 to 3600"
        }
    }
}
