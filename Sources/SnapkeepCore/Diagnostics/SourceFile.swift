/// The bytes of one input and the name a person knows it by: the core never opens a path.
public struct SourceFile: Hashable, Sendable {
    /// As typed on the command line; `<stdin>` for standard input.
    public let name: String
    public let bytes: [UInt8]

    /// An input of a name and its bytes.
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// How many bytes the line break takes that begins at a position; 0 where none does. Lines end as YAML's do: at LF, CR, CR LF, NEL, LS or
    /// PS, so that numbers agree with the parser's.
    public static func breakWidth(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Int {
        switch bytes[position] {
        case 0x0A: 1
        case 0x0D: position + 1 < bytes.count && bytes[position + 1] == 0x0A ? 2 : 1
        case 0xC2 where position + 1 < bytes.count && bytes[position + 1] == 0x85: 2
        case 0xE2 where position + 2 < bytes.count && bytes[position + 1] == 0x80 && bytes[position + 2] & 0xFE == 0xA8: 3
        default: 0
        }
    }
}

/// A place in a source, as editors count: lines and columns from 1, columns in characters (code points).
public struct SourcePosition: Hashable, Sendable, Comparable {
    public var line: UInt32
    public var column: UInt32

    /// A place from its 1-based line and column.
    public init(line: Int, column: Int) {
        self.line = UInt32(clamping: line)
        self.column = UInt32(clamping: column)
    }

    public static func < (left: Self, right: Self) -> Bool { (left.line, left.column) < (right.line, right.column) }
}

/// A stretch of one source. `end` is the place after the last character.
public struct SourceRange: Hashable, Sendable {
    /// Index into the list of sources of the run.
    public var source: Int
    public var start: SourcePosition
    public var end: SourcePosition

    /// A stretch of source number `source` from `start` up to, not including, `end`.
    public init(source: Int, start: SourcePosition, end: SourcePosition) {
        self.source = source
        self.start = start
        self.end = end
    }
}
