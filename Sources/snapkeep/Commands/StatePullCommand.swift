import ArgumentParser
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

struct StatePullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Write the state as a file, whichever store it is in: a copy to keep, to look at, or to push elsewhere.",
        discussion: """
            What the journal of a run tells that is under way or was cut off is part of it. It takes no lock and changes nothing in the store. \
            With --kept it writes, as it stands, what 'state push --force' or 'recover' has set aside in etcd; elsewhere that is a file already.

            EXAMPLES:
              snapkeep state pull --out copy.json
              snapkeep state pull | jq '.records | length'
              snapkeep state pull --state prod/snapkeep.state.json --out moved.json
              snapkeep state pull --kept 20261128T174007Z-19 --state etcd://10.0.0.1:2379/snapkeep/prod --out former.json
            """)

    @Option(
        name: .customLong("kept"),
        help: ArgumentHelp("Instead of the state, one that was set aside in etcd, by the name that was told then.", valueName: "name"))
    var kept: String?

    @OptionGroup var newFile: NewFileOptions
    @OptionGroup var manifestOptions: ManifestOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: SandboxStateOption
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    private var file: String? { newFile.file }

    func validate() throws {
        if newFile.out?.isEmpty == true { throw ValidationError("--out takes the name of a file") }
        if let file, file.contains("://") {
            throw ValidationError("--out takes the name of a file: to move a state, pull it into one, then 'snapkeep state push' it there")
        }
        if file == nil, format.isJSON { throw ValidationError("the state itself goes to standard output: add --out, or leave --json out") }
    }

    func run() async throws {
        let words = stateOptions.words(beside: manifestOptions, cloud)
        let session = Session(global, words: words, form: format.form("snapkeep.state.pull"))
        try await session.run {
            let store = try stateOptions.store(for: manifestOptions, sandbox: cloud.sandbox, session)
            try newFile.checkIsNew()
            if let file { try OutputFile.check(file, isNoneOf: store.files) }
            let (bytes, state) = try await contents(of: store, session)
            guard let file else {
                try session.console.write(bytes)
                return .done
            }
            try newFile.write(bytes, to: file)
            session.answerDone(
                Answer(
                    "Wrote \(VisibleText.escaped(file)): "
                        + (state.map { "\(Quantities.count($0.records.count, "snapshot")), serial \($0.header.serial)" }
                            ?? Quantities.count(bytes.count, "byte")) + ".\n"
                ) { document in
                    document.field("state", store.place)
                    document.field("lineage", state?.header.lineage.text)
                    document.field("serial", state?.header.serial)
                    document.field("file", file)
                })
            return .done
        }
    }

    /// What is to be written, and the state that it says; `nil` where it is none that can be read.
    private func contents(of store: any StateStore, _ session: Session) async throws -> ([UInt8], RecordedState?) {
        guard let kept else {
            let recorded = try await Recorded.load(store)
            session.report(recorded.findings)
            return (StateFile.encode(recorded.state), recorded.state)
        }
        guard let bytes = try await store.kept(kept) else { throw Failure(.error, .nothingKept(kept, at: store.place)) }
        do throws(StateFileProblem) { return (bytes, try StateFile.decode(bytes)) } catch {
            session.report([.keptDamaged(StateFault(error, path: store.place, backup: nil))])
            return (bytes, nil)
        }
    }
}

extension Diagnostic {
    fileprivate static func nothingKept(_ name: String, at place: String) -> Diagnostic {
        Diagnostic(
            .error, code: "nothing-kept", "nothing is kept there under the name '\(VisibleText.escaped(name))'", at: .named(place),
            help:
                "give the name as it was told when another state was put in its place; of a state in a file or over HTTP what is kept is a file"
        )
    }

    /// It may have been set aside for just that.
    fileprivate static func keptDamaged(_ fault: StateFault) -> Diagnostic {
        let cause = fault.diagnostic
        return Diagnostic(
            .warning, code: "kept-damaged", "what was kept is no whole state, and is written as it stands: \(cause.message)",
            at: cause.subject,
            help: "read in it what you look for; 'snapkeep state push' takes only a whole state")
    }
}
