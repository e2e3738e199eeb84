import Foundation
import Testing

/// Every snapshot in the state belongs to a run of the history, and every run has one line, killed or not.
@Suite(.serialized) struct HistoryTests {
    let workspace: Workspace
    private let state = "snapkeep.state.json"

    init() throws { workspace = try Workspace() }

    private func checkRunsAreOnce() throws {
        let runs = try workspace.history().compactMap { $0["run"] as? String }
        #expect(Set(runs).count == runs.count, "\(runs)")
    }

    @Test(
        "P2: after a kill anywhere in an apply, each snapshot is named by exactly one run, and each run has one line",
        arguments: [
            "after-record:11", "after-answer:11", "before-post:11", "before-checkpoint:1", "after-temporary-file:1", "after-backup:1",
            "after-rename:1", "after-history:1", "after-checkpoint:1",
        ])
    func killedApply(_ point: String) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "20ms")
        try workspace.write("snapshots.yaml", manifest(of: 40))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = point
        // A plain run first, so that there is a backup and a history.
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try workspace.write("snapshots.yaml", manifest(of: 40))
        #expect(try workspace.run(apply, environment: environment).status == nil)
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try workspace.idsInHistory().sorted() == sandbox.created().map(\.id).sorted())
        try checkRunsAreOnce()
        let lines = try workspace.history()
        #expect(lines.count == 3)
        if ["after-history:1", "after-checkpoint:1"].contains(point) {
            // It had written its line itself.
            #expect(lines[1]["exit_code"] as? Int == 0)
        } else {
            #expect(lines[1]["exit_code"] is NSNull && lines[1]["ended"] as? String == "killed")
            #expect(try workspace.run("history").output.contains("killed"))
        }
    }

    @Test("P2: kills in a row, also while the line of a dead run is being written, leave one line for each run")
    func killsInARow() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "20ms")
        try workspace.write("snapshots.yaml", manifest(of: 20))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms", "--parallelism", "3"] + sandbox.options
        // Most die while they fold the journal of the one before.
        for kill in [
            "after-record:5", "before-checkpoint:1", "after-rename:1", "after-record:4", "after-temporary-file:1", "after-rename:1",
            "after-checkpoint:1",
        ] {
            var environment = sandbox.environment
            environment["SNAPKEEP_FAILPOINT"] = kill
            #expect(try workspace.run(apply, environment: environment).status == nil)
        }
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        #expect(try sandbox.created().count == 20)
        #expect(try workspace.idsInHistory().sorted() == sandbox.created().map(\.id).sorted())
        try checkRunsAreOnce()
    }

    @Test(
        "P2: import, rename, forget and recover that are killed have their line, once, with the snapshot",
        arguments: ["import", "rename", "forget", "recover"],
        ["after-begin:1", "after-record:1", "before-checkpoint:1", "after-rename:1", "after-history:1", "after-first-state:1"])
    func killedCommand(_ command: String, _ point: String) throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        let id = try #require(try StateFile(workspace.read(state)).idOfKey["snap-000"])
        let arguments: [String]
        switch command {
        case "import":
            #expect(try workspace.run("forget", "snap-000").status == 0)
            arguments = ["import", "snap-000", id] + sandbox.options
        case "rename": arguments = ["rename", "snap-000", "kept"] + sandbox.options
        case "forget": arguments = ["forget", "snap-000"]
        default:
            try FileManager.default.removeItem(at: workspace.folder.appending(path: state))
            arguments = ["recover", "--auto-approve", "--settle-time", "50ms"] + sandbox.options
        }
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = point
        // Not every command reaches every point.
        let wasKilled = try workspace.run(arguments, environment: environment).status == nil
        // The next run, whatever it does.
        if command == "recover" { try workspace.run(arguments, environment: sandbox.environment) }
        try workspace.run(["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options, environment: sandbox.environment)
        try checkRunsAreOnce()
        let lines = try workspace.history().filter { $0["command"] as? String == command }
        #expect(!lines.isEmpty)
        if wasKilled { #expect(lines.contains { $0["ended"] as? String == "killed" || $0["exit_code"] as? Int == 0 }) }
        let named = try Set(workspace.idsInHistory())
        for id in try StateFile(workspace.read(state)).idOfKey.values { #expect(named.contains(id)) }
    }

    @Test("Each command's line counts and names what it did")
    func namesTheSnapshots() throws {
        try workspace.write("snapshots.yaml", manifest(of: 3))
        try workspace.run("apply", "--sandbox", "--state", state, "--auto-approve")
        let ids = try StateFile(workspace.read(state)).idOfKey
        try workspace.run("rename", "snap-001", "kept", "--sandbox", "--state", state)
        try workspace.run("forget", "kept")
        try workspace.run("import", "kept", try #require(ids["snap-001"]), "--sandbox", "--state", state)
        try workspace.write("snapshots.yaml", manifest(of: 1).replacing("name: snap-000", with: "name: other\n    key: snap-000"))
        #expect(try workspace.run("apply", "--sandbox", "--state", state, "--auto-approve", "--prune").status == 0)
        let words = try workspace.history().map { line -> String in
            let snapshots = line["snapshots"] as? [String: [[String: String]]] ?? [:]
            return "\(line["command"] ?? "") "
                + snapshots.sorted { $0.key < $1.key }.map { kind, items in
                    "\(kind): \(items.map { $0["key"] ?? "?" }.sorted().joined(separator: " "))"
                }.joined(separator: ", ")
        }
        #expect(
            words == [
                "apply created: snap-000 snap-001 snap-002", "rename renamed: kept", "forget forgotten: kept", "import adopted: kept",
                "apply deleted: kept snap-002, updated: snap-000",
            ])
        let json = try workspace.run("history", "--json").output
        for line in try workspace.read(state + ".history").split(separator: "\n") { #expect(json.contains("    " + line)) }
        let text = try workspace.run("history").output
        for word in ["3 created", "1 renamed", "1 forgotten", "1 adopted", "1 updated, 2 deleted"] {
            #expect(text.contains(word), "\(text)")
        }
    }
}

/// `--json`: what fails before the first event is an event too, and stdout holds nothing else.
@Suite(.serialized) struct EarlyEventTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func events(_ outcome: Workspace.Outcome) throws -> [[String: Any]] {
        try outcome.output.split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\(outcome.output)")
        }
    }

    @Test("P9: a mistake in the manifest is an event with its place and its remedy")
    func mistake() throws {
        try workspace.write("snapshots.yaml", "snapshots:\n  - name: a\n    volme: 5aa119a8-d25b-45a7-8d1b-88e127885635\n")
        let outcome = try workspace.run(["apply", "--json", "--sandbox", "--state", "snapkeep.state.json"])
        #expect(outcome.status == 1)
        let events = try events(outcome)
        let first = try #require(events.first { $0["code"] as? String == "unknown-key" }, "\(outcome.output)")
        #expect(first["event"] as? String == "error" && first["severity"] as? String == "error")
        #expect(events.last?["event"] as? String == "ended" && events.last?["exit_code"] as? Int == 1)
        #expect(first["file"] as? String == "snapshots.yaml")
        #expect(first["line"] as? Int == 3 && first["column"] as? Int == 5)
        #expect(first["help"] as? String == "did you mean 'volume_id'?")
        #expect(first["message"] != nil && first["at"] != nil)
        #expect(outcome.errors.contains("snapshots.yaml:3:5: error:"))
    }

    @Test("Whatever ends an apply before its first event is an event: no credentials, refused, locked, not approved, no manifest")
    func others() throws {
        func codes(_ arguments: String...) throws -> [String] {
            try events(try workspace.run(["apply", "--json"] + arguments)).compactMap { $0["code"] as? String }
        }
        #expect(try codes("--sandbox", "--state", "snapkeep.state.json") == ["no-manifest"])
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try !codes("--endpoint", "https://evs.example.com/v3", "--project-id", "p").isEmpty)
        #expect(try codes("--sandbox", "--state", "snapkeep.state.json").last == "no-approval")
        #expect(try workspace.run("apply", "--sandbox", "--state", "snapkeep.state.json", "--auto-approve").status == 0)
        #expect(try codes("--sandbox", "--state", "snapkeep.state.json", "--project-id", "other") == ["other-project"])
        try workspace.write("snapkeep.state.json", "{")
        #expect(try codes("--sandbox", "--state", "snapkeep.state.json") == ["not-a-state"])
    }

    @Test("A locked state is an event, with what to do")
    func locked() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "1s")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        let first = try workspace.start(apply, environment: sandbox.environment)
        try first.wait(until: "the first run is under way") { try !sandbox.created().isEmpty }
        let second = try workspace.run(apply + ["--json"], environment: sandbox.environment)
        #expect(second.status == 5)
        let event = try #require(try events(second).first)
        #expect(event["code"] as? String == "locked" && event["help"] != nil)
        #expect(first.finish().status == 0)
    }
}
