import Foundation
import Testing

/// Lists without end, pages beyond all measure, and a system that gives too little (P9): a message and exit 1, and nothing is concluded.
@Suite(.serialized) struct BoundTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private static let commands: [[String]] = [
        ["plan", "--refresh"], ["apply", "--refresh", "--auto-approve"], ["status"],
        ["recover", "--auto-approve", "--settle-time", "50ms"], ["generate"],
    ]

    @Test("P9: a list that never ends, or brings nothing new, ends the command with 1 and its remedy", arguments: commands)
    func endless(_ command: [String]) throws {
        for (kind, bound, words) in [("list-endless", "3000", "goes on after 3000 rows"), ("list-circle", "30000", "goes in circles")] {
            let workspace = try Workspace()
            let sandbox = try SandboxProcess(in: workspace, "--fault", "GET detail always \(kind)")
            try workspace.write("snapshots.yaml", manifest(of: 2))
            let outcome = try workspace.run(
                command + ["--max-list-rows", bound] + sandbox.options, environment: sandbox.environment)
            #expect(outcome.status == 1, "\(command) \(outcome.errors)")
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
            if kind == "list-endless" { #expect(outcome.errors.contains("raise the bound with '--max-list-rows N'")) }
            #expect(outcome.errors.contains("help: "))
            #expect(try sandbox.created().isEmpty)
        }
    }

    @Test(
        "P9: one page beyond all measure ends the command with 1",
        arguments: ["list-rows=50000", "list-arrays=3000000", "list-arrays=10000000"])
    func pages(_ kind: String) throws {
        let sandbox = try SandboxProcess(in: workspace, "--fault", "GET detail always \(kind)")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let outcome = try workspace.run(["plan", "--refresh"] + sandbox.options, environment: sandbox.environment)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("one page of the list"), "\(outcome.errors)")
        #expect(outcome.errors.contains("help: check with 'snapkeep doctor \(sandbox.options.joined(separator: " "))'"))
    }

    @Test("P1, P9: a look-up in a list without end leaves the creation open, and the next run ends it")
    func lookUp() throws {
        let sandbox = try SandboxProcess(
            in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots 1 cut-after", "--fault", "GET volume_id 1-3 list-endless")
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms", "--max-list-rows", "3000"] + sandbox.options
        let first = try workspace.run(apply, environment: sandbox.environment)
        #expect(first.status == 3)
        #expect(first.errors.contains("the look-up came to no end"), "\(first.errors)")
        #expect(first.errors.contains("--max-list-rows"))
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 1)
    }

    @Test(
        "P9: too few open files, or too little memory, is said before anything is sent",
        arguments: ["-n 8", "-n 20"] + (Workspace.isSanitized ? [] : ["-v 400000"]))
    func system(_ limits: String) throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        for command in [
            ["apply", "--sandbox", "--auto-approve"], ["sandbox", "--listen", "127.0.0.1:0"], ["plan", "--refresh", "--sandbox"],
        ] {
            let outcome = try workspace.start(command, limits: limits).finish()
            #expect(outcome.status == 1, "\(command) \(outcome.errors)")
            #expect(outcome.errors.contains("help: raise the limit with 'ulimit \(limits.prefix(2))"), "\(outcome.errors)")
        }
        // What needs no network needs no more than before.
        #expect(try workspace.start(["validate"], limits: limits).finish().status == 0)
    }
}
