import Foundation
import SnapkeepEngine
import Testing

/// Lines that name by `id:` what another client has made.
@Suite(.serialized) struct AdoptTests {
    let workspace: Workspace
    private static let volume = "5aa119a8-d25b-45a7-8d1b-88e127885635"
    private static let other = "9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55"
    /// Of a stamp that somebody else has set.
    private static let attempt = "3f6c0f0e-7d54-4a55-9d0e-2b8f6a1c9e47"

    init() throws { workspace = try Workspace() }

    private func make(
        _ sandbox: SandboxProcess, _ name: String, volume: String = volume, metadata: [String: String] = [:]
    ) async throws -> String {
        try await OtherClient(of: sandbox).create(["volume_id": volume, "name": name, "force": true, "metadata": metadata])
    }

    private func write(_ lines: String...) throws {
        try workspace.write("snapshots.yaml", "stack: tests\nsnapshots:\n" + lines.map { "  - \($0)\n" }.joined())
    }

    private func line(_ name: String, id: String? = nil, volume: String = volume, _ rest: String = "") -> String {
        "{name: \(name), volume_id: \(volume)\(id.map { ", id: \($0)" } ?? "")\(rest)}"
    }

    private func run(_ sandbox: SandboxProcess, _ arguments: String..., failpoint: String? = nil) throws -> Workspace.Outcome {
        var environment = sandbox.environment
        if let failpoint { environment["SNAPKEEP_FAILPOINT"] = failpoint }
        return try workspace.run(arguments + sandbox.options, environment: environment)
    }

    private func idOfKey() throws -> [String: String] { try StateFile(workspace.read("snapkeep.state.json")).idOfKey }

    /// Nothing to do, with and without a look, and nobody has anything to say.
    private func isQuiet(_ sandbox: SandboxProcess) throws -> Bool {
        for refresh in [[], ["--refresh"]] {
            let plan = try workspace.run(["plan", "--exit-code"] + refresh + sandbox.options, environment: sandbox.environment)
            guard plan.status == 0, plan.errors.isEmpty else { return false }
        }
        return true
    }

