/// Text that is broken into lines where a terminal is too narrow: between words, and never elsewhere.
enum TextFlow {
    /// Below this many columns nothing reads well; narrower terminals break lines by themselves.
    static let narrowest = 24

    /// The parts in one line, or, where that is too wide, in as few as they fit in; each line but the last ends with the separator's sign.
    static func joined(_ parts: [String], by separator: String, width: Int?) -> String {
        var lines: [String] = []
        for part in parts {
            let longer = (lines.last ?? "") + separator + part
            if let last = lines.last, width.map({ TextWidth.columns(longer) <= $0 }) ?? true {
                lines[lines.count - 1] = last + separator + part
            } else {
                lines.append(part)
            }
        }
        return lines.map { wrapped($0, width: width, indent: 2) }.joined(separator: "\n")
    }

    /// The text in lines of at most `width` columns, broken between words; the second and later lines begin `indent` columns to the right.
    /// A word that is longer than a line stands in one of its own.
    ///
    /// - Parameter start: columns that stand before the text in its first line.
    static func wrapped(_ text: String, width: Int?, indent: Int, from start: Int = 0) -> String {
        guard let width, start + TextWidth.columns(text) > width else { return text }
        let room = max(narrowest, width)
        var result = ""
        var used = start
        var isAtStart = true
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let columns = TextWidth.columns(String(word))
            if !isAtStart, used + 1 + columns > room {
                result += "\n" + String(repeating: " ", count: indent)
                used = indent
            } else if !isAtStart {
                result += " "
                used += 1
            }
            result += word
            used += columns
            isAtStart = false
        }
        return result
    }
}
