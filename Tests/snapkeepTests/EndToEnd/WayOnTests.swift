import Foundation
import Testing

/// What a person is told beside the result: how to go on from where things stop.
@Suite(.serialized) struct WayOnTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private static let volume = "5aa119a8-d25b-45a7-8d1b-88e127885635"

    @Test("P5: a plan that is saved says as what, what it is good for, and what carries it out, in every form")
    func savedPlan() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let text = try workspace.run("plan", "--sandbox", "--out", "my plan")
        #expect(
            text.output.hasSuffix(
                """
                Plan: 1 to create
                Saved as my plan: it is good for the first apply and this cloud alone.
                Run `snapkeep apply 'my plan' --sandbox` to carry this out.

                """), "\(text.output)")
        for format in ["json", "markdown"] {
            let outcome = try workspace.run("plan", "--sandbox", "--out", "my plan", "--format", format)
            #expect(outcome.errors == "Saved as my plan. Run `snapkeep apply 'my plan' --sandbox` to carry it out.\n")
        }
        #expect(try workspace.run("apply", "my plan", "--sandbox", "-y").status == 0)
        let idle = try workspace.run("plan", "--sandbox", "--out", "next.plan")
        #expect(idle.output.hasSuffix("Saved as next.plan: it is good for serial 1 and this cloud alone.\n"), "\(idle.output)")
    }

    @Test("A first plan to be saved that knows no endpoint names --refresh")
    func unboundPlan() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        try workspace.write(
            "clouds.yaml", "clouds: {prod: {auth: {auth_url: 'http://127.0.0.1:9', username: u, password: p, project_name: x}}}")
        let outcome = try workspace.run("plan", "--cloud", "prod", "--out", "next.plan")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("help: add --refresh, which asks the cloud for them; or add --endpoint URL"), "\(outcome.errors)")
    }

    @Test("Two clouds at once are wrong use, with both named, before anything is read", arguments: ["plan", "apply", "status", "doctor"])
    func sandboxAndCloud(_ command: String) throws {
        for (option, value) in [("--cloud", "prod"), ("--os-cloud", "prod"), ("--endpoint", "https://evs.example.com/v3")] {
            let outcome = try workspace.run(command, "--sandbox", option, value)
            #expect(outcome.status == 64)
            let name = option == "--os-cloud" ? "--cloud" : option
            #expect(outcome.errors.contains("--sandbox and \(name) name two different clouds: leave one of them out"))
        }
        #expect(try workspace.contents().isEmpty)
    }

    @Test("P3: a protected one that stays says how to lift that, and so it goes")
    func protected() throws {
        let line = "stack: tests\nsnapshots:\n  - {name: a, volume_id: \(Self.volume), protect: true}\n"
        try workspace.write("snapshots.yaml", line)
        #expect(try workspace.run("apply", "--sandbox", "-y").status == 0)
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots: []\n")
        let kept = try workspace.run("plan", "--sandbox", "--prune", "--allow-empty")
        #expect(
            kept.output.contains(
                "kept: it is protected; to lift that, list it with `protect: false` and apply, or `snapkeep forget a --allow-empty --sandbox`"
            ),
            "\(kept.output)")
        try workspace.write("snapshots.yaml", line.replacing("protect: true", with: "protect: false"))
        #expect(try workspace.run("apply", "--sandbox", "-y").status == 0)
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots: []\n")
        let gone = try workspace.run("apply", "--sandbox", "--prune", "--allow-empty", "--yes")
        #expect(gone.status == 0 && gone.output.contains("1 deleted"), "\(gone.output)\(gone.errors)")
    }

    @Test("The lock's error says who holds it: command, process, host, user and since when")
    func locked() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "2s")
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        let first = try workspace.start(apply, environment: sandbox.environment)
        try first.wait(until: "the first run is under way") { try !sandbox.created().isEmpty }
        let second = try workspace.run(apply, environment: sandbox.environment)
        #expect(second.status == 5)
        #expect(second.errors.contains("another run holds the state: apply (pid \(first.id) on "), "\(second.errors)")
        #expect(second.errors.contains("by tester, since 20") && second.errors.contains(" UTC)"))
        #expect(second.errors.contains("which 'ps -p \(first.id)' shows on"))
        #expect(first.finish().status == 0)
    }

    @Test("Findings stand apart from the result where both are read as one, and nowhere else")
    func paragraphs() throws {
        let long = String(repeating: "x", count: 70)
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots:\n  - {name: \(long), volume_id: \(Self.volume)}\n")
        for redirection in ["> log 2>&1", "2>&1 | cat > log"] {
            _ = try workspace.shell("\"$SNAPKEEP\" plan --sandbox \(redirection)")
            let log = try workspace.read("log")
            let lines = log.split(separator: "\n", omittingEmptySubsequences: false)
            let title = try #require(lines.firstIndex { $0.hasPrefix("snapshots.yaml · ") }, "\(log)")
            #expect(lines[0].contains("warning:") && title > 1 && lines[title - 1].isEmpty, "\(log)")
            #expect(!log.contains("\n\n\n"))
        }
        let apart = try workspace.run("plan", "--sandbox")
        #expect(apart.errors.contains("warning:") && !apart.errors.hasSuffix("\n\n") && !apart.output.hasPrefix("\n"))
    }

    @Test("P3, P10: what was found when a plan was made stands in every form of it, and a plan with an error is not carried out")
    func preflight() throws {
        try workspace.write("volumes.yaml", "- {id: \(Self.volume), name: orders, size: 20, status: in-use}\n")
        let sandbox = try SandboxProcess(in: workspace, "--volumes", "volumes.yaml")
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots:\n  - {name: a, volume_id: \(Self.volume)}\n")
        let plan = ["plan", "--refresh"] + sandbox.options
        let words = "the volume of 'a' is attached and 'force' is not set"
        let text = try workspace.run(plan + ["--out", "next.plan"], environment: sandbox.environment)
        #expect(text.status == 1 && text.errors.contains(words) && !text.output.contains("to carry this out"))
        #expect(text.errors.contains("next.plan: note: the plan is not saved") && !workspace.exists("next.plan"))
        let markdown = try workspace.run(plan + ["--format", "markdown"], environment: sandbox.environment)
        #expect(markdown.status == 1)
        #expect(
            markdown.output.contains("**Apply will refuse this plan:**\n\n- error at `snapshots.yaml:3:12`: `\(words)`"),
            "\(markdown.output)")
        let json = try workspace.run(plan + ["--json"], environment: sandbox.environment)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        let found = try #require((document["diagnostics"] as? [[String: Any]])?.first)
        #expect(found["message"] as? String == words && found["line"] as? Int == 3 && document["exit_code"] as? Int == 1)
        try workspace.write("bad.plan", json.output)
        let shown = try workspace.run("show", "bad.plan")
        #expect(shown.errors.contains("snapshots.yaml:3:12: error: \(words)") && !shown.output.contains("to carry this out"))
        let applied = try workspace.run(["apply", "bad.plan", "-y"] + sandbox.options, environment: sandbox.environment)
        #expect(applied.status == 4 && applied.errors.contains("the plan was made with 1 error, and would fail"))
        #expect(try sandbox.created().isEmpty)
    }

    @Test("P3: Markdown says that apply will refuse more deletions than the limit allows")
    func refusedDeletions() throws {
        try workspace.write("snapshots.yaml", manifest(of: 8))
        #expect(try workspace.run("apply", "--sandbox", "-y").status == 0)
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let markdown = try workspace.run("plan", "--sandbox", "--prune", "--format", "markdown")
        #expect(
            markdown.output.contains(
                "**Apply will refuse this plan:**\n\n- warning: `apply will refuse this plan: 7 deletions, the limit is"))
        let saved = try workspace.run("plan", "--sandbox", "--prune", "--out", "next.plan")
        #expect(saved.output.contains("Saved as next.plan") && !saved.output.contains("to carry this out"))
        #expect(try workspace.run("show", "next.plan").errors.contains("apply will refuse this plan: 7 deletions"))
    }

    @Test("After forget, generate lists the snapshot, and import takes it back under its key")
    func forgotten() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try workspace.run("apply", "--sandbox", "-y").status == 0)
        let id = try #require(try StateFile(workspace.read("snapkeep.sandbox.json")).idOfKey["snap-001"])
        #expect(try workspace.run("forget", "snap-001", "--sandbox").status == 0)
        let generated = try workspace.run("generate", "--sandbox")
        #expect(generated.status == 0 && generated.output.contains("    id: \(id)\n"), "\(generated.output)\(generated.errors)")
        #expect(generated.errors.contains("Left out: 1 recorded already.") && !generated.errors.contains("kept already"))
        #expect(generated.output.contains("key: snap-001") && generated.errors.contains("`snapkeep plan --refresh --sandbox`"))
        #expect(try workspace.run("import", "--sandbox", "snap-001", id).status == 0)
        #expect(try workspace.run("plan", "--sandbox", "--exit-code").status == 0)
    }
}
