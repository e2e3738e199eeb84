internal import Crypto

/// Checks requests signed with SDK-HMAC-SHA256 (CloudAPI#signatures), as a server does: it rebuilds what the client must have signed from
/// the request that came in. The client's signer has no part in it.
struct SignatureVerifier {
    /// The one key that is known; nil when there is none.
    let key: SandboxIdentity.AccessKey?

    /// How far the date of a signature may be from the server's clock.
    static let tolerance: Microseconds = 15 * 60 * Timestamp.perSecond

    private static let algorithm = "SDK-HMAC-SHA256"

    /// - Throws: the first thing that is wrong, in the order in which a server can know it.
    func verify(_ request: SignedRequest, _ authorization: String, now: Microseconds) throws(SignatureProblem) {
        guard let header = Authorization(authorization) else { throw .malformed }
        guard let key, key.id == header.access else { throw .unknownKey(header.access) }
        for name in ["host", "x-sdk-date"] where !header.signedNames.contains(name) { throw .unsigned(name) }
        // What changes the meaning of a request must not be added to it on its way.
        for name in ["x-project-id", "x-security-token"] where request.value(name) != nil && !header.signedNames.contains(name) {
            throw .unsigned(name)
        }
        let date = request.value("x-sdk-date") ?? ""
        guard let time = Self.time(date) else { throw .malformedDate(date) }
        guard abs(now - time) <= Self.tolerance else { throw .expired(signed: date, server: Self.text(now)) }
        guard request.value("x-security-token") == key.securityToken else { throw .securityToken }
        let canonical = try request.canonical(header.signedNames)
        let signed = "\(Self.algorithm)\n\(date)\n\(Hexadecimal.text(SHA256.hash(data: Array(canonical.utf8))))"
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                header.signature, authenticating: Array(signed.utf8), using: SymmetricKey(data: Array(key.secret.utf8)))
        else { throw .mismatch(canonicalRequest: canonical) }
    }

    /// `20240229T061530Z`.
    private static func time(_ text: String) -> Microseconds? {
        let parts = Array(text)
        guard parts.count == 16, parts[8] == "T", parts[15] == "Z" else { return nil }
        let digits = { (from: Int, to: Int) in String(parts[from..<to]) }
        let day = "\(digits(0, 4))-\(digits(4, 6))-\(digits(6, 8))"
        return Timestamp.parse("\(day)T\(digits(9, 11)):\(digits(11, 13)):\(digits(13, 15)).000000")
    }

    private static func text(_ time: Microseconds) -> String {
        Timestamp.text(time).prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }

    /// `SDK-HMAC-SHA256 Access=…, SignedHeaders=…, Signature=…`.
    private struct Authorization {
        let access: String
        let signedNames: [String]
        let signature: [UInt8]

        init?(_ text: String) {
            let words = text.split(separator: " ", maxSplits: 1)
            guard words.count == 2, words[0] == SignatureVerifier.algorithm else { return nil }
            var parts: [String: String] = [:]
            for part in words[1].split(separator: ",") {
                let halves = PrintableText.trimmed(String(part)).split(separator: "=", maxSplits: 1).map(String.init)
                guard halves.count == 2, parts.updateValue(halves[1], forKey: halves[0]) == nil else { return nil }
            }
            guard parts.count == 3, let access = parts["Access"], let names = parts["SignedHeaders"],
                let signature = parts["Signature"].flatMap(Self.bytes)
            else { return nil }
            self.access = access
            self.signature = signature
            signedNames = names.split(separator: ";").map(String.init)
            // Lower case, sorted, each once: else one request would have several canonical forms.
            guard signedNames == Set(signedNames).sorted(), signedNames.allSatisfy({ $0 == $0.lowercased() }) else { return nil }
        }

        /// The bytes that lower-case digits write.
        private static func bytes(_ text: String) -> [UInt8]? {
            let digits = Array(text.utf8)
            guard digits.count == 64, digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
            return stride(from: 0, to: 64, by: 2).compactMap { Hexadecimal.byte(digits[$0], digits[$0 + 1]) }
        }
    }
}
