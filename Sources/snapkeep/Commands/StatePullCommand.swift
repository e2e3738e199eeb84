import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct StatePullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Write the state as a file, whichever store it is in: a copy to keep, to look at, or to push elsewhere.",
        discussion: """
            What the journal of a run tells that is under way or was cut off is part of it. It takes no lock and changes nothing in the store.

            EXAMPLES:
              snapkeep state pull --out copy.json
              snapkeep state pull | jq '.records | length'
              snapkeep state pull --state prod/snapkeep.state.json --out moved.json
            """)

    @Option(
        name: .customLong("out"), help: ArgumentHelp("The file to write. Default: standard output.", valueName: "file"),
        completion: Completions.anyFile)
    var out: String?

    @Flag(name: .customLong("force"), help: "Replace the file when it exists.")
    var force = false

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    /// The file, where it is not standard output.
    private var file: String? { out == "-" ? nil : out }

    func validate() throws {
        if out?.isEmpty == true { throw ValidationError("--out takes the name of a file") }
        if file == nil, format.isJSON { throw ValidationError("the state itself goes to standard output: add --out, or leave --json out") }
    }

    func run() async throws {
        let words = manifestOptions.words + stateOptions.words + cloud.words
        let session = Session(global, words: words, form: format.form("snapkeep.state.pull"))
        try await session.run {
            let store = try stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session)
            if let file {
                if !force, InputFiles.exists(file) {
                    throw Failure(.error, .alreadyThere(file, help: "name another file, or add --force to replace it"))
                }
                try OutputFile.check(file, isNoneOf: store.files)
            }
            let loaded = try await store.load()
            guard let state = loaded.state else { throw Failure(.error, .noState(store.place)) }
            if let run = loaded.interrupted { session.report([.journalReadIn(store.place, run)]) }
            let bytes = StateFile.encode(state)
            guard let file else {
                try session.console.write(bytes)
                return .done
            }
            if force { try OutputFile.write(bytes, to: file) } else { try OutputFile.create(bytes, at: file) }
            session.answerDone(
                Answer(
                    "Wrote \(VisibleText.escaped(file)): \(Quantities.count(state.records.count, "snapshot")), "
                        + "serial \(state.header.serial).\n"
                ) { document in
                    document.field("state", store.place)
                    document.field("lineage", state.header.lineage.text)
                    document.field("serial", state.header.serial)
                    document.field("file", file)
                })
            return .done
        }
    }
}
