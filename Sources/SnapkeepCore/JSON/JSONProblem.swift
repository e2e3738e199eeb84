/// What is wrong with a JSON text, and where.
public struct JSONProblem: Error, Hashable, Sendable {
    /// What sort of mistake it is; the wording is the same for all.
    public enum Kind: Hashable, Sendable {
        /// Not JSON at all (RFC 8259), or nested too deep.
        case syntax
        /// JSON, but not of the wanted type or range.
        case value
        case unknownField(String)
        case duplicateField(String)
        case missingField(String)
        /// A part of the text is not what its checksum says.
        case checksum
    }

    public var kind: Kind
    /// 0-based index of the byte where it was noticed.
    public var offset: Int
    /// `expected a whole number, found 'x'`.
    public var message: String

    /// A problem of its parts.
    public init(_ kind: Kind, at offset: Int, _ message: String) {
        self.kind = kind
        self.offset = offset
        self.message = message
    }
}

extension SourcePosition {
    /// The place of a byte in a text: lines end with a line feed, columns count code points. Bytes that are not UTF-8 count one each.
    public init(offset: Int, in bytes: some Collection<UInt8>) {
        var line = 1
        var column = 1
        for byte in bytes.prefix(offset) {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(line: line, column: column)
    }
}
