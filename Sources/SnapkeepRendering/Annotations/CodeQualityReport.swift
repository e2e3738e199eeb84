import SnapkeepCore

/// Findings as the report of code quality that GitLab shows in a merge request (`artifacts:reports:codequality`): a list of violations, each with
/// the members that GitLab needs.
package enum CodeQualityReport {
    /// The whole file.
    ///
    /// - Parameter digest: of a text, in hexadecimal digits, by which a violation is known again.
    package static func render(_ all: AnnotatedFindings, digest: (String) -> String) -> [UInt8] {
        var writer = JSONWriter(escapes: .misleading)
        writer.beginArray()
        for (item, identity) in zip(all.items, all.identities) {
            writer.breakLine(indent: 2)
            writer.beginObject()
            let help = item.finding.help.map { " (\(VisibleText.escaped($0)))" } ?? ""
            writer.field("description", item.message + help)
            writer.field("check_name", item.finding.code)
            writer.field("fingerprint", digest(identity))
            writer.field("severity", severity(item.finding.severity))
            writer.object("location") { location in
                location.field("path", item.path ?? all.manifestPath)
                location.object("lines") { lines in
                    if item.path != nil, case .file(_, let start, let end) = item.finding.place {
                        lines.field("begin", Int(start.line))
                        lines.field("end", (end?.line).map { Int($0) })
                    } else {
                        lines.field("begin", 1)
                    }
                }
            }
            writer.endObject()
        }
        if !all.findings.isEmpty { writer.breakLine(indent: 0) }
        writer.endArray()
        writer.endLine()
        return writer.bytes
    }

    private static func severity(_ severity: Diagnostic.Severity) -> String {
        switch severity {
        case .error: "critical"
        case .warning: "minor"
        case .note: "info"
        }
    }
}
