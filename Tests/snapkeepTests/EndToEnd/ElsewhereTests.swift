import Foundation
import Testing

/// What was made from another copy of the state, or of a saved plan, is seen before it is made a second time (P1).
@Suite(.serialized) struct ElsewhereTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func sandbox() throws -> SandboxProcess { try SandboxProcess(in: workspace, "--create-delay", "5ms") }

    private func run(_ sandbox: SandboxProcess, _ arguments: String...) throws -> Workspace.Outcome {
        try workspace.run(arguments + sandbox.options, environment: sandbox.environment)
    }

    private func write(_ folder: String, _ names: String...) throws {
        let lines = names.map { "  - {name: \($0), volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635}\n" }
        try workspace.write("\(folder)/snapshots.yaml", "stack: tests\nsnapshots:\n" + lines.joined())
    }

    /// As a second pipeline that checked out what the first has committed.
    private func copy(_ name: String, from folder: String, to other: String) throws {
        try workspace.write("\(other)/\(name)", workspace.read("\(folder)/\(name)"))
    }

    @Test("P1: two pipelines with one committed state: the second sees what the first has made, and makes nothing")
    func committedState() throws {
        let sandbox = try sandbox()
        try write("one", "a")
        #expect(try run(sandbox, "apply", "--auto-approve", "-f", "one/snapshots.yaml").status == 0)
        try write("one", "a", "b")
        try write("two", "a", "b")
        try copy("snapkeep.state.json", from: "one", to: "two")
        #expect(try run(sandbox, "apply", "--auto-approve", "-f", "one/snapshots.yaml").status == 0)
        let second = try run(sandbox, "apply", "--auto-approve", "-f", "two/snapshots.yaml")
        #expect(second.status == 1)
        #expect(second.errors.contains("the cloud has a snapshot of 'b' with our stamp that the state does not know"))
        #expect(second.errors.contains("where another copy of the state is newer, use that one; else run 'snapkeep recover"))
        #expect(try sandbox.created().map(\.key) == ["a", "b"])
        // The way out that the message names.
        #expect(try run(sandbox, "recover", "--auto-approve", "--settle-time", "50ms", "-f", "two/snapshots.yaml").status == 0)
        #expect(try run(sandbox, "apply", "--auto-approve", "-f", "two/snapshots.yaml").status == 0)
        #expect(try sandbox.created().map(\.key) == ["a", "b"])
    }

    @Test("P1, P5: one saved plan carried out from two copies of a folder makes its snapshots once", arguments: [false, true])
    func savedPlanTwice(isFirst: Bool) throws {
        let sandbox = try sandbox()
        try write("one", "a")
        if !isFirst { #expect(try run(sandbox, "apply", "--auto-approve", "-f", "one/snapshots.yaml").status == 0) }
        try write("one", "a", "b")
        #expect(try run(sandbox, "plan", "-f", "one/snapshots.yaml", "--out", "next.plan").status == 0)
        if !isFirst { try copy("snapkeep.state.json", from: "one", to: "two") }
        try write("two", "a", "b")
        #expect(try run(sandbox, "apply", "next.plan", "--auto-approve", "--state", "one/snapkeep.state.json").status == 0)
        let made = try sandbox.created().map(\.key).sorted()
        let second = try run(sandbox, "apply", "next.plan", "--auto-approve", "--state", "two/snapkeep.state.json")
        #expect(second.status == 4)
        #expect(second.errors.contains("the plan was carried out from another copy of the state; nothing was changed now"))
        #expect(made == ["a", "b"])
        #expect(try sandbox.created().map(\.key).sorted() == made)
    }

    @Test("P1: a stack whose state was lost is noticed by a plain apply, also where it is not the first")
    func lostRecord() throws {
        let sandbox = try sandbox()
        try write("one", "a", "b")
        #expect(try run(sandbox, "apply", "--auto-approve", "-f", "one/snapshots.yaml").status == 0)
        try write("two", "a", "c")
        let second = try run(sandbox, "apply", "--auto-approve", "-f", "two/snapshots.yaml")
        #expect(second.status == 1)
        #expect(try sandbox.created().count == 2)
    }

    @Test("P1: 40 snapshots that the state does not know are one finding, which a program gets 40 times")
    func manyStrays() throws {
        let sandbox = try sandbox()
        let names = (1...40).map { "s\($0)" }
        let lines = names.map { "  - {name: \($0), volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635}\n" }
        for folder in ["one", "two"] { try workspace.write("\(folder)/snapshots.yaml", "stack: tests\nsnapshots:\n" + lines.joined()) }
        #expect(try run(sandbox, "apply", "--auto-approve", "-f", "one/snapshots.yaml").status == 0)
        let second = try run(sandbox, "apply", "--auto-approve", "-f", "two/snapshots.yaml")
        #expect(second.status == 1)
        #expect(second.errors.components(separatedBy: "error: the cloud has a snapshot").count == 2, "\(second.errors)")
        #expect(second.errors.contains("'s1' with our stamp that the state does not know; 39 more like it"))
        let plan = try run(sandbox, "plan", "--refresh", "--json", "-f", "two/snapshots.yaml")
        #expect(plan.output.components(separatedBy: "\"code\":\"made-before\"").count == 41, "\(plan.output)")
        #expect(try sandbox.created().count == 40)
    }

    @Test("What was forgotten on purpose is passed over: its key is made anew, with and without --refresh", arguments: [false, true])
    func forgotten(refreshes: Bool) throws {
        let sandbox = try sandbox()
        try write("one", "a")
        let apply = ["apply", "--auto-approve", "-f", "one/snapshots.yaml"] + (refreshes ? ["--refresh"] : []) + sandbox.options
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try workspace.run("forget", "a", "-f", "one/snapshots.yaml").status == 0)
        let again = try workspace.run(apply, environment: sandbox.environment)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try sandbox.created().map(\.key) == ["a", "a"])
        let status = try run(sandbox, "plan", "--refresh", "--exit-code", "-f", "one/snapshots.yaml")
        #expect(status.status == 0, "\(status.output)\(status.errors)")
    }

    @Test("P3: rename leaves a snapshot alone that carries another owner's stamp by now, or none", arguments: [true, false])
    func renameOfAnothers(hasOwner: Bool) async throws {
        let sandbox = try sandbox()
        try write("one", "a")
        #expect(try run(sandbox, "apply", "--auto-approve", "-f", "one/snapshots.yaml").status == 0)
        let id = try #require(sandbox.created().first?.id)
        let other = OtherClient(of: sandbox)
        if hasOwner {
            try await other.send("PUT", "snapshots/\(id)/metadata/snapkeep.owner", ["meta": ["snapkeep.owner": "search-prod"]])
        } else {
            try await other.send("DELETE", "snapshots/\(id)/metadata/snapkeep.owner")
        }
        let before = try workspace.read("one/snapkeep.state.json")
        let renamed = try run(sandbox, "rename", "a", "b", "-f", "one/snapshots.yaml")
        #expect(renamed.status == 1)
        #expect(renamed.errors.contains(hasOwner ? "another owner, 'search-prod'" : "somebody has removed or changed the stamp"))
        #expect(renamed.errors.contains("the state and snapshot \(id) are as they were"))
        #expect(try workspace.read("one/snapkeep.state.json") == before)
        let answer = try await other.send("GET", "snapshots/\(id)")
        let metadata = try #require((answer["snapshot"] as? [String: Any])?["metadata"] as? [String: String])
        #expect(metadata["snapkeep.key"] == "a")
    }

    @Test("P1: what the cloud made too late is told by status, and by the next apply that creates")
    func madeTooLate() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        // The same stamp once more, as a request leaves it that is carried out after all had been given up.
        let stamp = [
            "snapkeep.owner": "tests", "snapkeep.key": "snap-000", "snapkeep.attempt": "00000000-0000-4000-8000-000000000009",
        ]
        _ = try await OtherClient(of: sandbox).create(
            ["name": "snap-000", "volume_id": "5aa119a8-d25b-45a7-8d1b-000000000000", "metadata": stamp])
        let words = "1 snapshot in the cloud carries our stamp and the state does not know it"
        let status = try workspace.run(["status"] + sandbox.options, environment: sandbox.environment)
        #expect(status.errors.contains(words) && status.errors.contains("recover"), "\(status.output)\(status.errors)")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let next = try workspace.run(apply, environment: sandbox.environment)
        #expect(next.status == 0 && next.errors.contains(words), "\(next.output)\(next.errors)")
    }
}
