import SnapkeepCore

/// The differences of two texts, as `diff -u` shows them.
package enum LineDiff {
    /// Lines around a difference that are shown with it.
    private static let context = 3
    /// Beyond so many differing lines the shortest way is not looked for: the looking costs the square of them.
    private static let mostDiffering = 20_000

    /// The differences in unified form with the text's name in front; empty where there are none. Control characters are shown as escapes.
    package static func unified(_ old: [UInt8], _ new: [UInt8], name: String) -> String {
        let (old, new) = (lines(old), lines(new))
        let edits = self.edits(old, new)
        guard edits.contains(where: { $0.sign != " " }) else { return "" }
        let shown = VisibleText.escaped(name)
        return "--- \(shown)\n+++ \(shown) (formatted)\n" + hunks(edits).map(text).joined()
    }

    private struct Edit {
        var sign: Character
        var line: String
        /// The numbers of the next line of both texts, from 0.
        var old: Int
        var new: Int
    }

    /// Lines with their breaks: one that ends otherwise differs.
    private static func lines(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.endIndex
            lines.append(String(decoding: bytes[start..<end], as: UTF8.self))
            start = end
        }
        return lines
    }

    private static func edits(_ old: [String], _ new: [String]) -> [Edit] {
        let head = zip(old, new).prefix { $0 == $1 }.count
        let tail = zip(old.dropFirst(head).reversed(), new.dropFirst(head).reversed()).prefix { $0 == $1 }.count
        let (before, after) = (Array(old[head..<(old.count - tail)]), Array(new[head..<(new.count - tail)]))
        var (removed, inserted) = (Set(before.indices), Set(after.indices))
        if before.count + after.count <= mostDiffering {
            (removed, inserted) = ([], [])
            for change in after.difference(from: before) {
                switch change {
                case .remove(let offset, _, _): removed.insert(offset)
                case .insert(let offset, _, _): inserted.insert(offset)
                }
            }
        }
        var edits: [Edit] = []
        var (left, right) = (0, 0)
        func add(_ sign: Character, _ line: String) {
            edits.append(Edit(sign: sign, line: line, old: left, new: right))
            if sign != "+" { left += 1 }
            if sign != "-" { right += 1 }
        }
        for line in old.prefix(head) { add(" ", line) }
        while left - head < before.count || right - head < after.count {
            if left - head < before.count, removed.contains(left - head) {
                add("-", before[left - head])
            } else if right - head < after.count, inserted.contains(right - head) {
                add("+", after[right - head])
            } else {
                add(" ", before[left - head])
            }
        }
        for line in old.suffix(tail) { add(" ", line) }
        return edits
    }

    private static func hunks(_ edits: [Edit]) -> [ArraySlice<Edit>] {
        var hunks: [Range<Int>] = []
        for index in edits.indices where edits[index].sign != " " {
            let range = max(0, index - context)..<min(edits.count, index + context + 1)
            if let last = hunks.last, last.upperBound >= range.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks.map { edits[$0] }
    }

    private static func text(_ hunk: ArraySlice<Edit>) -> String {
        let (old, new) = (hunk.count { $0.sign != "+" }, hunk.count { $0.sign != "-" })
        func span(_ start: Int, _ count: Int) -> String { "\(count == 0 ? start : start + 1)" + (count == 1 ? "" : ",\(count)") }
        var text = "@@ -\(span(hunk.first!.old, old)) +\(span(hunk.first!.new, new)) @@\n"
        for edit in hunk {
            let isEnded = edit.line.last == "\n" || edit.line.last == "\r\n"
            let line = isEnded ? String(edit.line.dropLast()) + (edit.line.last == "\r\n" ? "\r" : "") : edit.line
            text += "\(edit.sign)\(VisibleText.escaped(line))\n" + (isEnded ? "" : "\\ No newline at end of file\n")
        }
        return text
    }
}
