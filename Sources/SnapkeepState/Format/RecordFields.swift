package import SnapkeepCore

/// The members of a record, in the order in which they are written.
enum RecordField: String, CaseIterable {
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
    case attempt
    /// On a line of the state only.
    case sum

    static let fields = JSONFields<RecordField>()
}

extension JSONWriter {
    /// Writes a record as an object. What has no value is left out.
    mutating func value(_ record: SnapshotRecord) {
        beginObject()
        members(of: record)
        endObject()
    }

    /// Writes the members of a record into the object that is open.
    package mutating func members(of record: SnapshotRecord) {
        field(RecordField.key.rawValue, record.key.text)
        field(RecordField.id.rawValue, record.id.text)
        field(RecordField.volumeID.rawValue, record.volumeID.text)
        field(RecordField.name.rawValue, record.name)
        field(RecordField.description.rawValue, record.description)
        field(RecordField.metadata.rawValue, record.metadata)
        field(RecordField.status.rawValue, record.status.description)
        field(RecordField.size.rawValue, record.size)
        field(RecordField.createdAt.rawValue, record.createdAt)
        field(RecordField.updatedAt.rawValue, record.updatedAt)
        field(RecordField.protect.rawValue, record.protect)
        field(RecordField.attempt.rawValue, record.attempt?.text)
    }
}

extension JSONReader {
    /// Takes a record that has no checksum of its own.
    mutating func record() throws(JSONProblem) -> SnapshotRecord {
        var seal = LineSeal()
        let record = try record(&seal)
        try seal.refuse()
        return record
    }

    /// Takes a record and the checksum that it may have. Whether that fits is for the caller to ask.
    mutating func record(_ seal: inout LineSeal) throws(JSONProblem) -> SnapshotRecord {
        var object = try JSONObject(RecordField.fields, in: &self)
        seal.begin(at: offset - 1)
        var key: SnapshotKey?
        var id: SnapshotID?
        var volumeID: VolumeID?
        var name: String?
        var description: String?
        var metadata: Metadata?
        var status: SnapshotStatus?
        var size: Int?
        var createdAt: Timestamp?
        var updatedAt: Timestamp?
        var protect: Bool?
        var attempt: AttemptID?
        while let field = try object.next(in: &self) {
            switch field {
            case .key: key = try snapshotKey()
            case .id: id = try snapshotID()
            case .volumeID: volumeID = try self.volumeID()
            case .name:
                let text = try text()
                // A name is the key where the manifest gives none: one text in memory serves both.
                if let key, text.isEqual(to: key.text) { name = key.text } else { name = try text.makeString() }
            case .description: description = try string()
            case .metadata: metadata = try self.metadata()
            case .status: status = try self.status()
            case .size: size = try int()
            case .createdAt: createdAt = try timestamp()
            case .updatedAt: updatedAt = try timestamp()
            case .protect: protect = try bool()
            case .attempt: attempt = try attemptID()
            case .sum: try seal.take(&self)
            }
            seal.end = offset
        }
        return SnapshotRecord(
            key: try object.require(key, .key), id: try object.require(id, .id), volumeID: try object.require(volumeID, .volumeID),
            name: try object.require(name, .name), description: description, metadata: try object.require(metadata, .metadata),
            status: try object.require(status, .status), size: size, createdAt: createdAt, updatedAt: updatedAt,
            protect: try object.require(protect, .protect), attempt: attempt)
    }
}

/// The members of an open intent, in the order in which they are written.
enum IntentField: String, CaseIterable {
    case attempt
    case owner
    case key
    case volumeID = "volume_id"
    case name
    case description
    case metadata
    case protect
    case startedAt = "started_at"
    case bootID = "boot_id"
    case bootElapsed = "boot_elapsed_us"
    case replaces
    case adopts
    /// On a line of the state only.
    case sum

    static let fields = JSONFields<IntentField>()
}

extension JSONWriter {
    /// Writes an intent as an object. What has no value is left out.
    mutating func value(_ intent: CreationIntent) {
        beginObject()
        members(of: intent)
        endObject()
    }

    /// Writes the members of an intent into the object that is open.
    package mutating func members(of intent: CreationIntent) {
        field(IntentField.attempt.rawValue, intent.attempt.text)
        field(IntentField.owner.rawValue, intent.owner)
        field(IntentField.key.rawValue, intent.key.text)
        field(IntentField.volumeID.rawValue, intent.volumeID.text)
        field(IntentField.name.rawValue, intent.name)
        field(IntentField.description.rawValue, intent.description)
        field(IntentField.metadata.rawValue, intent.metadata)
        field(IntentField.protect.rawValue, intent.protect)
        field(IntentField.startedAt.rawValue, intent.startedAt)
        members(of: intent.bootInstant)
        field(IntentField.replaces.rawValue, intent.replaces?.text)
        field(IntentField.adopts.rawValue, intent.adopts?.text)
    }

    /// Writes the two members of an instant into the object that is open.
    mutating func members(of instant: BootInstant?) {
        guard let instant else { return }
        field(IntentField.bootID.rawValue, instant.boot.text)
        field(IntentField.bootElapsed.rawValue, Int(instant.elapsed.wholeMicroseconds))
    }
}

extension JSONReader {
    /// Takes an intent that has no checksum of its own.
    mutating func intent() throws(JSONProblem) -> CreationIntent {
        var seal = LineSeal()
        let intent = try intent(&seal)
        try seal.refuse()
        return intent
    }

    /// Takes an intent and the checksum that it may have. Whether that fits is for the caller to ask.
    mutating func intent(_ seal: inout LineSeal) throws(JSONProblem) -> CreationIntent {
        var object = try JSONObject(IntentField.fields, in: &self)
        seal.begin(at: offset - 1)
        var attempt: AttemptID?
        var owner: String?
        var key: SnapshotKey?
        var volumeID: VolumeID?
        var name: String?
        var description: String?
        var metadata: Metadata?
        var protect: Bool?
        var startedAt: Timestamp?
        var bootID: BootID?
        var bootElapsed: Duration?
        var replaces: SnapshotID?
        var adopts: SnapshotID?
        while let field = try object.next(in: &self) {
            switch field {
            case .attempt: attempt = try attemptID()
            case .owner: owner = try string()
            case .key: key = try snapshotKey()
            case .volumeID: volumeID = try self.volumeID()
            case .name: name = try string()
            case .description: description = try string()
            case .metadata: metadata = try self.metadata()
            case .protect: protect = try bool()
            case .startedAt: startedAt = try timestamp()
            case .bootID: bootID = try self.bootID()
            case .bootElapsed: bootElapsed = .microseconds(try count())
            case .replaces: replaces = try snapshotID()
            case .adopts: adopts = try snapshotID()
            case .sum: try seal.take(&self)
            }
            seal.end = offset
        }
        return CreationIntent(
            attempt: try object.require(attempt, .attempt), owner: try object.require(owner, .owner), key: try object.require(key, .key),
            volumeID: try object.require(volumeID, .volumeID), name: try object.require(name, .name), description: description,
            metadata: try object.require(metadata, .metadata), protect: try object.require(protect, .protect),
            startedAt: try object.require(startedAt, .startedAt), bootInstant: BootInstant(bootID, bootElapsed), replaces: replaces,
            adopts: adopts)
    }
}

extension BootInstant {
    /// An instant of two members of a line, where both are there.
    init?(_ boot: BootID?, _ elapsed: Duration?) {
        guard let boot, let elapsed else { return nil }
        self.init(boot: boot, elapsed: elapsed)
    }
}

extension Duration {
    /// Rounded down.
    fileprivate var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
