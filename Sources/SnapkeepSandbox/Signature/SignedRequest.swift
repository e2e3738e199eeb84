internal import Crypto
internal import HTTPTypes

/// What a signature covers (CloudAPI#signatures).
struct SignedRequest {
    let method: String
    /// As sent.
    let path: String
    let query: [RequestTarget.Parameter]
    /// What stood in `Host`.
    let authority: String
    let fields: HTTPFields
    let body: [UInt8]

    /// A header as it is signed: without blanks at its ends; nil when it was not sent.
    func value(_ name: String) -> String? {
        if name == "host" { return authority }
        return HTTPField.Name(name).flatMap { fields[$0] }.map(PrintableText.trimmed)
    }

    /// The canonical request (CloudAPI#signatures, steps 2 to 7).
    ///
    /// - Throws: the first signed header that was not sent.
    func canonical(_ signedNames: [String]) throws(SignatureProblem) -> String {
        var lines = [method, canonicalPath, canonicalQuery]
        for name in signedNames {
            guard let value = value(name) else { throw .unsigned(name) }
            lines.append("\(name):\(value)")
        }
        lines += ["", signedNames.joined(separator: ";"), Hexadecimal.text(SHA256.hash(data: body))]
        return lines.joined(separator: "\n")
    }

    private var canonicalPath: String {
        let parts = RequestTarget.decode(path, plusIsBlank: false).split(separator: "/", omittingEmptySubsequences: false)
        let encoded = parts.map { RequestTarget.encode(String($0)) }.joined(separator: "/")
        return encoded.hasSuffix("/") ? encoded : encoded + "/"
    }

    /// Sorted by name, then by value, by their bytes and before they are encoded.
    private var canonicalQuery: String {
        let sorted = query.sorted { left, right in
            left.name == right.name
                ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8) : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        return sorted.map { "\(RequestTarget.encode($0.name))=\(RequestTarget.encode($0.value))" }.joined(separator: "&")
    }
}
