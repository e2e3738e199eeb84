public import SnapkeepCore

/// The state file's bytes: one JSON document, each header field and each record on a line of its own, so that a diff shows one line per
/// changed snapshot.
///
/// ```
/// {
///   "format": "snapkeep.state",
///   "version": 1,
///   "lineage": "…", "serial": 12, "owner": "…", "endpoint": "…", "project_id": "…", "consumed_plans": [], "last_run": "…",
///   "records": [one a line, sorted by key],
///   "superseded": [one a line, sorted by key and id],
///   "open_intents": [one a line, sorted by attempt],
///   "forgotten": [ids of snapshots that keep our stamp and are not ours any more, one a line, sorted; left out where there are none]
/// }
/// ```
/// A field without a value is left out. A field that this program does not know is refused and not dropped: it would be lost with the
/// next write.
public enum StateFile {
    /// The text of `format`.
    public static let format = "snapkeep.state"
    /// The version that is written and read.
    public static let version = 1

    enum Field: String, CaseIterable {
        case format
        case version
        case lineage
        case serial
        case owner
        case endpoint
        case projectID = "project_id"
        case consumedPlans = "consumed_plans"
        case lastRun = "last_run"
        case records
        case superseded
        case openIntents = "open_intents"
        case forgotten

        static let fields = JSONFields<Field>()
    }

    /// The bytes of a state.
    public static func encode(_ state: RecordedState) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 + state.records.count * 420)
        writer.beginObject()
        writer.line(.format, Self.format)
        writer.line(.version, Self.version)
        writer.line(.lineage, state.header.lineage.text)
        writer.line(.serial, state.header.serial)
        writer.line(.owner, state.header.owner)
        writer.line(.endpoint, state.header.endpoint)
        writer.line(.projectID, state.header.projectID.text)
        writer.lines(.consumedPlans, state.header.consumedPlans) { $0.value($1.text) }
        if let run = state.header.lastRun { writer.line(.lastRun, run.text) }
        writer.lines(.records, state.records) { $0.value($1) }
        writer.lines(.superseded, state.superseded) { $0.value($1) }
        writer.lines(.openIntents, state.openIntents) { $0.value($1) }
        if !state.forgotten.isEmpty { writer.lines(.forgotten, state.forgotten) { $0.value($1.text) } }
        writer.breakLine(indent: 0)
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    /// The state that bytes say. They are not trusted: order, uniqueness and every id are checked.
    ///
    /// - Throws: what the bytes are instead, or where they are damaged.
    public static func decode(_ bytes: [UInt8]) throws(StateFileProblem) -> RecordedState {
        try FormatSniffing.check(bytes, format: Self.format, version: Self.version)
        do throws(JSONProblem) {
            return try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in
                var reader = JSONReader(buffer)
                var decoding = StateDecoding()
                let state = try decoding.state(&reader)
                try reader.end()
                return state
            }
        } catch {
            throw StateFileProblem(error, in: bytes)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func line(_ field: StateFile.Field, _ text: String) {
        breakLine(indent: 2)
        self.field(field.rawValue, text)
    }

    fileprivate mutating func line(_ field: StateFile.Field, _ number: Int) {
        breakLine(indent: 2)
        self.field(field.rawValue, number)
    }

    fileprivate mutating func lines<Element>(
        _ field: StateFile.Field, _ elements: [Element], _ write: (inout JSONWriter, Element) -> Void
    ) {
        breakLine(indent: 2)
        key(field.rawValue)
        beginArray()
        for element in elements {
            breakLine(indent: 4)
            write(&self, element)
        }
        if !elements.isEmpty { breakLine(indent: 2) }
        endArray()
    }
}

/// One pass over a state's JSON. What comes twice, or in the wrong order, is refused where it stands.
private struct StateDecoding {
    private var pool = JSONPool()
    /// Hash values, not ids: the table then holds no pointers to be followed. An equal hash is looked into.
    private var hashes: Set<Int> = []

