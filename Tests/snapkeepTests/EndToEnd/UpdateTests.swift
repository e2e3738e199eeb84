import Foundation
import Testing

/// What a changed manifest does to what exists: in place where the cloud can, a new one first where it cannot.
@Suite(.serialized) struct UpdateTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func write(_ fields: String) throws {
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots:\n  - key: nightly\n\(fields)")
    }

    private func show(_ sandbox: SandboxProcess, _ id: String) throws -> [String: Any] {
        let lines = try workspace.read("cloud.jsonl").split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
        var merged: [String: Any] = [:]
        for line in lines where line["id"] as? String == id { merged.merge(line) { _, new in new } }
        return merged
    }

    @Test("P3, P11: name, description and metadata change in place, cleared ones too; force, timeout and protect ask nothing of the cloud")
    func inPlace() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let apply = ["apply", "--auto-approve"] + sandbox.options
        try write(
            """
                name: a
                volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
                description: Daily
                metadata: {team: payments, ticket: OPS-17}

            """)
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        let id = try #require(try StateFile(workspace.read("snapkeep.state.json")).idOfKey["nightly"])
        try write(
            """
                name: b
                volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
                metadata: {team: search}
                force: true
                timeout: 1h
                protect: true

            """)
        let plan = try workspace.run(["plan"] + sandbox.options)
        GoldenScreen.expect(plan.output.replacing(sandbox.endpoint, with: "URL"), is: "plan-update-in-place.txt")
        let applied = try workspace.run(apply, environment: sandbox.environment)
        #expect(applied.status == 0, "\(applied.errors)")
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
        #expect(try StateFile(workspace.read("snapkeep.state.json")).idOfKey == ["nightly": id])
        let snapshot = try show(sandbox, id)
        #expect(snapshot["name"] as? String == "b")
        #expect((snapshot["description"] as? String ?? "").isEmpty)
        let metadata = try #require(snapshot["metadata"] as? [String: String])
        #expect(metadata["team"] == "search")
        #expect(metadata["ticket"] == nil)
        #expect(metadata["snapkeep.key"] == "nightly")
        #expect(try sandbox.created().count == 1)
    }

    @Test("P3: another volume means a new snapshot first; the old one is kept, and pruned only when asked")
    func replacement() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let apply = ["apply", "--auto-approve"] + sandbox.options
        try write("    name: a\n    volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635\n")
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        let old = try #require(try StateFile(workspace.read("snapkeep.state.json")).idOfKey["nightly"])
        try write("    name: a\n    volume_id: 9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55\n")
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        let state = try StateFile(workspace.read("snapkeep.state.json"))
        #expect(state.superseded == [old])
        #expect(state.idOfKey["nightly"] != old)
        let plan = try workspace.run(["plan", "--exit-code"] + sandbox.options)
        #expect(plan.status == 0)
        #expect(plan.output.contains("1 kept"))
        #expect(try workspace.run(apply + ["--prune"], environment: sandbox.environment).status == 0)
        #expect(try StateFile(workspace.read("snapkeep.state.json")).superseded.isEmpty)
    }

    @Test("A timed-out wait is not a failure for good: the next run goes on waiting and creates nothing")
    func timeoutResumes() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "3s")
        let apply = ["apply", "--auto-approve"] + sandbox.options
        try write("    name: a\n    volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635\n    timeout: 1s\n")
        let first = try workspace.run(apply, environment: sandbox.environment)
        #expect(first.status == 3, "\(first.errors)")
        let plan = try workspace.run(["plan", "--exit-code"] + sandbox.options)
        #expect(plan.status == 2)
        #expect(plan.output.contains("not created again"))
        try write("    name: a\n    volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635\n    timeout: 1m\n")
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 1)
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
    }

    @Test("P1: lost answers, throttling and broken gateways end in one snapshot for each line")
    func faults() throws {
        let sandbox = try SandboxProcess(
            in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots 2 429=1", "--fault", "POST snapshots 4 cut-after",
            "--fault",
            "POST snapshots 6 cut-before", "--fault", "POST snapshots 8 500-after", "--fault", "POST snapshots 10 500-before", "--fault",
            "POST snapshots 12 wrong-json", "--fault", "POST snapshots 14 html-after", "--fault", "GET snapshots 3 503")
        try workspace.write("snapshots.yaml", manifest(of: 20))
        let outcome = try workspace.run(
            ["apply", "--auto-approve", "--settle-time", "100ms"] + sandbox.options, environment: sandbox.environment)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let created = try sandbox.created()
        #expect(created.count == 20)
        #expect(Set(created.map(\.key)).count == 20)
        let state = try StateFile(workspace.read("snapkeep.state.json"))
        #expect(Set(state.idOfKey.values) == Set(created.map(\.id)))
    }

    @Test("P1: a creation that the server performs after it was given up is found by its stamp and reported, never unseen")
    func lateDuplicate() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "1s", "--fault", "POST snapshots 1 late=1")
        try workspace.write("snapshots.yaml", manifest(of: 4))
        let outcome = try workspace.run(
            ["apply", "--auto-approve", "--settle-time", "100ms"] + sandbox.options, environment: sandbox.environment)
        let created = try sandbox.created()
        #expect(created.count == 5)
        #expect(outcome.status == 3, "\(outcome.output)\(outcome.errors)")
        let state = try StateFile(workspace.read("snapkeep.state.json"))
        #expect(Set(state.idOfKey.values).union(state.superseded) == Set(created.map(\.id)))
    }
}
