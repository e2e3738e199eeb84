/// What is wrong with a text that a person or a server gave us as a name, a key, a description or a metadata entry.
public enum TextProblem: Error, Hashable, Sendable {
    case empty
    /// `limit` and `found` count `unit`s.
    case tooLong(limit: Int, found: Int, unit: LengthUnit)
    /// Plain Cinder strips blanks at both ends before it stores a text, so such a text would differ from itself for ever (CloudAPI#texts).
    case outerBlank
    case controlCharacter
    case lineBreak
    /// Plain Cinder stores only the Basic Multilingual Plane in descriptions (CloudAPI#texts).
    case outsideBasicPlane
    /// The prefix belongs to another owner: `autobk_snapshot_` to the backup service (CloudAPI#server-made), `snapkeep.` to our stamp,
    /// `__system__` to the server (CloudAPI#server-made).
    case reservedPrefix(String)
    case badCharacter(Unicode.Scalar)

    /// What a length limit counts. The clouds disagree, so both are kept apart (CloudAPI#texts).
    public enum LengthUnit: String, Hashable, Sendable {
        case bytes
        case characters
    }
}

/// The checks that names, keys and descriptions share.
enum TextRules {
    static func check(_ text: String, maxBytes: Int, basicPlaneOnly: Bool) throws(TextProblem) {
        let found = text.utf8Span.span.withUnsafeBufferPointer { problem(in: $0, maxBytes: maxBytes, basicPlaneOnly: basicPlaneOnly) }
        if let found { throw found }
    }

    /// The first character that no text may hold; `nil` in all good ones.
    static func unsafeCharacter(in text: String) -> TextProblem? {
        text.utf8Span.span.withUnsafeBufferPointer { isPrintableASCII($0) ? nil : firstControl($0) }
    }

    private static func problem(in bytes: UnsafeBufferPointer<UInt8>, maxBytes: Int, basicPlaneOnly: Bool) -> TextProblem? {
        if bytes.count > maxBytes { return .tooLong(limit: maxBytes, found: bytes.count, unit: .bytes) }
        guard let first = bytes.first, let last = bytes.last else { return nil }
        if isBlank(first) || isBlank(last) { return .outerBlank }
        // Nearly all texts end here: this runs for every line of a large manifest.
        if isPrintableASCII(bytes) { return nil }
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
        if scalars.first!.properties.isWhitespace || scalars.last!.properties.isWhitespace { return .outerBlank }
        if let control = firstControl(bytes) { return control }
        for scalar in scalars {
            if basicPlaneOnly && scalar.value > 0xFFFF { return .outsideBasicPlane }
            if (0x80..<0xA0).contains(scalar.value) { return .controlCharacter }
            if scalar.value == 0x2028 || scalar.value == 0x2029 { return .lineBreak }
        }
        return nil
    }

    /// Without an early exit, so that the compiler can look at many bytes at once.
    private static func isPrintableASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var others: UInt8 = 0
        for byte in bytes { others |= byte &- 0x20 > 0x5E ? 1 : 0 }
        return others == 0
    }

    private static func firstControl(_ bytes: UnsafeBufferPointer<UInt8>) -> TextProblem? {
        guard let byte = bytes.first(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        return byte == 0x0A || byte == 0x0D ? .lineBreak : .controlCharacter
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
