/// A finding that stands by itself: its places name their files instead of the sources of a run. This is what programs get, and what a saved
/// plan keeps.
public struct PlacedDiagnostic: Hashable, Sendable {
    /// What a finding or a note is about.
    public enum Place: Hashable, Sendable {
        /// A place in a file; `end`, where it is known, is the place after the last character.
        case file(String, start: SourcePosition, end: SourcePosition?)
        /// A path, a request, an option: anything without lines.
        case named(String)
        case none
    }

    /// Points at another place that explains the finding.
    public struct Note: Hashable, Sendable {
        public var message: String
        public var place: Place

        /// A note of its message and place.
        public init(_ message: String, at place: Place = .none) {
            self.message = message
            self.place = place
        }
    }

    public var severity: Diagnostic.Severity
    public var code: String
    public var message: String
    public var place: Place
    public var notes: [Note]
    public var help: String?
    /// The snapshot that it is about, where other snapshots can meet the same cause.
    public var key: SnapshotKey?

    /// A finding of its parts.
    public init(
        _ severity: Diagnostic.Severity, code: String, _ message: String, at place: Place = .none, notes: [Note] = [], help: String? = nil,
        key: SnapshotKey? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.place = place
        self.notes = notes
        self.help = help
        self.key = key
    }

    /// A finding of a run, with the names of the sources that it points into.
    public init(_ diagnostic: Diagnostic, sources: [SourceFile]) {
        self.init(
            diagnostic.severity, code: diagnostic.code, diagnostic.message, at: Place(diagnostic.subject, sources: sources),
            notes: diagnostic.notes.map { Note($0.message, at: Place($0.subject, sources: sources)) }, help: diagnostic.help,
            key: diagnostic.gathering?.key)
    }

    /// The finding for a run that has no longer read the files: no excerpts then.
    public var diagnostic: Diagnostic {
        let finding = Diagnostic(
            severity, code: code, message, at: place.subject, notes: notes.map { .init($0.message, at: $0.place.subject) }, help: help)
        return key.map { finding.gathered(for: $0) } ?? finding
    }
}

extension PlacedDiagnostic.Place {
    init(_ subject: Diagnostic.Subject, sources: [SourceFile]) {
        switch subject {
        case .none: self = .none
        case .named(let name): self = Self.place(in: name) ?? .named(name)
        case .range(let range):
            guard sources.indices.contains(range.source) else {
                self = .none
                return
            }
            self = .file(sources[range.source].name, start: range.start, end: range.end)
        }
    }

    /// The parts of `snapkeep.state.json:17:5`, as files are named that are no sources of a run.
    private static func place(in text: String) -> Self? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 2, let line = Int(parts[parts.count - 2]), let column = Int(parts[parts.count - 1]), line > 0, column > 0 else {
            return nil
        }
        return .file(parts.dropLast(2).joined(separator: ":"), start: SourcePosition(line: line, column: column), end: nil)
    }

    fileprivate var subject: Diagnostic.Subject {
        switch self {
        case .none: .none
        case .named(let name): .named(name)
        case .file(let name, let start, _): .named("\(name):\(start.line):\(start.column)")
        }
    }
}

extension PlacedDiagnostic {
    /// Writes the members of the one shape that findings have in JSON: `severity`, `code`, `message`; `key`; `file`, `line`, `column`, `end_line` and
    /// `end_column`, or `place` where it is about no line of a file; `notes`, of the same members without severity and code; `help`. What
    /// has no value is left out.
    public func write(to object: inout JSONWriter) {
        object.field("severity", severity.rawValue)
        object.field("code", code)
        object.field("message", message)
        object.field("key", key?.text)
        place.write(to: &object)
        if !notes.isEmpty {
            object.field("notes", objects: notes) { note, object in
                object.field("message", note.message)
                note.place.write(to: &object)
            }
        }
        object.field("help", help)
    }
}

extension PlacedDiagnostic.Place {
    fileprivate func write(to object: inout JSONWriter) {
        switch self {
        case .none: break
        case .named(let name): object.field("place", name)
        case .file(let name, let start, let end):
            object.field("file", name)
            object.field("line", Int(start.line))
            object.field("column", Int(start.column))
            guard let end else { return }
            object.field("end_line", Int(end.line))
            object.field("end_column", Int(end.column))
        }
    }
}
