import Foundation
import SnapkeepCore
import Testing

@testable import SnapkeepManifest

/// `fmt`: the usual form, and nothing lost on the way to it.
@Suite struct FormatTests {
    private static func format(_ text: String) -> ManifestFormatter.Outcome {
        ManifestFormatter.format(SourceFile(name: "m.yaml", bytes: Array(text.utf8)))
    }

    private static func formatted(_ text: String) -> String? {
        guard case .formatted(let bytes) = format(text) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let before: String
        let after: String
        var testDescription: String { name }
        init(_ name: String, _ before: String, _ after: String) { (self.name, self.before, self.after) = (name, before, after) }
    }

    private static let cases = [
        Case(
            "two blanks indent, and a list is indented under its key", "a:\n    - b:\n          c: d\ne:\n- f\n",
            "a:\n  - b:\n      c: d\n\ne:\n  - f\n"),
        Case("one blank stands behind a colon and a dash", "a:   b\nc:\td\ne:\n -   f\n", "a: b\nc: d\n\ne:\n  - f\n"),
        Case("brackets have no blanks inside and one behind each comma", "a: [ b,c ,{ d: e } ]\nf: { }\n", "a: [b, c, {d: e}]\nf: {}\n"),
        Case("brackets over several lines are joined where they fit", "a: [b,\n    c,\n  ]\n", "a: [b, c]\n"),
        Case(
            "brackets that do not fit are opened up",
            "a: [\(Array(repeating: "0123456789", count: 12).joined(separator: ", "))]\n",
            "a:\n\(String(repeating: "  - 0123456789\n", count: 12))"),
        Case("brackets with a comment in them are opened up", "a: {b: c,  # why\n    d: e}\n", "a:\n  b: c  # why\n  d: e\n"),
        Case(
            "no more than one blank line, none at the ends or at the beginning of a list", "\n\na: 1\n\n\nb: 2\nc:\n\n  - d\n\n\n",
            "a: 1\n\nb: 2\n\nc:\n  - d\n"),
        Case(
            "a blank line parts entries that take several lines, in front of their comments",
            "snapshots:\n  - name: a\n    volume: x\n    # of a\n  # of b\n  - name: b\n    volume: x\n",
            "snapshots:\n  - name: a\n    volume: x\n    # of a\n\n  # of b\n  - name: b\n    volume: x\n"),
        Case("entries in a line each stay together", "s:\n  - {a: b}\n  - {a: c}\n", "s:\n  - {a: b}\n  - {a: c}\n"),
        Case("a comment behind a line keeps its column", "a: 1      # one\nb:    2   # two\n", "a: 1      # one\nb: 2      # two\n"),
        Case("a comment too close moves away", "a: 1 # one\n", "a: 1  # one\n"),
        Case(
            "a comment goes in and out with what it is about",
            "a:\n      # first\n      - b:\n          c: d\n          # of b\n      # last\n# root\n",
            "a:\n  # first\n  - b:\n      c: d\n      # of b\n  # last\n# root\n"),
        Case(
            "the lines of a text keep their places among each other",
            "a:\n    b: |\n            one\n              two\n    c: >-\n       x\n\n       y\n",
            "a:\n  b: |\n    one\n      two\n  c: >-\n    x\n\n    y\n"),
        Case("blank lines at the end of a text that keeps them stay", "a: |+\n   one\n\n\nb: 2\n", "a: |+\n  one\n\n\nb: 2\n"),
        Case("an indent that is given by a number becomes two", "a: |4\n      one\n", "a: |2\n    one\n"),
        Case("quotes stay as they are", "a: 'it''s'\nb: \"x\\u00e9\"\n\"c\": 'd'\n", "a: 'it''s'\nb: \"x\\u00e9\"\n\"c\": 'd'\n"),
        Case("texts over several lines are indented", "a: \"b\n c\"\nd: e\n    f\n", "a: \"b\n  c\"\nd: e\n  f\n"),
        Case(
            "anchors, aliases and merges stay", "s:\n- &x\n  a: &y b\n- <<:   *x\n  c: *y\n",
            "s:\n  - &x\n    a: &y b\n\n  - <<: *x\n    c: *y\n"),
        Case("documents stay apart", "---\na: 1\n...\n# between\n---\nb: 2\n", "---\na: 1\n# between\n---\nb: 2\n"),
        Case("lines end with a line feed, and the byte order mark goes", "\u{FEFF}a: 1\r\nb: 2\rc: 3", "a: 1\nb: 2\nc: 3\n"),
        Case("a key with a question mark becomes one without", "? a\n: b\n", "a: b\n"),
        Case("comments alone stay", "# a\n\n\n  # b\n", "# a\n\n# b\n"),
        Case("a comment at the head of an entry stays", "s:\n  - # why\n    a: b\n", "s:\n  -  # why\n    a: b\n"),
    ]

