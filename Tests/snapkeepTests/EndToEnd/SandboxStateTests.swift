import Foundation
import Testing

/// The way from the sandbox to a cloud: what was tried stands in nobody's way.
@Suite(.serialized) struct SandboxStateTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private let clouds = """
        clouds:
          prod:
            auth: {auth_url: "https://iam.example.com/v3", username: u, password: p, project_name: team}
        """

    @Test("The sandbox's state is a file of its own: after it, a plan for a cloud is a first plan")
    func stateOfItsOwn() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        try workspace.write("clouds.yaml", clouds)
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        #expect(workspace.exists("snapkeep.sandbox.json") && !workspace.exists("snapkeep.state.json"))
        let plan = try workspace.run("plan", "--cloud", "prod", "--exit-code")
        #expect(plan.status == 2 && plan.output.contains("no state yet"), "\(plan.output)\(plan.errors)")
        #expect(plan.output.contains("stack tests · cloud prod\n"), "\(plan.output)")
        #expect(try workspace.run("history", "--sandbox").output.contains("2 created"))
        #expect(try workspace.run("history").output.contains("has ended yet"))
    }

    @Test(
        "A plan for another cloud than the state's is refused, and never says 'Nothing to do'",
        arguments: [["--cloud", "prod"], ["--endpoint", "https://evs.example.com/v3", "--project-id", "p"], ["--project-id", "p"]])
    func anotherCloud(_ options: [String]) throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        try workspace.write("clouds.yaml", clouds)
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve", "--state", "snapkeep.state.json").status == 0)
        for command in [["plan"], ["apply", "--auto-approve"]] {
            let refused = try workspace.run(command + options)
            #expect(refused.status == 4 && !refused.output.contains("Nothing to do"), "\(refused.output)\(refused.errors)")
            #expect(refused.errors.contains("the state belongs to "), "\(refused.errors)")
            #expect(refused.errors.contains("add --sandbox"), "\(refused.errors)")
        }
        // What the message says to type leads on.
        let refused = try workspace.run(["plan"] + options)
        let typed = try #require(refused.errors.firstMatch(of: /'(mkdir -p [^']*)'/)?.output.1)
        #expect(try workspace.shell(String(typed)).status == 0)
        let plan = try workspace.run(["plan", "--exit-code"] + options)
        #expect(plan.status == 2, "\(plan.output)\(plan.errors)")
        #expect(workspace.exists("sandbox.old/snapkeep.state.json.history"))
    }

    @Test("The guard that a manifest gets for its cloud does not lock the sandbox that it was tried in")
    func guardAddedLater() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        try workspace.write("snapshots.yaml", "project_id: 0c2eba2c5af04d3f9e9d0d410b371fde\n" + manifest(of: 2))
        for command in [["plan", "--refresh"], ["apply", "--auto-approve"], ["status"], ["doctor"]] {
            let outcome = try workspace.run(command + ["--sandbox"])
            #expect(outcome.status == 0, "\(command) \(outcome.output)\(outcome.errors)")
        }
        // With the state gone the data is of another project: told as that, and not as damage.
        for file in try workspace.contents().keys where file.hasPrefix("snapkeep.sandbox.json") && !file.hasSuffix(".jsonl") {
            try FileManager.default.removeItem(at: workspace.folder.appending(path: file))
        }
        let other = try workspace.run("apply", "--sandbox", "--auto-approve")
        #expect(other.status == 1 && other.errors.contains("its data file belongs to project sandbox"), "\(other.errors)")
        #expect(other.errors.contains("begin anew with 'snapkeep sandbox reset'"))
        #expect(
            try workspace.run("apply", "--sandbox", "--auto-approve", "--project-id", "sandbox").status == 4, "a named project is guarded")
        #expect(try workspace.run("sandbox", "reset").status == 0)
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
    }

    @Test("A sandbox is of the project that its state says, to commands that read no manifest too")
    func projectOfTheState() throws {
        try workspace.write("snapshots.yaml", "project_id: 0c2eba2c5af04d3f9e9d0d410b371fde\n" + manifest(of: 1))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        for command in ["doctor", "status"] {
            let outcome = try workspace.run(command, "--sandbox")
            #expect(outcome.status == 0, "\(command) \(outcome.output)\(outcome.errors)")
        }
        // All there is, is recorded already.
        let generated = try workspace.run("generate", "--sandbox")
        #expect(generated.errors.contains("1 recorded already"), "\(generated.output)\(generated.errors)")
    }

    @Test("P4: what only the environment speaks of, and is not there, is no business of a plan without a look")
    func missingSettingsFile() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        for environment in [
            ["HW_SHARED_CONFIG_FILE": "/nonexistent/config.json"], ["HUAWEICLOUD_SDK_CREDENTIALS_FILE": "/nonexistent/credentials"],
            ["OS_CLIENT_CONFIG_FILE": "/nonexistent/clouds.yaml", "OS_CLOUD": "prod"],
        ] {
            let plan = try workspace.run(["plan"], environment: environment)
            #expect(plan.status == 0, "\(environment) \(plan.errors)")
            let doctor = try workspace.run(["doctor"], environment: environment)
            #expect(doctor.status == 1 && doctor.errors.contains("/nonexistent/"), "\(environment) \(doctor.errors)")
        }
    }

    @Test("P10: a sandbox that another run works with is held, and no option is named that is not there")
    func inUse() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        let data = open(workspace.folder.appending(path: "snapkeep.sandbox.json.cloud.jsonl").path, O_RDWR)
        defer { close(data) }
        try #require(flock(data, LOCK_EX | LOCK_NB) == 0)
        let outcome = try workspace.run("status", "--sandbox")
        #expect(outcome.status == 5, "\(outcome.errors)")
        #expect(outcome.errors.contains("another run works with this sandbox") && !outcome.errors.contains("--data"), "\(outcome.errors)")
    }

    @Test("A sandbox in a process of its own is no cloud of a catalog elsewhere")
    func serverOfThisMachine() throws {
        let sandbox = try SandboxProcess(in: workspace)
        try workspace.write("snapshots.yaml", manifest(of: 1))
        try workspace.write("clouds.yaml", clouds)
        #expect(try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment).status == 0)
        let refused = try workspace.run("plan", "--cloud", "prod")
        #expect(refused.status == 4, "\(refused.output)\(refused.errors)")
        #expect(refused.errors.contains("cloud 'prod' at iam.example.com"), "\(refused.errors)")
    }

    @Test("reset removes the sandbox's files and nothing else; the next run begins with an empty cloud")
    func reset() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        try workspace.write("snapkeep.state.json", "a cloud's")
        #expect(try workspace.run("sandbox", "reset").output.hasPrefix("Nothing to reset"))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        let reset = try workspace.run("sandbox", "reset")
        #expect(reset.status == 0, "\(reset.errors)")
        #expect(
            reset.output
                == "Removed snapkeep.sandbox.json, snapkeep.sandbox.json.backup, snapkeep.sandbox.json.history and snapkeep.sandbox.json.cloud.jsonl: "
                + "the next '--sandbox' begins with an empty cloud.\n", "\(reset.output)")
        #expect(try workspace.contents().keys.sorted() == ["snapkeep.state.json", "snapshots.yaml"])
        #expect(try workspace.run("plan", "--sandbox").output.contains("2 to create"))
    }

    @Test("reset leads on from a damaged sandbox, also after a run that was killed")
    func resetOfDamage() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let killed = try workspace.run(["apply", "--sandbox", "--auto-approve"], environment: ["SNAPKEEP_FAILPOINT": "after-record:1"])
        #expect(killed.status == nil)
        try workspace.write("snapkeep.sandbox.json", "{")
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 1)
        #expect(try workspace.run("sandbox", "reset").status == 0)
        #expect(try workspace.contents().keys.sorted() == ["snapshots.yaml"])
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
    }

    @Test("P2: reset refuses the state of a cloud, and one that it cannot read under another name")
    func resetOfACloud() throws {
        let sandbox = try SandboxProcess(in: workspace)
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment).status == 0)
        let before = try workspace.contents()
        #expect(try workspace.run("sandbox", "reset", "--state", "snapkeep.state.json").status == 4)
        #expect(try workspace.contents().filter { !$0.key.hasSuffix(".lock") } == before.filter { !$0.key.hasSuffix(".lock") })
        try workspace.write("other.json", "{")
        #expect(try workspace.run("sandbox", "reset", "--state", "other.json").status == 4)
        #expect(workspace.exists("other.json"))
    }
}
