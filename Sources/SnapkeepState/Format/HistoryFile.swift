public import SnapkeepCore
public import SnapkeepEngine

/// One run, as the history keeps it.
public struct HistoryEntry: Hashable, Sendable {
    public var run: RunInfo
    /// The state's serial before and after; 0 where there was no state.
    public var serialBefore: Int
    public var serialAfter: Int
    public var counts: HistoryCounts
    /// The saved plan that was carried out, if any.
    public var plan: PlanID?
    /// The code that the program ended with.
    public var exitCode: Int

    /// An entry of its parts.
    public init(run: RunInfo, serialBefore: Int, serialAfter: Int, counts: HistoryCounts, plan: PlanID?, exitCode: Int) {
        self.run = run
        self.serialBefore = serialBefore
        self.serialAfter = serialAfter
        self.counts = counts
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
    public var stillCreating = 0
    public var stillDeleting = 0
    public var failed = 0
    public var notStarted = 0
    public var unrecorded = 0

    /// All zero.
    public init() {}

    /// The counts of a report. A snapshot that the disk would not take was created and has failed too, and is counted once.
    public init(_ report: ApplyReport) {
        let lost = Set(report.unrecorded.map(\.key))
        created = report.created.count { !lost.contains($0) }
        updated = report.updated.count
        replaced = report.replaced.count
        awaited = report.resumed.count
        deleted = report.deleted.count
        stillCreating = report.stillCreating.count
        stillDeleting = report.stillDeleting.count
        failed = report.failures.count { failure in
            if case .journal = failure.cause { !lost.contains(failure.key) } else { true }
        }
        notStarted = report.notStarted.count
        unrecorded = report.unrecorded.count
    }
}

/// The history's bytes: one JSON object a line, oldest first. It is for people and scripts; nothing depends on it, so it is read leniently.
public enum HistoryFile {
    /// What a history says.
    public struct Contents: Hashable, Sendable {
        public var entries: [HistoryEntry] = []
        /// Lines that could not be read and are left out.
        public var damagedLines = 0
    }

    /// The entries of all lines that can be read.
    public static func decode(_ bytes: [UInt8]) -> Contents {
        var contents = Contents()
        for line in bytes.split(separator: 0x0A) {
            if let entry = HistoryEntry(encoded: Array(line)) { contents.entries.append(entry) } else { contents.damagedLines += 1 }
        }
        return contents
    }
}

extension HistoryEntry {
    private enum Field: String, CaseIterable {
        case at, run, command, pid, host, user, counts, plan
        case serialBefore = "serial_before"
        case serialAfter = "serial_after"
        case exitCode = "exit_code"
    }

    private static let countFields: [(name: String, path: any WritableKeyPath<HistoryCounts, Int> & Sendable)] = [
        ("created", \.created), ("adopted", \.adopted), ("updated", \.updated), ("replaced", \.replaced), ("awaited", \.awaited),
        ("deleted", \.deleted),
        ("still_creating", \.stillCreating), ("still_deleting", \.stillDeleting), ("failed", \.failed), ("not_started", \.notStarted),
        ("unrecorded", \.unrecorded),
    ]

    /// One line of the history, without its line feed: `at` (the run's start), `run`, `command`, `pid`, `host`, `user`, `serial_before`,
    /// `serial_after`, `counts`, `plan` and `exit_code`.
    public var encoded: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field(Field.at.rawValue, run.startedAt)
        writer.field(Field.run.rawValue, run.run.text)
        writer.field(Field.command.rawValue, run.command)
        writer.field(Field.pid.rawValue, run.pid)
        writer.field(Field.host.rawValue, run.host)
        writer.field(Field.user.rawValue, run.user)
        writer.field(Field.serialBefore.rawValue, serialBefore)
        writer.field(Field.serialAfter.rawValue, serialAfter)
        writer.key(Field.counts.rawValue)
        writer.beginObject()
        for field in Self.countFields { writer.field(field.name, counts[keyPath: field.path]) }
        writer.endObject()
        writer.field(Field.plan.rawValue, plan?.text)
        writer.field(Field.exitCode.rawValue, exitCode)
        writer.endObject()
        return writer.bytes
    }

    /// The entry of one line; fields that this program does not know are passed over. `nil` when the line cannot be read.
    public init?(encoded line: [UInt8]) {
        guard let entry = try? line.withUnsafeBufferPointer({ buffer throws(JSONProblem) in try Self.read(JSONReader(buffer)) }) else {
            return nil
        }
        self = entry
    }

    private static func read(_ start: JSONReader) throws(JSONProblem) -> HistoryEntry {
        var reader = start
        var pool = JSONPool()
        var at: Timestamp?
        var run: RunID?
        var command: String?
        var pid = 0
        var host = ""
        var user = ""
        var before = 0
        var after = 0
        var counts = HistoryCounts()
        var plan: PlanID?
        var exitCode: Int?
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch Field(rawValue: try key.makeString()) {
            case .at: at = try reader.timestamp(&pool)
            case .run: run = try reader.runID()
            case .command: command = try reader.string()
            case .pid: pid = try reader.int()
            case .host: host = try reader.string()
            case .user: user = try reader.string()
            case .serialBefore: before = try reader.int()
            case .serialAfter: after = try reader.int()
            case .counts: counts = try readCounts(&reader)
            case .plan: plan = try reader.planID()
            case .exitCode: exitCode = try reader.int()
            case nil: try reader.skip()
            }
        }
        try reader.end()
        guard let at, let run, let command, let exitCode else {
            throw JSONProblem(.value, at: 0, "an entry has a time, a run, a command and a code")
        }
        let info = RunInfo(run: run, command: command, pid: pid, host: host, user: user, startedAt: at)
        return HistoryEntry(run: info, serialBefore: before, serialAfter: after, counts: counts, plan: plan, exitCode: exitCode)
    }

    private static func readCounts(_ reader: inout JSONReader) throws(JSONProblem) -> HistoryCounts {
        var counts = HistoryCounts()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if let field = countFields.first(where: { key.isEqual(to: $0.name) }) {
                counts[keyPath: field.path] = try reader.int()
            } else {
                try reader.skip()
            }
        }
        return counts
    }
}
