/// What is wrong with a text that was given as an endpoint.
public enum EndpointProblem: Error, Hashable, Sendable {
    case empty
    case noScheme
    case scheme(String)
    /// A name or password before the host. It is not repeated here: it may be a secret (P8).
    case userInformation
    case query
    case fragment
    case host(String)
    case port(String)
    /// A segment that is empty, `.`, `..`, or has characters that a path of such a service never has.
    case path(String)
    /// A version of the API that this client does not speak.
    case version(String)
    /// Something follows the project id: the URL of a call, not of the service.
    case afterProject(String)
    /// A placeholder for the project's id where it cannot be left out, and the id is not known.
    case placeholder

    /// The mistake in one clause, without a full stop.
    public var message: String {
        switch self {
        case .empty: "the endpoint is empty"
        case .noScheme: "the endpoint has no scheme"
        case .scheme(let word): "the endpoint's scheme is '\(oneLine(word, limit: 40))', expected https or http"
        case .userInformation: "the endpoint holds a user name or a password"
        case .query: "the endpoint has a query ('?')"
        case .fragment: "the endpoint has a fragment ('#')"
        case .host(let text):
            text.isEmpty ? "the endpoint has no host" : "the endpoint's host '\(oneLine(text, limit: 80))' is not a host name"
        case .port(let text): "the endpoint's port '\(oneLine(text, limit: 20))' is not a number from 1 to 65535"
        case .path(let text):
            text.isEmpty
                ? "the endpoint's path has an empty part ('//')"
                : "the endpoint's path has the part '\(oneLine(text, limit: 80))', which is not plain text"
        case .version(let text): "the endpoint names version '\(oneLine(text, limit: 20))', expected v2 or v3"
        case .afterProject(let text): "the endpoint goes on after the project id with '\(oneLine(text, limit: 80))'"
        case .placeholder: "the endpoint has a placeholder for the project's id, which is not set"
        }
    }
}
