import SnapkeepCore
import SnapkeepEngine

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
        return (renderer.unrecorded + renderer.duplicates + [renderer.head] + renderer.next).map { $0 + "\n" }.joined()
    }

    private var isInterrupted: Bool { report.stop == .interrupted }

    // Applied: 2 created, 1 updated, 1 awaited in 3 min 41 s · state serial 13
    private var head: String {
        let counts = ReportCounts(of: report).words
        let words = counts.isEmpty ? "nothing was changed" : counts.joined(separator: ", ")
        let state = serial.map { " · state serial \($0)" } ?? " · the state is not written"
        return "\(opening) \(words) in \(Quantities.duration(took))\(state)"
    }

    private var opening: String {
        if isInterrupted { return style.paint("Interrupted:", .update) }
        if report.isComplete { return style.paint("Applied:", .good) }
        if report.failures.isEmpty, report.notStarted.isEmpty, report.stillCreating.isEmpty, report.stop == nil, report.unrecorded.isEmpty {
            return style.paint("Applied, with duplicates found:", .update)
        }
        return style.paint(report.changedAnything ? "Partly applied:" : "Not applied:", .bad)
    }

    private var next: [String] {
        let command = "`\(VisibleText.escaped(applyCommand))`"
        if report.isComplete { return [] }
        if !report.unrecorded.isEmpty {
            return ["Make room or mend the disk, then run \(command): it finds them by their stamps and records them."]
        }
        if isInterrupted {
            return report.notStarted.isEmpty && report.stillCreating.isEmpty && report.failures.isEmpty
                ? [] : ["What was done is recorded: run \(command) to go on from there."]
        }
        if !report.failures.isEmpty || report.stop != nil {
            return report.changedAnything
                ? ["Recorded snapshots are not created twice: mend the cause and run \(command) again."]
                : ["Mend the cause and run \(command) again."]
        }
        if !report.stillCreating.isEmpty || !report.notStarted.isEmpty {
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

    private var duplicates: [String] {
        guard !report.duplicates.isEmpty else { return [] }
        return [
            "Found with our stamp, known to no record (kept as superseded; look at \(report.duplicates.count == 1 ? "it" : "them"), "
                + "then delete with --prune):"
        ] + report.duplicates.map { "  \($0.text)" } + [""]
    }
}

/// How many of each a run did; what the report and the history show.
struct ReportCounts: Hashable, Sendable {
    var created = 0
    var updated = 0
    var replaced = 0
    var awaited = 0
    var deleted = 0
    var stillCreating = 0
    var failed = 0
    var notStarted = 0
    var unrecorded = 0

    /// No counts.
    init() {}

    /// The counts of a report. A snapshot that the disk would not take was created and has failed too, and is counted once.
    init(of report: ApplyReport) {
        let lost = Set(report.unrecorded.map(\.key))
        created = report.created.count { !lost.contains($0) }
        updated = report.updated.count
        replaced = report.replaced.count
        awaited = report.resumed.count
        deleted = report.deleted.count
        stillCreating = report.stillCreating.count
        failed = report.failures.count { failure in
            if case .journal = failure.cause { !lost.contains(failure.key) } else { true }
        }
        notStarted = report.notStarted.count
        unrecorded = report.unrecorded.count
    }

    /// `2 created`, `1 failed`: those above zero.
    var words: [String] {
        [
            (created, "created"), (updated, "updated"), (replaced, "replaced"), (awaited, "awaited"), (deleted, "deleted"),
            (stillCreating, "still creating"), (failed, "failed"), (notStarted, "not started"), (unrecorded, "not recorded"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    }
}
