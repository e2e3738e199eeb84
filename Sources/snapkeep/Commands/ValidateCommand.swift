import ArgumentParser
import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Check a manifest; every mistake is reported with its place and a remedy.",
        discussion: """
            EXAMPLES:
              snapkeep validate
              snapkeep validate -f team/ --strict      # warnings count as errors
              generate | snapkeep validate -f -
              snapkeep validate --diagnostics github                       # annotates the lines of a pull request
              snapkeep validate --diagnostics sarif > snapkeep.sarif       # for code scanning; gitlab for GitLab's code quality
            """)

    @OptionGroup var manifestOptions: ManifestOptions

    @Flag(name: .customLong("strict"), help: "Treat warnings as errors.")
    var strict = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var findings: FindingsOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws { try findings.check(besides: format.given) }

    func run() async throws {
        let session = Session(global, form: format.form("snapkeep.validate"), findings: findings.output(manifestOptions))
        try await session.run {
            session.say("reading the manifest")
            let (loaded, sources): (LoadedManifest, [SourceFile])
            do { (loaded, sources) = try manifestOptions.load(strict: strict) } catch let failure as ManifestFailure {
                session.answer { failure.write(to: &$0) }
                throw failure
            }
            // A zone that this machine does not know would be a mistake at night.
            _ = try loaded.clock(at: nil, session)
            session.report(loaded.warnings, sources: sources)
            try session.answer(Answer(loaded.summary + "\n") { loaded.write(to: &$0) })
            return .done
        }
    }
}

extension LoadedManifest {
    /// `snapshots.yaml: 43 snapshots on 12 volumes and 2 rotations of 5 volumes, no mistakes`.
    fileprivate var summary: String {
        let mistakes = warnings.isEmpty ? "no mistakes" : Quantities.count(warnings.count, "warning")
        let snapshots =
            Quantities.count(manifest.snapshots.count, "snapshot") + " on " + Quantities.count(reading.volumeCount, "volume")
        let found =
            if manifest.rotations.isEmpty { snapshots } else if manifest.snapshots.isEmpty { rotations } else {
                "\(snapshots) and \(rotations)"
            }
        return "\(title): \(found), \(mistakes)"
    }

    /// `2 rotations of 5 volumes`; which volumes a pattern picks only the cloud knows.
    private var rotations: String {
        let matches = manifest.rotations.contains { if case .matching = $0.volumes { true } else { false } }
        let volumes = Quantities.count(reading.rotationVolumeCount, "volume")
        return Quantities.count(manifest.rotations.count, "rotation") + " of "
            + (!matches ? volumes : reading.rotationVolumeCount == 0 ? "the volumes that match" : "\(volumes) and those that match")
    }

    fileprivate func write(to document: inout JSONDocument) {
        document.field("valid", true)
        document.field("files", sources.map(\.name))
        document.object("counts") { counts in
            counts.field("declared", manifest.snapshots.count)
            counts.field("volumes", reading.volumeCount)
            counts.field("rotations", manifest.rotations.count)
            counts.field("rotation_volumes", reading.rotationVolumeCount)
            counts.field("errors", 0)
            counts.field("warnings", warnings.count)
        }
    }
}

extension ManifestFailure {
    /// A manifest with mistakes is a result, too: there is nothing else that `validate` could not do.
    fileprivate func write(to document: inout JSONDocument) {
        document.field("valid", false)
        document.field("files", sources.map(\.name))
        document.object("counts") { counts in
            counts.field("errors", diagnostics.errorCount + omittedErrors)
            counts.field("warnings", diagnostics.warningCount + omittedWarnings)
        }
    }
}
