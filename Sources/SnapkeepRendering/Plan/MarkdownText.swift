import SnapkeepCore

/// Text from a person or a cloud inside Markdown: it is shown letter by letter, and neither formats, nor links, nor calls anybody.
enum MarkdownText {
    /// The text as code. Inside code no mention, link or HTML is looked for; where backticks would not hold it, entities do.
    static func code(_ text: String) -> String {
        let shown = VisibleText.escaped(text)
        return shown.isEmpty ? "`\"\"`" : code(shown: shown)
    }

    private static func code(shown: String) -> String {
        let holds = shown.utf8.allSatisfy { $0 != 0x60 && $0 != 0x7C && $0 != 0x5C && $0 != 0x3C && $0 != 0x26 }
        // Blanks at the ends of a code span are dropped, and one that stands alone is none.
        if holds, shown.utf8.first != 0x20, shown.utf8.last != 0x20 { return "`\(shown)`" }
        var result = "<code>"
        for scalar in shown.unicodeScalars {
            if isHarmless(scalar) { result.unicodeScalars.append(scalar) } else { result += "&#\(scalar.value);" }
        }
        return result + "</code>"
    }

    /// A sentence of ours, which may hold code between backticks, and quote a name or a status of the cloud's invention. Whatever that holds,
    /// backticks too, can only change which words are shown as code.
    static func sentence(_ words: String) -> String {
        let parts = words.split(separator: "`", omittingEmptySubsequences: false)
        var result = ""
        for (index, part) in parts.enumerated() {
            let isCode = index % 2 == 1
            if isCode, index < parts.count - 1, !part.isEmpty {
                result += code(shown: String(part))
            } else {
                // A backtick without a partner, or two without a word.
                if isCode { result += index < parts.count - 1 ? "&#96;&#96;" : "&#96;" }
                result += plain(part)
            }
        }
        return result
    }

    private static func plain(_ text: Substring) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "|", "<", ">", "&", "*", "_", "[", "]", "\\", "~", "$": result += "&#\(scalar.value);"
            // Hosts look for names to call, issues and addresses in what is shown, whatever it was written as; only not in code.
            case "@", "#": result += "<code>\(scalar)</code>"
            // Bare addresses become links.
            case "/" where result.hasSuffix(":"): result += "&#47;"
            case "." where result.suffix(3).lowercased() == "www": result += "&#46;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A text inside of an HTML comment, which it can neither end nor make anything else of: what is none of the letters, digits and marks of a
    /// plain path is written by its bytes, `%2D`. Where it is long it is cut, and a digest of the whole stands for the rest: two that begin alike
    /// are two.
    static func comment(_ text: String) -> String {
        var result = ""
        var last: UInt8 = 0
        for byte in text.utf8 {
            if result.utf8.count > 400 { return result + "~" + String(digest(text), radix: 16) }
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x2F, 0x3A, 0x5F: result.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x2D where last != 0x2D && !result.isEmpty: result += "-"
            default: result += "%" + Hexadecimal.text([byte]).uppercased()
            }
            last = byte
        }
        return result
    }

    /// FNV-1a of 64 bits. It tells names apart; nobody gains by two that agree.
    private static func digest(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    // Letters and digits of any script; a blank only inside is kept by entities, which is what the ends need.
    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value >= 0x80 { return true }
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9", "-", ".", ",": return true
        default: return false
        }
    }
}
