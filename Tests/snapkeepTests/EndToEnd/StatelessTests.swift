import Foundation
import Testing

/// `--recover`: jobs that keep nothing between them but the manifest and the cloud.
@Suite(.serialized) struct StatelessTests {
    private let workspace: Workspace
    private let sandbox: SandboxProcess

    init() throws {
        workspace = try Workspace()
        sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
    }

    /// One job of a pipeline: a fresh checkout, one command.
    private func job(_ command: String..., environment: [String: String] = [:]) throws -> Workspace.Outcome {
        for name in try FileManager.default.contentsOfDirectory(atPath: workspace.folder.path)
        where name.hasPrefix("snapkeep.state.json") { try FileManager.default.removeItem(at: workspace.folder.appending(path: name)) }
        return try workspace.run(
            command + ["--recover"] + sandbox.options, environment: sandbox.environment.merging(environment) { _, new in new })
    }

    @Test("P1: one job after the other, none with a state: each snapshot is made once, and a plan writes nothing")
    func jobs() throws {
        try workspace.write("snapshots.yaml", manifest(of: 4))
        let first = try job("plan", "--exit-code")
        #expect(first.status == 2)
        #expect(first.errors.contains("no snapshot carries the stamp of owner tests: beginning anew"))
        #expect(!workspace.exists("snapkeep.state.json"))
        #expect(try job("apply", "--auto-approve").status == 0)

        try workspace.write("snapshots.yaml", manifest(of: 6))
        let plan = try job("plan", "--format", "json")
        #expect(plan.errors.contains("beginning from the stamps of owner tests, 4 snapshots found"))
        #expect(try job("plan", "--format", "json").output == plan.output)
        #expect(!workspace.exists("snapkeep.state.json"))
        #expect(try job("apply", "--auto-approve").output.contains("Applied: 2 created"))
        #expect(try job("plan", "--exit-code").status == 0)
        #expect(Set(try sandbox.created().map(\.key)).count == 6)
        #expect(try sandbox.created().count == 6)
    }

    @Test(
        "P1: a job that was killed is gone on with by the next, which knows nothing of it", arguments: ["after-answer:3", "after-record:6"])
    func killedJob(_ point: String) throws {
        try workspace.write("snapshots.yaml", manifest(of: 8))
        #expect(try job("apply", "--auto-approve", environment: ["SNAPKEEP_FAILPOINT": point]).status == nil)
        #expect(try job("apply", "--auto-approve").status == 0)
        #expect(try sandbox.created().count == 8)
        #expect(Set(try sandbox.created().map(\.key)).count == 8)
    }

    @Test("P3: what was recovered and is no longer listed is protected: --prune deletes none of it")
    func pruneDeletesNothing() throws {
        try workspace.write("snapshots.yaml", manifest(of: 4))
        #expect(try job("apply", "--auto-approve").status == 0)
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let outcome = try job("apply", "--auto-approve", "--prune")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("'snap-002' and 'snap-003' are not listed in a manifest and are recorded as protected"))
        #expect(try !workspace.read("cloud.jsonl").contains("delet"))
    }

    @Test("P4: where there is a state the flag changes nothing, and plan then opens no connection")
    func withState() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try job("apply", "--auto-approve").status == 0)
        let state = try workspace.read("snapkeep.state.json")
        let offline = try workspace.run("plan", "--recover", "--exit-code")
        #expect(offline.status == 0, "\(offline.errors)")
        #expect(offline.errors.isEmpty)
        let again = try workspace.run(["apply", "--recover", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        #expect(again.status == 0)
        #expect(try workspace.read("snapkeep.state.json") == state)
    }

    @Test("A history that stayed without its state does not stop such a run, whatever the cloud still holds", arguments: [false, true])
    func historyAlone(cloudIsEmpty: Bool) throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try FileManager.default.removeItem(at: workspace.folder.appending(path: "snapkeep.state.json"))
        let other = try SandboxProcess(in: workspace, data: "other.jsonl", "--create-delay", "10ms")
        let cloud = cloudIsEmpty ? other : sandbox
        #expect(try workspace.run(["apply", "--auto-approve"] + cloud.options, environment: cloud.environment).status == 4)
        let outcome = try workspace.run(["apply", "--recover", "--auto-approve"] + cloud.options, environment: cloud.environment)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try workspace.run(["apply", "--auto-approve"] + cloud.options, environment: cloud.environment).status == 0)
        #expect(try cloud.created().count == 2)
    }

    @Test("Without a stack there is no owner to look for; a saved plan needs a state that is kept")
    func refusals() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2).replacing("stack: tests\n", with: ""))
        let stackless = try job("apply", "--auto-approve")
        #expect(stackless.status == 1)
        #expect(stackless.errors.contains("the manifest names no stack"))
        #expect(try sandbox.created().isEmpty)

        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try job("apply", "--auto-approve").status == 0)
        #expect(try job("plan", "--out", "next.plan").status == 64)
        #expect(!workspace.exists("next.plan"))
        #expect(try job("apply", "next.plan").status == 64)
    }

    @Test("P1: a list that cannot be read begins no run")
    func partialList() throws {
        try workspace.write("snapshots.yaml", manifest(of: 4))
        let blind = try SandboxProcess(in: workspace, data: "blind.jsonl", "--page-size", "2", "--fault", "GET snapshots 1- 403")
        let outcome = try workspace.run(["apply", "--recover", "--auto-approve"] + blind.options, environment: blind.environment)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("cannot be read to its end"))
        #expect(!workspace.exists("snapkeep.state.json"))
    }
}
