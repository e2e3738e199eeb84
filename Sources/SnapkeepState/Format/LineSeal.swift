import SnapkeepCore

/// The checksum at the end of a line of the state, while the line is read: `,"sum":"1a2b3c4d"}`.
///
/// It is CRC-32C over the line's JSON in front of it: from the `{` to the end of the last member, without the comma. As long as nobody has
/// touched the line, the bytes that were read have that checksum, and nothing is written anew to find that out.
struct LineSeal {
    /// What the line says; `nil` where it has no checksum.
    private(set) var told: UInt32?
    /// Whether the bytes in front of it have that checksum, and nothing stands behind it.
    var fits: Bool { told != nil && computed == told && end == closing }
    /// Where the checksum stands, once there was one.
    private(set) var place = 0
    /// Where the line begins.
    private(set) var start = 0
    /// The end of the last member so far.
    var end = 0
    private var computed: UInt32 = 0
    private var closing = 0

    /// Begins with a line whose `{` stands at an offset.
    mutating func begin(at offset: Int) {
        start = offset
        end = offset + 1
    }

    /// Takes the checksum, which comes next.
    mutating func take(_ reader: inout JSONReader) throws(JSONProblem) {
        place = reader.offset
        told = try reader.sum()
        computed = CRC32C.of(reader.bytes(from: start, to: end))
        closing = reader.offset
    }

    /// Refuses a checksum where none belongs.
    func refuse() throws(JSONProblem) {
        if told != nil { throw JSONProblem(.unknownField(RecordField.sum.rawValue), at: place, "unknown field 'sum'") }
    }

    /// Whether the line is as it was written, or says the same in another layout: other tools may have spread it.
    ///
    /// - Parameter write: writes the members of what was read.
    func holds(_ write: (inout JSONWriter) -> Void) -> Bool {
        if fits { return true }
        guard let told else { return false }
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        write(&writer)
        return CRC32C.of(writer.bytes) == told
    }
}

extension JSONWriter {
    /// Writes an object of the given members with its checksum behind them.
    ///
    /// - Parameter sums: the digits of the checksum are appended.
    mutating func sealed(_ sums: inout [UInt8], _ write: (inout JSONWriter) -> Void) {
        beginObject()
        let start = bytes.count - 1
        write(&self)
        let sum = bytes.withUnsafeBufferPointer { CRC32C.of(UnsafeBufferPointer(rebasing: $0[start...])) }
        field(RecordField.sum.rawValue, CRC32C.text(sum))
        endObject()
        CRC32C.append(sum, to: &sums)
    }
}
