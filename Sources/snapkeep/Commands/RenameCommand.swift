import ArgumentParser
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

struct RenameCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Give a recorded snapshot another key; its stamp in the cloud follows.",
        discussion: """
            The key is how the manifest and the state know a snapshot. To change only the name that the cloud shows, give the line a 'key:' and \
            edit 'name:'; apply then renames it in place.

            EXAMPLES:
              snapkeep rename orders-old orders-new --endpoint https://evs.eu-de.otc.t-systems.com/v3 --project-id 0c2eba2c5af04d3f
              snapkeep rename orders-old orders-new --sandbox
            """)

    @Argument(help: "The key as recorded.")
    var old: String

    @Argument(help: "The key as the manifest now says.")
    var new: String

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var lock: LockOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global)
        try await session.run {
            let paths = stateOptions.paths(for: manifestOptions.files)
            let run = currentRun(command: "rename", environment: session.environment)
            let key: SnapshotKey
            do throws(TextProblem) { key = try SnapshotKey(new) } catch { throw Failure(.usage, .badKey(new, error)) }
            return try await withLockedState(paths, run: run, lock: lock, environment: session.environment) { store in
                let state = try await store.requireState()
                let record = try state.requireRecord(old, path: paths.state)
                if key == record.key { throw Failure(.usage, .sameKey(key)) }
                if state.openIntents.contains(where: { $0.key == key || $0.key == record.key }) {
                    throw Failure(.error, .unsettledKey(path: paths.state))
                }
                if let holder = state.record(for: key), holder.id != record.id { throw Failure(.error, .keyInUse(key, path: paths.state)) }
                let identity = try CloudIdentity(
                    options: cloud, environment: session.environment, manifest: nil, state: state.header, statePath: paths.state)
                let connection = try CloudConnection(
                    identity: identity, options: cloud, session: session, statePath: paths.state)
                try await connection.withService { service, endpoint, project in
                    _ = try identity.confirmed(
                        endpoint: endpoint, projectID: project, manifest: nil, state: state.header, statePath: paths.state)
                    // The stamp first: it can be repeated, and a record under the new key with an old stamp would be found under the old one.
                    do throws(ServiceFault) {
                        try await service.mergeMetadata(Metadata([.init(key: Stamp.keyKey, value: key.text)]), into: record.id)
                    } catch {
                        throw Failure(
                            .error,
                            ReportFindings.diagnostic(for: ItemFailure(key: record.key, activity: .update, cause: .service(error)), at: nil)
                        )
                    }
                }
                try await store.change(state, run: run, events: [.renamed(record.id, to: key)])
                try session.console.write(
                    "Renamed \(VisibleText.escaped(record.key.text)) to \(VisibleText.escaped(key.text)) (snapshot \(record.id)).\n")
                return .done
            }
        }
    }
}
