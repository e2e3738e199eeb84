import SnapkeepCore

/// What was found beside a plan, for a pull request: why apply would refuse the plan in full, and the rest folded.
enum MarkdownFindings {
    /// The text, of at most `limit` bytes; empty where nothing was found. What does not fit is counted.
    static func text(_ findings: [PlacedDiagnostic], limit: Int) -> String {
        // As on a terminal: each cause once.
        let gathered = findings.map(\.diagnostic).gathered().map { PlacedDiagnostic($0, sources: []) }
        let grave = gathered.filter(\.makesApplyRefuse)
        let others = gathered.filter { !$0.makesApplyRefuse }
        var text = ""
        if !grave.isEmpty { text += "\n**Apply will refuse this plan:**\n\n" + list(grave, limit: limit * 3 / 4) }
        if !others.isEmpty {
            text += "\n<details><summary>\(words(others))</summary>\n\n" + list(others, limit: limit / 4 - 80) + "\n</details>\n"
        }
        return text
    }

    private static func list(_ findings: [PlacedDiagnostic], limit: Int) -> String {
        var text = ""
        for (index, finding) in findings.enumerated() {
            let item = item(finding)
            // Room for the line that counts the rest.
            if text.utf8.count + item.utf8.count > limit - 60 {
                return text + "- \(index == 0 ? "" : "and ")\(words(Array(findings[index...])))\(index == 0 ? "" : " more")\n"
            }
            text += item
        }
        return text
    }

    // - error at `snapshots.yaml:7:5`: `'orders' …`<br>help: `add …`
    private static func item(_ finding: PlacedDiagnostic) -> String {
        var text = "- \(finding.severity.rawValue)"
        switch finding.place {
        case .none: break
        case .named(let name): text += " at \(MarkdownText.code(name))"
        case .file(let name, let start, _): text += " at \(MarkdownText.code("\(name):\(start.line):\(start.column)"))"
        }
        text += ": \(MarkdownText.code(finding.message))"
        for note in finding.notes { text += "<br>\(MarkdownText.code(note.message))" }
        if let help = finding.help { text += "<br>help: \(MarkdownText.code(help))" }
        return text + "\n"
    }

    // 2 errors, 1 warning
    private static func words(_ findings: [PlacedDiagnostic]) -> String {
        let counts = [Diagnostic.Severity.error, .warning, .note].map { severity in
            (findings.count { $0.severity == severity }, severity.rawValue)
        }
        return counts.filter { $0.0 > 0 }.map { Quantities.count($0.0, $0.1) }.joined(separator: ", ")
    }
}
