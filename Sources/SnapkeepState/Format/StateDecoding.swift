import SnapkeepCore

/// One pass over a state's JSON. What comes twice, or in the wrong order, is refused where it stands, and so is a line that is not what was
/// written.
struct StateDecoding {
    /// Whether the lines and the header have checksums: from version 2 on.
    let hasSums: Bool
    /// Hash values, not ids: the table then holds no pointers to be followed. An equal hash is looked into.
    private var hashes: Set<Int> = []
    private var recordSums: [UInt32] = []
    private var supersededSums: [UInt32] = []
    private var intentSums: [UInt32] = []

    init(hasSums: Bool) { self.hasSums = hasSums }

    mutating func state(_ reader: inout JSONReader) throws(JSONProblem) -> RecordedState {
        var object = try JSONObject(StateFile.Field.fields, in: &reader)
        var header = HeaderFields()
        var records: [SnapshotRecord]?
        var superseded: [SnapshotRecord]?
        var openIntents: [CreationIntent]?
        var places: [StateFile.Field: Int] = [:]
        while let field = try object.next(in: &reader) {
            places[field] = reader.offset
            switch field {
            // Both were checked before.
            case .format, .version: try reader.skip()
            case .lineage, .serial, .owner, .endpoint, .projectID, .consumedPlans, .forgotten, .lastRun, .rotations, .digest:
                try header.take(field, &reader)
            case .records: records = try self.records(&reader, superseded: superseded ?? [])
            case .superseded: superseded = try self.superseded(&reader, records: records ?? [])
            case .openIntents: openIntents = try intents(&reader)
            }
        }
        let whole = try header.whole(object)
        let state = RecordedState(
            header: whole.header, records: try object.require(records, .records), superseded: try object.require(superseded, .superseded),
            openIntents: try object.require(openIntents, .openIntents), forgotten: whole.forgotten)
        try check(header.digest, whole, places, object)
        return state
    }

    // MARK: Lists

