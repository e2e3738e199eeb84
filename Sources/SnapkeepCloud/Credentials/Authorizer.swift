public import SnapkeepEngine

/// Proves to the service who asks. It is called for each request just before it is sent, so it may sign what is there: method, path,
/// canonical query, fields and body are final, and the query is sent exactly as it stands (api.md 9.2).
public protocol Authorizer: Sendable {
    /// The fields to add to this request.
    ///
    /// - Throws: `ServiceFault` when no credential can be had.
    func fields(for request: OutgoingRequest) async throws(ServiceFault) -> [HeaderField]
}

/// A token that was given to us; it is used until the service refuses it (api.md 9.1).
public struct StaticToken: Authorizer {
    private let token: Secret

    /// Takes a token as the service gave it; blanks and line ends around it are dropped.
    ///
    /// `nil` when nothing is left, or when it holds anything but visible ASCII: it could not be sent in a header.
    public init?(_ text: String) {
        let trimmed = text.utf8.drop(while: Self.isBlank)
        guard let last = trimmed.lastIndex(where: { !Self.isBlank($0) }) else { return nil }
        let bytes = trimmed[...last]
        guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        token = Secret(String(decoding: bytes, as: UTF8.self))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    /// The token as `X-Auth-Token`, the same for every request.
    public func fields(for request: OutgoingRequest) async throws(ServiceFault) -> [HeaderField] {
        [HeaderField("X-Auth-Token", token)]
    }
}
