import Foundation
import SnapkeepCore
import SnapkeepState
import Testing

/// A signal ends every command with 130 and a line that says what was and what was not done.
@Suite(.serialized) struct SignalTests {
    let workspace: Workspace
    private let state = "snapkeep.state.json"

    init() throws { workspace = try Workspace() }

    private func isInterrupted(_ outcome: Workspace.Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(outcome.status == 130, "\(outcome.output)\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(
            outcome.errors.split(separator: "\n").contains { $0.hasPrefix("Interrupted: ") }, "\(outcome.errors)",
            sourceLocation: sourceLocation)
    }

    @Test(
        "A signal while a command reads the cloud ends it with 130, and nothing is changed",
        arguments: ["plan --refresh", "status", "generate", "doctor", "apply --refresh", "recover", "import snap-009 srv-1"],
        [SIGINT, SIGTERM])
    func reading(_ command: String, _ signal: Int32) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment).status == 0)
        // Another one that answers nothing for a minute.
        let slow = try SandboxProcess(in: workspace, data: "slow.jsonl", "--fault", "GET / every:1 slow=60")
        let before = try workspace.contents().filter { $0.key.hasPrefix("snapkeep.") || $0.key == "snapshots.yaml" }
        let arguments = command.split(separator: " ").map(String.init)
        // The state is bound to the first one's address, so each has a copy of it with the other.
        var copy = try SnapkeepState.StateFile.decode(Array(workspace.read(state).utf8))
        copy.header.endpoint = slow.endpoint
        try workspace.write("slow.json", String(decoding: SnapkeepState.StateFile.encode(copy), as: UTF8.self))
        let takesState = !["generate", "doctor"].contains(arguments[0])
        let running = try workspace.start(
            arguments + slow.options + (takesState ? ["--state", "slow.json"] : []), environment: slow.environment)
        try running.wait(until: "it asks") { try running.isConnected(to: slow.endpoint) }
        isInterrupted(running.finish(after: signal))
        #expect(try workspace.contents().filter { $0.key.hasPrefix("snapkeep.") || $0.key == "snapshots.yaml" } == before)
        #expect(!workspace.exists("slow.json.journal"))
        // Whoever held the lock gave it back in order.
        if let lock = try? workspace.read("slow.json.lock") { #expect(lock.isEmpty) }
    }

    @Test("P1, P2: a signal in the settle wait ends it; what was found stays recorded, what is open stays open, nothing is sent twice")
    func settling() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots 2 slow=60")
        try workspace.write("snapshots.yaml", manifest(of: 8))
        let apply = ["apply", "--auto-approve", "--parallelism", "4"] + sandbox.options
        var environment = sandbox.environment
        // Some have answered, and one is on its way and will be for a minute.
        environment["SNAPKEEP_FAILPOINT"] = "after-answer:3"
        #expect(try workspace.run(apply, environment: environment).status == nil)
        let made = try sandbox.created().count
        let running = try workspace.start(apply + ["--settle-time", "10m", "--json"], environment: sandbox.environment)
        try running.wait(until: "it waits") { running.outputSoFar.contains("\"outcome\":\"found\"") }
        let outcome = running.finish(after: SIGTERM)
        isInterrupted(outcome)
        #expect(outcome.errors.contains("found and recorded"), "\(outcome.errors)")
        #expect(outcome.errors.contains("still to be looked up; run the same command again"), "\(outcome.errors)")
        for line in outcome.output.split(separator: "\n") { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }
        let state = try StateFile(workspace.read(state))
        #expect(state.idOfKey.count >= 1 && state.openIntents >= 1)
        #expect(!workspace.exists("snapkeep.state.json.journal"))
        #expect(try sandbox.created().count == made)
        #expect(try workspace.history().last?["exit_code"] as? Int == 130)
        #expect(try workspace.run(apply + ["--settle-time", "50ms"], environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 8)
        #expect(try workspace.idsInHistory().sorted() == sandbox.created().map(\.id).sorted())
    }

    @Test("P2: a second signal ends a run at once and says how to go on; the same command then goes on, and makes nothing twice")
    func leavingAtOnce() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots 2 slow-after=60")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let apply = ["apply", "--auto-approve", "--parallelism", "1"] + sandbox.options
        let running = try workspace.start(apply, environment: sandbox.environment)
        try running.wait(until: "the second is made") { try sandbox.created().count == 2 }
        kill(running.id, SIGINT)
        try running.wait(until: "it says that it stops") { running.errorsSoFar.contains("press Ctrl-C again to leave at once") }
        let outcome = running.finish(after: SIGINT)
        #expect(outcome.status == 130)
        #expect(
            outcome.errors.hasSuffix(
                "\nLeft at once. What was under way stands in the journal, and nothing is lost: run the same command again. "
                    + "A saved plan that was begun is used up: make a new one.\n"), "\(outcome.errors)")
        #expect(workspace.exists(state + ".journal"))
        #expect(try workspace.run(apply + ["--settle-time", "50ms"], environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 2)
        #expect(try StateFile(workspace.read(state)).idOfKey.count == 2)
    }

    @Test("A signal while a run waits for the lock ends it, and leaves the other run alone")
    func waitingForTheLock() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "8s")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        let first = try workspace.start(apply, environment: sandbox.environment)
        try first.wait(until: "the first run is under way") { try !sandbox.created().isEmpty }
        let second = try workspace.start(apply + ["--lock-timeout", "10m"], environment: sandbox.environment)
        try second.wait(until: "it says that it waits") {
            second.errorsSoFar.contains("Waiting for snapkeep.state.json, for its lock 10 min at the longest: 'snapkeep unlock")
        }
        isInterrupted(second.finish(after: SIGINT))
        #expect(try workspace.read(state + ".lock").contains("\"pid\":\(first.id)"))
        #expect(first.finish().status == 0)
    }

    @Test("A signal ends a program that waits for standard input")
    func standardInput() throws {
        for arguments in [["validate", "-f", "-"], ["plan", "-f", "-", "--sandbox"], ["import", "a", "srv-1", "-f", "-", "--sandbox"]] {
            let pipe = Pipe()
            let running = try workspace.start(arguments, standardInput: pipe.fileHandleForReading)
            try running.wait(until: "it takes signals") { running.takesSignals }
            isInterrupted(running.finish(after: SIGINT))
            try pipe.fileHandleForWriting.close()
        }
    }

    @Test("A signal at the question ends the program, and nothing is changed", arguments: ["apply", "recover"])
    func atThePrompt(_ command: String) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        if command == "recover" {
            try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment)
            try FileManager.default.removeItem(at: workspace.folder.appending(path: state))
        }
        let terminal = try Terminal()
        let made = try sandbox.created().count
        let running = try workspace.start([command] + sandbox.options, environment: sandbox.environment, standardInput: terminal.program)
        // P3: whoever says yes reads to what: how many, which project, which endpoint.
        let host = try #require(
            sandbox.endpoint.firstRange(of: "127.0.0.1:").map { sandbox.endpoint[$0.lowerBound...].prefix { $0 != "/" } })
        let question =
            (command == "apply" ? "Apply 2 changes to" : "Record 2 snapshots of")
            + " project \(SandboxProcess.projectID) at \(host)? Type 'yes' to continue: "
        try running.wait(until: "it asks") { running.errorsSoFar.contains(question) }
        isInterrupted(running.finish(after: SIGINT))
        #expect(!workspace.exists(state))
        #expect(try sandbox.created().count == made)
        // The lock is free, and the same question is asked again.
        let again = try workspace.start([command] + sandbox.options, environment: sandbox.environment, standardInput: terminal.program)
        try again.wait(until: "it asks") { again.errorsSoFar.contains(question) }
        try terminal.person.write(contentsOf: Data("yes\n".utf8))
        #expect(again.finish().status == 0)
        #expect(try StateFile(workspace.read(state)).idOfKey.count == 2)
    }

    @Test("A signal in the settle wait of an import ends it; the next one carries it on")
    func importing() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "GET snapshots/ every:1 slow=0.3")
        try workspace.write("snapshots.yaml", manifest(of: 3))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        let ids = try StateFile(workspace.read(state)).idOfKey
        for key in ids.keys { try workspace.run("forget", key) }
        let pairs = ids.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        let running = try workspace.start(["import"] + pairs + sandbox.options, environment: sandbox.environment)
        try running.wait(until: "the first is imported") { running.outputSoFar.contains("Imported ") }
        let outcome = running.finish(after: SIGINT)
        isInterrupted(outcome)
        #expect(outcome.errors.contains("not tried; run the same command again"), "\(outcome.errors)")
        let recorded = try StateFile(workspace.read(state))
        #expect((1...2).contains(recorded.idOfKey.count) && recorded.openIntents == 0)
        #expect(try workspace.run(["import"] + pairs + sandbox.options, environment: sandbox.environment).status == 0)
        #expect(try StateFile(workspace.read(state)).idOfKey == ids)
    }

    @Test("The sandbox ends cleanly at a signal", arguments: [SIGINT, SIGTERM])
    func sandbox(_ signal: Int32) throws {
        let running = try workspace.start(["sandbox", "--listen", "127.0.0.1:0"])
        try running.wait(until: "it serves") { running.outputSoFar.contains("Serving ") }
        #expect(running.finish(after: signal).status == 0)
    }

    @Test("Under nohup the end of the terminal is ignored")
    func hangUp() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "500ms")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let running = try workspace.startShell(
            "trap '' HUP; exec \"$SNAPKEEP\" apply --auto-approve \(sandbox.options.joined(separator: " "))",
            environment: sandbox.environment)
        try running.wait(until: "it is under way") { try !sandbox.created().isEmpty }
        kill(running.id, SIGHUP)
        #expect(running.finish().status == 0)
        let pipe = Pipe()
        let heard = try workspace.start(["validate", "-f", "-"], standardInput: pipe.fileHandleForReading)
        try heard.wait(until: "it takes signals") { heard.takesSignals }
        isInterrupted(heard.finish(after: SIGHUP))
        try pipe.fileHandleForWriting.close()
    }
}