    private mutating func records(_ reader: inout JSONReader, superseded: [SnapshotRecord]) throws(JSONProblem) -> [SnapshotRecord] {
        var records: [SnapshotRecord] = []
        var last: SnapshotKey?
        try reader.beginArray()
        let beginning = reader.offset
        while try reader.nextElement() {
            let start = reader.offset
            var seal = LineSeal()
            let record = try reader.record(&seal)
            recordSums.append(try sum(seal, { "the line of \(record.key.text.quoted)" }, { $0.members(of: record) }))
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
            var seal = LineSeal()
            let record = try reader.record(&seal)
            supersededSums.append(
                try sum(seal, { "the line of the superseded \(record.id.text.quoted)" }, { $0.members(of: record) }))
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
            var seal = LineSeal()
            let intent = try reader.intent(&seal)
            intentSums.append(
                try sum(seal, { "the line of the open creation of \(intent.key.text.quoted)" }, { $0.members(of: intent) }))
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

    // MARK: Checksums

    /// The checksum of a line, which must fit.
    private func sum(
        _ seal: LineSeal, _ line: () -> String, _ write: (inout JSONWriter) -> Void
    ) throws(JSONProblem) -> UInt32 {
        if let told = seal.told {
            if !hasSums { throw JSONProblem(.value, at: seal.place, "the field 'sum' belongs to version 2, and this is version 1") }
            if seal.holds(write) { return told }
            throw JSONProblem(.checksum, at: seal.start, "\(line()) was changed outside of snapkeep")
        }
        if hasSums { throw JSONProblem(.missingField("sum"), at: seal.start, "the field 'sum' is missing") }
        return 0
    }

    /// Holds the digest against what was read.
    private func check(
        _ digest: StateDigest?, _ header: StateHeader, _ places: [StateFile.Field: Int], _ object: JSONObject<StateFile.Field>
    ) throws(JSONProblem) {
        let place = places[.digest] ?? 0
        if !hasSums {
            if digest != nil { throw JSONProblem(.value, at: place, "the field 'digest' belongs to version 2, and this is version 1") }
            return
        }
        let digest = try object.require(digest, .digest)
        let counts = StateDigest.Counts(records: recordSums.count, superseded: supersededSums.count, openIntents: intentSums.count)
        for (field, found, written, words) in [
            (StateFile.Field.records, counts.records, digest.counts.records, "records"),
            (.superseded, counts.superseded, digest.counts.superseded, "superseded snapshots"),
            (.openIntents, counts.openIntents, digest.counts.openIntents, "open creations"),
        ] where found != written {
            throw JSONProblem(
                .checksum, at: places[field] ?? place,
                "the state has \(found) \(words) and was written with \(written): a merge or a hand has "
                    + (found < written ? "taken out lines" : "added lines"))
        }
        var sums: [UInt8] = []
        sums.reserveCapacity(8 * (counts.records + counts.superseded + counts.openIntents))
        for sum in recordSums { CRC32C.append(sum, to: &sums) }
        for sum in supersededSums { CRC32C.append(sum, to: &sums) }
        for sum in intentSums { CRC32C.append(sum, to: &sums) }
        if CRC32C.of(sums) != digest.lines {
            throw JSONProblem(
                .checksum, at: place, "lines of the state were not written together with the others: a merge or a hand has exchanged some")
        }
        if digest.headerSum(header) != digest.header {
            throw JSONProblem(.checksum, at: place, "the header of the state was changed outside of snapkeep")
        }
    }
}

/// The fields of a state's header as they come in.
struct HeaderFields {
    var lineage: Lineage?
    var serial: Int?
    var owner: String?
    var endpoint: String?
    var projectID: ProjectID?
    var consumedPlans: [PlanID]?
    var forgotten: [SnapshotID] = []
    var lastRun: RunID?
    var rotations: RotationMemory?
    var digest: StateDigest?

    /// Takes the value of a field of the header.
    mutating func take(_ field: StateFile.Field, _ reader: inout JSONReader) throws(JSONProblem) {
        switch field {
        case .lineage: lineage = try reader.lineage()
        case .serial: serial = try reader.count()
        case .owner: owner = try reader.string()
        case .endpoint: endpoint = try reader.string()
        case .projectID: projectID = try reader.projectID()
        case .consumedPlans: consumedPlans = try plans(&reader)
        case .forgotten: forgotten = try forgotten(&reader)
        case .lastRun: lastRun = try reader.runID()
        case .rotations: rotations = try reader.rotationMemory()
        case .digest: digest = try reader.digest()
        case .format, .version, .records, .superseded, .openIntents: try reader.skip()
        }
    }

    /// The header alone, read up to its digest, where that says that the header is as it was written.
    ///
    /// - Returns: `nil` for a header that was changed or cannot be read, and for that of the first version, which has no digest.
    static func confirmed(in reader: inout JSONReader) -> (header: StateHeader, digest: StateDigest)? {
        var fields = HeaderFields()
        do throws(JSONProblem) {
            var object = try JSONObject(StateFile.Field.fields, in: &reader)
            while fields.digest == nil, let field = try object.next(in: &reader) { try fields.take(field, &reader) }
            let header = try fields.whole(object)
            guard let digest = fields.digest, digest.headerSum(header) == digest.header else { return nil }
            return (header, digest)
        } catch { return nil }
    }

    /// The header, where all that must be there is there.
    func whole(_ object: JSONObject<StateFile.Field>) throws(JSONProblem) -> StateHeader {
        StateHeader(
            header: .init(
                lineage: try object.require(lineage, .lineage), serial: try object.require(serial, .serial),
                owner: try object.require(owner, .owner), endpoint: try object.require(endpoint, .endpoint),
                projectID: try object.require(projectID, .projectID), consumedPlans: try object.require(consumedPlans, .consumedPlans),
                lastRun: lastRun, rotations: rotations), forgotten: forgotten)
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
}
