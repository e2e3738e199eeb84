import Foundation
import Testing

/// The main job, end to end, as a person or a pipeline runs it.
@Suite(.serialized) struct ApplyTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test("P11: plan, apply, plan again: the second plan has nothing to do")
    func firstApply() throws {
        try workspace.write("snapshots.yaml", manifest(of: 5))
        #expect(try workspace.run("plan", "--sandbox", "--exit-code").status == 2)
        let apply = try workspace.run("apply", "--sandbox", "--auto-approve")
        #expect(apply.status == 0, "\(apply.errors)")
        #expect(apply.output.contains("Applied: 5 created"))
        let again = try workspace.run("plan", "--sandbox", "--exit-code")
        #expect(again.status == 0)
        #expect(again.output.contains("Nothing to do"))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        #expect(try StateFile(workspace.read("snapkeep.sandbox.json")).serial == 1)
    }

    @Test("P4: plan and validate write nothing, and plan opens no connection")
    func planIsPure() throws {
        try workspace.write("snapshots.yaml", manifest(of: 3))
        try workspace.run("apply", "--sandbox", "--auto-approve")
        try workspace.write("snapshots.yaml", manifest(of: 6))
        let before = try workspace.contents()
        #expect(try workspace.run("plan", "--sandbox").status == 0)
        #expect(try workspace.run("plan", "--sandbox", "--format", "json").status == 0)
        #expect(try workspace.run("validate").status == 0)
        #expect(try workspace.run("show", "none.plan").status == 1)
        #expect(try workspace.contents() == before)
    }

    @Test("P7: equal inputs give byte-equal plans in every format", arguments: ["text", "json", "markdown"])
    func plansAreDeterministic(_ format: String) throws {
        try workspace.write("snapshots.yaml", manifest(of: 40))
        let first = try workspace.run("plan", "--sandbox", "--format", format)
        let second = try workspace.run("plan", "--sandbox", "--format", format)
        #expect(first.status == 0)
        #expect(!first.output.isEmpty)
        #expect(first.output == second.output)
    }

    @Test("P5: a saved plan is applied once, and not after the state has moved on")
    func savedPlan() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try workspace.run("plan", "--sandbox", "--out", "a.plan").status == 0)
        #expect(try workspace.run("plan", "--sandbox", "--out", "b.plan").status == 0)
        #expect(try workspace.run("apply", "a.plan", "--sandbox", "--auto-approve").status == 0)
        let twice = try workspace.run("apply", "a.plan", "--sandbox", "--auto-approve")
        #expect(twice.status == 4)
        #expect(twice.errors.contains("applied before"))
        let stale = try workspace.run("apply", "b.plan", "--sandbox", "--auto-approve")
        #expect(stale.status == 4)
        // Stale or not, it can be shown.
        #expect(try workspace.run("show", "b.plan").output.contains("2 to create"))
        #expect(try StateFile(workspace.read("snapkeep.sandbox.json")).idOfKey.count == 2)
    }

    @Test("P5: a plan made from a state is refused where that state is missing, and a changed plan file is refused")
    func savedPlanWithoutItsState() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        try workspace.run("apply", "--sandbox", "--auto-approve")
        try workspace.write("snapshots.yaml", manifest(of: 3))
        try workspace.run("plan", "--sandbox", "--out", "next.plan")
        let elsewhere = try workspace.run("apply", "next.plan", "--sandbox", "--auto-approve", "--state", "other.json")
        #expect(elsewhere.status == 4)
        let text = try workspace.read("next.plan")
        try workspace.write("edited.plan", text.replacingOccurrences(of: "snap-002", with: "snap-00X"))
        let edited = try workspace.run("apply", "edited.plan", "--sandbox", "--auto-approve")
        #expect(edited.status != 0)
        #expect(try StateFile(workspace.read("snapkeep.sandbox.json")).idOfKey.count == 2)
        #expect(try workspace.run("apply", "next.plan", "--sandbox", "--auto-approve").status == 0)
    }

    @Test("P3: what is no longer listed is kept, unless --prune says otherwise; protection outlives its line")
    func pruning() throws {
        try workspace.write("snapshots.yaml", manifest(of: 3) + "    protect: true\n")
        try workspace.run("apply", "--sandbox", "--auto-approve")
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let kept = try workspace.run("plan", "--sandbox", "--exit-code")
        #expect(kept.status == 0, "keeping is no action")
        #expect(kept.output.contains("2 kept"))
        let pruned = try workspace.run("apply", "--sandbox", "--prune", "--auto-approve")
        #expect(pruned.status == 0, "\(pruned.errors)")
        let state = try StateFile(workspace.read("snapkeep.sandbox.json"))
        #expect(Set(state.idOfKey.keys) == ["snap-000", "snap-002"])
    }

    @Test("P3: more deletions than the limit are refused as a whole, before the first")
    func deletionLimits() throws {
        try workspace.write("snapshots.yaml", manifest(of: 12))
        try workspace.run("apply", "--sandbox", "--auto-approve")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let tooMany = try workspace.run("apply", "--sandbox", "--prune", "--auto-approve")
        #expect(tooMany.status == 4)
        #expect(tooMany.errors.contains("10 deletions, the limit is 5"))
        let tooLarge = try workspace.run("apply", "--sandbox", "--prune", "--auto-approve", "--max-deletes", "10")
        #expect(tooLarge.status == 4)
        #expect(try StateFile(workspace.read("snapkeep.sandbox.json")).idOfKey.count == 12)
        let empty = try workspace.run("apply", "--sandbox", "--prune", "--auto-approve", input: "")
        #expect(empty.status == 4)
    }

    @Test("P3: a manifest without snapshots is an error unless --allow-empty")
    func emptyManifest() throws {
        try workspace.write("snapshots.yaml", "snapshots: []\n")
        #expect(try workspace.run("plan", "--sandbox").status == 1)
        #expect(try workspace.run("plan", "--sandbox", "--allow-empty").status == 0)
    }

    @Test("A state of another project or endpoint is refused")
    func otherCloud() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        try workspace.run("apply", "--sandbox", "--auto-approve")
        #expect(
            try workspace.run(
                "plan", "--state", "snapkeep.sandbox.json", "--endpoint", "https://evs.example.com/v3", "--project-id", "sandbox"
            ).status == 4)
        #expect(try workspace.run("plan", "--sandbox", "--project-id", "other").status == 4)
        try workspace.write("snapshots.yaml", "project_id: other\n" + manifest(of: 1))
        #expect(try workspace.run("plan", "--sandbox", "--project-id", "sandbox").status == 4)
    }

    @Test("P10: a failing snapshot does not stop the others; the next apply goes on from there")
    func partialFailure() throws {
        let sandbox = try SandboxProcess(in: workspace, "--snapshot-quota", "3", "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 5))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        let partly = try workspace.run(apply, environment: sandbox.environment)
        #expect(partly.status == 3)
        #expect(partly.output.contains("3 created, 2 failed"))
        #expect(partly.errors.contains("HTTP 413"))
        #expect(try StateFile(workspace.read("snapkeep.state.json")).idOfKey.count == 3)
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 1)
        #expect(try sandbox.created().count == 3)
    }

    @Test("A second run is refused while the first holds the state, and waits when told to")
    func locking() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "600ms")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        let first = try workspace.start(apply, environment: sandbox.environment)
        try first.wait(until: "the first run is under way") { try !sandbox.created().isEmpty }
        let second = try workspace.run(apply, environment: sandbox.environment)
        #expect(second.status == 5)
        #expect(second.errors.contains("pid \(first.process.processIdentifier)"))
        let third = try workspace.run(apply + ["--lock-timeout", "30s"], environment: sandbox.environment)
        #expect(first.finish().status == 0)
        #expect(third.status == 0, "\(third.errors)")
        #expect(try sandbox.created().count == 2)
    }

    @Test("P2: Ctrl-C ends softly: what is under way is recorded, exit 130, and the next apply goes on", arguments: [SIGINT, SIGTERM])
    func interruption(_ signal: Int32) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "30ms", "--fault", "POST snapshots every:1 slow-after=0.2")
        try workspace.write("snapshots.yaml", manifest(of: 20))
        let apply = ["apply", "--auto-approve", "--parallelism", "2"] + sandbox.options
        let running = try workspace.start(apply, environment: sandbox.environment)
        try running.wait(until: "three are made") { try sandbox.created().count >= 3 }
        kill(running.process.processIdentifier, signal)
        let outcome = running.finish()
        #expect(outcome.status == 130, "\(outcome.errors)")
        let created = try sandbox.created().count
        #expect(created < 20)
        #expect(try StateFile(workspace.read("snapkeep.state.json")).idOfKey.count == created)
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 20)
    }

    @Test("Without a terminal and without --auto-approve nothing is changed")
    func needsApproval() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let refused = try workspace.run("apply", "--sandbox", input: "yes\n")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("--auto-approve"))
        #expect(!workspace.exists("snapkeep.sandbox.json"))
    }

    @Test("P8: the token is nowhere in what the program writes")
    func tokenStaysSecret() throws {
        let secret = "gAAAAA-very-secret-token"
        let sandbox = try SandboxProcess(in: workspace, "--token", "another")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let outcome = try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: ["OS_TOKEN": secret])
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("HTTP 401"))
        #expect(!(outcome.output + outcome.errors).contains(secret))
        for (name, data) in try workspace.contents() where name != "cloud.jsonl" {
            #expect(!String(decoding: data, as: UTF8.self).contains(secret), "\(name)")
        }
    }

    @Test("forget drops the record and keeps the snapshot; rename changes key and stamp")
    func forgetAndRename() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        try workspace.run("apply", "--sandbox", "--auto-approve")
        #expect(try workspace.run("forget", "snap-00", "--sandbox").status == 1)
        #expect(try workspace.run("forget", "snap-000", "--sandbox").status == 0)
        #expect(try workspace.run("rename", "snap-001", "kept", "--sandbox").status == 0)
        #expect(try StateFile(workspace.read("snapkeep.sandbox.json")).idOfKey.keys.sorted() == ["kept"])
        let history = try workspace.run("history", "--sandbox")
        #expect(history.output.contains("forget"))
        #expect(history.output.contains("rename"))
        try workspace.write(
            "snapshots.yaml", "stack: tests\nsnapshots:\n- {name: snap-001, key: kept, volume_id: 5aa119a8-d25b-45a7-8d1b-000000000000}\n")
        #expect(try workspace.run("plan", "--sandbox", "--exit-code").status == 0)
    }
}
