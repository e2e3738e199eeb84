import ArgumentParser
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take snapshots that were made by hand into the state; each gets our stamp.",
        discussion: """
            From then on apply keeps them as its own. What another state keeps, what the cloud's backup service made, and what \
            is of another volume than the manifest says is refused. It can be repeated: what is recorded is left alone. \
            'snapkeep generate' writes a manifest of what a project holds, each line with the id that apply adopts.

            EXAMPLES:
              snapkeep import orders-nightly ffa9bc5e-1172-4021-acaf-cdcd78a9584d --cloud production
              snapkeep import -f team/ a 6a6c86b5-33f1-4b4c-9a9c-0f2f0d0f8a11 b 1c3e7d5a-2f04-4a1c-8d43-90f6a1b0c2d3

            EXIT CODES:
              0 all are recorded   1 none is   3 some are   4 refused   5 locked by another run   64 wrong use   130 interrupted
            """)

    @Argument(help: ArgumentHelp("The key that the manifest lists, and the id of its snapshot; repeatable.", valueName: "key snapshot-id"))
    var pairs: [String]

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var lock: LockOptions

    @Option(
        name: .customLong("settle-time"),
        help: ArgumentHelp("How long after its request an import that was interrupted may still take effect.", valueName: "time"))
    var settleTime = TimeSpan(.seconds(30))

    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if !pairs.count.isMultiple(of: 2) { throw ValidationError("each KEY needs a SNAPSHOT_ID: import takes pairs") }
    }

    func run() async throws {
        let session = Session(
            global, words: stateOptions.words(beside: manifestOptions, cloud),
            form: format.form("snapkeep.import"))
        try await session.run {
            var requests = try readPairs()
            let read = try readManifest(isNeeded: false)
            let store = try stateOptions.store(for: manifestOptions, loaded: read, sandbox: cloud.sandbox, session)
            let run = currentRun(command: "import", environment: session.environment)
            return try await withLockedState(store, run: run, lock: lock, session: session) { locked in
                let bound = await locked.loaded.boundState?.header
                let loaded = try read ?? readManifest(isNeeded: bound == nil)
                let manifest = loaded?.manifest
                let specs = Dictionary((manifest?.snapshots ?? []).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
                for index in requests.indices { requests[index].spec = specs[requests[index].key] }
                let binding = try CloudBinding(
                    cloud, session, .init(manifest: manifest, state: bound, store: store), volumeNames: requests.volumeNames)
                return try await binding.open(parallelism: 1) { [requests] cloud in
                    var work = ImportRun(
                        requests: requests, manifest: loaded, session: session, locked: locked, run: run, service: cloud.service,
                        policy: ExecutionPolicy(parallelism: 1, settleTime: settleTime.duration),
                        engine: SystemTime.engineEnvironment(failpoints: failpoints(from: session.environment)), planCommand: planCommand)
                    return try await work.carryOut(cloud.identity)
                }
            }
        }
    }

    private func readPairs() throws -> [Adoption.Request] {
        var requests: [Adoption.Request] = []
        for start in stride(from: 0, to: pairs.count, by: 2) {
            let key: SnapshotKey
            do throws(TextProblem) { key = try SnapshotKey(pairs[start]) } catch { throw Failure(.usage, .badKey(pairs[start], error)) }
            guard let id = SnapshotID(pairs[start + 1]) else { throw Failure(.usage, .badSnapshotID(pairs[start + 1], key: key)) }
            if requests.contains(where: { $0.key == key }) { throw Failure(.usage, .givenTwice("key", key.text)) }
            if requests.contains(where: { $0.id == id }) { throw Failure(.usage, .givenTwice("snapshot", id.text)) }
            requests.append(Adoption.Request(key: key, id: id))
        }
        return requests
    }

    /// The manifest tells the owner of a first state and what the keys stand for. With a state it may be missing, and it may be empty.
    private func readManifest(isNeeded: Bool) throws -> LoadedManifest? {
        if !isNeeded, manifestOptions.files.isEmpty, !InputFiles.exists(InputFiles.defaultManifest) { return nil }
        var options = manifestOptions
        options.allowEmpty = true
        return try options.load().0
    }

    private var planCommand: String {
        (["snapkeep plan"] + stateOptions.words(beside: manifestOptions, cloud)).joined(separator: " ")
    }
}

extension [Adoption.Request] {
    /// Volumes that the manifest knows by the cloud's name only.
    fileprivate var volumeNames: Set<String> {
        Set(compactMap { if case .named(_, let name) = $0.spec?.volume { name } else { nil } })
    }
}
