import SnapkeepCore

/// The members of a finding, as `PlacedDiagnostic.write` writes them.
enum DiagnosticField: String, CaseIterable {
    case severity, code, message, key, file, line, column
    case endLine = "end_line"
    case endColumn = "end_column"
    case place, notes, help

    static let fields = JSONFields<DiagnosticField>()
}

extension JSONReader {
    /// Takes a finding.
    mutating func diagnostic() throws(JSONProblem) -> PlacedDiagnostic {
        let start = offset
        let parts = try DiagnosticParts(&self)
        guard let severity = parts.severity, let code = parts.code, let message = parts.message else {
            throw JSONProblem(.value, at: start, "a finding has a severity, a code and a message")
        }
        return PlacedDiagnostic(
            severity, code: code, message, at: try parts.subject(at: start), notes: parts.notes, help: parts.help,
            key: parts.key)
    }
}

/// What an object of a finding or of a note holds.
private struct DiagnosticParts {
    var severity: Diagnostic.Severity?
    var code: String?
    var message: String?
    var help: String?
    var key: SnapshotKey?
    var notes: [PlacedDiagnostic.Note] = []
    private var file: String?
    private var place: String?
    private var start: (line: Int?, column: Int?)
    private var end: (line: Int?, column: Int?)

    init(_ reader: inout JSONReader, ) throws(JSONProblem) {
        var object = try JSONObject(DiagnosticField.fields, in: &reader)
        while let field = try object.next(in: &reader) {
            switch field {
            case .severity:
                let place = reader.offset
                guard let severity = Diagnostic.Severity(rawValue: try reader.string()) else {
                    throw JSONProblem(.value, at: place, "expected error, warning or note")
                }
                self.severity = severity
            case .code: code = try reader.string()
            case .message: message = try reader.string()
            case .file: file = try reader.string()
            case .line: start.line = try reader.count()
            case .column: start.column = try reader.count()
            case .endLine: end.line = try reader.count()
            case .endColumn: end.column = try reader.count()
            case .place: place = try reader.string()
            case .notes:
                try reader.beginArray()
                while try reader.nextElement() {
                    let offset = reader.offset
                    let parts = try DiagnosticParts(&reader)
                    guard let message = parts.message else { throw JSONProblem(.value, at: offset, "a note has a message") }
                    notes.append(.init(message, at: try parts.subject(at: offset)))
                }
            case .key:
                let place = reader.offset
                guard let key = try? SnapshotKey(try reader.string()) else {
                    throw JSONProblem(.value, at: place, "expected the key of a snapshot")
                }
                self.key = key
            case .help: help = try reader.string()
            }
        }
    }

    func subject(at offset: Int) throws(JSONProblem) -> PlacedDiagnostic.Place {
        switch (file, start.line, start.column, place) {
        case (nil, nil, nil, nil): return .none
        case (nil, nil, nil, let name?): return .named(name)
        case (let file?, let line?, let column?, nil):
            let begin = SourcePosition(line: line, column: column)
            guard let endLine = end.line, let endColumn = end.column else { return .file(file, start: begin, end: nil) }
            return .file(file, start: begin, end: SourcePosition(line: endLine, column: endColumn))
        default: throw JSONProblem(.value, at: offset, "a finding is about a file, a line and a column, about a place, or about neither")
        }
    }
}
