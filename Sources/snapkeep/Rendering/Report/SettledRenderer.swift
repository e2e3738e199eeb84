import SnapkeepCore
import SnapkeepEngine

/// The first lines of the run after a crash: what became of the creations that were left open.
enum SettledRenderer {
    /// The block, each line ended; empty where nothing was open.
    ///
    /// - Parameter lastRun: who left them open, where the journal tells.
    static func render(_ settlements: [Settlement], lastRun: RunInfo?, style: TextStyle) -> String {
        guard !settlements.isEmpty else { return "" }
        let who =
            lastRun.map { "The last run (pid \($0.pid) on \(VisibleText.escaped($0.host)), \(Quantities.minute($0.startedAt)))" }
            ?? "An earlier run"
        let width = min(40, settlements.map { PlanColumns.columns($0.key.text) }.max() ?? 0)
        let rows = settlements.map { settlement in
            "  \(TextWidth.padded(VisibleText.escaped(settlement.key.text), to: width))    \(words(settlement.outcome, style))\n"
        }
        return "\(who) ended in the middle of \(Quantities.count(settlements.count, "creation")):\n" + rows.joined()
    }

    /// What became of one.
    static func words(_ outcome: Settlement.Outcome, _ style: TextStyle) -> String {
        switch outcome {
        case .found: "found in the cloud by its stamp, recorded"
        case .notCreated: "was not created"
        case .unknown(let fault): style.paint("could not be looked up: \(fault.words)\(fault.brackets); left open, not repeated", .bad)
        }
    }
}
