import Foundation
import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// The document that a program gets, and the page that says what is in it.
@Suite struct JSONDocumentTests {
    private static let sources = #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 }
    private static let page = try! String(
        contentsOfFile: sources + "/Sources/snapkeep/Documentation.docc/JSON.md", encoding: .utf8)

    private func text(_ document: JSONDocument, _ diagnostics: [PlacedDiagnostic] = []) -> String {
        String(decoding: document.ended(format: "snapkeep.test", diagnostics: diagnostics, .partly), as: UTF8.self)
    }

    @Test func `members and elements have lines of their own, and what has no value is left out`() {
        var document = JSONDocument()
        document.field("text", "a\u{1B}\"")
        document.field("none", nil as String?)
        document.field("flag", false)
        document.list("empty", [Int]()) { _, _ in }
        document.list("rows", [1, 2]) { $1.field("n", $0) }
        #expect(
            text(document, [PlacedDiagnostic(.note, code: "c", "m")]) == #"""
                {
                  "format":"snapkeep.test",
                  "version":1,
                  "text":"a\u001b\"",
                  "flag":false,
                  "empty":[],
                  "rows":[
                    {"n":1},
                    {"n":2}
                  ],
                  "diagnostics":[
                    {"severity":"note","code":"c","message":"m"}
                  ],
                  "exit_code":3
                }

                """#)
    }

    @Test("P9: nothing from outside acts on the terminal that a document is read on")
    func hostile() {
        var document = JSONDocument()
        document.field("text", hostileText)
        document.list("rows", [hostileText]) { $1.field("t", [$0]) }
        let finding = PlacedDiagnostic(
            .error, code: "c", hostileText, at: .named(hostileText), notes: [.init(hostileText)], help: hostileText)
        #expect(!holdsControlCharacter(text(document, [finding])))
    }

    @Test("A finding has one shape, whoever writes it")
    func oneShape() {
        let finding = PlacedDiagnostic(
            .error, code: "c", "m", at: .file("a.yaml", start: .init(line: 1, column: 2), end: .init(line: 3, column: 4)),
            notes: [.init("n", at: .named("p")), .init("o", at: .file("b", start: .init(line: 5, column: 6), end: nil))], help: "h")
        var writer = JSONWriter()
        writer.beginObject()
        finding.write(to: &writer)
        writer.endObject()
        let object = String(decoding: writer.bytes, as: UTF8.self)
        #expect(text(JSONDocument(), [finding]).contains("    \(object)\n"))
        #expect(JSONProgress.line(for: finding, at: PlanSamples.instant("2026-11-23T09:12:00Z")).hasSuffix(object.dropFirst()))
    }

    @Test func `the page names every document, and every member of it`() throws {
        let folder = Self.sources + "/Tests/snapkeepTests/Golden"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("json-") }
        #expect(names.count > 15)
        for name in names {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let format = try #require(document["format"] as? String)
            let row = try #require(Self.page.split(separator: "\n").first { $0.hasPrefix("| `\(format)` |") }, "\(format) has no row")
            // What the rules say once for all, and the head that two share.
            let everywhere: Set = ["format", "version", "diagnostics", "exit_code"]
            for member in document.keys where !everywhere.contains(member) {
                let isShared = format == "snapkeep.state.show" && Self.page.contains("`\(member)`")
                #expect(row.contains("`\(member)`") || isShared, "\(format) has \(member)")
            }
        }
    }

    @Test func `the page names every event and what it holds`() throws {
        for file in ["progress.jsonl", "report.jsonl"] {
            let lines = try String(contentsOfFile: Self.sources + "/Tests/snapkeepTests/Golden/" + file, encoding: .utf8)
            for line in lines.split(separator: "\n") {
                let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                let name = try #require(event["event"] as? String)
                #expect(Self.page.contains("`\(name)`"), "\(name)")
            }
        }
    }
}
