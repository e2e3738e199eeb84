package import SnapkeepCore
package import SnapkeepEngine

/// The first lines of the run after a crash: what became of the creations that were left open.
package enum SettledRenderer {
    /// The block, each line ended; empty where nothing was open.
    ///
    /// - Parameters:
    ///   - lastRun: who left them open, where the journal tells.
    ///   - width: of the terminal; `nil` elsewhere.
    package static func render(_ settlements: [Settlement], lastRun: RunInfo?, width: Int?, style: TextStyle) -> String {
        guard !settlements.isEmpty else { return "" }
        let who =
            lastRun.map { "The last run (pid \($0.pid) on \(VisibleText.escaped($0.host)), \(Quantities.minute($0.startedAt)))" }
            ?? "An earlier run"
        let rows = settlements.map { settlement in
            var row = TextTable.Row(cells: [VisibleText.escaped(settlement.key.text), words(settlement.outcome)])
            if case .unknown = settlement.outcome { (row.role, row.painted) = (.bad, 1) }
            return row
        }
        let head = "\(who) ended in the middle of \(Quantities.count(settlements.count, "creation")):\n"
        let columns: [TextTable.Column] = [.init(kind: .name(atLeast: 12)), .init(kind: .prose)]
        return TextFlow.filled(head, width: width) + TextTable.render(columns, rows, indent: 2, gap: 4, width: width, style: style)
    }

    /// What became of one.
    static func words(_ outcome: Settlement.Outcome) -> String {
        switch outcome {
        case .found: "found in the cloud by its stamp, recorded"
        case .notCreated: "was not created"
        case .unknown(let fault): "could not be looked up: \(fault.words)\(fault.brackets); left open, not repeated"
        }
    }
}
