import SnapkeepCore

/// How many columns text takes on a terminal.
package enum TextWidth {
    /// The columns of a text without control characters: wide East Asian characters and emoji take two, combining marks none.
    package static func columns(_ text: String) -> Int {
        if VisibleText.isPlain(text) { return text.utf8.count }
        return simpleColumns(text) ?? text.reduce(0) { $0 + columns($1) }
    }

    /// The columns where each code point is a character of its own: Latin letters and the common ones of East Asia; `nil` otherwise.
    private static func simpleColumns(_ text: String) -> Int? {
        var width = 0
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x20...0x7E, 0xA1...0xAC, 0xAE...0x2FF, 0x2026: width += 1
            case 0x3041...0x3096, 0x4E00...0x9FFF: width += 2
            default: return nil
            }
        }
        return width
    }

    /// The columns of one character as a reader sees it, however many code points it is made of.
    static func columns(_ character: Character) -> Int {
        var width = 0
        for scalar in character.unicodeScalars {
            // Asks for the coloured picture of the character before it.
            if scalar.value == 0xFE0F { width = max(width, 2) }
            width = max(width, columns(scalar))
        }
        return width
    }

    /// The text with blanks at its end, up to `width` columns.
    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - columns(text)))
    }

    /// The text with blanks in front, up to `width` columns.
    static func padded(left text: String, to width: Int) -> String {
        String(repeating: " ", count: max(0, width - columns(text))) + text
    }

    /// The text, or its beginning and `…`, in at most `width` columns. A character is never halved.
    static func cut(_ text: String, to width: Int) -> String {
        if columns(text) <= width { return text }
        var result = ""
        var used = 0
        for character in text {
            let next = columns(character)
            if used + next > width - 1 { break }
            result.append(character)
            used += next
        }
        return width > 0 ? result + "…" : ""
    }

    /// The text, or its ends with `…` for what stood between, in at most `width` columns: names of one family differ at their ends.
    /// A character is never halved.
    static func middle(_ text: String, to width: Int) -> String {
        if columns(text) <= width { return text }
        guard width > 2 else { return cut(text, to: width) }
        let characters = Array(text)
        var (front, back) = (0, characters.count)
        var room = width / 2
        while front < back, case let next = columns(characters[front]), next <= room {
            room -= next
            front += 1
        }
        room += width - 1 - width / 2
        while back > front, case let next = columns(characters[back - 1]), next <= room {
            room -= next
            back -= 1
        }
        return String(characters[..<front]) + "…" + String(characters[back...])
    }

    /// The columns of a code point by itself.
    static func columns(_ scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return scalar.value == 0xAD ? 0 : 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: return isWide(scalar) ? 2 : 1
        }
    }

    // The ranges of Unicode's East Asian Width classes W and F that are assigned in blocks, and characters shown as pictures.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF,
            0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD:
            true
        default: scalar.properties.isEmojiPresentation
        }
    }
}
