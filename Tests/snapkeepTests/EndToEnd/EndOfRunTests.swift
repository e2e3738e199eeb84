import Foundation
import Testing

/// One end of run for every command that changes something: whatever fails at the end, the exit code tells what was done.
@Suite(.serialized) struct EndOfRunTests {
    let workspace: Workspace
    private let state = "snapkeep.state.json"

    init() throws { workspace = try Workspace() }

    /// What stands in the way of the end.
    enum Obstacle: String, CaseIterable, CustomTestStringConvertible {
        case fullOutput, goneReader, noHistory

        var testDescription: String { rawValue }
    }

    /// Runs a command with the obstacle in its way.
    private func run(_ arguments: [String], _ obstacle: Obstacle, environment: [String: String] = [:]) throws -> Workspace.Outcome {
        let command = "\"$SNAPKEEP\" " + arguments.map { "'\($0)'" }.joined(separator: " ")
        switch obstacle {
        case .fullOutput: return try workspace.shell("exec \(command) >/dev/full", environment: environment)
        case .goneReader: return try workspace.shell("{ \(command); echo $? >code; } | true; exit $(cat code)", environment: environment)
        case .noHistory:
            let path = workspace.folder.appending(path: state + ".history")
            try? FileManager.default.removeItem(at: path)
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            return try workspace.run(arguments, environment: environment)
        }
    }

    private func isDone(_ outcome: Workspace.Outcome, _ obstacle: Obstacle) {
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(!outcome.errors.contains("error:"), "\(outcome.errors)")
        switch obstacle {
        case .fullOutput: #expect(outcome.errors.contains("warning: standard output did not take the result: No space left on device"))
        case .goneReader: break
        case .noHistory: #expect(outcome.errors.contains(".history: warning: "), "\(outcome.errors)")
        }
        if obstacle != .goneReader { #expect(outcome.errors.contains("the work is done and recorded")) }
    }

    @Test("P10: an apply that did its work exits 0, whatever takes its words", arguments: Obstacle.allCases)
    func apply(_ obstacle: Obstacle) throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        // Without a plan to show there is nothing that could be refused before the first change.
        isDone(try run(["apply", "--sandbox", "--state", state, "--auto-approve", "--json"], .noHistory), .noHistory)
        try workspace.write("snapshots.yaml", manifest(of: 4))
        if obstacle == .fullOutput {
            // The plan comes first, and where it cannot be shown nothing is changed.
            let refused = try run(["apply", "--sandbox", "--state", state, "--auto-approve"], obstacle)
            #expect(refused.status == 1)
            #expect(try StateFile(workspace.read(state)).idOfKey.count == 2)
        } else {
            isDone(try run(["apply", "--sandbox", "--state", state, "--auto-approve"], obstacle), obstacle)
            #expect(try StateFile(workspace.read(state)).idOfKey.count == 4)
        }
    }

