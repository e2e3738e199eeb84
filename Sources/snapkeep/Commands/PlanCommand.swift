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
        abstract: "Show what apply would do. Writes nothing but --out; without --refresh it opens no connection and needs no credentials.",
        discussion: """
            EXAMPLES:
              snapkeep plan                                   # snapshots.yaml against snapkeep.state.json
              snapkeep plan -f team/ --exit-code              # exit 2 when there is something to do
              snapkeep plan --format markdown > comment.md    # for a pull request
              snapkeep plan --sandbox --out next.plan         # save it; 'snapkeep apply next.plan' carries it out
              snapkeep plan --prune                           # what is no longer listed would be deleted
              snapkeep plan --refresh --cloud production      # also what others have changed or deleted

            SIGNS: + create  ~ update  ± replace  > await  ? look up first  - delete  = keep  ! lost
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var recovery: RecoverOptions
    @OptionGroup var refreshing: RefreshOptions
    @OptionGroup var deletion: DeletionOptions
    @OptionGroup var limits: DeletionLimitOptions

    @Option(name: .customLong("format"), help: "text, json (the document that --out saves) or markdown.")
    var format: PlanFormat = .text

    @Option(name: .customLong("out"), help: ArgumentHelp("Save the plan for 'snapkeep apply FILE'.", valueName: "file"))
    var out: String?

    @Flag(name: .customLong("exit-code"), help: "Exit with 2 when there are changes.")
    var exitCode = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global, words: manifestOptions.words + stateOptions.words + cloud.words)
        try await session.run {
            let input = try await PlanningInput.load(manifestOptions, stateOptions, cloud, session)
            let (loaded, sources, paths) = (input.loaded, input.sources, input.paths)
            var (recorded, identity) = (input.recorded, input.identity)
            if recovery.recover, recorded == nil,
                let beginning = try await StatelessRun.look(loaded.manifest, paths, identity, cloud, session)
            {
                (recorded, identity) = (beginning.state, beginning.identity)
                if out != nil, recorded != nil { throw Failure(.usage, .recoveredPlanToSave(path: paths.state)) }
            }
            var isOlder = false
            if var older = StaleState.check(paths, serial: recorded?.header.serial ?? 0) {
                older.severity = .warning
                session.report([older])
                isOlder = true
            }
            let planning = Planning(
                manifest: loaded.manifest, state: recorded, identity: identity,
                options: .init(prune: deletion.prune, recreate: refreshing.recreate))
            session.say("planning \(Quantities.count(loaded.manifest.snapshots.count, "snapshot"))")
            let lineage = out == nil ? nil : Lineage(randomUUID())
            var findings: [Diagnostic] = []
            let plan: Plan
            if refreshing.refresh {
                let finding = try await Refreshing.find(planning, lineage: lineage, cloud, statePath: paths.state, session)
                plan = finding.plan
                findings = finding.diagnostics(loaded.places(), options: manifestOptions.words + stateOptions.words + cloud.words)
            } else {
                plan = planning.plan(lineage: lineage)
            }
            var saved = SavedPlan(plan: plan, title: loaded.title, statePath: paths.state, options: planning.options)
            var document: [UInt8]?
            if out != nil || format == .json {
                saved.places = loaded.savedPlaces(for: plan)
                // Of the state in the file, also where the plan was made by what the cloud showed (P5).
                saved.plan.basis.stateDigest = recorded.map { StateFile.digest(of: $0) }
                if out != nil, plan.basis.endpoint == nil || plan.basis.projectID == nil { throw Failure(.error, .unboundPlan) }
                document = saved.seal()
            }
            // What is certain to fail is not a plan to be carried out.
            if let out, let document, findings.errorCount == 0 {
                try OutputFile.check(out, isNoneOf: sources.map(\.name) + paths.all)
                try OutputFile.write(document, to: out)
            }
            let refusals = limits.limits.refusals(of: plan)
            let canApply = refusals.isEmpty && findings.errorCount == 0 && !isOlder
            let printer = PlanPrinter(
                session: session, format: format, applyCommand: canApply ? applyCommand : nil, cloud: identity.cloud)
            try printer.show(saved, document: document)
            if !refusals.isEmpty { findings.append(.deletionsRefused(refusals, severity: .warning)) }
            session.report(findings, sources: sources)
            if findings.errorCount > 0 { return .error }
            // What is declared and lost is pending too, though nothing happens to it by itself.
            return exitCode && (plan.hasActions || plan.lostCount > 0) ? .pending : .done
        }
    }

    /// What to type next, with the options that this plan was made with.
    private var applyCommand: String {
        let work =
            out.map { [$0.quotedForShell] } ?? manifestOptions.words + stateOptions.words + recovery.words + refreshing.words
            + deletion.words
        return (["snapkeep apply"] + work + limits.words + cloud.words).joined(separator: " ")
    }
}
