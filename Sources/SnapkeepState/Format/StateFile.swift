public import SnapkeepCore

/// The state file's bytes: one JSON document, each header field and each record on a line of its own, so that a diff shows one line per
/// changed snapshot, and besides `serial`, `last_run` and `digest`.
///
/// ```
/// {
///   "format": "snapkeep.state",
///   "version": 2,
///   "lineage": "…", "serial": 12, "owner": "…", "endpoint": "…", "project_id": "…", "consumed_plans": [],
///   "forgotten": [ids of snapshots that keep our stamp and are not ours any more, one a line, sorted; left out where there are none],
///   "last_run": "…",
///   "rotations": {"as_of": the last apply that did anything for a rotation, "rules": [by what rules each was kept then]; left out where
///     there was none},
///   "digest": {"records": 2, "superseded": 0, "open_intents": 0, "lines": "9a8b7c6d", "header": "1f2e3d4c"},
///   "records": [one a line, sorted by key, each with its "sum" at the end],
///   "superseded": [one a line, sorted by key and id, with "sum"],
///   "open_intents": [one a line, sorted by attempt, with "sum"]
/// }
/// ```
/// A field without a value is left out. A field that this program does not know is refused and not dropped: it would be lost with the
/// next write.
///
/// A disk, an editor or a merge may change a state so that it still reads well, and an apply from it would then make snapshots a second
/// time. So all of it is checked, by CRC-32C in 8 hexadecimal digits:
/// - `sum`, at the end of each line: of the line's JSON in front of it, from `{` to before `,"sum"`.
/// - `digest.lines`: of all sums one behind the other, in the order `records`, `superseded`, `open_intents`. In the words of jq:
///   `jq -j '(.records, .superseded, .open_intents)[].sum'`.
/// - `digest.header`: of the header with the digest's other fields, without blanks: `jq -cj 'del(.records, .superseded, .open_intents,
///   .digest.header)'`.
///
/// Another layout of the same values is the same state: where the bytes differ, what was read is written anew and compared.
///
/// Version 1 has neither `sum` nor `digest`, and `forgotten` at its end. It is read, and becomes version 2 with the next change.
public enum StateFile {
    /// The text of `format`.
    public static let format = "snapkeep.state"
    /// The version that is written; all older ones are read.
    public static let version = 2
    /// The last version without checksums.
    static let versionWithoutSums = 1

    enum Field: String, CaseIterable {
        case format
        case version
        case lineage
        case serial
        case owner
        case endpoint
        case projectID = "project_id"
        case consumedPlans = "consumed_plans"
        case forgotten
        case lastRun = "last_run"
        case rotations
        case digest
        case records
        case superseded
        case openIntents = "open_intents"

        static let fields = JSONFields<Field>()
    }

    /// Whether a file may be a state of ours, by its beginning; an empty one may.
    static func isOurs(_ beginning: [UInt8]) -> Bool {
        beginning.allSatisfy { $0 == 0 } || String(decoding: beginning, as: UTF8.self).contains("\"\(format)\"")
    }

    /// The bytes of a state.
    public static func encode(_ state: RecordedState) -> [UInt8] {
        let header = StateHeader(header: state.header, forgotten: state.forgotten)
        let counts = StateDigest.Counts(
            records: state.records.count, superseded: state.superseded.count, openIntents: state.openIntents.count)
        var writer = JSONWriter(capacity: 1024 + state.records.count * 440)
        var sums: [UInt8] = []
        sums.reserveCapacity(8 * (counts.records + counts.superseded + counts.openIntents))
        writer.beginObject()
        writer.members(of: header, onLines: true)
        writer.breakLine(indent: 2)
        writer.key(Field.digest.rawValue)
        let place = writer.bytes.count
        writer.value(StateDigest(counts: counts, lines: 0, header: 0))
        writer.lines(.records, state.records, &sums) { $0.members(of: $1) }
        writer.lines(.superseded, state.superseded, &sums) { $0.members(of: $1) }
        writer.lines(.openIntents, state.openIntents, &sums) { $0.members(of: $1) }
        writer.endDocument()
        // As long as the one that held its place: the counts were known.
        var digest = JSONWriter(capacity: 128)
        digest.value(StateDigest(header, counts, sums: sums))
        writer.overwrite(at: place, with: digest.bytes)
        return writer.bytes
    }