    @Test("P10: forget and rename that did their work exit 0, whatever takes their words", arguments: Obstacle.allCases)
    func forgetAndRename(_ obstacle: Obstacle) throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        try workspace.run("apply", "--sandbox", "--state", state, "--auto-approve")
        isDone(try run(["forget", "snap-000"], obstacle), obstacle)
        isDone(try run(["rename", "snap-001", "kept", "--sandbox", "--state", state], obstacle), obstacle)
        #expect(try StateFile(workspace.read(state)).idOfKey.keys.sorted() == ["kept"])
    }

    @Test("P10: an import that did its work exits 0, whatever takes its words", arguments: Obstacle.allCases)
    func adoption(_ obstacle: Obstacle) throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        try workspace.run("apply", "--sandbox", "--state", state, "--auto-approve")
        let id = try #require(try StateFile(workspace.read(state)).idOfKey["snap-000"])
        try workspace.run("forget", "snap-000")
        isDone(try run(["import", "snap-000", id, "--sandbox", "--state", state], obstacle), obstacle)
        #expect(try StateFile(workspace.read(state)).idOfKey["snap-000"] == id)
    }

    @Test("P10: a recovery that did its work exits 0, whatever takes its words", arguments: [Obstacle.goneReader])
    func recovery(_ obstacle: Obstacle) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 3))
        try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        try FileManager.default.removeItem(at: workspace.folder.appending(path: state))
        let outcome = try run(
            ["recover", "--auto-approve", "--settle-time", "50ms"] + sandbox.options, obstacle, environment: sandbox.environment)
        isDone(outcome, obstacle)
        #expect(try StateFile(workspace.read(state)).idOfKey.count == 3)
    }

    @Test("P6, P10: a disk that fills up behind the answers: 10 made, exit 3, told as created, and nothing twice afterwards")
    func fullDisk() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "1500ms")
        try workspace.write("snapshots.yaml", manifest(of: 10))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        // Its words go through a pipe: only its own files cannot grow.
        let running = try workspace.startShell(
            "{ sh -c 'echo $$ >pid; exec \"$SNAPKEEP\" \(apply.joined(separator: " "))'; echo \"status $?\"; } 2>&1 | cat",
            environment: sandbox.environment)
        try running.wait(until: "10 are recorded") {
            (try? workspace.read(state + ".journal"))?.split(separator: "\n").count { $0.contains("\"event\":\"created\"") } == 10
        }
        let pid = try workspace.read("pid").trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try workspace.shell("prlimit --pid \(pid) --fsize=1").status == 0)
        let outcome = running.finish()
        #expect(outcome.output.contains("status 3\n"), "\(outcome.output)")
        // Those that were not seen to be available before the journal failed are told as still creating.
        let told = try #require(outcome.output.firstMatch(of: /Partly applied: (\d+) created(?:, (\d+) still creating)?/))
        #expect((Int(told.1) ?? 0) + (told.2.flatMap { Int($0) } ?? 0) == 10, "\(outcome.output)")
        #expect(!outcome.output.contains("failed"), "\(outcome.output)")
        #expect(outcome.output.contains("The journal holds what was done"), "\(outcome.output)")
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 10)
        #expect(try StateFile(workspace.read(state)).idOfKey.count == 10)
        #expect(try workspace.idsInHistory().sorted() == sandbox.created().map(\.id).sorted())
    }

    @Test("P6, P10: a disk that fills up before the answers: the ids that no file holds are printed, exit 3")
    func fullDiskBeforeTheAnswers() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots every:1 slow-after=1.5")
        try workspace.write("snapshots.yaml", manifest(of: 2).replacing("000000000000\n", with: "000000000009\n"))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        let running = try workspace.startShell(
            "{ sh -c 'echo $$ >pid; exec \"$SNAPKEEP\" \(apply.joined(separator: " "))'; echo \"status $?\"; } 2>&1 | cat",
            environment: sandbox.environment)
        try running.wait(until: "the first is made") { try !sandbox.created().isEmpty }
        let pid = try workspace.read("pid").trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try workspace.shell("prlimit --pid \(pid) --fsize=1").status == 0)
        let outcome = running.finish()
        #expect(outcome.output.contains("status 3\n"), "\(outcome.output)")
        #expect(outcome.output.contains("Partly applied: "), "\(outcome.output)")
        let made = try sandbox.created()
        for (id, _) in made { #expect(outcome.output.contains(id)) }
        #expect(try workspace.run(apply + ["--settle-time", "50ms"], environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 2)
    }

    @Test(
        "P10: exit 1 of forget and import is true: a disk that takes nothing leaves everything as it was",
        .enabled(if: !Workspace.isSanitized))
    func nothingWasChanged() throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        try workspace.run("apply", "--sandbox", "--state", state, "--auto-approve")
        let id = try #require(try StateFile(workspace.read(state)).idOfKey["snap-001"])
        let before = try workspace.read(state)
        let forget = try workspace.shell("{ (ulimit -f 0; \"$SNAPKEEP\" forget snap-000); echo \"status $?\"; } 2>&1 | cat")
        #expect(forget.output.contains("status 1\n"), "\(forget.output)")
        #expect(forget.output.contains("error:") && forget.output.contains("help:"), "\(forget.output)")
        #expect(try workspace.read(state) == before)
        // With room again.
        #expect(try workspace.run("forget", "snap-001").status == 0)
        #expect(try workspace.run("import", "snap-001", id, "--sandbox", "--state", state).status == 0)
    }

    @Test("P10: a rename whose record the disk does not take exits 3 and says so; the same command again ends it")
    func halfARename() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST metadata 1 slow-after=1")
        try workspace.write("snapshots.yaml", manifest(of: 1))
        try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
        let rename = ["rename", "snap-000", "kept"] + sandbox.options
        let running = try workspace.startShell(
            "{ sh -c 'echo $$ >pid; exec \"$SNAPKEEP\" \(rename.joined(separator: " "))'; echo \"status $?\"; } 2>&1 | cat",
            environment: sandbox.environment)
        try running.wait(until: "the stamp is changed") { try workspace.read("cloud.jsonl").contains("\"kept\"") }
        let pid = try workspace.read("pid").trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try workspace.shell("prlimit --pid \(pid) --fsize=1").status == 0)
        let outcome = running.finish()
        #expect(outcome.output.contains("status 3\n"), "\(outcome.output)")
        #expect(outcome.output.contains("run the same command again"), "\(outcome.output)")
        #expect(try StateFile(workspace.read(state)).idOfKey.keys.sorted() == ["snap-000"])
        #expect(try workspace.run(rename, environment: sandbox.environment).status == 0)
        #expect(try StateFile(workspace.read(state)).idOfKey.keys.sorted() == ["kept"])
    }

    @Test("P10: what was settled before a refusal or a missing approval is a change: exit 3, recorded, and in the history")
    func settledThenDeclined() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 4))
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = "after-answer:2"
        let apply = ["apply", "--settle-time", "50ms", "--parallelism", "1"] + sandbox.options
        #expect(try workspace.run(apply + ["--auto-approve"], environment: environment).status == nil)
        // There is nobody to ask.
        let declined = try workspace.run(apply, environment: sandbox.environment)
        #expect(declined.status == 3, "\(declined.errors)")
        #expect(declined.errors.contains("1 snapshot of an earlier run: found and recorded"), "\(declined.errors)")
        #expect(try StateFile(workspace.read(state)).idOfKey.count == 2)
        #expect(try workspace.history().last?["exit_code"] as? Int == 3)
        // Nothing is settled any more: nothing is changed.
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 1)
        #expect(try workspace.run(apply + ["--auto-approve"], environment: sandbox.environment).status == 0)
        #expect(try workspace.idsInHistory().sorted() == sandbox.created().map(\.id).sorted())
    }

    @Test("P5: a saved plan whose run was killed is told as that, with the way on")
    func brokenOffPlan() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 4))
        #expect(try workspace.run(["plan", "--out", "a.plan"] + sandbox.options).status == 0)
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = "after-record:2"
        let apply = ["apply", "a.plan", "--auto-approve", "--settle-time", "50ms"] + sandbox.options
        #expect(try workspace.run(apply, environment: environment).status == nil)
        let again = try workspace.run(apply, environment: sandbox.environment)
        #expect(again.status == 4)
        #expect(again.errors.contains("this plan was begun by a run that did not end"), "\(again.errors)")
        #expect(again.errors.contains("help: run 'snapkeep plan"))
        #expect(
            try workspace.run(
                ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options, environment: sandbox.environment
            ).status == 0)
        #expect(try sandbox.created().count == 4)
    }

    @Test("P10: a wait that ran out is still creating: in the report, in the history, in JSON; exit 3")
    func timedOut() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "3s")
        try workspace.write("snapshots.yaml", manifest(of: 1) + "    timeout: 1s\n")
        let apply = ["apply", "--auto-approve"] + sandbox.options
        let first = try workspace.run(apply, environment: sandbox.environment)
        #expect(first.status == 3)
        #expect(first.output.contains("Partly applied: 1 still creating in"), "\(first.output)")
        #expect(first.output.contains("to go on waiting."))
        #expect(!(first.output + first.errors).contains("failed"), "\(first.output)\(first.errors)")
        let second = try workspace.run(apply + ["--json"], environment: sandbox.environment)
        let last = try #require(second.output.split(separator: "\n").last)
        let report = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
        #expect(report["event"] as? String == "report")
        if second.status == 3 {
            #expect(report["still_creating"] as? [String] == ["snap-000"])
            #expect((report["failed"] as? [Any])?.isEmpty == true)
        }
        let counts = try #require(try workspace.history()[0]["counts"] as? [String: Int])
        #expect(counts["still_creating"] == 1 && counts["failed"] == 0)
        #expect(try workspace.run("history").output.contains("1 still creating"))
    }
}
