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

    @Argument(help: "The file to write.")
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

/// The manifest that `init` writes. It is valid as it stands, and a test applies it.
enum ManifestTemplate {
    static let text = """
        # The volume snapshots that this team keeps. 'snapkeep plan' shows what is missing, 'snapkeep apply' makes it.
        # 'snapkeep schema > snapkeep.schema.json' writes a JSON Schema; this line points editors at it:
        # yaml-language-server: $schema=snapkeep.schema.json
        version: 1

        # The owner written into the cloud, by which a snapshot is found again. Choose it once; it cannot change later.
        stack: my-team

        # A guard: refuse to run against any other project.
        # project_id: 0c2eba2c5af04d3f9e9d0d410b371fde

        # Names for volumes, so that reviewers read names.
        volumes:
          orders-db: 5aa119a8-d25b-45a7-8d1b-88e127885635
          # billing: {name: billing-data}     # by its name in the cloud; exactly one must bear it

        # Merged into each snapshot below; metadata merges key by key.
        defaults:
          metadata: {team: payments}

        snapshots:
          - name: orders-first
            volume: orders-db                 # or volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
            description: Before the first release
            # key: orders-first               # the identity; give one to be able to change the name in place
            # id: ffa9bc5e-1172-4021-acaf-cdcd78a9584d   # it exists already: adopt it, make nothing
            # force: true                     # for a volume that is attached
            # metadata: {reason: pre-upgrade}
            # timeout: 30m                    # how long to wait until it is available
            # protect: true                   # never delete it

        """
}
