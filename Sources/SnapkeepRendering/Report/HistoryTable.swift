import SnapkeepCore
package import SnapkeepState

/// One run, as `snapkeep history` lists it.
package struct HistoryRow: Hashable, Sendable {
    var when: Timestamp
    /// `user@host`.
    var who: String
    /// The subcommand: `apply`, `forget`.
    var command: String
    /// The state's serial before and after the run.
    var serialBefore: Int
    var serial: Int
    var counts: HistoryCounts
    /// The exit code; `nil` for a run that was killed.
    var exit: Int?

    /// What was done: the counts, or for a run without any what its serial tells.
    var what: String {
        let words = counts.words
        if command == "recover", counts.found > 0 { return "\(counts.found) recovered from stamps" }
        if !words.isEmpty { return words.joined(separator: ", ") }
        if command == "state push", exit == 0 { return "state pushed" }
        if serial <= serialBefore { return exit == nil ? "nothing is known to have changed" : "nothing changed" }
        return switch command {
        case "forget": "1 record dropped"
        case "rename": "1 record renamed"
        case "recover": "recovered from stamps"
        // The whole state comes from elsewhere; what its records are, no run here has changed.
        case "state push": "state pushed"
        default: "record changed"
        }
    }
}

/// The table of past runs, in the order given.
package enum HistoryTable {
    private static let columns: [TextTable.Column] = [
        .init(head: "when (UTC)"), .init(head: "who", kind: .name(atLeast: 8), worth: 1), .init(head: "command"),
        .init(head: "serial", isNumber: true, label: "serial"), .init(head: "exit", isNumber: true, label: "exit"),
        .init(head: "what", kind: .prose),
    ]

    /// The table with its head, each line ended; one sentence where there is no run.
    ///
    /// - Parameter width: of the terminal; `nil` elsewhere.
    package static func render(_ rows: [HistoryRow], width: Int?, style: TextStyle) -> String {
        guard !rows.isEmpty else { return "No runs recorded yet.\n" }
        let cells = rows.map { row in
            let cells = [
                Quantities.minute(row.when), VisibleText.escaped(row.who), VisibleText.escaped(row.command), String(row.serial),
                row.exit.map(String.init) ?? "killed", row.what,
            ]
            return TextTable.Row(cells: cells, role: row.exit == 0 ? nil : .update)
        }
        return TextTable.render(columns, cells, gap: 2, width: width, style: style)
    }
}

extension HistoryRow {
    /// A line of the history file as a row of the table.
    package init(_ entry: HistoryEntry) {
        self.init(
            when: entry.run.startedAt, who: "\(entry.run.user)@\(entry.run.host)", command: entry.run.command,
            serialBefore: entry.serialBefore, serial: entry.serialAfter,
            counts: entry.counts, exit: entry.exitCode)
    }
}
