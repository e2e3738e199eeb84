import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how each declared snapshot stands in the cloud: present, age, size, drift. Changes nothing.",
        discussion: """
            It reads the project's snapshots once, page by page, and its volumes where a snapshot is missing.

            EXAMPLES:
              snapkeep status --cloud production
              snapkeep status --exit-code         # 2 when anything is not as it is declared, 6 when a rotation is overdue
              snapkeep status --format openmetrics > snapkeep.prom
              snapkeep status --json | jq -r '.snapshots[] | select(.status == "lost") | .key'
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var clock: ClockOptions

    @OptionGroup var format: StatusFormatOptions

    @Flag(name: .customLong("exit-code"), help: "Exit with 2 when anything is not as it is declared, with 6 when a rotation is overdue.")
    var exitCode = false

    @OptionGroup var notify: NotifyOptions

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(
            global, words: stateOptions.words(beside: manifestOptions, cloud), form: format.form,
            notifying: (notify.urls, "status"))
        try await session.run {
            let input = try await PlanningInput.load(manifestOptions, stateOptions, cloud, session)
            await StaleState.warn(input.store, input.recorded, session)
            let loaded = input.loaded
            let words = session.words
            let planning = Planning(
                manifest: loaded.manifest, state: input.recorded, identity: input.binding.identity, options: .init(),
                clock: try loaded.clock(at: clock.now, session))
            let finding = try await Refreshing.find(planning, input.binding, session)
            session.notices.note(finding.plan)
            let rows = StatusRow.rows(
                of: finding.plan, manifest: loaded.manifest, state: finding.refresh.state, orphans: finding.refresh.orphans,
                cutRenames: finding.refresh.cutRenames)
            let planCommand = (["snapkeep plan --refresh"] + words).joined(separator: " ")
            let rotations = finding.plan.rotations
            let (width, style) = (session.console.lineWidth(.output), session.console.style(.output))
            let isMetrics = format.choice == .openmetrics
            try session.answer(
                Answer(
                    isMetrics
                        ? OpenMetrics.render(rows, rotations)
                        : StatusTable.render(rows, rotations, now: SystemTime.now(), width: width, style: style, options: words),
                    brief: isMetrics ? OpenMetrics.render(rows, rotations) : StatusTable.summary(rows) + "\n"
                ) { document in
                    StatusRow.write(rows, to: &document)
                    if let rotations { document.list("rotations", rotations.standings) { $1.members(of: $0) } }
                    if !rows.allSatisfy({ $0.isGood || !$0.isDeclared }) { document.field("next", [planCommand]) }
                })
            let unrecorded = finding.preflight.filter { if case .unrecorded = $0 { true } else { false } }
            session.report(
                finding.stampFindings(loaded.places(), options: words) + unrecorded.map { Diagnostic($0, [:], options: words) },
                sources: input.sources)
            if exitCode, let rotations, rotations.overdueCount > 0 { return .overdue }
            return exitCode && !rows.allSatisfy({ $0.isGood || !$0.isDeclared }) ? .pending : .done
        }
    }
}
