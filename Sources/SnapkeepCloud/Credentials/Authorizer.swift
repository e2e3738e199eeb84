public import SnapkeepEngine

/// Proves to the service who asks. It is called for each request just before it is sent, so it may sign what is there: method, path,
/// canonical query, fields and body are final, and the query is sent exactly as it stands (CloudAPI#signatures).
public protocol Authorizer: Sendable {
    /// The fields to add to this request.
    ///
    /// - Throws: `ServiceFault` when no credential can be had. Its kind is about this request, which was not sent.
    func fields(for request: OutgoingRequest) async throws(ServiceFault) -> [HeaderField]

    /// Whether the service's refusal of these fields may be answered by asking once more, with new ones. It is asked at most once for
    /// one request.
    ///
    /// - Throws: `ServiceFault` when new credentials were asked for and refused.
    func canReplace(refused fields: [HeaderField]) async throws(ServiceFault) -> Bool

    /// Whether the credentials are good only while this machine's clock is right.
    var dependsOnClock: Bool { get }
}

extension Authorizer {
    public func canReplace(refused fields: [HeaderField]) async throws(ServiceFault) -> Bool { false }
    public var dependsOnClock: Bool { false }
}

/// A token that was given to us; it is used until the service refuses it (CloudAPI#tokens).
public struct StaticToken: Authorizer {
    private let token: Secret

    /// Takes a token as the service gave it; blanks and line ends around it are dropped.
    ///
    /// `nil` when nothing is left, or when it holds anything but visible ASCII: it could not be sent in a header.
    public init?(_ text: String) {
        guard let text = headerSafe(text) else { return nil }
        token = Secret(text)
    }

    /// The token as `X-Auth-Token`, the same for every request.
    public func fields(for request: OutgoingRequest) async throws(ServiceFault) -> [HeaderField] {
        [HeaderField("X-Auth-Token", token)]
    }
}
