/// The text of a JSON string inside of the bytes that it was read from: a key, or a value that need not become a `String`.
///
/// It must not outlive those bytes.
public struct JSONKey {
    /// Between the quotes, checked for control characters and escapes but not for UTF-8.
    let raw: UnsafeBufferPointer<UInt8>
    /// 0-based index of the first byte after the quote.
    public let offset: Int
    let hasEscapes: Bool
    let isASCII: Bool

    /// The bytes between the quotes, where no escape has to be resolved: for texts such as Base64 that are read without becoming a `String`.
    public var plainBytes: UnsafeBufferPointer<UInt8>? { hasEscapes ? nil : raw }

    /// The text with its escapes resolved.
    ///
    /// - Throws: `JSONProblem` when it is not UTF-8, or an escape is half of a surrogate pair.
    public func makeString() throws(JSONProblem) -> String {
        if hasEscapes { return try unescaped() }
        if isASCII { return String(decoding: raw, as: UTF8.self) }
        guard let text = String(validating: raw, as: UTF8.self) else { throw JSONProblem(.syntax, at: offset, "the text is not UTF-8") }
        return text
    }

    /// Whether the text is the given one, whatever its escapes.
    public func isEqual(to name: some Collection<UInt8>) -> Bool {
        if hasEscapes { return (try? unescaped())?.utf8.elementsEqual(name) ?? false }
        return raw.count == name.count && raw.elementsEqual(name)
    }

    /// Whether the text is the given one, whatever its escapes.
    public func isEqual(to name: String) -> Bool {
        name.utf8.withContiguousStorageIfAvailable { isEqual(to: $0) } ?? isEqual(to: name.utf8)
    }

    private func unescaped() throws(JSONProblem) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            index += 1
            guard byte == 0x5C else {
                bytes.append(byte)
                continue
            }
            // The scan saw that every escape is whole.
            let escape = raw[index]
            index += 1
            switch escape {
            case 0x62: bytes.append(0x08)
            case 0x66: bytes.append(0x0C)
            case 0x6E: bytes.append(0x0A)
            case 0x72: bytes.append(0x0D)
            case 0x74: bytes.append(0x09)
            case 0x75:
                let start = index - 2
                var value = codeUnit(at: &index)
                if value & 0xFC00 == 0xD800, index + 6 <= raw.count, raw[index] == 0x5C, raw[index + 1] == 0x75 {
                    var next = index + 2
                    let low = codeUnit(at: &next)
                    if low & 0xFC00 == 0xDC00 {
                        value = 0x10000 + (value & 0x3FF) << 10 + low & 0x3FF
                        index = next
                    }
                }
                guard let scalar = Unicode.Scalar(value) else {
                    throw JSONProblem(.syntax, at: offset + start, "an escape is half of a surrogate pair")
                }
                bytes.append(contentsOf: UTF8.encode(scalar)!)
            default: bytes.append(escape)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw JSONProblem(.syntax, at: offset, "the text is not UTF-8") }
        return text
    }

    private func codeUnit(at index: inout Int) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            value = value << 4 | UInt32(Hexadecimal.value(raw[index])!)
            index += 1
        }
        return value
    }
}

/// Whether the next eight bytes are ASCII without quotes, backslashes and control characters: looked at as one word.
@inline(__always)
func isPlainText(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Bool {
    let word = UnsafeRawPointer(bytes.baseAddress! + position).loadUnaligned(as: UInt64.self)
    // The high bit of a byte is set by the subtraction where the byte was smaller than what is taken from it.
    func smaller(_ value: UInt64, than limit: UInt64) -> UInt64 { (value &- (limit &* ones)) & ~value }
    let ones: UInt64 = 0x0101_0101_0101_0101
    let special =
        smaller(word, than: 0x20) | smaller(word ^ (0x22 &* ones), than: 1) | smaller(word ^ (0x5C &* ones), than: 1)
        | smaller(word ^ (0x7F &* ones), than: 1) | word
    return special & (0x80 &* ones) == 0
}

extension JSONReader {
    /// Takes a string whose quote comes next, checking that it ends, and its escapes and control characters.
    mutating func scanString() throws(JSONProblem) -> JSONKey {
        offset += 1
        let start = offset
        var position = offset
        var hasEscapes = false
        var seen: UInt8 = 0
        while position < bytes.count {
            while position + 8 <= bytes.count, isPlainText(bytes, at: position) { position += 8 }
            guard position < bytes.count else { break }
            let byte = bytes[position]
            if byte == 0x22 {
                offset = position + 1
                return JSONKey(
                    raw: UnsafeBufferPointer(rebasing: bytes[start..<position]), offset: start, hasEscapes: hasEscapes, isASCII: seen < 0x80
                )
            }
            if byte < 0x20 { throw JSONProblem(.syntax, at: position, "a string holds the control character \(byte)") }
            seen |= byte
            position += 1
            if byte == 0x5C {
                hasEscapes = true
                position = try scanEscape(at: position)
            }
        }
        throw JSONProblem(.syntax, at: bytes.count, "the text ends inside of a string")
    }

    private func scanEscape(at position: Int) throws(JSONProblem) -> Int {
        guard position < bytes.count else { throw JSONProblem(.syntax, at: bytes.count, "the text ends inside of a string") }
        switch bytes[position] {
        case 0x22, 0x2F, 0x5C, 0x62, 0x66, 0x6E, 0x72, 0x74: return position + 1
        case 0x75:
            guard position + 5 <= bytes.count, bytes[position + 1..<position + 5].allSatisfy({ Hexadecimal.value($0) != nil }) else {
                throw JSONProblem(.syntax, at: position, "expected four hexadecimal digits after '\\u'")
            }
            return position + 5
        default: throw JSONProblem(.syntax, at: position, "a string holds an escape that JSON does not have")
        }
    }
}
