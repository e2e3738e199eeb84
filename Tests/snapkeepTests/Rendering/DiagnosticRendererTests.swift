import SnapkeepCore
import Testing

@testable import SnapkeepRendering

@Suite("Diagnostics as text (Contributing#wording-of-findings)")
struct DiagnosticRendererTests {
    private func render(_ line: String, columns: Range<Int>, colour: Bool = false) -> [String] {
        let range = SourceRange(
            source: 0, start: SourcePosition(line: 1, column: columns.lowerBound), end: SourcePosition(line: 1, column: columns.upperBound))
        let text = DiagnosticRenderer.render(
            [Diagnostic(.error, code: "x", "something is wrong", at: .range(range))],
            sources: [SourceFile(name: "a.yaml", bytes: Array(line.utf8))],
            style: DiagnosticStyle(colour: colour))
        return text.split(separator: "\n").map(String.init)
    }

    @Test("head, excerpt, carets")
    func plain() {
        #expect(render("name: abc", columns: 7..<10) == ["a.yaml:1:7: error: something is wrong", " 1 | name: abc", "   |       ^~~"])
    }

    // The caret lands under its character: tabs are copied, wide characters fill two columns, joining marks none.
    @Test(
        "the pad",
        arguments: [("\tx: y", 5..<6, "\t   ^"), ("每日: y", 5..<6, "      ^"), ("e\u{301}: y", 5..<6, "   ^"), ("a: 每日", 4..<6, "   ^~~~")])
    func pad(_ line: String, _ columns: Range<Int>, _ marks: String) {
        #expect(render(line, columns: columns).last == "   | " + marks)
    }

    @Test("control characters of a source never reach a terminal")
    func controlCharacters() {
        #expect(render("a: \u{1B}[31m\u{202E}b", columns: 1..<2)[1] == " 1 | a: \u{FFFD}[31m\u{FFFD}b")
    }

    @Test("a long line is cut around the caret")
    func longLine() {
        let rows = render(String(repeating: "a", count: 5000) + "«" + String(repeating: "b", count: 5000), columns: 5001..<5002)
        #expect(rows[1].count < 140)
        #expect(rows[1].hasPrefix(" 1 | …aaa") && rows[1].hasSuffix("bbb…"))
        let column = rows[2].firstIndex(of: "^").map { rows[2].distance(from: rows[2].startIndex, to: $0) }
        #expect(column.map { Array(rows[1])[$0] } == "«")
    }

    @Test("a place past the end of its line, and one past the end of the file")
    func outside() {
        #expect(render("ab", columns: 9..<10).last == "   |   ^")
        let range = SourceRange(source: 0, start: SourcePosition(line: 7, column: 1), end: SourcePosition(line: 7, column: 2))
        let text = DiagnosticRenderer.render(
            [Diagnostic(.error, code: "x", "m", at: .range(range))], sources: [SourceFile(name: "a", bytes: [0x61])],
            style: DiagnosticStyle())
        #expect(text == "a:7:1: error: m\n")
    }

    @Test("notes with excerpts of their own, a named subject, help, and an empty line between findings")
    func whole() {
        let source = SourceFile(name: "a", bytes: Array("one\r\ntwo\r\nthree".utf8))
        func range(_ line: Int) -> Diagnostic.Subject {
            .range(SourceRange(source: 0, start: SourcePosition(line: line, column: 1), end: SourcePosition(line: line, column: 4)))
        }
        let text = DiagnosticRenderer.render(
            [
                Diagnostic(.error, code: "x", "it is bad", at: range(2), notes: [.init("because", at: range(1))], help: "mend it"),
                Diagnostic(.warning, code: "y", "odd", at: .named("GET /v2"), notes: [.init("more", at: .none)]),
            ], sources: [source], style: DiagnosticStyle())
        #expect(
            text == """
                a:2:1: error: it is bad
                 2 | two
                   | ^~~
                a:1:1: note: because
                 1 | one
                   | ^~~
                help: mend it

                GET /v2: warning: odd
                note: more

                """)
    }

    @Test("colour marks the severity and the caret, and adds nothing else")
    func colour() {
        let coloured = render("abc", columns: 1..<4, colour: true).joined(separator: "\n")
        #expect(coloured.contains("\u{1B}[1;31merror:\u{1B}[0m"))
        let stripped = coloured.replacing(["\u{1B}[1;31m", "\u{1B}[1m", "\u{1B}[0m"])
        #expect(stripped == render("abc", columns: 1..<4).joined(separator: "\n"))
    }

    @Test(
        "the summary counts without \"(s)\"",
        arguments: [(2, 1, "2 errors, 1 warning"), (1, 0, "1 error"), (0, 2, "2 warnings"), (0, 0, "")])
    func summary(_ errors: Int, _ warnings: Int, _ text: String) {
        #expect(DiagnosticRenderer.summary(errors: errors, warnings: warnings) == text)
    }

    @Test("quoted text: escapes, and a cut after sixty characters")
    func quoted() {
        #expect("a\n\u{1B}b".quoted == "'a\\n\\u{1B}b'")
        #expect(String(repeating: "x", count: 61).quoted == "'" + String(repeating: "x", count: 60) + "…'")
    }
}

extension String {
    fileprivate func replacing(_ parts: [String]) -> String {
        var rest = self[...]
        var result = ""
        while !rest.isEmpty {
            if let part = parts.first(where: { rest.hasPrefix($0) }) {
                rest.removeFirst(part.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
