import SnapkeepCore
import SnapkeepState

/// All that stands at the address of a state: one JSON document, written as a whole.
///
/// ```
/// {"format":"snapkeep.http-state","format_version":1,"serial":31,"run":{…},"sum":"1a2b3c4d",
/// "state":{…},
/// "history":[
/// {…}
/// ]}
/// ```
/// - `serial` counts the writes of this document, one more with each. GitLab takes none twice, so that of two writers who read the same
///   document only one gets through. It is not the serial of the state, which stands in the state.
/// - `run` is the note of a run that has begun and not ended (`HTTPStateRun`).
/// - `sum` is the CRC-32C of the fields in front of it, as `sum` is in a state's lines.
/// - `state` is a `StateFile`, with checksums of its own.
/// - `history` holds the last lines of a `HistoryFile`.
///
/// There is no field `version`: Terraform reads one as that of its own state, and takes version 1 for an empty state of its first days,
/// which it may overwrite. A document without it is refused by every Terraform and OpenTofu.
struct HTTPStateDocument: Hashable, Sendable {
    static let format = "snapkeep.http-state"
    static let formatVersion = 1
    /// Numbers up to here are exact for every reader of JSON.
    static let serialLimit = 1 << 53

    /// How many writes this is the result of; 0 where nothing stands there yet.
    var serial = 0
    var run: HTTPStateRun?
    /// The bytes of a `StateFile` without its last line feed.
    var state: [UInt8]?
    /// The bytes of the history's lines, oldest first.
    var history: [[UInt8]] = []

    enum Field: String, CaseIterable {
        case format
        case formatVersion = "format_version"
        case serial, run, sum, state, history

        static let fields = JSONFields<Field>()
    }

    /// The text under which a state stands in a document.
    static func text(of state: RecordedState) -> [UInt8] { StateFile.encode(state).dropLast() }

    // MARK: Writing

    var encoded: [UInt8] {
        var writer = head
        writer.field(Field.sum.rawValue, CRC32C.text(CRC32C.of(writer.bytes)))
        if let state {
            writer.breakLine(indent: 0)
            writer.key(Field.state.rawValue)
            writer.append(encoded: state)
        }
        writer.breakLine(indent: 0)
        writer.key(Field.history.rawValue)
        writer.beginArray()
        for line in history {
            writer.breakLine(indent: 0)
            writer.append(encoded: line)
        }
        writer.breakLine(indent: 0)
        writer.endArray()
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private var head: JSONWriter {
        var writer = JSONWriter(capacity: 1024 + (state?.count ?? 0) + history.reduce(0) { $0 + $1.count + 2 })
        writer.beginObject()
        writer.field(Field.format.rawValue, Self.format)
        writer.field(Field.formatVersion.rawValue, Self.formatVersion)
        writer.field(Field.serial.rawValue, serial)
        if let run {
            writer.key(Field.run.rawValue)
            run.write(to: &writer)
        }
        return writer
    }

    // MARK: Reading

    /// What bytes say; they are not trusted. The state is only cut out: it is read by whoever loads it.
    ///
    /// - Throws: what the bytes are instead, or where they are damaged or changed.
    init(_ bytes: [UInt8]) throws(StateFileProblem) {
        try HTTPStateContent.check(bytes)
        do throws(JSONProblem) {
            self = try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in
                var reader = JSONReader(buffer)
                let document = try Self(&reader)
                try reader.end()
                return document
            }
        } catch { throw StateFileProblem(error, in: bytes) }
    }

    /// What stands at an address where nothing was written yet.
    init() {}

    private init(_ reader: inout JSONReader) throws(JSONProblem) {
        var object = try JSONObject(Field.fields, in: &reader)
        var told: (sum: UInt32?, at: Int)?
        var serial: Int?
        while let field = try object.next(in: &reader) {
            let start = reader.offset
            switch field {
            case .format, .formatVersion: try reader.skip()
            case .serial:
                let number = try reader.count()
                if number >= Self.serialLimit { throw JSONProblem(.value, at: start, "no run can have reached the serial \(number)") }
                serial = number
            case .run: run = try HTTPStateRun(&reader)
            case .sum: told = (CRC32C.value(try reader.string().utf8), start)
            case .state: state = Self.asWritten(try Self.object(&reader, "a state"))
            case .history:
                try reader.beginArray()
                while try reader.nextElement() { history.append(try Self.object(&reader, "a run")) }
            }
        }
        self.serial = try object.require(serial, .serial)
        let (sum, place) = try object.require(told, .sum)
        if sum != CRC32C.of(head.bytes) {
            throw JSONProblem(.checksum, at: place, "what stands in front of 'sum' is not what was written")
        }
    }

    /// The bytes of the object that comes next.
    ///
    /// - Parameter what: is expected, for messages.
    private static func object(_ reader: inout JSONReader, _ what: String) throws(JSONProblem) -> [UInt8] {
        // It passes the blanks in front of it, too.
        let kind = reader.nextKind()
        let start = reader.offset
        guard kind == .object else { throw JSONProblem(.value, at: start, "expected \(what)") }
        try reader.skip()
        return Array(reader.bytes(from: start, to: reader.offset))
    }

    /// A server may lay JSON out anew. The journal of a run tells the bytes of the state that it was written over, so a state is brought back
    /// into the layout in which it was written.
    private static func asWritten(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.starts(with: "{\n  \"format\":\"".utf8) { return bytes }
        return (try? StateFile.decode(bytes)).map(text) ?? bytes
    }
}
