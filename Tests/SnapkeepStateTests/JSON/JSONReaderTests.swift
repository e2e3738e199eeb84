import SnapkeepCore
import Testing

/// Whether the reader takes a text as one JSON value, and where it stops otherwise.
private func problem(in text: [UInt8]) -> JSONProblem? {
    text.withUnsafeBufferPointer { buffer in
        var reader = JSONReader(buffer)
        do throws(JSONProblem) {
            try reader.skip()
            try reader.end()
            return nil
        } catch { return error }
    }
}

private func string(_ text: [UInt8]) throws(JSONProblem) -> String {
    try text.withUnsafeBufferPointer { buffer throws(JSONProblem) in
        var reader = JSONReader(buffer)
        let string = try reader.string()
        try reader.end()
        return string
    }
}

private func int(_ text: String) throws(JSONProblem) -> Int {
    try [UInt8](text).withUnsafeBufferPointer { buffer throws(JSONProblem) in
        var reader = JSONReader(buffer)
        let number = try reader.int()
        try reader.end()
        return number
    }
}

@Suite struct JSONReaderTests {
    @Test(arguments: [
        "{}", "[]", " {\"a\" : [1, 2.5e-3, -0, true, false, null, \"\"] , \"b\":{}}\n", "\"\\u00e4\\ud83d\\udcbe\\/\"", "-0.0E+10", "0",
        String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
    ])
    func takesWhatTheStandardAllows(text: String) {
        #expect(problem(in: [UInt8](text)) == nil)
    }

    /// Each mistake is noticed at the byte where it stands.
    @Test(arguments: [
        ("", 0), ("{", 1), ("[1,]", 3), ("[,1]", 1), ("{\"a\":1,}", 7), ("{\"a\" 1}", 5), ("{a:1}", 1), ("{\"a\":1 \"b\":2}", 7),
        ("[1 2]", 3),
        ("01", 0), ("-", 1), ("1.", 2), ("1e", 2), ("+1", 0), (".5", 0), ("nul", 0), ("NaN", 0), ("'a'", 0), ("\"a", 2), ("\"\\x\"", 2),
        ("\"\\u12g4\"", 2), ("\"a\nb\"", 2), ("[1]]", 3), ("{} x", 3), ("// c", 0), ("[1}", 2), ("{\"a\":1]", 6), ("\u{FEFF}{}", 0),
        (String(repeating: "[", count: 65), 64),
    ])
    func refusesTheRest(text: String, offset: Int) {
        #expect(problem(in: [UInt8](text))?.offset == offset, "\(text)")
    }

    /// Long stretches are read a word at a time; what ends or breaks a string is seen wherever it stands in such a word.
    @Test(arguments: 0..<20)
    func seesWhatIsSpecialAtEachPlaceOfALongString(place: Int) throws {
        let before = String(repeating: "a", count: place)
        let after = String(repeating: "~", count: 20 - place)
        for (raw, meant) in [
            ("\\\"", "\""), ("\\\\", "\\"), ("é", "é"), ("\u{7F}", "\u{7F}"), ("!", "!"), ("#", "#"), ("[", "["), ("]", "]"),
        ] {
            #expect(try string([UInt8]("\"\(before)\(raw)\(after)\"".utf8)) == before + meant + after)
        }
        #expect(problem(in: [UInt8]("\"\(before)\"\(after)\"".utf8))?.offset == place + 2)
        for control in [0x00, 0x0A, 0x1F] as [UInt8] {
            #expect(problem(in: [0x22] + before.utf8 + [control] + after.utf8 + [0x22])?.offset == place + 1)
        }
        #expect(throws: JSONProblem.self) { try string([0x22] + before.utf8 + [0xE9] + after.utf8 + [0x22]) }
    }

    /// The same words, the other way round.
    @Test(arguments: 0..<20)
    func escapesWhatIsSpecialAtEachPlaceOfALongString(place: Int) throws {
        let (before, after) = (String(repeating: "a", count: place), String(repeating: "~", count: 20 - place))
        let written = [
            ("\"", "\\\""), ("\\", "\\\\"), ("\n", "\\n"), ("\u{0}", "\\u0000"), ("\u{7F}", "\\u007f"), ("\u{9B}", "\\u009b"), ("é", "é"),
        ]
        for (text, expected) in written {
            var writer = JSONWriter()
            writer.value(before + text + after)
            #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"\(before)\(expected)\(after)\"")
        }
    }

