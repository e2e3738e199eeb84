import ArgumentParser
import Glibc
import SnapkeepCore

@main
struct Snapkeep: AsyncParsableCommand {
    /// What `--version` and the `User-Agent` field say.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "snapkeep",
        abstract: "Keeps the volume snapshots that you have declared.",
        discussion: """
            A manifest lists the snapshots; plan shows what is missing; apply makes it, exactly once, and records it.

            EXAMPLES:
              snapkeep init                # a commented manifest
              snapkeep plan                # what would be done
              snapkeep apply --sandbox     # try it without a cloud
            """,
        version: version,
        subcommands: [
            InitCommand.self, GenerateCommand.self, ValidateCommand.self, PlanCommand.self, ShowCommand.self, ApplyCommand.self,
            StatusCommand.self, ImportCommand.self, ForgetCommand.self, RenameCommand.self, RecoverCommand.self, HistoryCommand.self,
            StateCommand.self, DoctorCommand.self, SchemaCommand.self, SandboxCommand.self,
        ])

    static func main() async {
        // A reader that goes away must not end an apply in the middle.
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow any further (`ulimit -f`) is a full disk, told as one, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        let words = words
        do {
            var command = try parseAsRoot(words)
            if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        } catch {
            WrongUse.answer(error, to: words, on: Console(colour: .auto, environment: .current()))
            exit(withError: error)
        }
    }

    /// What was typed, as the commands know it; the end of the program where it makes no sense.
    private static var words: [String] {
        let typed = Array(CommandLine.arguments.dropFirst())
        do { return try TypedWords(typed, commands: configuration.subcommands.compactMap { $0.configuration.commandName }).words } catch {
            let console = Console(colour: .auto, environment: .current())
            WrongUse.answer(error.diagnostic, to: typed, on: console)
            console.writeError(
                DiagnosticRenderer.render([error.diagnostic], sources: [], style: console.findingStyle))
            Glibc.exit(ExitStatus.usage.rawValue)
        }
    }
}
