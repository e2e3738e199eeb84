import SnapkeepCore

/// Words a syntax error of libyaml for the person who made it: libyaml marks where it gave up, often a line below the mistake.
struct SyntaxExplainer {
    let bytes: UnsafeBufferPointer<UInt8>
    let source: Int
    /// The mappings and lists around the mistake.
    let outline: Outline

    func explain(_ problem: SyntaxProblem) -> Diagnostic {
        switch problem {
        case .outOfMemory:
            return Diagnostic(
                .error, code: "out-of-memory", "there is not enough memory to read the file",
                help: FileProblem.noMemory.remedy(for: "", .read) + ", then run it again")
        case .reader(let text, let offset, let value):
            let range = SourceCheck.place(ofByte: offset, in: bytes).range(source: source)
            if text.hasPrefix("control") { return .controlCharacter(UInt32(bitPattern: value), at: range) }
            return .notUTF8(byte: UInt8(truncatingIfNeeded: value), at: range)
        case .syntax(let text, let place, let context, let from):
            // A byte order mark may start a line for libyaml, but shifts the columns of that line.
            if place.line > 1, line(place.line).first == "\u{FEFF}" {
                return .controlCharacter(0xFEFF, at: Place(line: place.line, column: 1, length: 1).range(source: source))
            }
            return known(text, at: place, context: context ?? "", from: from) ?? other(text, at: place, context: context, from: from)
        }
    }

    /// The mistakes that are made often, by libyaml's words for them.
    private func known(_ text: String, at place: Place, context: String, from: Place) -> Diagnostic? {
        switch text {
        case "found character that cannot start any token": badStart(at: place)
        case "found a tab character that violates indentation", "found a tab character where an indentation space is expected",
            "found a tab character where an intendation space is expected":
            tabIndent(at: place)
        case "could not find expected ':'": noColon(at: place, from: from)
        case "mapping values are not allowed in this context": colonInValue(at: place)
        case "block sequence entries are not allowed in this context":
            finding("a list cannot start here, after other text", at: place, help: "put the '-' on a line of its own, or quote the text")
        case "found unexpected end of stream" where context.contains("quoted"): unclosedQuote(from: from)
        case "found unexpected document indicator" where context.contains("quoted"): unclosedQuote(from: from)
        case "found unknown escape character":
            finding(
                "a backslash in double quotes must start an escape that YAML knows", at: place,
                help: "write the backslash twice, or use single quotes")
        case "did not find expected ',' or ']'": unclosedBracket("[", "]", at: place, from: from)
        case "did not find expected ',' or '}'": unclosedBracket("{", "}", at: place, from: from)
        case "did not find expected key", "did not find expected '-' indicator": wrongIndent(text, at: place, from: from)
        case "did not find expected <document start>":
            finding("expected the end of the file or '---', found more text", at: place, help: "indent all top-level keys alike")
        case "found undefined tag handle": finding("the tag is not declared", at: place, help: "quote the text if it starts with '!'")
        case "did not find expected alphabetic or numeric character":
            finding(
                "\(context.hasSuffix("alias") ? "an alias '*'" : "an anchor '&'") needs a name", at: from.isNone ? place : from.head,
                help: "quote the text if it starts with '*' or '&'")
        case "did not find expected node content":
            finding("expected a value, found \(words(at: place))", at: place, help: "write a value there, or quote the text if that is it")
        default: nil
        }
    }

    private func other(_ text: String, at place: Place, context: String?, from: Place) -> Diagnostic {
        let notes: [Diagnostic.Note] =
            if let context, !from.isNone, from.line != place.line || from.column != place.column {
                [.init(context.lowercased(), at: .range(from.range(source: source)))]
            } else {
                []
            }
        return finding(
            text.lowercased(), at: place, notes: notes, help: "compare with the manifest that 'snapkeep init example.yaml' writes")
    }

    // MARK: Single mistakes

    private func badStart(at place: Place) -> Diagnostic? {
        guard let character = character(at: place) else { return nil }
        if character == "\t" { return tabIndent(at: place) }
        return finding(
            "a value cannot start with \(String(Character(character)).quoted)", at: place, help: "put the value in quotes")
    }

    private func tabIndent(at place: Place) -> Diagnostic {
        finding("a tab cannot indent a line", at: place, help: "use spaces")
    }

    /// `name:orders`, or a word without any colon.
    private func noColon(at place: Place, from: Place) -> Diagnostic? {
        guard !from.isNone else { return nil }
        if let gap = missingBlank(on: from.line) { return gap }
        let text = self.text(from: from)
        var stretch = from
        stretch.length = UInt32(max(1, text.unicodeScalars.count))
        return finding("expected ':' after the key \(text.quoted)", at: stretch, help: "write 'key: value' with a blank after the colon")
    }

