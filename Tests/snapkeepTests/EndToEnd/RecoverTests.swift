import Foundation
import Testing

/// A lost or damaged state, and what the stamps in the cloud make of it.
@Suite(.serialized) struct RecoverTests {
    private let workspace: Workspace
    private let state = "snapkeep.sandbox.json"

    init() throws { workspace = try Workspace() }

    private func applied(_ count: Int = 4) throws {
        try workspace.write("snapshots.yaml", manifest(of: count))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
    }

    private func remove(_ names: String...) throws {
        for name in names { try FileManager.default.removeItem(at: workspace.folder.appending(path: name)) }
    }

    private func recover(_ more: String...) throws -> Workspace.Outcome {
        try workspace.run(["recover", "--sandbox", "--auto-approve", "--settle-time", "50ms"] + more)
    }

    private func plansNothing(_ options: [String] = ["--sandbox"]) throws -> Bool {
        try workspace.run(["plan", "--exit-code"] + options).status == 0
    }

    private var current: StateFile { get throws { try StateFile(try workspace.read(state)) } }

    /// What other clients do to the embedded sandbox: a second snapshot, copied from one that was made, with some words changed.
    private func copyInCloud(of key: String, id: String, _ changes: (from: String, to: String)...) throws {
        let data = state + ".cloud.jsonl"
        let lines = try workspace.read(data).split(separator: "\n").map(String.init)
        let made = try #require(lines.first { $0.contains("\"created\"") && $0.contains("\"\(key)\"") })
        let madeID = try #require(
            (try JSONSerialization.jsonObject(with: Data(made.utf8)) as? [String: Any])?["id"] as? String)
        var copies = lines.filter { $0.contains(madeID) }.map { $0.replacing(madeID, with: id) }
        for change in changes { copies = copies.map { $0.replacing(change.from, with: change.to) } }
        try workspace.write(data, (lines + copies).joined(separator: "\n") + "\n")
    }

    // MARK: Lost

    @Test("P2: a lost state is rebuilt: the plan has no action, and a second recovery has nothing to do", arguments: [false, true])
    func lostState(withHistory: Bool) throws {
        try applied(20)
        let before = try current
        try remove(state, state + ".backup")
        if !withHistory { try remove(state + ".history") }
        let outcome = try recover()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("Recovered: 20 recorded"))
        #expect(try current.idOfKey == before.idOfKey)
        #expect(try plansNothing())
        #expect(try workspace.run("history", "--sandbox").output.contains("recovered from stamps"))

        let files = try workspace.contents()
        let again = try recover()
        #expect(again.status == 0)
        #expect(again.output.contains("Nothing to recover: the state knows all 20 snapshots"))
        #expect(try workspace.contents()[state] == files[state])
    }

    @Test("P5: a plan that was saved from the lost state is refused after the recovery")
    func oldPlanIsRefused() throws {
        try applied()
        try workspace.write("snapshots.yaml", manifest(of: 5))
        #expect(try workspace.run("plan", "--sandbox", "--out", "next.plan").status == 0)
        try remove(state)
        #expect(try recover().status == 0)
        #expect(try workspace.run("apply", "next.plan", "--sandbox", "--auto-approve").status == 4)
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        #expect(try plansNothing())
    }

    @Test("P4: --dry-run shows and writes nothing, and without a terminal or --auto-approve nothing is written either")
    func looksOnly() throws {
        try applied()
        try remove(state)
        let before = try workspace.contents()
        let dry = try workspace.run("recover", "--sandbox", "--dry-run")
        #expect(dry.status == 0)
        #expect(dry.output.contains("Recover: 4 to record"))
        #expect(try workspace.contents() == before)
        let unasked = try workspace.run("recover", "--sandbox")
        #expect(unasked.status == 1)
        #expect(unasked.errors.contains("no terminal to ask on"))
        #expect(try workspace.contents() == before)
    }

    @Test("P3: without a manifest the owner must be known, and everything that is recovered is protected")
    func withoutManifest() throws {
        try applied(2)
        try remove(state, state + ".backup", "snapshots.yaml")
        let unknown = try recover()
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("2 snapshots of owner 'tests'"))
        #expect(!workspace.exists(state))
        #expect(try recover("--owner", "tests").status == 0)
        try workspace.write("snapshots.yaml", manifest(of: 1, name: "other"))
        let plan = try workspace.run("plan", "--sandbox", "--prune")
        #expect(plan.output.contains("1 to create"))
        #expect(!plan.output.contains("to delete"), "\(plan.output)")
    }

    @Test("P1: another owner's snapshots are counted and left alone; nothing found writes nothing")
    func otherOwner() throws {
        try applied(3)
        try remove(state)
        try workspace.write("snapshots.yaml", manifest(of: 3).replacing("stack: tests", with: "stack: others"))
        let before = try workspace.contents()
        let outcome = try recover()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("carries the stamp of owner 'others'"))
        #expect(outcome.output.contains("left alone: 3 of owner 'tests'"))
        #expect(try workspace.contents()[state] == before[state])
    }

    @Test("P1: of two snapshots with one key one is recorded, the other superseded and told")
    func duplicateKey() throws {
        try applied(2)
        let twin = "76f39ba1-8672-4699-b04c-c73fa89b75d1"
        try copyInCloud(of: "snap-000", id: twin)
        try remove(state)
        let outcome = try recover()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("the key 'snap-000' is carried by several snapshots"))
        #expect(outcome.output.contains("(of the same creation)"))
        #expect(try current.idOfKey.count == 2)
        #expect(try current.superseded.count == 1)
        #expect(try plansNothing())
    }

    @Test("P1: a whole state is told the late duplicate that nobody saw, and keeps what it says")
    func lateDuplicate() throws {
        try applied(2)
        let before = try current
        let twin = "76f39ba1-8672-4699-b04c-c73fa89b75d1"
        try copyInCloud(of: "snap-001", id: twin)
        #expect(try recover().output.contains("Recovered: 1 kept as superseded"))
        #expect(try current.idOfKey == before.idOfKey)
        #expect(try current.superseded == [twin])
        #expect(try current.serial == before.serial + 1)
        #expect(!workspace.exists(state + ".journal"))
        #expect(try recover().output.contains("Nothing to recover"))
        #expect(try current.serial == before.serial + 1)
    }

    @Test("Half-made ones, damaged stamps and the cloud's own are told, each by its id")
    func findings() throws {
        try applied(2)
        func id(_ number: Int) -> String { "aaaaaaaa-0000-4000-8000-00000000000\(number)" }
        try copyInCloud(of: "snap-000", id: id(1), ("snapkeep.attempt", "other.attempt"))
        try copyInCloud(of: "snap-000", id: id(2), ("snapkeep.key", "other.key"))
        try copyInCloud(of: "snap-000", id: id(3), ("\"tests\"", "\"others\""))
        try copyInCloud(of: "snap-000", id: id(4), ("\"available\"", "\"error\""), ("\"snap-000\"", "\"snap-004\""))
        try copyInCloud(of: "snap-000", id: id(5), ("\"name\": \"snap-000\"", "\"name\": \"autobk_snapshot_1\""))
        try copyInCloud(of: "snap-000", id: id(6), ("snapkeep.", "team."))
        let outcome = try workspace.run("recover", "--sandbox", "--dry-run")
        #expect(outcome.output.contains("snapshot \(id(1)) is not recorded: its stamp has no usable 'snapkeep.attempt'"))
        #expect(outcome.output.contains("snapshot \(id(2)) is not recorded: its stamp has no usable 'snapkeep.key'"))
        #expect(outcome.output.contains("snapshot \(id(4)) of 'snap-004' ended in status error"))
        #expect(outcome.output.contains("'snap-004' is not listed in a manifest and is recorded as protected"))
        #expect(outcome.output.contains("left alone: 1 of owner 'others', 1 without a stamp and 1 made by the cloud itself"))
        #expect(outcome.output.contains("Recover: 1 to record\n"))
    }

    // MARK: Damaged

    @Test(
        "P6: a damaged state is rebuilt and kept aside as it was",
        arguments: ["flipped", "truncated", "emptied", "unknown field"])
    func damagedState(_ damage: String) throws {
        try applied()
        let before = try current
        let text = try workspace.read(state)
        let damaged =
            switch damage {
            case "flipped": text.replacing("\"records\"", with: "\"recorts\"")
            case "truncated": String(text.prefix(text.count / 2))
            case "unknown field": text.replacing("\"protect\":false", with: "\"protest\":false")
            default: ""
            }
        try workspace.write(state, damaged)
        let refused = try workspace.run("plan", "--sandbox")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("snapkeep recover"), "\(refused.errors)")
        let outcome = try recover()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try current.idOfKey == before.idOfKey)
        #expect(try current.serial > before.serial)
        let aside = try #require(try workspace.contents().keys.first { $0.hasPrefix(state + ".damaged-") })
        #expect(try workspace.read(aside) == damaged)
        #expect(outcome.output.contains(aside))
        #expect(try plansNothing())
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
    }

    @Test("P1: a restored older state is set aside, and what it did not know is found")
    func olderState() throws {
        try applied(2)
        let old = try workspace.read(state)
        try applied(4)
        let before = try current
        try workspace.write(state, old)
        let refused = try workspace.run("apply", "--sandbox", "--auto-approve")
        #expect(refused.status == 4)
        #expect(refused.errors.contains("snapkeep recover"), "\(refused.errors)")
        #expect(try recover().status == 0)
        #expect(try current.idOfKey == before.idOfKey)
        #expect(try plansNothing())
    }

    // MARK: Crashes and faults

    @Test(
        "P1, P2: kill -9 in the middle of an apply, the state lost with or without its journal: recover, then apply, makes no duplicate",
        arguments: ["after-answer:7", "before-post:12", "after-record:20", "after-intent:3"], [false, true])
    func killedAndLost(point: String, withJournal: Bool) throws {
        let state = "snapkeep.state.json"
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "20ms")
        try workspace.write("snapshots.yaml", manifest(of: 20))
        let apply = ["apply", "--auto-approve", "--settle-time", "50ms"] + sandbox.options
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = point
        #expect(try workspace.run(apply, environment: environment).status == nil)
        // What the dead process had sent may still be on its way to the log; the server acts at once.
        let made = try sandbox.created().count
        try remove(state)
        if !withJournal { try remove(state + ".journal") }

        let recovered = try workspace.run(
            ["recover", "--auto-approve", "--settle-time", "50ms"] + sandbox.options, environment: sandbox.environment)
        #expect(recovered.status == (made > 0 || withJournal ? 0 : 1), "\(recovered.output)\(recovered.errors)")
        let again = try workspace.run(apply, environment: sandbox.environment)
        #expect(again.status == 0, "\(again.output)\(again.errors)")
        let created = try sandbox.created()
        #expect(created.count == 20)
        #expect(Set(created.map(\.key)).count == 20)
        #expect(try StateFile(workspace.read(state)).idOfKey == Dictionary(uniqueKeysWithValues: created.map { ($0.key, $0.id) }))
        #expect(try StateFile(workspace.read(state)).openIntents == 0)
        #expect(try plansNothing(sandbox.options))
    }

    @Test(
        "P6: a recovery that is killed leaves the old files or the new state, and recovering again ends it",
        arguments: ["before-first-state", "after-temporary-file", "after-backup", "after-rename", "after-first-state"])
    func killedRecovery(_ point: String) throws {
        try applied()
        let before = try current
        let damaged = String(try workspace.read(state).dropLast(60))
        try workspace.write(state, damaged)
        let killed = try workspace.run(
            ["recover", "--sandbox", "--auto-approve", "--settle-time", "50ms"], environment: ["SNAPKEEP_FAILPOINT": point])
        #expect(killed.status == nil)
        let left = try workspace.read(state)
        if left != damaged { #expect(try StateFile(left).idOfKey == before.idOfKey) }
        #expect(try recover().status == 0)
        #expect(try current.idOfKey == before.idOfKey)
        #expect(try plansNothing())
    }

    @Test("P1: a list whose second page is refused recovers nothing and says so")
    func partialList() throws {
        let state = "snapkeep.state.json"
        try workspace.write("snapshots.yaml", manifest(of: 6))
        do {
            let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
            #expect(try workspace.run(["apply", "--auto-approve"] + sandbox.options, environment: sandbox.environment).status == 0)
        }
        try remove(state)
        let sandbox = try SandboxProcess(in: workspace, "--page-size", "2", "--fault", "GET snapshots 2- 403")
        let outcome = try workspace.run(
            ["recover", "--auto-approve", "--settle-time", "50ms"] + sandbox.options, environment: sandbox.environment)
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("cannot be read to its end"))
        #expect(!workspace.exists(state))
    }

    @Test("Wrong words are told: two owners, a file of the manifest as the state")
    func wrongUse() throws {
        try applied(1)
        #expect(try recover("--owner", "other").status == 64)
        #expect(try recover("--state", "snapshots.yaml").status == 64)
        #expect(try recover("-f", "absent.yaml").status == 1)
    }
}
