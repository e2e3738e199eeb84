import Foundation
import Testing

/// A state that somebody has put back: no command writes over it, and a plan is good for the very contents that it was made from.
@Suite(.serialized) struct OlderStateTests {
    let workspace: Workspace
    private let state = "snapkeep.state.json"

    init() throws { workspace = try Workspace() }

    /// Two runs, the first with one snapshot; returns the state between them. The manifest then lists three, and `next.plan` creates the third.
    private func twoRuns(_ sandbox: SandboxProcess, plan options: [String] = []) throws -> String {
        let apply = ["apply", "--auto-approve"] + sandbox.options
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        let older = try workspace.read(state)
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try workspace.write("snapshots.yaml", manifest(of: 3))
        let plan = ["plan", "--out", "next.plan"] + options + sandbox.options
        #expect(try workspace.run(plan, environment: sandbox.environment).status == 0)
        return older
    }

    private func remove(_ name: String) throws { try FileManager.default.removeItem(at: workspace.folder.appending(path: name)) }

    @Test("P6: where a state is lost whoever looks at it is told so, and not to apply", arguments: ["list", "show snap-000", "pull"])
    func lostIsTold(_ command: String) throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run("apply", "-y", "--sandbox").status == 0)
        try remove("snapkeep.sandbox.json")
        let outcome = try workspace.run(["state"] + command.split(separator: " ").map(String.init) + ["--sandbox"])
        #expect(outcome.status == 1 && outcome.errors.contains("there is no state, and the history tells of serial 1"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("snapkeep apply"))
    }

    @Test(
        "P5: a command that writes refuses a state that is older than its history, and leaves it as it is",
        arguments: [
            ["rename", "snap-000", "other"], ["forget", "snap-000"], ["import", "snap-001", "00000000-0000-4000-8000-000000000001"],
            ["apply", "--auto-approve"],
        ])
    func olderIsRefused(_ command: [String]) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let older = try twoRuns(sandbox)
        try workspace.write(state, older)
        let options = command[0] == "forget" ? [] : sandbox.options
        let refused = try workspace.run(command + options, environment: sandbox.environment)
        #expect(refused.status == 4, "\(refused.output)\(refused.errors)")
        #expect(refused.errors.contains("the state has serial 1, and the history tells of serial 2"), "\(refused.errors)")
        #expect(refused.errors.contains("help: put the newer state back, or run 'snapkeep recover"), "\(refused.errors)")
        #expect(try workspace.read(state) == older)
        #expect(try sandbox.created().count == 2)
    }

    @Test("P5: recover makes of an older state a new one that no saved plan fits, with all that was made")
    func recoverOfOlder() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write(state, try twoRuns(sandbox))
        let recovered = try workspace.run(["recover", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        #expect(recovered.status == 0, "\(recovered.output)\(recovered.errors)")
        #expect(try StateFile(workspace.read(state)).idOfKey.count == 2)
        let refused = try workspace.run(["apply", "next.plan", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        #expect(refused.status == 4, "\(refused.output)\(refused.errors)")
    }

    @Test("P1, P5: a plan over an older state is refused with the code of an apply over it, is not saved, and status says why")
    func plansOverOlder() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write(state, try twoRuns(sandbox))
        try remove("next.plan")
        for options in [[], ["--out", "next.plan"], ["--exit-code"]] {
            let plan = try workspace.run(["plan"] + options + sandbox.options, environment: sandbox.environment)
            #expect(plan.status == 4, "\(options) \(plan.errors)")
            #expect(plan.output.contains("Apply will refuse this plan"))
            #expect(plan.errors.contains("error: the state has serial 1, and the history tells of serial 2"), "\(plan.errors)")
        }
        #expect(!workspace.exists("next.plan"))
        let status = try workspace.run(["status"] + sandbox.options, environment: sandbox.environment)
        #expect(status.errors.contains("warning: the state has serial 1, and the history tells of serial 2"), "\(status.errors)")
    }

    @Test("P5: where the history cannot be read it is said that nothing tells whether the state is an older one, and nothing is stopped")
    func unreadableHistory() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write(state, try twoRuns(sandbox))
        try remove(state + ".history")
        try FileManager.default.createDirectory(
            at: workspace.folder.appending(path: state + ".history"), withIntermediateDirectories: false)
        for (command, options) in [
            (["plan"], sandbox.options), (["status"], sandbox.options), (["rename", "snap-000", "other"], sandbox.options),
            (["forget", "other"], []),
        ] {
            let run = try workspace.run(command + options, environment: sandbox.environment)
            #expect(run.status == 0, "\(command) \(run.output)\(run.errors)")
            #expect(
                run.errors.contains("warning: the history cannot be read, so nothing tells whether the state is an older one"),
                "\(command) \(run.errors)")
        }
    }

    @Test("P5: the highest serial of the history counts, wherever its line stands")
    func highestSerialCounts() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let older = try twoRuns(sandbox)
        let lines = try workspace.read(state + ".history").split(separator: "\n")
        try workspace.write(state + ".history", lines.reversed().joined(separator: "\n") + "\n")
        try workspace.write(state, older)
        let refused = try workspace.run("forget", "snap-000")
        #expect(refused.status == 4, "\(refused.output)\(refused.errors)")
    }

    @Test(
        "P5: a plan fits the contents that it was made from, not any state that has come to the same serial",
        arguments: [[], ["--refresh"]])
    func sameSerialOtherContents(_ options: [String]) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write(state, try twoRuns(sandbox, plan: options))
        // Without it nothing tells that the state is an older one.
        try remove(state + ".history")
        let renamed = try workspace.run(["rename", "snap-000", "other"] + sandbox.options, environment: sandbox.environment)
        #expect(renamed.status == 0, "\(renamed.output)\(renamed.errors)")
        let refused = try workspace.run(["apply", "next.plan", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        #expect(refused.status == 4, "\(refused.output)\(refused.errors)")
        #expect(
            refused.errors.contains("the state has serial 2, as when the plan was made, and other contents"), "\(refused.errors)")
        #expect(try sandbox.created().count == 2)
    }

    @Test("P5: a plan that was made over the journal of a killed run fits what the next run makes of it")
    func planOverJournal() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms"]
        try workspace.write("snapshots.yaml", manifest(of: 2))
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = "after-answer:1"
        #expect(try workspace.run(apply + sandbox.options, environment: environment).status == nil)
        #expect(workspace.exists(state + ".journal"))
        #expect(try workspace.run(["plan", "--out", "next.plan"] + sandbox.options).status == 0)
        #expect(try workspace.read("next.plan").contains("\"state_digest\""))
        let applied = try workspace.run(apply + ["next.plan"] + sandbox.options, environment: sandbox.environment)
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
        #expect(try sandbox.created().count == 2)
    }
}
