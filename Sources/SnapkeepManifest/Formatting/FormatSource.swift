import SnapkeepCore

/// A manifest's text as the formatter reads it: without a byte order mark, and with a line feed at the end of each line.
struct FormatSource {
    let bytes: [UInt8]
    /// For each of libyaml's marks the byte that it stands for; marks come nearly in order.
    private var cursor = (index: 0, byte: 0)

    init(_ given: [UInt8]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(given.count + 1)
        var rest = given[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        var index = rest.startIndex
        while index < rest.endIndex {
            if rest[index] == 0x0D {
                bytes.append(0x0A)
                if index + 1 < rest.endIndex, rest[index + 1] == 0x0A { index += 1 }
            } else {
                bytes.append(rest[index])
            }
            index += 1
        }
        if let last = bytes.last, last != 0x0A { bytes.append(0x0A) }
        self.bytes = bytes
    }

    /// The first of the line breaks that other programs than YAML's readers take for characters; `nil` where there is none.
    var foreignBreak: Int? {
        bytes.withUnsafeBufferPointer { bytes in
            bytes.indices.first { bytes[$0] >= 0x80 && SourceFile.breakWidth(bytes, at: $0) > 0 }
        }
    }

    /// The byte of a code point.
    mutating func byte(of index: Int) -> Int {
        while cursor.index < index, cursor.byte < bytes.count {
            cursor.byte += 1
            while cursor.byte < bytes.count, bytes[cursor.byte] & 0xC0 == 0x80 { cursor.byte += 1 }
            cursor.index += 1
        }
        while cursor.index > index, cursor.byte > 0 {
            cursor.byte -= 1
            while cursor.byte > 0, bytes[cursor.byte] & 0xC0 == 0x80 { cursor.byte -= 1 }
            cursor.index -= 1
        }
        return cursor.byte
    }

    /// The column of a byte in its line, in code points from 0.
    func column(of byte: Int) -> Int {
        var start = byte
        while start > 0, bytes[start - 1] != 0x0A { start -= 1 }
        return Self.width(bytes[start..<byte])
    }

    /// Code points.
    static func width(_ bytes: some Sequence<UInt8>) -> Int { bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }

    /// What stands between two tokens.
    func gap(_ range: Range<Int>) -> [GapPiece] {
        var pieces: [GapPiece] = []
        var (breaks, index) = (0, range.lowerBound)
        while index < range.upperBound {
            switch bytes[index] {
            case 0x20, 0x09: index += 1
            case 0x0A:
                breaks += 1
                index += 1
            case 0x23:
                var end = index
                while end < range.upperBound, bytes[end] != 0x0A { end += 1 }
                var last = end
                while last > index, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x09 { last -= 1 }
                pieces.append(GapPiece(kind: .comment(Array(bytes[index..<last]), column: column(of: index)), breaks: breaks))
                (breaks, index) = (0, end)
            default:
                pieces.append(GapPiece(kind: .indicator(bytes[index]), breaks: breaks))
                (breaks, index) = (0, index + 1)
            }
        }
        pieces.append(GapPiece(kind: .end, breaks: breaks))
        return pieces
    }
}

/// Something between two tokens, with the line breaks in front of it.
struct GapPiece {
    enum Kind {
        case comment([UInt8], column: Int)
        /// One of `-`, `:`, `?`, `,` and the like.
        case indicator(UInt8)
        /// The token behind the gap.
        case end
    }

    var kind: Kind
    var breaks: Int
}
