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
    case pipeline
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
    case rotations

    static let fields = JSONFields<EventField>()
}

/// The word of a line's `event`.
enum EventName: String, CaseIterable {
    case begin, intent, resent, created, abandoned, duplicate, observed, updated, protection, deleting, deleted, forgotten, renamed
    case rotations
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
        field(.stateSum, basis.sum.map(CRC32C.text))
        field(.run, run.run.text)
        field(.command, run.command)
        field(.pid, run.pid)
        field(.host, run.host)
        field(.user, run.user)
        field(.pipeline, run.pipeline)
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
        case .rotations(let memory):
            begin(.rotations)
            object(EventField.rotations.rawValue) { $0.members(of: memory) }
        }
        endObject()
    }

    private mutating func only(_ name: EventName, _ id: SnapshotID) {
        begin(name)
        field(.id, id.text)
    }
}

extension JSONReader {
    /// Takes a line: its event, and with a first line what the journal is written over.
    ///
    /// The members are found first, in whatever order they stand, and read when the event asks for them. What it does not ask for belongs to
    /// another event.
    mutating func journalLine() throws(JSONProblem) -> (event: JournalEvent, basis: JournalBasis?) {
        var object = try JSONObject(EventField.fields, in: &self)
        var members: [(field: EventField, value: JSONReader)] = []
        while let field = try object.next(in: &self) {
            members.append((field, self))
            try skip()
        }
        try end()

        func find<Value>(_ field: EventField, _ value: @autoclosure () throws(JSONProblem) -> Value) throws(JSONProblem) -> Value? {
            guard let index = members.firstIndex(where: { $0.field == field }) else { return nil }
            self = members.remove(at: index).value
            return try value()
        }
        func need<Value>(_ field: EventField, _ value: @autoclosure () throws(JSONProblem) -> Value) throws(JSONProblem) -> Value {
            try object.require(find(field, try value()), field)
        }
        func bootInstant() throws(JSONProblem) -> BootInstant? {
            BootInstant(try find(.bootID, bootID()), try find(.bootElapsed, .microseconds(count())))
        }

        let name = try need(.event, word(EventName.self, "an event of the journal"))
        let event: JournalEvent
        var basis: JournalBasis?
        switch name {
        case .begin:
            // Both were looked at before anything else.
            members.removeAll { $0.field == .format || $0.field == .version }
            basis = JournalBasis(
                lineage: try need(.lineage, lineage()), serial: try need(.serial, count()), sum: try find(.stateSum, sum()))
            event = .begin(
                RunInfo(
                    run: try need(.run, runID()), command: try need(.command, string()), pid: try need(.pid, count()),
                    host: try need(.host, string()), user: try need(.user, string()), startedAt: try need(.startedAt, timestamp()),
                    pipeline: try find(.pipeline, string())),
                plan: try find(.plan, planID()))
        case .intent:
            event = .intent(
                CreationIntent(
                    attempt: try need(.attempt, attemptID()), owner: try need(.owner, string()),
                    key: try need(.key, snapshotKey()), volumeID: try need(.volumeID, volumeID()), name: try need(.name, string()),
                    description: try find(.description, string()), metadata: try need(.metadata, metadata()),
                    protect: try need(.protect, bool()), startedAt: try need(.startedAt, timestamp()), bootInstant: try bootInstant(),
                    replaces: try find(.replaces, snapshotID()), adopts: try find(.adopts, snapshotID())))
        case .resent:
            event = .resent(attempt: try need(.attempt, attemptID()), at: try need(.at, timestamp()), try bootInstant())
        case .created:
            event = .created(
                attempt: try need(.attempt, attemptID()),
                CreatedSnapshot(
                    id: try need(.id, snapshotID()), status: try need(.status, status()), size: try find(.size, int()),
                    createdAt: try find(.createdAt, timestamp())))
        case .abandoned: event = .abandoned(attempt: try need(.attempt, attemptID()))
        case .duplicate:
            event = .duplicate(
                SnapshotRecord(
                    key: try need(.key, snapshotKey()), id: try need(.id, snapshotID()), volumeID: try need(.volumeID, volumeID()),
                    name: try need(.name, string()), description: try find(.description, string()),
                    metadata: try need(.metadata, metadata()), status: try need(.status, status()), size: try find(.size, int()),
                    createdAt: try find(.createdAt, timestamp()), updatedAt: try find(.updatedAt, timestamp()),
                    protect: try need(.protect, bool()), attempt: try find(.attempt, attemptID())))
        case .observed:
            event = .observed(
                try need(.id, snapshotID()), status: try need(.status, status()), size: try find(.size, int()),
                updatedAt: try find(.updatedAt, timestamp()))
        case .updated:
            event = .updated(
                try need(.id, snapshotID()), name: try need(.name, string()), description: try find(.description, string()),
                metadata: try need(.metadata, metadata()), updatedAt: try find(.updatedAt, timestamp()))
        case .protection: event = .protection(try need(.id, snapshotID()), try need(.protect, bool()))
        case .deleting: event = .deleting(try need(.id, snapshotID()))
        case .deleted: event = .deleted(try need(.id, snapshotID()))
        case .forgotten: event = .forgotten(try need(.id, snapshotID()))
        case .renamed: event = .renamed(try need(.id, snapshotID()), to: try need(.key, snapshotKey()))
        case .rotations: event = .rotations(try need(.rotations, rotationMemory()))
        }
        if !members.isEmpty {
            throw JSONProblem(.value, at: 0, "the event '\(name.rawValue)' has a field that belongs to another event")
        }
        return (event, basis)
    }
}
