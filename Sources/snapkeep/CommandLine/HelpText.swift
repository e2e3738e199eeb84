import ArgumentParser
import SnapkeepCore
import SnapkeepRendering

/// The pages of `--help`, laid out for a width. The argument parser's own layout breaks examples in the middle of their comments and lists
/// without a hanging indent; so it is asked for lines that are not broken, and they are broken here.
enum HelpText {
    /// The page with the groups of commands called by their names alone: under `START`, nobody needs to hear that these are subcommands.
    /// `examples/man-pages` knows the names.
    static func withGroups(_ page: String) -> String { page.replacing(/(\n[A-Z ]+) SUBCOMMANDS:\n/) { "\($0.1):\n" } }

    /// A width at which the parser breaks nothing.
    static let unbroken = 100_000

    /// Where the parser begins the second column of its lists.
    private static let column = 26
    /// Text beside a term has at least this many columns, else it stands below.
    private static let leastRoom = 24

    /// Whether a text of the parser's is a page of help: it gives others in the same way.
    static func isHelp(_ text: String) -> Bool { text.hasPrefix("OVERVIEW: ") || text.hasPrefix("USAGE: ") }

    /// - Parameters:
    ///   - text: a page as the parser gives it for `unbroken` columns.
    static func filled(_ text: String, width: Int) -> String {
        let width = max(WordWrap.narrowest, width)
        var isList = false
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.first?.isUppercase == true { isList = Self.lists.contains(String(line)) || line.hasSuffix(" SUBCOMMANDS:") }
            lines.append(isList ? item(line, width) : self.line(line, width))
        }
        return lines.joined(separator: "\n")
    }

    private static let commands: Set<Substring> = ["snapkeep", "curl"]

    private static let lists = Set(
        ["OPTIONS:", "ARGUMENTS:", "SUBCOMMANDS:"] + Snapkeep.configuration.groupedSubcommands.map { $0.name.uppercased() + ":" })

    /// A line of one of the parser's lists: a term, and what it is from `column` on.
    private static func item(_ line: Substring, _ width: Int) -> String {
        if TextWidth.columns(String(line)) <= width { return String(line) }
        let term = line.prefix(column)
        guard line.count > column, term.last == " " else { return self.line(line, width) }
        return pair(term, line.dropFirst(column), width)
    }

    /// Any other line: a paragraph, a rule or an example with what it means, the synopsis.
    private static func line(_ line: Substring, _ width: Int) -> String {
        if TextWidth.columns(String(line)) <= width { return String(line) }
        if line.hasPrefix("USAGE: ") { return synopsis(line, width) }
        let margin = line.prefix { $0 == " " }.count
        let blanks = String(repeating: " ", count: margin)
        guard margin > 0 else { return TextFlow.wrapped(String(line), width: width, indent: 0) }
        let parts = line.dropFirst(margin).split(separator: /\ {2,}/)
        if parts.count > 2 {
            // Several short ones beside each other.
            return TextFlow.lines(of: parts.map { String($0) }, by: "   ", width: width - margin).map { blanks + $0 }.joined(
                separator: "\n")
        }
        if parts.count == 2 { return pair(line[..<parts[1].startIndex], parts[1], width) }
        // A command is there to be copied; variables may stand before it.
        if let word = line.split(separator: " ").first(where: { !$0.contains("=") }), commands.contains(word) { return String(line) }
        return blanks + TextFlow.wrapped(String(line.dropFirst(margin)), width: width, indent: margin, from: margin)
    }

    /// A term and what it means: beside it, or below where there is not room enough.
    private static func pair(_ term: Substring, _ meaning: Substring, _ width: Int) -> String {
        let widest = meaning.split(separator: " ").map { TextWidth.columns(String($0)) }.max() ?? 0
        if width - term.count >= max(leastRoom, widest) {
            return term + TextFlow.wrapped(String(meaning), width: width, indent: term.count, from: term.count)
        }
        let indent = 6
        let below = String(repeating: " ", count: indent) + TextFlow.wrapped(String(meaning), width: width, indent: indent, from: indent)
        let term = String(term.reversed().drop { $0 == " " }.reversed())
        return term.isEmpty ? below : term + "\n" + below
    }

    /// The synopsis, in which what stands in brackets stays together.
    private static func synopsis(_ line: Substring, _ width: Int) -> String {
        var depth = 0
        let joined = line.map { character -> Character in
            depth += character == "[" ? 1 : character == "]" ? -1 : 0
            return character == " " && depth > 0 ? "\u{A0}" : character
        }
        return TextFlow.wrapped(String(joined), width: width, indent: 9).replacing("\u{A0}", with: " ")
    }
}
