import ArgumentParser
import SnapkeepCore
import SnapkeepManifest

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a manifest; every mistake is reported with its place and a remedy.",
        discussion: """
            EXAMPLES:
              snapkeep validate
              snapkeep validate -f team/ --strict      # warnings count as errors
              generate | snapkeep validate -f -
            """)

    @OptionGroup var manifestOptions: ManifestOptions

    @Flag(name: .customLong("strict"), help: "Treat warnings as errors.")
    var strict = false

    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global)
        try await session.run {
            session.say("reading the manifest")
            let (loaded, sources) = try manifestOptions.load(strict: strict)
            session.report(loaded.warnings, sources: sources)
            let mistakes = loaded.warnings.isEmpty ? ", no mistakes" : ", " + Quantities.count(loaded.warnings.count, "warning")
            try session.console.write(
                "\(loaded.title): \(Quantities.count(loaded.manifest.snapshots.count, "snapshot")) on \(Quantities.count(loaded.reading.volumeCount, "volume"))\(mistakes)\n"
            )
            return .done
        }
    }
}
