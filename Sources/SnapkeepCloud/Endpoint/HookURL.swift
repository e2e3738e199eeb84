/// Where a message is posted to: any URL of HTTP, with its path and its query. Both may be secrets, as those of chat services are, so that only
/// the host is ever told.
public struct HookURL: Hashable, Sendable {
    private let address: WebAddress

    /// What may be told of it.
    public var host: String { address.authority }

    /// Reads `https://host[:port]/path?query`.
    ///
    /// - Throws: `EndpointProblem` for the first rule that the text breaks.
    public static func parse(_ text: String) throws(EndpointProblem) -> HookURL { HookURL(address: try WebAddress.parse(text)) }

    /// The request that posts a message there.
    public func post(_ body: [UInt8], _ fields: [HeaderField]) -> OutgoingRequest {
        address.request(.post, fields: fields, body: body, answerLimit: 64 * 1024)
    }
}
