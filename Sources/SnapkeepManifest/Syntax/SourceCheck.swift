import SnapkeepCore

/// What can be said of a source before it is parsed: its size and its encoding.
enum SourceCheck {
    /// Whether the source can be parsed; the reason why not goes to the findings.
    static func passes(_ source: SourceFile, number: Int, limits: ManifestLimits, _ findings: Findings) -> Bool {
        guard source.bytes.count <= limits.fileBytes else {
            findings.error(.fileTooLarge(bytes: source.bytes.count, limit: limits.fileBytes, name: source.name))
            return false
        }
        let start = Place(line: 1, column: 1, length: 1).range(source: number)
        if let other = otherEncoding(source.bytes) {
            findings.error(.otherEncoding(other, at: start))
            return false
        }
        return source.bytes.withUnsafeBufferPointer { bytes in
            guard let offset = firstNonUTF8(bytes) else { return true }
            findings.error(.notUTF8(byte: bytes[offset], at: place(ofByte: offset, in: bytes).range(source: number)))
            return false
        }
    }

    /// By its byte order mark, or by the zero bytes that the first characters leave.
    private static func otherEncoding(_ bytes: [UInt8]) -> String? {
        let head = Array(bytes.prefix(4))
        if head == [0, 0, 0xFE, 0xFF] || head == [0xFF, 0xFE, 0, 0] { return "UTF-32" }
        if head.starts(with: [0xFE, 0xFF]) || head.starts(with: [0xFF, 0xFE]) { return "UTF-16" }
        if head.count >= 2, (head[0] == 0) != (head[1] == 0) { return "UTF-16" }
        return nil
    }

    /// The offset of the first byte that is not part of well-formed UTF-8 (no overlong forms, no surrogates).
    static func firstNonUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        let raw = UnsafeRawBufferPointer(bytes)
        var position = 0
        while position < bytes.count {
            // Eight plain characters at once.
            while position + 8 <= bytes.count, raw.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
                position += 8
            }
            guard position < bytes.count else { return nil }
            if bytes[position] < 0x80 {
                position += 1
                continue
            }
            let length = sequenceLength(bytes, at: position)
            if length == 0 { return position }
            position += length
        }
        return nil
    }

    /// The length of the well-formed sequence of several bytes at a position, or 0 (Unicode, table 3-7).
    private static func sequenceLength(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int {
        let first = bytes[position]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return 0
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else { return 0 }
        for index in 2..<max(2, length) where !(0x80...0xBF).contains(bytes[position + index]) { return 0 }
        return length
    }

    /// The line and column of a byte, counted as libyaml counts.
    static func place(ofByte offset: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Place {
        LineCounter(bytes).place(ofByte: offset)
    }
}
