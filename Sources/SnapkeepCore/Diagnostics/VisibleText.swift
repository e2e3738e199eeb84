/// Makes text from the cloud or from a person safe to print: nothing in it moves the cursor, rings, hides or turns the line around (P9).
public enum VisibleText {
    /// Whether all of it is printable ASCII: then it is shown as it is, and its width is its length.
    @inlinable
    public static func isPlain(_ text: String) -> Bool {
        let fast = text.utf8.withContiguousStorageIfAvailable { bytes in bytes.allSatisfy { $0 &- 0x20 < 0x5F } }
        return fast ?? text.utf8.allSatisfy { $0 &- 0x20 < 0x5F }
    }

    /// The text with control, direction and invisible characters written as escapes: `\n`, `\u{1B}`.
    public static func escaped(_ text: String) -> String {
        if isPlain(text) || !text.unicodeScalars.contains(where: mustEscape) { return text }
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    /// The text in double quotes, with quotes and backslashes inside escaped, so that its ends are certain.
    public static func quoted(_ text: String) -> String {
        if !text.unicodeScalars.contains(where: { $0 == "\"" || $0 == "\\" || mustEscape($0) }) { return "\"" + text + "\"" }
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result.unicodeScalars.append("\\") }
            append(scalar, to: &result)
        }
        return result + "\""
    }

    /// The text in single quotes, as messages name things (style of the diagnostics).
    public static func named(_ text: String) -> String { "'\(escaped(text))'" }

    /// Whether a terminal or a reader could be misled by the character.
    public static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x7F { return scalar.value < 0x20 }
        // The common letters of East Asia, without asking the tables.
        if (0x3041...0x3096).contains(scalar.value) || (0x4E00...0x9FFF).contains(scalar.value) { return false }
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: return true
        // Joiners are part of ordinary writing and of emoji; all other format characters are invisible or turn the direction.
        case .format: return scalar.value != 0x200C && scalar.value != 0x200D
        default: return false
        }
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        guard mustEscape(scalar) else { return result.unicodeScalars.append(scalar) }
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        default: result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        }
    }
}
