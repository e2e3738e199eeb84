/// Writes JSON into a growing buffer. Members keep the order in which they are written; a field without a value is left out.
///
/// Compact by default; `breakLine` in front of a member or an element puts it on a line of its own.
public struct JSONWriter: Sendable {
    /// Which characters are escaped beside quotes and backslashes.
    public enum Escapes: Sendable {
        /// The control characters C0, DEL and C1.
        case controls
        /// All that may mislead who reads it on a terminal: `VisibleText.mustEscape` (P9).
        case misleading
    }

    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private let escapes: Escapes
    private var needsComma = false
    private var pendingBreak = -1
    /// The day that was written last, and its text: the timestamps of a state mostly fall on few days.
    private var day: (number: Int64, text: [UInt8])?

    /// An empty writer.
    ///
    /// - Parameters:
    ///   - capacity: how many bytes are expected.
    ///   - escapes: what is escaped; files keep to control characters, for their checksums are of the bytes.
    public init(capacity: Int = 0, escapes: Escapes = .controls) {
        self.escapes = escapes
        bytes.reserveCapacity(capacity)
    }

    // MARK: Structure

    /// Writes `{`.
    public mutating func beginObject() { open(0x7B) }

    /// Writes `}`.
    public mutating func endObject() { close(0x7D) }

    /// Writes `[`.
    public mutating func beginArray() { open(0x5B) }

    /// Writes `]`.
    public mutating func endArray() { close(0x5D) }

    /// Lets what comes next begin on a new line, behind so many blanks.
    public mutating func breakLine(indent: Int) { pendingBreak = indent }

    /// Writes a value, an element or members that another writer wrote.
    public mutating func append(encoded other: [UInt8]) {
        separate()
        bytes.append(contentsOf: other)
        needsComma = true
    }

    /// Writes the key of a member. It is written as it is: it must need no escape.
    public mutating func key(_ name: String) {
        separate()
        bytes.append(0x22)
        bytes.append(contentsOf: name.utf8)
        bytes.append(0x22)
        bytes.append(0x3A)
        needsComma = false
    }

    /// Ends the text with a line feed.
    public mutating func endLine() { bytes.append(0x0A) }

    /// Puts other bytes in the place of as many that were written: for what is known only at the end.
    public mutating func overwrite(at offset: Int, with other: [UInt8]) {
        bytes.replaceSubrange(offset..<offset + other.count, with: other)
    }

