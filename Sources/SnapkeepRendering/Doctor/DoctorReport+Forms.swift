package import SnapkeepCore

extension DoctorReport {
    /// The checks that failed, as findings: a program finds them where it finds all others.
    package var findings: [Diagnostic] {
        checks.filter { $0.outcome == .bad }.map { check in
            Diagnostic(.error, code: "check-failed", "\(check.name): \(check.words)", help: check.help)
        }
    }

    /// What `--quiet` leaves: what is not well, and how many are.
    package var brief: String {
        let lines = checks.filter { $0.outcome == .bad || $0.outcome == .warning }.map { check in
            "\(check.outcome.rawValue)  \(check.name)  \(check.words)\n" + (check.help.map { "help: \($0)\n" } ?? "")
        }
        let counts = [DoctorReport.Check.Outcome.good, .warning, .bad, .skipped].map { outcome in
            (checks.count { $0.outcome == outcome }, outcome.rawValue)
        }
        return lines.joined() + counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + "\n"
    }

    /// Writes the members of `snapkeep doctor --json`: `settings`, each of `name`, `value` and `origin`, and `checks`, each of `name`, `outcome`
    /// (`ok`, `warning`, `failed`, `not_tried`), `message` and `help`.
    package func write(to document: inout JSONDocument) {
        document.list("settings", settings) { row, object in
            object.field("name", row.name)
            object.field("value", row.value)
            object.field("origin", row.origin)
        }
        document.list("checks", checks) { check, object in
            object.field("name", check.name)
            object.field("outcome", check.outcome.rawValue.replacing(" ", with: "_"))
            object.field("message", check.words)
            object.field("help", check.help)
        }
    }
}
