/// What `doctor` found: the settings and where they came from, and what was tried with them.
struct DoctorReport: Hashable, Sendable {
    /// One thing that was looked at.
    struct Check: Hashable, Sendable {
        enum Outcome: String, Hashable, Sendable {
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

        init(_ name: String, _ outcome: Outcome, _ words: String, help: String? = nil) {
            self.name = name
            self.outcome = outcome
            self.words = words
            self.help = help
        }
    }

    var settings: [SettingsTable.Row]
    var checks: [Check]

    var isGood: Bool { !checks.contains { $0.outcome == .bad } }

    /// The report as text, each line ended.
    func render(_ style: TextStyle) -> String {
        var text = style.paint("Settings", .strong) + "\n"
        text += settings.isEmpty ? "  nothing is set\n" : Self.columns(settings.map { [$0.name, $0.value, $0.origin] }).joined()
        text += "\n" + style.paint("Checks", .strong) + "\n"
        let widest = checks.map { TextWidth.columns($0.name) }.max() ?? 0
        for check in checks {
            let role: TextStyle.Role =
                switch check.outcome {
                case .good: .good
                case .warning: .update
                case .bad: .bad
                case .skipped: .keep
                }
            let outcome = style.paint(TextWidth.padded(check.outcome.rawValue, to: 9), role)
            text += "  \(outcome)  \(TextWidth.padded(check.name, to: widest))  \(check.words)\n"
            if let help = check.help { text += String(repeating: " ", count: widest + 15) + "help: \(help)\n" }
        }
        return text
    }

    private static func columns(_ rows: [[String]]) -> [String] {
        var widths = [0, 0]
        for row in rows { for column in 0..<2 { widths[column] = max(widths[column], TextWidth.columns(row[column])) } }
        return rows.map { row in
            "  \(TextWidth.padded(row[0], to: widths[0]))  \(TextWidth.padded(row[1], to: widths[1]))  \(row[2])\n"
        }
    }
}
