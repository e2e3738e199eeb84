import Foundation
import Testing

/// `state list` and `state show` work from the state alone.
@Suite(.serialized) struct StateCommandTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test("P4: they need no cloud, no manifest and no lock, and write nothing")
    func offline() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 3))
        #expect(try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment).status == 0)
        for name in ["snapshots.yaml", "snapkeep.state.json.lock"] {
            try? FileManager.default.removeItem(at: workspace.folder.appending(path: name))
        }
        let before = try workspace.contents()
        let list = try workspace.run("state", "list")
        #expect(list.status == 0 && list.output.contains("3 recorded · serial 1"), "\(list.output)\(list.errors)")
        let id = try #require(try StateFile(workspace.read("snapkeep.state.json")).idOfKey["snap-001"])
        for key in ["snap-001", id] {
            let show = try workspace.run("state", "show", key)
            #expect(show.status == 0 && show.output.contains("  snapshot  \(id)\n"), "\(show.output)\(show.errors)")
        }
        let json = try workspace.run("state", "show", "snap-001", "--json").output
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect((document["record"] as? [String: Any])?["id"] as? String == id && document["serial"] as? Int == 1)
        #expect(try workspace.contents() == before)
    }

    @Test("P2: what the journal of a run that died tells is shown, as plan shows it, and the files stay as they are")
    func journalReadIn() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 4))
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = "before-checkpoint:1"
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options
        #expect(try workspace.run(apply, environment: environment).status == nil)
        let before = try workspace.contents()
        let list = try workspace.run("state", "list")
        #expect(list.status == 0 && list.output.contains("4 recorded"), "\(list.output)")
        #expect(list.errors.contains("what its journal tells is shown, too"))
        #expect(try workspace.contents() == before)
    }

    @Test("P9: no state, and an unknown key, each say what to type next")
    func nothingThere() throws {
        let none = try workspace.run("state", "list")
        #expect(none.status == 1 && none.errors.contains("run 'snapkeep apply' first"))
        try workspace.write("snapshots.yaml", manifest(of: 2))
        try workspace.run("apply", "--sandbox", "--auto-approve")
        let near = try workspace.run("state", "show", "snap-01", "--sandbox")
        #expect(near.status == 1 && near.errors.contains("did you mean 'snap-001'?") || near.errors.contains("did you mean 'snap-000'?"))
        let far = try workspace.run("forget", "nothing-like-it", "--sandbox")
        #expect(far.errors.contains("'snapkeep state list --state snapkeep.sandbox.json' shows what is recorded"))
        #expect(try workspace.run("state", "list", "--state", "snapkeep.sandbox.json").status == 0)
    }

    @Test("The help shows examples", arguments: ["", "list", "show", "pull", "push"])
    func help(_ command: String) throws {
        let outcome = try workspace.run(["state", command, "--help"].filter { !$0.isEmpty }, environment: ["COLUMNS": "120"])
        #expect(outcome.status == 0 && outcome.output.contains("EXAMPLES:"))
        GoldenScreen.expect(outcome.output, is: "help-state\(command.isEmpty ? "" : "-")\(command).txt")
    }
}
