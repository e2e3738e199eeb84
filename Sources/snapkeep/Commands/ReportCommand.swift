import ArgumentParser
import Crypto
import FoundationEssentials
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a page for the browser: each volume's snapshots on a line, why they stay or go, drift, the plan, the runs so far.",
        discussion: """
            The page is one file of HTML. It opens from a disk, asks for nothing and runs no script. Where a cloud is named, by an option or \
            by the environment, it is looked at once, as 'status' does; else the page shows what is recorded, and says so. Nothing is \
            changed but the file.

            EXAMPLES:
              snapkeep report --out report.html --cloud production
              snapkeep report --out report.html --recorded          # asks the cloud nothing
              snapkeep report --out public/index.html -q && echo done
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var clock: ClockOptions

    @Flag(name: .customLong("recorded"), help: "Show what is recorded: ask the cloud nothing, whatever cloud is named.")
    var isFromRecorded = false

    @Option(
        name: .customLong("out"),
        help: ArgumentHelp("The file to write; one that exists is replaced. '-' stands for standard output.", valueName: "file"),
        completion: Completions.anyFile)
    var out: String

    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if out.isEmpty { throw ValidationError("--out takes the name of a file") }
        if out == "-", format.isJSON { throw ValidationError("--json and --out - both ask for standard output: name a file") }
    }

    func run() async throws {
        let words = stateOptions.words(beside: manifestOptions, cloud)
        let session = Session(global, words: words, form: format.form("snapkeep.report"))
        try await session.run {
            let input = try await PlanningInput.load(manifestOptions, stateOptions, cloud, session)
            if out != "-" {
                let data = CloudBinding.sandboxData(beside: input.store.sandboxBase)
                try OutputFile.check(out, isOutside: manifestOptions.files)
                try OutputFile.check(out, isNoneOf: input.sources.map(\.name) + input.store.files + [data])
                try OutputFile.checkFolder(of: out)
            }
            await StaleState.warn(input.store, input.recorded, session)
            let seen = try await look(input, session)
            let runs = try await input.store.history(namesSnapshots: false)
            if runs.damagedLines > 0 { session.report([.damagedHistory(input.store.historyPlace, lines: runs.damagedLines)]) }
            session.report(seen.findings, sources: input.sources)
            let page = ReportPage(
                title: input.loaded.title, target: CloudTarget(of: seen.plan, cloud: input.binding.identity.cloud),
                asOf: clock.now?.timestamp ?? SystemTime.now(), origin: seen.origin, manifest: input.loaded.manifest, plan: seen.plan,
                rows: seen.rows, state: seen.state, runs: runs.entries, findings: session.reply.diagnostics, words: words,
                version: Snapkeep.version, leavesCloudAside: isFromRecorded && input.binding.namesCloud)
            session.say("writing the page")
            try tell(page, session)
            return .done
        }
    }

    /// What the page is about.
    private struct Seen {
        var plan: Plan
        var rows: [StatusRow]
        var state: RecordedState?
        var origin: ReportPage.Origin
        var findings: [Diagnostic] = []
    }

    private func look(_ input: PlanningInput, _ session: Session) async throws -> Seen {
        let manifest = input.loaded.manifest
        let planning = Planning(
            manifest: manifest, state: input.recorded, identity: input.binding.identity, options: .init(),
            clock: try input.loaded.clock(at: clock.now, session))
        if isFromRecorded || !input.binding.namesCloud {
            let plan = planning.plan(lineage: nil)
            let findings = plan.ownFindings(state: input.recorded, planning.options, words: session.words) { input.loaded.places() }
            return Seen(
                plan: plan, rows: StatusRow.rows(of: plan, manifest: manifest, state: input.recorded), state: input.recorded,
                origin: .recorded, findings: findings)
        }
        let found = try await Refreshing.find(planning, input.binding, session)
        let rows = StatusRow.rows(
            of: found.plan, manifest: manifest, state: found.refresh.state, orphans: found.refresh.orphans,
            cutRenames: found.refresh.cutRenames)
        return Seen(
            plan: found.plan, rows: rows, state: found.refresh.state, origin: .cloud(SystemTime.now()),
            findings: found.diagnostics(input.loaded.places(), options: session.words))
    }

    private func tell(_ page: ReportPage, _ session: Session) throws {
        let (bytes, summary) = page.rendered(styleDigest: ReportStyle.digest)
        if out == "-" { return try session.console.write(bytes) }
        try OutputFile.write(bytes, to: out, keepsMode: true)
        let words = "Wrote \(VisibleText.escaped(out)): \(summary.words).\n"
        session.answerDone(
            Answer(words) { document in
                document.field("file", out)
                document.field("bytes", bytes.count)
                if case .cloud(let instant) = page.origin { document.field("looked_at", instant.description) }
                document.object("counts") { counts in
                    counts.field("volumes", summary.volumes)
                    counts.field("snapshots", summary.snapshots)
                    counts.field("good", summary.good)
                    counts.field("attention", summary.attention)
                    counts.field("overdue", summary.overdue)
                    counts.field("changed_outside", summary.changed)
                    counts.field("actions", summary.actions)
                    counts.field("errors", summary.errors)
                }
                document.field("last_run_failed", summary.lastRunFailed)
            })
    }
}

extension ReportStyle {
    /// What the page's policy names the style sheet by: the SHA-256 of its text, in base 64.
    static var digest: String { Data(SHA256.hash(data: Array(text.utf8))).base64EncodedString() }
}
