import SnapkeepCore
import Testing

@Suite struct JSONWriterTests {
    @Test("P9: control characters are escaped, so that no text acts on a terminal")
    func escapesWhatATerminalWouldObey() {
        var writer = JSONWriter()
        writer.value("\"\\/\u{0}\n\r\t\u{1B}\u{7F}\u{85}\u{9F}\u{A0}ä\u{2028}💾")
        #expect(written(writer) == #""\"\\/\u0000\n\r\t\u001b\u007f\u0085\u009f"# + "\u{A0}ä\u{2028}💾\"")
    }

    @Test("P9: what is for a reader at a terminal has no character that misleads; what is for the state's files keeps its bytes")
    func escapesWhatMisleads() {
        var writer = JSONWriter(escapes: .misleading)
        writer.value("\"\\\n\u{1B}\u{9F}\u{202E}ä\u{2028}💾\u{E0001}")
        #expect(written(writer) == #""\"\\\n\u001b\u009f\u202eä\u2028💾\udb40\udc01""#)
    }

    @Test("Lines break and are indented where the caller says; commas stand in front of all but the first")
    func laysOutLines() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.breakLine(indent: 2)
        writer.field("a", 1)
        writer.breakLine(indent: 2)
        writer.key("b")
        writer.beginArray()
        for number in [Int.min, 0, .max] {
            writer.breakLine(indent: 4)
            writer.value(number)
        }
        writer.breakLine(indent: 2)
        writer.endArray()
        writer.field("c", nil as String?)
        writer.field("d", false)
        writer.key("e")
        writer.null()
        writer.breakLine(indent: 0)
        writer.endObject()
        #expect(
            written(writer) == """
                {
                  "a":1,
                  "b":[
                    -9223372036854775808,
                    0,
                    9223372036854775807
                  ],"d":false,"e":null
                }
                """)
    }

    @Test(
        "Every instant that is written is the one that is read, by the fast path and by the timestamp itself",
        arguments: [
            "0001-01-01T00:00:00.000000Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00.000000Z", "2024-02-29T12:34:56.000001Z",
            "9999-12-31T23:59:59.999999Z",
        ])
    func writesTimestampsAsTheirDescription(text: String) throws {
        let timestamp = try #require(Timestamp(text))
        var writer = JSONWriter()
        writer.value(timestamp)
        #expect(written(writer) == "\"\(timestamp)\"")
        #expect(try read(writer.bytes) == timestamp)
    }

    @Test("Whatever year a server sends, what is written of it can be read again")
    func cutsTimestampsToWhatCanBeRead() throws {
        for microseconds in [Int64.min, -62_135_596_800_000_001, 253_402_300_800_000_000, .max] {
            var writer = JSONWriter()
            writer.value(Timestamp(microseconds: microseconds))
            _ = try read(writer.bytes)
        }
    }

    private func written(_ writer: JSONWriter) -> String { String(decoding: writer.bytes, as: UTF8.self) }

    private func read(_ bytes: [UInt8]) throws(JSONProblem) -> Timestamp {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in
            var reader = JSONReader(buffer)
            return try reader.timestamp()
        }
    }
}
