/// A domain of Keystone; an account of Huawei's IAM (CloudAPI#tokens).
public enum DomainReference: Hashable, Sendable {
    case id(String)
    case name(String)
}

/// A project, by its id or by a name that is unique in its domain. Huawei takes a name alone (CloudAPI#tokens).
public enum ProjectReference: Hashable, Sendable {
    case id(String)
    case name(String, domain: DomainReference?)
}

/// A user, by its id or by a name that is unique in its domain.
public enum UserReference: Hashable, Sendable {
    case id(String)
    case name(String, domain: DomainReference?)
}

/// An application credential, by its id or by a name that is unique for its user.
public enum ApplicationCredentialReference: Hashable, Sendable {
    case id(String)
    case name(String, user: UserReference)
}

/// With what a token is asked for (CloudAPI#tokens).
public enum IdentityLogin: Sendable {
    case password(UserReference, password: Secret, project: ProjectReference?)
    /// A token that is used as it stands when it is for the project asked for, else exchanged for one that is.
    case token(Secret, project: ProjectReference?)
    /// It carries its own scope; none may be asked for.
    case applicationCredential(ApplicationCredentialReference, secret: Secret)

    /// The credential itself, for taking it out of what a server says.
    var secret: Secret {
        switch self {
        case .password(_, let secret, _), .token(let secret, _), .applicationCredential(_, let secret): secret
        }
    }

    /// The project that is asked for.
    var project: ProjectReference? {
        switch self {
        case .password(_, _, let project), .token(_, let project): project
        case .applicationCredential: nil
        }
    }
}
