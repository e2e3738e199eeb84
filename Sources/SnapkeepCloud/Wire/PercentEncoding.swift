import SnapkeepCore

/// Letters, digits and `-._~`: what stays as it is in a path or a query (RFC 3986, 2.3; CloudAPI#signatures).
func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
    default: false
    }
}

/// Each byte that is not unreserved as `%XX` in upper case, over UTF-8.
func percentEncoded(_ text: String) -> String {
    if text.utf8.allSatisfy(isUnreserved) { return text }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count * 2)
    for byte in text.utf8 {
        if isUnreserved(byte) {
            bytes.append(byte)
        } else {
            bytes.append(0x25)
            bytes.append(Hexadecimal.digit(byte >> 4, upperCase: true))
            bytes.append(Hexadecimal.digit(byte & 0x0F, upperCase: true))
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// The query in its canonical form: sorted by name, then by value, both before encoding (CloudAPI#signatures).
func canonicalQuery(_ parameters: [(name: String, value: String)]) -> String {
    parameters.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        .map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }
        .joined(separator: "&")
}
