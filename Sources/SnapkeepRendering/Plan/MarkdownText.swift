import SnapkeepCore

/// Text from a person or a cloud inside Markdown: it is shown letter by letter, and neither formats, nor links, nor calls anybody.
enum MarkdownText {
    /// The text as code. Inside code no mention, link or HTML is looked for; where backticks would not hold it, entities do.
    static func code(_ text: String) -> String {
        let shown = VisibleText.escaped(text)
        if shown.isEmpty { return "`\"\"`" }
        let holds = shown.utf8.allSatisfy { $0 != 0x60 && $0 != 0x7C && $0 != 0x5C && $0 != 0x3C && $0 != 0x26 }
        // Blanks at the ends of a code span are dropped, and one that stands alone is none.
        if holds, shown.utf8.first != 0x20, shown.utf8.last != 0x20 { return "`\(shown)`" }
        var result = "<code>"
        for scalar in shown.unicodeScalars {
            if isHarmless(scalar) { result.unicodeScalars.append(scalar) } else { result += "&#\(scalar.value);" }
        }
        return result + "</code>"
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
