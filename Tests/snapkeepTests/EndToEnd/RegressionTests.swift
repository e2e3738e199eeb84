import Foundation
import Testing

/// Cases that once broke a promise, each found by someone who tried the program.
@Suite(.serialized) struct RegressionTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test("P1, P5: a plan saved before creations were left open is stale, and makes nothing a second time")
    func savedPlanBeforeOpenCreations() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try workspace.write("snapshots.yaml", manifest(of: 3))
        #expect(try workspace.run(["plan", "--out", "a.plan"] + sandbox.options).status == 0)
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = "after-answer:1"
        #expect(try workspace.run(apply, environment: environment).status == nil)
        let stale = try workspace.run(["apply", "a.plan"] + apply.dropFirst(), environment: sandbox.environment)
        #expect(stale.status == 4, "\(stale.output)\(stale.errors)")
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 3)
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
    }

    @Test(
        "P1, P2: a state older than its history is refused: an apply would make again what it does not know of",
        arguments: ["backup", "removed"])
    func olderState(_ way: String) throws {
        try workspace.write("snapshots.yaml", manifest(of: 3))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        if way == "backup" {
            try workspace.write("snapkeep.sandbox.json", workspace.read("snapkeep.sandbox.json.backup"))
        } else {
            try FileManager.default.removeItem(at: workspace.folder.appending(path: "snapkeep.sandbox.json"))
        }
        let refused = try workspace.run("apply", "--sandbox", "--auto-approve")
        #expect(refused.status == 4)
        #expect(refused.errors.contains("serial 1"))
        #expect(try workspace.run("plan", "--sandbox").errors.contains("a second time"))
    }

    @Test("A first apply with wrong settings binds the state to nothing")
    func wrongSettingsBindNothing() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let wrong = try workspace.run(
            ["apply", "--auto-approve", "--endpoint", sandbox.endpoint, "--project-id", "another"], environment: sandbox.environment)
        #expect(wrong.status == 1, "\(wrong.errors)")
        let right = try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        #expect(right.status == 0, "\(right.errors)")
    }

    @Test("An endpoint that is no block-storage API ends the run once, with a remedy")
    func noSuchService() throws {
        let sandbox = try SandboxProcess(in: workspace)
        try workspace.write("snapshots.yaml", manifest(of: 5))
        let endpoint = sandbox.endpoint.replacing("/v3", with: "/elsewhere/v3")
        let outcome = try workspace.run(
            ["apply", "--auto-approve", "--endpoint", endpoint, "--project-id", SandboxProcess.projectID], environment: sandbox.environment)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("--endpoint"))
        #expect(!outcome.errors.contains("failed snap-004"))
    }

    @Test("--json is one event a line; the first tells the plan, the last is the report")
    func jsonLines() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let outcome = try workspace.run("apply", "--sandbox", "--auto-approve", "--json")
        let events = try outcome.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])["event"] as? String
        }
        #expect(events.first == "planned")
        #expect(events.last == "report")
        #expect(events.count { $0 == "finished" } == 2)
        let idle = try workspace.run("apply", "--sandbox", "--auto-approve", "--json")
        #expect(idle.output.split(separator: "\n").count == 2)
    }

    @Test("plan --out refuses the run's own files")
    func outIsNoInput() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        try workspace.run("apply", "--sandbox", "--auto-approve")
        let before = try workspace.contents()
        for name in ["snapshots.yaml", "./snapshots.yaml", "snapkeep.sandbox.json", "snapkeep.sandbox.json.journal"] {
            #expect(try workspace.run("plan", "--sandbox", "--out", name).status == 64)
        }
        #expect(try workspace.contents() == before)
    }

    @Test("P1, P5: a saved plan knows the state that it was made from")
    func savedPlanKnowsItsState() throws {
        try workspace.write("team/a.yaml", manifest(of: 2))
        #expect(try workspace.run("plan", "-f", "team", "--sandbox", "--out", "a.plan").status == 0)
        #expect(try workspace.run("apply", "a.plan", "--sandbox", "--auto-approve").status == 0)
        #expect(!workspace.exists("snapkeep.sandbox.json"))
        #expect(try workspace.run("plan", "-f", "team", "--sandbox", "--exit-code").status == 0)
    }

    @Test("P3: protection holds even when the rest of its change fails")
    func protectionComesFirst() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST metadata always 403/EVS.5403")
        let apply = ["apply", "--auto-approve"] + sandbox.options
        let line = "stack: tests\nsnapshots:\n  - name: a\n    volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635\n"
        try workspace.write("snapshots.yaml", line)
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try workspace.write("snapshots.yaml", line + "    protect: true\n    metadata: {team: search}\n")
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 3)
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots: []\n")
        #expect(try workspace.run(apply + ["--prune", "--allow-empty"], environment: sandbox.environment).status == 0)
        #expect(try StateFile(workspace.read("snapkeep.state.json")).idOfKey.count == 1)
    }

    @Test("P2: rename waits until an interrupted creation under either key is settled")
    func renameIntoDoubt() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try workspace.write("snapshots.yaml", manifest(of: 2))
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = "after-answer:1"
        #expect(try workspace.run(apply, environment: environment).status == nil)
        let rename = ["rename", "snap-000", "snap-001"] + sandbox.options
        #expect(try workspace.run(rename, environment: sandbox.environment).status == 1)
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 2)
    }

    @Test("P9: a serial at the end of all numbers is refused before anything is made")
    func hugeSerial() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        try workspace.run("apply", "--sandbox", "--auto-approve")
        let state = try workspace.read("snapkeep.sandbox.json")
        try workspace.write("snapkeep.sandbox.json", state.replacing("\"serial\":1", with: "\"serial\":\(Int.max)"))
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 1)
        #expect(try workspace.run("plan", "--sandbox").status == 1)
    }
}
