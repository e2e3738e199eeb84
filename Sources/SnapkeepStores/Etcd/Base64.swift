/// Base64 as JSON gateways write bytes (RFC 4648 section 4): with padding, without line breaks.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let invalid: UInt32 = 0xFF00_0000

    /// What a digit adds to its group of four, by its place there: four tables of 256. Made once and never freed.
    nonisolated(unsafe) private static let tables: UnsafePointer<UInt32> = {
        let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 4 * 256)
        tables.initialize(repeating: invalid, count: 4 * 256)
        for (value, byte) in alphabet.enumerated() {
            for place in 0..<4 { tables[place << 8 | Int(byte)] = UInt32(value) << UInt32(18 - 6 * place) }
        }
        return UnsafePointer(tables)
    }()

    /// The bytes of a text; `nil` where it is no Base64.
    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        if text.isEmpty { return [] }
        let padding = text[text.count - 1] != 0x3D ? 0 : text[text.count - 2] == 0x3D ? 2 : 1
        let whole = text.count / 4 - (padding == 0 ? 0 : 1)
        let tables = tables
        var isValid = true
        var bytes = [UInt8](unsafeUninitializedCapacity: whole * 3 + 3) { output, count in
            var bad: UInt32 = 0
            for group in 0..<whole {
                let word = value(text, group * 4, tables)
                bad |= word
                output[group * 3] = UInt8(truncatingIfNeeded: word >> 16)
                output[group * 3 + 1] = UInt8(truncatingIfNeeded: word >> 8)
                output[group * 3 + 2] = UInt8(truncatingIfNeeded: word)
            }
            isValid = bad & invalid == 0
            count = whole * 3
        }
        guard isValid else { return nil }
        if padding > 0 {
            var last = Array(text[(whole * 4)...])
            for index in (4 - padding)..<4 { last[index] = alphabet[0] }
            let word = last.withUnsafeBufferPointer { value($0, 0, tables) }
            // The bits behind the last byte are zero in every text that an encoder writes.
            guard word & invalid == 0, word & (padding == 2 ? 0xFFFF : 0xFF) == 0 else { return nil }
            bytes.append(UInt8(truncatingIfNeeded: word >> 16))
            if padding == 1 { bytes.append(UInt8(truncatingIfNeeded: word >> 8)) }
        }
        return bytes
    }

    /// Appends the text of bytes.
    static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        text.reserveCapacity(text.count + (bytes.count + 2) / 3 * 4)
        bytes.withUnsafeBufferPointer { bytes in
            alphabet.withUnsafeBufferPointer { alphabet in
                var index = 0
                while index + 3 <= bytes.count {
                    let word = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
                    text.append(alphabet[word >> 18])
                    text.append(alphabet[word >> 12 & 63])
                    text.append(alphabet[word >> 6 & 63])
                    text.append(alphabet[word & 63])
                    index += 3
                }
                let rest = bytes.count - index
                if rest == 0 { return }
                let word = Int(bytes[index]) << 16 | (rest == 2 ? Int(bytes[index + 1]) << 8 : 0)
                text.append(alphabet[word >> 18])
                text.append(alphabet[word >> 12 & 63])
                text.append(rest == 2 ? alphabet[word >> 6 & 63] : 0x3D)
                text.append(0x3D)
            }
        }
    }

    @inline(__always)
    private static func value(_ text: UnsafeBufferPointer<UInt8>, _ start: Int, _ tables: UnsafePointer<UInt32>) -> UInt32 {
        tables[Int(text[start])] | tables[256 | Int(text[start + 1])] | tables[512 | Int(text[start + 2])]
            | tables[768 | Int(text[start + 3])]
    }
}
