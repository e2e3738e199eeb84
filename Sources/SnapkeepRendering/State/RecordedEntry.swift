package import SnapkeepCore
import SnapkeepState

/// All that a state says of one key.
package struct RecordedEntry: Hashable, Sendable {
    let key: SnapshotKey
    /// `nil` where only superseded ones, or a creation that is not settled, bear the key.
    let record: SnapshotRecord?
    let superseded: [SnapshotRecord]
    let openIntents: [CreationIntent]

    /// - Parameter text: a key, or the id of a snapshot that is recorded.
    /// - Returns: `nil` where the state knows neither.
    package init?(_ text: String, in state: RecordedState) {
        let held = (state.records + state.superseded).first { $0.key.text == text || $0.id.text == text }
        guard let key = held?.key ?? state.openIntents.first(where: { $0.key.text == text })?.key else {
            return nil
        }
        self.key = key
        record = state.record(for: key)
        superseded = state.superseded.filter { $0.key == key }
        openIntents = state.openIntents.filter { $0.key == key }
    }

    /// Writes the members of `snapkeep state show --json` that are about the key.
    package func write(to document: inout JSONDocument) {
        document.field("key", key.text)
        if let record { document.object("record") { $0.members(of: record) } }
        document.records("superseded", superseded)
        document.intents(openIntents)
    }
}

/// What is recorded of one key, a field a line.
package enum RecordSheet {
    /// The sheet, each line ended.
    ///
    /// - Parameter width: of the terminal; `nil` elsewhere.
    package static func render(_ entry: RecordedEntry, path: String, serial: Int, width: Int?, style: TextStyle) -> String {
        var text = style.paint(VisibleText.escaped(entry.key.text), .strong) + " · \(VisibleText.escaped(path)), serial \(serial)\n\n"
        text += entry.record.map { lines(rows(of: $0), width) } ?? "  no snapshot stands for it\n"
        for record in entry.superseded { text += "\nsuperseded\n" + lines(rows(of: record), width) }
        for intent in entry.openIntents { text += "\nnot settled: the next apply finds out\n" + lines(rows(of: intent), width) }
        return text
    }

    private static func rows(of record: SnapshotRecord) -> [(String, String)] {
        var rows = [
            ("snapshot", record.id.text), ("status", VisibleText.escaped(record.status.description)), ("volume", record.volumeID.text),
            ("name", VisibleText.quoted(record.name)),
        ]
        if let description = record.description { rows.append(("description", VisibleText.quoted(description))) }
        rows += record.metadata.entries.map { ("metadata.\(VisibleText.escaped($0.key))", VisibleText.quoted($0.value)) }
        if let size = record.size { rows.append(("size", Quantities.size(gibibytes: size))) }
        if let made = record.createdAt { rows.append(("created", "\(made.date) \(made.time) UTC")) }
        if let updated = record.updatedAt { rows.append(("updated", "\(updated.date) \(updated.time) UTC")) }
        rows.append(("protect", record.protect ? "yes" : "no"))
        if let attempt = record.attempt { rows.append(("attempt", attempt.text)) }
        return rows
    }

    private static func rows(of intent: CreationIntent) -> [(String, String)] {
        var rows = [("attempt", intent.attempt.text), ("volume", intent.volumeID.text), ("name", VisibleText.quoted(intent.name))]
        rows.append(("begun", "\(intent.startedAt.date) \(intent.startedAt.time) UTC"))
        if let id = intent.replaces { rows.append(("replaces", id.text)) }
        if let id = intent.adopts { rows.append(("adopts", id.text)) }
        return rows
    }

    /// Where a value does not fit beside its name, it has a line of its own, so that an id is in one piece.
    private static func lines(_ rows: [(String, String)], _ width: Int?) -> String {
        let widest = rows.map { TextWidth.columns($0.0) }.max() ?? 0
        return rows.map { name, value in
            guard let width, widest + 4 + TextWidth.columns(value) > width else {
                return "  \(TextWidth.padded(name, to: widest))  \(value)\n"
            }
            return "  \(name)\n    \(TextFlow.wrapped(value, width: width, indent: 4, from: 4))\n"
        }.joined()
    }
}
