import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// The last lines of an apply: what was done, what was not, and what to do next.
struct ReportRenderer {
    let report: ApplyReport
    /// How long the run took.
    let took: Duration
    /// The state's serial after the run; `nil` where the state could not be written.
    let serial: Int?
    let style: TextStyle
    /// The command to run again, with the flags of this run.
    let applyCommand: String

    /// The lines, each ended.
    static func render(_ report: ApplyReport, took: Duration, serial: Int?, style: TextStyle, applyCommand: String) -> String {
        let renderer = ReportRenderer(report: report, took: took, serial: serial, style: style, applyCommand: applyCommand)
        return (renderer.unrecorded + renderer.duplicates + renderer.foundAfterRefusal + [renderer.head] + renderer.next).map { $0 + "\n" }
            .joined()
    }

    private var isInterrupted: Bool { report.stop == .interrupted }

    // Applied: 2 created, 1 updated, 1 awaited in 3 min 41 s · state serial 13
    private var head: String {
        let counts = HistoryCounts(report).words
        let words = counts.isEmpty ? "nothing was changed" : counts.joined(separator: ", ")
        let state = serial.map { " · state serial \($0)" } ?? " · the state is not written"
        return "\(opening) \(words) in \(Quantities.duration(took))\(state)"
    }

    private var opening: String {
        if isInterrupted { return style.paint("Interrupted:", .update) }
        if report.isComplete { return style.paint("Applied:", .good) }
        var other = report
        other.duplicates = []
        if other.isComplete {
            return style.paint("Applied, with duplicates found:", .update)
        }
        return style.paint(report.changedAnything ? "Partly applied:" : "Not applied:", .bad)
    }

    private var next: [String] {
        let command = "`\(VisibleText.escaped(applyCommand))`"
        if report.isComplete { return [] }
        if !report.unrecorded.isEmpty {
            return ["Fix the cause, as the findings say, then run \(command): it finds them by their stamps and records them."]
        }
        if isInterrupted {
            return report.notStarted.isEmpty && report.stillCreating.isEmpty && report.stillDeleting.isEmpty && report.failures.isEmpty
                ? [] : ["What was done is recorded: run \(command) to go on from there."]
        }
        if !report.failures.isEmpty || report.stop != nil {
            return report.changedAnything
                ? ["Recorded snapshots are not created twice: fix the cause and run \(command) again."]
                : ["Fix the cause and run \(command) again."]
        }
        if !report.stillCreating.isEmpty || !report.stillDeleting.isEmpty || !report.notStarted.isEmpty {
            return ["What was done is recorded: run \(command) to go on from there."]
        }
        return []
    }

    // P6: the ids of what the disk would not take are printed.
    private var unrecorded: [String] {
        guard !report.unrecorded.isEmpty else { return [] }
        let width = report.unrecorded.map { PlanColumns.columns($0.key.text) }.max() ?? 0
        return [style.paint("The disk would not take these; they exist in the cloud:", .bad)]
            + report.unrecorded.map {
                "  \(TextWidth.padded(VisibleText.escaped($0.key.text), to: min(40, width)))    \($0.id.text)    volume \($0.volumeID.text)"
            } + [""]
    }

    // P1: a refusal that was none.
    private var foundAfterRefusal: [String] {
        guard !report.foundAfterRefusal.isEmpty else { return [] }
        return ["Refused by the cloud and made all the same; found by the stamp and recorded:"]
            + report.foundAfterRefusal.map { "  \(VisibleText.escaped($0.key.text))    \($0.id.text)" } + [""]
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
            (deleted, "deleted"),
            (stillCreating, "still creating"), (stillDeleting, "still deleting"), (failed, "failed"), (notStarted, "not started"),
            (unrecorded, "not recorded"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    }
}
