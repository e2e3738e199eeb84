import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a saved plan, stale or not.",
        discussion: """
            EXAMPLES:
              snapkeep show next.plan
              snapkeep show next.plan --format markdown > comment.md
              snapkeep show next.plan --format json | jq '.summary'
            """)

    @Argument(help: "A file that 'snapkeep plan --out' wrote.", completion: Completions.anyFile)
    var plan: String

    @OptionGroup var format: PlanFormatOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global, form: format.form)
        try await session.run {
            let saved = try SavedPlan.read(path: plan)
            let canApply = !saved.findings.contains(where: \.makesApplyRefuse)
            let printer = PlanPrinter(
                session: session, format: format.choice, next: canApply ? next(saved.plan.basis) : .refusal,
                cloud: nil, maxBytes: format.maxBytes, planCommand: "snapkeep show \(plan.quotedForShell)")
            try printer.show(saved)
            session.report(saved.findings.map(\.diagnostic))
            return .done
        }
    }

    /// What carries the plan out. A plan does not know by which name its cloud is reached.
    private func next(_ basis: Plan.Basis) -> PlanTextRenderer.Next {
        let command = "snapkeep apply \(plan.quotedForShell)"
        return basis.endpoint == CloudTarget.sandboxEndpoint ? .command(command + " --sandbox") : .commandWithSettings(command)
    }
}
