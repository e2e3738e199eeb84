import SnapkeepCore
package import SnapkeepEngine
import SnapkeepState

/// The last lines of an apply: what was done, what was not, and what to do next.
package struct ReportRenderer {
    let report: ApplyReport
    /// How long the run took.
    let took: Duration
    /// The state's serial after the run; `nil` where the state could not be written.
    let serial: Int?
    /// Whether the state was not written because only a recovery brings it and what was made together (`StateFault.asksForRecovery`).
    var isRefused = false
    /// Whether nobody knows if the state was written.
    var isInDoubt = false
    /// Columns of the terminal; `nil` elsewhere.
    let width: Int?
    let style: TextStyle
    /// The command to run again, with the flags of this run.
    let applyCommand: String
    /// The options that lead another command to the same manifest, state and cloud.
    var words: [String] = []

    /// The lines, each ended.
    package static func render(
        _ report: ApplyReport, took: Duration, serial: Int?, isRefused: Bool = false, isInDoubt: Bool = false, width: Int?,
        style: TextStyle, applyCommand: String, words: [String] = []
    ) -> String {
        let renderer = ReportRenderer(
            report: report, took: took, serial: serial, isRefused: isRefused, isInDoubt: isInDoubt, width: width, style: style,
            applyCommand: applyCommand, words: words)
        let findings =
            renderer.unrecorded + renderer.duplicates + renderer.foundAfterRefusal + renderer.keptInUse + renderer.madeElsewhere
            + renderer.unlooked
        let lines = findings + renderer.undone + [renderer.head] + renderer.next
        return TextFlow.filled(lines.map { $0 + "\n" }.joined(), width: width)
    }

    private var isInterrupted: Bool { report.stop == .interrupted }

    // Applied: 2 created, 1 updated, 1 awaited in 3 min 41 s · state serial 13
    private var head: String {
        let counts = HistoryCounts(report).words
        // Rules of rotations, say, or what a look has shown.
        let without = report.changedState && report.isComplete ? "recorded, nothing was made or deleted" : "nothing was changed"
        let words = counts.isEmpty ? without : counts.joined(separator: ", ")
        let unwritten = isInDoubt ? " · whether the state is written is not known" : " · the state is not written"
        let state = serial.map { " · state serial \($0)" } ?? unwritten
        return "\(opening) \(words) in \(Quantities.duration(took))\(state)"
    }

    private var opening: String {
        if isInterrupted { return style.paint("Interrupted:", .update) }
        if report.isComplete { return serial == nil ? style.paint("Partly applied:", .bad) : style.paint("Applied:", .good) }
        var other = report
        other.duplicates = []
        other.madeElsewhere = []
        if other.isComplete {
            return style.paint("Applied, with duplicates found:", .update)
        }
        return style.paint(report.changedAnything ? "Partly applied:" : "Not applied:", .bad)
    }

    private var next: [String] {
        let command = "`\(VisibleText.escaped(applyCommand))`"
        if isRefused {
            let keep = report.unrecorded.isEmpty ? "" : "Keep these ids. "
            let words = "\(keep)What was made is in the cloud: `snapkeep recover` finds it by its stamps and records it."
            return [words.leading(to: self.words)]
        }
        if !report.unrecorded.isEmpty {
            return ["Fix the cause, as the findings say, then run \(command): it finds them by their stamps and records them."]
        }
        if serial == nil, report.changedAnything {
            return ["The journal holds what was done: leave it there, fix the cause and run \(command)."]
        }
        if report.isComplete { return [] }
        if isInterrupted {
            return report.notStarted.isEmpty && report.stillCreating.isEmpty && report.stillDeleting.isEmpty && report.failures.isEmpty
                ? [] : ["What was done is recorded: run \(command) to go on from there."]
        }
        if !report.failures.isEmpty || report.stop != nil {
            return report.changedAnything
                ? ["Recorded snapshots are not created twice: fix the cause and run \(command) again."]
                : ["Fix the cause and run \(command) again."]
        }
        if !report.timedOut.isEmpty, report.notStarted.isEmpty {
            return ["What was done is recorded and is not done twice: run \(command) to go on waiting."]
        }
        if !report.stillCreating.isEmpty || !report.stillDeleting.isEmpty || !report.notStarted.isEmpty {
            return ["What was done is recorded: run \(command) to go on from there."]
        }
        return []
    }

    // P6: the ids of what could not be recorded are printed.
    private var unrecorded: [String] { UnrecordedRenderer.lines(report.unrecorded, isRefused: isRefused, width: width, style: style) }

    // P1: a refusal that was none.
    private var foundAfterRefusal: [String] {
        guard !report.foundAfterRefusal.isEmpty else { return [] }
        return ["Refused by the cloud and made all the same; found by the stamp and recorded:"]
            + table(report.foundAfterRefusal) + [""]
    }

    // A volume made from it, say: it goes once nothing hangs on it any more.
    private var keptInUse: [String] {
        guard !report.keptInUse.isEmpty else { return [] }
        return ["To expire, but in use (kept; the next apply tries again):"] + table(report.keptInUse) + [""]
    }

    private func table(_ snapshots: [FoundSnapshot]) -> [String] {
        let rows = snapshots.map { TextTable.Row(cells: [VisibleText.escaped($0.key.text), $0.id.text]) }
        let table = TextTable(columns: [.init(kind: .name(atLeast: 12)), .init()], indent: 2, gap: 4)
        return table.lines(rows, width: width, style: style)
    }

    // P10: what the last line counts and no line above it has told by name.
    private var undone: [String] {
        let told = Set(report.timedOut.map(\.key))
        let lists = [
            ("Still creating", report.stillCreating.filter { !told.contains($0) }),
            ("Still deleting", report.stillDeleting.filter { !told.contains($0) }), ("Not started", report.notStarted),
        ].filter { !$0.1.isEmpty }
        return lists.map { words, keys in
            let shown = keys.prefix(5).map { VisibleText.escaped($0.text) }
            return "\(words): \(Quantities.list(shown + (keys.count > 5 ? ["\(keys.count - 5) more"] : [])))"
        }
    }

    // P1: what neither run could see before.
    private var madeElsewhere: [String] {
        guard !report.madeElsewhere.isEmpty else { return [] }
        return ["Made by another run, under the same stamps (kept; not recorded here):"]
            + table(report.madeElsewhere)
            + [
                "Another copy of this state is in use. Keep one copy, delete the snapshots of the other by hand, and let only one run apply at "
                    + "a time. Until then no other apply makes these keys again.", "",
            ]
    }

    // P1: a look that was not made shows nothing.
    private var unlooked: [String] {
        guard let fault = report.unlooked else { return [] }
        return [
            "Not looked whether another run made the same keys at the same time: \(fault.reason).",
            "`snapkeep plan --refresh` looks again.".leading(to: words), "",
        ]
    }

    private var duplicates: [String] {
        guard !report.duplicates.isEmpty else { return [] }
        return [
            "Found with our stamp, known to no record (kept as superseded; look at \(report.duplicates.count == 1 ? "it" : "them"), "
                + "then delete with --prune):"
        ] + report.duplicates.map { "  \($0.text)" } + [""]
    }
}

extension HistoryCounts {
    /// `2 created`, `1 failed`: those above zero.
    var words: [String] {
        [
            (created, "created"), (adopted, "adopted"), (updated, "updated"), (replaced, "replaced"), (awaited, "awaited"),
            (deleted, "deleted"), (expired, "expired"),
            (stillCreating, "still creating"), (stillDeleting, "still deleting"), (failed, "failed"), (notStarted, "not started"),
            (unrecorded, "not recorded"), (found, "found"), (forgotten, "forgotten"), (renamed, "renamed"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    }
}
