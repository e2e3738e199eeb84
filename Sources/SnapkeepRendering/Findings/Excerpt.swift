import SnapkeepCore

/// The stretches of source that a set of diagnostics quotes, found in one pass through each source.
struct Excerpts {
    private struct Key: Hashable {
        var source: Int
        var start: SourcePosition
    }

    private let names: [String]
    private var found: [Key: Excerpt] = [:]

    init(_ diagnostics: [Diagnostic], sources: [SourceFile]) {
        names = sources.map(\.name)
        var wanted: [Int: Set<SourcePosition>] = [:]
        for subject in diagnostics.flatMap({ [$0.subject] + $0.notes.map(\.subject) }) {
            if case .range(let range) = subject { wanted[range.source, default: []].insert(range.start) }
        }
        for (source, positions) in wanted where sources.indices.contains(source) {
            sources[source].bytes.withUnsafeBufferPointer { collect(positions.sorted(), of: source, $0) }
        }
    }

    func name(of source: Int) -> String { names.indices.contains(source) ? names[source] : "?" }

    /// What stands around the start of a range; `nil` when the source has no such line.
    subscript(range: SourceRange) -> Excerpt? { found[Key(source: range.source, start: range.start)] }

    private mutating func collect(_ positions: [SourcePosition], of source: Int, _ bytes: UnsafeBufferPointer<UInt8>) {
        var remaining = positions[...]
        var position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var lineStart = position
        var line: UInt32 = 1
        var column: UInt32 = 1
        while let next = remaining.first {
            let isEnd = position >= bytes.count
            let width = isEnd ? 0 : SourceFile.breakWidth(bytes, at: position)
            // A place past the end of its line is shown at that end.
            if line == next.line, column >= next.column || isEnd || width > 0 {
                found[Key(source: source, start: next)] = Excerpt(bytes, lineStart: lineStart, at: position)
                remaining.removeFirst()
                continue
            }
            if isEnd { return }
            if width > 0 {
                position += width
                line += 1
                (lineStart, column) = (position, 1)
            } else {
                position += 1
                while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
                column += 1
            }
        }
    }
}

/// The part of one line that is shown around a place. A line may be as long as its file, so no more of it is kept.
struct Excerpt {
    /// The most characters of a line that are shown, and how many of them at least stand in front of the caret where more do.
    private static let window = 120
    private static let lead = 40

    private var before: [Unicode.Scalar]
    private var after: [Unicode.Scalar]
    private var isCutBefore = false
    private var isCutAfter = false

    init(_ bytes: UnsafeBufferPointer<UInt8>, lineStart: Int, at position: Int) {
        // A character has at most four bytes; one more tells whether something is left out.
        let reach = 4 * (Self.window + 1)
        var start = max(lineStart, position - reach)
        while start > lineStart, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        var end = position
        while end < bytes.count, end < position + reach, SourceFile.breakWidth(bytes, at: end) == 0 { end += 1 }
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        let logins = Self.logins(bytes, from: lineStart, shown: start..<end)
        before = Self.text(bytes, start..<position, without: logins)
        after = Self.text(bytes, position..<end, without: logins)
        let roomBefore = max(Self.lead, Self.window - after.count)
        if before.count > roomBefore {
            before.removeFirst(before.count - roomBefore)
            isCutBefore = true
        }
        let roomAfter = Self.window - before.count
        if after.count > roomAfter {
            after.removeLast(after.count - roomAfter)
            isCutAfter = true
        }
    }

    /// Where users and passwords stand in the URLs of a line, as far as they reach into what is shown of it. What is quoted goes into logs,
    /// and a password may be longer than all that is quoted (P8).
    private static func logins(_ bytes: UnsafeBufferPointer<UInt8>, from lineStart: Int, shown: Range<Int>) -> [Range<Int>] {
        var logins: [Range<Int>] = []
        var index = lineStart
        while index < min(shown.upperBound, bytes.count - 2) {
            guard bytes[index] == UInt8(ascii: ":"), bytes[index + 1] == UInt8(ascii: "/"), bytes[index + 2] == UInt8(ascii: "/") else {
                index += 1
                continue
            }
            let login = index + 3
            index = login
            var end = login
            while index < bytes.count, !endsURL(bytes[index]) {
                if bytes[index] == UInt8(ascii: "@") { end = index }
                index += 1
            }
            if end > shown.lowerBound, login < shown.upperBound { logins.append(login..<end) }
        }
        return logins
    }

    private static func endsURL(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

    /// A part of a line with a star for each character of a login.
    private static func text(
        _ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, without logins: [Range<Int>]
    ) -> [Unicode.Scalar] {
        var rest = range.lowerBound
        var text: [Unicode.Scalar] = []
        for login in logins {
            let hidden = login.clamped(to: range)
            if hidden.isEmpty { continue }
            text += String(decoding: bytes[rest..<hidden.lowerBound], as: UTF8.self).unicodeScalars
            text += String(decoding: bytes[hidden], as: UTF8.self).unicodeScalars.map { _ in "*" }
            rest = hidden.upperBound
        }
        return text + String(decoding: bytes[rest..<range.upperBound], as: UTF8.self).unicodeScalars
    }

    /// The quoted line, and what stands in the line below it.
    ///
    /// - Parameter room: the columns that there are for it; `nil`: any number.
    func rows(under range: SourceRange, room: Int? = nil) -> (source: String, marks: (pad: String, carets: String)) {
        if let room, let cut = cut(to: room) { return cut.rows(under: range) }
        let source = (isCutBefore ? "…" : "") + (before + after).map(Self.shown).joined() + (isCutAfter ? "…" : "")
        let pad = before.map { $0 == "\t" ? "\t" : String(repeating: " ", count: TextWidth.columns($0)) }.joined()
        // A stretch that goes on below is underlined to the end of its first line.
        let length = range.end.line > range.start.line ? after.count : max(0, Int(range.end.column) - Int(range.start.column))
        let underlined = after.prefix(length).reduce(0) { $0 + TextWidth.columns($1) }
        return (source, ((isCutBefore ? " " : "") + pad, "^" + String(repeating: "~", count: max(0, underlined - 1))))
    }

    /// What of it fits, with the place in it; `nil` where all of it does.
    private func cut(to room: Int) -> Excerpt? {
        func columns(_ characters: [Unicode.Scalar]) -> Int { characters.reduce(0) { $0 + ($1 == "\t" ? 8 : TextWidth.columns($1)) } }
        func ends(_ excerpt: Excerpt) -> Int { (excerpt.isCutBefore ? 1 : 0) + (excerpt.isCutAfter ? 1 : 0) }
        var (front, back) = (columns(before), columns(after))
        guard front + back + ends(self) > room else { return nil }
        var result = self
        // What is marked counts most, and some of what leads up to it.
        let lead = max(room / 3, room - back - 2)
        while front > lead, let first = result.before.first {
            front -= columns([first])
            result.before.removeFirst()
            result.isCutBefore = true
        }
        while front + back + ends(result) > room, let last = result.after.last {
            back -= columns([last])
            result.after.removeLast()
            result.isCutAfter = true
        }
        return result
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        scalar == "\t" ? "\t" : VisibleText.mustEscape(scalar) ? "\u{FFFD}" : String(Character(scalar))
    }
}
