import SnapkeepCore

/// A text in which `«…»` marks the places that diagnostics are expected at, so that a test shows them instead of counting columns.
struct MarkedText {
    let text: String
    let ranges: [(start: SourcePosition, end: SourcePosition)]

    init(_ marked: String) {
        var text = String.UnicodeScalarView()
        var ranges: [(start: SourcePosition, end: SourcePosition)] = []
        var (line, column) = (1, 1)
        var start = SourcePosition(line: 1, column: 1)
        for scalar in marked.unicodeScalars {
            switch scalar {
            case "«": start = SourcePosition(line: line, column: column)
            case "»": ranges.append((start, SourcePosition(line: line, column: column)))
            default:
                text.append(scalar)
                (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
            }
        }
        self.text = String(text)
        self.ranges = ranges
    }

    func source(_ name: String = "snapshots.yaml") -> SourceFile { SourceFile(name: name, bytes: Array(text.utf8)) }
}
