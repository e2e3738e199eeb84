/// A JSON Schema (draft 2020-12), or a part of one: what a writer writes, said to programs that read it.
///
/// It has the few keywords that our documents need. Objects are closed: what a schema does not name is not written either.
public struct JSONSchema: Hashable, Sendable {
    /// A part that several places share; it stands once in the document, by its name.
    public struct Shared: Hashable, Sendable {
        let name: String
        let schema: JSONSchema

        /// A part and its name among `$defs`.
        public init(_ name: String, _ schema: JSONSchema) {
            self.name = name
            self.schema = schema
        }
    }

    struct Member: Hashable, Sendable {
        var name: String
        var schema: JSONSchema
    }

    struct Dependency: Hashable, Sendable {
        var member: String
        var needed: [String]
    }

    enum Keyword: Hashable, Sendable {
        case text(String, String)
        case number(String, Int)
        case flag(String, Bool)
        case texts(String, [String])
        case schema(String, JSONSchema)
        case schemas(String, [JSONSchema])
        case members(String, [Member])
        case dependencies([Dependency])
        case reference(Shared)
    }

    /// In the order in which they are written.
    private(set) var keywords: [Keyword]

    private init(_ keywords: [Keyword?]) { self.keywords = keywords.compactMap(\.self) }
}

extension JSONSchema {
    /// A string.
    ///
    /// - Parameter pattern: a regular expression of ECMA-262, where its form is fixed.
    public static func text(_ description: String, pattern: String? = nil) -> JSONSchema {
        JSONSchema([.text("type", "string"), pattern.map { .text("pattern", $0) }, .text("description", description)])
    }

    /// One of some words.
    public static func word(_ description: String, _ words: [String]) -> JSONSchema {
        JSONSchema([.texts("enum", words), .text("description", description)])
    }

    /// One of the words that an enum has as its raw values.
    public static func word<Word: RawRepresentable & CaseIterable>(_ description: String, _: Word.Type) -> JSONSchema
    where Word.RawValue == String { word(description, Word.allCases.map(\.rawValue)) }

    /// Always the same string.
    public static func always(_ text: String, _ description: String) -> JSONSchema {
        JSONSchema([.text("const", text), .text("description", description)])
    }

    /// Always the same number.
    public static func always(_ number: Int, _ description: String) -> JSONSchema {
        JSONSchema([.number("const", number), .text("description", description)])
    }

    /// A whole number.
    ///
    /// - Parameter least: the smallest; `nil` where it may be negative.
    public static func number(_ description: String, from least: Int? = 0) -> JSONSchema {
        JSONSchema([.text("type", "integer"), least.map { .number("minimum", $0) }, .text("description", description)])
    }

    /// A whole number, or null.
    public static func numberOrNull(_ description: String) -> JSONSchema {
        JSONSchema([.texts("type", ["integer", "null"]), .text("description", description)])
    }

    /// `true` or `false`.
    public static func flag(_ description: String) -> JSONSchema {
        JSONSchema([.text("type", "boolean"), .text("description", description)])
    }

    /// A list.
    public static func list(_ description: String, of element: JSONSchema) -> JSONSchema {
        JSONSchema([.text("type", "array"), .text("description", description), .schema("items", element)])
    }

    /// An object whose members have names that the manifest or the cloud gives, and strings as their values.
    public static func texts(_ description: String) -> JSONSchema {
        JSONSchema([
            .text("type", "object"), .text("description", description),
            .schema("additionalProperties", JSONSchema([.text("type", "string")])),
        ])
    }

    /// An object with the given members and no others.
    ///
    /// - Parameter optional: the members that are left out where they have no value.
    public static func object(
        _ description: String, optional: Set<String> = [], _ members: [(name: String, schema: JSONSchema)]
    ) -> JSONSchema {
        object(description, optional: optional, members: members.map { Member(name: $0.name, schema: $0.schema) })
    }

    /// An object with the fields of an enum as its members, and no others. A new field without a description breaks the build there.
    ///
    /// - Parameters:
    ///   - optional: the fields that are left out where they have no value.
    ///   - absent: the fields that are not written here.
    public static func object<Field: RawRepresentable & CaseIterable & Hashable>(
        _ description: String, of _: Field.Type, optional: Set<Field> = [], without absent: Set<Field> = [],
        _ schema: (Field) -> JSONSchema
    ) -> JSONSchema where Field.RawValue == String {
        object(
            description, optional: Set(optional.map(\.rawValue)),
            members: Field.allCases.filter { !absent.contains($0) }.map { Member(name: $0.rawValue, schema: schema($0)) })
    }

    /// An object of numbers with the given names.
    ///
    /// - Parameter optional: those that are left out where they are 0.
    public static func numbers(_ description: String, _ names: [String], optional: Set<String> = []) -> JSONSchema {
        object(description, optional: optional, members: names.map { Member(name: $0, schema: .number("How many: \($0).")) })
    }

