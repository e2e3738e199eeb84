/// Takes the credentials of a request out of what the server says, also where it repeats a part of one or has escaped its end (P8).
package struct Redactor: Sendable {
    static let replacement = "[redacted]"
    /// So many bytes in a row of a credential are taken for the credential. Shorter ones count only as a whole.
    static let windowLength = 12

    /// Shorter credentials are not looked for: so short a text is no secret worth keeping, and hiding it would eat ordinary words.
    static let shortestSecret = 8

    private let secrets: [[UInt8]]

    /// - Parameters:
    ///   - fields: those of the request; credentials among them are looked for.
    ///   - others: what the request's body holds. A password is hidden however short it is: few errors answer a log-in.
    package init(_ fields: [HeaderField], _ others: [Secret] = []) {
        let sent = fields.filter(\.isSecret).map { Array($0.value.utf8) }.filter { $0.count >= Self.shortestSecret }
        secrets = sent + others.map { Array($0.text.utf8) }.filter { !$0.isEmpty }
    }

    /// The text with every credential masked.
    package func redact(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var isHidden = [Bool](repeating: false, count: bytes.count)
        var hidAny = false
        for secret in secrets {
            let length = min(secret.count, Self.windowLength)
            guard bytes.count >= length else { continue }
            var windows: Set<ArraySlice<UInt8>> = []
            for start in 0...(secret.count - length) { windows.insert(secret[start..<start + length]) }
            for start in 0...(bytes.count - length) where windows.contains(bytes[start..<start + length]) {
                for index in start..<start + length { isHidden[index] = true }
                hidAny = true
            }
        }
        return hidAny ? Self.masked(bytes, isHidden) : text
    }

    private static func masked(_ bytes: [UInt8], _ isHidden: [Bool]) -> String {
        var result: [UInt8] = []
        for index in bytes.indices {
            if !isHidden[index] {
                result.append(bytes[index])
            } else if index == 0 || !isHidden[index - 1] {
                result.append(contentsOf: replacement.utf8)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
