import Foundation
import SnapkeepCore
import SnapkeepState
import Testing

@testable import snapkeep

/// Words typed wrong get the nearest one; words of other tools are taken where nothing else can be meant.
@Suite struct CommandLineTests {
    private let commands = ["init", "validate", "plan", "apply", "status", "import", "forget", "rename", "recover", "history", "state"]
    private let subcommands = ["state": ["list", "show"]]

    private func words(_ text: String) throws -> String {
        try TypedWords(text.split(separator: " ").map(String.init), commands: commands, subcommands: subcommands).words.joined(
            separator: " ")
    }

    private func mistake(_ text: String) -> TypedWords.Mistake? {
        do throws(TypedWords.Mistake) {
            _ = try TypedWords(text.split(separator: " ").map(String.init), commands: commands, subcommands: subcommands)
            return nil
        } catch { return error }
    }

    @Test(
        "What another tool calls it is taken",
        arguments: [
            ("-V", "--version"), ("version", "--version"), ("plan -detailed-exitcode", "plan --exit-code"),
            ("status --os-cloud prod", "status --cloud prod"), ("status --os-cloud=prod", "status --cloud=prod"),
            ("apply -auto-approve", "apply --auto-approve"), ("apply -y", "apply --auto-approve"),
            ("apply snapshots.yaml", "apply -f snapshots.yaml"), ("validate team/a.yml --strict", "validate -f team/a.yml --strict"),
            ("apply next.plan", "apply next.plan"), ("plan -f a.yaml", "plan -f a.yaml"), ("import -- -y", "import -- -y"),
            ("", ""), ("help", "help"), ("help plan", "help plan"), ("--help", "--help"),
            ("apply --lock-timeout 0", "apply --lock-timeout 0"),
        ])
    func taken(_ typed: String, _ expected: String) throws { #expect(try words(typed) == expected) }

    @Test(
        "P9: an unknown command gets the nearest one",
        arguments: [
            ("paln", "did you mean 'snapkeep plan'? "), ("list", "did you mean 'snapkeep status'? "),
            ("refresh", "did you mean 'snapkeep plan --refresh'? "), ("help nosuch", ""), ("frobnicate", ""),
            ("Plan", "did you mean 'snapkeep plan'? "),
        ])
    func unknown(_ typed: String, _ suggestion: String) throws {
        let error = try #require(mistake(typed))
        #expect(error.diagnostic.message.contains("there is no command '\(typed.split(separator: " ").last!)'"))
        #expect(error.diagnostic.help == suggestion + "'snapkeep --help' lists the commands")
    }

    @Test("P9: of an option with one value two are refused, and a time has a unit")
    func values() throws {
        #expect(mistake("plan --cloud a --cloud b") == .twice(option: "--cloud", first: "a", second: "b"))
        #expect(mistake("plan --os-cloud a --cloud=b") == .twice(option: "--cloud", first: "a", second: "b"))
        #expect(try words("plan --cloud a --cloud a") == "plan --cloud a --cloud a")
        let error = try #require(mistake("apply --settle-time 30"))
        #expect(error.diagnostic.help == "write '30s' for seconds or '30m' for minutes")
        #expect(mistake("apply --lock-timeout=5") == .noUnit(option: "--lock-timeout", value: "5"))
    }

    @Test("A saved plan is one by what it holds, whatever its name")
    func savedPlan() throws {
        let words = try TypedWords(["apply", "next.yaml"], commands: commands, isSavedPlan: { $0 == "next.yaml" }).words
        #expect(words == ["apply", "next.yaml"])
        let workspace = try Workspace()
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run("plan", "--sandbox", "--out", "next.yaml").status == 0)
        #expect(try workspace.run("apply", "next.yaml", "--sandbox", "--auto-approve").status == 0)
        #expect(SavedPlan.isSaved(workspace.folder.appending(path: "next.yaml").path))
        #expect(!SavedPlan.isSaved(workspace.folder.appending(path: "snapshots.yaml").path))
        #expect(!SavedPlan.isSaved(workspace.folder.path) && !SavedPlan.isSaved("/nonexistent/plan") && !SavedPlan.isSaved("/dev/zero"))
    }

