import Foundation
import Testing

/// `--refresh`: what others have changed, what is lost, and what the cloud would refuse.
@Suite(.serialized) struct RefreshTests {
    let workspace: Workspace
    private static let volume = "5aa119a8-d25b-45a7-8d1b-88e127885635"
    private static let other = "9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55"

    init() throws { workspace = try Workspace() }

    private func write(_ lines: String...) throws {
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots:\n" + lines.map { "  - \($0)\n" }.joined())
    }

    private static func line(_ name: String, volume: String = volume, _ more: String = "") -> String {
        "{name: \(name), volume_id: \(volume)\(more)}"
    }

    private func sandbox() throws -> SandboxProcess {
        try SandboxProcess(in: workspace, "--create-delay", "10ms", "--delete-delay", "10ms")
    }

    private func apply(_ sandbox: SandboxProcess, _ more: String...) throws -> Workspace.Outcome {
        try workspace.run(["apply", "--auto-approve"] + sandbox.options + more, environment: sandbox.environment)
    }

    private func plan(_ sandbox: SandboxProcess, _ more: String...) throws -> Workspace.Outcome {
        try workspace.run(["plan", "--refresh", "--exit-code"] + sandbox.options + more, environment: sandbox.environment)
    }

    private func id(_ key: String) throws -> String { try #require(StateFile(workspace.read("snapkeep.state.json")).idOfKey[key]) }

    @Test("P11: what others have changed is shown, brought back in place, and then there is nothing to do")
    func drift() async throws {
        let sandbox = try sandbox()
        try write(Self.line("a", ", description: Daily, metadata: {team: payments, ticket: OPS-17}"), Self.line("b"))
        #expect(try apply(sandbox).status == 0)
        #expect(try plan(sandbox).status == 0)
        let other = OtherClient(of: sandbox)
        try await other.send("PUT", "snapshots/\(id("a"))", ["snapshot": ["name": "x", "description": ""]])
        try await other.send("PUT", "snapshots/\(id("a"))/metadata/team", ["meta": ["team": "search"]])
        try await other.send("DELETE", "snapshots/\(id("a"))/metadata/ticket")
        try await other.send("PUT", "snapshots/\(id("a"))/metadata/backup", ["meta": ["backup": "theirs"]])
        // P4: without --refresh nothing is known of it, and nothing is written either way.
        let before = try workspace.read("snapkeep.state.json")
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
        let shown = try plan(sandbox)
        #expect(shown.status == 2)
        GoldenScreen.expect(shown.output.replacing(sandbox.endpoint, with: "URL"), is: "plan-drift.txt")
        #expect(try workspace.read("snapkeep.state.json") == before)
        let applied = try apply(sandbox, "--refresh")
        #expect(applied.status == 0, "\(applied.errors)")
        #expect(try plan(sandbox).status == 0)
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
        let answer = try await other.send("GET", "snapshots/\(id("a"))")
        let snapshot = try #require(answer["snapshot"] as? [String: Any])
        #expect(snapshot["name"] as? String == "a" && snapshot["description"] as? String == "Daily")
        let metadata = try #require(snapshot["metadata"] as? [String: String])
        #expect(metadata["team"] == "payments" && metadata["ticket"] == "OPS-17" && metadata["backup"] == "theirs")
    }

    @Test("P1, P3: a lost snapshot is told and made anew only with --recreate; then it is made once")
    func lost() async throws {
        let sandbox = try sandbox()
        try write(Self.line("a"), Self.line("b"))
        #expect(try apply(sandbox).status == 0)
        let lost = try id("a")
        try await OtherClient(of: sandbox).delete(lost)
        let shown = try plan(sandbox)
        #expect(shown.status == 2)
        #expect(shown.output.contains("! a"))
        #expect(shown.output.contains("gone from the cloud"))
        let refused = try apply(sandbox, "--refresh")
        #expect(refused.status == 3)
        #expect(refused.errors.contains("1 declared snapshot is lost"))
        #expect(try sandbox.created().count == 2)
        #expect(try id("a") == lost)
        let made = try apply(sandbox, "--refresh", "--recreate")
        #expect(made.status == 0, "\(made.errors)")
        #expect(try sandbox.created().count == 3)
        #expect(try id("a") != lost)
        #expect(try StateFile(workspace.read("snapkeep.state.json")).superseded.isEmpty)
        #expect(try plan(sandbox, "--recreate").status == 0)
    }

    @Test("P5: a saved plan of a refresh does what it shows, and not what has become wrong since")
    func savedPlan() async throws {
        let sandbox = try sandbox()
        try write(Self.line("a"), Self.line("b"))
        #expect(try apply(sandbox).status == 0)
        let lost = try id("a")
        try await OtherClient(of: sandbox).delete(lost)
        try await OtherClient(of: sandbox).send("PUT", "snapshots/\(id("b"))", ["snapshot": ["name": "x"]])
        #expect(try plan(sandbox, "--recreate", "--out", "next.plan").status == 2)
        let applied = try apply(sandbox, "next.plan")
        #expect(applied.status == 0, "\(applied.errors)")
        #expect(try plan(sandbox).status == 0)
        #expect(try sandbox.created().count == 3)
        #expect(try workspace.run(["apply", "next.plan", "--refresh"] + sandbox.options).status == 64)
    }

    @Test("P5: the same drift a second time is mended by a second plan: it is not the plan that was applied")
    func driftComesBack() async throws {
        let sandbox = try sandbox()
        try write(Self.line("a"))
        #expect(try apply(sandbox).status == 0)
        for number in 1...3 {
            try await OtherClient(of: sandbox).send("PUT", "snapshots/\(id("a"))", ["snapshot": ["name": "x"]])
            #expect(try plan(sandbox, "--out", "\(number).plan").status == 2)
            let applied = try apply(sandbox, "\(number).plan")
            #expect(applied.status == 0, "\(applied.errors)")
        }
        #expect(try apply(sandbox, "3.plan").status == 4)
    }

    @Test("P11: a saved plan records what was seen when it was made, also where nothing is to be done about it")
    func savedDrift() async throws {
        let sandbox = try sandbox()
        try write("{name: a, key: k, volume_id: \(Self.volume), metadata: {x: \"1\"}}")
        #expect(try apply(sandbox).status == 0)
        // Another client has made the change that the manifest asks for now.
        try await OtherClient(of: sandbox).send("PUT", "snapshots/\(id("k"))", ["snapshot": ["name": "b"]])
        try await OtherClient(of: sandbox).send("PUT", "snapshots/\(id("k"))/metadata/x", ["meta": ["x": "2"]])
        try write("{name: b, key: k, volume_id: \(Self.volume), metadata: {x: \"2\"}}", Self.line("n"))
        #expect(try plan(sandbox, "--out", "next.plan").output.contains("1 to create · creates 6 GiB · 1 unchanged"))
        #expect(try apply(sandbox, "next.plan").status == 0)
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
        #expect(try plan(sandbox).status == 0)
    }

    @Test("P1: a state that was lost looks like one that never was: the stamps tell, and nothing is made a second time")
    func lostState() throws {
        let sandbox = try sandbox()
        try write(Self.line("a"), Self.line("b"))
        #expect(try apply(sandbox).status == 0)
        #expect(try workspace.run(["plan", "--out", "first.plan"] + sandbox.options).status == 0)
        for name in try workspace.contents().keys where name.hasPrefix("snapkeep.state.json") {
            try FileManager.default.removeItem(at: workspace.folder.appending(path: name))
        }
        try write(Self.line("a"), Self.line("b"), Self.line("c"))
        #expect(try workspace.run(["plan", "--out", "later.plan"] + sandbox.options).status == 0)
        for (refused, status) in [
            (try plan(sandbox), 1), (try apply(sandbox, "--refresh"), 1), (try apply(sandbox), 1), (try apply(sandbox, "later.plan"), 4),
        ] as [(Workspace.Outcome, Int32)] {
            #expect(refused.status == status)
            #expect(refused.errors.contains("with our stamp that the state does not know"), "\(refused.errors)")
            #expect(refused.errors.contains("run 'snapkeep recover --endpoint"))
        }
        let status = try workspace.run(["status"] + sandbox.options, environment: sandbox.environment)
        #expect(status.output.contains("2 not recorded, 1 not made"))
        #expect(try sandbox.created().count == 2)
        #expect(
            try workspace.run(["recover", "--auto-approve", "--settle-time", "50ms"] + sandbox.options, environment: sandbox.environment)
                .status == 0)
        #expect(try apply(sandbox).status == 0)
        #expect(try sandbox.created().count == 3)
    }