    /// `a: b: c`, a line indented deeper than the key above, or `name:orders` on the line above.
    private func colonInValue(at place: Place) -> Diagnostic {
        let line = line(place.line)
        let before = String(String.UnicodeScalarView(line.prefix(Int(place.column) - 1)))
        if before.contains(": ") {
            return finding("a value without quotes cannot hold another ': '", at: place, help: "put the value in quotes")
        }
        if place.line > 1, let gap = missingBlank(on: place.line - 1) { return gap }
        let key = UInt32(line.prefix { $0 == " " }.count)
        let above = place.line > 1 ? self.line(place.line - 1) : []
        let aboveKey = above.prefix { $0 == " " || $0 == "-" }.count
        var stretch = Place(line: place.line, column: key + 1, length: place.column - min(place.column, key + 1))
        stretch.length = max(1, stretch.length)
        guard !above.isEmpty, Int(key) > aboveKey else {
            return finding("a key cannot stand here", at: stretch, help: "put each key on a line of its own, or quote the text")
        }
        return finding(
            "the line is indented deeper than the key above it", at: stretch,
            notes: [
                .init(
                    "the key above stands here",
                    at: .range(Place(line: place.line - 1, column: UInt32(aboveKey) + 1, length: 1).range(source: source)))
            ],
            help: "move line \(place.line) left by \(spaces(Int(key) - aboveKey)), or put the value above it in quotes")
    }

    private func unclosedQuote(from: Place) -> Diagnostic? {
        guard !from.isNone else { return nil }
        return finding("the quote that starts here is never closed", at: from.head, help: "end the text with the same quote")
    }

    private func unclosedBracket(_ opening: String, _ closing: String, at place: Place, from: Place) -> Diagnostic {
        finding(
            "expected ',' or '\(closing)', found \(words(at: place))", at: place,
            notes: from.isNone ? [] : [.init("the '\(opening)' that it would close stands here", at: .range(from.range(source: source)))],
            help: "close the bracket, separate its parts by commas, or quote a text that holds brackets")
    }

    /// A line that fits none of the open mappings and lists.
    private func wrongIndent(_ text: String, at place: Place, from: Place) -> Diagnostic? {
        if let gap = missingBlank(on: place.line) { return gap }
        let indent = line(place.line).prefix { $0 == " " }.count
        guard indent + 1 == Int(place.column) else { return nil }
        let startsItem = character(at: place) == "-"
        let expected =
            text.hasSuffix("key")
            ? "a key or the end of the \(outline.open.count > 2 ? "snapshot" : "mapping")" : "'- ' or the end of the list"
        // The collection that was closed last by this line's indent is mostly the one that the line was meant for.
        let meant = outline.lastClosed.flatMap { $0.line < place.line ? $0 : nil } ?? (from.isNone ? nil : from)
        guard let meant else { return nil }
        let distance = Int(meant.column) - Int(place.column)
        let help =
            distance > 0
            ? "indent line \(place.line) by \(spaces(distance))"
            : distance < 0
                ? "move line \(place.line) left by \(spaces(-distance))"
                : "begin the line in the column of what it belongs to, with '- ' where that is a list"
        return finding(
            "expected \(expected), found a new line at another indent", at: place,
            notes: [
                .init(
                    "the \(startsItem ? "list" : "mapping") that this belongs to starts here", at: .range(meant.head.range(source: source)))
            ],
            help: help)
    }

    /// A key on a line whose colon has no blank after it.
    private func missingBlank(on number: UInt32) -> Diagnostic? {
        let line = line(number)
        let start = line.prefix { $0 == " " || $0 == "-" }.count
        let word = line[start...].prefix { $0 == "_" || ("a"..."z").contains($0) || ("A"..."Z").contains($0) }
        let colon = start + word.count
        guard !word.isEmpty, colon + 1 < line.count, line[colon] == ":", line[colon + 1] != " ", line[colon + 1] != "/" else { return nil }
        let key = String(String.UnicodeScalarView(word))
        return finding(
            "expected a blank after '\(key):'", at: Place(line: number, column: UInt32(start) + 1, length: UInt32(word.count) + 1),
            help: "write '\(key): …'")
    }

    // MARK: Parts

    private func finding(_ message: String, at place: Place, notes: [Diagnostic.Note] = [], help: String) -> Diagnostic {
        Diagnostic(.error, code: "yaml-syntax", message, at: .range(place.range(source: source)), notes: notes, help: help)
    }

    private func spaces(_ count: Int) -> String { count == 1 ? "1 space" : "\(count) spaces" }

    private func line(_ number: UInt32) -> [Unicode.Scalar] { LineCounter(bytes).line(number) }

    private func character(at place: Place) -> Unicode.Scalar? {
        let line = line(place.line)
        return Int(place.column) <= line.count ? line[Int(place.column) - 1] : nil
    }

    private func text(from place: Place) -> String {
        var scalars = line(place.line).dropFirst(Int(place.column) - 1)
        while scalars.last == " " { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars))
    }

    private func words(at place: Place) -> String {
        guard let character = character(at: place) else { return "the end of the \(line(place.line + 1).isEmpty ? "file" : "line")" }
        return String(Character(character)).quoted
    }
}
