package import SnapkeepCore

/// The table of rotations in `snapkeep status`: the last good one of each volume, and when the next is due.
package enum RotationTable {
    /// The table with its head and its last line, each line ended.
    ///
    /// - Parameter width: of the terminal; `nil` elsewhere.
    package static func render(_ rotations: RotationPlan, width: Int?, style: TextStyle) -> String {
        let rows = rotations.standings.map { standing in
            let cells = [
                standing.rotation.text, VisibleText.escaped(standing.volume.label),
                standing.lastGood.map { "\($0.date) \($0.minuteOfDay)" } ?? "none",
                standing.lastGood.map { Quantities.coarse(rotations.now.instant.since($0.instant)) } ?? "",
                String(standing.kept.count), next(standing),
            ]
            return TextTable.Row(cells: cells, role: role(of: standing))
        }
        return TextTable.render(columns, rows, width: width, style: style) + "\n" + summary(rotations) + "\n"
    }

    private static let columns: [TextTable.Column] = [
        .init(head: "rotation", kind: .name(atLeast: 8)), .init(head: "volume", kind: .name(atLeast: 9)),
        .init(head: "last good", label: "last good"), .init(head: "age", isNumber: true, worth: 1, label: "age"),
        .init(head: "kept", isNumber: true, worth: 1, label: "kept"), .init(head: "next due", kind: .prose),
    ]

    private static func role(of standing: RotationStanding) -> TextStyle.Role {
        if standing.overdueSince != nil { return .bad }
        return switch standing.demand {
        case .met: .good
        case .due, .underWay: .update
        case .missed: .bad
        case .paused: .keep
        }
    }

    private static func next(_ standing: RotationStanding) -> String {
        var words: String
        switch standing.demand {
        case .paused: words = "paused"
        case .due: words = "now, until \(RotationWords.day(standing.deadline))"
        case .underWay: words = "under way"
        case .met, .missed: words = RotationWords.day(standing.nextDue)
        }
        if let since = standing.overdueSince { words = "overdue since \(RotationWords.day(since)); next \(words)" }
        return words
    }

    // 12 volumes in 3 rotations: 11 with a good one of the last period, 1 overdue
    private static func summary(_ rotations: RotationPlan) -> String {
        let overdue = rotations.overdueCount
        let names = Set(rotations.standings.map(\.rotation)).count
        var text = "\(Quantities.count(names, "rotation")), \(Quantities.count(rotations.standings.count, "volume")): "
        text += overdue == 0 ? "none overdue" : "\(overdue) overdue"
        let due = rotations.standings.count { $0.demand == .due }
        if due > 0 { text += " · \(due) due now" }
        return text
    }
}

extension RotationPlan {
    /// How many rotations of a volume are overdue.
    package var overdueCount: Int { standings.count { $0.overdueSince != nil } }
}