    @Test("The usual form", arguments: cases)
    func usualForm(_ one: Case) throws {
        #expect(Self.formatted(one.before) == one.after)
        #expect(Self.formatted(one.after) == one.after, "a second time it stays as it is")
    }

    @Test(
        "P9: what cannot be kept is refused with its place, and nothing else is said",
        arguments: [
            ("a: [b\n", "yaml-syntax"), ("a:\n\t- b\n", "yaml-syntax"), ("a: !custom b\n", "unsupported-tag"),
            ("a: *b\n", "unknown-anchor"),
            ("a: &b [*b]\n", "recursive-alias"), ("a: \u{1}\n", "control-character"), ("? [a]\n: b\n", "cannot-format"),
            ("%YAML 1.1\n---\na: b\n", "cannot-format"), ("a: \"b\u{2028}c\"\n", "cannot-format"), ("? a\n  b\n: c\n", "cannot-format"),
        ])
    func refused(_ text: String, _ code: String) {
        guard case .refused(let diagnostics) = Self.format(text) else {
            Issue.record("it was formatted: \(Self.formatted(text) ?? "")")
            return
        }
        #expect(diagnostics.map(\.code) == [code])
        #expect(diagnostics.allSatisfy { $0.range != nil && $0.help != nil && $0.severity == .error })
    }

    @Test func `mistakes that leave the layout certain are for validate`() {
        #expect(Self.formatted("snapshot:\n- name: no\n") == "snapshot:\n  - name: no\n")
    }

    @Test func `the examples are in the usual form`() throws {
        let folder = Self.root.appending(path: "examples")
        var count = 0
        for name in ["nightly.yaml", "quickstart.yaml", "team/00-volumes.yaml", "team/databases.yaml", "team/search.yaml"] {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            #expect(Self.formatted(text) == text, "\(name)")
            count += 1
        }
        #expect(count == 5)
    }

