/// Where a message is posted to: any URL of HTTP, with its path and its query. Both may be secrets, as those of chat services are, so that only
/// the host is ever told.
public struct HookURL: Hashable, Sendable {
    private let endpoint: Endpoint
    private let path: String
    private let query: String

    /// What may be told of it.
    public var host: String { endpoint.authority }

    /// Reads `https://host[:port]/path?query`.
    ///
    /// - Throws: `EndpointProblem` for the first rule that the text breaks.
    public static func parse(_ text: String) throws(EndpointProblem) -> HookURL {
        if text.contains("#") { throw .fragment }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .path("") }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let start = parts[0].firstRange(of: "://")?.upperBound ?? parts[0].startIndex
        let slash = parts[0][start...].firstIndex(of: "/") ?? parts[0].endIndex
        let endpoint = try Endpoint.parse(String(parts[0][..<slash])).endpoint
        let path = String(parts[0][slash...])
        return HookURL(endpoint: endpoint, path: path.isEmpty ? "/" : path, query: parts.count > 1 ? String(parts[1]) : "")
    }

    /// The request that posts a message there.
    public func post(_ body: [UInt8], _ fields: [HeaderField]) -> OutgoingRequest {
        OutgoingRequest(
            method: .post, endpoint: endpoint, path: path, query: query, fields: fields, body: body, answerLimit: 64 * 1024)
    }
}
