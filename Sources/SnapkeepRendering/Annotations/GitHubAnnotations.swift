import SnapkeepCore

/// Findings as commands of a GitHub Actions workflow: each line annotates a line of the change.
///
/// The runner reads both streams of a step. It shows 10 errors, 10 warnings and 10 notices of a step and drops the rest without a word, so the
/// worst come first, causes that many snapshots meet come once, and a last notice counts what was left out.
package enum GitHubAnnotations {
    /// So many of a level are shown.
    static let mostOfLevel = 10

    /// The commands, each line ended; empty where nothing was found.
    package static func render(_ all: AnnotatedFindings) -> String {
        let all = all.gathered()
        let levels = [Diagnostic.Severity.error, .warning, .note].map { severity in all.items.filter { $0.finding.severity == severity } }
        var left = levels.map { max(0, $0.count - mostOfLevel) }
        left[0] += all.omitted.errors
        left[1] += all.omitted.warnings
        // The count is a notice itself.
        let noticesShown = left.contains { $0 > 0 } ? mostOfLevel - 1 : mostOfLevel
        left[2] = max(0, levels[2].count - noticesShown)
        let shown = levels[0].prefix(mostOfLevel) + levels[1].prefix(mostOfLevel) + levels[2].prefix(noticesShown)
        var text = shown.map(command).joined()
        if left.contains(where: { $0 > 0 }) {
            let counts = zip(left, ["error", "warning", "note"]).filter { $0.0 > 0 }.map { Quantities.count($0.0, $0.1) }
            text += line("notice", [("title", "snapkeep")], "\(counts.joined(separator: ", ")) more: --diagnostics text shows all")
        }
        return text
    }

    private static func command(_ item: AnnotatedFindings.Item) -> String {
        var properties: [(String, String)] = []
        if let path = item.path, case .file(_, let start, let end) = item.finding.place {
            properties = [("file", VisibleText.escaped(path)), ("line", String(start.line))]
            // Columns mean something on one line only, and a place that ends before a line's first character ends on the line before it.
            let lastLine = end.map { $0.column == 1 && $0.line > start.line ? $0.line - 1 : $0.line }
            if lastLine ?? start.line == start.line {
                properties.append(("col", String(start.column)))
                if let end, end.line == start.line { properties += [("endLine", String(end.line)), ("endColumn", String(end.column))] }
            } else if let lastLine {
                properties.append(("endLine", String(lastLine)))
            }
        }
        properties.append(("title", "snapkeep: \(item.finding.code)"))
        let name =
            switch item.finding.severity {
            case .error: "error"
            case .warning: "warning"
            case .note: "notice"
            }
        return line(name, properties, ([item.message] + item.finding.furtherLines).joined(separator: "\n"))
    }

    private static func line(_ name: String, _ properties: [(String, String)], _ message: String) -> String {
        let words = properties.map { "\($0.0)=\(escaped($0.1, alsoIn: [":", ","]))" }.joined(separator: ",")
        return "::\(name) \(words)::\(escaped(message))\n"
    }

    /// As the runner undoes it: `%`, line ends, and in properties what separates them.
    private static func escaped(_ text: String, alsoIn separators: Set<Unicode.Scalar> = []) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "%": result += "%25"
            case "\r": result += "%0D"
            case "\n": result += "%0A"
            case ":" where separators.contains(scalar): result += "%3A"
            case "," where separators.contains(scalar): result += "%2C"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

extension AnnotatedFindings {
    /// The same findings, each cause once where many snapshots meet it.
    fileprivate func gathered() -> Self {
        let diagnostics = findings.map(\.diagnostic)
        // Findings that stand for themselves are kept as they are: only those still know where their places end.
        let own = Dictionary(zip(diagnostics, findings), uniquingKeysWith: { first, _ in first })
        var result = self
        result.findings = diagnostics.gathered().map { own[$0] ?? PlacedDiagnostic($0, sources: []) }
        return result
    }
}
