import Glibc
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

    /// Where the manifest says that its state is.
    var stateAddress: StateAddress? { reading.stateAddress(sources) }

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

    /// The manifest, for a command that can do without one; `nil` where there is none, or one with mistakes. Standard input is left to whom it is
    /// for.
    func loadIfReadable() -> (loaded: LoadedManifest, sources: [SourceFile])? {
        guard !files.contains("-"), !files.isEmpty || InputFiles.exists(InputFiles.defaultManifest) else { return nil }
        var options = self
        options.allowEmpty = true
        return (try? options.load()).map { (loaded: $0.0, sources: $0.1) }
    }
}

extension ManifestReading {
    /// Where the manifest says that its state is: a path is one beside the file that says so.
    func stateAddress(_ sources: [SourceFile]) -> StateAddress? {
        guard case .file(let path)? = manifest.state, !path.hasPrefix("/"), let range = stateRange, sources.indices.contains(range.source)
        else { return manifest.state }
        let name = sources[range.source].name
        return .file(name.lastIndex(of: "/").map { name[...$0] + path } ?? path)
    }
}

extension ManifestOptions {
    /// Where the manifest says that its state is, for a command that has no other use for it: other mistakes in it are no matter. Standard input
    /// is left to whom it is for.
    ///
    /// - Throws: `ManifestFailure` where the manifest may say it, and what it says cannot be known.
    func stateAddress() throws -> StateAddress? {
        guard let sources = readableSources, sources.contains(where: \.mayNameState) else { return nil }
        let reading = ManifestReader.read(sources)
        if reading.isStateUnclear {
            throw ManifestFailure(
                sources: sources, diagnostics: reading.diagnostics.filter { $0.severity == .error }, omittedErrors: reading.omittedErrors)
        }
        return reading.stateAddress(sources)
    }
}

extension SourceFile {
    /// Whether the file may have the key `state`, by its letters; they may be escaped, too. Only then it is worth reading.
    fileprivate var mayNameState: Bool {
        bytes.withUnsafeBytes { buffer in
            guard var rest = buffer.baseAddress else { return false }
            if memchr(rest, 0x5C, buffer.count) != nil { return true }
            let (end, word) = (rest + buffer.count, StaticString("state"))
            while let found = memchr(rest, 0x73, end - rest) {
                if end - UnsafeRawPointer(found) >= word.utf8CodeUnitCount, memcmp(found, word.utf8Start, word.utf8CodeUnitCount) == 0 {
                    return true
                }
                rest = UnsafeRawPointer(found) + 1
            }
            return false
        }
    }
}

extension ManifestOptions {
    /// What the manifest calls its volumes, for a command that has no other use for it: mistakes in it, or that it is not there, are no
    /// matter. Standard input is left to whom it is for.
    func volumeAliases() -> [VolumeID: String] {
        readableSources.map { ManifestReader.read($0).manifest.aliases } ?? [:]
    }

    /// The manifest for a command that has no other use for it than one setting; `nil` where there is none that can be read.
    private var readableSources: [SourceFile]? {
        if files.contains("-") || files.isEmpty && !InputFiles.hasDefaultManifest { return nil }
        return try? InputFiles.manifests(files)
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
