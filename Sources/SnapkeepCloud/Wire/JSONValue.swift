import FoundationEssentials

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

    /// `nil` when the bytes are not JSON.
    init?(parsing bytes: [UInt8]) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
        self = value
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

extension JSONValue: Decodable {
    init(from decoder: any Decoder) throws {
        let depth = decoder.codingPath.count
        let container = try decoder.singleValueContainer()
        // Texts are by far the most frequent, and a wrong guess costs a thrown error.
        if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if depth >= Self.maxDepth {
            self = .null
        } else if let members = try? container.decode([String: JSONValue].self) {
            self = .object(members)
        } else {
            self = .array(try container.decode([JSONValue].self))
        }
    }
}
