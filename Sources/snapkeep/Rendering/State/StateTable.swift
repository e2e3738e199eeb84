import SnapkeepCore

/// The table of `snapkeep state list`: what is recorded, by key.
enum StateTable {
    private struct Row {
        /// As in a plan: `=` is kept, `?` is looked up first.
        var sign = " "
        var cells: [String]
        var role: TextStyle.Role?
    }

    private static let head = ["key", "status", "size", "created (UTC)", "volume", "snapshot", ""]

    /// The table with its head and its last line, each line ended.
    ///
    /// - Parameter width: of the terminal; `nil` elsewhere: then nothing is left out.
    static func render(_ state: RecordedState, path: String, width: Int?, style: TextStyle) -> String {
        let header = state.header
        let target = CloudTarget(projectID: header.projectID, endpoint: header.endpoint).briefWords
        let parts = [VisibleText.escaped(path), "owner \(VisibleText.escaped(header.owner))", target].compactMap { $0 }
        var text = TextFlow.joined(parts, by: " · ", width: width) + "\n\n"
        let rows =
            state.records.map { Row(cells: cells($0, ""), role: $0.status == .error ? .bad : nil) }
            + state.superseded.map { Row(sign: "=", cells: cells($0, "superseded"), role: .keep) }
            + state.openIntents.map { Row(sign: "?", cells: cells($0), role: .update) }
        if !rows.isEmpty { text += table(rows, width: width, style) + "\n" }
        return text + TextFlow.wrapped(sum(state), width: width, indent: 2) + "\n"
    }

    private static func cells(_ record: SnapshotRecord, _ note: String) -> [String] {
        [
            VisibleText.escaped(record.key.text), VisibleText.escaped(record.status.description),
            record.size.map(Quantities.size(gibibytes:)) ?? "", record.createdAt.map(Quantities.minute) ?? "", record.volumeID.text,
            record.id.text, [note, record.protect ? "protected" : ""].filter { !$0.isEmpty }.joined(separator: ", "),
        ]
    }

    private static func cells(_ intent: CreationIntent) -> [String] {
        [
            VisibleText.escaped(intent.key.text), "not settled", "", Quantities.minute(intent.startedAt), intent.volumeID.text,
            intent.adopts?.text ?? "", "begun by an earlier run",
        ]
    }

    // Rows are not broken: what is worth least goes first, until they fit.
    private static func table(_ rows: [Row], width: Int?, _ style: TextStyle) -> String {
        var all = [Row(cells: head, role: .keep)] + rows
        let (volumeIDs, ids) = (ShortIDs(rows.map { $0.cells[4] }), ShortIDs(rows.map { $0.cells[5] }))
        for index in all.indices.dropFirst() { all[index].cells[4] = volumeIDs(all[index].cells[4]) }
        func columns(_ column: Int) -> Int { all.map { TextWidth.columns($0.cells[column]) }.max() ?? 0 }
        var widest = head.indices.map(columns)
        func total() -> Int { widest.filter { $0 > 0 }.map { $0 + 3 }.reduce(-1, +) }
        func change(_ column: Int, _ cell: (Int) -> String) {
            for index in all.indices { all[index].cells[column] = cell(index) }
            widest[column] = columns(column)
        }
        if let width, total() > width {
            let keys = all.map { $0.cells[0] }
            // One long key must not cost the other columns.
            change(0) { middle(keys[$0], max(20, width / 4)) }
            for column in [6, 3, 2, 4] where total() > width { change(column) { _ in "" } }
            if total() > width { change(5) { ids(all[$0].cells[5]) } }
            let room = max(12, width - total() + widest[0])
            change(0) { middle(keys[$0], room) }
        }
        return all.map { row in
            var cells: [String] = []
            for (column, cell) in row.cells.enumerated() where widest[column] > 0 {
                cells.append(column == 2 ? TextWidth.padded(left: cell, to: widest[column]) : TextWidth.padded(cell, to: widest[column]))
            }
            var line = "\(row.sign) " + cells.joined(separator: "   ")
            while line.hasSuffix(" ") { line.removeLast() }
            return (row.role.map { style.paint(line, $0) } ?? line) + "\n"
        }.joined()
    }

    /// The text with its middle taken out where it is too wide.
    private static func middle(_ text: String, _ room: Int) -> String {
        guard TextWidth.columns(text) > room else { return text }
        var (front, back) = (text[...].prefix(0), text[...].suffix(0))
        while TextWidth.columns(String(front)) + TextWidth.columns(String(back)) < room - 2 {
            if front.count <= back.count { front = text.prefix(front.count + 1) } else { back = text.suffix(back.count + 1) }
        }
        return front + "…" + back
    }

    // 43 recorded, 2 protected, 1 superseded, 1 not settled · serial 12
    private static func sum(_ state: RecordedState) -> String {
        var words = ["\(state.records.count) recorded"]
        let protected = (state.records + state.superseded).count(where: \.protect)
        if protected > 0 { words.append("\(protected) protected") }
        if !state.superseded.isEmpty { words.append("\(state.superseded.count) superseded") }
        if !state.openIntents.isEmpty { words.append("\(state.openIntents.count) not settled") }
        return words.joined(separator: ", ") + " · serial \(state.header.serial)"
    }
}
