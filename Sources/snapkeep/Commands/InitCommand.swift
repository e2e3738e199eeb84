import ArgumentParser
import SnapkeepCore
import SnapkeepRendering

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a commented manifest to start from. An existing file is never touched.",
        discussion: """
            EXAMPLES:
              snapkeep init                      # writes snapshots.yaml
              snapkeep init team/databases.yaml
            """)

    @Argument(help: "The file to write.", completion: Completions.anyFile)
    var file = InputFiles.defaultManifest

    @OptionGroup var format: FormatOptions
    @OptionGroup var global: GlobalOptions

    func run() async throws {
        let session = Session(global, form: format.form("snapkeep.init"))
        try await session.run {
            if file == "-" { throw Failure(.usage, .initNeedsFile) }
            try OutputFile.create(Array(ManifestTemplate.text.utf8), at: file)
            let option = file == InputFiles.defaultManifest ? "" : " -f \(file.quotedForShell)"
            let text = """
                Wrote \(VisibleText.escaped(file)). Put your volumes in, then:
                  snapkeep plan\(option)               what would be done
                  snapkeep apply\(option) --sandbox    try it without a cloud

                """
            session.ended.note(.done, trace: .file(file))
            session.answerDone(
                Answer(text, brief: "Wrote \(VisibleText.escaped(file)).\n") { [file] document in
                    document.field("file", file)
                    document.field("next", ["snapkeep plan\(option)", "snapkeep apply\(option) --sandbox"])
                })
            return .done
        }
    }
}

extension Diagnostic {
    static let initNeedsFile = Diagnostic(
        .error, code: "file-needed", "'snapkeep init' writes a file, not standard output", help: "name a file: 'snapkeep init FILE'")
}
