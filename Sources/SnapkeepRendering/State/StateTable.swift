package import SnapkeepCore

/// The table of `snapkeep state list`: what is recorded, by key.
package enum StateTable {
    private static let columns: [TextTable.Column] = [
        .init(head: "key", kind: .name(atLeast: 12)), .init(head: "status"), .init(head: "size", isNumber: true, worth: 1),
        .init(head: "created (UTC)", worth: 2, label: "created"), .init(head: "volume", kind: .name(atLeast: 9), worth: 3, label: "volume"),
        .init(head: "snapshot", kind: .id, worth: 4), .init(kind: .prose),
    ]

    /// The table with its head and its last line, each line ended.
    ///
    /// - Parameters:
    ///   - aliases: what a manifest calls the volumes.
    ///   - width: of the terminal; `nil` elsewhere: then nothing is left out.
    package static func render(
        _ state: RecordedState, path: String, aliases: [VolumeID: String] = [:], width: Int?, style: TextStyle
    ) -> String {
        let header = state.header
        let target = CloudTarget(projectID: header.projectID, endpoint: header.endpoint).briefWords
        let parts = [VisibleText.escaped(path), "owner \(VisibleText.escaped(header.owner))", target].compactMap { $0 }
        var text = TextFlow.joined(parts, by: " · ", width: width) + "\n\n"
        let volumes = state.records.map(\.volumeID) + state.superseded.map(\.volumeID) + state.openIntents.map(\.volumeID)
        let volume = VolumeNames(volumes, aliases, width: width)
        let open = state.openIntents.sorted { $0.key.text < $1.key.text }
        let rows =
            state.records.map { TextTable.Row(cells: cells($0, "", volume), role: $0.status == .error ? .bad : nil) }
            // As in a plan: `=` is kept, `?` is looked up first.
            + state.superseded.map { TextTable.Row(sign: "=", cells: cells($0, "superseded", volume), role: .keep) }
            + open.map { TextTable.Row(sign: "?", cells: cells($0, volume), role: .update) }
        if !rows.isEmpty { text += TextTable.render(columns, rows, width: width, style: style) + "\n" }
        return text + TextFlow.wrapped(sum(state), width: width, indent: 2) + "\n"
    }

    private static func cells(_ record: SnapshotRecord, _ note: String, _ volume: VolumeNames) -> [String] {
        [
            VisibleText.escaped(record.key.text), VisibleText.escaped(record.status.description),
            record.size.map(Quantities.size(gibibytes:)) ?? "", record.createdAt.map(Quantities.minute) ?? "",
            volume(record.volumeID),
            record.id.text, [note, record.protect ? "protected" : ""].filter { !$0.isEmpty }.joined(separator: ", "),
        ]
    }

    private static func cells(_ intent: CreationIntent, _ volume: VolumeNames) -> [String] {
        [
            VisibleText.escaped(intent.key.text), "not settled", "", Quantities.minute(intent.startedAt),
            volume(intent.volumeID),
            intent.adopts?.text ?? "", "begun by an earlier run",
        ]
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
