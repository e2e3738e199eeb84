import Foundation
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// Every screen at the widths of terminals, and in a pipe: rows never break, and what is left out is left out on purpose.
@Suite struct WidthTests {
    static let widths: [Int?] = [nil, 40, 80, 120]

    private func expect(_ text: String, is name: String, _ width: Int?, sourceLocation: SourceLocation = #_sourceLocation) {
        GoldenScreen.expect(text, is: "width-\(name)\(width.map { "-\($0)" } ?? "").txt", sourceLocation: sourceLocation)
        guard let width else { return }
        for line in text.split(separator: "\n") {
            #expect(TextFlow.columns(String(line)) <= width, "\(line)", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: widths) func `status fits every width`(width: Int?) {
        let text = StatusTable.render(
            WidthSamples.rows, now: PlanSamples.instant("2026-11-23T10:00:00Z"), width: width, style: .plain,
            options: ["--cloud production"])
        expect(text, is: "status", width)
    }

    @Test(arguments: widths) func `a list of the state fits every width`(width: Int?) {
        expect(StateTable.render(WidthSamples.state, path: "snapkeep.state.json", width: width, style: .plain), is: "state", width)
    }

    @Test(arguments: widths) func `the history fits every width`(width: Int?) {
        expect(HistoryTable.render(WidthSamples.history, width: width, style: .plain), is: "history", width)
    }

    @Test(arguments: widths) func `the report of doctor fits every width`(width: Int?) {
        expect(WidthSamples.doctor.render(width: width, .plain), is: "doctor", width)
    }

    @Test(arguments: widths) func `the report of recover fits every width`(width: Int?) throws {
        let workspace = try Workspace()
        var outcome = RecoveryOutcome()
        outcome.records = WidthSamples.state.records
        outcome.superseded = WidthSamples.state.superseded
        let text = RecoveryRenderer.render(
            outcome, owner: "payments-prod", projectID: ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde"), path: "snapkeep.state.json",
            found: try FileStateStore(StatePaths(state: workspace.folder.path + "/state.json")).readForRecovery(),
            aliases: [PlanSamples.ordersVolume: "orders-db"], width: width, style: .plain)
        expect(text, is: "recover", width)
    }

    @Test(arguments: widths) func `the report of an apply fits every width`(width: Int?) {
        let text = ReportSamples.all.map { title, report, serial in
            "== \(title)\n"
                + ReportRenderer.render(
                    report, took: .seconds(221), serial: serial, width: width, style: .plain,
                    applyCommand: "snapkeep apply -f teams/payments --cloud production")
        }.joined(separator: "\n")
        expect(text, is: "reports", width)
    }

    @Test(arguments: widths) func `the lines of an apply fit every width`(width: Int?) {
        var (live, plain) = (LiveProgress(style: .plain), PlainProgress())
        var lines: [String] = []
        for event in ApplySamples.events {
            if let width {
                lines += live.apply(event, at: ApplySamples.start, width: width)
            } else {
                lines += plain.line(for: event, at: ApplySamples.start).map { [$0] } ?? []
            }
        }
        expect(lines.map { $0 + "\n" }.joined(), is: "apply", width)
    }

    @Test(arguments: widths) func `a finding fits every width and keeps its place in sight`(width: Int?) {
        let line =
            "  - {name: orders-pre-upgrade, volme: orders-db, description: 'Before the 4.2 upgrade of the orders service', force: true}"
        let start = line.distance(from: line.startIndex, to: line.firstRange(of: "volme")!.lowerBound) + 1
        let range = SourceRange(
            source: 0, start: SourcePosition(line: 12, column: start), end: SourcePosition(line: 12, column: start + 5))
        let source = SourceFile(name: "snapshots.yaml", bytes: Array((String(repeating: "\n", count: 11) + line).utf8))
        let finding = Diagnostic(
            .error, code: "unknown-key", "unknown key 'volme' in snapshot 'orders-pre-upgrade', which has no volume without it",
            at: .range(range), notes: [.init("nothing was changed, neither here nor in the cloud", at: .none)],
            help: "did you mean 'volume'? 'snapkeep schema > snapkeep.schema.json' tells an editor which keys there are")
        let text = DiagnosticRenderer.render([finding], sources: [source], style: DiagnosticStyle(width: width))
        expect(text, is: "finding", width)
        #expect(text.split(separator: "\n").contains { $0.contains("volme") && $0.hasPrefix(" 12 | ") })
    }

    // P9: whatever a person types and however narrow it is, the marked place is in sight, and the caret below it.
    @Test func `P9 an excerpt keeps its marked place at every width`() {
        let line = String(repeating: "a", count: 90) + "«数据»" + String(repeating: "b", count: 90)
        let range = SourceRange(source: 0, start: SourcePosition(line: 1, column: 91), end: SourcePosition(line: 1, column: 95))
        for width in 24...260 {
            let text = DiagnosticRenderer.render(
                [Diagnostic(.error, code: "c", "m", at: .range(range))], sources: [SourceFile(name: "f", bytes: Array(line.utf8))],
                style: DiagnosticStyle(width: width))
            let rows = text.split(separator: "\n").map { String($0) }
            #expect(rows.allSatisfy { TextWidth.columns($0) <= width }, "\(text)")
            let caret = TextWidth.columns(String(rows[2].prefix { $0 != "^" }))
            #expect(TextWidth.columns(String(rows[1].prefix { $0 != "«" })) == caret && rows[1].contains("«数据»"), "\(text)")
        }
    }

    @Test func `a command to be copied is not broken where it fits in a line`() {
        let text = "Recorded snapshots are not created twice: fix the cause and run `snapkeep apply -f prod` again.\n"
        #expect(
            TextFlow.filled(text, width: 70)
                == "Recorded snapshots are not created twice: fix the cause and run\n  `snapkeep apply -f prod` again.\n")
        #expect(TextFlow.filled("  snapkeep import " + String(repeating: "x ", count: 40), width: 40).contains("\n") == false)
        #expect(TextFlow.filled(text, width: nil) == text)
    }
}
