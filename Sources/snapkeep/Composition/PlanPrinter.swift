import SnapkeepCore
import SnapkeepState

/// Shows a plan in one of its formats.
struct PlanPrinter {
    let session: Session
    let format: PlanFormat
    /// What to type next; `nil` when the plan is about to be carried out.
    let applyCommand: String?
    /// The entry of clouds.yaml that was named.
    let cloud: String?
    /// In `--json` mode stdout belongs to the events.
    var toError = false

    /// - Parameter document: the plan's own document, where it was made already.
    func show(_ saved: SavedPlan, document: [UInt8]? = nil) throws {
        let bytes: [UInt8]
        switch format {
        case .text:
            let stream: Console.Stream = toError ? .error : .output
            let width = (toError ? session.console.errorIsTerminal : session.console.outputIsTerminal) ? session.console.width(stream) : nil
            bytes = PlanTextRenderer.render(
                plan: saved.plan, sourceTitle: saved.title, style: session.console.style(stream), width: width, applyCommand: applyCommand,
                cloud: cloud)
        case .markdown: bytes = PlanMarkdownRenderer.render(plan: saved.plan, planID: saved.id)
        case .json: bytes = document ?? PlanFile.encode(saved)
        }
        if toError { session.console.writeError(String(decoding: bytes, as: UTF8.self)) } else { try session.console.write(bytes) }
    }
}
