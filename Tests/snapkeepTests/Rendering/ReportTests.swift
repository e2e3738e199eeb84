import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct ReportRendererTests {
    private func screens(_ style: TextStyle) -> String {
        ReportSamples.all.map { title, report, serial in
            "== \(title)\n"
                + ReportRenderer.render(
                    report, took: .seconds(221), serial: serial, width: nil, style: style, applyCommand: "snapkeep apply -f prod")
        }.joined(separator: "\n")
    }

    @Test func `P10 the report says what was done, what was not, and what is next`() {
        GoldenScreen.expect(screens(.plain), is: "reports.txt")
    }

    @Test func `the same in colour`() {
        GoldenScreen.expect(screens(.coloured), is: "reports-colour.txt")
    }

    // P6: what the disk would not take must reach the user some other way.
    @Test func `P6 ids that could not be stored are printed`() {
        let text = ReportRenderer.render(
            ReportSamples.diskFull, took: .zero, serial: nil, width: nil, style: .plain, applyCommand: "snapkeep apply")
        for snapshot in ReportSamples.diskFull.unrecorded { #expect(text.contains(snapshot.id.text) && text.contains(snapshot.key.text)) }
    }

    // Created, failed and not recorded are one snapshot, not three.
    @Test func `a snapshot is counted once`() {
        let counts = HistoryCounts(ReportSamples.diskFull)
        #expect(counts.created == 1 && counts.failed == 1 && counts.unrecorded == 2)
    }

    @Test func `what became of creations that a crash left open`() {
        let attempt = PlanSamples.intent("a").attempt
        let settlements = [
            Settlement(key: ApplySamples.key("orders-pre-upgrade"), attempt: attempt, outcome: .found(ApplySamples.id)),
            Settlement(key: ApplySamples.key("search-index"), attempt: attempt, outcome: .notCreated),
            Settlement(key: ApplySamples.key("billing"), attempt: attempt, outcome: .unknown(ApplySamples.fault(.uncertain, status: 503))),
        ]
        GoldenScreen.expect(
            SettledRenderer.render(settlements, lastRun: ApplySamples.info, width: nil, style: .plain) + "\n"
                + SettledRenderer.render([settlements[0]], lastRun: nil, width: nil, style: .plain), is: "settled.txt")
        #expect(SettledRenderer.render([], lastRun: ApplySamples.info, width: nil, style: .plain) == "")
    }

    @Test func `past runs stand in columns`() {
        var partly = HistoryCounts(ReportSamples.partly)
        partly.deleted = 12
        let rows = [
            HistoryRow(
                when: ApplySamples.start, who: "ci@build-7", command: "apply", serialBefore: 8, serial: 9,
                counts: HistoryCounts(ReportSamples.complete), exit: 0),
            HistoryRow(
                when: ApplySamples.start + .seconds(86_400), who: "数据@build-12", command: "apply", serialBefore: 9, serial: 10,
                counts: partly, exit: 3),
            HistoryRow(
                when: ApplySamples.start + .seconds(90_000), who: "ann\u{1B}[2J@laptop", command: "forget", serialBefore: 10, serial: 11,
                counts: HistoryCounts(), exit: 130),
            HistoryRow(
                when: ApplySamples.start + .seconds(93_600), who: "ann@laptop", command: "rename", serialBefore: 11, serial: 12,
                counts: HistoryCounts(), exit: 0),
            HistoryRow(
                when: ApplySamples.start + .seconds(97_200), who: "ci@build-7", command: "apply", serialBefore: 12, serial: 13,
                counts: HistoryCounts(), exit: 0),
            HistoryRow(
                when: ApplySamples.start + .seconds(97_300), who: "ci@build-7", command: "apply", serialBefore: 12, serial: 13,
                counts: HistoryCounts(ReportSamples.complete), exit: nil),
            // A serial that did not rise is the only sign of a run without effect.
            HistoryRow(
                when: ApplySamples.start + .seconds(100_800), who: "ci@build-7", command: "apply", serialBefore: 13, serial: 13,
                counts: HistoryCounts(), exit: 4),
        ]
        let text = HistoryTable.render(rows, width: nil, style: .plain)
        GoldenScreen.expect(text, is: "history.txt")
        #expect(!holdsControlCharacter(text))
        #expect(HistoryTable.render([], width: nil, style: .plain) == "No runs recorded yet.\n")
    }
}

@Suite struct ReportFindingsTests {
    private let place = SourceRange(source: 0, start: SourcePosition(line: 31, column: 11), end: SourcePosition(line: 31, column: 21))

    /// A finding as text: the parts that decide its wording, without an excerpt.
    private func text(_ finding: Diagnostic) -> String {
        func front(_ subject: Diagnostic.Subject) -> String {
            switch subject {
            case .range(let range): "snapshots.yaml:\(range.start.line):\(range.start.column): "
            case .named(let name): "\(name): "
            case .none: ""
            }
        }
        let notes = finding.notes.map { "\n\(front($0.subject))note: \($0.message)" }.joined()
        return "\(front(finding.subject))\(finding.severity.rawValue): \(finding.message) [\(finding.code)]\(notes)"
            + (finding.help.map { "\nhelp: \($0)" } ?? "") + "\n"
    }

    @Test func `every cause, in words`() {
        let findings = ApplySamples.causes.map {
            ReportFindings.diagnostic(for: ItemFailure(key: ApplySamples.key("audit-base"), activity: .create, cause: $0), at: place)
        }
        GoldenScreen.expect(findings.map(text).joined(separator: "\n"), is: "findings.txt")
    }

    @Test func `every activity, in words`() {
        let findings = [Activity.create, .adopt, .replace, .resume, .update, .delete].flatMap { activity in
            [ServiceFault.Kind.refused(.forbidden), .uncertain].map { kind in
                ReportFindings.diagnostic(
                    for: ItemFailure(key: ApplySamples.key("audit-base"), activity: activity, cause: .service(ApplySamples.fault(kind))),
                    at: nil)
            }
        }
        GoldenScreen.expect(findings.map(text).joined(separator: "\n"), is: "findings-activities.txt")
    }

    @Test func `every reason of a stop, in words`() {
        let stops =
            ApplySamples.faults.map { StopReason.service($0) } + [
                .journal(JournalFailure(path: "snapkeep.state.json.journal", message: "fsync: No space left on device", cause: .noSpace)),
                .firstFailure,
                .interrupted,
            ]
        let findings = stops.flatMap { stop in
            var report = ApplyReport()
            report.stop = stop
            report.notStarted = [ApplySamples.key("z")]
            return ReportFindings.diagnostics(for: report) { _ in nil }
        }
        #expect(findings.count == stops.count - 1)
        GoldenScreen.expect(findings.map(text).joined(separator: "\n"), is: "findings-stops.txt")
    }

    // Contributing#wording-of-findings: lower case, no full stop, user text in single quotes, and none of the banned words.
    @Test(arguments: ApplySamples.causes) func `wording keeps the rules`(cause: ItemFailure.Cause) {
        for activity in [Activity.create, .adopt, .replace, .resume, .update, .delete] {
            let failure = ItemFailure(key: ApplySamples.key("audit-base"), activity: activity, cause: cause)
            for place in [place, nil] {
                let finding = ReportFindings.diagnostic(for: failure, at: place)
                for message in [finding.message] + finding.notes.map(\.message) + [finding.help].compactMap({ $0 }) {
                    #expect(message.first?.isUppercase == false && !message.hasSuffix("."), "\(message)")
                    for word in ["nvalid", "ailed to", "lease", "oops", "(s)", "  "] { #expect(!message.contains(word), "\(message)") }
                }
            }
        }
    }

    // A bad password fails every snapshot in flight alike: it is told once, with their names.
    @Test func `failures that only repeat the stop are gathered`() {
        let findings = ReportFindings.diagnostics(for: ReportSamples.badCredentials) { _ in place }
        #expect(findings.count == 1)
        #expect(findings[0].notes.last?.message == "this met 'a' and 'b'")
        #expect(ReportFindings.diagnostics(for: ReportSamples.diskFull) { _ in nil }.count == 1)
    }

    // A wait that ran out is no failure: another severity, another key in each list.
    @Test func `waits that ran out, in words`() {
        var deletion = ApplySamples.wait
        (deletion.activity, deletion.status) = (.delete, .deleting)
        let findings = [Diagnostic.timedOut(ApplySamples.wait, at: place), .timedOut(deletion, at: nil)]
        GoldenScreen.expect(findings.map(text).joined(separator: "\n"), is: "findings-waits.txt")
    }

    @Test func `without a request there is no place in front`() {
        let fault = ServiceFault(.uncertain, request: "", message: "it was not looked up")
        let failure = ItemFailure(key: ApplySamples.key("a"), activity: .create, cause: .unsettled(fault))
        #expect(ReportFindings.diagnostic(for: failure, at: nil).subject == .none)
    }

    @Test func `findings come in the order of the manifest`() {
        var report = ApplyReport()
        report.failures = ["late", "early"].map {
            ItemFailure(key: ApplySamples.key($0), activity: .create, cause: .endedInError(ApplySamples.id))
        }
        let lines = ["late": 9, "early": 3]
        let findings = ReportFindings.diagnostics(for: report) { key in
            let at = SourcePosition(line: lines[key.text]!, column: 1)
            return SourceRange(source: 0, start: at, end: at)
        }
        #expect(findings.map(\.range?.start.line) == [3, 9])
    }

    @Test func `P9 no control character passes`() {
        let fault = ServiceFault(
            .refused(.other), request: "POST /" + hostileText, status: 400, code: hostileText, message: hostileText, requestID: hostileText)
        let causes: [ItemFailure.Cause] = [
            .service(fault), .unsettled(fault), .volumeName(hostileText, matches: []),
            .journal(JournalFailure(path: hostileText, message: hostileText)), .notDeleted(ApplySamples.id, status: .other(hostileText)),
        ]
        for cause in causes {
            let failure = ItemFailure(key: ApplySamples.key("a"), activity: .create, cause: cause)
            // The lines of the finding are joined by line ends, which the check lets pass: so none may come from within.
            let finding = ReportFindings.diagnostic(for: failure, at: nil)
            let parts = [finding.message] + finding.notes.map(\.message)
            for part in parts { #expect(!holdsControlCharacter(part) && !part.contains("\n")) }
            #expect(!holdsControlCharacter(text(finding)))
        }
    }
}
