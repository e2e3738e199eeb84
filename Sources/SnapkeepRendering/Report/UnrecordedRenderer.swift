package import SnapkeepCore
package import SnapkeepEngine
import SnapkeepState

extension UnrecordedSnapshot {
    /// Writes the members of its JSON.
    package func write(to object: inout JSONWriter) {
        object.field("key", key.text)
        object.field("id", id.text)
        object.field("volume_id", volumeID.text)
    }
}

/// P6: the ids of snapshots that exist in the cloud and that the state does not hold.
package enum UnrecordedRenderer {
    /// The block; empty where there are none.
    ///
    /// - Parameter isRefused: whether the state was not written because somebody else has written it.
    package static func lines(_ snapshots: [UnrecordedSnapshot], isRefused: Bool, width: Int?, style: TextStyle) -> [String] {
        guard !snapshots.isEmpty else { return [] }
        let head =
            isRefused
            ? "This run made or found these; the state that is there now may not know them:"
            : "These exist in the cloud, and could not be recorded:"
        let rows = snapshots.map {
            TextTable.Row(cells: [VisibleText.escaped($0.key.text), $0.id.text, "volume \($0.volumeID.text)"])
        }
        return [style.paint(head, .bad)] + table.lines(rows, width: width, style: style) + [""]
    }

    /// Keys and ids; the ids are whole at any width, for nothing else holds them.
    static let table = TextTable(columns: [.init(kind: .name(atLeast: 12)), .init(), .init()], indent: 2, gap: 4)
}
