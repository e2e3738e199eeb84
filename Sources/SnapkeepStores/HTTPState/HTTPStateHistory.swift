import SnapkeepCore
import SnapkeepState

/// How much history a document carries: every write sends it again, and is kept by a server such as GitLab as a version of its own.
///
/// A run each night fills 500 lines in more than a year. Older ones are in the older versions of the document, where the server keeps them.
enum HTTPStateHistory {
    /// No more lines are kept.
    static let lineLimit = 500
    /// The last lines that have so many bytes together are kept.
    static let byteLimit = 512 << 10

    /// The lines that a document keeps, the newest last. Of a line that is too long by itself, for it may name 100,000 snapshots, the counts
    /// are kept and the names are not.
    static func bounded(_ lines: [[UInt8]]) -> [[UInt8]] {
        var kept: [[UInt8]] = []
        var size = 0
        for line in lines.suffix(lineLimit).reversed() {
            let line = line.count > byteLimit / 2 ? withoutNames(line) : line
            size += line.count + 2
            if size > byteLimit, !kept.isEmpty { break }
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
