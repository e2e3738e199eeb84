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

    /// - Parameter document: the plan's own document, where it was made already.
    func show(_ saved: SavedPlan, document: SavedPlan.Document? = nil) throws {
        switch format {
        case .text:
            let stream: Console.Stream = toError ? .error : .output
            let bytes = PlanTextRenderer.render(
                plan: saved.plan, sourceTitle: saved.title, style: session.console.style(stream),
                width: session.console.lineWidth(stream), height: session.console.terminalHeight(stream), next: next, cloud: cloud,
                savedAs: savedAs,
                isBrief: session.isQuiet && !isToBeApproved)
            if toError { session.console.writeError(String(decoding: bytes, as: UTF8.self)) } else { try session.console.write(bytes) }
        case .markdown:
            try session.console.write(PlanMarkdownRenderer.render(plan: saved.plan, planID: saved.id, findings: saved.findings))
            tellFile()
        case .json:
            session.reply.set { status in
                document?.printed(status) ?? PlanFile.encode(saved, exitCode: Int(status.rawValue))
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
