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

    @OptionGroup var newFile: NewFileOptions
    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    private var file: String? { newFile.file }

    func validate() throws {
        if newFile.out?.isEmpty == true { throw ValidationError("--out takes the name of a file") }
        if file == nil, format.isJSON { throw ValidationError("the state itself goes to standard output: add --out, or leave --json out") }
    }

    func run() async throws {
        let words = stateOptions.words(beside: manifestOptions, cloud)
        let session = Session(global, words: words, form: format.form("snapkeep.state.pull"))
        try await session.run {
            let store = try stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session)
            try newFile.checkIsNew()
            if let file { try OutputFile.check(file, isNoneOf: store.files) }
            let recorded = try await Recorded.load(store)
            let state = recorded.state
            session.report(recorded.findings)
            let bytes = StateFile.encode(state)
            guard let file else {
                try session.console.write(bytes)
                return .done
            }
            try newFile.write(bytes, to: file)
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
