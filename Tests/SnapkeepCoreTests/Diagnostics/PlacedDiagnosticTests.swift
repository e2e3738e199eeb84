import SnapkeepCore
import Testing

/// A finding says where it is by the names of files, once the run that read them is over.
@Suite struct PlacedDiagnosticTests {
    private func placed(_ subject: Diagnostic.Subject) -> PlacedDiagnostic.Place {
        let sources = [SourceFile(name: "team/a.yaml", bytes: [])]
        return PlacedDiagnostic(Diagnostic(.error, code: "c", "m", at: subject), sources: sources).place
    }

    private static let start = SourcePosition(line: 17, column: 5)

    @Test func `a place in a source gets the source's name`() {
        let end = SourcePosition(line: 17, column: 9)
        #expect(placed(.range(SourceRange(source: 0, start: Self.start, end: end))) == .file("team/a.yaml", start: Self.start, end: end))
        #expect(placed(.range(SourceRange(source: 3, start: Self.start, end: end))) == .none)
        #expect(placed(.none) == .none)
    }

    @Test func `a line and a column behind a name are a place in a file, and nothing else is`() {
        #expect(placed(.named("snapkeep.state.json:17:5")) == .file("snapkeep.state.json", start: Self.start, end: nil))
        #expect(placed(.named("odd:name:17:5")) == .file("odd:name", start: Self.start, end: nil))
        for text in ["snapkeep.state.json", "GET /v3/p/snapshots", "--endpoint", "http://127.0.0.1:8776", "x:0:1", "a:b:c", ":", ""] {
            #expect(placed(.named(text)) == .named(text))
        }
    }

    @Test func `shown again, it reads as before`() {
        var finding = Diagnostic(.warning, code: "c", "m", at: .named("f:17:5"), notes: [.init("n", at: .named("place"))], help: "h")
        #expect(PlacedDiagnostic(finding, sources: []).diagnostic == finding)
        finding.notes = []
        finding.help = nil
        #expect(PlacedDiagnostic(finding, sources: []).diagnostic == finding)
    }
}
