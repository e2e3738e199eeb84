/// Breaks text into lines: between words, and never inside a command that somebody may want to copy, where that fits in a line.
package enum WordWrap {
    /// Below this many columns nothing reads well; narrower terminals break lines by themselves.
    package static let narrowest = 24

    /// The text in lines of at most `width` columns; the second and later ones begin `indent` columns to the right.
    ///
    /// - Parameters:
    ///   - start: columns that stand before the text in its first line.
    ///   - breaksWords: whether a word that no line holds is broken; else it stands in a line of its own.
    ///   - columns: how many columns a stretch of text takes.
    static func wrapped(
        _ text: some StringProtocol, width: Int, indent: Int, from start: Int = 0, breaksWords: Bool = false,
        columns: (Substring) -> Int
    ) -> String {
        let room = max(1, width - indent)
        let margin = "\n" + String(repeating: " ", count: indent)
        var result = ""
        var used = start
        var isFirst = true
        func place(_ word: Substring) {
            let needed = columns(word)
            if !isFirst, used + 1 + needed > width {
                result += margin
                used = indent
            } else if !isFirst {
                result += " "
                used += 1
            } else if used > indent, used + needed > width, needed <= room, !breaksWords {
                // What stands before it stays where it is; only a line that holds the word is worth beginning.
                result += margin
                used = indent
            }
            isFirst = false
            guard breaksWords, used + needed > width else {
                result += word
                used += needed
                return
            }
            var rest = word
            while true {
                let (part, taken) = beginning(of: rest, room: width - used, isWholeLine: used <= indent, columns)
                result += part
                used += taken
                rest = rest[part.endIndex...]
                if rest.isEmpty { return }
                result += margin
                used = indent
            }
        }
        for word in words(of: Substring(text)) {
            if columns(word) <= room {
                place(word)
            } else {
                for part in word.split(separator: " ", omittingEmptySubsequences: false) { place(part) }
            }
        }
        return result
    }

    /// As much of a word as there is room for, up to a sign at which it reads on well, where one is in its second half.
    ///
    /// - Parameter isWholeLine: whether no line has more room: then it is one character at least.
    private static func beginning(
        of word: Substring, room: Int, isWholeLine: Bool, _ columns: (Substring) -> Int
    ) -> (part: Substring, columns: Int) {
        var (end, taken) = (word.startIndex, 0)
        var sign = (end: word.startIndex, columns: 0)
        while end < word.endIndex {
            let next = columns(word[end...end])
            if taken + next > room, !(isWholeLine && taken == 0) { break }
            taken += next
            let isSign = "-/,:=".contains(word[end])
            end = word.index(after: end)
            if isSign { sign = (end, taken) }
        }
        if end == word.endIndex || sign.columns * 2 < taken { return (word[..<end], taken) }
        return (word[..<sign.end], sign.columns)
    }

    /// The words; a command in backticks, or one of ours in quotes, counts as one.
    private static func words(of text: Substring) -> [Substring] {
        var words: [Substring] = []
        /// Where the command began that is under way, and what ends it.
        var open: (start: Substring.Index, end: Character)?
        for piece in text.split(separator: " ", omittingEmptySubsequences: false) {
            if let begun = open {
                let isEnd =
                    begun.end == "`" ? piece.contains("`") : piece.last { !",.;:)".contains($0) } == begun.end
                if isEnd {
                    words.append(text[begun.start..<piece.endIndex])
                    open = nil
                }
            } else if piece.utf8.count(where: { $0 == 0x60 }) % 2 == 1 {
                open = (piece.startIndex, "`")
            } else if piece.hasSuffix("'snapkeep") {
                open = (piece.startIndex, "'")
            } else {
                words.append(piece)
            }
        }
        if let open { words += text[open.start...].split(separator: " ", omittingEmptySubsequences: false) }
        return words
    }
}
