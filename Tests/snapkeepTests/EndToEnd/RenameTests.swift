import Foundation
import Testing

/// `rename`: the stamp in the cloud is changed first and the record after it, so a kill in between leaves the two apart.
@Suite(.serialized) struct RenameTests {
    let workspace: Workspace
    private static let volume = "5aa119a8-d25b-45a7-8d1b-88e127885635"
    private static let other = "9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55"

    init() throws { workspace = try Workspace() }

    private func write(_ keys: String..., volume: String = volume) throws {
        try workspace.write(
            "snapshots.yaml", "stack: tests\nsnapshots:\n" + keys.map { "  - name: \($0)\n    volume_id: \(volume)\n" }.joined())
    }

    private func run(_ sandbox: SandboxProcess, _ arguments: String..., failpoint: String? = nil) throws -> Workspace.Outcome {
        var environment = sandbox.environment
        if let failpoint { environment["SNAPKEEP_FAILPOINT"] = failpoint }
        return try workspace.run(arguments + sandbox.options, environment: environment)
    }

    /// Records `a` and kills its rename to `b` between the stamp and the record.
    private func cutRename(at point: String = "after-answer", _ options: String...) throws -> SandboxProcess {
        let sandbox = try SandboxProcess(in: workspace, ["--create-delay", "10ms", "--delete-delay", "10ms"] + options)
        try write("a")
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        let killed = try run(sandbox, "rename", "a", "b", failpoint: point)
        try #require(killed.status == nil, "the failpoint was not reached: \(killed.output)\(killed.errors)")
        return sandbox
    }

    private func idOfKey() throws -> [String: String] { try StateFile(workspace.read("snapkeep.state.json")).idOfKey }

    /// Whether all is as the manifest says, and nobody has anything to say about it.
    private func isQuiet(_ sandbox: SandboxProcess) throws -> Bool {
        let plan = try run(sandbox, "plan", "--refresh", "--exit-code")
        return plan.status == 0 && plan.errors.isEmpty
    }