    @Test("P2: a stamp that somebody took away is put back by the command that is named; another owner's is theirs to settle")
    func stamps() async throws {
        let sandbox = try sandbox()
        try write(Self.line("a"), Self.line("b"))
        #expect(try apply(sandbox).status == 0)
        let other = OtherClient(of: sandbox)
        try await other.send("PUT", "snapshots/\(id("a"))/metadata", ["metadata": ["theirs": "1"]])
        try await other.send("PUT", "snapshots/\(id("b"))/metadata/snapkeep.owner", ["meta": ["snapkeep.owner": "search"]])
        let shown = try plan(sandbox)
        #expect(shown.errors.contains("run 'snapkeep import a \(try id("a")) --endpoint"))
        #expect(shown.errors.contains("carries the stamp of another owner, 'search'"))
        let put = try workspace.run(["import", "a", id("a")] + sandbox.options, environment: sandbox.environment)
        #expect(put.status == 0 && put.output.contains("its stamp is put back"), "\(put.errors)")
        #expect(!(try plan(sandbox).errors.contains("snapshot of 'a'")))
        // P3: what is another's is not pruned.
        try write(Self.line("a"))
        #expect(try plan(sandbox, "--prune").output.contains("kept: it does not carry our stamp any more"))
    }

    @Test(
        "P3: a read that is cut short proves nothing: nothing counts as gone, and nothing is written",
        arguments: ["GET snapshots 1- 403", "GET snapshots 2- 403"])
    func inconclusive(_ fault: String) async throws {
        var sandbox: SandboxProcess? = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try write(Self.line("a"), Self.line("b"), Self.line("c"))
        let address = try #require(sandbox).endpoint.replacing("http://", with: "").replacing("/v3", with: "")
        #expect(try apply(#require(sandbox)).status == 0)
        let state = try workspace.read("snapkeep.state.json")
        sandbox = nil
        // The same cloud at the same place, out of sorts.
        let limited = try SandboxProcess(in: workspace, "--page-size", "1", "--listen", address, "--fault", fault)
        for command in [["plan", "--refresh"], ["apply", "--refresh", "--recreate", "--auto-approve"]] {
            let outcome = try workspace.run(command + limited.options, environment: limited.environment)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("cannot be read to its end"))
            #expect(outcome.errors.contains("not taken for gone"))
            #expect(try workspace.read("snapkeep.state.json") == state)
        }
    }
}

