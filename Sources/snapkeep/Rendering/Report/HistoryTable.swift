import SnapkeepCore
import SnapkeepState

/// One run, as `snapkeep history` lists it.
struct HistoryRow: Hashable, Sendable {
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
    fileprivate var what: String {
        let words = counts.words
        if command == "recover", counts.found > 0 { return "\(counts.found) recovered from stamps" }
        if !words.isEmpty { return words.joined(separator: ", ") }
        if serial <= serialBefore { return exit == nil ? "nothing is known to have changed" : "nothing changed" }
        return switch command {
        case "forget": "1 record dropped"
        case "rename": "1 record renamed"
        case "recover": "recovered from stamps"
        default: "record changed"
        }
    }
}

/// The table of past runs, in the order given. Columns are as wide as their widest cell.
enum HistoryTable {
    /// The table with its head, each line ended; one sentence where there is no run.
    static func render(_ rows: [HistoryRow], style: TextStyle) -> String {
        guard !rows.isEmpty else { return "No runs recorded yet.\n" }
        let head = ["when (UTC)", "who", "command", "serial", "exit", "what"]
        let cells = rows.map { row in
            [
                Quantities.minute(row.when), VisibleText.escaped(row.who), VisibleText.escaped(row.command), String(row.serial),
                row.exit.map(String.init) ?? "killed", row.what,
            ]
        }
        var widths = head.map(TextWidth.columns)
        for row in cells { for (column, cell) in row.enumerated() { widths[column] = max(widths[column], TextWidth.columns(cell)) } }
        func line(_ row: [String]) -> String {
            row.enumerated().map { column, cell in
                switch column {
                case 3, 4: TextWidth.padded(left: cell, to: widths[column])
                case row.count - 1: cell
                default: TextWidth.padded(cell, to: widths[column])
                }
            }.joined(separator: "   ")
        }
        let body = zip(rows, cells).map { row, cells in row.exit == 0 ? line(cells) : style.paint(line(cells), .update) }
        return ([style.paint(line(head), .keep)] + body).map { $0 + "\n" }.joined()
    }
}