    /// Forgets what was written and keeps the room for it.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
        pendingBreak = -1
    }

    // MARK: Values

    /// Writes a string.
    public mutating func value(_ text: String) {
        separate()
        bytes.append(0x22)
        if escapes == .misleading, !VisibleText.isPlain(text) {
            for scalar in text.unicodeScalars { append(scalar) }
        } else {
            var copy = text
            copy.withUTF8 { append(escaping: $0) }
        }
        bytes.append(0x22)
        needsComma = true
    }

    /// Writes a whole number.
    public mutating func value(_ number: Int) {
        separate()
        append(decimal: number)
        needsComma = true
    }

    /// Writes `true` or `false`.
    public mutating func value(_ flag: Bool) {
        separate()
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        needsComma = true
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// Writes a member.
    public mutating func field(_ name: String, _ text: String) {
        key(name)
        value(text)
    }

    /// Writes a member.
    public mutating func field(_ name: String, _ number: Int) {
        key(name)
        value(number)
    }

    /// Writes a member.
    public mutating func field(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    /// Writes a member, or nothing where there is no value.
    public mutating func field(_ name: String, _ text: String?) { if let text { field(name, text) } }

    /// Writes a member, or nothing where there is no value.
    public mutating func field(_ name: String, _ number: Int?) { if let number { field(name, number) } }

    /// Writes an instant as `Timestamp.description` gives it, cut to the years 1 to 9999, which is what can be read again.
    public mutating func value(_ timestamp: Timestamp) {
        let microseconds = min(max(timestamp.microseconds, -62_135_596_800_000_000), 253_402_300_799_999_999)
        var number = microseconds / 86_400_000_000
        var rest = microseconds % 86_400_000_000
        if rest < 0 {
            number -= 1
            rest += 86_400_000_000
        }
        if day?.number != number {
            day = (number, Array(Timestamp(microseconds: number * 86_400_000_000).date.utf8))
        }
        separate()
        bytes.append(0x22)
        bytes.append(contentsOf: day!.text)
        let second = Int(rest / 1_000_000)
        append(0x54, second / 3600, digits: 2)
        append(0x3A, second / 60 % 60, digits: 2)
        append(0x3A, second % 60, digits: 2)
        append(0x2E, Int(rest % 1_000_000), digits: 6)
        bytes.append(0x5A)
        bytes.append(0x22)
        needsComma = true
    }

    /// Writes a member.
    public mutating func field(_ name: String, _ timestamp: Timestamp) {
        key(name)
        value(timestamp)
    }

    /// Writes a member, or nothing where there is no value.
    public mutating func field(_ name: String, _ timestamp: Timestamp?) { if let timestamp { field(name, timestamp) } }

    /// Writes metadata as an object, sorted by key.
    public mutating func field(_ name: String, _ metadata: Metadata) {
        object(name) { writer in
            for entry in metadata.entries {
                writer.value(entry.key)
                writer.bytes.append(0x3A)
                writer.needsComma = false
                writer.value(entry.value)
            }
        }
    }

    /// Writes a list of strings.
    public mutating func field(_ name: String, _ texts: [String]) {
        key(name)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }

    /// Writes an object.
    public mutating func object(_ name: String, _ write: (inout Self) -> Void) {
        key(name)
        beginObject()
        write(&self)
        endObject()
    }

    /// Writes a list of objects.
    public mutating func field<Element>(_ name: String, objects: [Element], _ write: (Element, inout Self) -> Void) {
        key(name)
        beginArray()
        for element in objects {
            beginObject()
            write(element, &self)
            endObject()
        }
        endArray()
    }

    /// Writes a list on a line of its own, with one element on each line.
    public mutating func lines<Element>(_ name: String, _ elements: [Element], _ write: (Element, inout Self) -> Void) {
        breakLine(indent: 2)
        key(name)
        beginArray()
        for element in elements {
            breakLine(indent: 4)
            write(element, &self)
        }
        if !elements.isEmpty { breakLine(indent: 2) }
        endArray()
    }

    /// Ends an object whose members stand on lines of their own, and the text with it.
    public mutating func endDocument() {
        breakLine(indent: 0)
        endObject()
        bytes.append(0x0A)
    }

    // MARK: Bytes

    private mutating func append(_ mark: UInt8, _ number: Int, digits: Int) {
        bytes.append(mark)
        var unit = digits == 2 ? 10 : 100_000
        while unit > 0 {
            bytes.append(0x30 + UInt8(number / unit % 10))
            unit /= 10
        }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        writeBreak()
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
        writeBreak()
    }

    private mutating func writeBreak() {
        guard pendingBreak >= 0 else { return }
        bytes.append(0x0A)
        for _ in 0..<pendingBreak { bytes.append(0x20) }
        pendingBreak = -1
    }

    private mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        var index = 0
        while index < text.count {
            while index + 8 <= text.count, isPlainText(text, at: index) { index += 8 }
            guard index < text.count else { break }
            let byte = text[index]
            if byte >= 0x20 && byte != 0x22 && byte != 0x5C && byte != 0x7F && byte != 0xC2 {
                index += 1
                continue
            }
            var length = 1
            var scalar = byte
            if byte == 0xC2 {
                guard index + 1 < text.count, text[index + 1] < 0xA0 else {
                    index += 1
                    continue
                }
                length = 2
                scalar = text[index + 1]
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<index]))
            append(escape: UInt16(scalar))
            index += length
            start = index
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start...]))
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if scalar == "\"" || scalar == "\\" || VisibleText.mustEscape(scalar) {
            for unit in UTF16.encode(scalar)! { append(escape: unit) }
        } else {
            bytes.append(contentsOf: UTF8.encode(scalar)!)
        }
    }

    private mutating func append(escape unit: UInt16) {
        bytes.append(0x5C)
        switch unit {
        case 0x22, 0x5C: bytes.append(UInt8(unit))
        case 0x0A: bytes.append(0x6E)
        case 0x0D: bytes.append(0x72)
        case 0x09: bytes.append(0x74)
        default:
            bytes.append(0x75)
            for shift in [12, 8, 4, 0] { bytes.append(Hexadecimal.digit(UInt8(unit >> shift & 15))) }
        }
    }

    private mutating func append(decimal number: Int) {
        if number < 0 { bytes.append(0x2D) }
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var rest = number.magnitude
        var count = 0
        repeat {
            digits[count] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        while count > 0 {
            count -= 1
            bytes.append(digits[count])
        }
    }
}
