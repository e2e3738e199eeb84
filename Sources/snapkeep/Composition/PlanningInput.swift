import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// What `plan` and `status` begin with: the manifest, what is recorded, and which cloud is meant.
struct PlanningInput {
    let loaded: LoadedManifest
    let sources: [SourceFile]
    let paths: StatePaths
    let recorded: RecordedState?
    let binding: CloudBinding

    /// Reads manifest and state, and tells the manifest's warnings.
    ///
    /// - Throws: `Failure`, `ManifestFailure` or `StateFault` for what cannot be read or does not fit together.
    static func load(
        _ manifest: ManifestOptions, _ state: StateOptions, _ cloud: CloudOptions, _ session: Session
    ) async throws -> PlanningInput {
        session.say("reading the manifest and the state")
        let paths = state.paths(for: manifest.files, sandbox: cloud.sandbox)
        // Side by side: each takes about as long as the other.
        async let reading = recorded(at: paths)
        let (loaded, sources) = try manifest.load()
        session.report(loaded.warnings, sources: sources)
        let recorded = try await reading
        let binding = try CloudBinding(
            cloud, session, .init(manifest: loaded.manifest, state: recorded?.header, statePath: paths.state),
            volumeNames: loaded.manifest.volumeNames)
        return PlanningInput(loaded: loaded, sources: sources, paths: paths, recorded: recorded, binding: binding)
    }

    private static func recorded(at paths: StatePaths) async throws -> RecordedState? { try StateReader.load(paths).boundState }
}