    @Test func resolvesEscapesAndRefusesHalfPairs() throws {
        #expect(try string([UInt8](#""a\"\\\/\b\f\n\r\t\u00E4\uD83D\uDCBE""#)) == "a\"\\/\u{8}\u{C}\n\r\tä💾")
        for half in [#""\ud83d""#, #""\udcbe""#, #""\ud83d\u0041""#] {
            #expect(throws: JSONProblem.self) { try string([UInt8](half)) }
        }
    }

    /// Over-long forms, surrogates in UTF-8, and cut sequences are no text.
    @Test(arguments: [[0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xFF], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]])
    func refusesWhatIsNotUTF8(bytes: [UInt8]) {
        #expect(throws: JSONProblem(.syntax, at: 1, "the text is not UTF-8")) { try string([0x22] + bytes + [0x22]) }
    }

    @Test func readsWholeNumbersToTheLastBit() throws {
        #expect(try int("9223372036854775807") == .max)
        #expect(try int("-9223372036854775808") == .min)
        for text in ["9223372036854775808", "-9223372036854775809", "1.0", "1e3", "00", "-01", "\"1\""] {
            #expect(throws: JSONProblem.self, "\(text)") { try int(text) }
        }
    }

    /// A key is known whatever its escapes; one that is unknown, missing or twice there is a problem with a place.
    @Test func readsObjectsStrictly() throws {
        enum Field: String, CaseIterable { case id, name }
        func read(_ text: String) throws(JSONProblem) -> String {
            try [UInt8](text).withUnsafeBufferPointer { buffer throws(JSONProblem) in
                var reader = JSONReader(buffer)
                var object = try JSONObject(JSONFields<Field>(), in: &reader)
                var id: String?
                var name = ""
                while let field = try object.next(in: &reader) {
                    switch field {
                    case .id: id = try reader.string()
                    case .name: name = try reader.string()
                    }
                }
                return try object.require(id, .id) + name
            }
        }
        #expect(try read(#"{"name":"b","\u0069d":"a"}"#) == "ab")
        #expect(throws: JSONProblem(.unknownField("x"), at: 9, "unknown field 'x'")) { try read(#"{"id":"","x":1}"#) }
        #expect(throws: JSONProblem(.duplicateField("id"), at: 9, "the field 'id' comes twice")) { try read(#"{"id":"","id":""}"#) }
        #expect(throws: JSONProblem(.missingField("id"), at: 1, "the field 'id' is missing")) { try read(#" {"name":""}"#) }
    }

    @Test func countsPlacesInCharacters() {
        let text = [UInt8]("{\n  \"ä💾\": x")
        #expect(SourcePosition(offset: text.count - 1, in: text) == SourcePosition(line: 2, column: 9))
    }
}

@Suite struct JSONWriterTests {
    @Test func escapesWhatATerminalWouldObey() {
        var writer = JSONWriter()
        writer.value("\"\\/\u{0}\n\r\t\u{1B}\u{7F}\u{85}\u{9F}\u{A0}ä\u{2028}💾")
        #expect(writer.bytes.text == #""\"\\/\u0000\n\r\t\u001b\u007f\u0085\u009f"# + "\u{A0}ä\u{2028}💾\"")
    }

    @Test func laysOutLines() {
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
            writer.bytes.text == """
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

    /// Every instant that is written is the one that is read, by the fast path and by `Timestamp` itself.
    @Test(arguments: [
        "0001-01-01T00:00:00.000000Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00.000000Z", "2024-02-29T12:34:56.000001Z",
        "9999-12-31T23:59:59.999999Z",
    ])
    func writesTimestampsAsTheirDescription(text: String) throws {
        let timestamp = try #require(Timestamp(text))
        var writer = JSONWriter()
        writer.value(timestamp)
        #expect(writer.bytes.text == "\"\(timestamp)\"")
        #expect(try read(writer.bytes) == timestamp)
    }

    /// A server may send any year with any offset; what is written can be read again all the same.
    @Test func cutsTimestampsToWhatCanBeRead() throws {
        for microseconds in [Int64.min, -62_135_596_800_000_001, 253_402_300_800_000_000, .max] {
            var writer = JSONWriter()
            writer.value(Timestamp(microseconds: microseconds))
            _ = try read(writer.bytes)
        }
    }

    private func read(_ bytes: [UInt8]) throws(JSONProblem) -> Timestamp {
        try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in
            var reader = JSONReader(buffer)
            return try reader.timestamp()
        }
    }
}
