/// An access key (AK), its secret (SK) and, for a temporary key, the token that goes with them (CloudAPI#signatures).
public struct AccessKey: Sendable {
    /// Names the key; it is no secret, and it stands in every signed request.
    public let id: String
    let secret: Secret
    let securityToken: Secret?

    /// Takes a key as it is pasted; blanks and line ends around its parts are dropped.
    ///
    /// `nil` when a part is empty or holds anything but visible ASCII: no header could carry it.
    public init?(id: String, secret: String, securityToken: String? = nil) {
        guard let id = headerSafe(id), let secret = headerSafe(secret) else { return nil }
        self.id = id
        self.secret = Secret(secret)
        guard let securityToken else {
            self.securityToken = nil
            return
        }
        guard let token = headerSafe(securityToken) else { return nil }
        self.securityToken = Secret(token)
    }
}

/// A pasted credential without the blanks and line ends around it; `nil` when nothing is left, or when it holds anything but visible
/// ASCII: it could not be sent in a header.
func headerSafe(_ text: String) -> String? {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
    let trimmed = text.utf8.drop(while: isBlank)
    guard let last = trimmed.lastIndex(where: { !isBlank($0) }) else { return nil }
    let bytes = trimmed[...last]
    guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
}
