import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Shows a plan in one of its formats.
struct PlanPrinter {
    let session: Session
    let format: PlanFormat
    let next: PlanTextRenderer.Next
    /// The entry of clouds.yaml that was named.
    let cloud: String?
    /// The file that the plan was saved as.
    var savedAs: String?
    /// Whether a person decides by what is shown.
    var isToBeApproved = false
    /// Where stdout belongs to the events of an apply.
    var toError = false
    /// The most bytes of Markdown; `nil` for what code hosts take.
    var maxBytes: Int?
    /// What shows the same plan on a terminal.
    var planCommand = "snapkeep plan"

    /// - Parameter document: the plan's own document, where it was made already.
    func show(_ saved: SavedPlan, document: SavedPlan.Document? = nil) throws {
        // What was found has stdout for itself then.
        if case .findings = session.form { return tellFile() }
        switch format {
        case .text:
            let stream: Console.Stream = toError ? .error : .output
            let bytes = PlanTextRenderer.render(
                plan: saved.plan, sourceTitle: saved.title, style: session.console.style(stream),
                width: session.console.lineWidth(stream), height: session.console.terminalHeight(stream), next: next, cloud: cloud,
                savedAs: savedAs,
                isBrief: session.isQuiet && !isToBeApproved, options: session.words)
            if toError { session.console.writeError(String(decoding: bytes, as: UTF8.self)) } else { try session.console.write(bytes) }
        case .markdown:
            let limit = maxBytes ?? PlanMarkdownRenderer.defaultLimit
            let bytes = PlanMarkdownRenderer.render(
                plan: saved.plan, planID: saved.id, findings: saved.findings, marker: saved.marker, command: planCommand,
                options: session.words, limit: limit)
            try session.console.write(bytes)
            if bytes.count > limit { session.report([.markdownTooLong(bytes.count, limit: limit, command: planCommand)]) }
            tellFile()
        case .gitlabTerraform:
            try session.console.write(MergeRequestWidget.render(saved.plan))
            tellFile()
        case .json:
            session.reply.set { status in
                document?.printed(status, saved.plan) ?? PlanFile.encode(saved, exitCode: Int(status.rawValue))
            }
            tellFile()
        }
    }

    /// Beside a form that is made for programs.
    private func tellFile() {
        guard let savedAs else { return }
        var words = "Saved as \(VisibleText.escaped(savedAs))."
        if case .command(let command) = next { words += " Run `\(VisibleText.escaped(command))` to carry it out." }
        session.tellAside(words + "\n")
    }
}

extension SavedPlan {
    /// By what a bot knows the comment that shows this plan: the stack and the state, which are the same from one plan to the next.
    fileprivate var marker: String { ([plan.stackName, statePath ?? title].compactMap(\.self)).joined(separator: ":") }
}

extension Diagnostic {
    /// What may not be cut is more than the limit.
    fileprivate static func markdownTooLong(_ count: Int, limit: Int, command: String) -> Diagnostic {
        Diagnostic(
            .warning, code: "markdown-too-long",
            "deletions and replacements alone take \(Quantities.grouped(count)) bytes of Markdown, and are never cut; the limit is "
                + Quantities.grouped(limit),
            help: "give the whole plan to reviewers as a file: '\(VisibleText.escaped(command))' without a format, or with '--format json'")
    }
}
