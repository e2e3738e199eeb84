package import SnapkeepCore

/// What a command tells a program, as one document: each member is on a line of its own, and so is each element of a list, so that it reads
/// with `grep` and `diff` as well as with `jq`. <doc:JSON> lists all documents.
package struct JSONDocument: Sendable {
    /// The version of every document but the plan's, which `PlanFile` defines. It grows when a member changes its meaning or goes; new ones may
    /// come without that.
    package static let version = 1

    private var writer = JSONWriter(escapes: .misleading)

    /// A document without members.
    package init() {}

    package mutating func field(_ name: String, _ value: String?) { line { $0.field(name, value) } }
    package mutating func field(_ name: String, _ value: Int?) { line { $0.field(name, value) } }
    package mutating func field(_ name: String, _ value: Bool) { line { $0.field(name, value) } }
    package mutating func field(_ name: String, _ value: [String]) { line { $0.field(name, value) } }
    package mutating func object(_ name: String, _ write: (inout JSONWriter) -> Void) { line { $0.object(name, write) } }

    /// A list with one object on each line.
    package mutating func list<Element>(_ name: String, _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void) {
        writer.lines(name, elements) { element, writer in
            writer.beginObject()
            write(element, &writer)
            writer.endObject()
        }
    }

    /// A list of objects that were encoded elsewhere.
    package mutating func list(_ name: String, encoded objects: [[UInt8]]) { writer.lines(name, objects) { $1.append(encoded: $0) } }

    private mutating func line(_ write: (inout JSONWriter) -> Void) {
        writer.breakLine(indent: 2)
        write(&writer)
    }

    /// The whole document.
    ///
    /// - Parameters:
    ///   - format: the text of `format`.
    ///   - diagnostics: what was found, errors and the rest.
    ///   - status: what the program ends with.
    package func ended(format: String, diagnostics: [PlacedDiagnostic], _ status: ExitStatus) -> [UInt8] {
        var whole = JSONDocument()
        whole.writer.beginObject()
        whole.field("format", format)
        whole.field("version", Self.version)
        if !writer.bytes.isEmpty { whole.writer.append(encoded: writer.bytes) }
        whole.list("diagnostics", diagnostics) { $0.write(to: &$1) }
        whole.field("exit_code", Int(status.rawValue))
        whole.writer.endDocument()
        return whole.writer.bytes
    }
}

/// What a command has to tell: text for people, the members of a document for programs. Only the one that is asked for is made.
package struct Answer: Sendable {
    package let text: @Sendable () -> String
    /// What of the text `--quiet` leaves; `nil`: all.
    package let brief: (@Sendable () -> String)?
    package let members: @Sendable (inout JSONDocument) -> Void

    /// An answer of its forms.
    package init(_ text: @autoclosure @escaping @Sendable () -> String, _ members: @escaping @Sendable (inout JSONDocument) -> Void) {
        (self.text, brief, self.members) = (text, nil, members)
    }

    /// An answer of its forms.
    package init(
        _ text: @autoclosure @escaping @Sendable () -> String, brief: @autoclosure @escaping @Sendable () -> String,
        _ members: @escaping @Sendable (inout JSONDocument) -> Void
    ) {
        (self.text, self.brief, self.members) = (text, brief, members)
    }
}
