public import SnapkeepCloud

/// What is wrong with the settings of a state that is reached over HTTP. No case holds a value: it may be a secret (P8).
public enum HTTPStateSettingProblem: Error, Hashable, Sendable {
    /// Where the address stands, and which rule it breaks.
    case address(String, EndpointProblem)
    /// The variable names a method that is not known.
    case method(String)
    /// The variable is no whole number from 0 to the limit.
    case number(String, upTo: Int)
    /// The variable is neither true nor false.
    case flag(String)
    /// A password is set, and this variable is not.
    case passwordWithoutUser(String)
    /// A user is set, and this variable is not.
    case userWithoutPassword(String)
    /// The variable holds a colon, which basic authentication cannot carry in a name.
    case userWithColon(String)
    /// The variable holds no such thing, or lacks another one that belongs to it.
    case trust(String, TrustProblem)

    /// The mistake in one clause, without a full stop.
    public var message: String {
        switch self {
        // The words of a problem quote parts of the address; one with a password in it has been refused before.
        case .address(let origin, .path): "\(origin): the address has a character that no URL has: percent-encode it"
        case .address(let origin, let problem): "\(origin): \(problem.message.replacing("the endpoint", with: "the address"))"
        case .method(let name): "\(name) names no method that is known: \(Self.methods)"
        case .number(let name, let limit): "\(name) is not a whole number from 0 to \(limit)"
        case .flag(let name): "\(name) is neither true nor false"
        case .passwordWithoutUser(let name): "a password is set for the state's server, and \(name) is not"
        case .userWithoutPassword(let name): "a user is set for the state's server, and \(name) is not"
        case .userWithColon(let name): "\(name) holds a colon, which no user's name can have"
        case .trust(let name, .unreadable(let part)): "\(name) holds no \(Self.words(part)) in PEM form"
        case .trust(let name, .certificateWithoutKey): "\(name) holds a client certificate, and its key is not set"
        case .trust(let name, .keyWithoutCertificate): "\(name) holds a client key, and its certificate is not set"
        case .trust(let name, .keyOfAnotherCertificate): "\(name) holds a client key that does not belong to the certificate"
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch self {
        case .address(_, .userInformation):
            "leave them out of the address, where logs and process lists would show them: set SNAPKEEP_HTTP_USERNAME and "
                + "SNAPKEEP_HTTP_PASSWORD (or TF_HTTP_USERNAME and TF_HTTP_PASSWORD)"
        case .address: "write it as https://HOST/PATH; of GitLab: https://HOST/api/v4/projects/ID/terraform/state/NAME"
        case .method: "unset it for the usual one, or name one of those"
        case .number, .flag: "correct it, or unset it"
        case .passwordWithoutUser(let name), .userWithoutPassword(let name):
            "set \(name) as well, or unset both; in a job of GitLab neither is needed"
        case .userWithColon: "check whether user and password were written into one variable"
        case .trust(_, .unreadable): "set it to the PEM text itself, not to the name of a file: \"$(cat FILE)\"; a key has no pass phrase"
        case .trust(let name, .certificateWithoutKey):
            "set \(name.replacing("CERTIFICATE", with: "PRIVATE_KEY")) to the PEM text of its key, or unset both"
        case .trust(_, .keyOfAnotherCertificate): "set it to the PEM text of the certificate's own key"
        case .trust(let name, .keyWithoutCertificate):
            "set \(name.replacing("PRIVATE_KEY", with: "CERTIFICATE")) to the PEM text of its certificate, or unset both"
        }
    }

    private static func words(_ part: TrustProblem.Part) -> String {
        switch part {
        case .authorities: "certificate of an authority"
        case .certificate: "client certificate"
        case .privateKey: "private key"
        }
    }

    private static let methods = OutgoingRequest.Method.allCases.filter { $0 != .get }.map(\.rawValue).joined(separator: ", ")
}