    @Test("P9: a command below another is looked for among its own")
    func unknownBelow() throws {
        let error = try #require(mistake("state lst"))
        #expect(error.diagnostic.message == "there is no command 'state lst'")
        #expect(error.diagnostic.help == "did you mean 'snapkeep state list'? 'snapkeep state --help' lists the commands")
        #expect(mistake("help state shwo") == .unknownCommand("state shwo", of: "state", nearest: "snapkeep state show"))
        #expect(try words("state list") == "state list")
        #expect(try words("state --help") == "state --help")
    }

    @Test("P9: a number below zero is called that, and not a value that is missing")
    func negative() throws {
        #expect(mistake("plan --parallelism -1") == .negative(option: "--parallelism", value: "-1"))
        #expect(mistake("apply --max-deletes=-3") == .negative(option: "--max-deletes", value: "-3"))
        #expect(try words("plan --out -f") == "plan --out -f")
    }

    @Test("P9: what the argument parser says reads like every other finding")
    func parserWords() throws {
        let finding = EndBeforeTheStart.wrongUse("Unknown option '--frob'. Did you mean '--file'?", ["plan", "--frob"])
        #expect(finding.message == "unknown option '--frob'. Did you mean '--file'?")
        #expect(finding.help == "'snapkeep plan --help' lists what can be given; nothing was done")
        #expect(EndBeforeTheStart.wrongUse("JSON is meant.", []).message == "JSON is meant")
        #expect(
            EndBeforeTheStart.wrongUse("Missing value\u{1B}", ["nosuch"]).help
                == "'snapkeep --help' lists what can be given; nothing was done")
    }

    @Test("P9: what the argument parser says in several lines is one clause; a line end that was typed is made visible")
    func parserLines() throws {
        func words(_ message: String) -> String { EndBeforeTheStart.wrongUse(message, []).message }
        #expect(
            words("The value 'x' is invalid for '--of <of>'. Please provide one of the following:\n  - plan\n  - events")
                == "the value 'x' is invalid for '--of <of>'. Please provide one of the following: plan, events")
        #expect(
            words("Unknown option '-q'\n   or: Missing value for '-x' in '-qx'")
                == "unknown option '-q', or: Missing value for '-x' in '-qx'")
        #expect(words("Unexpected argument 'a\nb'") == "unexpected argument 'a\\nb'")
        let workspace = try Workspace()
        let outcome = try workspace.run("schema", "--of", "x")
        #expect(outcome.status == 64 && outcome.errors.contains("manifest") && !outcome.errors.contains("\\n"), "\(outcome.errors)")
    }

    @Test("P9: what a person sees of it, with exit code 64 and nothing done")
    func shown() throws {
        let workspace = try Workspace()
        try workspace.write("snapshots.yml", manifest(of: 1))
        let cases: [([String], String, Int32)] = [
            (["paln"], "error: there is no command 'paln'\nhelp: did you mean 'snapkeep plan'?", 64),
            (["plan", "--frob"], "error: unknown option '--frob'", 64),
            (["plan", "--state", "s3://bucket/prod"], "no store is known for 's3://'", 64),
            (["plan"], "help: there is 'snapshots.yml': name it with '-f snapshots.yml', or rename it", 1),
            (["validate", "snapshots.yml"], "", 0), (["-V"], "", 0),
        ]
        for (arguments, words, status) in cases {
            let outcome = try workspace.run(arguments)
            #expect(outcome.status == status, "\(arguments) \(outcome.errors)")
            #expect(words.isEmpty || outcome.errors.contains(words), "\(arguments) \(outcome.errors)")
        }
        #expect(try workspace.contents().keys.sorted() == ["snapshots.yml"])
    }
}
