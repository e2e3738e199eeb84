import SnapkeepCore
import SnapkeepState

/// What `PREFIX/head` says: the state's header with its digest, as a `StateFile` has it, and the segments that hold its lines. Written last and
/// in one step, it is what makes a change count: chunks that no head names do not exist for a reader.
///
/// ```
/// {
///   "layout":1,"segments":[{"id":"2f-1","chunks":[524100,11200]},{"id":"4b-1","chunks":[382]}],
///   "format":"snapkeep.state",
///   …
///   "digest":{…}
/// }
/// ```
///
/// A header that is too long for this one value, as that of a stack with thousands of volumes that rotate, lies in chunks of its own, and the
/// head says where:
///
/// ```
/// {
///   "layout":2,"segments":[…],
///   "header":{"id":"4b-2","chunks":[524288,71002]}
/// }
/// ```
struct EtcdHead: Hashable, Sendable {
    /// The newest layout that this program reads. It writes 1 where the header has room in the head, so that older programs read that, too.
    static let layout = 2
    /// More chunks than a state of 10,000,000 snapshots has.
    private static let chunkCountLimit = 20_000
    /// No chunk is longer: etcd does not take it with its usual limits, and with the largest that anybody sets it is out of all proportion.
    private static let chunkSizeLimit = 16 << 20
    /// No state is longer, in bytes: as much as is read of a file.
    static let sizeLimit = 2 << 30

    /// Some lines of the state.
    struct Segment: Hashable, Sendable {
        /// `[0-9a-f-]+`; never used twice.
        var id: String
        /// How many bytes each chunk has.
        var chunks: [Int]

        var size: Int { chunks.reduce(0, +) }
    }

    /// The first holds lines only, the others changes over all before them.
    var segments: [Segment]
    var header: Header

    /// Where the state's header is.
    enum Header: Hashable, Sendable {
        /// Its fields, each on its line, from the first one's indent to the digest, without the last line feed.
        case fields([UInt8])
        /// The same bytes, in chunks.
        case chunks(Segment)
    }

    /// All that lies in chunks.
    var allSegments: [Segment] { if case .chunks(let header) = header { segments + [header] } else { segments } }

    private enum Field: String, CaseIterable {
        case layout, segments
        static let fields = JSONFields<Field>()
    }

    /// Of the third line, where the header lies in chunks.
    private enum HeaderField: String, CaseIterable {
        case header
        static let fields = JSONFields<HeaderField>()
    }

    private enum SegmentField: String, CaseIterable {
        case id, chunks
        static let fields = JSONFields<SegmentField>()
    }

    init(segments: [Segment], header: Header) {
        self.segments = segments
        self.header = header
    }

    /// Why a head cannot be used.
    enum Problem: Error, Hashable {
        case tooNew(Int)
        case damaged
    }

    /// Reads a head; what its fields say is not looked at.
    init(_ bytes: [UInt8]) throws(Problem) {
        guard bytes.starts(with: "{\n".utf8), bytes.suffix(3).elementsEqual("\n}\n".utf8),
            let end = bytes[2...].firstIndex(of: 0x0A), bytes[end - 1] == 0x2C, end < bytes.count - 3
        else { throw .damaged }
        let rest = bytes[(end + 1)..<(bytes.count - 3)]
        let (layout, segments) = try Self.read(bytes[2..<end - 1], Self.layoutAndSegments)
        self.segments = segments
        switch layout {
        case 1: header = .fields(Array(rest))
        case 2:
            let chunks = try Self.read(rest, Self.headerChunks)
            if segments.contains(where: { $0.id == chunks.id }) { throw .damaged }
            header = .chunks(chunks)
        default: throw layout > Self.layout ? .tooNew(layout) : .damaged
        }
        if allSegments.reduce(0, { $0 + $1.size }) > Self.sizeLimit { throw .damaged }
    }

