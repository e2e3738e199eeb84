import Foundation
import Testing

/// Other hands on the files beside the manifest, while the real program runs and after it died: nothing of theirs is touched, nothing of
/// ours is lost, and the sandbox's own log shows nothing twice.
@Suite(.serialized) struct OtherHandsTests {
    let workspace: Workspace
    private let state = "snapkeep.state.json"

    init() throws { workspace = try Workspace() }

    private func manifest(_ names: [String]) -> String {
        "stack: tests\nsnapshots:\n"
            + names.enumerated().map { index, name in
                "  - name: \(name)\n    volume_id: 5aa119a8-d25b-45a7-8d1b-\(String(format: "%012d", index))\n"
            }.joined()
    }

    private func remove(_ name: String) throws { try FileManager.default.removeItem(at: workspace.folder.appending(path: name)) }

    /// Puts a file in the place of another as `git` does it: another file under the name.
    private func replaceState(by text: String) throws {
        try workspace.write("incoming", text)
        #expect(rename(workspace.folder.appending(path: "incoming").path, workspace.folder.appending(path: state).path) == 0)
    }

    /// Every snapshot of the cloud is recorded, each key once, and nothing is left to do.
    private func settled(_ sandbox: SandboxProcess, names: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
        let made = try sandbox.created()
        #expect(made.map(\.key).sorted() == names.sorted(), sourceLocation: sourceLocation)
        let recorded = try StateFile(workspace.read(state))
        #expect(
            recorded.idOfKey == Dictionary(made.map { ($0.key, $0.id) }, uniquingKeysWith: { first, _ in first }),
            sourceLocation: sourceLocation)
        #expect(recorded.superseded == [] && recorded.openIntents == 0, sourceLocation: sourceLocation)
        let plan = try workspace.run(["plan", "--exit-code"] + sandbox.options)
        #expect(plan.status == 0, "\(plan.output)\(plan.errors)", sourceLocation: sourceLocation)
    }

    // MARK: The state is replaced

    /// Two snapshots that both sides know, and the state of a colleague who has made two more.
    private func colleague(_ sandbox: SandboxProcess) throws -> String {
        try workspace.write("snapshots.yaml", manifest(["both-0", "both-1"]))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        let other = try Workspace()
        try other.write(state, workspace.read(state))
        try other.write("snapshots.yaml", manifest(["both-0", "both-1", "theirs-0", "theirs-1"]))
        #expect(try other.run(apply, environment: sandbox.environment).status == 0)
        return try other.read(state)
    }

    private func recover(_ sandbox: SandboxProcess) throws {
        let recovered = try workspace.run(
            ["recover", "--auto-approve", "--settle-time", "50ms"] + sandbox.options, environment: sandbox.environment)
        #expect(recovered.status == 0, "\(recovered.output)\(recovered.errors)")
    }

    @Test("P1, P2: a colleague's newer state comes under a running apply: exit 4 with the ids, both kept, and recover brings both together")
    func replacedUnderApply() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots every:1 slow-after=0.3")
        let theirs = try colleague(sandbox)
        try workspace.write("snapshots.yaml", manifest(["both-0", "both-1", "ours-0", "ours-1", "ours-2"]))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        let running = try workspace.start(apply + ["--parallelism", "1"], environment: sandbox.environment)
        try running.wait(until: "ours is begun") { try sandbox.created().contains { $0.key == "ours-0" } }
        try replaceState(by: theirs)
        let outcome = running.finish()
        #expect(outcome.status == 4, "\(outcome.output)\(outcome.errors)")
        for (id, key) in try sandbox.created() where key.hasPrefix("ours") { #expect(outcome.output.contains(id), "\(key)") }
        #expect(outcome.errors.contains("somebody else has written the state"), "\(outcome.errors)")
        #expect(outcome.errors.contains("help: run 'snapkeep recover"), "\(outcome.errors)")
        #expect(outcome.errors.contains("\(state).unmerged"), "\(outcome.errors)")
        #expect(try workspace.read(state) == theirs)
        #expect(try StateFile(workspace.read(state + ".unmerged")).idOfKey.keys.contains("ours-0"))
        #expect(workspace.exists(state + ".journal"))

        let refused = try workspace.run(apply, environment: sandbox.environment)
        #expect(refused.status == 1, "\(refused.output)\(refused.errors)")
        #expect(refused.errors.contains("snapkeep recover"), "\(refused.errors)")
        let names = ["both-0", "both-1", "theirs-0", "theirs-1", "ours-0", "ours-1", "ours-2"]
        try workspace.write("snapshots.yaml", manifest(["both-0", "both-1", "ours-0", "ours-1", "ours-2"]))
        try recover(sandbox)
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try settled(sandbox, names: names)
    }

    @Test("P1: a colleague's state that comes while apply waits for its yes: exit 4, and nothing is begun")
    func replacedUnderTheQuestion() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let theirs = try colleague(sandbox)
        try workspace.write("snapshots.yaml", manifest(["both-0", "both-1", "ours-0"]))
        let terminal = try Terminal()
        let running = try workspace.start(["apply"] + sandbox.options, environment: sandbox.environment, standardInput: terminal.program)
        try running.wait(until: "it asks") { running.errorsSoFar.contains("yes") && running.errorsSoFar.hasSuffix(": ") }
        try replaceState(by: theirs)
        try terminal.person.write(contentsOf: Data("yes\n".utf8))
        let outcome = running.finish()
        #expect(outcome.status == 4, "\(outcome.output)\(outcome.errors)")
        #expect(try !sandbox.created().contains { $0.key == "ours-0" })
        #expect(try workspace.read(state) == theirs)
        #expect(!workspace.exists(state + ".journal") && !workspace.exists(state + ".unmerged"))
        // Nothing is left to be mended: the same command goes on from their state.
        #expect(try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment).status == 0)
        try settled(sandbox, names: ["both-0", "both-1", "theirs-0", "theirs-1", "ours-0"])
    }

    @Test("P1, P2: a colleague's state that comes under a rename or an import is not overwritten: exit 4", arguments: ["rename", "import"])
    func replacedUnderStamping(_ command: String) async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST metadata 1 slow-after=1")
        let theirs = try colleague(sandbox)
        var arguments = ["rename", "both-0", "kept"]
        if command == "import" {
            let id = try await OtherClient(of: sandbox).create(["name": "by-hand", "volume_id": "5aa119a8-d25b-45a7-8d1b-000000000009"])
            arguments = ["import", "kept", id]
        }
        let running = try workspace.start(arguments + sandbox.options, environment: sandbox.environment)
        try running.wait(until: "the stamp is set") { try workspace.read("cloud.jsonl").contains("\"kept\"") }
        try replaceState(by: theirs)
        let outcome = running.finish()
        #expect(outcome.status == 4, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("somebody else has written the state"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("it takes the journal over"), "\(outcome.errors)")
        #expect(try workspace.read(state) == theirs)
    }

    // MARK: Lock and journal are removed

    @Test("P1: .lock is removed under a running apply: a second apply is locked out, exit 5, and the first ends well")
    func lockRemoved() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots every:1 slow-after=0.3")
        let names = (0..<4).map { "snap-\($0)" }
        try workspace.write("snapshots.yaml", manifest(names))
        let apply = ["apply", "--auto-approve", "--parallelism", "1"] + sandbox.options
        let first = try workspace.start(apply, environment: sandbox.environment)
        try first.wait(until: "the first has begun") { try !sandbox.created().isEmpty }
        try remove(state + ".lock")
        let second = try workspace.run(apply, environment: sandbox.environment)
        #expect(second.status == 5, "\(second.output)\(second.errors)")
        #expect(second.errors.contains("apply (pid \(first.id) on "), "\(second.errors)")
        let outcome = first.finish()
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        try settled(sandbox, names: names)
    }

    @Test("P1, P2: .lock and .journal are removed under a running apply: it stops, and in the end each is there once")
    func bothRemoved() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots every:1 slow-after=0.6")
        let names = (0..<12).map { "snap-\($0)" }
        try workspace.write("snapshots.yaml", manifest(names))
        let apply = ["apply", "--auto-approve", "--settle-time", "1s"] + sandbox.options
        let first = try workspace.start(apply + ["--parallelism", "1"], environment: sandbox.environment)
        try first.wait(until: "the first has made two") { try sandbox.created().count >= 2 }
        try remove(state + ".lock")
        try remove(state + ".journal")
        // It can see by the stamps that somebody has made what it does not know.
        let second = try workspace.run(apply, environment: sandbox.environment)
        #expect(second.status == 1, "\(second.output)\(second.errors)")
        let outcome = first.finish()
        #expect([3, 4].contains(outcome.status), "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains("it was removed or replaced while this run wrote it"), "\(outcome.errors)")
        #expect(try sandbox.created().count < names.count)
        try recover(sandbox)
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try settled(sandbox, names: names)
    }

    @Test(
        "P1, P2: after a kill a journal that is deleted, or cut at a line's end, is missed by all commands until recover",
        arguments: [true, false])
    func journalOfADeadRun(isDeleted: Bool) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let names = (0..<4).map { "snap-\($0)" }
        try workspace.write("snapshots.yaml", manifest(names))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms", "--parallelism", "1"] + sandbox.options
        let killed = try workspace.run(
            apply, environment: sandbox.environment.merging(["SNAPKEEP_FAILPOINT": "after-record:3"]) { $1 })
        #expect(killed.status == nil)
        #expect(try sandbox.created().count == 3)
        let journal = try workspace.read(state + ".journal")
        if isDeleted {
            try remove(state + ".journal")
        } else {
            try workspace.write(state + ".journal", journal.split(separator: "\n")[0] + "\n")
        }
        for command in [["plan"], ["status"] + sandbox.options, apply, apply] {
            let refused = try workspace.run(command, environment: sandbox.environment)
            #expect(refused.status == 1, "\(command[0]): \(refused.output)\(refused.errors)")
            #expect(refused.errors.contains("\(state).journal: error: "), "\(command[0]): \(refused.errors)")
            #expect(refused.errors.contains("run 'snapkeep recover"), "\(command[0]): \(refused.errors)")
        }
        #expect(try sandbox.created().count == 3)
        try recover(sandbox)
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try settled(sandbox, names: names)
    }

    @Test(
        "P1: where a cut-off run's journal is lost, recover waits for what is still on its way; the apply after it makes nothing a second time",
        arguments: [true, false])
    func lateRequestOfADeadRun(isDeleted: Bool) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--fault", "POST snapshots 2-3 late=2")
        try workspace.write("snapshots.yaml", manifest(["snap-0"]))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        let names = ["snap-0", "snap-1", "snap-2"]
        try workspace.write("snapshots.yaml", manifest(names))
        let running = try workspace.start(apply, environment: sandbox.environment)
        try running.wait(until: "both requests are on their way") { try workspace.requestsOnTheirWay(of: state) == 2 }
        kill(running.process.processIdentifier, SIGKILL)
        _ = running.finish()
        let journal = try workspace.read(state + ".journal")
        if isDeleted {
            try remove(state + ".journal")
        } else {
            try workspace.write(state + ".journal", journal.split(separator: "\n")[0] + "\n")
        }
        let recover = ["recover", "--auto-approve", "--settle-time", "4s"] + sandbox.options
        let recovered = try workspace.run(recover, environment: sandbox.environment)
        #expect(recovered.status == 0, "\(recovered.output)\(recovered.errors)")
        #expect(recovered.errors.contains("waiting 4 s for what may still be on its way"), "\(recovered.errors)")
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try settled(sandbox, names: names)
    }

    // MARK: Files that are not ours

    @Test("P9: a folder where the journal belongs is named as the journal, and the lock is left alone")
    func journalIsAFolder() throws {
        try workspace.write("snapshots.yaml", manifest(["snap-0"]))
        let apply = ["apply", "--sandbox", "--auto-approve"]
        #expect(try workspace.run(apply).status == 0)
        let journal = "snapkeep.sandbox.json.journal"
        try FileManager.default.createDirectory(at: workspace.folder.appending(path: journal), withIntermediateDirectories: true)
        for command in [apply, ["forget", "snap-0", "--sandbox"], ["recover", "--sandbox", "--auto-approve"]] {
            let refused = try workspace.run(command)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("\(journal): error: a file was expected here, the state's journal"), "\(refused.errors)")
        }
        try remove(journal)
        #expect(try workspace.run(apply).status == 0)
    }

    @Test("What a message says to type carries the options that lead to the same state and cloud")
    func optionsOfTheRemedy() throws {
        try workspace.write("team.yaml", manifest(["snap-0"]))
        let options = ["-f", "team.yaml", "--state", "prod.json", "--sandbox"]
        #expect(try workspace.run(["apply", "--auto-approve"] + options).status == 0)
        try workspace.write("prod.json", workspace.read("prod.json").replacing("available", with: "creating"))
        let refused = try workspace.run(["apply", "--auto-approve"] + options)
        #expect(refused.errors.contains("run 'snapkeep recover -f team.yaml --state prod.json --sandbox'"), "\(refused.errors)")
        let typed = try #require(refused.errors.firstMatch(of: /'snapkeep (recover [^']*)'/)?.output.1).split(separator: " ").map(
            String.init)
        #expect(try workspace.run(typed + ["--auto-approve"]).status == 0)
    }

    @Test("'--state Cargo' beside a Cargo.lock: refused, and not a byte of it is changed, link or not", arguments: [false, true])
    func cargo(isLink: Bool) throws {
        let lock = "# This file is automatically @generated by Cargo.\nversion = 4\n"
        try workspace.write("snapshots.yaml", manifest(["snap-0"]))
        try workspace.write(isLink ? "elsewhere/Cargo.lock" : "Cargo.lock", lock)
        let path = workspace.folder.appending(path: "Cargo.lock").path
        if isLink { try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "elsewhere/Cargo.lock") }
        let id = "5aa119a8-d25b-45a7-8d1b-000000000077"
        let commands = [
            ["apply", "--sandbox", "--auto-approve"], ["forget", "snap-0"], ["rename", "snap-0", "other", "--sandbox"],
            ["import", "snap-0", id, "--sandbox"], ["recover", "--sandbox", "--auto-approve", "--settle-time", "50ms"],
        ]
        for command in commands {
            let outcome = try workspace.run(command + ["--state", "Cargo"])
            #expect(outcome.status == 1, "\(command[0]): \(outcome.output)\(outcome.errors)")
            #expect(outcome.errors.contains("Cargo.lock: error: "), "\(command[0]): \(outcome.errors)")
            #expect(outcome.errors.contains("help: move it away, or name another state with --state"), "\(command[0]): \(outcome.errors)")
            #expect(try workspace.read("Cargo.lock") == lock, "\(command[0])")
        }
        // Who only looks at the state needs no lock.
        #expect(try workspace.run("plan", "--state", "Cargo").status == 0)
        #expect(try workspace.read("Cargo.lock") == lock)
        let isStillLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
        #expect(isStillLink == isLink)
        for name in ["Cargo", "Cargo.journal", "Cargo.history", "Cargo.backup"] { #expect(!workspace.exists(name), "\(name)") }
    }
}
