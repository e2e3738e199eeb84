import SnapkeepCore

/// What the header of a state says of the whole: how many lines there are, and two checksums. With it a line that a merge lost, added,
/// exchanged or doubled is noticed, and a header that was changed, too.
struct StateDigest: Hashable {
    /// How many lines each list has.
    var counts = Counts()
    /// CRC-32C of the lines' own checksums, the digits of one behind those of the other, in the order `records`, `superseded`,
    /// `open_intents`.
    var lines: UInt32 = 0
    /// CRC-32C of all that stands in front of it in the header, as one JSON object without blanks. It binds the lines to the header.
    var header: UInt32 = 0

    struct Counts: Hashable {
        var records = 0
        var superseded = 0
        var openIntents = 0
    }

    enum Field: String, CaseIterable {
        case records
        case superseded
        case openIntents = "open_intents"
        case lines
        case header

        static let fields = JSONFields<Field>()
    }

    /// The digest of a header and of lines.
    ///
    /// - Parameter sums: the digits of all lines' checksums.
    init(_ header: StateHeader, _ counts: Counts, sums: [UInt8]) {
        self.counts = counts
        lines = CRC32C.of(sums)
        self.header = headerSum(header)
    }

    /// A digest as the text tells it.
    init(counts: Counts, lines: UInt32, header: UInt32) {
        self.counts = counts
        self.lines = lines
        self.header = header
    }

    /// What `header` must be, by the rest of the digest and the header's other fields.
    func headerSum(_ header: StateHeader) -> UInt32 {
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.members(of: header, onLines: false)
        writer.key(StateFile.Field.digest.rawValue)
        writer.beginObject()
        writer.members(of: self)
        writer.endObject()
        writer.endObject()
        return CRC32C.of(writer.bytes)
    }
}

/// The fields of a state's header, and the forgotten snapshots, which are few and stand with them.
struct StateHeader: Hashable {
    var header: RecordedState.Header
    var forgotten: [SnapshotID]
}

extension JSONWriter {
    /// Writes the header's fields into the object that is open, format and version in front.
    ///
    /// - Parameter onLines: whether each stands on a line of its own.
    mutating func members(of state: StateHeader, onLines: Bool) {
        let header = state.header
        member(.format, onLines) { $0.value(StateFile.format) }
        member(.version, onLines) { $0.value(StateFile.version) }
        member(.lineage, onLines) { $0.value(header.lineage.text) }
        member(.serial, onLines) { $0.value(header.serial) }
        member(.owner, onLines) { $0.value(header.owner) }
        member(.endpoint, onLines) { $0.value(header.endpoint) }
        member(.projectID, onLines) { $0.value(header.projectID.text) }
        list(.consumedPlans, header.consumedPlans.map(\.text), onLines)
        if !state.forgotten.isEmpty { list(.forgotten, state.forgotten.map(\.text), onLines) }
        if let run = header.lastRun { member(.lastRun, onLines) { $0.value(run.text) } }
        if let memory = header.rotations {
            member(.rotations, onLines) { writer in
                writer.beginObject()
                writer.members(of: memory)
                writer.endObject()
            }
        }
    }

    private mutating func member(_ field: StateFile.Field, _ onLines: Bool, _ write: (inout JSONWriter) -> Void) {
        if onLines { breakLine(indent: 2) }
        key(field.rawValue)
        write(&self)
    }

    private mutating func list(_ field: StateFile.Field, _ texts: [String], _ onLines: Bool) {
        if onLines { lines(field.rawValue, texts) { $1.value($0) } } else { self.field(field.rawValue, texts) }
    }

    /// Writes the digest as an object.
    mutating func value(_ digest: StateDigest) {
        beginObject()
        members(of: digest)
        field(StateDigest.Field.header.rawValue, digest.header)
        endObject()
    }

    /// Writes what the digest's `header` covers of the digest.
    fileprivate mutating func members(of digest: StateDigest) {
        field(StateDigest.Field.records.rawValue, digest.counts.records)
        field(StateDigest.Field.superseded.rawValue, digest.counts.superseded)
        field(StateDigest.Field.openIntents.rawValue, digest.counts.openIntents)
        field(StateDigest.Field.lines.rawValue, digest.lines)
    }

    private mutating func field(_ name: String, _ sum: UInt32) { field(name, CRC32C.text(sum)) }
}

extension JSONReader {
    /// Takes a digest.
    mutating func digest() throws(JSONProblem) -> StateDigest {
        var object = try JSONObject(StateDigest.Field.fields, in: &self)
        var records: Int?
        var superseded: Int?
        var openIntents: Int?
        var lines: UInt32?
        var header: UInt32?
        while let field = try object.next(in: &self) {
            switch field {
            case .records: records = try count()
            case .superseded: superseded = try count()
            case .openIntents: openIntents = try count()
            case .lines: lines = try sum()
            case .header: header = try sum()
            }
        }
        return StateDigest(
            counts: .init(
                records: try object.require(records, .records), superseded: try object.require(superseded, .superseded),
                openIntents: try object.require(openIntents, .openIntents)), lines: try object.require(lines, .lines),
            header: try object.require(header, .header))
    }

    /// Takes a checksum.
    mutating func sum() throws(JSONProblem) -> UInt32 {
        let text = try text()
        guard let value = CRC32C.value(try text.makeString().utf8) else {
            throw JSONProblem(.value, at: text.offset - 1, "expected a checksum of 8 hexadecimal digits")
        }
        return value
    }
}
