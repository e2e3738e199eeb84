package import SnapkeepCore

/// How diagnostics look on their way to a person.
package struct DiagnosticStyle: Hashable, Sendable {
    /// Whether to mark severities and carets by colour; the text says the same without.
    var colour: Bool
    /// The columns of the terminal: sentences are broken between words, excerpts cut around the marked place. `nil` elsewhere: nothing is.
    var width: Int?

    /// A style with or without colour, for a terminal or for anything else.
    package init(colour: Bool = false, width: Int? = nil) {
        self.colour = colour
        self.width = width.map { max(WordWrap.narrowest, $0) }
    }
}

/// Turns diagnostics into text with excerpts of their sources (Contributing#wording-of-findings).
package enum DiagnosticRenderer {
    /// The diagnostics one after another in the given order, with an empty line between two; a line break ends each.
    package static func render(_ diagnostics: [Diagnostic], sources: [SourceFile], style: DiagnosticStyle) -> String {
        let excerpts = Excerpts(diagnostics, sources: sources)
        return diagnostics.map { render($0, excerpts, style) }.joined(separator: "\n")
    }

    /// The last line: `2 errors, 1 warning`; empty when there is neither.
    package static func summary(errors: Int, warnings: Int) -> String {
        [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
            .joined(separator: ", ")
    }

    private static func render(_ diagnostic: Diagnostic, _ excerpts: Excerpts, _ style: DiagnosticStyle) -> String {
        var text = paragraph(diagnostic.severity, diagnostic.message, at: diagnostic.subject, excerpts, style)
        for note in diagnostic.notes { text += paragraph(.note, note.message, at: note.subject, excerpts, style) }
        if let help = diagnostic.help {
            text += paint("help:", "1", style) + " " + wrapped(VisibleText.escaped(help), from: 6, indent: 6, style) + "\n"
        }
        return text
    }

    private static func paragraph(
        _ severity: Diagnostic.Severity, _ message: String, at subject: Diagnostic.Subject, _ excerpts: Excerpts, _ style: DiagnosticStyle
    ) -> String {
        let label = paint(severity.rawValue + ":", colour(of: severity), style)
        let place: String
        switch subject {
        case .none: place = ""
        case .named(let name): place = VisibleText.escaped(name) + ": "
        case .range(let range):
            place = "\(VisibleText.escaped(excerpts.name(of: range.source))):\(range.start.line):\(range.start.column): "
        }
        let start = TextWidth.columns(place) + severity.rawValue.count + 2
        let head = paint(place, "1", style) + label + " " + wrapped(VisibleText.escaped(message), from: start, indent: 2, style) + "\n"
        guard case .range(let range) = subject, let excerpt = excerpts[range] else { return head }
        let number = String(range.start.line)
        let margin = String(repeating: " ", count: number.count + 2)
        let (source, marks) = excerpt.rows(under: range, room: style.width.map { $0 - margin.count - 2 })
        return head + " \(number) | \(source)\n" + margin + "| " + marks.pad + paint(marks.carets, colour(of: severity), style) + "\n"
    }

    private static func wrapped(_ text: String, from start: Int, indent: Int, _ style: DiagnosticStyle) -> String {
        guard let width = style.width else { return text }
        return WordWrap.wrapped(text, width: width, indent: indent, from: start) { TextWidth.columns(String($0)) }
    }

    private static func colour(of severity: Diagnostic.Severity) -> String {
        switch severity {
        case .error: "1;31"
        case .warning: "1;33"
        case .note: "1;36"
        }
    }

    private static func paint(_ text: String, _ code: String, _ style: DiagnosticStyle) -> String {
        style.colour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
