import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering

/// A manifest that was read without errors, with what later messages need to point at it.
struct LoadedManifest {
    let manifest: Manifest
    let sources: [SourceFile]
    let reading: ManifestReading
    let warnings: [Diagnostic]

    /// What the plan calls the manifest: `snapshots.yaml`, `team/ (3 files)`.
    var title: String {
        switch sources.count {
        case 0: "no file"
        case 1: sources[0].name
        default: "\(sources[0].name) and \(sources.count - 1) more"
        }
    }

    /// Where the manifest lists a key.
    func places() -> [SnapshotKey: SnapshotPlaces] {
        Dictionary(zip(manifest.snapshots.lazy.map(\.key), reading.places), uniquingKeysWith: { first, _ in first })
    }
}

extension ManifestOptions {
    /// Reads and checks the manifest.
    ///
    /// - Parameter codes: findings that are no mistakes to the caller.
    /// - Throws: `Failure` with every mistake.
    func load(strict: Bool = false, without codes: Set<String> = []) throws -> (LoadedManifest, [SourceFile]) {
        let sources = try InputFiles.manifests(files)
        let reading = ManifestReader.read(sources)
        var diagnostics = reading.diagnostics
        diagnostics.removeAll { codes.contains($0.code) }
        if allowEmpty { diagnostics.removeAll { $0.code == ManifestReading.emptyManifestCode } }
        if strict { for index in diagnostics.indices { diagnostics[index].severity = .error } }
        guard diagnostics.errorCount + reading.omittedErrors == 0 else {
            throw ManifestFailure(
                sources: sources, diagnostics: diagnostics, omittedErrors: reading.omittedErrors, omittedWarnings: reading.omittedWarnings)
        }
        return (LoadedManifest(manifest: reading.manifest, sources: sources, reading: reading, warnings: diagnostics), sources)
    }
}

extension ManifestOptions {
    /// What the manifest calls its volumes, for a command that has no other use for it: mistakes in it, or that it is not there, are no
    /// matter. Standard input is left to whom it is for.
    func volumeAliases() -> [VolumeID: String] {
        if files.contains("-") || files.isEmpty && !InputFiles.hasDefaultManifest { return [:] }
        guard let sources = try? InputFiles.manifests(files) else { return [:] }
        return ManifestReader.read(sources).manifest.aliases
    }
}

/// A manifest with mistakes; they need the sources to be shown.
struct ManifestFailure: Error {
    let sources: [SourceFile]
    let diagnostics: [Diagnostic]
    /// Findings beyond those that are shown.
    var omittedErrors = 0
    var omittedWarnings = 0
    var status = ExitStatus.error
}