    /// Reads a line, made an object of its own.
    private static func read<Value>(
        _ line: ArraySlice<UInt8>, _ body: (inout JSONReader) throws(JSONProblem) -> Value
    ) throws(Problem) -> Value {
        do throws(JSONProblem) {
            return try ([0x7B] + line + [0x7D]).withUnsafeBufferPointer { buffer throws(JSONProblem) in
                var reader = JSONReader(buffer)
                return try body(&reader)
            }
        } catch { throw .damaged }
    }

    private static func layoutAndSegments(_ reader: inout JSONReader) throws(JSONProblem) -> (layout: Int, segments: [Segment]) {
        var object = try JSONObject(Field.fields, in: &reader)
        var layout: Int?
        var segments: [Segment] = []
        var count = 0
        while let field = try object.next(in: &reader) {
            switch field {
            case .layout:
                layout = try reader.int()
                // Whatever follows is a newer program's.
                if layout! > Self.layout { return (layout!, []) }
            case .segments:
                try reader.beginArray()
                while try reader.nextElement() {
                    let segment = try self.segment(&reader)
                    count += max(1, segment.chunks.count)
                    if count > chunkCountLimit || segments.contains(where: { $0.id == segment.id }) {
                        throw JSONProblem(.value, at: reader.offset, "more segments than a state has, or one twice")
                    }
                    segments.append(segment)
                }
            }
        }
        return (try object.require(layout, .layout), segments)
    }

    private static func headerChunks(_ reader: inout JSONReader) throws(JSONProblem) -> Segment {
        var object = try JSONObject(HeaderField.fields, in: &reader)
        var chunks: Segment?
        while let field = try object.next(in: &reader) {
            switch field {
            case .header: chunks = try segment(&reader)
            }
        }
        return try object.require(chunks, .header)
    }

    private static func segment(_ reader: inout JSONReader) throws(JSONProblem) -> Segment {
        var object = try JSONObject(SegmentField.fields, in: &reader)
        var id: String?
        var chunks: [Int] = []
        while let field = try object.next(in: &reader) {
            switch field {
            case .id:
                let text = try reader.string()
                guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy({ Hexadecimal.isLowerCase($0) || $0 == 0x2D }) else {
                    throw JSONProblem(.value, at: reader.offset, "expected the id of a segment")
                }
                id = text
            case .chunks:
                try reader.beginArray()
                while try reader.nextElement() {
                    let size = try reader.int()
                    if !(1...chunkSizeLimit).contains(size) || chunks.count == chunkCountLimit {
                        throw JSONProblem(.value, at: reader.offset, "expected the size of a chunk")
                    }
                    chunks.append(size)
                }
            }
        }
        return Segment(id: try object.require(id, .id), chunks: chunks)
    }

    /// The value of the key.
    var encoded: [UInt8] {
        func write(_ segment: Segment, _ writer: inout JSONWriter) {
            writer.field(SegmentField.id.rawValue, segment.id)
            writer.key(SegmentField.chunks.rawValue)
            writer.beginArray()
            for size in segment.chunks { writer.value(size) }
            writer.endArray()
        }
        func line(_ body: (inout JSONWriter) -> Void) -> ArraySlice<UInt8> {
            var writer = JSONWriter(capacity: 512)
            writer.beginObject()
            body(&writer)
            writer.endObject()
            return writer.bytes.dropFirst().dropLast()
        }
        let (layout, rest): (Int, [UInt8])
        switch header {
        case .fields(let fields): (layout, rest) = (1, fields)
        case .chunks(let chunks):
            let last = line { writer in
                writer.key(HeaderField.header.rawValue)
                writer.beginObject()
                write(chunks, &writer)
                writer.endObject()
            }
            (layout, rest) = (2, Array("  ".utf8) + last)
        }
        let first = line { writer in
            writer.field(Field.layout.rawValue, layout)
            writer.field(Field.segments.rawValue, objects: segments, write)
        }
        return Array("{\n  ".utf8) + first + Array(",\n".utf8) + rest + Array("\n}\n".utf8)
    }
}
