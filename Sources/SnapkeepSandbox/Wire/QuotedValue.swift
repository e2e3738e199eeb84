/// The notation in which the real service quotes a client's value in its messages (the literals of its implementation language).
///
/// Source: the bodies measured from a real service (README of the Cinder lab); tests compare whole messages.
enum QuotedValue {
    /// The value as it appears after `Value: `: a text stands without quotes.
    static func plain(_ value: JSONValue) -> String {
        if case .string(let text) = value { return text }
        return literal(value)
    }

    /// The value as a literal: `'text'`, `True`, `None`, `{'k': 1}`.
    static func literal(_ value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .bool(let flag): flag ? "True" : "False"
        case .integer(let number): String(number)
        case .number(let text): text
        case .string(let text): literal(text)
        case .array(let elements): "[" + elements.map(literal).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\(literal($0.name)): \(literal($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    static func literal(_ text: String) -> String {
        let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var quoted = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case quote: quoted += "\\\(quote)"
            default:
                if PrintableText.isPrintable(scalar) {
                    quoted.unicodeScalars.append(scalar)
                } else {
                    quoted += escape(scalar.value)
                }
            }
        }
        return quoted + String(quote)
    }

    private static func escape(_ value: UInt32) -> String {
        let (prefix, width) = value <= 0xFF ? ("\\x", 2) : value <= 0xFFFF ? ("\\u", 4) : ("\\U", 8)
        return prefix + Hexadecimal.text(value, width: width)
    }
}

/// The characters a description may hold (CloudAPI#texts).
enum PrintableText {
    /// No control, format, private or unassigned character, no line or paragraph separator.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    /// Printable, and inside the Basic Multilingual Plane.
    static func isAllowed(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value < 0xFFFF && isPrintable($0) }
    }

    /// The text without blanks at its ends, as the service stores names and descriptions.
    static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}