    private static func object(_ description: String, optional: Set<String>, members: [Member]) -> JSONSchema {
        let required = members.map(\.name).filter { !optional.contains($0) }
        return JSONSchema([
            .text("type", "object"), .text("description", description), .flag("additionalProperties", false),
            required.isEmpty ? nil : .texts("required", required), .members("properties", members),
        ])
    }

    /// What fits exactly one of several.
    public static func one(of schemas: [JSONSchema], _ description: String? = nil) -> JSONSchema {
        JSONSchema([description.map { .text("description", $0) }, .schemas("oneOf", schemas)])
    }

    /// What stands among `$defs`.
    ///
    /// - Parameter description: what it is here; `nil` where it is the same everywhere.
    public static func shared(_ part: Shared, _ description: String? = nil) -> JSONSchema {
        JSONSchema([.reference(part), description.map { .text("description", $0) }])
    }

    /// The object, with some members only beside others.
    public func needing(_ dependencies: KeyValuePairs<String, [String]>) -> JSONSchema {
        var schema = self
        schema.keywords.append(.dependencies(dependencies.map { Dependency(member: $0.key, needed: $0.value) }))
        return schema
    }
}

extension JSONSchema {
    /// The whole document, each member on a line of its own.
    ///
    /// - Parameters:
    ///   - id: its `$id`.
    ///   - title: what it is about, in a few words.
    public func document(id: String, title: String) -> [UInt8] {
        var shared: [Shared] = []
        collect(into: &shared)
        let head: [Keyword] = [
            .text("$schema", "https://json-schema.org/draft/2020-12/schema"), .text("$id", id), .text("title", title),
        ]
        var whole = self
        whole.keywords = head + keywords
        if !shared.isEmpty {
            whole.keywords.append(.members("$defs", shared.sorted { $0.name < $1.name }.map { Member(name: $0.name, schema: $0.schema) }))
        }
        var writer = JSONWriter(capacity: 32_768)
        whole.write(to: &writer, indent: 0)
        writer.endLine()
        return writer.bytes
    }

    /// The parts that it and its parts refer to, each once.
    private func collect(into shared: inout [Shared]) {
        for keyword in keywords {
            switch keyword {
            case .text, .number, .flag, .texts, .dependencies: break
            case .schema(_, let schema): schema.collect(into: &shared)
            case .schemas(_, let schemas): for schema in schemas { schema.collect(into: &shared) }
            case .members(_, let members): for member in members { member.schema.collect(into: &shared) }
            case .reference(let part):
                if shared.contains(where: { $0.name == part.name }) { continue }
                shared.append(part)
                part.schema.collect(into: &shared)
            }
        }
    }

    /// Whether it has parts, for which one line would be too long.
    private var isNested: Bool {
        keywords.contains { keyword in
            switch keyword {
            case .schemas, .members: true
            case .schema(_, let schema): schema.isNested
            case .text, .number, .flag, .texts, .dependencies, .reference: false
            }
        }
    }

    private func write(to writer: inout JSONWriter, indent: Int) {
        let isNested = isNested
        let inner = indent + 2
        writer.beginObject()
        for keyword in keywords {
            if isNested { writer.breakLine(indent: inner) }
            keyword.write(to: &writer, indent: inner)
        }
        if isNested { writer.breakLine(indent: indent) }
        writer.endObject()
    }
}

extension JSONSchema.Keyword {
    fileprivate func write(to writer: inout JSONWriter, indent: Int) {
        switch self {
        case .text(let name, let text): writer.field(name, text)
        case .number(let name, let number): writer.field(name, number)
        case .flag(let name, let flag): writer.field(name, flag)
        case .texts(let name, let texts): writer.field(name, texts)
        case .schema(let name, let schema):
            writer.key(name)
            schema.write(to: &writer, indent: indent)
        case .schemas(let name, let schemas):
            writer.key(name)
            writer.beginArray()
            for schema in schemas {
                writer.breakLine(indent: indent + 2)
                schema.write(to: &writer, indent: indent + 2)
            }
            writer.breakLine(indent: indent)
            writer.endArray()
        case .members(let name, let members):
            writer.key(name)
            writer.beginObject()
            for member in members {
                writer.breakLine(indent: indent + 2)
                writer.key(member.name)
                member.schema.write(to: &writer, indent: indent + 2)
            }
            writer.breakLine(indent: indent)
            writer.endObject()
        case .dependencies(let dependencies):
            writer.object("dependentRequired") { writer in
                for dependency in dependencies { writer.field(dependency.member, dependency.needed) }
            }
        case .reference(let part): writer.field("$ref", "#/$defs/\(part.name)")
        }
    }
}
