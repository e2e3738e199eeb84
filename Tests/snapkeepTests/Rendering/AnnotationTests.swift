import Foundation
import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// Findings as code hosts take them. SARIF is held against its own model in `Tests/Integration/outputs`.
@Suite struct AnnotationTests {
    private static let folder = RepositoryFolder("/builds/team/shop/ops", root: "/builds/team/shop")

    private static func finding(
        _ severity: Diagnostic.Severity, _ code: String, line: Int = 7, to end: SourcePosition? = nil, _ message: String = "a message"
    ) -> PlacedDiagnostic {
        PlacedDiagnostic(
            severity, code: code, message, at: .file("./snapshots.yaml", start: SourcePosition(line: line, column: 5), end: end))
    }

    /// One of each kind, with all that is hard to write.
    private static let hard = [
        finding(.note, "a-note"),
        PlacedDiagnostic(
            .warning, code: "quota", "100% used: 7 of 7,\nand more", at: .named("GET /v3/<p>/limits"), help: "free some, or ask for more"),
        PlacedDiagnostic(
            .error, code: "unknown-key", "unknown key 'vol\u{1B}me' in snapshot 'a::error ::b'",
            at: .file("teams/a, b:c.yaml", start: .init(line: 3, column: 5), end: .init(line: 3, column: 10)),
            notes: [
                .init("first used here", at: .file("b.yaml", start: .init(line: 1, column: 2), end: nil)), .init("and", at: .named("p")),
                .init("more"),
            ], help: "did you mean 'volume'?"),
        finding(.error, "long-place", to: .init(line: 9, column: 3)), finding(.error, "whole-line", to: .init(line: 8, column: 1)),
        PlacedDiagnostic(.error, code: "stdin", "x", at: .file("<stdin>", start: .init(line: 1, column: 2), end: nil)),
        PlacedDiagnostic(.error, code: "locked", "another run works with the state"),
        finding(.note, "a-note"),
    ]

    private func annotated(_ findings: [PlacedDiagnostic], omitted: (errors: Int, warnings: Int) = (0, 0)) -> AnnotatedFindings {
        AnnotatedFindings(findings, omitted: omitted, folder: Self.folder, manifest: "snapshots.yaml")
    }

    private func commands(_ findings: [PlacedDiagnostic], omitted: (errors: Int, warnings: Int) = (0, 0)) -> [Substring] {
        GitHubAnnotations.render(annotated(findings, omitted: omitted)).split(separator: "\n")
    }

    @Test func `each format tells all of a finding`() {
        GoldenScreen.expect(GitHubAnnotations.render(annotated(Self.hard)), is: "annotations-github.txt")
        let digest: (String) -> String = { String($0.utf8.reduce(UInt32(7)) { $0 &* 31 &+ UInt32($1) }, radix: 16) }
        GoldenScreen.expect(
            String(decoding: SARIFLog.render(annotated(Self.hard), program: "0.0.0", digest: digest), as: UTF8.self),
            is: "annotations.sarif")
        GoldenScreen.expect(
            String(decoding: CodeQualityReport.render(annotated(Self.hard), digest: digest), as: UTF8.self), is: "annotations-gitlab.json")
    }

    @Test("P9: no text makes a second command, a second property, or a control character")
    func hostile() throws {
        let worst = "x\r\n::warning ::y%0A" + hostileText
        let lines = commands([
            PlacedDiagnostic(
                .error, code: "c", worst, at: .file(worst, start: .init(line: 1, column: 1), end: nil), notes: [.init(worst)], help: worst)
        ])
        #expect(lines.count == 1 && !holdsControlCharacter(String(lines[0])))
        let properties = try #require(lines[0].dropFirst(2).split(separator: "::", maxSplits: 1).first)
        #expect(
            properties.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1)[0] } == ["error file", "line", "col", "title"])
    }

    @Test func `the worst come first, ten of a level, and a last notice counts the rest`() {
        let many = (1...12).flatMap { number in
            [Diagnostic.Severity.note, .warning, .error].map { Self.finding($0, "c\(number)", line: number) }
        }
        let lines = commands(many, omitted: (5, 1))
        #expect(lines.count == 30)
        #expect(lines[..<10].allSatisfy { $0.hasPrefix("::error ") } && lines[10..<20].allSatisfy { $0.hasPrefix("::warning ") })
        #expect(lines[20...].allSatisfy { $0.hasPrefix("::notice ") })
        #expect(lines[29] == "::notice title=snapkeep::7 errors, 3 warnings, 3 notes more: --diagnostics text shows all")
        #expect(lines[0].contains("line=1,"))
        // Ten notices are ten; only a count takes the place of one.
        #expect(commands(Array(many.filter { $0.severity == .note }.prefix(10))).count == 10)
        #expect(commands([]).isEmpty)
    }

    @Test func `what one cause does to many snapshots is one annotation`() {
        let alike = (1...12).map { number in
            PlacedDiagnostic(
                .error, code: "volume-attached", "a volume is attached",
                at: .file("snapshots.yaml", start: .init(line: number, column: 1), end: nil), key: try! SnapshotKey("k\(number)"))
        }
        #expect(commands(alike).count == 1)
    }

    @Test func `what is known again stays when lines move, and equal findings differ`() {
        let all = annotated([Self.finding(.error, "c"), Self.finding(.error, "c", line: 9), Self.finding(.error, "d")])
        #expect(Set(all.identities).count == 3)
        #expect(annotated([Self.finding(.error, "c", line: 99)]).identities[0] == all.identities[0])
    }

    @Test(arguments: [
        ("snapshots.yaml", "ops/snapshots.yaml"), ("./a//b.yaml", "ops/a/b.yaml"), ("../a.yaml", "a.yaml"),
        ("../../a.yaml", "../../a.yaml"), ("/builds/team/shop/a/b.yaml", "a/b.yaml"), ("/etc/a.yaml", "/etc/a.yaml"),
        ("/builds/team/shopping/a.yaml", "/builds/team/shopping/a.yaml"),
    ])
    func `files are named by the repository's root`(name: String, path: String) {
        #expect(Self.folder.path(of: name) == path)
        #expect(Self.folder.path(of: "<stdin>") == nil)
        #expect(RepositoryFolder("/elsewhere", root: "/builds").path(of: "a.yaml") == "a.yaml")
        #expect(RepositoryFolder("/elsewhere", root: nil).path(of: "/elsewhere/b/a.yaml") == "b/a.yaml")
    }
}
