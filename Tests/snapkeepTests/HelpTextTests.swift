import ArgumentParser
import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// Help is laid out like all other text: it keeps to the width, and it never breaks what is there to be copied.
@Suite struct HelpTextTests {
    private static var pages: [(name: String, text: String)] {
        let commands: [any ParsableCommand.Type] =
            [Snapkeep.self] + Snapkeep.configuration.subcommands + StateCommand.configuration.subcommands
            + SandboxCommand.configuration.subcommands
        return commands.map { ($0.configuration.commandName ?? "", Snapkeep.helpMessage(for: $0, columns: HelpText.unbroken)) }
    }

    private static func isCommand(_ line: some StringProtocol) -> Bool {
        let word = line.split(separator: " ").first { !$0.contains("=") }
        return word == "snapkeep" || word == "curl"
    }

    @Test func `no line of a help page is wider than the terminal, except a command that is there to be copied`() {
        #expect(Self.pages.count > 18)
        for (name, text) in Self.pages {
            for width in 40...160 {
                for line in HelpText.filled(text, width: width).split(separator: "\n") where !Self.isCommand(line) {
                    #expect(TextWidth.columns(String(line)) <= width, "\(name) at \(width): \(line)")
                }
            }
        }
    }

    @Test func `a help page has all its words at every width, in their order`() {
        for (name, text) in Self.pages {
            let words = text.split { $0.isWhitespace }
            for width in [24, 40, 60, 80, 200] {
                #expect(HelpText.filled(text, width: width).split { $0.isWhitespace } == words, "\(name) at \(width)")
            }
        }
    }

    @Test func `what an example means hangs beside it, or stands below it where there is no room`() {
        let page = """
            EXAMPLES:
              snapkeep init                # a commented manifest
              snapkeep apply --sandbox     # try it without a cloud

            USAGE: snapkeep plan [--file <file> ...] [--allow-empty] [--state <file>]

            OPTIONS:
              --token-lifetime <time> How long a token is good for.
              --colour, --color <colour>
                                      auto, always or never. NO_COLOR is honoured.
            """
        #expect(
            HelpText.filled(page, width: 58) == """
                EXAMPLES:
                  snapkeep init                # a commented manifest
                  snapkeep apply --sandbox     # try it without a cloud

                USAGE: snapkeep plan [--file <file> ...] [--allow-empty]
                         [--state <file>]

                OPTIONS:
                  --token-lifetime <time> How long a token is good for.
                  --colour, --color <colour>
                                          auto, always or never. NO_COLOR
                                          is honoured.
                """)
        #expect(
            HelpText.filled(page, width: 40) == """
                EXAMPLES:
                  snapkeep init
                      # a commented manifest
                  snapkeep apply --sandbox
                      # try it without a cloud

                USAGE: snapkeep plan [--file <file> ...]
                         [--allow-empty]
                         [--state <file>]

                OPTIONS:
                  --token-lifetime <time>
                      How long a token is good for.
                  --colour, --color <colour>
                      auto, always or never. NO_COLOR is
                      honoured.
                """)
    }

    @Test("What is no help is not laid out: a shell reads its completions as they are", arguments: ["bash", "zsh", "fish"])
    func completions(_ shell: String) throws {
        let workspace = try Workspace()
        let narrow = try workspace.run(["--generate-completion-script", shell], environment: ["COLUMNS": "40"])
        let wide = try workspace.run(["--generate-completion-script", shell], environment: ["COLUMNS": "4000"])
        #expect(narrow.status == 0 && narrow.output == wide.output && narrow.output.split(separator: "\n").contains { $0.count > 80 })
        guard shell == "bash" else { return }
        try workspace.write("completion.bash", narrow.output)
        let checked = try workspace.shell("bash -n completion.bash")
        #expect(checked.status == 0, "\(checked.errors)")
    }

    @Test(
        "P9: an output that takes nothing is told, and what needs no second run is not sent for one",
        arguments: [
            ("--help", 1, "send the output to a disk with room"), ("sandbox --help", 1, "send the output to a disk with room"),
            ("--version", 1, "send the output to a disk with room"), ("init new.yaml", 0, "new.yaml is written"),
        ])
    func fullOutput(_ words: String, _ status: Int32, _ told: String) throws {
        let workspace = try Workspace()
        let outcome = try workspace.shell("exec \"$SNAPKEEP\" \(words) >/dev/full")
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errors.contains("No space left on device"))
        #expect(outcome.errors.contains(told), "\(outcome.errors)")
        #expect(outcome.errors.contains("run it again") == (status == 1))
    }
}
