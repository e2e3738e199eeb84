import ArgumentParser
import SnapkeepRendering

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print a JSON Schema of the manifest, for editors.",
        discussion: """
            EXAMPLES:
              snapkeep schema > snapkeep.schema.json
              # then, as the first line of a manifest:
              # yaml-language-server: $schema=snapkeep.schema.json
            """)

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global)
        try await session.run {
            try session.console.write(ManifestSchema.text)
            return .done
        }
    }
}
