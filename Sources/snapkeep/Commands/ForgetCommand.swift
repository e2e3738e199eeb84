import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct ForgetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget",
        abstract: "Drop the record of a snapshot and keep the snapshot. Needs no cloud.",
        discussion: """
            Nothing is done to the snapshot in the cloud; it is nobody's business any more. A key that the manifest still lists is created anew by the \
            next apply.

            EXAMPLES:
              snapkeep forget reports-2025
            """)

    @Argument(
        help: "The key of the recorded snapshot; the id of one that another one has taken the place of.", completion: Completions.keys)
    var key: String

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption
    @OptionGroup var lock: LockOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(
            global, words: stateOptions.words(beside: manifestOptions, cloud),
            form: format.form("snapkeep.forget"))
        try await session.run {
            let store = try stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session)
            let run = currentRun(command: "forget", environment: session.environment)
            return try await withLockedState(store, run: run, lock: lock, session: session) { locked in
                let state = try await locked.requireState()
                try state.header.confirmOwner(manifestOptions.loadIfReadable()?.loaded.manifest, store.place)
                let end = RunEnd(session: session, locked: locked, run: run, serialBefore: state.header.serial)
                if let intent = state.openImport(of: key) {
                    return try await end.record([.abandoned(attempt: intent.attempt)], on: state) { serial in
                        Answer("Forgot the import of \(VisibleText.escaped(intent.key.text)) that was cut short.\n") { document in
                            document.field("key", intent.key.text)
                            document.field("forgotten", "import")
                            document.field("serial", serial)
                        }
                    }
                }
                let record = try state.superseded(key) ?? state.requireRecord(key, path: store.place)
                return try await end.record([.forgotten(record.id)], on: state) { serial in
                    Answer("Forgot \(VisibleText.escaped(record.key.text)): nothing was done to snapshot \(record.id) in the cloud.\n") {
                        document in
                        document.field("key", record.key.text)
                        document.field("id", record.id.text)
                        document.field("forgotten", "record")
                        document.field("serial", serial)
                    }
                }
            }
        }
    }
}

extension RecordedState {
    /// An import of a key that was begun and not ended.
    fileprivate func openImport(of text: String) -> CreationIntent? {
        openIntents.first { $0.adopts != nil && $0.key.text == text && record(for: $0.key) == nil }
    }

    /// Several snapshots that were superseded may share one key: they are known by their ids.
    fileprivate func superseded(_ text: String) -> SnapshotRecord? { superseded.first { $0.id.text == text } }
}
