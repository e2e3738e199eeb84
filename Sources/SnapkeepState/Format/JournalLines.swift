import SnapkeepCore

/// The members of journal lines. Each event has some of them; see `JournalEvent`.
enum EventField: String, CaseIterable {
    case event
    case format
    case version
    case lineage
    case serial
    case stateSum = "state_sum"
    case run
    case command
    case pid
    case host
    case user
    case attempt
    case owner
    case key
    case id
    case volumeID = "volume_id"
    case name
    case description
    case metadata
    case status
    case size
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    case protect
    case startedAt = "started_at"
    case at
    case bootID = "boot_id"
    case bootElapsed = "boot_elapsed_us"
    case replaces
    case adopts
    case plan

    static let fields = JSONFields<EventField>()
}

/// The word of a line's `event`, and the members that such a line may have.
enum EventName: String, CaseIterable {
    case begin, intent, resent, created, abandoned, duplicate, observed, updated, protection, deleting, deleted, forgotten, renamed

    var members: [EventField] {
        switch self {
        case .begin: [.format, .version, .lineage, .serial, .stateSum, .run, .command, .pid, .host, .user, .startedAt, .plan]
        case .intent:
            [
                .attempt, .owner, .key, .volumeID, .name, .description, .metadata, .protect, .startedAt, .bootID, .bootElapsed, .replaces,
                .adopts,
            ]
        case .resent: [.attempt, .at, .bootID, .bootElapsed]
        case .created: [.attempt, .id, .status, .size, .createdAt]
        case .abandoned: [.attempt]
        case .duplicate:
            [.key, .id, .volumeID, .name, .description, .metadata, .status, .size, .createdAt, .updatedAt, .protect, .attempt]
        case .observed: [.id, .status, .size, .updatedAt]
        case .updated: [.id, .name, .description, .metadata, .updatedAt]
        case .protection: [.id, .protect]
        case .deleting, .deleted, .forgotten: [.id]
        case .renamed: [.id, .key]
        }
    }

    /// The members of each event as `JSONObject.seen` tells them.
    static let masks: [EventName: UInt64] = Dictionary(
        uniqueKeysWithValues: allCases.map { event in
            let members = [.event] + event.members
            return (event, members.reduce(UInt64(0)) { $0 | 1 << EventField.allCases.firstIndex(of: $1)! })
        })
}

extension JSONWriter {
    private mutating func begin(_ name: EventName) {
        beginObject()
        field(EventField.event.rawValue, name.rawValue)
    }

    private mutating func field(_ field: EventField, _ text: String?) { self.field(field.rawValue, text) }
    private mutating func field(_ field: EventField, _ number: Int?) { self.field(field.rawValue, number) }
    private mutating func field(_ field: EventField, _ timestamp: Timestamp?) { self.field(field.rawValue, timestamp) }

    /// Writes a journal's first line.
    mutating func value(_ basis: JournalBasis, _ run: RunInfo, _ plan: PlanID?) {
        begin(.begin)
        field(.format, JournalFile.format)
        field(.version, JournalFile.version)
        field(.lineage, basis.lineage.text)
        field(.serial, basis.serial)
        field(.stateSum, basis.sum.map { String(decoding: CRC32C.text($0), as: UTF8.self) })
        field(.run, run.run.text)
        field(.command, run.command)
        field(.pid, run.pid)
        field(.host, run.host)
        field(.user, run.user)
        field(.startedAt, run.startedAt)
        field(.plan, plan?.text)
        endObject()
    }

    /// Writes any other line. `begin` needs the basis and is written by its own method.
    mutating func value(_ event: JournalEvent, basis: JournalBasis) {
        switch event {
        case .begin(let run, let plan):
            value(basis, run, plan)
            return
        case .intent(let intent):
            begin(.intent)
            members(of: intent)
        case .resent(let attempt, let instant, let bootInstant):
            begin(.resent)
            field(.attempt, attempt.text)
            field(.at, instant)
            members(of: bootInstant)
        case .created(let attempt, let snapshot):
            begin(.created)
            field(.attempt, attempt.text)
            field(.id, snapshot.id.text)
            field(.status, snapshot.status.description)
            field(.size, snapshot.size)
            field(.createdAt, snapshot.createdAt)
        case .abandoned(let attempt):
            begin(.abandoned)
            field(.attempt, attempt.text)
        case .duplicate(let record):
            begin(.duplicate)
            members(of: record)
        case .observed(let id, let status, let size, let updatedAt):
            begin(.observed)
            field(.id, id.text)
            field(.status, status.description)
            field(.size, size)
            field(.updatedAt, updatedAt)
        case .updated(let id, let name, let description, let metadata, let updatedAt):
            begin(.updated)
            field(.id, id.text)
            field(.name, name)
            field(.description, description)
            field(EventField.metadata.rawValue, metadata)
            field(.updatedAt, updatedAt)
        case .protection(let id, let protect):
            begin(.protection)
            field(.id, id.text)
            field(EventField.protect.rawValue, protect)
        case .deleting(let id): only(.deleting, id)
        case .deleted(let id): only(.deleted, id)
        case .forgotten(let id): only(.forgotten, id)
        case .renamed(let id, let key):
            begin(.renamed)
            field(.id, id.text)
            field(.key, key.text)
        }
        endObject()
    }

    private mutating func only(_ name: EventName, _ id: SnapshotID) {
        begin(name)
        field(.id, id.text)
    }
}

