import SnapkeepCore

/// Text that is broken into lines where a terminal is too narrow: between words, and never elsewhere.
package enum TextFlow {
    /// The parts in one line, or, where that is too wide, in as few as they fit in.
    static func joined(_ parts: [String], by separator: String, width: Int?) -> String {
        lines(of: parts, by: separator, width: width).map { wrapped($0, width: width, indent: 2, breaksWords: true) }
            .joined(separator: "\n")
    }

    /// The parts in as few lines as they fit in, in their order.
    package static func lines(of parts: [String], by separator: String, width: Int?) -> [String] {
        var lines: [String] = []
        for part in parts {
            let longer = (lines.last ?? "") + separator + part
            if let last = lines.last, width.map({ columns(longer) <= $0 }) ?? true {
                lines[lines.count - 1] = last + separator + part
            } else {
                lines.append(part)
            }
        }
        return lines
    }

    /// The text in lines of at most `width` columns, broken between words; the second and later lines begin `indent` columns to the right.
    /// A word that is longer than a line stands in one of its own, or is broken where `breaksWords` says so.
    ///
    /// - Parameter start: columns that stand before the text in its first line.
    package static func wrapped(_ text: String, width: Int?, indent: Int, from start: Int = 0, breaksWords: Bool = false) -> String {
        guard let width, start + columns(text) > width else { return text }
        return WordWrap.wrapped(text, width: max(WordWrap.narrowest, width), indent: indent, from: start, breaksWords: breaksWords) {
            columns(String($0))
        }
    }

    /// A whole text with each line that is too wide broken between words, its later lines indented under it. A line that is nothing but a
    /// command stays whole: it is there to be copied.
    package static func filled(_ text: String, width: Int?) -> String {
        guard let width, text.utf8.count > width else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if line.utf8.count <= width { return String(line) }
            let text = line.drop { $0 == " " }
            if text.hasPrefix("snapkeep ") { return String(line) }
            let margin = line.utf8.count - text.utf8.count
            let hanging = text.hasPrefix("help: ") ? "help: ".count : 2
            return line.prefix(margin) + wrapped(String(text), width: width, indent: min(margin + hanging, width / 2), from: margin)
        }.joined(separator: "\n")
    }

    /// The columns of a text; what only sets its colour takes none.
    static func columns(_ text: String) -> Int {
        guard text.utf8.contains(0x1B) else { return TextWidth.columns(text) }
        var bare = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "\u{1B}") {
            bare += rest[..<start]
            rest = rest[start...].drop { $0 != "m" }.dropFirst()
        }
        return TextWidth.columns(bare + rest)
    }
}
