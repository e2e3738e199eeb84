import Foundation
import Testing

/// Deletions that were cut short, and those that the cloud does not carry out (P3, P10).
@Suite(.serialized) struct DeletionTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func run(_ sandbox: SandboxProcess, _ options: String..., failpoint: String? = nil) throws -> Workspace.Outcome {
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = failpoint
        return try workspace.run(["apply", "--auto-approve"] + sandbox.options + options, environment: environment)
    }

    /// Two snapshots, the second of which is then no longer listed.
    private func makeAndUnlist(_ sandbox: SandboxProcess, metadata: String = "") throws {
        let line = "  - name: b\n    volume_id: 5aa119a8-d25b-45a7-8d1b-000000000002\n"
        let listed = "stack: tests\nsnapshots:\n  - name: a\n    volume_id: 5aa119a8-d25b-45a7-8d1b-000000000001\n"
        try workspace.write("snapshots.yaml", listed + line + (metadata.isEmpty ? "" : "    metadata: {\(metadata)}\n"))
        #expect(try run(sandbox).status == 0)
        try workspace.write("snapshots.yaml", listed)
    }

    private func deletions() throws -> Int {
        try workspace.read("cloud.jsonl").split(separator: "\n").count { $0.contains(#""event": "deleted""#) }
    }

    @Test("P3: kill -9 between the decision and the DELETE: the next --prune asks again, and one is enough")
    func asksAgain() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--delete-delay", "10ms")
        try makeAndUnlist(sandbox)
        #expect(try run(sandbox, "--prune", failpoint: "before-delete:1").status == nil)
        #expect(try deletions() == 0)
        let again = try run(sandbox, "--prune")
        #expect(again.status == 0, "\(again.output)\(again.errors)")
        #expect(try deletions() == 1)
        #expect(try StateFile(workspace.read("snapkeep.state.json")).idOfKey.keys.sorted() == ["a"])
    }

    @Test("P3: without --prune nothing is deleted that an earlier run left; it is told, with what to type")
    func toldWithoutPrune() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--delete-delay", "10ms")
        try makeAndUnlist(sandbox)
        #expect(try run(sandbox, "--prune", failpoint: "before-delete:1").status == nil)
        let told = try run(sandbox)
        #expect(told.status == 3)
        #expect(told.errors.contains("an earlier run began to delete 'b' and was cut short: its snapshot is in status available"))
        #expect(told.errors.contains("help: run 'snapkeep apply --prune \(sandbox.options.joined(separator: " "))' to delete it"))
        #expect(!told.errors.contains("the cloud did not"))
        #expect(try deletions() == 0)
        #expect(try run(sandbox, "--prune").status == 0)
        #expect(try deletions() == 1)
    }

    @Test("P3: a DELETE whose answer was lost is found out by the next --prune", arguments: ["after-delete:1"])
    func lostAnswer(_ failpoint: String) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--delete-delay", "10ms")
        try makeAndUnlist(sandbox)
        #expect(try run(sandbox, "--prune", failpoint: failpoint).status == nil)
        #expect(try run(sandbox, "--prune").status == 0)
        #expect(try deletions() == 1)
    }

    @Test("A DELETE that is refused because the snapshot is being deleted is awaited")
    func beingDeleted() throws {
        let sandbox = try SandboxProcess(
            in: workspace, "--create-delay", "10ms", "--delete-delay", "300ms", "--fault", "DELETE snapshots 1 twice")
        try makeAndUnlist(sandbox)
        let outcome = try run(sandbox, "--prune")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(try deletions() == 1)
    }

    @Test(
        "P10: a snapshot that something depends on is told as that, whether the cloud says so at once or keeps it later",
        arguments: [("dependent", "openstack"), ("dependent", "huawei"), ("busy", "openstack")])
    func dependents(_ way: String, _ dialect: String) throws {
        let sandbox = try SandboxProcess(
            in: workspace, "--create-delay", "10ms", "--delete-delay", "10ms", "--dialect", dialect)
        try makeAndUnlist(sandbox, metadata: "sandbox.fail: \(way)")
        let outcome = try run(sandbox, "--prune")
        #expect(outcome.status == 3, "\(outcome.errors)")
        #expect(
            outcome.errors.contains(
                way == "busy"
                    ? "the cloud accepted the deletion of 'b' and kept it: its snapshot is available again"
                    : "the cloud refused to delete 'b': something that was made from its snapshot still needs it"))
        #expect(outcome.errors.contains("delete the volume or clone that was made from it"))
        #expect(try StateFile(workspace.read("snapkeep.state.json")).idOfKey.keys.sorted() == ["a", "b"])
    }
}
