import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct StateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Look at what is recorded, and move it from one store to another. Needs no cloud.",
        discussion: """
            EXAMPLES:
              snapkeep state list                    # what is recorded, by key
              snapkeep state show orders-nightly     # all that is recorded of one key
              snapkeep state pull --out copy.json    # the state as a file
              snapkeep state push copy.json          # a file's state into the store
            """,
        subcommands: [StateListCommand.self, StateShowCommand.self, StatePullCommand.self, StatePushCommand.self])
}

struct StateListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List what is recorded, by key: snapshots, superseded ones, creations that are not settled.",
        discussion: """
            It reads the state and the journal of a run that is under way or was cut off; it takes no lock, asks the cloud nothing and writes \
            nothing. 'snapkeep status' compares with the cloud.

            EXAMPLES:
              snapkeep state list
              snapkeep state list --state prod/snapkeep.state.json
              snapkeep state list --json | jq -r '.records[] | select(.protect) | .key'
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let words = stateOptions.words(beside: manifestOptions, cloud)
        let session = Session(global, words: words, form: format.form("snapkeep.state.list"))
        try await session.run {
            let recorded = try await Recorded.load(stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session))
            let (width, style) = (session.console.lineWidth(.output), session.console.style(.output))
            let aliases = format.isJSON ? [:] : manifestOptions.volumeAliases()
            try session.answer(
                Answer(StateTable.render(recorded.state, path: recorded.path, aliases: aliases, width: width, style: style)) {
                    recorded.write(to: &$0)
                })
            session.report(recorded.findings)
            return .done
        }
    }
}

struct StateShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show all that is recorded of one key.",
        discussion: """
            Of a key that has several snapshots, those that another one has taken the place of are shown, too. It takes no lock, asks the \
            cloud nothing and writes nothing.

            EXAMPLES:
              snapkeep state show orders-nightly
              snapkeep state show 76f39ba1-8672-4699-b04c-c73fa89b75d1     # by the snapshot's id
              snapkeep state show orders-nightly --json | jq -r '.record.id'
            """)

    @Argument(help: "The key as recorded, or the id of its snapshot.", completion: Completions.keys)
    var key: String

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let words = stateOptions.words(beside: manifestOptions, cloud)
        let session = Session(global, words: words, form: format.form("snapkeep.state.show"))
        try await session.run {
            let recorded = try await Recorded.load(stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session))
            let entry = try recorded.state.requireEntry(key, path: recorded.path)
            let width = session.console.lineWidth(.output)
            try session.answer(
                Answer(
                    RecordSheet.render(
                        entry, path: recorded.path, serial: recorded.state.header.serial, width: width,
                        style: session.console.style(.output))
                ) {
                    recorded.writeHead(to: &$0)
                    entry.write(to: &$0)
                })
            session.report(recorded.findings)
            return .done
        }
    }
}

/// What a state says, with the journal beside it, as of now.
struct Recorded: Sendable {
    let path: String
    let state: RecordedState
    /// What is to be told of a run that has not ended.
    let findings: [Diagnostic]

    /// - Throws: `Failure` where there is no state, `StateFault` where it cannot be read.
    static func load(_ store: any StateStore) async throws -> Recorded {
        let loaded = try await store.load()
        guard let state = loaded.state else {
            // Where one is lost, an apply would be refused.
            if let lost = await StaleState.check(store, serial: nil), lost.severity == .error { throw Failure(.error, lost) }
            throw Failure(.error, .noState(store.place))
        }
        return Recorded(path: store.place, state: state, findings: loaded.findingsOfOpenRun(store.place))
    }

    func writeHead(to document: inout JSONDocument) {
        let header = state.header
        document.field("state", path)
        document.field("lineage", header.lineage.text)
        document.field("serial", header.serial)
        document.field("owner", header.owner)
        document.field("endpoint", header.endpoint)
        document.field("project_id", header.projectID.text)
    }

    func write(to document: inout JSONDocument) {
        writeHead(to: &document)
        document.records("records", state.records)
        document.records("superseded", state.superseded)
        document.intents(state.openIntents)
        document.field("forgotten", state.forgotten.map(\.text))
    }
}