    /// The text of `digest.header` in a state's file, which stands for all that the state says.
    public static func digest(of state: RecordedState) -> String {
        let state = state.withoutSupersededTwins
        var sums: [UInt8] = []
        sums.reserveCapacity(8 * (state.records.count + state.superseded.count + state.openIntents.count))
        for record in state.records { sum(&sums) { $0.members(of: record) } }
        for record in state.superseded { sum(&sums) { $0.members(of: record) } }
        for intent in state.openIntents { sum(&sums) { $0.members(of: intent) } }
        let counts = StateDigest.Counts(
            records: state.records.count, superseded: state.superseded.count, openIntents: state.openIntents.count)
        let digest = StateDigest(StateHeader(header: state.header, forgotten: state.forgotten), counts, sums: sums)
        return CRC32C.text(digest.header)
    }

    /// The digest of what a reviewed plan rests on: of all that the state says but what routine runs of rotations change. Snapshots of
    /// rotations, creations of them that are open, and when they were looked at last are left out; their rules are not.
    ///
    /// - Parameter rotations: those of the plan, beside which the remembered ones count.
    public static func reviewedDigest(of state: RecordedState, rotations: Set<RotationName>) -> String {
        let names = rotations.union((state.header.rotations?.rotations ?? []).map(\.name))
        var rest = state
        rest.records.removeAll { names.own($0.key) }
        rest.superseded.removeAll { names.own($0.key) }
        rest.openIntents.removeAll { names.own($0.key) }
        (rest.header.serial, rest.header.consumedPlans, rest.header.lastRun) = (0, [], nil)
        rest.header.rotations = state.header.rotations.map { memory in
            RotationMemory(
                asOf: Timestamp(microseconds: 0),
                rotations: memory.rotations.map { rotation in
                    var rules = rotation
                    rules.matched = nil
                    return rules
                })
        }
        return digest(of: rest)
    }

    private static func sum(_ sums: inout [UInt8], _ members: (inout JSONWriter) -> Void) {
        var writer = JSONWriter(capacity: 512)
        writer.sealed(&sums, members)
    }

    /// The header of a state, by its own checksum; the records are not looked at, which may be many.
    ///
    /// - Returns: `nil` where it is not as it was written, or cannot be read.
    public static func header(of bytes: [UInt8]) -> RecordedState.Header? {
        guard let version = try? FormatSniffing.check(bytes, format: Self.format, version: Self.version) else { return nil }
        // Nothing but the whole tells whether that is sound.
        if version == versionWithoutSums { return (try? decode(bytes))?.header }
        return bytes.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer)
            return HeaderFields.confirmed(in: &reader)?.header.header
        }
    }

    /// The state that bytes say. They are not trusted: order, uniqueness, every id and every checksum are checked.
    ///
    /// - Throws: what the bytes are instead, or where they are damaged or changed.
    public static func decode(_ bytes: [UInt8]) throws(StateFileProblem) -> RecordedState {
        let version = try FormatSniffing.check(bytes, format: Self.format, version: Self.version)
        do throws(JSONProblem) {
            return try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in
                var reader = JSONReader(buffer)
                var decoding = StateDecoding(hasSums: version > versionWithoutSums)
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
    fileprivate mutating func lines<Element>(
        _ field: StateFile.Field, _ elements: [Element], _ sums: inout [UInt8], _ members: (inout JSONWriter, Element) -> Void
    ) {
        lines(field.rawValue, elements) { element, writer in writer.sealed(&sums) { members(&$0, element) } }
    }
}
