import ArgumentParser
import SnapkeepCore
import SnapkeepState

/// How a plan is shown.
enum PlanFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json, markdown
}

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what apply would do. Writes nothing but --out, opens no connection, needs no credentials.",
        discussion: """
            EXAMPLES:
              snapkeep plan                                   # snapshots.yaml against snapkeep.state.json
              snapkeep plan -f team/ --exit-code              # exit 2 when there is something to do
              snapkeep plan --format markdown > comment.md    # for a pull request
              snapkeep plan --sandbox --out next.plan         # save it; 'snapkeep apply next.plan' carries it out
              snapkeep plan --prune                           # what is no longer listed would be deleted

            SIGNS: + create  ~ update  ± replace  > await  ? look up first  - delete  = keep
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var deletion: DeletionOptions
    @OptionGroup var limits: DeletionLimitOptions

    @Option(name: .customLong("format"), help: "text, json (documented in the README) or markdown.")
    var format: PlanFormat = .text

    @Option(name: .customLong("out"), help: ArgumentHelp("Save the plan for 'snapkeep apply FILE'.", valueName: "file"))
    var out: String?

    @Flag(name: .customLong("exit-code"), help: "Exit with 2 when there are changes.")
    var exitCode = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global)
        try await session.run {
            let (loaded, sources) = try manifestOptions.load()
            session.report(loaded.warnings, sources: sources)
            let paths = stateOptions.paths(for: manifestOptions.files)
            let recorded = try StateReader.load(paths)
            let identity = try CloudIdentity(
                options: cloud, environment: session.environment, manifest: loaded.manifest, state: recorded.state?.header,
                statePath: paths.state)
            let planning = Planning(
                manifest: loaded.manifest, state: recorded.state, identity: identity, options: .init(prune: deletion.prune))
            let plan = planning.plan(lineage: out == nil ? nil : Lineage(randomUUID()))
            var saved = SavedPlan(plan: plan, title: loaded.title, options: planning.options)
            if out != nil || format == .json {
                saved.places = loaded.savedPlaces(for: plan)
                if out != nil, plan.basis.endpoint == nil || plan.basis.projectID == nil { throw Failure(.error, .unboundPlan) }
                saved.id = saved.digest
            }
            if let out { try OutputFile.write(PlanFile.encode(saved), to: out) }
            try PlanPrinter(session: session, format: format, applyCommand: applyCommand).show(saved)
            if let refusal = limits.limits.refusal(of: plan) { session.report([.deletionsRefused(refusal, severity: .warning)]) }
            return exitCode && plan.hasActions ? .pending : .done
        }
    }

    /// What to type next, with the options that this plan was made with.
    private var applyCommand: String {
        if let out { return "snapkeep apply \(out.quotedForShell)" }
        var words = ["snapkeep apply"]
        for file in manifestOptions.files { words.append("-f \(file.quotedForShell)") }
        if let state = stateOptions.path { words.append("--state \(state.quotedForShell)") }
        if cloud.sandbox { words.append("--sandbox") }
        if let endpoint = cloud.endpoint { words.append("--endpoint \(endpoint.quotedForShell)") }
        if let project = cloud.projectID { words.append("--project-id \(project.quotedForShell)") }
        if deletion.prune { words.append("--prune") }
        return words.joined(separator: " ")
    }
}

extension String {
    /// As one word of a POSIX shell.
    var quotedForShell: String {
        let isPlain =
            !isEmpty
            && unicodeScalars.allSatisfy {
                "a"..."z" ~= $0 || "A"..."Z" ~= $0 || "0"..."9" ~= $0 || "/._-:=@%+,".unicodeScalars.contains($0)
            }
        if isPlain { return self }
        return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
