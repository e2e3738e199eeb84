import SnapkeepCore
import SnapkeepState

/// The history that a document carries, within `HistoryBounds`. Older lines are in the older versions of the document, where the server keeps
/// them.
enum HTTPStateHistory {
    /// The lines that a document keeps, the newest last. Of a line that is too long by itself, for it may name 100,000 snapshots, the counts
    /// are kept and the names are not.
    static func bounded(_ lines: [[UInt8]]) -> [[UInt8]] {
        var kept: [[UInt8]] = []
        var size = 0
        for line in lines.suffix(HistoryBounds.lines).reversed() {
            let line = line.count > HistoryBounds.bytes / 2 ? withoutNames(line) : line
            size += line.count + 2
            if size > HistoryBounds.bytes, !kept.isEmpty { break }
            kept.append(line)
        }
        return kept.reversed()
    }

    private static func withoutNames(_ line: [UInt8]) -> [UInt8] {
        guard var entry = HistoryEntry(encoded: line) else { return line }
        entry.work = RunWork()
        return entry.encoded
    }

    /// What lines say.
    static func contents(_ lines: [[UInt8]], namesSnapshots: Bool) -> HistoryFile.Contents {
        var contents = HistoryFile.decode([])
        for line in lines {
            guard var entry = HistoryEntry(encoded: line) else {
                contents.damagedLines += 1
                continue
            }
            if !namesSnapshots { entry.work = RunWork() }
            contents.entries.append(entry)
        }
        return contents
    }
}
