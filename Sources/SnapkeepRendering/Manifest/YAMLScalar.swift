import SnapkeepCore

/// Writes a text as one YAML scalar on one line that every reader takes for that text.
enum YAMLScalar {
    /// Plain where that is certain to be read as text, in double quotes with escapes otherwise.
    static func text(_ text: String) -> String { isPlain(text) ? text : quoted(text) }

    /// Letters first, then letters, digits, `_ . / -` and single blanks: no indicator can be in it, and neither `: ` nor ` #`.
    private static func isPlain(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last, isLetter(first), last != blank, !otherValues.contains(text.lowercased())
        else {
            return false
        }
        return bytes.indices.allSatisfy { index in
            switch bytes[index] {
            case let byte where isLetter(byte): true
            case 0x30...0x39, 0x2D, 0x2E, 0x2F, 0x5F: true
            case blank: bytes[index - 1] != blank
            default: false
            }
        }
    }

    private static let blank: UInt8 = 0x20

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

    /// What readers of YAML 1.1 or 1.2 take for something else than text.
    private static let otherValues: Set<String> = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"]

    /// The escapes of YAML 1.2, section 5.7. What a reader of the file could not see is escaped too.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if VisibleText.mustEscape(scalar) || scalar == "\u{7F}" {
                    result += escape(scalar.value)
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }

    private static func escape(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        let (letter, width) = value <= 0xFF ? ("x", 2) : value <= 0xFFFF ? ("u", 4) : ("U", 8)
        return "\\\(letter)" + String(repeating: "0", count: width - digits.count) + digits
    }
}
