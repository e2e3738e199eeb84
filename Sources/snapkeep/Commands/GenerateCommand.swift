import ArgumentParser
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write a manifest of the snapshots that a project holds, ready to be adopted. Changes nothing in the cloud.",
        discussion: """
            Left out are snapshots that a state keeps, as their stamps tell (one that 'snapkeep forget' has dropped is listed), those \
            of the cloud's backup service, and those in status error or going away. Each line names its snapshot by 'id:', so that the next \
            apply stamps and records what exists, and makes nothing; 'snapkeep plan' shows it first.

            EXAMPLES:
              snapkeep generate --cloud production --out snapshots.yaml
              snapkeep generate --cloud production --volume orders-db --name 'nightly-*'
              snapkeep generate --cloud production --metadata team=payments > payments.yaml
            """)

    @Option(
        name: .customLong("volume"), help: ArgumentHelp("Only snapshots of this volume; repeatable.", valueName: "id or name"))
    var volumes: [String] = []

    @Option(
        name: .customLong("name"),
        help: ArgumentHelp("Only snapshots of such a name: * stands for any text, ? for one character.", valueName: "pattern"))
    var name: String?

    @Option(
        name: .customLong("metadata"),
        help: ArgumentHelp("Only snapshots with this entry; repeatable, all must be there.", valueName: "key=value"))
    var metadata: [String] = []

    @OptionGroup var newFile: NewFileOptions
    @OptionGroup var stateOptions: StateOptions
    @OptionGroup var cloud: CloudOptions
    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        for text in metadata where !text.contains("=") { throw ValidationError("--metadata takes KEY=VALUE, found '\(text)'") }
    }

    private var file: String? { newFile.file }

    func run() async throws {
        let session = Session(
            global, words: stateOptions.words(sandbox: cloud.sandbox) + cloud.words, form: format.form("snapkeep.generate"))
        try await session.run {
            try newFile.checkIsNew()
            let known = try stateOptions.known(sandbox: cloud.sandbox, session.environment)
            let usual = InputFiles.defaultState(for: file.map { [$0] } ?? [], sandbox: cloud.sandbox)
            let store = try StateStores.store(at: known ?? .file(usual), session)
            if let file { try OutputFile.check(file, isNoneOf: store.files) }
            // What is recorded only tells what to leave out, and of which project the sandbox is: without a state that can be read, stamps tell
            // less.
            let recorded = (try? await store.load())?.state
            let binding = try CloudBinding(
                cloud, session, .init(state: cloud.sandbox ? recorded?.sandboxHeader : nil, store: store))
            let manifest = try await binding.open { cloud in
                try await read(session.reader(of: cloud.service), cloud.projectID, recorded)
            }
            let text = manifest.text(commandWords: words)
            if let file {
                try newFile.write(Array(text.utf8), to: file)
            } else if session.form == .text {
                try session.console.write(text)
            }
            session.answer { document in
                document.field("file", file)
                manifest.write(to: &document)
                document.field("next", manifest.importCommands(words: words) + [planCommand])
                // Only where it is written nowhere else.
                if file == nil { document.field("manifest", text) }
            }
            session.tellAside(hint(manifest))
            return .done
        }
    }

    private func read(_ reader: ProjectReader, _ project: ProjectID, _ state: RecordedState?) async throws -> GeneratedManifest {
        do {
            let known = try await reader.volumes()
            var selection = try selection(among: known)
            selection.records = state.map(SnapshotSelection.Records.init)
            var leftOut = SnapshotSelection.LeftOut.none
            var chosen: [ObservedSnapshot] = []
            var seen: Set<SnapshotID> = []
            try await reader.visitSnapshots { snapshot in
                // Where rows shift between pages one comes twice.
                guard seen.insert(snapshot.id).inserted, selection.takes(snapshot, &leftOut) else { return }
                chosen.append(snapshot)
            }
            if chosen.isEmpty { throw Failure(.error, .nothingToGenerate(leftOut, project: project)) }
            return GeneratedManifest(chosen, volumes: known, project: project, leftOut: leftOut)
        } catch let fault as ServiceFault { throw Failure(.error, .projectUnread(fault, consequence: nil)) }
    }

    private func selection(among known: [ObservedVolume]) throws -> SnapshotSelection {
        var selection = SnapshotSelection(
            name: name.map(GlobPattern.init),
            metadata: metadata.compactMap { text in
                guard let split = text.firstIndex(of: "=") else { return nil }
                return Metadata.Entry(key: String(text[..<split]), value: String(text[text.index(after: split)...]))
            })
        guard !volumes.isEmpty else { return selection }
        var ids: Set<VolumeID> = []
        for text in volumes {
            let named = known.filter { $0.name == text }.map(\.id) + [VolumeID(text)].compactMap { $0 }
            if named.isEmpty {
                throw Failure(.error, .noSuchVolume(text, suggestion: NearMiss.suggestion(for: text, among: known.compactMap(\.name))))
            }
            ids.formUnion(named)
        }
        selection.volumes = ids
        return selection
    }

    /// The options that lead another command to the manifest, the state and the cloud.
    private var words: [String] {
        let files = file.map { $0 == InputFiles.defaultManifest ? [] : ["-f \($0.quotedForShell)"] } ?? []
        return files + stateOptions.words(sandbox: cloud.sandbox) + cloud.words
    }

    private var planCommand: String { (["snapkeep plan --refresh"] + words).joined(separator: " ") }

    /// What was written and what to do with it, for the person in front of the terminal.
    private func hint(_ manifest: GeneratedManifest) -> String {
        var lines = ["\(file.map { "Wrote \(VisibleText.escaped($0))" } ?? "Listed"): \(manifest.summary)."]
        lines += manifest.leftOut.words.map { "Left out: \($0).".leading(to: words) }
        let commands = manifest.importCommands(words: words)
        if commands.count > 3 {
            lines.append("Import those without an 'id:' with the \(commands.count) commands at its end, before the first apply.")
        } else if !commands.isEmpty {
            lines += ["Import those without an 'id:' before the first apply:"] + commands.map { "  " + VisibleText.escaped($0) }
        }
        lines.append("Run `\(VisibleText.escaped(planCommand))` to see what apply would adopt.")
        return lines.map { $0 + "\n" }.joined()
    }
}

extension Diagnostic {
    static func nothingToGenerate(_ leftOut: SnapshotSelection.LeftOut, project: ProjectID) -> Diagnostic {
        Diagnostic(
            .error, code: "nothing-to-generate", "project \(project) holds no snapshot that is asked for and could be adopted",
            notes: leftOut.words.map { Note("left out: \($0)", at: .none) },
            help: "widen '--volume', '--name' and '--metadata', or check the project")
    }

    static func noSuchVolume(_ text: String, suggestion: String?) -> Diagnostic {
        Diagnostic(
            .error, code: "no-such-volume", "no volume of the project is named \(VisibleText.named(text))", at: .named("--volume"),
            help: suggestion.map { "did you mean \(VisibleText.named($0))?" }
                ?? "give the volume's id, or look its name up: 'openstack volume list'")
    }
}
