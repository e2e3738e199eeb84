import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// What one cause does to many snapshots is told once, to whoever reads it.
@Suite struct GatheredFindingsTests {
    private func finding(_ number: Int, code: String = "made-before", line: Int? = nil) -> Diagnostic {
        let range = line.map { SourceRange(source: 0, start: .init(line: $0, column: 5), end: .init(line: $0, column: 6)) }
        return Diagnostic(
            .error, code: code, "the cloud has a snapshot of 's\(number)' with our stamp", at: range.map { .range($0) } ?? .none,
            notes: [.init("id \(number)", at: .none)], help: "run 'snapkeep recover'")
    }

    private func alike(_ number: Int, code: String = "made-before", cause: String = "") -> Diagnostic {
        finding(number, code: code).gathered(for: ApplySamples.key("s\(number)"), cause: cause)
    }

    @Test func `equal causes are one finding with a count and the first names`() {
        let findings = (1...40).map { alike($0) }.gathered()
        #expect(findings.count == 1)
        #expect(findings[0].message == "the cloud has a snapshot of 's1' with our stamp; 39 more like it")
        #expect(
            findings[0].notes.map(\.message) == [
                "id 1", "the same for 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9' and 31 more (--format json names all)",
            ])
        #expect(findings[0].help == "run 'snapkeep recover'")
    }

    @Test func `a few are shown each with its line`() {
        let few = (1...3).map { alike($0) }
        #expect(few.gathered() == few)
        #expect((1...4).map { alike($0) }.gathered().count == 1)
    }

    @Test func `other causes, codes and severities stay apart, in the order of their first`() {
        var warning = alike(5)
        warning.severity = .warning
        let others = (6...8).map { alike($0, cause: "b") }
        let findings = ([alike(1, cause: "b"), alike(2, code: "other"), alike(3, cause: "a")] + others + [warning]).gathered()
        #expect(findings.map { $0.gathering?.key.text } == ["s1", "s2", "s3", "s5"])
        #expect(findings.map(\.message.isGathered) == [true, false, false, false])
    }

    @Test("P9: mistakes in a manifest are each told, however equal")
    func mistakes() {
        let mistakes = (1...40).map { finding($0, code: "unknown-key", line: $0) }
        #expect(mistakes.gathered() == mistakes)
    }

    @Test("P10: an endpoint that dies in mid-apply is one finding, whatever the request ids and volumes")
    func endpointDies() {
        var report = ApplyReport()
        report.failures = (1...40).map { number in
            let words = "no answer about volume 5aa119a8-d25b-45a7-8d1b-88e1278856\(10 + number)"
            let fault = ServiceFault(.uncertain, request: "POST snapshots", message: words, requestID: "req-\(number)")
            return ItemFailure(key: ApplySamples.key("s\(number)"), activity: .create, cause: .service(fault))
        }
        let other = ServiceFault(.refused(.quota), request: "POST snapshots", status: 413, message: "quota exceeded")
        report.failures.append(ItemFailure(key: ApplySamples.key("z"), activity: .create, cause: .service(other)))
        let findings = ReportFindings.diagnostics(for: report) { _ in nil }
        #expect(findings.count == 41, "a program gets every one")
        #expect(findings.gathered().map(\.code) == ["unclear-answer", "quota"])
    }

    @Test("P9: adoptions that one cause refuses are one finding, in a plan and in a report; what has a remedy of its own stays apart")
    func refusedAdoptions() {
        let id = ApplySamples.id
        let obstacles: [AdoptionObstacle] =
            Array(repeating: .notFound, count: 5) + Array(repeating: .otherKey("old"), count: 5) + [.otherOwner("search-prod")]
        let keys = obstacles.indices.map { ApplySamples.key("s\($0)") }
        let planned = zip(keys, obstacles).map { Diagnostic(.notAdoptable($0, id, $1), [:], options: []) }
        var report = ApplyReport()
        report.failures = zip(keys, obstacles).map { ItemFailure(key: $0, activity: .adopt, cause: .notAdoptable(id, $1)) }
        for findings in [planned, ReportFindings.diagnostics(for: report) { _ in nil }] {
            #expect(findings.count == 11)
            #expect(findings.gathered().map { $0.gathering?.key.text } == ["s0", "s5", "s6", "s7", "s8", "s9", "s10"])
            #expect(findings.gathered()[0].message.contains("; 4 more like it"))
        }
    }

    @Test func `a finding keeps its snapshot in a saved plan`() {
        let placed = PlacedDiagnostic(alike(1), sources: [])
        #expect(placed.key == ApplySamples.key("s1"))
        #expect(placed.diagnostic == alike(1))
    }

    @Test func `a comment on a pull request tells each cause once, too`() {
        let text = MarkdownFindings.text((1...40).map { PlacedDiagnostic(alike($0), sources: []) }, limit: 4096)
        #expect(text.split(separator: "\n").count(where: { $0.hasPrefix("- error") }) == 1)
        #expect(text.contains("39 more like it"))
    }
}

extension String {
    fileprivate var isGathered: Bool { contains("more like it") }
}
