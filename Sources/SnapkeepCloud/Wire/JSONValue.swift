import SnapkeepCore

/// What a server sent, before anything is expected of it. Every byte is untrusted: what lies deeper than any answer of the API is
/// not read, so that no answer can exhaust the stack.
enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Answers of the API are five levels deep (a list, its rows, a row's metadata); error bodies at most four.
    static let maxDepth = 8

    /// Most values of one answer. A page of a thousand volumes with all the metadata that upstream allows them holds 150,000; each value
    /// takes memory, and of the smallest ones many go into few bytes.
    static let countLimit = 200_000

    /// Why bytes are no answer.
    enum Unreadable: Error {
        case notJSON
        /// It holds more values than `countLimit`.
        case tooMany

        /// One clause about the answer.
        var words: String {
            switch self {
            case .notJSON: "the answer is not JSON"
            case .tooMany: "the answer holds more values than any answer of the API"
            }
        }
    }

    /// `nil` when the bytes are not JSON, or hold too many values.
    init?(parsing bytes: [UInt8]) {
        guard let value = try? JSONValue(reading: bytes) else { return nil }
        self = value
    }

    /// Reads an answer.
    init(reading bytes: [UInt8]) throws(Unreadable) {
        // Some servers put a byte order mark in front, which RFC 8259 lets a reader ignore.
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        let parsed = text.withUnsafeBufferPointer { buffer -> Result<JSONValue, Unreadable> in
            var parsing = JSONParsing(reader: JSONReader(buffer))
            do throws(JSONProblem) { return .success(try parsing.document()) } catch {
                return .failure(parsing.valuesLeft < 0 ? .tooMany : .notJSON)
            }
        }
        self = try parsed.get()
    }

    subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A whole number, also one that was sent as text: `"40"`.
    var wholeNumber: Int? {
        switch self {
        case .integer(let value): value
        case .string(let text): Int(text)
        case .number(let value): Int(exactly: value)
        case .null, .bool, .array, .object: nil
        }
    }

    /// A text for whatever stands here; composites as JSON with sorted keys.
    var text: String {
        switch self {
        case .null: ""
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): "\(value)"
        case .string(let value): value
        case .array(let values): "[" + values.map(\.quotedText).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value.quotedText)" }.joined(separator: ",") + "}"
        }
    }

    private var quotedText: String {
        switch self {
        case .string(let value): "\"\(value)\""
        case .null: "null"
        case .bool, .integer, .number, .array, .object: text
        }
    }
}

/// One pass over an answer.
private struct JSONParsing {
    var reader: JSONReader
    /// Below zero: there were too many.
    private(set) var valuesLeft = JSONValue.countLimit

    init(reader: JSONReader) { self.reader = reader }

    mutating func document() throws(JSONProblem) -> JSONValue {
        let value = try value(depth: 0)
        try reader.end()
        return value
    }

    private mutating func value(depth: Int) throws(JSONProblem) -> JSONValue {
        valuesLeft -= 1
        if valuesLeft < 0 { throw JSONProblem(.value, at: reader.offset, "too many values") }
        switch reader.nextKind() {
        case .string: return .string(try reader.string())
        case .bool: return .bool(try reader.bool())
        case .number: return try number()
        case .object, .array:
            if depth < JSONValue.maxDepth { return try composite(depth: depth) }
            try reader.skip()
            return .null
        case .null, nil:
            try reader.skip()
            return .null
        }
    }

    private mutating func composite(depth: Int) throws(JSONProblem) -> JSONValue {
        guard reader.nextKind() == .object else {
            var values: [JSONValue] = []
            try reader.beginArray()
            while try reader.nextElement() { values.append(try value(depth: depth + 1)) }
            return .array(values)
        }
        var members: [String: JSONValue] = [:]
        try reader.beginObject()
        while let key = try reader.nextKey() {
            let name = try key.makeString()
            // Of members with one name the first counts.
            if let former = members.updateValue(try value(depth: depth + 1), forKey: name) { members[name] = former }
        }
        return .object(members)
    }

    private mutating func number() throws(JSONProblem) -> JSONValue {
        let start = reader.offset
        let text = String(decoding: try reader.number(), as: UTF8.self)
        if let whole = Int(text) { return .integer(whole) }
        guard let number = Double(text), number.isFinite else { throw JSONProblem(.value, at: start, "the number is too large") }
        return Int(exactly: number).map { .integer($0) } ?? .number(number)
    }
}
