import Foundation
import SnapkeepEngine
import Testing

/// Taking over what was made by hand: `generate` and `import` against a sandbox that another client filled.
@Suite(.serialized) struct TakeoverTests {
    let workspace: Workspace
    private static let volume = "5aa119a8-d25b-45a7-8d1b-88e127885635"
    /// Of a stamp that somebody else has set.
    private static let attempt = "3f6c0f0e-7d54-4a55-9d0e-2b8f6a1c9e47"

    init() throws { workspace = try Workspace() }

    /// Makes a snapshot as another client of the cloud would.
    @discardableResult
    private func make(
        _ sandbox: SandboxProcess, _ name: String, volume: String = TakeoverTests.volume, description: String? = nil,
        metadata: [String: String] = [:]
    ) async throws -> String {
        let made = try await OtherClient(of: sandbox).send(
            "POST", "snapshots",
            [
                "snapshot": [
                    "volume_id": volume, "name": name, "description": description ?? NSNull(), "force": true, "metadata": metadata,
                ] as [String: Any]
            ])
        return try #require((made["snapshot"] as? [String: Any])?["id"] as? String)
    }

    @Test("P1, P11: generate, apply, plan: nothing to do, and nothing was made")
    func takesOverEverything() async throws {
        try workspace.write(
            "volumes.yaml",
            """
            - {id: 5aa119a8-d25b-45a7-8d1b-88e127885635, name: orders-db}
            - {id: 9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55, name: "- a: \\"b\\" # c"}
            - {id: 1f0c2b11-0000-4000-8000-000000000001, name: same}
            - {id: 1f0c2b11-0000-4000-8000-000000000002, name: same}

            """)
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--volumes", "volumes.yaml", "--page-size", "5")
        let names = [
            "orders", "orders", "it's \"quoted\"", "- list", "# comment", "a: b", "{x}", "-rf", "$(touch hurt)", "📸 数据", "no", "001", "~",
            "<<",
            "\u{202E}turned", String(repeating: "📸", count: 63),
        ]
        let volumes = [
            Self.volume, "9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55", "1f0c2b11-0000-4000-8000-000000000001",
            "1f0c2b11-0000-4000-8000-000000000002",
        ]
        for (index, name) in names.enumerated() {
            try await make(
                sandbox, name, volume: volumes[index % 4], description: index.isMultiple(of: 3) ? nil : "made by 'hand': \(index) # \\",
                metadata: index.isMultiple(of: 2) ? ["team": "payments", "note": "a: \"b\" # c"] : [:])
        }
        try await make(sandbox, "autobk_snapshot_1")
        try await make(sandbox, "kept", metadata: ["snapkeep.owner": "other", "snapkeep.key": "k", "snapkeep.attempt": Self.attempt])

        let generated = try workspace.run(["generate", "--out", "snapshots.yaml"] + sandbox.options, environment: sandbox.environment)
        #expect(generated.status == 0, "\(generated.errors)")
        #expect(generated.errors.contains("16 snapshots of 4 volumes") && generated.errors.contains("1 with a snapkeep stamp"))
        #expect(try workspace.run("validate", "--strict").status == 0)
        let text = try workspace.read("snapshots.yaml")
        #expect(text.split(separator: "\n").count { $0.hasPrefix("    id: ") } == 16 && !text.contains("snapkeep import"))
        let next = try workspace.run(["plan", "--refresh", "--exit-code"] + sandbox.options, environment: sandbox.environment)
        #expect(next.status == 2 && next.output.contains("Plan: 16 to adopt\n") && next.errors.isEmpty, "\(next.output)\(next.errors)")
        let adopted = try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        #expect(adopted.status == 0 && adopted.output.contains("Applied: 16 adopted in "), "\(adopted.output)\(adopted.errors)")
        let plan = try workspace.run(["plan", "--exit-code"] + sandbox.options)
        #expect(plan.status == 0, "\(plan.output)")
        let refreshed = try workspace.run(["plan", "--exit-code", "--refresh"] + sandbox.options, environment: sandbox.environment)
        #expect(refreshed.status == 0, "\(refreshed.output)\(refreshed.errors)")
        let applied = try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        #expect(applied.status == 0, "\(applied.errors)")
        #expect(try sandbox.created().count == 18)
        // Once imported they carry our stamp, so there is nothing left to generate.
        #expect(try workspace.run(["generate"] + sandbox.options, environment: sandbox.environment).status == 1)
    }

