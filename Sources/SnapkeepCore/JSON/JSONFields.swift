/// The names of an object's members, as the raw values of an enum's cases: what a reader accepts and what a writer writes is one list.
public struct JSONFields<Field: RawRepresentable & CaseIterable & Sendable>: Sendable where Field.RawValue == String {
    @usableFromInline let names: JSONNames
    @usableFromInline let cases: [Field]

    /// The fields of an enum of at most 64 cases.
    public init(_: Field.Type = Field.self) {
        cases = Array(Field.allCases)
        names = JSONNames(cases.map(\.rawValue))
    }
}

/// Names in one run of bytes, so that comparing touches little memory.
@usableFromInline struct JSONNames: Sendable {
    let bytes: [UInt8]
    /// Where each name begins; and the end.
    let starts: [Int]

    init(_ names: [String]) {
        var bytes: [UInt8] = []
        var starts: [Int] = [0]
        for name in names {
            bytes += name.utf8
            starts.append(bytes.count)
        }
        self.bytes = bytes
        self.starts = starts
    }

    var count: Int { starts.count - 1 }

    func isEqual(_ index: Int, to key: JSONKey) -> Bool {
        let start = starts[index]
        let length = starts[index + 1] - start
        if key.hasEscapes { return key.isEqual(to: bytes[start..<start + length]) }
        guard key.raw.count == length else { return false }
        for position in 0..<length where key.raw[position] != bytes[start + position] { return false }
        return true
    }

    func text(_ index: Int) -> String { String(decoding: bytes[starts[index]..<starts[index + 1]], as: UTF8.self) }
}

/// Reads the members of one object strictly: a member that is unknown or comes twice is a problem.
///
/// Data that an older program does not know would be lost when it writes the file again, so it is refused, not skipped.
public struct JSONObject<Field: RawRepresentable & CaseIterable & Sendable> where Field.RawValue == String {
    @usableFromInline let fields: JSONFields<Field>
    @usableFromInline let start: Int
    @usableFromInline var members = JSONMembers()

    /// Takes the `{` of an object.
    @inlinable
    public init(_ fields: JSONFields<Field>, in reader: inout JSONReader) throws(JSONProblem) {
        self.fields = fields
        try reader.beginObject()
        start = reader.offset - 1
    }

    /// The next member, whose value is then to be taken; `nil` at the end.
    @inlinable
    public mutating func next(in reader: inout JSONReader) throws(JSONProblem) -> Field? {
        guard let index = try members.next(fields.names, in: &reader) else { return nil }
        return fields.cases[index]
    }

    /// Which members there were, by the order of the cases.
    public var seen: UInt64 { members.seen }

    /// The value of a member that must be there.
    @inlinable
    public func require<Value>(_ value: Value?, _ field: Field) throws(JSONProblem) -> Value {
        if let value { return value }
        throw JSONProblem(.missingField(field.rawValue), at: start, "the field '\(field.rawValue)' is missing")
    }
}

/// The part of `JSONObject` that does not depend on the fields' type.
@usableFromInline struct JSONMembers {
    private(set) var seen: UInt64 = 0
    private var expected = 0

    @usableFromInline init() {}

    @usableFromInline
    mutating func next(_ names: JSONNames, in reader: inout JSONReader) throws(JSONProblem) -> Int? {
        guard let key = try reader.nextKey() else { return nil }
        // Members nearly always come in the order in which they are written.
        for index in expected..<names.count where names.isEqual(index, to: key) { return try note(index, names, key) }
        for index in 0..<expected where names.isEqual(index, to: key) { return try note(index, names, key) }
        let name = try key.makeString()
        throw JSONProblem(.unknownField(name), at: key.offset - 1, "unknown field '\(name)'")
    }

    private mutating func note(_ index: Int, _ names: JSONNames, _ key: JSONKey) throws(JSONProblem) -> Int {
        if seen & 1 << index != 0 {
            let name = names.text(index)
            throw JSONProblem(.duplicateField(name), at: key.offset - 1, "the field '\(name)' comes twice")
        }
        seen |= 1 << index
        expected = index + 1
        return index
    }
}
