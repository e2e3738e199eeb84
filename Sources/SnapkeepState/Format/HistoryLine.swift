import SnapkeepCore
import SnapkeepEngine

extension HistoryEntry {
    enum Field: String, CaseIterable {
        case at, run, command, pid, host, user, pipeline
        case serialBefore = "serial_before"
        case serialAfter = "serial_after"
        case counts, snapshots, plan
        case exitCode = "exit_code"
        case ended
    }

    static let countFields: [(name: String, path: any WritableKeyPath<HistoryCounts, Int> & Sendable)] = [
        ("created", \.created), ("adopted", \.adopted), ("updated", \.updated), ("replaced", \.replaced), ("awaited", \.awaited),
        ("deleted", \.deleted), ("expired", \.expired),
        ("still_creating", \.stillCreating), ("still_deleting", \.stillDeleting), ("failed", \.failed), ("not_started", \.notStarted),
        ("not_recorded", \.unrecorded), ("found", \.found), ("forgotten", \.forgotten), ("renamed", \.renamed),
    ]

    /// Younger than the format: lines of runs that let nothing expire are as they were.
    static func isLeftOutWhenZero(_ count: String) -> Bool { count == "expired" }

    /// One line of the history, without its line feed: `at` (the run's start), `run`, `command`, `pid`, `host`, `user`, `pipeline` where there is one, `serial_before`,
    /// `serial_after`, `counts`, `snapshots`, `plan`, `exit_code` and `ended`.
    ///
    /// `snapshots` has a list for each kind of `RunWork` that is not empty, of objects with `key` and `id`. `ended` is `exited`, or `killed`
    /// with an `exit_code` of null: the next run wrote the line by what the journal told.
    public var encoded: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.field(Field.at.rawValue, run.startedAt)
        writer.field(Field.run.rawValue, run.run.text)
        writer.field(Field.command.rawValue, run.command)
        writer.field(Field.pid.rawValue, run.pid)
        writer.field(Field.host.rawValue, run.host)
        writer.field(Field.user.rawValue, run.user)
        writer.field(Field.pipeline.rawValue, run.pipeline)
        writer.field(Field.serialBefore.rawValue, serialBefore)
        writer.field(Field.serialAfter.rawValue, serialAfter)
        writer.key(Field.counts.rawValue)
        writer.beginObject()
        for field in Self.countFields where !Self.isLeftOutWhenZero(field.name) || counts[keyPath: field.path] > 0 {
            writer.field(field.name, counts[keyPath: field.path])
        }
        writer.endObject()
        if !work.isEmpty { write(work, to: &writer) }
        writer.field(Field.plan.rawValue, plan?.text)
        writer.key(Field.exitCode.rawValue)
        if let exitCode { writer.value(exitCode) } else { writer.null() }
        writer.field(Field.ended.rawValue, exitCode == nil ? "killed" : "exited")
        writer.endObject()
        return writer.bytes
    }

    private func write(_ work: RunWork, to writer: inout JSONWriter) {
        writer.key(Field.snapshots.rawValue)
        writer.beginObject()
        for kind in RunWork.Kind.allCases where !work[kind].isEmpty {
            writer.key(kind.rawValue)
            writer.beginArray()
            for item in work[kind] {
                writer.beginObject()
                writer.field("key", item.key?.text)
                writer.field("id", item.id.text)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
    }

    /// The entry of one line; fields that this program does not know are passed over. `nil` when the line cannot be read.
    public init?(encoded line: [UInt8]) {
        guard let entry = line.withUnsafeBufferPointer({ Self(encoded: $0, namesSnapshots: true) }) else { return nil }
        self = entry
    }

    /// - Parameter namesSnapshots: whether the snapshots are read too.
    init?(encoded line: UnsafeBufferPointer<UInt8>, namesSnapshots: Bool) {
        guard let entry = try? Self.read(JSONReader(line), namesSnapshots) else { return nil }
        self = entry
    }

    private static func read(_ start: JSONReader, _ namesSnapshots: Bool) throws(JSONProblem) -> HistoryEntry {
        var reader = start
        var at: Timestamp?
        var run: RunID?
        var command: String?
        var pid = 0
        var host = ""
        var user = ""
        var pipeline: String?
        var before = 0
        var after = 0
        var counts = HistoryCounts()
        var work = RunWork()
        var plan: PlanID?
        var exitCode: Int?
        var wasKilled = false
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch Field(rawValue: try key.makeString()) {
            case .at: at = try reader.timestamp()
            case .run: run = try reader.runID()
            case .command: command = try reader.string()
            case .pid: pid = try reader.count()
            case .host: host = try reader.string()
            case .user: user = try reader.string()
            case .pipeline: pipeline = try reader.string()
            case .serialBefore: before = try reader.credibleSerial()
            case .serialAfter: after = try reader.credibleSerial()
            case .counts: counts = try readCounts(&reader)
            case .plan: plan = try reader.planID()
            case .snapshots: if namesSnapshots { work = try readWork(&reader) } else { try reader.skip() }
            case .exitCode: if reader.takeNull() { wasKilled = true } else { exitCode = try reader.int() }
            case .ended: try reader.skip()
            case nil: try reader.skip()
            }
        }
        try reader.end()
        guard let at, let run, let command, exitCode != nil || wasKilled else {
            throw JSONProblem(.value, at: 0, "an entry has a time, a run, a command and a code")
        }
        let info = RunInfo(run: run, command: command, pid: pid, host: host, user: user, startedAt: at, pipeline: pipeline)
        return HistoryEntry(run: info, serialBefore: before, serialAfter: after, counts: counts, work: work, plan: plan, exitCode: exitCode)
    }

    private static func readWork(_ reader: inout JSONReader) throws(JSONProblem) -> RunWork {
        var work = RunWork()
        try reader.beginObject()
        while let name = try reader.nextKey() {
            guard let kind = RunWork.Kind(rawValue: try name.makeString()) else {
                try reader.skip()
                continue
            }
            try reader.beginArray()
            while try reader.nextElement() { work.add(kind, try readItem(&reader)) }
        }
        return work
    }

    private static func readItem(_ reader: inout JSONReader) throws(JSONProblem) -> RunWork.Item {
        var key: SnapshotKey?
        var id: SnapshotID?
        try reader.beginObject()
        while let name = try reader.nextKey() {
            if name.isEqual(to: "key") {
                key = try reader.snapshotKey()
            } else if name.isEqual(to: "id") {
                id = try reader.snapshotID()
            } else {
                try reader.skip()
            }
        }
        guard let id else { throw JSONProblem(.value, at: 0, "a snapshot has an id") }
        return RunWork.Item(key: key, id: id)
    }

    private static func readCounts(_ reader: inout JSONReader) throws(JSONProblem) -> HistoryCounts {
        var counts = HistoryCounts()
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if let field = countFields.first(where: { key.isEqual(to: $0.name) }) {
                counts[keyPath: field.path] = try reader.count()
            } else if key.isEqual(to: "unrecorded") {
                // As lines from before the words were made one call it.
                counts.unrecorded = try reader.count()
            } else {
                try reader.skip()
            }
        }
        return counts
    }
}
