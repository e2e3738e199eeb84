public import SnapkeepCore
public import SnapkeepEngine

/// One run, as the history keeps it.
public struct HistoryEntry: Hashable, Sendable {
    public var run: RunInfo
    /// The state's serial before and after; 0 where there was no state.
    public var serialBefore: Int
    public var serialAfter: Int
    public var counts: HistoryCounts
    /// The snapshots behind the counts.
    public var work: RunWork
    /// The saved plan that was carried out, if any.
    public var plan: PlanID?
    /// The code that the program ended with; `nil` for a run that was killed, whose line the next run wrote.
    public var exitCode: Int?

    /// An entry of its parts.
    public init(
        run: RunInfo, serialBefore: Int, serialAfter: Int, counts: HistoryCounts, work: RunWork = RunWork(), plan: PlanID?, exitCode: Int?
    ) {
        self.run = run
        self.serialBefore = serialBefore
        self.serialAfter = serialAfter
        self.counts = counts
        self.work = work
        self.plan = plan
        self.exitCode = exitCode
    }
}

/// What a run did, in numbers.
public struct HistoryCounts: Hashable, Sendable {
    public var created = 0
    public var adopted = 0
    public var updated = 0
    public var replaced = 0
    public var awaited = 0
    public var deleted = 0
    /// Let go by rotations. Of a run that was killed they are counted as deleted.
    public var expired = 0
    public var stillCreating = 0
    public var stillDeleting = 0
    public var failed = 0
    public var notStarted = 0
    public var unrecorded = 0
    /// Made by an earlier run and recorded by this one.
    public var found = 0
    public var forgotten = 0
    public var renamed = 0

    /// All zero.
    public init() {}

    /// The counts of a report. A snapshot that the disk would not take was created and has failed too, and is counted once.
    public init(_ report: ApplyReport) {
        let lost = Set(report.unrecorded.map(\.key))
        created = report.created.count { !lost.contains($0) }
        adopted = report.adopted.count
        updated = report.updated.count
        replaced = report.replaced.count
        awaited = report.resumed.count
        deleted = report.deleted.count
        expired = report.expired.count
        stillCreating = report.stillCreating.count
        stillDeleting = report.stillDeleting.count
        failed = report.failures.count { failure in
            if case .journal = failure.cause { !lost.contains(failure.key) } else { true }
        }
        notStarted = report.notStarted.count
        unrecorded = report.unrecorded.count
    }

    /// What is known of a run that was killed.
    ///
    /// - Parameter state: with its journal taken over.
    public init(_ work: RunWork, in state: RecordedState?) {
        let unfinished = Set(((state?.records ?? []) + (state?.superseded ?? [])).lazy.filter { $0.status == .creating }.map(\.id))
        let made = work[.created]
        stillCreating = made.count { unfinished.contains($0.id) }
        created = made.count - stillCreating
        replaced = work[.replaced].count
        adopted = work[.adopted].count
        updated = work[.updated].count
        deleted = work[.deleted].count
        note(work)
    }

    /// Counts what a report does not hold.
    public mutating func note(_ work: RunWork) {
        found = work[.found].count
        forgotten = work[.forgotten].count
        renamed = work[.renamed].count
    }
}

/// The history's bytes: one JSON object a line, oldest first. It is for people and scripts; nothing depends on it, so it is read leniently.
public enum HistoryFile {
    /// Whether a file may be a history of ours, by its beginning; an empty one may.
    static func isOurs(_ beginning: [UInt8]) -> Bool {
        // The first line may be unfinished.
        zip(beginning, "{\"at\":".utf8).allSatisfy { $0 == $1 } || beginning.allSatisfy { $0 == 0 }
            || String(decoding: beginning, as: UTF8.self).contains("\"serial_before\":")
    }

    /// What a history says.
    public struct Contents: Hashable, Sendable {
        public var entries: [HistoryEntry] = []
        /// Lines that could not be read and are left out.
        public var damagedLines = 0
    }

    /// The entries of all lines that can be read. A serial that no run can have reached makes its line a damaged one.
    ///
    /// - Parameter namesSnapshots: whether the snapshots of each run are read too: a line may name 100,000.
    public static func decode(_ bytes: [UInt8], namesSnapshots: Bool = true) -> Contents {
        var contents = Contents()
        bytes.withUnsafeBufferPointer { buffer in
            for line in buffer.split(separator: 0x0A) {
                let line = UnsafeBufferPointer(rebasing: line)
                if let entry = HistoryEntry(encoded: line, namesSnapshots: namesSnapshots) {
                    contents.entries.append(entry)
                } else {
                    contents.damagedLines += 1
                }
            }
        }
        return contents
    }
}
