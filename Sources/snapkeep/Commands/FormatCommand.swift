import ArgumentParser
import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering

struct FormatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt",
        abstract: "Lay the manifest's files out in the usual form, in place. What they say, their comments and their order stay.",
        discussion: """
            Each file is read before and after, and written only when both say the same. A file with a mistake in its YAML is left as it \
            is; other mistakes are for 'snapkeep validate'.

            EXAMPLES:
              snapkeep fmt                         # snapshots.yaml
              snapkeep fmt -f team/ --check        # exit 2 when a file is not in that form; nothing is written
              snapkeep fmt --diff                  # show what would change; nothing is written
              generate | snapkeep fmt -f -         # from standard input to standard output
            """)

    @Option(
        name: [.customShort("f"), .customLong("file")],
        help: ArgumentHelp(
            "Manifest: a file, a folder (its *.yaml and *.yml), or - for standard input; repeatable. Default: snapshots.yaml.",
            valueName: "file"), completion: Completions.anyFile)
    var files: [String] = []

    @Flag(name: .customLong("check"), help: "Write nothing; exit with 2 when a file would change.")
    var check = false

    @Flag(name: .customLong("diff"), help: "Write nothing; show what would change.")
    var diff = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func validate() throws {
        if files.contains("") { throw ValidationError("--file takes the name of a file or a folder") }
        if files.contains("-"), format.isJSON, !check, !diff {
            throw ValidationError("--json and -f - both ask for standard output: name a file, or add --check or --diff")
        }
    }

    /// One file of the manifest.
    private struct File {
        var source: SourceFile
        var formatted: [UInt8]
        var isChanged: Bool { formatted != source.bytes }
        var isStandardInput: Bool { source.name == "<stdin>" }
    }

    func run() async throws {
        let session = Session(global, form: format.form("snapkeep.fmt"))
        try await session.run {
            let sources = Self.once(try InputFiles.manifests(files))
            let writes = !check && !diff
            if writes { for source in sources where source.name != "<stdin>" { try OutputFile.checkReplaceable(source.name) } }
            let (laid, refused) = lay(sources)
            // All or nothing: a folder that is laid out by half is no help.
            if !refused.isEmpty { throw ManifestFailure(sources: sources, diagnostics: refused) }
            if writes {
                for file in laid where file.isChanged && !file.isStandardInput { try OutputFile.checkHasOneName(file.source.name) }
                try write(laid, session)
            }
            try tell(laid, session)
            return check && laid.contains(where: \.isChanged) ? .pending : .done
        }
    }

    /// A file that was named twice is one file.
    private static func once(_ sources: [SourceFile]) -> [SourceFile] {
        var seen: Set<FileIdentity> = []
        return sources.filter { source in
            guard source.name != "<stdin>", let file = FileIdentity(source.name) else { return true }
            return seen.insert(file).inserted
        }
    }

    private func lay(_ sources: [SourceFile]) -> (files: [File], refused: [Diagnostic]) {
        var (laid, refused): ([File], [Diagnostic]) = ([], [])
        for (number, source) in sources.enumerated() {
            switch ManifestFormatter.format(source, number: number) {
            case .formatted(let bytes): laid.append(File(source: source, formatted: bytes))
            case .refused(let diagnostics): refused += diagnostics
            }
        }
        return (laid, refused)
    }

    private func write(_ laid: [File], _ session: Session) throws {
        for file in laid {
            if file.isStandardInput {
                try session.console.write(file.formatted)
            } else if file.isChanged {
                try OutputFile.replace(file.source, with: file.formatted)
            }
        }
    }

    private func tell(_ laid: [File], _ session: Session) throws {
        let changed = laid.filter(\.isChanged)
        var text = diff ? changed.map { LineDiff.unified($0.source.bytes, $0.formatted, name: $0.source.name) }.joined() : ""
        if !laid.contains(where: \.isStandardInput) || check || diff {
            let verb = check || diff ? "would change" : "formatted"
            if !diff { text += changed.map { "\(VisibleText.escaped($0.source.name)): \(verb)\n" }.joined() }
            if changed.isEmpty { text += "\(Quantities.count(laid.count, "file")) in the usual form already.\n" }
        }
        let shown = text
        let answer = Answer(shown, brief: changed.map { VisibleText.escaped($0.source.name) + "\n" }.joined()) { document in
            document.field("written", !check && !diff)
            document.list("files", laid) { file, object in
                object.field("file", file.source.name)
                object.field("changed", file.isChanged)
                if diff, file.isChanged {
                    object.field("diff", LineDiff.unified(file.source.bytes, file.formatted, name: file.source.name))
                }
            }
        }
        if check || diff { try session.answer(answer) } else { session.answerDone(answer) }
    }
}
