/// The path and query of a request, split and decoded.
struct RequestTarget: Sendable, Equatable {
    /// The path as sent.
    let path: String
    /// The query as sent, without its question mark; empty when there is none.
    let query: String
    /// The parts of the path, without empty ones. It is decoded before it is parted, so that no part holds a slash, and byte by byte as
    /// Latin-1, as the service does.
    let segments: [String]
    /// Whether the path ends in a slash.
    let endsInSlash: Bool
    /// The decoded parameters, in their order.
    let parameters: [Parameter]

    struct Parameter: Sendable, Equatable {
        let name: String
        let value: String
    }

    /// The target of a request's first line; a client that takes this for a proxy names scheme and authority, too.
    init(_ line: String) {
        let target = Self.originForm(line)
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "")
        query = parts.count > 1 ? String(parts[1]) : ""
        let bytes = Self.decodedBytes(path, plusIsBlank: false)
        segments = bytes.split(separator: UInt8(ascii: "/")).map { part in
            String(String.UnicodeScalarView(part.map { Unicode.Scalar($0) }))
        }
        endsInSlash = bytes.last == UInt8(ascii: "/")
        parameters = query.split(separator: "&").map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return Parameter(
                name: Self.decode(halves[0], plusIsBlank: true), value: halves.count > 1 ? Self.decode(halves[1], plusIsBlank: true) : "")
        }
    }

    private static func originForm(_ target: String) -> Substring {
        guard !target.hasPrefix("/"), let separator = target.firstRange(of: "://") else { return target[...] }
        let rest = target[separator.upperBound...].drop { $0 != "/" && $0 != "?" }
        return rest.hasPrefix("/") ? rest : "/" + rest
    }

    /// The first value given for the parameter of that name.
    func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    /// The last value given for it: what the service reads where it does not take the parameter out of the query.
    func lastParameter(_ name: String) -> String? {
        parameters.last { $0.name == name }?.value
    }

    static func decode(_ text: some StringProtocol, plusIsBlank: Bool) -> String {
        String(decoding: decodedBytes(text, plusIsBlank: plusIsBlank), as: UTF8.self)
    }

    private static func decodedBytes(_ text: some StringProtocol, plusIsBlank: Bool) -> [UInt8] {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let byte = Hexadecimal.byte(bytes[index + 1], bytes[index + 2]) {
                decoded.append(byte)
                index += 3
                continue
            }
            decoded.append(plusIsBlank && bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
            index += 1
        }
        return decoded
    }

    /// The text with everything but letters, digits and `-_.~` percent-encoded.
    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                encoded += "%" + Hexadecimal.text(byte, width: 2).uppercased()
            }
        }
        return encoded
    }

    /// The same, with a plus for a blank, as in the queries that the service writes.
    static func encodeForm(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { encode(String($0)) }.joined(separator: "+")
    }
}
