import Glibc

/// One step through a YAML document. `text` points into memory of the reader and is good until the next step only.
struct Event {
    enum Kind: UInt8 {
        case scalar
        case mappingStart
        case mappingEnd
        case sequenceStart
        case sequenceEnd
        case alias
        /// A node that was refused and reported already: whoever reads it keeps silent.
        case refused
        case documentStart
        case documentEnd
        case streamEnd
    }

    enum Style: UInt8 {
        case plain
        case quoted
        /// `|` and `>`.
        case block
        /// `!!str` in front: text, whatever it looks like.
        case tagged
    }

    var kind: Kind
    var style: Style
    var place: Place
    /// The bytes of a scalar, UTF-8.
    var text: UnsafeBufferPointer<UInt8>

    init(_ kind: Kind, style: Style = .plain, place: Place, text: UnsafeBufferPointer<UInt8> = .init(start: nil, count: 0)) {
        self.kind = kind
        self.style = style
        self.place = place
        self.text = text
    }

    /// What a plain `true` or `false` says; `nil` for anything else.
    @inline(__always)
    var flag: Bool? {
        guard kind == .scalar, style == .plain else { return nil }
        return equals("true") ? true : equals("false") ? false : nil
    }

    /// `~`, `null` and nothing at all, in plain style: a quoted one is text.
    var isNull: Bool {
        guard kind == .scalar, style == .plain else { return false }
        switch text.count {
        case 0: return true
        case 1: return text[0] == 0x7E
        case 4: return equals("null") || equals("Null") || equals("NULL")
        default: return false
        }
    }

    var isMergeKey: Bool { kind == .scalar && style == .plain && text.count == 2 && text[0] == 0x3C && text[1] == 0x3C }

    var string: String { String(decoding: text, as: UTF8.self) }

    @inline(__always)
    func equals(_ word: StaticString) -> Bool { text.isSame(as: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)) }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether both are the same bytes. By `memcmp`, which becomes one comparison where the other is a constant of a few bytes.
    @inline(__always)
    func isSame(as other: Self) -> Bool {
        count == other.count && (other.isEmpty || memcmp(baseAddress!, other.baseAddress!, other.count) == 0)
    }
}