    mutating func state(_ reader: inout JSONReader) throws(JSONProblem) -> RecordedState {
        var object = try JSONObject(StateFile.Field.fields, in: &reader)
        var lineage: Lineage?
        var serial: Int?
        var owner: String?
        var endpoint: String?
        var projectID: ProjectID?
        var consumedPlans: [PlanID]?
        var lastRun: RunID?
        var records: [SnapshotRecord]?
        var superseded: [SnapshotRecord]?
        var openIntents: [CreationIntent]?
        var forgotten: [SnapshotID] = []
        while let field = try object.next(in: &reader) {
            switch field {
            // Both were checked before.
            case .format, .version: try reader.skip()
            case .lineage: lineage = try reader.lineage()
            case .serial: serial = try reader.count()
            case .owner: owner = try reader.string()
            case .endpoint: endpoint = try reader.string()
            case .projectID: projectID = try reader.projectID()
            case .consumedPlans: consumedPlans = try plans(&reader)
            case .lastRun: lastRun = try reader.runID()
            case .records: records = try self.records(&reader, superseded: superseded ?? [])
            case .superseded: superseded = try self.superseded(&reader, records: records ?? [])
            case .openIntents: openIntents = try intents(&reader)
            case .forgotten: forgotten = try self.forgotten(&reader)
            }
        }
        let header = RecordedState.Header(
            lineage: try object.require(lineage, .lineage), serial: try object.require(serial, .serial),
            owner: try object.require(owner, .owner), endpoint: try object.require(endpoint, .endpoint),
            projectID: try object.require(projectID, .projectID), consumedPlans: try object.require(consumedPlans, .consumedPlans),
            lastRun: lastRun)
        return RecordedState(
            header: header, records: try object.require(records, .records), superseded: try object.require(superseded, .superseded),
            openIntents: try object.require(openIntents, .openIntents), forgotten: forgotten)
    }

    private func forgotten(_ reader: inout JSONReader) throws(JSONProblem) -> [SnapshotID] {
        var ids: [SnapshotID] = []
        try reader.beginArray()
        while try reader.nextElement() {
            let start = reader.offset
            let id = try reader.snapshotID()
            if let last = ids.last, last >= id {
                throw JSONProblem(.value, at: start, "forgotten snapshots are sorted, '\(id)' comes too late or twice")
            }
            ids.append(id)
        }
        return ids
    }

    private func plans(_ reader: inout JSONReader) throws(JSONProblem) -> [PlanID] {
        var plans: [PlanID] = []
        try reader.beginArray()
        while try reader.nextElement() {
            let start = reader.offset
            let plan = try reader.planID()
            if plans.contains(plan) { throw JSONProblem(.value, at: start, "the plan '\(plan)' comes twice") }
            plans.append(plan)
        }
        return plans
    }

    private mutating func records(_ reader: inout JSONReader, superseded: [SnapshotRecord]) throws(JSONProblem) -> [SnapshotRecord] {
        var records: [SnapshotRecord] = []
        var last: SnapshotKey?
        try reader.beginArray()
        let beginning = reader.offset
        while try reader.nextElement() {
            let start = reader.offset
            let record = try reader.record(&pool)
            if let last, last >= record.key {
                let rule =
                    last == record.key
                    ? "the key '\(record.key)' comes twice" : "records are sorted by key, '\(record.key)' comes too late"
                throw JSONProblem(.value, at: start, rule)
            }
            last = record.key
            try note(record.id, at: start, among: records, superseded)
            records.append(record)
            if records.count == 1000 {
                // Room for as many as the text holds if it goes on as it began: growing step by step would touch twice the memory.
                let expected = (reader.offset - beginning + reader.bytesLeft) / ((reader.offset - beginning) / 1000) * 21 / 20
                records.reserveCapacity(expected)
                hashes.reserveCapacity(expected)
            }
        }
        return records
    }

    private mutating func superseded(_ reader: inout JSONReader, records others: [SnapshotRecord]) throws(JSONProblem) -> [SnapshotRecord] {
        var records: [SnapshotRecord] = []
        try reader.beginArray()
        while try reader.nextElement() {
            let start = reader.offset
            let record = try reader.record(&pool)
            try note(record.id, at: start, among: records, others)
            if let last = records.last, (last.key, last.id) >= (record.key, record.id) {
                throw JSONProblem(.value, at: start, "superseded records are sorted by key and id, '\(record.id)' comes too late")
            }
            records.append(record)
        }
        return records
    }

    private mutating func intents(_ reader: inout JSONReader) throws(JSONProblem) -> [CreationIntent] {
        var intents: [CreationIntent] = []
        try reader.beginArray()
        while try reader.nextElement() {
            let start = reader.offset
            let intent = try reader.intent(&pool)
            if let last = intents.last, last.attempt >= intent.attempt {
                let rule =
                    last.attempt == intent.attempt
                    ? "the attempt '\(intent.attempt)' comes twice" : "intents are sorted by attempt, '\(intent.attempt)' comes too late"
                throw JSONProblem(.value, at: start, rule)
            }
            intents.append(intent)
        }
        return intents
    }

    private mutating func note(
        _ id: SnapshotID, at offset: Int, among records: [SnapshotRecord], _ others: [SnapshotRecord]
    ) throws(JSONProblem) {
        if hashes.insert(id.hashValue).inserted { return }
        if records.contains(where: { $0.id == id }) || others.contains(where: { $0.id == id }) {
            throw JSONProblem(.value, at: offset, "the snapshot '\(id)' comes twice")
        }
    }
}
