import ArgumentParser
import Glibc
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

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
        groupedSubcommands: [
            CommandGroup(name: "Start", subcommands: [InitCommand.self, DoctorCommand.self]),
            CommandGroup(
                name: "Day to day",
                subcommands: [
                    ValidateCommand.self, FormatCommand.self, PlanCommand.self, ShowCommand.self, ApplyCommand.self, StatusCommand.self,
                    ReportCommand.self, HistoryCommand.self, SimulateCommand.self,
                ]),
            CommandGroup(name: "Take over", subcommands: [GenerateCommand.self, ImportCommand.self]),
            CommandGroup(name: "Repair", subcommands: [RecoverCommand.self, RenameCommand.self, ForgetCommand.self, UnlockCommand.self]),
            CommandGroup(name: "Tools", subcommands: [StateCommand.self, SchemaCommand.self, SandboxCommand.self]),
        ])

    /// The names of the commands below one.
    static func names(of configuration: CommandConfiguration) -> [String] {
        configuration.subcommands.compactMap { $0.configuration.commandName }
    }

    static func main() async {
        // A reader that goes away must not end an apply in the middle.
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow any further (`ulimit -f`) is a full disk, told as one, not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
        let typed = Array(CommandLine.arguments.dropFirst())
        do throws(TypedWords.Mistake) {
            let words = try TypedWords(
                typed, commands: names(of: configuration), subcommands: ["state": names(of: StateCommand.configuration)],
                isSavedPlan: SavedPlan.isSaved
            ).words
            do {
                var command = try parseAsRoot(words)
                if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
            } catch {
                if let status = EndBeforeTheStart(words: words, typed: typed).end(by: error) { Glibc.exit(status.rawValue) }
                exit(withError: error)
            }
        } catch {
            Glibc.exit(EndBeforeTheStart(words: typed).refuse(error.diagnostic).rawValue)
        }
    }
}
