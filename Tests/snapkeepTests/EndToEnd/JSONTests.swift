import Foundation
import Testing

/// `--json` on every command: what a program reads, agreed upon in golden files.
@Suite(.serialized) struct JSONTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private static let volume = "5aa119a8-d25b-45a7-8d1b-88e127885635"
    private static let manifest = """
        stack: tests
        volumes: {orders-db: \(volume)}
        snapshots:
          - {name: orders, volume: orders-db}
          - {name: billing, volume_id: 9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55, protect: true}

        """

    /// Runs a command and holds what it prints against the golden file, with what differs from run to run taken out.
    @discardableResult
    private func expect(
        _ arguments: [String], _ status: Int32 = 0, is name: String, environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [String: Any] {
        let outcome = try workspace.run(arguments + ["--json"], environment: environment)
        #expect(outcome.status == status, "\(outcome.output)\(outcome.errors)", sourceLocation: sourceLocation)
        let document = try document(outcome, sourceLocation)
        GoldenScreen.expect(stable(outcome.output), is: "json-\(name).json", sourceLocation: sourceLocation)
        return document
    }

    /// The rules for every document: it says what it is, which version, what was found, and what the program ended with.
    private func document(_ outcome: Workspace.Outcome, _ sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.output)",
            sourceLocation: sourceLocation)
        #expect((document["format"] as? String)?.hasPrefix("snapkeep.") == true, sourceLocation: sourceLocation)
        #expect(document["version"] as? Int == 1, sourceLocation: sourceLocation)
        #expect(document["diagnostics"] is [[String: Any]], sourceLocation: sourceLocation)
        #expect(document["exit_code"] as? Int == outcome.status.map(Int.init), sourceLocation: sourceLocation)
        return document
    }

    /// Ids, times and this machine's names are replaced; the manifest's own ids stay.
    private func stable(_ text: String) -> String {
        var seen: [String: String] = [:]
        let ids = text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/) { match in
            let id = String(match.output)
            if id == Self.volume || id.hasPrefix("9c1d7f20") { return id }
            if seen[id] == nil { seen[id] = "ID-\(seen.count + 1)" }
            return seen[id]!
        }
        return ids.replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/, with: "TIME").replacing(/"[0-9a-f]{64}"/, with: "\"DIGEST\"")
            .replacing(/"pid":[0-9]+/, with: "\"pid\":1").replacing(/"host":"[^"]*"/, with: "\"host\":\"host\"")
            .replacing(/"user":"[^"]*"/, with: "\"user\":\"user\"")
    }

    private func id(of key: String) throws -> String {
        try #require(try StateFile(workspace.read("snapkeep.sandbox.json")).idOfKey[key])
    }

    @Test func `each command gives its document with --json`() throws {
        try expect(["init", "first.yaml"], is: "init")
        try workspace.write("snapshots.yaml", Self.manifest)
        try expect(["validate"], is: "validate")
        try expect(["plan", "--exit-code"], 2, is: "plan")
        try workspace.run("apply", "--sandbox", "--auto-approve", "--parallelism", "1")
        try expect(["status", "--sandbox"], is: "status")
        try expect(["history", "--sandbox"], is: "history")
        try expect(["state", "list", "--sandbox"], is: "state-list")
        try expect(["state", "show", "billing", "--sandbox"], is: "state-show")
        let ids = try (id(of: "orders"), id(of: "billing"))
        try expect(["rename", "orders", "orders-2", "--sandbox"], is: "rename")
        try expect(["rename", "orders-2", "orders", "--sandbox"], is: "rename-back")
        try expect(["forget", "orders", "--sandbox"], is: "forget")
        try expect(["import", "orders", ids.0, "billing", ids.1, "--sandbox"], is: "import")
        try FileManager.default.removeItem(at: workspace.folder.appending(path: "snapkeep.sandbox.json"))
        try expect(["recover", "--sandbox", "--dry-run"], is: "recover-dry-run")
        try expect(["recover", "--sandbox", "--auto-approve"], is: "recover")
        try expect(["sandbox", "reset"], is: "sandbox-reset")
    }

    @Test func `what is generated is told, and stands in the document where no file gets it`() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--volumes", try volumes())
        let id = try await OtherClient(of: sandbox).create(["name": "by-hand", "volume_id": Self.volume])
        let options = ["generate"] + sandbox.options
        let document = try document(workspace.run(options + ["--json"], environment: sandbox.environment))
        #expect((document["manifest"] as? String)?.contains("key: by-hand") == true)
        let file = try self.document(workspace.run(options + ["--out", "g.yaml", "--json"], environment: sandbox.environment))
        #expect(file["file"] as? String == "g.yaml" && file["manifest"] == nil)
        #expect((file["snapshots"] as? [[String: Any]])?.first?["id"] as? String == id)
        #expect((file["next"] as? [String])?.first?.hasPrefix("snapkeep plan --refresh -f g.yaml ") == true)
    }

    private func volumes() throws -> String {
        try workspace.write("volumes.yaml", "- {id: \(Self.volume), name: orders-db, size: 20}\n")
        return "volumes.yaml"
    }

    @Test("A saved plan is printed as it is saved, and what was printed can be carried out")
    func printedPlan() throws {
        try workspace.write("snapshots.yaml", Self.manifest)
        let printed = try workspace.run("plan", "--sandbox", "--out", "next.plan", "--format", "json")
        let shown = try workspace.run("show", "next.plan", "--json")
        #expect(printed.output == shown.output)
        #expect(printed.output.replacing("  \"exit_code\":0,\n", with: "") == (try workspace.read("next.plan")))
        try workspace.write("printed.plan", printed.output)
        #expect(try workspace.run("apply", "printed.plan", "--sandbox", "--auto-approve").status == 0)
    }

    @Test func `mistakes in a manifest are the result of validate, and the failure of the others`() throws {
        try workspace.write("snapshots.yaml", "snapshots:\n  - name: a\n    volme: x\n  - name: a\n    volume_id: \(Self.volume)\n")
        try expect(["validate"], 1, is: "validate-mistakes")
        let failure = try expect(["status", "--sandbox"], 1, is: "failure")
        #expect(failure["format"] as? String == "snapkeep.failure")
    }

    @Test(
        "P9: whatever ends a command before its result is a document with what to do, on every command",
        arguments: [
            ["validate"], ["plan"], ["show", "none.plan"], ["status", "--sandbox"], ["simulate"], ["import", "a", "b", "--sandbox"],
            ["forget", "a"],
            ["rename", "a", "b", "--sandbox"], ["recover", "--sandbox"], ["generate", "--cloud", "nosuch"], ["init", "here.yaml"],
            ["plan", "--nonsense"], ["import", "a"], ["paln"], ["history", "--last", "0"],
            ["state", "list"], ["state", "show", "a"], ["doctor", "--cloud", "nosuch"],
        ])
    func failures(_ arguments: [String]) throws {
        try workspace.write("here.yaml", "")
        let outcome = try workspace.run(arguments + ["--json"])
        let document = try document(outcome)
        let found = try #require(document["diagnostics"] as? [[String: Any]])
        #expect(document["format"] as? String == "snapkeep.failure")
        #expect(outcome.status != 0 && !found.isEmpty)
        for finding in found {
            #expect(finding["severity"] as? String == "error" && finding["code"] != nil && finding["message"] != nil)
            #expect(finding["help"] != nil)
        }
        // People read the same on stderr.
        #expect(!outcome.errors.isEmpty)
    }

    @Test func `an apply that comes to nothing ends its events with the exit code`() throws {
        for (arguments, status) in [(["--sandbox"], 1), (["--parallelism", "0"], 64)] as [([String], Int)] {
            let outcome = try workspace.run(["apply", "--format", "json"] + arguments)
            let lines = try outcome.output.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(lines.allSatisfy { $0["format"] as? String == "snapkeep.event" && $0["version"] as? Int == 1 })
            #expect(lines.map { $0["event"] as? String } == ["error", "ended"])
            #expect(lines.last?["exit_code"] as? Int == status && outcome.status == Int32(status))
        }
    }

    @Test("Two forms at once are wrong use", arguments: ["validate", "status", "history", "apply", "plan"])
    func contradiction(_ command: String) throws {
        let outcome = try workspace.run(command, "--json", "--format", "text")
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains("--json and --format text contradict each other: leave one of them out"))
        #expect(try workspace.run("validate", "--json", "--format", "json").errors.contains("no manifest"))
    }

    @Test(
        "P10: an interrupted command gives its document or its last event, too, wherever it is",
        arguments: ["status", "generate", "doctor", "recover --dry-run", "recover -y", "apply -y"])
    func interrupted(_ command: String) throws {
        try workspace.write("snapshots.yaml", Self.manifest)
        let slow = try SandboxProcess(in: workspace, "--fault", "GET snapshots always slow=3600")
        let running = try workspace.start(
            command.split(separator: " ").map(String.init) + slow.options + ["--json"], environment: slow.environment)
        try running.wait(until: "it asks") { try running.isConnected(to: slow.endpoint) }
        let outcome = running.finish(after: SIGINT)
        #expect(outcome.status == 130 && outcome.errors.contains("Interrupted: "), "\(outcome.errors)")
        if command.hasPrefix("apply") {
            let last = try #require(outcome.output.split(separator: "\n").last)
            let event = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
            #expect(event["event"] as? String == "ended" && event["exit_code"] as? Int == 130)
        } else {
            let found = try document(outcome)["diagnostics"] as? [[String: Any]]
            #expect(found?.first?["code"] as? String == "interrupted", "\(outcome.output)")
        }
    }

    @Test("P6: a document that nobody takes is a failure of a command that only looks, and none of one that has worked")
    func fullOutput() throws {
        try workspace.write("snapshots.yaml", Self.manifest)
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        let looked = try workspace.shell("\"$SNAPKEEP\" history --sandbox --json > /dev/full")
        #expect(looked.status == 1 && looked.errors.contains("cannot write the result: No space left on device"))
        let worked = try workspace.shell("\"$SNAPKEEP\" forget orders --sandbox --json > /dev/full")
        #expect(worked.status == 0 && worked.errors.contains("standard output did not take the result"))
    }
}
