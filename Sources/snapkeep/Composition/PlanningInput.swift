import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// What `plan` and `status` begin with: the manifest, what is recorded, and which cloud is meant.
struct PlanningInput {
    let loaded: LoadedManifest
    let sources: [SourceFile]
    let store: any StateStore
    let recorded: RecordedState?
    let binding: CloudBinding

    /// Reads manifest and state, and tells the manifest's warnings.
    ///
    /// - Throws: `Failure`, `ManifestFailure` or `StateFault` for what cannot be read or does not fit together.
    static func load(
        _ manifest: ManifestOptions, _ state: StateOptions, _ cloud: CloudOptions, _ session: Session
    ) async throws -> PlanningInput {
        session.say("reading the manifest and the state")
        let known = try state.known(sandbox: cloud.sandbox, session.environment)
        let usual = try StateStores.store(
            at: known ?? .file(InputFiles.defaultState(for: manifest.files, sandbox: cloud.sandbox)), session)
        // Side by side: each takes about as long as the other. Where the manifest names another state, this one was read in vain.
        async let reading = usual.load()
        let (loaded, sources) = try manifest.load()
        session.report(loaded.warnings, sources: sources)
        let named = known == nil && !cloud.sandbox ? loaded.stateAddress : nil
        let store = try named.map { try StateStores.store(at: $0, session) } ?? usual
        let standing = named == nil ? try await reading : try await store.load()
        session.report(standing.findingsOfOpenRun(store.place))
        let recorded = standing.boundState
        let binding = try CloudBinding(
            cloud, session, .init(manifest: loaded.manifest, state: recorded?.header, store: store),
            volumeNames: loaded.manifest.volumeNames)
        return PlanningInput(loaded: loaded, sources: sources, store: store, recorded: recorded, binding: binding)
    }
}
