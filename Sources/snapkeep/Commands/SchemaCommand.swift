import ArgumentParser
import SnapkeepRendering

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print a JSON Schema: of the manifest, for editors, or of what programs read from snapkeep.",
        discussion: """
            Draft 2020-12. It says what this version of snapkeep takes or writes, and nothing else: a member that it does not name does not fit.

            EXAMPLES:
              snapkeep schema > snapkeep.schema.json
              # then, as the first line of a manifest:
              # yaml-language-server: $schema=snapkeep.schema.json
              snapkeep schema --of plan > plan.schema.json        # of 'plan --format json', and of what 'plan --out' saves
              snapkeep schema --of events > event.schema.json     # of each line of 'apply --format json'
            """)

    @Option(
        name: .customLong("of"),
        help: ArgumentHelp(
            "manifest, plan, events, status, history, simulation, or diagnostics. Default: manifest.", valueName: "what"))
    var kind: PublishedSchema = .manifest

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global)
        try await session.run {
            try session.console.write(kind.text(program: Snapkeep.version))
            return .done
        }
    }
}

extension PublishedSchema: ExpressibleByArgument {}
