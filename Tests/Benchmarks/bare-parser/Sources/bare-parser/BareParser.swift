import ArgumentParser

@main
struct BareParser: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bare-parser", subcommands: [Plan.self])
}

struct Plan: AsyncParsableCommand {
    @Option(name: .shortAndLong) var file: [String] = []
    @Option var state: String?
    @Flag var prune = false

    func run() async throws { print("nothing to do") }
}
