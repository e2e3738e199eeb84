import SnapkeepCore

extension JSONProgress {
    /// The line of a finding, without a line end: its severity is the event's name.
    static func line(for diagnostic: Diagnostic, sources: [SourceFile], at now: Timestamp) -> String {
        var line = JSONLine()
        line.field("event", diagnostic.severity.rawValue)
        line.field("at", now.description)
        line.field("code", diagnostic.code)
        line.field("message", diagnostic.message)
        switch diagnostic.subject {
        case .range(let range):
            if sources.indices.contains(range.source) { line.field("file", sources[range.source].name) }
            line.field("line", Int(range.start.line))
            line.field("column", Int(range.start.column))
            line.field("end_line", Int(range.end.line))
            line.field("end_column", Int(range.end.column))
        case .named(let place): line.field("place", place)
        case .none: break
        }
        if !diagnostic.notes.isEmpty { line.field("notes", diagnostic.notes.map(\.message)) }
        line.field("help", diagnostic.help)
        return line.text
    }
}
