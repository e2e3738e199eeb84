/// Reads JSON (RFC 8259, strictly) from bytes, one value at a time, in the order in which the caller asks for them.
///
/// Nothing is built that was not asked for. The bytes must outlive the reader, so make it inside of `withUnsafeBufferPointer`. After a
/// thrown `JSONProblem` the reader is of no further use.
public struct JSONReader {
    /// How deep objects and arrays may be nested.
    public static let depthLimit = 64

    let bytes: UnsafeBufferPointer<UInt8>
    /// 0-based index of the next byte.
    public internal(set) var offset = 0
    /// How many bytes are still to be read.
    public var bytesLeft: Int { bytes.count - offset }

    /// The bytes between two offsets, for a checksum over what was read. They must not outlive the text.
    public func bytes(from start: Int, to end: Int) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[start..<end]) }

    private var depth = 0
    private var isFirst = false

    /// A reader at the start of a text.
    public init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    // MARK: Structure

    /// Takes the `{` of an object.
    public mutating func beginObject() throws(JSONProblem) { try begin(0x7B, "an object") }

    /// Takes the `[` of an array.
    public mutating func beginArray() throws(JSONProblem) { try begin(0x5B, "an array") }

    /// Takes the key of the next member and its colon; `nil` at the end of the object, whose `}` is then taken.
    public mutating func nextKey() throws(JSONProblem) -> JSONKey? {
        guard try advance(closing: 0x7D) else { return nil }
        guard peek() == 0x22 else { throw unexpected("a key in double quotes") }
        let key = try scanString()
        skipBlanks()
        guard peek() == 0x3A else { throw unexpected("a colon") }
        offset += 1
        return key
    }

    /// Whether another element follows; at the end of the array its `]` is taken.
    public mutating func nextElement() throws(JSONProblem) -> Bool { try advance(closing: 0x5D) }

    /// Checks that only blanks are left.
    public mutating func end() throws(JSONProblem) {
        skipBlanks()
        if offset < bytes.count { throw unexpected("the end of the text") }
    }

    private mutating func begin(_ opening: UInt8, _ what: String) throws(JSONProblem) {
        skipBlanks()
        guard peek() == opening else { throw unexpected(what) }
        if depth == Self.depthLimit { throw JSONProblem(.syntax, at: offset, "nested deeper than \(Self.depthLimit) levels") }
        depth += 1
        offset += 1
        isFirst = true
    }

    /// Moves to the next member or element; takes the closing bracket instead and gives `false` where there is none.
    private mutating func advance(closing: UInt8) throws(JSONProblem) -> Bool {
        skipBlanks()
        let byte = peek()
        if byte == closing {
            offset += 1
            depth -= 1
            isFirst = false
            return false
        }
        if isFirst {
            isFirst = false
            return true
        }
        guard byte == 0x2C else { throw unexpected("a comma or '\(Character(UnicodeScalar(closing)))'") }
        offset += 1
        skipBlanks()
        return true
    }

    // MARK: Values

    /// Takes a string.
    public mutating func string() throws(JSONProblem) -> String {
        try text().makeString()
    }

    /// Takes a string without making a `String` of it.
    public mutating func text() throws(JSONProblem) -> JSONKey {
        skipBlanks()
        guard peek() == 0x22 else { throw unexpected("a string", .value) }
        return try scanString()
    }

    /// Takes a whole number. A fraction, an exponent, or a number beyond 64 bits is a problem.
    public mutating func int() throws(JSONProblem) -> Int {
        skipBlanks()
        let start = offset
        let isNegative = peek() == 0x2D
        if isNegative { offset += 1 }
        guard let first = peek(), isDigit(first) else {
            offset = start
            throw unexpected("a whole number", .value)
        }
        var value = 0
        while let byte = peek(), isDigit(byte) {
            let digit = Int(byte &- 0x30)
            // Built up below zero, where one number more has room.
            let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.subtractingReportingOverflow(digit)
            if overflow || carry { throw JSONProblem(.value, at: start, "the number is too large") }
            value = sum
            offset += 1
        }
        if first == 0x30 && offset - start > (isNegative ? 2 : 1) { throw JSONProblem(.syntax, at: start, "a number begins with 0") }
        if let byte = peek(), byte == 0x2E || byte | 0x20 == 0x65 { throw JSONProblem(.value, at: start, "expected a whole number") }
        if isNegative { return value }
        if value == .min { throw JSONProblem(.value, at: start, "the number is too large") }
        return -value
    }

    /// Takes `true` or `false`.
    public mutating func bool() throws(JSONProblem) -> Bool {
        skipBlanks()
        if take("true") { return true }
        if take("false") { return false }
        throw unexpected("true or false", .value)
    }

    /// Takes `null` if it comes next.
    public mutating func takeNull() -> Bool {
        skipBlanks()
        return take("null")
    }

    /// Whether the next value is a string.
    public mutating func nextIsString() -> Bool {
        skipBlanks()
        return peek() == 0x22
    }

    /// The kind of the next value, by its first byte; `nil` where none begins.
    public mutating func nextKind() -> JSONKind? {
        skipBlanks()
        return switch peek() {
        case 0x7B: .object
        case 0x5B: .array
        case 0x22: .string
        case 0x74, 0x66: .bool
        case 0x6E: .null
        case 0x2D: .number
        case let byte? where isDigit(byte): .number
        default: nil
        }
    }

    /// Takes a number of any form and gives its text, which must not outlive the bytes.
    public mutating func number() throws(JSONProblem) -> UnsafeBufferPointer<UInt8> {
        skipBlanks()
        let start = offset
        try skipNumber()
        return UnsafeBufferPointer(rebasing: bytes[start..<offset])
    }

    /// Takes any value, checking its syntax.
    public mutating func skip() throws(JSONProblem) {
        skipBlanks()
        switch peek() {
        case 0x7B:
            try beginObject()
            while try nextKey() != nil { try skip() }
        case 0x5B:
            try beginArray()
            while try nextElement() { try skip() }
        case 0x22: _ = try scanString()
        case 0x2D?: try skipNumber()
        case let byte? where isDigit(byte): try skipNumber()
        default:
            if !take("true") && !take("false") && !take("null") { throw unexpected("a value") }
        }
    }

    private mutating func skipNumber() throws(JSONProblem) {
        if peek() == 0x2D { offset += 1 }
        let start = offset
        try skipDigits()
        if bytes[start] == 0x30 && offset - start > 1 { throw JSONProblem(.syntax, at: start, "a number begins with 0") }
        if peek() == 0x2E {
            offset += 1
            try skipDigits()
        }
        if let byte = peek(), byte | 0x20 == 0x65 {
            offset += 1
            if peek() == 0x2B || peek() == 0x2D { offset += 1 }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(JSONProblem) {
        guard let byte = peek(), isDigit(byte) else { throw unexpected("a digit") }
        while let byte = peek(), isDigit(byte) { offset += 1 }
    }

    // MARK: Bytes

    mutating func skipBlanks() {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            offset += 1
        }
    }

    func peek() -> UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private mutating func take(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard bytes.count - offset >= count else { return false }
        for index in 0..<count where bytes[offset + index] != word.utf8Start[index] { return false }
        offset += count
        return true
    }

    /// A problem at the next byte, saying what stands there instead.
    func unexpected(_ expected: String, _ kind: JSONProblem.Kind = .syntax) -> JSONProblem {
        let found =
            switch peek() {
            case nil: "the end"
            case let byte? where (0x21...0x7E).contains(byte): "'\(Character(UnicodeScalar(byte)))'"
            case 0x0A?: "a line break"
            case let byte?: "byte \(byte)"
            }
        // A value of another type is no mistake of JSON; anything else is.
        let isValue = [0x22, 0x5B, 0x7B, 0x2D, 0x74, 0x66, 0x6E].contains(peek()) || peek().map { isDigit($0) } == true
        return JSONProblem(isValue ? kind : .syntax, at: offset, "expected \(expected), found \(found)")
    }
}

/// The kinds of JSON's values.
public enum JSONKind: Sendable {
    case object, array, string, number, bool, null
}