/// The values of one journal line, whatever its event.
struct JournalLine {
    private var object: JSONObject<EventField>
    private var event: EventName?
    private var lineage: Lineage?
    private var serial: Int?
    private var stateSum: UInt32?
    private var run: RunID?
    private var command: String?
    private var pid: Int?
    private var host: String?
    private var user: String?
    private var attempt: AttemptID?
    private var owner: String?
    private var key: SnapshotKey?
    private var id: SnapshotID?
    private var volumeID: VolumeID?
    private var name: String?
    private var description: String?
    private var metadata: Metadata?
    private var status: SnapshotStatus?
    private var size: Int?
    private var createdAt: Timestamp?
    private var updatedAt: Timestamp?
    private var protect: Bool?
    private var startedAt: Timestamp?
    private var at: Timestamp?
    private var bootID: BootID?
    private var bootElapsed: Duration?
    private var replaces: SnapshotID?
    private var adopts: SnapshotID?
    private var plan: PlanID?

    init(_ reader: inout JSONReader, _ pool: inout JSONPool) throws(JSONProblem) {
        object = try JSONObject(EventField.fields, in: &reader)
        while let field = try object.next(in: &reader) {
            switch field {
            case .event: event = try reader.word(EventName.self, "an event of the journal")
            // Of the first line, where both were looked at before anything else.
            case .format, .version: try reader.skip()
            case .lineage: lineage = try reader.lineage()
            case .serial: serial = try reader.count()
            case .stateSum: stateSum = try reader.sum()
            case .run: run = try reader.runID()
            case .command: command = try reader.string()
            case .pid: pid = try reader.count()
            case .host: host = try reader.string()
            case .user: user = try reader.string()
            case .attempt: attempt = try reader.attemptID()
            case .owner: owner = try reader.string(sharedIn: &pool)
            case .key: key = try reader.snapshotKey()
            case .id: id = try reader.snapshotID()
            case .volumeID: volumeID = try reader.volumeID(&pool)
            case .name: name = try reader.string()
            case .description: description = try reader.string(sharedIn: &pool)
            case .metadata: metadata = try reader.metadata(&pool)
            case .status: status = try reader.status(&pool)
            case .size: size = try reader.int()
            case .createdAt: createdAt = try reader.timestamp(&pool)
            case .updatedAt: updatedAt = try reader.timestamp(&pool)
            case .protect: protect = try reader.bool()
            case .startedAt: startedAt = try reader.timestamp(&pool)
            case .at: at = try reader.timestamp(&pool)
            case .bootID: bootID = try reader.bootID()
            case .bootElapsed: bootElapsed = .microseconds(try reader.count())
            case .replaces: replaces = try reader.snapshotID()
            case .adopts: adopts = try reader.snapshotID()
            case .plan: plan = try reader.planID()
            }
        }
        try reader.end()
        let name = try object.require(event, .event)
        if object.seen & ~EventName.masks[name]! != 0 {
            throw JSONProblem(.value, at: 0, "the event '\(name.rawValue)' has a field that belongs to another event")
        }
    }

    /// The format and version of a first line, and what the journal is written over.
    func basis() throws(JSONProblem) -> JournalBasis {
        JournalBasis(lineage: try need(lineage, .lineage), serial: try need(serial, .serial), sum: stateSum)
    }

    func journalEvent() throws(JSONProblem) -> JournalEvent {
        switch try need(event, .event) {
        case .begin:
            return .begin(
                RunInfo(
                    run: try need(run, .run), command: try need(command, .command), pid: try need(pid, .pid), host: try need(host, .host),
                    user: try need(user, .user), startedAt: try need(startedAt, .startedAt)), plan: plan)
        case .intent:
            return .intent(
                CreationIntent(
                    attempt: try need(attempt, .attempt), owner: try need(owner, .owner), key: try need(key, .key),
                    volumeID: try need(volumeID, .volumeID), name: try need(name, .name), description: description,
                    metadata: try need(metadata, .metadata), protect: try need(protect, .protect),
                    startedAt: try need(startedAt, .startedAt), bootInstant: BootInstant(bootID, bootElapsed), replaces: replaces,
                    adopts: adopts))
        case .resent:
            return .resent(attempt: try need(attempt, .attempt), at: try need(at, .at), BootInstant(bootID, bootElapsed))
        case .created:
            return .created(
                attempt: try need(attempt, .attempt),
                CreatedSnapshot(id: try need(id, .id), status: try need(status, .status), size: size, createdAt: createdAt))
        case .abandoned: return .abandoned(attempt: try need(attempt, .attempt))
        case .duplicate:
            return .duplicate(
                SnapshotRecord(
                    key: try need(key, .key), id: try need(id, .id), volumeID: try need(volumeID, .volumeID), name: try need(name, .name),
                    description: description, metadata: try need(metadata, .metadata), status: try need(status, .status), size: size,
                    createdAt: createdAt, updatedAt: updatedAt, protect: try need(protect, .protect), attempt: attempt))
        case .observed: return .observed(try need(id, .id), status: try need(status, .status), size: size, updatedAt: updatedAt)
        case .updated:
            return .updated(
                try need(id, .id), name: try need(name, .name), description: description, metadata: try need(metadata, .metadata),
                updatedAt: updatedAt)
        case .protection: return .protection(try need(id, .id), try need(protect, .protect))
        case .deleting: return .deleting(try need(id, .id))
        case .deleted: return .deleted(try need(id, .id))
        case .forgotten: return .forgotten(try need(id, .id))
        case .renamed: return .renamed(try need(id, .id), to: try need(key, .key))
        }
    }

    private func need<Value>(_ value: Value?, _ field: EventField) throws(JSONProblem) -> Value { try object.require(value, field) }
}
