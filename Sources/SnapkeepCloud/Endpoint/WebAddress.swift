/// Any URL of HTTP, with its path and its query.
public struct WebAddress: Hashable, Sendable {
    private let endpoint: Endpoint
    /// From the first slash, percent-encoded as it was given.
    public let path: String
    private let query: String

    /// `host[:port]`.
    public var authority: String { endpoint.authority }

    /// `https://host[:port]/path`: what may be told of it. A query may hold a secret (P8).
    public var text: String { "\(endpoint.scheme.rawValue)://\(endpoint.authority)\(path)" }

    /// Whether a password would cross a network in clear text.
    public var exposesCredentials: Bool { endpoint.exposesCredentials }

    /// Whether what is sent there is encrypted.
    package var usesTLS: Bool { endpoint.scheme == .https }

    /// Reads `https://host[:port]/path?query`.
    ///
    /// - Throws: `EndpointProblem` for the first rule that the text breaks.
    public static func parse(_ text: String) throws(EndpointProblem) -> WebAddress {
        if text.contains("#") { throw .fragment }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .path("") }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let start = parts[0].firstRange(of: "://")?.upperBound ?? parts[0].startIndex
        let slash = parts[0][start...].firstIndex(of: "/") ?? parts[0].endIndex
        let endpoint = try Endpoint.parse(String(parts[0][..<slash])).endpoint
        let path = String(parts[0][slash...])
        return WebAddress(endpoint: endpoint, path: path.isEmpty ? "/" : path, query: parts.count > 1 ? String(parts[1]) : "")
    }

    /// The same URL with other segments behind its path.
    package func appending(path more: String) -> WebAddress { WebAddress(endpoint: endpoint, path: path + more, query: query) }

    /// The same URL with one parameter more.
    package func adding(_ name: String, _ value: String) -> WebAddress {
        let parameter = "\(percentEncoded(name))=\(percentEncoded(value))"
        return WebAddress(endpoint: endpoint, path: path, query: query.isEmpty ? parameter : "\(query)&\(parameter)")
    }

    /// Whether this URL lies below another one, or is it.
    package func lies(under other: WebAddress) -> Bool {
        let base = other.path.hasSuffix("/") ? String(other.path.dropLast()) : other.path
        return endpoint == other.endpoint && (path == base || path.hasPrefix(base + "/"))
    }

    /// One request to it.
    ///
    /// - Parameter answerLimit: how many bytes of the answer's body are read.
    public func request(
        _ method: OutgoingRequest.Method, fields: [HeaderField], body: [UInt8]? = nil, answerLimit: Int
    ) -> OutgoingRequest {
        OutgoingRequest(
            method: method, endpoint: endpoint, path: path, query: query, fields: fields, body: body, answerLimit: answerLimit)
    }
}