    // MARK: Whatever there is

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// All manifests of the tree: examples, what the fuzzer knows, those with mistakes, and what the pages show.
    private static func manifests() throws -> [String] {
        var texts = MistakeCase.all.map { $0.text.replacing("«", with: "").replacing("»", with: "") }
        for folder in ["examples", "Tests/Fuzz/Corpus/manifest", "Sources/snapkeep/Documentation.docc"] {
            let found = try #require(FileManager.default.enumerator(atPath: root.appending(path: folder).path))
            for case let name as String in found {
                guard let text = try? String(contentsOf: root.appending(path: "\(folder)/\(name)"), encoding: .utf8) else { continue }
                if name.hasSuffix(".md") {
                    texts += text.matches(of: /```yaml\n([^`]*)```/).map { String($0.1) }
                } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") || folder.hasPrefix("Tests") {
                    texts.append(text)
                }
            }
        }
        return texts + cases.map(\.before)
    }

    /// Says what is wrong with the formatting of a text; `nil` when all is well, or when it is no YAML.
    private static func fault(_ text: String) -> String? {
        switch format(text) {
        case .refused(let diagnostics):
            return diagnostics.contains { $0.code == "format-unproven" } ? "unproven" : nil
        case .formatted(let bytes):
            let after = String(decoding: bytes, as: UTF8.self)
            guard formatted(after) == after else { return "not the same a second time:\n\(after)\n---\n\(formatted(after) ?? "refused")" }
            // By another way than the formatter's own proof.
            let (left, right) = (read(text), read(after))
            if left.manifest != right.manifest { return "another manifest" }
            func remarks(_ text: String) -> [String] { text.matches(of: /# remark [0-9]+/).map { String($0.0) }.sorted() }
            return remarks(text) == remarks(after) ? nil : "a remark was lost"
        }
    }

    @Test func `whatever manifests the tree holds: the same meaning, and the same bytes a second time`() throws {
        let texts = try Self.manifests()
        #expect(texts.count > 150)
        for text in texts { if let fault = Self.fault(text) { Issue.record("\(fault)\n\(text)") } }
    }

    @Test("wherever comments and blanks stand, none is lost, and the meaning stays", arguments: SeededRandom.seeds(2))
    func disturbed(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var formatted = 0
        for text in try Self.manifests() {
            for _ in 0..<2 {
                let disturbed = Self.disturbed(text, &random)
                if Self.formatted(disturbed) != nil { formatted += 1 }
                if let fault = Self.fault(disturbed) {
                    Issue.record("SNAPKEEP_TEST_SEED=\(seed): \(fault)\n\(disturbed)")
                    return
                }
            }
        }
        #expect(formatted > 100)
    }

    /// The text with comments, blanks and line breaks where a person might have put them, and where not.
    private static func disturbed(_ text: String, _ random: inout SeededRandom) -> String {
        let factor = Int.random(in: 1...3, using: &random)
        var number = 0
        var lines: [String] = []
        func remark(_ random: inout SeededRandom) -> String {
            number += 1
            return "# remark \(number)"
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let blanks = line.prefix { $0 == " " }.count
            var line = String(repeating: " ", count: blanks * factor) + line.dropFirst(blanks)
            while random.chance(8) { lines.append(String(repeating: " ", count: Int.random(in: 0...9, using: &random)) + remark(&random)) }
            if random.chance(8) { lines.append("") }
            if random.chance(10) { line = line.replacing(": ", with: ":   ", maxReplacements: 1) }
            if random.chance(10) {
                line = line.replacing(", ", with: " ,\n \(random.chance(50) ? remark(&random) : "")\n   ", maxReplacements: 1)
            }
            if random.chance(10) {
                line = line.replacing("{", with: "{ \(random.chance(50) ? remark(&random) + "\n    " : "")", maxReplacements: 1)
            }
            if random.chance(5) {
                line = line.replacing(
                    "- ", with: "- \(remark(&random))\n\(String(repeating: " ", count: blanks * factor + 2))", maxReplacements: 1)
            }
            if random.chance(12), !line.isEmpty { line += "  " + remark(&random) }
            lines.append(line)
        }
        return lines.joined(separator: random.chance(15) ? "\r\n" : "\n")
    }

    @Test("trees of any shape, written in any style", arguments: SeededRandom.seeds(2))
    func grown(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<200 {
            var tree = GrownYAML(random: random)
            let text = tree.document()
            random = tree.random
            if case .refused(let diagnostics) = Self.format(text), diagnostics.contains(where: { $0.code == "yaml-syntax" }) {
                Issue.record(
                    "SNAPKEEP_TEST_SEED=\(seed): the text was to be YAML\n\(rendered(diagnostics, [SourceFile(name: "m", bytes: Array(text.utf8))]))\(text)"
                )
                return
            }
            if let fault = Self.fault(text) {
                Issue.record("SNAPKEEP_TEST_SEED=\(seed): \(fault)\n\(text)")
                return
            }
        }
    }
}

/// YAML as somebody might write it: any nesting, any style, comments anywhere that they may stand.
private struct GrownYAML {
    var random: SeededRandom
    private var remarks = 0

    init(random: SeededRandom) { self.random = random }

    mutating func document() -> String {
        var text = random.chance(20) ? "---\n" : ""
        text += mapping(indent: 0, depth: 0)
        if random.chance(20) { text += remark(indent: Int.random(in: 0...4, using: &random)) }
        return text
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private mutating func remark(indent: Int) -> String {
        remarks += 1
        return String(repeating: " ", count: indent) + "# remark \(remarks)\n"
    }

    private mutating func end() -> String {
        if random.chance(15) {
            remarks += 1
            return String(repeating: " ", count: number(1...6)) + "# remark \(remarks)\n"
        }
        return random.chance(10) ? "  \n" : "\n"
    }

    private mutating func between(_ indent: Int) -> String {
        var text = ""
        while random.chance(10) { text += random.chance(50) ? "\n" : remark(indent: number(0...(indent + 3))) }
        return text
    }

    private mutating func mapping(indent: Int, depth: Int) -> String {
        var text = ""
        for index in 0..<number(1...4) {
            text += between(indent) + String(repeating: " ", count: indent)
            text +=
                (random.chance(10) ? "\"key \(index)\"" : "key\(index)") + (random.chance(10) ? "  :" : ":")
                + value(indent: indent, depth: depth, isKey: true)
        }
        return text
    }

    private mutating func sequence(indent: Int, depth: Int) -> String {
        var text = ""
        for _ in 0..<number(1...4) {
            text += between(indent) + String(repeating: " ", count: indent) + "-" + value(indent: indent, depth: depth, isKey: false)
        }
        return text
    }

    private mutating func value(indent: Int, depth: Int, isKey: Bool) -> String {
        switch depth > 3 ? number(4...9) : number(0...9) {
        case 0, 1:
            let inner = indent + number(1...5)
            if !isKey, random.chance(60) {
                // On the line of the dash.
                let gap = number(1...3)
                return String(repeating: " ", count: gap)
                    + String(mapping(indent: indent + 1 + gap, depth: depth + 1).drop { $0 == " " || $0 == "\n" || $0 == "#" })
                    .withoutLeadingRemark(&remarks)
            }
            return (random.chance(20) ? " &anchor" : "") + end() + mapping(indent: inner, depth: depth + 1)
        case 2, 3: return end() + sequence(indent: indent + number(isKey ? 0...4 : 1...4), depth: depth + 1)
        case 4: return " " + flow(depth: depth) + end()
        case 5:
            let inner = indent + number(1...4)
            let keep = ["", "-", "+"][number(0...2)]
            return " " + (random.chance(50) ? "|" : ">") + keep + "\n"
                + (0..<number(1...3)).map { line in
                    String(repeating: " ", count: inner + (line == 0 ? 0 : number(0...2))) + "text # \(line)\n"
                        + (random.chance(20) ? "\n" : "")
                }.joined()
        case 6: return " \"quoted \\\n\(String(repeating: " ", count: indent + number(1...4)))and  more\"" + end()
        case 7: return " plain\n" + String(repeating: " ", count: indent + number(1...4)) + "and more" + end()
        case 8: return end()
        default: return " " + ["word", "'it''s'", "\"x # y\"", "12", "true", "~", "a:b", "http://x/y#z"][number(0...7)] + end()
        }
    }

    private mutating func flow(depth: Int) -> String {
        func gap(_ random: inout SeededRandom, _ remarks: inout Int) -> String {
            if random.chance(6) {
                remarks += 1
                return "  # remark \(remarks)\n            "
            }
            return random.chance(10) ? "\n            " : random.chance(30) ? " " : ""
        }
        let count = number(0...(random.chance(10) ? 14 : 3))
        let isMapping = random.chance(50)
        var items: [String] = []
        for index in 0..<count {
            let item =
                depth < 6 && random.chance(25) ? flow(depth: depth + 1) : ["word", "\"q, r\"", "'s'", "0123456789abcdef"][number(0...3)]
            items.append(gap(&random, &remarks) + (isMapping ? "k\(index): " : "") + item + gap(&random, &remarks))
        }
        return (isMapping ? "{" : "[") + items.joined(separator: ",") + gap(&random, &remarks) + (isMapping ? "}" : "]")
    }
}

extension String {
    /// A text that is to follow a dash cannot begin with a comment; the counting of remarks does not mind one less.
    fileprivate func withoutLeadingRemark(_ remarks: inout Int) -> String {
        guard hasPrefix("remark") || hasPrefix(" remark") else { return self }
        return String(drop { $0 != "\n" }.drop { $0 == " " || $0 == "\n" })
    }
}
