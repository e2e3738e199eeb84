/// What `doctor` found: the settings and where they came from, and what was tried with them.
package struct DoctorReport: Hashable, Sendable {
    /// One thing that was looked at.
    package struct Check: Hashable, Sendable {
        package enum Outcome: String, Hashable, Sendable {
            case good = "ok"
            case warning = "warning"
            case bad = "failed"
            case skipped = "not tried"
        }

        var name: String
        var outcome: Outcome
        var words: String
        /// One thing to do about it.
        var help: String?

        package init(_ name: String, _ outcome: Outcome, _ words: String, help: String? = nil) {
            self.name = name
            self.outcome = outcome
            self.words = words
            self.help = help
        }
    }

    /// One setting, its value as it may be shown.
    package struct Setting: Hashable, Sendable {
        var name: String
        var value: String
        var origin: String

        package init(_ name: String, _ value: String, from origin: String) { (self.name, self.value, self.origin) = (name, value, origin) }
    }

    var settings: [Setting]
    var checks: [Check]

    package init(settings: [Setting], checks: [Check]) { (self.settings, self.checks) = (settings, checks) }

    package var isGood: Bool { !checks.contains { $0.outcome == .bad } }

    private static let columns: [TextTable.Column] = [.init(), .init(), .init(kind: .prose)]

    /// The report as text, each line ended.
    ///
    /// - Parameter width: of the terminal; `nil` elsewhere.
    package func render(width: Int?, _ style: TextStyle) -> String {
        let settings = settings.map { TextTable.Row(cells: [$0.name, $0.value, $0.origin]) }
        let checks = checks.map { check in
            let words = check.words + (check.help.map { "\nhelp: \($0)" } ?? "")
            return TextTable.Row(cells: [check.outcome.rawValue, check.name, words], role: check.outcome.role, painted: 0)
        }
        func table(_ rows: [TextTable.Row], leading: Int) -> String {
            TextTable.render(Self.columns, rows, indent: 2, gap: 2, leading: leading, width: width, style: style)
        }
        return style.paint("Settings", .strong) + "\n" + (settings.isEmpty ? "  nothing is set\n" : table(settings, leading: 1))
            + "\n" + style.paint("Checks", .strong) + "\n" + table(checks, leading: 2)
    }
}

extension DoctorReport.Check.Outcome {
    fileprivate var role: TextStyle.Role {
        switch self {
        case .good: .good
        case .warning: .update
        case .bad: .bad
        case .skipped: .keep
        }
    }
}
