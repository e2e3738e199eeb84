import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

extension UnrecordedSnapshot {
    /// Writes the members of its JSON.
    func write(to object: inout JSONLine) {
        object.field("key", key.text)
        object.field("id", id.text)
        object.field("volume_id", volumeID.text)
    }
}

extension Session {
    /// P6: the ids of what no file may hold.
    func tellUnrecorded(_ outcome: RunEnd.Outcome) {
        if outcome.unrecorded.isEmpty { return }
        answerDone(
            Answer(UnrecordedRenderer.render(outcome, width: console.lineWidth(.output), style: console.style(.output))) { document in
                document.list("not_recorded", outcome.unrecorded) { $0.write(to: &$1) }
            })
    }
}

/// P6: the ids of snapshots that exist in the cloud and that the state does not hold.
enum UnrecordedRenderer {
    /// The block, each line ended; empty where there are none.
    static func render(_ outcome: RunEnd.Outcome, width: Int?, style: TextStyle) -> String {
        lines(outcome.unrecorded, isRefused: outcome.stateFault?.isRefusal == true, width: width, style: style).map { $0 + "\n" }.joined()
    }

    /// - Parameter isRefused: whether the state was not written because somebody else has written it.
    static func lines(_ snapshots: [UnrecordedSnapshot], isRefused: Bool, width: Int?, style: TextStyle) -> [String] {
        guard !snapshots.isEmpty else { return [] }
        let head =
            isRefused
            ? "This run made or found these; the state that is there now may not know them:"
            : "The disk would not take these; they exist in the cloud:"
        let rows = snapshots.map {
            TextTable.Row(cells: [VisibleText.escaped($0.key.text), $0.id.text, "volume \($0.volumeID.text)"])
        }
        return [style.paint(head, .bad)] + table.lines(rows, width: width, style: style) + [""]
    }

    /// Keys and ids; the ids are whole at any width, for nothing else holds them.
    static let table = TextTable(columns: [.init(kind: .name(atLeast: 12)), .init(), .init()], indent: 2, gap: 4)
}
