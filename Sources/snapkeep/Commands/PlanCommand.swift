import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what apply would do. Writes nothing but --out; without --refresh it asks the cloud nothing.",
        discussion: """
            EXAMPLES:
              snapkeep plan                                   # snapshots.yaml against snapkeep.state.json
              snapkeep plan -f team/ --exit-code              # exit 2 when there is something to do
              snapkeep plan --format markdown > comment.md    # for a pull request
              snapkeep plan --format gitlab-terraform > plan.json
              snapkeep plan --diagnostics github              # what is found annotates the lines of a pull request
              snapkeep plan --sandbox --out next.plan         # save it; 'snapkeep apply next.plan' carries it out
              snapkeep plan --prune                           # what is no longer listed would be deleted
              snapkeep plan --refresh --cloud production      # also what others have changed or deleted

            SIGNS: + create  < adopt  ~ update  ± replace  > await  ? look up first  - delete  = keep  ! lost
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var recovery: RecoverOptions
    @OptionGroup var refreshing: RefreshOptions
    @OptionGroup var deletion: DeletionOptions
    @OptionGroup var limits: DeletionLimitOptions
    @OptionGroup var clock: ClockOptions
    @OptionGroup var part: PartOptions

    @OptionGroup var format: PlanFormatOptions
    @OptionGroup var findings: FindingsOptions

    @Option(
        name: .customLong("out"), help: ArgumentHelp("Save the plan for 'snapkeep apply FILE'.", valueName: "file"),
        completion: Completions.anyFile)
    var out: String?

    @Flag(name: .customLong("exit-code"), help: "Exit with 2 when there are changes.")
    var exitCode = false

    @OptionGroup var notify: NotifyOptions

    @OptionGroup var global: GlobalOptions

    func validate() throws { try findings.check(besides: format.given) }

    func run() async throws {
        let words = stateOptions.words(beside: manifestOptions, cloud)
        let session = Session(
            global, words: words, form: format.form, findings: findings.output(manifestOptions), notifying: (notify.urls, "plan"))
        try await session.run {
            let input = try await PlanningInput.load(manifestOptions, stateOptions, cloud, session)
            let (loaded, store) = (input.loaded, input.store)
            var (recorded, identity) = (input.recorded, input.binding.identity)
            if recovery.recover, recorded == nil,
                let beginning = try await StatelessRun.look(loaded.manifest, store, input.binding, session)
            {
                (recorded, identity) = (beginning.state, beginning.identity)
                if out != nil, recorded != nil { throw Failure(.usage, .recoveredPlanToSave(path: store.place)) }
            }
            let planning = Planning(
                manifest: loaded.manifest, state: recorded, identity: identity,
                options: .init(
                    prune: deletion.prune, recreate: refreshing.recreate, onlyChangedByManifest: part.onlyChangedByManifest,
                    targets: part.targets.map(GlobPattern.init)),
                clock: try loaded.clock(at: clock.now, session))
            session.say("planning \(Quantities.count(loaded.manifest.snapshots.count, "snapshot"))")
            let lineage = out == nil ? nil : Lineage(randomUUID())
            var findings: [Diagnostic] = []
            let plan: Plan
            if refreshing.refresh {
                let finding = try await Refreshing.find(planning, lineage: lineage, input.binding, session)
                plan = finding.plan
                findings = finding.diagnostics(loaded.places(), options: words)
            } else {
                plan = planning.plan(lineage: lineage)
                findings = plan.ownFindings(state: recorded, planning.options, words: words) { loaded.places() }
            }
            session.notices.note(plan)
            let refusals = limits.limits.refusals(of: plan)
            let older = await StaleState.check(store, serial: recorded?.header.serial)
            if let older { findings.append(older) }
            if !refusals.isEmpty { findings.append(.deletionsRefused(refusals, of: plan, severity: .warning)) }
            var saved = SavedPlan(plan: plan, title: loaded.title, statePath: store.place, options: planning.options)
            saved.findings = session.reply.diagnostics + session.placed(findings, sources: input.sources)
            try tell(&saved, of: recorded, findings, input, identity, session)
            // As every command that writes has it.
            if older?.severity == .error { return .refused }
            if findings.errorCount > 0 { return .error }
            // What is declared and lost is pending too, though nothing happens to it by itself.
            return exitCode && (plan.hasActions || plan.lostCount > 0) ? .pending : .done
        }
    }

    /// Saves the plan where that is asked for, and shows it with what was found.
    private func tell(
        _ saved: inout SavedPlan, of recorded: RecordedState?, _ findings: [Diagnostic], _ input: PlanningInput, _ identity: CloudIdentity,
        _ session: Session
    ) throws {
        var findings = findings
        var document: SavedPlan.Document?
        // Markdown shows the digest.
        if out != nil || format.choice == .json || format.choice == .markdown {
            saved.places = input.loaded.savedPlaces(for: saved.plan)
            // Of the state in the file, also where the plan was made by what the cloud showed (P5).
            saved.plan.basis.stateDigest = recorded.map { StateFile.digest(of: $0) }
            if let rotations = saved.plan.rotations {
                saved.plan.basis.reviewedDigest = recorded.map { StateFile.reviewedDigest(of: $0, rotations: rotations.names) }
            }
            if out != nil, saved.plan.basis.endpoint == nil || saved.plan.basis.projectID == nil { throw Failure(.error, .unboundPlan) }
            document = saved.seal()
        }
        var savedAs: String?
        if let out, let document {
            try OutputFile.check(out, isOutside: manifestOptions.files)
            try OutputFile.check(out, isNoneOf: input.sources.map(\.name) + input.store.files)
            // What is certain to fail is not a plan to be carried out.
            if findings.errorCount == 0 {
                try OutputFile.write(document.file, to: out)
                savedAs = out
            } else {
                findings.append(.planNotSaved(out))
            }
        }
        let canApply = !saved.findings.contains(where: \.makesApplyRefuse)
        let printer = PlanPrinter(
            session: session, format: format.choice, next: canApply ? .command(applyCommand) : .refusal, cloud: identity.cloud,
            savedAs: savedAs, maxBytes: format.maxBytes, planCommand: (["snapkeep plan"] + planWords).joined(separator: " "))
        try printer.show(saved, document: document)
        session.report(findings, sources: input.sources)
    }

    /// The options that decide what is planned.
    private var workWords: [String] {
        manifestOptions.words + stateOptions.words(sandbox: cloud.sandbox) + recovery.words + refreshing.words + deletion.words
            + clock.words + part.words
    }

    /// All options that this plan was made with, but for those of its form.
    private var planWords: [String] { workWords + limits.words + cloud.words }

    /// What to type next, with the options that this plan was made with.
    private var applyCommand: String {
        let work = out.map { [$0.quotedForShell] + clock.words } ?? workWords
        // Whose standard input is the manifest, nobody can be asked.
        let approval = manifestOptions.files.contains("-") && out == nil ? ["--auto-approve"] : []
        return (["snapkeep apply"] + work + limits.words + cloud.words + approval).joined(separator: " ")
    }
}
