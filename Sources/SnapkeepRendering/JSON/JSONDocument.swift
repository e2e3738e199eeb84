package import SnapkeepCore

/// What a command tells a program, as one document: each member is on a line of its own, and so is each element of a list, so that it reads
/// with `grep` and `diff` as well as with `jq`. <doc:JSON> lists all documents.
package struct JSONDocument: Hashable, Sendable {
    /// The version of every document but the plan's, which `PlanFile` defines. It grows when a member changes its meaning or goes; new ones may
    /// come without that.
    package static let version = 1

    private var members: [[UInt8]] = []

    /// A document without members.
    package init() {}

    package mutating func field(_ name: String, _ value: String?) { member { $0.field(name, value) } }
    package mutating func field(_ name: String, _ value: Int?) { member { $0.field(name, value) } }
    package mutating func field(_ name: String, _ value: Bool) { member { $0.field(name, value) } }
    package mutating func field(_ name: String, _ value: [String]) { member { $0.field(name, value) } }
    package mutating func field(_ name: String, _ value: JSONLine) { member { $0.field(name, value) } }

    /// A list with one object on each line.
    package mutating func list<Element>(_ name: String, _ elements: [Element], _ write: (Element, inout JSONLine) -> Void) {
        list(
            name,
            encoded: elements.map { element in
                var object = JSONLine()
                write(element, &object)
                return object.encoded
            })
    }

    /// A list of objects that were encoded elsewhere.
    package mutating func list(_ name: String, encoded objects: [[UInt8]]) {
        var bytes = Array("\"\(name)\":[".utf8)
        for (index, object) in objects.enumerated() {
            bytes += Array((index > 0 ? ",\n    " : "\n    ").utf8)
            bytes += object
        }
        members.append(bytes + Array((objects.isEmpty ? "]" : "\n  ]").utf8))
    }

    /// The whole document.
    ///
    /// - Parameters:
    ///   - format: the text of `format`.
    ///   - diagnostics: what was found, errors and the rest.
    ///   - status: what the program ends with.
    package func ended(format: String, diagnostics: [PlacedDiagnostic], _ status: ExitStatus) -> [UInt8] {
        var head = JSONDocument()
        head.field("format", format)
        head.field("version", Self.version)
        var foot = JSONDocument()
        foot.list("diagnostics", diagnostics) { $0.write(to: &$1) }
        foot.field("exit_code", Int(status.rawValue))
        let all = head.members + members + foot.members
        return Array("{\n  ".utf8) + all.joined(separator: ",\n  ".utf8) + Array("\n}\n".utf8)
    }

    private mutating func member(_ write: (inout JSONLine) -> Void) {
        var line = JSONLine()
        write(&line)
        if !line.members.isEmpty { members.append(Array(line.members)) }
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
