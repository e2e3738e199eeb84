import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "List the runs that worked on a state: when, who, what.",
        discussion: """
            EXAMPLES:
              snapkeep history
              snapkeep history --state prod/snapkeep.state.json --last 20
              snapkeep history --json | jq -r '.runs[].user'
              snapkeep history --json | jq -r '.runs[].snapshots.created[]?.id'   # what the runs made

            A run that was killed is listed by the next run that changes the state, with what its journal tells.
            A file keeps all runs; etcd and a server keep the newest 500, and no more than half a MiB of them.
            """)

    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption

    @Option(name: .customLong("last"), help: ArgumentHelp("Only the newest so many.", valueName: "n"))
    var last: Int?

    @OptionGroup var format: FormatOptions

    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if let last, last < 1 { throw ValidationError("--last takes 1 or more") }
    }

    func run() async throws {
        let session = Session(
            global, words: stateOptions.words(beside: manifestOptions, cloud),
            form: format.form("snapkeep.history"))
        try await session.run {
            let store = try stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session)
            let history = try await store.history(namesSnapshots: format.isJSON)
            if history.damagedLines > 0 { session.report([.damagedHistory(store.historyPlace, lines: history.damagedLines)]) }
            let entries = last.map { Array(history.entries.suffix($0)) } ?? history.entries
            let table =
                entries.isEmpty
                ? "No run on \(VisibleText.escaped(store.place)) has ended yet.\n"
                : HistoryTable.render(
                    entries.map(HistoryRow.init), width: session.console.lineWidth(.output), style: session.console.style(.output))
            try session.answer(
                Answer(table) { document in
                    document.field("state", store.place)
                    document.list("runs", encoded: entries.map(\.encoded))
                })
            return .done
        }
    }
}

extension Diagnostic {
    static func damagedHistory(_ path: String, lines: Int) -> Diagnostic {
        Diagnostic(
            .warning, code: "damaged-history",
            "\(Quantities.count(lines, "line")) cannot be read and \(lines == 1 ? "is" : "are") left out", at: .named(path),
            help: "the state does not depend on them"
                + (StateAddress.service(at: path) != nil ? "" : "; put an undamaged copy of the file back where there is one"))
    }
}