    @Test("P3: rename and forget touch no state of another stack than the manifest's, and one that cannot be read stops neither")
    func otherStack() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try write("a", "b")
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        let before = try workspace.read("snapkeep.state.json")
        try workspace.write("snapshots.yaml", "stack: another\nsnapshots: []\n")
        let attempts = [try run(sandbox, "rename", "a", "c"), try workspace.run("forget", "a")]
        for outcome in attempts {
            #expect(outcome.status == 4 && outcome.errors.contains("the state belongs to stack 'tests'"), "\(outcome.errors)")
        }
        #expect(try workspace.read("snapkeep.state.json") == before)
        try workspace.write("snapshots.yaml", "stack: [\n")
        #expect(try run(sandbox, "rename", "a", "c").status == 0)
        #expect(try workspace.run("forget", "b").status == 0)
        #expect(try idOfKey().keys.sorted() == ["c"])
    }

    @Test(
        "P1, P3: after a rename that was killed, apply under the new key is refused before any change, names the rename, and that ends it",
        arguments: ["after-answer", "after-begin"], [[], ["--prune"], ["--refresh"]])
    func cut(point: String, options: [String]) throws {
        let sandbox = try cutRename(at: point)
        try write("b")
        let command = "snapkeep rename a b \(sandbox.options.joined(separator: " "))"
        let apply = ["apply", "--auto-approve"] + options + sandbox.options
        let refused = try workspace.run(apply, environment: sandbox.environment)
        #expect(refused.status == 4, "\(refused.output)\(refused.errors)")
        #expect(refused.errors.contains("a rename of 'a' to 'b' was cut short") && refused.errors.contains(command), "\(refused.errors)")
        #expect(try sandbox.created().count == 1)
        let ended = try run(sandbox, "rename", "a", "b")
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try idOfKey() == ["b": sandbox.created()[0].id] && sandbox.created().count == 1)
        #expect(try isQuiet(sandbox))
    }

    @Test("P1: it is seen too where the line has moved to another volume meanwhile")
    func otherVolume() throws {
        let sandbox = try cutRename()
        try write("b", volume: Self.other)
        #expect(try run(sandbox, "apply", "--auto-approve").status == 4)
        #expect(try sandbox.created().count == 1)
    }

    @Test("P1, P5: a saved plan is refused as well, and is not used up")
    func savedPlan() throws {
        let sandbox = try cutRename()
        try write("b")
        #expect(try run(sandbox, "plan", "--out", "next.plan").status == 0)
        let refused = try run(sandbox, "apply", "--auto-approve", "next.plan")
        #expect(refused.status == 4 && refused.errors.contains("a rename of 'a' to 'b' was cut short"), "\(refused.errors)")
        #expect(!refused.errors.contains("another copy of the state"))
        #expect(try sandbox.created().count == 1)
        #expect(try run(sandbox, "rename", "a", "b").status == 0)
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        #expect(try isQuiet(sandbox) && sandbox.created().count == 1)
    }

    @Test("P10: plan --refresh and status say that a rename was cut short; nobody else is blamed for it")
    func told() throws {
        let sandbox = try cutRename()
        try write("b")
        let plan = try run(sandbox, "plan", "--refresh")
        #expect(plan.status == 1 && plan.errors.contains("a rename of 'a' to 'b' was cut short"), "\(plan.errors)")
        #expect(!plan.errors.contains("somebody has changed") && !plan.errors.contains("warning"), "\(plan.errors)")
        let status = try run(sandbox, "status")
        #expect(status.output.contains("half renamed") && status.output.contains("snapkeep rename a b"), "\(status.output)")
        #expect(status.errors.contains("a rename of 'a' to 'b' was cut short") && !status.errors.contains("somebody has changed"))
        #expect(try run(sandbox, "status", "--json").output.contains("\"status\":\"half_renamed\""))
    }

    @Test("P1, P11: the way back: where the manifest still lists the old key, import puts its stamp back", arguments: [false, true])
    func back(listsBoth: Bool) throws {
        let sandbox = try cutRename()
        let id = try #require(sandbox.created().first?.id)
        if listsBoth { try write("a", "b") }
        let plan = try run(sandbox, "plan", "--refresh")
        let command = "snapkeep import a \(id) \(sandbox.options.joined(separator: " "))"
        #expect(plan.errors.contains(command) && plan.errors.contains("was cut short"), "\(plan.errors)")
        if listsBoth {
            let refused = try run(sandbox, "apply", "--auto-approve")
            #expect(refused.status == 4 && refused.errors.contains(command), "\(refused.errors)")
        }
        #expect(try run(sandbox, "import", "a", id).status == 0)
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        #expect(try sandbox.created().map(\.key) == (listsBoth ? ["a", "b"] : ["a"]))
        #expect(try isQuiet(sandbox))
    }

    @Test("P1: or another key: the rename that was cut short does not bind")
    func onwards() throws {
        let sandbox = try cutRename()
        try write("c")
        let renamed = try run(sandbox, "rename", "a", "c")
        #expect(renamed.status == 0, "\(renamed.errors)")
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        #expect(try isQuiet(sandbox) && sandbox.created().count == 1)
    }

    @Test("P10: a stamp that the cloud refuses to change is as it was, and so is everything: exit 1")
    func refused() throws {
        let sandbox = try SandboxProcess(in: workspace, ["--create-delay", "10ms", "--fault", "POST /metadata always 403/EVS.5403"])
        try write("a")
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        let before = try workspace.read("snapkeep.state.json")
        let refused = try run(sandbox, "rename", "a", "b")
        #expect(refused.status == 1, "\(refused.errors)")
        #expect(refused.errors.contains("as they were") && !refused.errors.contains("may have either"), "\(refused.errors)")
        #expect(try workspace.read("snapkeep.state.json") == before)
        #expect(try isQuiet(sandbox))
    }

    @Test("P10: rename says what the next plan would do where the manifest still lists the old key, and only there")
    func manifestNotEdited() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try write("a")
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        let renamed = try run(sandbox, "rename", "a", "b")
        #expect(renamed.status == 0)
        #expect(
            renamed.errors.contains(
                "snapshots.yaml:3:11: warning: the manifest still lists 'a': the next plan would create it and keep 'b'"),
            "\(renamed.errors)")
        #expect(renamed.errors.contains("change its key or name there"))
        try write("c")
        #expect(try run(sandbox, "rename", "b", "c").errors.isEmpty)
        try write("c", "d")
        let beside = try run(sandbox, "rename", "c", "d")
        #expect(
            beside.errors.contains(
                "snapshots.yaml:3:11: warning: the manifest lists 'c' beside 'd': the next plan would create 'c' anew"), "\(beside.errors)")
        #expect(beside.errors.contains("help: remove this line, unless you want a second snapshot"))
        try workspace.write("snapshots.yaml", "no manifest")
        #expect(try run(sandbox, "rename", "d", "e").errors.isEmpty)
    }
}