/// What the cloud would refuse, told at the manifest's line before anything is changed; and `status`.
@Suite(.serialized) struct PreflightTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private static let volumes = """
        - {id: 5aa119a8-d25b-45a7-8d1b-000000000001, name: orders, size: 10, status: in-use}
        - {id: 5aa119a8-d25b-45a7-8d1b-000000000002, name: twin, size: 10}
        - {id: 5aa119a8-d25b-45a7-8d1b-000000000003, name: twin, size: 10}

        """

    @Test("Attached, missing and ambiguous volumes and a used-up quota are errors before the first change; nothing is made")
    func findings() throws {
        try workspace.write("volumes.yaml", Self.volumes)
        let sandbox = try SandboxProcess(in: workspace, "--volumes", "volumes.yaml", "--snapshot-quota", "4", "--gigabytes-quota", "60")
        try workspace.write(
            "snapshots.yaml",
            """
            stack: tests
            volumes:
              twin: {name: twin}
              none: {name: nobody}
            snapshots:
              - name: attached
                volume_id: 5aa119a8-d25b-45a7-8d1b-000000000001
                force: false
              - {name: forced, volume_id: 5aa119a8-d25b-45a7-8d1b-000000000001, force: true}
              - {name: missing, volume_id: 5aa119a8-d25b-45a7-8d1b-000000000009}
              - {name: ambiguous, volume: twin}
              - {name: unknown, volume: none}

            """)
        let shown = try workspace.run(["plan", "--refresh", "--out", "next.plan"] + sandbox.options, environment: sandbox.environment)
        #expect(shown.status == 1)
        #expect(!workspace.exists("next.plan"))
        GoldenScreen.expect(shown.errors, is: "preflight.txt")
        let applied = try workspace.run(
            ["apply", "--refresh", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        #expect(applied.status == 1)
        #expect(applied.errors.contains("attached and 'force' is not set"))
        #expect(try sandbox.created().isEmpty)
        #expect(!workspace.exists("snapkeep.state.json"))
    }

    @Test("More than seven of one volume is a warning that stops nothing, and counts what others have made")
    func crowded() async throws {
        try workspace.write("volumes.yaml", Self.volumes)
        let sandbox = try SandboxProcess(in: workspace, "--volumes", "volumes.yaml")
        let volume = "5aa119a8-d25b-45a7-8d1b-000000000002"
        for number in 0..<7 { _ = try await OtherClient(of: sandbox).create(["volume_id": volume, "name": "theirs-\(number)"]) }
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots:\n  - {name: a, volume_id: \(volume)}\n")
        let applied = try workspace.run(["apply", "--refresh", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        #expect(applied.status == 0, "\(applied.errors)")
        #expect(applied.errors.contains("has 7 snapshots and gets 1 more"))
        let status = try workspace.run(["status", "--exit-code"] + sandbox.options, environment: sandbox.environment)
        #expect(status.status == 0)
        #expect(status.output.contains("1 declared: 1 available"))
    }

    @Test("P4: status changes nothing and writes nothing, with and without a state")
    func status() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let before = try workspace.contents()
        let first = try workspace.run(["status", "--exit-code"] + sandbox.options, environment: sandbox.environment)
        #expect(first.status == 2)
        #expect(first.output.contains("2 declared: 2 not made"))
        #expect(try workspace.contents().filter { $0.key != "cloud.jsonl" } == before.filter { $0.key != "cloud.jsonl" })
        #expect(try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment).status == 0)
        let id = try #require(try StateFile(workspace.read("snapkeep.state.json")).idOfKey["snap-001"])
        try await OtherClient(of: sandbox).delete(id)
        let state = try workspace.read("snapkeep.state.json")
        let second = try workspace.run(["status", "--json", "--exit-code"] + sandbox.options, environment: sandbox.environment)
        #expect(second.status == 2)
        #expect(second.output.contains(#""key":"snap-001","declared":true,"as_declared":false,"status":"lost","loss":"gone""#))
        #expect(try workspace.read("snapkeep.state.json") == state)
    }
}
