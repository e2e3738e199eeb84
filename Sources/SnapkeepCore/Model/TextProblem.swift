/// What is wrong with a text that a person or a server gave us as a name, a key, a description or a metadata entry.
public enum TextProblem: Error, Hashable, Sendable {
    case empty
    /// `limit` and `found` count `unit`s.
    case tooLong(limit: Int, found: Int, unit: LengthUnit)
    /// Plain Cinder strips blanks at both ends before it stores a text, so such a text would differ from itself for ever (api.md 2.1).
    case outerBlank
    case controlCharacter
    case lineBreak
    /// Plain Cinder stores only the Basic Multilingual Plane in descriptions (api.md 2.1).
    case outsideBasicPlane
    /// The prefix belongs to another owner: `autobk_snapshot_` to the backup service (api.md 7), `snapkeep.` to our stamp,
    /// `__system__` to the server (api.md 4).
    case reservedPrefix(String)
    case badCharacter(Unicode.Scalar)

    /// What a length limit counts. The clouds disagree, so both are kept apart (api.md 2.1).
    public enum LengthUnit: String, Hashable, Sendable {
        case bytes
        case characters
    }
}

/// The checks that names, keys and descriptions share. Each walks the UTF-8 bytes once.
enum TextRules {
    /// The prefix of snapshots that the backup service makes; they are view-only (api.md 7).
    static let backupServicePrefix = "autobk_snapshot_"

    static func check(_ text: String, maxBytes: Int, basicPlaneOnly: Bool) throws(TextProblem) {
        let bytes = text.utf8
        if bytes.count > maxBytes { throw .tooLong(limit: maxBytes, found: bytes.count, unit: .bytes) }
        guard let first = bytes.first, let last = bytes.last else { return }
        // Only the two ends are decoded, and only where they are not plain ASCII: this runs for every line of a large manifest.
        if isBlank(first) || isBlank(last) { throw .outerBlank }
        if first >= 0x80 || last >= 0x80 {
            if text.unicodeScalars.first!.properties.isWhitespace || text.unicodeScalars.last!.properties.isWhitespace { throw .outerBlank }
        }
        var sawNonASCII = false
        for byte in bytes {
            if byte < 0x20 || byte == 0x7F { throw byte == 0x0A || byte == 0x0D ? .lineBreak : .controlCharacter }
            if byte >= 0x80 { sawNonASCII = true }
            if basicPlaneOnly && byte >= 0xF0 { throw .outsideBasicPlane }
        }
        if sawNonASCII {
            for scalar in text.unicodeScalars where scalar.value >= 0x80 {
                if scalar.value < 0xA0 { throw .controlCharacter }
                if scalar.value == 0x2028 || scalar.value == 0x2029 { throw .lineBreak }
            }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
