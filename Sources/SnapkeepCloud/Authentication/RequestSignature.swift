import Crypto
import SnapkeepCore

/// A signature by the scheme SDK-HMAC-SHA256, and the two texts that it is made of: a pure function of a request (CloudAPI#signatures).
struct RequestSignature: Hashable {
    static let algorithm = "SDK-HMAC-SHA256"

    /// What is hashed: method, path, query, signed fields, the hash of the body.
    let canonicalRequest: String
    /// What is signed: algorithm, date, the hash of the canonical request.
    let stringToSign: String
    /// The names of the signed fields, in lower case, sorted.
    let signedNames: String
    /// 64 lower-case hexadecimal digits.
    let signature: String

    /// - Parameters:
    ///   - path: as it is sent, percent-encoded.
    ///   - query: in canonical form, as it is sent.
    ///   - fields: all that are to be signed, among them `Host` and `X-Sdk-Date`.
    ///   - date: the value of `X-Sdk-Date`.
    init(
        method: String, path: String, query: String, fields: [(name: String, value: String)], body: [UInt8], date: String, secret: String
    ) {
        let sorted = fields.map { (name: $0.name.lowercased(), value: Self.trimmed($0.value)) }.sorted { $0.name < $1.name }
        signedNames = sorted.map(\.name).joined(separator: ";")
        // Each line ends in a line break, so that an empty line stands before the names.
        let lines = sorted.map { "\($0.name):\($0.value)\n" }.joined()
        canonicalRequest = [method, Self.canonicalPath(path), query, lines, signedNames, Hexadecimal.text(SHA256.hash(data: body))].joined(
            separator: "\n")
        stringToSign = [Self.algorithm, date, Hexadecimal.text(SHA256.hash(data: Array(canonicalRequest.utf8)))].joined(separator: "\n")
        let key = SymmetricKey(data: Array(secret.utf8))
        signature = Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: Array(stringToSign.utf8), using: key))
    }

    /// The value of `Authorization`.
    func authorization(accessKey: String) -> String {
        "\(Self.algorithm) Access=\(accessKey), SignedHeaders=\(signedNames), Signature=\(signature)"
    }

    /// Decoded as a whole, encoded segment by segment, and with a slash at its end, which is hashed but not sent.
    static func canonicalPath(_ path: String) -> String {
        let decoded = percentDecoded(path) ?? path
        let encoded = decoded.split(separator: "/", omittingEmptySubsequences: false).map { percentEncoded(String($0)) }
            .joined(separator: "/")
        return encoded.hasSuffix("/") ? encoded : encoded + "/"
    }

    /// `20240229T061530Z`.
    static func date(_ instant: Timestamp) -> String {
        let digits = instant.date.filter { $0 != "-" } + "T" + instant.time.filter { $0 != ":" }
        return digits + "Z"
    }

    private static func trimmed(_ text: String) -> String {
        var rest = text[...]
        while let first = rest.first, first == " " || first == "\t" { rest.removeFirst() }
        while let last = rest.last, last == " " || last == "\t" { rest.removeLast() }
        return String(rest)
    }
}