    @Test("generate writes to stdout or to a file, replaces none unasked, and takes only what is asked for")
    func generates() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let nothing = try workspace.run(["generate"] + sandbox.options, environment: sandbox.environment)
        #expect(nothing.status == 1 && nothing.output.isEmpty)
        try await make(sandbox, "nightly-1", metadata: ["team": "payments"])
        try await make(sandbox, "nightly-2", volume: "9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55")
        try await make(sandbox, "other")
        func listed(_ arguments: String...) throws -> Int {
            let outcome = try workspace.run(["generate"] + arguments + sandbox.options, environment: sandbox.environment)
            return outcome.output.split(separator: "\n").count { $0.hasPrefix("  - key: ") }
        }
        #expect(try listed() == 3)
        #expect(try listed("--name", "nightly-*") == 2)
        #expect(try listed("--volume", Self.volume) == 2)
        #expect(try listed("--name", "nightly-?", "--metadata", "team=payments") == 1)
        #expect(try workspace.run(["generate", "--volume", "nope"] + sandbox.options, environment: sandbox.environment).status == 1)
        #expect(try workspace.run("generate", "--metadata", "team").status == 64)
        try workspace.write("mine.yaml", "mine\n")
        let out = ["generate", "--out", "mine.yaml"] + sandbox.options
        let kept = try workspace.run(out, environment: sandbox.environment)
        #expect(kept.status == 1 && kept.errors.contains("--force"))
        #expect(try workspace.read("mine.yaml") == "mine\n")
        #expect(try workspace.run(out + ["--force"], environment: sandbox.environment).status == 0)
        #expect(try workspace.run("validate", "-f", "mine.yaml").status == 0)
        let hint = try workspace.run(out + ["--force"], environment: sandbox.environment).errors
        #expect(hint.contains("`snapkeep plan --refresh -f mine.yaml --endpoint "), "\(hint)")
    }

    @Test("P2: an inconclusive read writes no manifest")
    func halfRead() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--page-size", "1", "--fault", "GET snapshots/detail 2 403/EVS.5403")
        try await make(sandbox, "a")
        try await make(sandbox, "b")
        let outcome = try workspace.run(["generate", "--out", "a.yaml"] + sandbox.options, environment: sandbox.environment)
        #expect(outcome.status == 1 && !workspace.exists("a.yaml"), "\(outcome.errors)")
    }

    private func writeManifest(_ keys: String..., volume: String = TakeoverTests.volume, stack: String = "tests") throws {
        try workspace.write(
            "snapshots.yaml",
            "stack: \(stack)\nsnapshots:\n" + keys.map { "  - name: \($0)\n    volume_id: \(volume)\n" }.joined())
    }

    @Test("P10, P11: each pair stands for itself; the exit code tells all, some or none; again is nothing to do")
    func pairs() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let (a, b) = (try await make(sandbox, "a"), try await make(sandbox, "b"))
        let missing = "00000000-0000-4000-8000-000000000000"
        try writeManifest("a", "b")
        func importing(_ pairs: String...) throws -> Workspace.Outcome {
            try workspace.run(["import"] + pairs + sandbox.options, environment: sandbox.environment)
        }
        let none = try importing("a", missing)
        #expect(none.status == 1 && none.errors.contains(missing), "\(none.errors)")
        #expect(!workspace.exists("snapkeep.state.json"))
        let some = try importing("a", a, "b", missing)
        #expect(
            some.status == 3 && some.output.contains("Imported a: snapshot \(a) (volume \(Self.volume), "), "\(some.output)\(some.errors)")
        let all = try importing("a", a, "b", b)
        #expect(all.status == 0 && all.output.contains("recorded already") && all.output.contains("snapkeep plan"), "\(all.errors)")
        let before = try workspace.read("snapkeep.state.json")
        #expect(try importing("a", a, "b", b).status == 0)
        #expect(try workspace.read("snapkeep.state.json") == before)
        #expect(try StateFile(before).idOfKey == ["a": a, "b": b])
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
        #expect(try workspace.run("history").output.contains("1 adopted, 1 failed"))
        #expect(try importing("c", a).errors.contains("snapkeep rename a c"))
        #expect(try importing("a", b).status == 1)
    }

    @Test("P3: another owner's snapshot, and one of another volume than the line's, are refused at their place")
    func refusals() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let stamp = ["snapkeep.owner": "other-team", "snapkeep.key": "a", "snapkeep.attempt": Self.attempt]
        let theirs = try await make(sandbox, "a", metadata: stamp)
        let elsewhere = try await make(sandbox, "a", volume: "9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55")
        try writeManifest("a")
        let outcome = try workspace.run(["import", "a", theirs] + sandbox.options, environment: sandbox.environment)
        #expect(outcome.status == 1 && outcome.errors.contains("'other-team'"))
        let other = try workspace.run(["import", "a", elsewhere] + sandbox.options, environment: sandbox.environment)
        #expect(other.status == 1 && other.errors.hasPrefix("snapshots.yaml:4:16: error: 'a' is not imported"), "\(other.errors)")
        let unlisted = try workspace.run(["import", "z", elsewhere] + sandbox.options, environment: sandbox.environment)
        #expect(unlisted.status == 0 && unlisted.errors.contains("does not list 'z'"))
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).output.contains("1 kept"))
    }

    @Test(
        "What is no pair, no key or no id, and what is given twice, is wrong use",
        arguments: [
            ["a"], ["a", "1", "b"], [" a", "1"], ["a", "1/2"], ["a", "1", "a", "2"], ["a", "1", "b", "1"], [],
        ])
    func wrongUse(_ pairs: [String]) throws {
        try writeManifest("a")
        #expect(try workspace.run(["import", "--sandbox", "--"] + pairs).status == 64)
        #expect(!workspace.exists("snapkeep.state.json"))
    }

    @Test("The first import needs the manifest, which tells the owner; later ones do not")
    func owner() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let (a, b) = (try await make(sandbox, "a"), try await make(sandbox, "b"))
        let first = try workspace.run(["import", "a", a] + sandbox.options, environment: sandbox.environment)
        #expect(first.status == 1 && first.errors.contains("there is no manifest here"))
        try writeManifest("a", stack: "payments")
        #expect(try workspace.run(["import", "a", a] + sandbox.options, environment: sandbox.environment).status == 0)
        #expect(try workspace.read("snapkeep.state.json").contains("\"owner\":\"payments\""))
        try FileManager.default.removeItem(at: workspace.folder.appending(path: "snapshots.yaml"))
        let second = try workspace.run(["import", "b", b] + sandbox.options, environment: sandbox.environment)
        #expect(second.status == 0, "\(second.errors)")
        try writeManifest("a", stack: "search")
        #expect(try workspace.run(["import", "c", b] + sandbox.options, environment: sandbox.environment).status == 4)
    }

    // An import deletes nothing.
    @Test(
        "P1, P2, P6: a kill at any failpoint of an import loses nothing; the same command ends it",
        arguments: Failpoint.allCases.filter { $0 != .beforeDelete && $0 != .afterDelete })
    func killed(_ point: Failpoint) async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let (a, b) = (try await make(sandbox, "a"), try await make(sandbox, "b"))
        try writeManifest("a", "b")
        let command = ["import", "a", a, "b", b, "--settle-time", "50ms"] + sandbox.options
        let killed = try workspace.run(command, environment: sandbox.environment.merging(["SNAPKEEP_FAILPOINT": point.rawValue]) { $1 })
        try #require(killed.status == nil, "the failpoint was not reached: \(killed.output)\(killed.errors)")
        let again = try workspace.run(command, environment: sandbox.environment)
        #expect(again.status == 0, "\(again.output)\(again.errors)")
        let state = try StateFile(workspace.read("snapkeep.state.json"))
        #expect(state.idOfKey == ["a": a, "b": b] && state.superseded.isEmpty && state.openIntents == 0)
        #expect(!workspace.exists("snapkeep.state.json.journal"))
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
        #expect(try sandbox.created().count == 2)
    }

    @Test("P2: interrupted once, an import ends the pair under way, records it and exits 130; the same command goes on from there")
    func interrupted() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--latency", "100ms")
        let keys = (0..<10).map { "snap-\($0)" }
        var pairs: [String] = []
        for key in keys { pairs += [key, try await make(sandbox, key)] }
        try workspace.write(
            "snapshots.yaml", "stack: tests\nsnapshots:\n" + keys.map { "  - name: \($0)\n    volume_id: \(Self.volume)\n" }.joined())
        let running = try workspace.start(["import"] + pairs + sandbox.options, environment: sandbox.environment)
        try running.wait(until: "the first is imported") { !running.outputSoFar.isEmpty }
        kill(running.process.processIdentifier, SIGINT)
        let outcome = running.finish()
        #expect(outcome.status == 130 && outcome.errors.contains("not tried"), "\(outcome.output)\(outcome.errors)")
        let done = outcome.output.split(separator: "\n").count { $0.hasPrefix("Imported ") }
        #expect(try StateFile(workspace.read("snapkeep.state.json")).idOfKey.count == done && done > 0 && done < 10)
        #expect(try workspace.run(["import"] + pairs + sandbox.options, environment: sandbox.environment).status == 0)
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
    }

    @Test("P1: an import that was killed behind its stamp is found by the next apply, which makes no second one")
    func applyAfterKill() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let a = try await make(sandbox, "a")
        try writeManifest("a")
        let environment = sandbox.environment.merging(["SNAPKEEP_FAILPOINT": "after-answer"]) { $1 }
        #expect(try workspace.run(["import", "a", a] + sandbox.options, environment: environment).status == nil)
        let apply = try workspace.run(
            ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options, environment: sandbox.environment)
        #expect(apply.status == 0 && apply.errors.contains("found in the cloud by its stamp"), "\(apply.errors)")
        #expect(try StateFile(workspace.read("snapkeep.state.json")).idOfKey == ["a": a])
        #expect(try sandbox.created().count == 1)
    }
}