    @Test("P1, P4, P11: a plan without a connection shows the adoption, apply stamps, records and changes; then the id does nothing")
    func adopts() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let id = try await make(sandbox, "by hand", metadata: ["theirs": "1"])
        try write(line("orders", id: id, ", description: Daily, metadata: {team: p}"), line("new"))
        // Nobody answers there, and nobody is asked.
        let offline = try workspace.run(["plan", "--endpoint", "http://127.0.0.1:1", "--project-id", SandboxProcess.projectID])
        #expect(offline.status == 0 && offline.output.contains("Plan: 1 to create, 1 to adopt\n"), "\(offline.output)")
        #expect(offline.output.contains("adopts \(id): stamped and recorded, not created; what differs"), "\(offline.output)")
        let refreshed = try run(sandbox, "plan", "--refresh")
        #expect(refreshed.output.contains("\"by hand\" → \"orders\"") && refreshed.output.contains("(none) → \"p\""), "\(refreshed.output)")
        let applied = try run(sandbox, "apply", "--auto-approve")
        let counts = "Applied: 1 created, 1 adopted, 1 updated in "
        #expect(applied.status == 0 && applied.output.contains(counts), "\(applied.output)\(applied.errors)")
        #expect(try idOfKey()["orders"] == id && sandbox.created().count == 2)
        let shown = try await OtherClient(of: sandbox).send("GET", "snapshots/\(id)")["snapshot"] as? [String: Any]
        let metadata = try #require(shown?["metadata"] as? [String: String])
        #expect(shown?["name"] as? String == "orders" && metadata["team"] == "p" && metadata["theirs"] == "1")
        #expect(metadata["snapkeep.key"] == "orders" && metadata["snapkeep.owner"] == "tests")
        #expect(try isQuiet(sandbox))
        // Without the id it is a line like any other.
        try write(line("orders", ", description: Daily, metadata: {team: p}"), line("new"))
        #expect(try isQuiet(sandbox))
        #expect(try workspace.run("history").output.contains("1 adopted"))
    }

    @Test("P5: a saved plan of an adoption is carried out once, by the id that it was reviewed under", arguments: [[], ["--refresh"]])
    func saved(_ refresh: [String]) async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let id = try await make(sandbox, "a")
        try write(line("a", id: id, ", description: D"))
        func plan(_ name: String) throws -> [String: Any] {
            let outcome = try workspace.run(["plan", "--out", name] + refresh + sandbox.options, environment: sandbox.environment)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return try #require(try JSONSerialization.jsonObject(with: Data(workspace.read(name).utf8)) as? [String: Any])
        }
        let document = try plan("next.plan")
        let change = try #require((document["changes"] as? [[String: Any]])?.first)
        #expect(change["action"] as? String == "adopt" && change["adopts"] as? String == id)
        #expect((document["summary"] as? [String: Any])?["adopt"] as? Int == 1)
        #expect((change["fields"] != nil) == !refresh.isEmpty)
        #expect(try workspace.run("show", "next.plan").output.contains("1 to adopt"))
        #expect(try run(sandbox, "apply", "next.plan", "--auto-approve").status == 0)
        #expect(try idOfKey() == ["a": id] && isQuiet(sandbox) && sandbox.created().count == 1)
        #expect(try run(sandbox, "apply", "next.plan", "--auto-approve").status == 4)
    }

    @Test(
        "P1, P2, P6, P11: a kill at any failpoint loses nothing and makes nothing; the same apply ends it",
        arguments: Failpoint.allCases.filter { $0 != .beforeDelete && $0 != .afterDelete })
    func killed(_ point: Failpoint) async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let (a, b) = (try await make(sandbox, "a"), try await make(sandbox, "b"))
        try write(line("a", id: a, ", description: D"), line("b", id: b))
        let killed = try run(sandbox, "apply", "--auto-approve", "--settle-time", "50ms", failpoint: point.rawValue)
        try #require(killed.status == nil, "the failpoint was not reached: \(killed.output)\(killed.errors)")
        let again = try run(sandbox, "apply", "--auto-approve", "--settle-time", "50ms")
        #expect(again.status == 0, "\(again.output)\(again.errors)")
        let state = try StateFile(workspace.read("snapkeep.state.json"))
        #expect(state.idOfKey == ["a": a, "b": b] && state.superseded.isEmpty && state.openIntents == 0)
        #expect(try isQuiet(sandbox) && sandbox.created().count == 2)
    }

    /// A line that another one has taken the place of before its adoption went further than the line in the journal.
    enum Change: CaseIterable {
        case removed, otherID, otherKey, imported
    }

    @Test("P2, P3: an adoption that is not asked for any more, and has set no stamp, is given up", arguments: Change.allCases)
    func changedMind(_ change: Change) async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let id = try await make(sandbox, "by hand")
        let second = try await make(sandbox, "by another hand")
        try write(line("new"))
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        try write(line("new"), line("orders", id: id))
        #expect(try run(sandbox, "apply", "--auto-approve", failpoint: Failpoint.afterIntent.rawValue).status == nil)
        switch change {
        case .removed: try write(line("new"))
        case .otherID: try write(line("new"), line("orders", id: second))
        case .otherKey: try write(line("new"), line("ledger", id: id))
        case .imported:
            try write(line("new"), line("ledger"))
            #expect(try run(sandbox, "import", "ledger", id, "--settle-time", "50ms").status == 0)
        }
        let applied = try run(sandbox, "apply", "--auto-approve", "--prune", "--settle-time", "50ms")
        #expect(applied.status == 0, "\(applied.output)\(applied.errors)")
        let expected: [String: String] =
            switch change {
            case .removed: [:]
            case .otherID: ["orders": second]
            case .otherKey, .imported: ["ledger": id]
            }
        var recorded = try idOfKey()
        #expect(recorded.removeValue(forKey: "new") != nil)
        #expect(recorded == expected)
        let shown = try await OtherClient(of: sandbox).send("GET", "snapshots/\(id)")["snapshot"] as? [String: Any]
        let metadata = try #require(shown?["metadata"] as? [String: String], "it is still there")
        #expect(metadata["snapkeep.key"] == (recorded.values.contains(id) ? "ledger" : nil))
        #expect(try run(sandbox, "plan", "--exit-code").status == 0)
    }

    @Test("P3, P10: what cannot be adopted is refused by a look at its line; apply without one does the others and exits 3")
    func refused() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let stamp = ["snapkeep.owner": "other-team", "snapkeep.key": "a", "snapkeep.attempt": Self.attempt]
        let (theirs, elsewhere) = (try await make(sandbox, "a", metadata: stamp), try await make(sandbox, "b", volume: Self.other))
        let missing = "00000000-0000-4000-8000-000000000000"
        try write(line("a", id: theirs), line("b", id: elsewhere), line("c", id: missing), line("d"))
        for command in [["plan", "--refresh", "--out", "next.plan"], ["apply", "--refresh", "--auto-approve"]] {
            let outcome = try workspace.run(command + sandbox.options, environment: sandbox.environment)
            #expect(outcome.status == 1 && outcome.errors.contains("3 errors"), "\(outcome.errors)")
            for words in ["snapshots.yaml:3:68: error: 'a' is not adopted: ", "'other-team'", "is of volume \(Self.other)", missing] {
                #expect(outcome.errors.contains(words), "\(words)\n\(outcome.errors)")
            }
        }
        #expect(try !workspace.exists("next.plan") && sandbox.created().count == 2)
        let applied = try run(sandbox, "apply", "--auto-approve")
        #expect(applied.status == 3 && applied.output.contains("1 created, 3 failed"), "\(applied.output)\(applied.errors)")
        #expect(try idOfKey().keys.sorted() == ["d"] && sandbox.created().count == 3)
        let events = try run(sandbox, "apply", "--auto-approve", "--json").output
        #expect(events.contains(#""cause":"not_adoptable","id":"\#(missing)","obstacle":"snapshot_not_found""#), "\(events)")
    }

    @Test("P1, P3: a key that is recorded as another snapshot is refused as it is, and 'forget' or the line without its id is the way on")
    func otherRecorded() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let id = try await make(sandbox, "by hand")
        try write(line("a"))
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        let recorded = try #require(try idOfKey()["a"])
        try write(line("a", id: id))
        for command in [["plan"], ["apply", "--auto-approve"], ["apply", "--auto-approve", "--prune"], ["plan", "--refresh"]] {
            let outcome = try workspace.run(command + sandbox.options, environment: sandbox.environment)
            #expect(outcome.status == 1, "\(outcome.output)\(outcome.errors)")
            #expect(
                outcome.errors.contains("the key is recorded as snapshot \(recorded), the manifest says \(id)")
                    && outcome.errors.contains("run 'snapkeep forget a' first, or remove the 'id:' line"), "\(outcome.errors)")
        }
        #expect(try idOfKey() == ["a": recorded] && sandbox.created().count == 2)
        let imported = try run(sandbox, "import", "b", id)
        #expect(imported.status == 0, "\(imported.errors)")
        #expect(try run(sandbox, "plan").errors.contains("run 'snapkeep forget a' first"))
        #expect(try workspace.run("forget", "a").status == 0)
        let taken = try run(sandbox, "plan")
        #expect(taken.status == 1 && taken.errors.contains("is recorded under the key 'b'"), "\(taken.errors)")
        #expect(taken.errors.contains("run 'snapkeep rename b a \(sandbox.options.joined(separator: " "))'"), "\(taken.errors)")
        #expect(try run(sandbox, "rename", "b", "a").status == 0)
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        #expect(try idOfKey() == ["a": id] && sandbox.created().count == 2)
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
    }

    @Test("P1: import takes no other snapshot than the line names")
    func importOfAnother() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let (a, b) = (try await make(sandbox, "a"), try await make(sandbox, "a"))
        try write(line("a", id: a))
        let outcome = try run(sandbox, "import", "a", b)
        #expect(outcome.status == 1 && outcome.errors.contains("the manifest's line says 'id: \(a)'"), "\(outcome.errors)")
        #expect(try run(sandbox, "import", "a", a).status == 0)
        #expect(try isQuiet(sandbox))
    }

    @Test("P1: what was adopted and is lost is not made anew while its line names it; without the id it is")
    func lost() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms", "--delete-delay", "10ms")
        let id = try await make(sandbox, "a")
        try write(line("a", id: id))
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        try await OtherClient(of: sandbox).delete(id)
        let plan = try run(sandbox, "plan", "--refresh")
        #expect(plan.output.contains("its line names it by `id:`, so no other is made for it"), "\(plan.output)")
        let refused = try run(sandbox, "apply", "--refresh", "--recreate", "--auto-approve")
        #expect(refused.status == 1 && refused.errors.contains("remove the 'id:' line to have a new one made"), "\(refused.errors)")
        #expect(try run(sandbox, "apply", "--refresh", "--auto-approve").status == 3)
        #expect(try sandbox.created().count == 1)
        try write(line("a"))
        #expect(try run(sandbox, "apply", "--refresh", "--recreate", "--auto-approve").status == 0)
        #expect(try sandbox.created().count == 2 && isQuiet(sandbox))
    }

    @Test("A new snapshot beside one of its name and volume without our stamp is warned about, with both ways to adopt it")
    func lookAlike() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let id = try await make(sandbox, "a")
        _ = try await make(sandbox, "a", volume: Self.other)
        _ = try await make(sandbox, "b")
        try write(line("a"))
        let plan = try run(sandbox, "plan", "--refresh")
        let command = "snapkeep import a \(id) \(sandbox.options.joined(separator: " "))"
        let words = "snapshots.yaml:3:12: warning: the cloud has a snapshot of the name"
        #expect(plan.status == 0 && plan.errors.hasPrefix(words), "\(plan.errors)")
        #expect(plan.errors.contains("add 'id: \(id)' to the line or run '\(command)'"), "\(plan.errors)")
        let json = try run(sandbox, "plan", "--refresh", "--json")
        #expect(json.output.contains(#""code":"look-alike""#))
        #expect(try run(sandbox, "plan", "--refresh", "--format", "markdown").output.contains("without our stamp"))
        // Without a look nobody knows; and to go on is a way, too.
        #expect(try run(sandbox, "plan").errors.isEmpty)
        #expect(try run(sandbox, "apply", "--refresh", "--auto-approve").status == 0)
        #expect(try sandbox.created().count == 4 && isQuiet(sandbox))
    }

    @Test("A line whose name has changed is asked about, without a connection, in each form; with --prune as a warning")
    func renamed() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try write(line("a"), line("b", volume: Self.other))
        #expect(try run(sandbox, "apply", "--auto-approve").status == 0)
        try write(line("a2"), line("b", volume: Self.other))
        let plan = try run(sandbox, "plan")
        let command = "snapkeep rename a a2 \(sandbox.options.joined(separator: " "))"
        #expect(plan.errors.hasPrefix("snapshots.yaml:3:12: note: renamed? 'a2' is new, and 'a' of the same volume"), "\(plan.errors)")
        #expect(plan.errors.contains("run '\(command)', or keep 'key: a' on the line"), "\(plan.errors)")
        #expect(try run(sandbox, "plan", "--prune").errors.contains(": warning: renamed?"))
        #expect(try run(sandbox, "plan", "--refresh").errors.contains("renamed?"))
        #expect(try run(sandbox, "plan", "--json").output.contains(#""code":"renamed""#))
        #expect(try run(sandbox, "plan", "--format", "markdown").output.contains("renamed?"))
        #expect(try run(sandbox, "rename", "a", "a2").status == 0)
        #expect(try run(sandbox, "apply", "--auto-approve").output.contains("Applied: 1 updated in "))
        #expect(try isQuiet(sandbox) && sandbox.created().count == 2)
    }

    @Test("status tells what is not adopted yet")
    func status() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        let id = try await make(sandbox, "a")
        try write(line("a", id: id))
        #expect(try run(sandbox, "status").output.contains("not adopted"))
        #expect(try run(sandbox, "status", "--json").output.contains(#""status":"not_adopted""#))
    }
}
