import ArgumentParser
import SnapkeepCore
import SnapkeepState

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how each declared snapshot stands in the cloud: present, age, size, drift. Changes nothing.",
        discussion: """
            It reads the project's snapshots once, page by page, and its volumes where a snapshot is missing.

            EXAMPLES:
              snapkeep status --cloud production
              snapkeep status --exit-code         # 2 when anything is not as it is declared
              snapkeep status --json | jq -r 'select(.status == "lost") | .key'
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions

    @Flag(name: .customLong("json"), help: "One JSON object a line.")
    var json = false

    @Flag(name: .customLong("exit-code"), help: "Exit with 2 when anything is not as it is declared.")
    var exitCode = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global)
        try await session.run {
            session.say("reading the manifest")
            let (loaded, sources) = try manifestOptions.load()
            session.report(loaded.warnings, sources: sources)
            let paths = stateOptions.paths(for: manifestOptions.files)
            let recorded = try StateReader.load(paths).boundState
            let identity = try CloudIdentity(
                options: cloud, environment: session.environment, manifest: loaded.manifest, state: recorded?.header,
                statePath: paths.state)
            let planning = Planning(manifest: loaded.manifest, state: recorded, identity: identity, options: .init())
            let finding = try await Refreshing.find(planning, cloud, statePath: paths.state, session)
            let rows = StatusRow.rows(
                of: finding.plan, manifest: loaded.manifest, state: finding.refresh.state, strays: finding.refresh.strays)
            if json {
                try session.console.write(StatusTable.json(rows))
            } else {
                let words = manifestOptions.words + stateOptions.words + cloud.words
                try session.console.write(
                    StatusTable.render(
                        rows, now: SystemTime.now(), style: session.console.style(.output),
                        planCommand: (["snapkeep plan --refresh"] + words).joined(separator: " ")))
            }
            session.report(
                finding.stampFindings(loaded.places(), options: manifestOptions.words + stateOptions.words + cloud.words), sources: sources)
            return exitCode && !rows.allSatisfy({ $0.isGood || !$0.isDeclared }) ? .pending : .done
        }
    }
}
