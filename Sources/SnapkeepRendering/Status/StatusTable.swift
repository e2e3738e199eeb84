package import SnapkeepCore

/// The table of `snapkeep status`: what is declared, and how it stands in the cloud.
package enum StatusTable {
    /// The table with its head and its last line, each line ended.
    ///
    /// - Parameters:
    ///   - rotations: `nil` where the manifest has none.
    ///   - now: ages count up to here.
    ///   - width: of the terminal; `nil` elsewhere.
    ///   - options: those that lead another command to the same manifest, state and cloud.
    package static func render(
        _ rows: [StatusRow], _ rotations: RotationPlan? = nil, now: Timestamp, width: Int?, style: TextStyle, options: [String]
    ) -> String {
        let table = rotations.map { RotationTable.render($0, width: width, style: style) }
        if let table, rows.isEmpty { return TextFlow.filled(table, width: width) }
        return snapshots(rows, now: now, width: width, style: style, options: options)
            + (table.map { "\n" + TextFlow.filled($0, width: width) } ?? "")
    }

    private static func snapshots(_ rows: [StatusRow], now: Timestamp, width: Int?, style: TextStyle, options: [String]) -> String {
        guard !rows.isEmpty else { return "Nothing is declared and nothing recorded.\n" }
        let volumeIDs = ShortIDs(rows.lazy.compactMap { if case .id(let id) = $0.volume { id.text } else { nil } })
        let cells = rows.map { row in
            let cells = [
                VisibleText.escaped(row.key.text), row.standing.words, age(of: row, now: now),
                row.record?.size.map(Quantities.size(gibibytes:)) ?? "", volume(row.volume, volumeIDs),
                row.id.map { VisibleText.escaped($0.text) } ?? "", note(row, options),
            ]
            return TextTable.Row(cells: cells, role: role(of: row))
        }
        var text = TextTable.render(columns, cells, width: width, style: style) + "\n" + summary(rows) + "\n"
        if !rows.allSatisfy({ $0.isGood || !$0.isDeclared }) {
            text += "Run \(command("snapkeep plan --refresh", options)) to see what can be done.\n"
        }
        return TextFlow.filled(text, width: width)
    }

    private static let columns: [TextTable.Column] = [
        .init(head: "snapshot", kind: .name(atLeast: 12)), .init(head: "status"),
        .init(head: "age", isNumber: true, worth: 2, label: "age"),
        .init(head: "size", isNumber: true, worth: 1), .init(head: "volume", kind: .name(atLeast: 9), worth: 3, label: "volume"),
        .init(head: "id", kind: .id, worth: 4), .init(kind: .prose),
    ]

    private static func role(of row: StatusRow) -> TextStyle.Role {
        switch row.standing {
        case .lost, .present(.error), .present(.errorDeleting): .bad
        case .notMade, .notAdopted, .unrecorded, .halfRenamed, .unsettled: .update
        case .present: !row.isDeclared ? .keep : row.isGood ? .good : .update
        }
    }

    private static func command(_ words: String, _ options: [String]) -> String {
        "`\(VisibleText.escaped(([words] + options).joined(separator: " ")))`"
    }

    private static func note(_ row: StatusRow, _ options: [String]) -> String {
        var notes: [String] = []
        if !row.drifted.isEmpty { notes.append("changed outside: " + row.drifted.map(VisibleText.escaped).joined(separator: ", ")) }
        if !row.edited.isEmpty { notes.append("not applied yet: " + row.edited.map(VisibleText.escaped).joined(separator: ", ")) }
        if row.standing == .unrecorded { notes.append("the cloud has one with our stamp: run \(command("snapkeep recover", options))") }
        if case .halfRenamed(let old) = row.standing {
            let words = "snapkeep rename \(old.text.quotedForShell) \(row.key.text.quotedForShell)"
            notes.append("a rename was cut short: run \(command(words, options))")
        }
        if row.isSuperseded { notes.append("superseded") } else if !row.isDeclared { notes.append("no longer listed") }
        return notes.joined(separator: "; ")
    }

    private static func volume(_ volume: VolumeReference, _ shortened: ShortIDs) -> String {
        switch volume {
        case .id(let id): shortened(id.text)
        case .alias(let alias, _), .named(let alias, _): VisibleText.escaped(alias)
        }
    }

    /// How old a snapshot is, in its largest unit: `3 d`, `5 h`, `12 min`.
    private static func age(of row: StatusRow, now: Timestamp) -> String {
        guard let made = row.record?.createdAt else { return "" }
        let minutes = max(0, Int(now.since(made).components.seconds)) / 60
        if minutes < 60 { return "\(minutes) min" }
        return minutes < 2880 ? "\(minutes / 60) h" : "\(minutes / 1440) d"
    }

    // 43 declared: 40 available, 1 creating, 1 lost, 1 not made · 1 no longer listed
    package static func summary(_ rows: [StatusRow]) -> String {
        let declared = rows.filter(\.isDeclared)
        var counts: [(word: String, count: Int)] = []
        for row in declared {
            let word: String
            switch row.standing {
            case .present, .notMade, .notAdopted, .unrecorded, .halfRenamed, .unsettled: word = row.standing.words
            case .lost: word = "lost"
            }
            if let index = counts.firstIndex(where: { $0.word == word }) { counts[index].count += 1 } else { counts.append((word, 1)) }
        }
        var text = "\(declared.count) declared"
        if !counts.isEmpty { text += ": " + counts.map { "\($0.count) \($0.word)" }.joined(separator: ", ") }
        let drifted = rows.count { !$0.drifted.isEmpty }
        if drifted > 0 { text += " · \(drifted) changed outside" }
        let superseded = rows.count(where: \.isSuperseded)
        let rest = rows.count - declared.count - superseded
        let edited = rows.count { !$0.edited.isEmpty }
        if edited > 0 { text += " · \(edited) not applied yet" }
        if rest > 0 { text += " · \(rest) no longer listed" }
        if superseded > 0 { text += " · \(superseded) superseded" }
        return text
    }
}
