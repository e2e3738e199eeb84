import SnapkeepCore

/// Finds lines in a text as libyaml does: it takes CR, LF, CR LF, NEL, LS and PS for line breaks.
struct LineCounter {
    private let bytes: UnsafeBufferPointer<UInt8>

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The line and column of a byte.
    func place(ofByte offset: Int) -> Place {
        var line: UInt32 = 1
        var start = startOfText
        var position = start
        while position < offset {
            let width = SourceFile.breakWidth(bytes, at: position)
            if width > 0 && position + width <= offset {
                line += 1
                start = position + width
            }
            position += max(1, width)
        }
        var column: UInt32 = 1
        // Code points: bytes that start one.
        for byte in bytes[min(start, offset)..<min(offset, bytes.count)] where byte & 0xC0 != 0x80 { column += 1 }
        return Place(line: line, column: column, length: 1)
    }

    /// The characters of a line, from 1; empty past the end.
    func line(_ number: UInt32) -> [Unicode.Scalar] {
        var line: UInt32 = 1
        var start = startOfText
        var position = start
        while position < bytes.count {
            let width = SourceFile.breakWidth(bytes, at: position)
            if width == 0 {
                position += 1
                continue
            }
            if line == number { break }
            position += width
            line += 1
            start = position
        }
        guard line == number else { return [] }
        return Array(String(decoding: bytes[start..<position], as: UTF8.self).unicodeScalars)
    }

    private var startOfText: Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
}
