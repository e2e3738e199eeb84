import Foundation
import Testing

/// A state that a disk, a hand or a merge has changed: nothing goes on from it, and `recover` puts it right without making anything twice.
@Suite(.serialized) struct ChangedStateTests {
    private let workspace: Workspace
    private let sandbox: SandboxProcess
    private let state = "snapkeep.state.json"

    init() throws {
        workspace = try Workspace()
        sandbox = try SandboxProcess(in: workspace, "--create-delay", "5ms")
    }

    private func run(_ arguments: String...) throws -> Workspace.Outcome {
        try workspace.run(arguments + sandbox.options, environment: sandbox.environment)
    }

    private func apply() throws -> Workspace.Outcome { try run("apply", "--auto-approve", "--settle-time", "50ms") }

    private func applied(_ manifest: String) throws {
        try workspace.write("snapshots.yaml", manifest)
        let outcome = try apply()
        try #require(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }

    /// The lines of the state, with their feeds.
    private func lines() throws -> [String] { try workspace.read(state).split(separator: "\n").map { $0 + "\n" } }

    /// 1-based.
    private func number(of key: String) throws -> Int {
        try #require(try lines().firstIndex { $0.contains("{\"key\":\"\(key)\"") }) + 1
    }

    /// Plan and apply refuse the state at a place, and change nothing; `recover` then leads back to a plan without actions, and nothing was
    /// made a second time.
    ///
    /// - Returns: what the recovery said.
    @discardableResult
    private func isRefusedAndMended(at place: String, _ words: String, made: Int) throws -> String {
        let before = try workspace.contents()
        for outcome in [try run("plan", "--exit-code"), try apply()] {
            #expect(outcome.status == 1, "\(outcome.output)\(outcome.errors)")
            #expect(outcome.errors.contains("\(state):\(place): error: \(words)"), "\(outcome.errors)")
            #expect(outcome.errors.contains("nothing was changed"))
            #expect(outcome.errors.contains("snapkeep recover"))
        }
        var after = try workspace.contents()
        for name in before.keys where name.hasSuffix(".lock") { after[name] = before[name] }
        #expect(after == before)

        let recovered = try run("recover", "--auto-approve", "--settle-time", "50ms")
        #expect(recovered.status == 0, "\(recovered.output)\(recovered.errors)")
        for refresh in [[], ["--refresh"]] {
            let plan = try workspace.run(["plan", "--exit-code"] + refresh + sandbox.options, environment: sandbox.environment)
            #expect(plan.status == 0, "\(plan.output)\(plan.errors)")
        }
        #expect(try apply().status == 0)
        let created = try sandbox.created()
        #expect(created.count == made && Set(created.map(\.key)).count == made)
        #expect(
            try StateFile(try workspace.read(state)).idOfKey == Dictionary(uniqueKeysWithValues: created.map { ($0.key, $0.id) }))
        return recovered.output
    }

    struct Edit: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let old: String
        let new: String
        /// The key that the line then shows.
        var key = "snap-002"
    }

    // Each of these made a plain apply create a second snapshot, with exit 0.
    @Test(
        "P1: a record that was changed by hand or by a bad disk is refused with its line, and recover mends it",
        arguments: [
            Edit(testDescription: "key", old: "\"key\":\"snap-002\"", new: "\"key\":\"snap-102\"", key: "snap-102"),
            Edit(testDescription: "volume", old: "-000000000001\"", new: "-000000000003\""),
            Edit(testDescription: "status", old: "\"available\"", new: "\"error\""),
            Edit(testDescription: "name", old: "\"name\":\"snap-002\"", new: "\"name\":\"snap-02\""),
            Edit(testDescription: "protection", old: "\"protect\":false", new: "\"protect\":true"),
        ])
    func editedRecord(_ edit: Edit) throws {
        try applied(manifest(of: 5))
        let line = try number(of: "snap-002")
        var lines = try lines()
        lines[line - 1] = lines[line - 1].replacing(edit.old, with: edit.new)
        try workspace.write(state, lines.joined())
        let told = try isRefusedAndMended(at: "\(line):5", "the line of '\(edit.key)' was changed outside of snapkeep", made: 5)
        #expect(told.contains("line \(line) ('\(edit.key)') is not as it was written"), "\(told)")
    }

    @Test("P1: an id that was changed by hand is refused, and recover finds the snapshot by its stamp")
    func editedID() throws {
        try applied(manifest(of: 5))
        let id = try #require(try StateFile(try workspace.read(state)).idOfKey["snap-002"])
        try workspace.write(state, try workspace.read(state).replacing(id, with: "76f39ba1-8672-4699-b04c-c73fa89b75d1"))
        try isRefusedAndMended(at: "\(try number(of: "snap-002")):5", "the line of 'snap-002' was changed outside of snapkeep", made: 5)
    }

    @Test("P1: a line that was taken out is noticed, and recover finds its snapshot", arguments: [0, 2, 4])
    func lostLine(_ index: Int) throws {
        try applied(manifest(of: 5))
        var lines = try lines()
        lines.remove(at: try number(of: "snap-00\(index)") - 1)
        try workspace.write(state, lines.joined().replacing("},\n  ]", with: "}\n  ]"))
        try isRefusedAndMended(
            at: "\(try number(of: index == 0 ? "snap-001" : "snap-000") - 1):13",
            "the state has 4 records and was written with 5: a merge or a hand has taken out lines", made: 5)
    }

    @Test("P1: a serial that was set back or forward by hand is refused", arguments: ["0", "2", "9007199254740992"])
    func editedSerial(_ serial: String) throws {
        try applied(manifest(of: 5))
        try workspace.write(state, try workspace.read(state).replacing("\"serial\":1,", with: "\"serial\":\(serial),"))
        let digest = try #require(try lines().firstIndex { $0.hasPrefix("  \"digest\":") }) + 1
        try isRefusedAndMended(at: "\(digest):12", "the header of the state was changed outside of snapkeep", made: 5)
    }

    @Test("P1: an endpoint or an owner that was changed by hand holds nobody to it: recover goes by the manifest and the settings")
    func editedOwner() throws {
        try applied(manifest(of: 5))
        let text = try workspace.read(state)
        try workspace.write(state, text.replacing("\"owner\":\"tests\"", with: "\"owner\":\"tests2\"").replacing("/v3\"", with: "/v2\""))
        let digest = try #require(try lines().firstIndex { $0.hasPrefix("  \"digest\":") }) + 1
        try isRefusedAndMended(at: "\(digest):12", "the header of the state was changed outside of snapkeep", made: 5)
    }

    // MARK: What only the state knows

    @Test("P3: recover keeps what the whole lines say of protection and what was forgotten, for no stamp tells that")
    func protection() throws {
        let volume = "volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635"
        func line(_ name: String, _ protect: Bool) -> String { "  - {name: \(name), \(volume), protect: \(protect)}\n" }
        try applied(
            "stack: tests\nsnapshots:\n" + line("a", false) + line("kept", true) + line("free", false) + line("dropped", false)
                + line("bad", false))
        #expect(try workspace.run("forget", "dropped").status == 0)
        let dropped = try #require(try sandbox.created().first { $0.key == "dropped" }).id
        let only = "stack: tests\nsnapshots:\n" + line("a", false)
        try workspace.write("snapshots.yaml", only)

        var lines = try lines()
        let bad = try number(of: "bad")
        lines[bad - 1] = lines[bad - 1].replacing("\"available\"", with: "\"creating\"")
        try workspace.write(state, lines.joined())
        let recovered = try run("recover", "--auto-approve", "--settle-time", "50ms")
        #expect(recovered.status == 0, "\(recovered.errors)")
        #expect(recovered.output.contains("line \(bad) ('bad') is not as it was written"))
        #expect(recovered.output.contains("'bad' is not listed in a manifest and is recorded as protected"), "\(recovered.output)")
        #expect(recovered.output.contains("left alone: 1 that was forgotten on purpose"), "\(recovered.output)")

        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(try workspace.read(state).utf8)) as? [String: Any])
        let records = try #require(document["records"] as? [[String: Any]])
        let protected = Dictionary(uniqueKeysWithValues: records.map { ($0["key"] as? String ?? "", $0["protect"] as? Bool ?? false) })
        #expect(protected == ["a": false, "kept": true, "free": false, "bad": true])
        #expect(document["forgotten"] as? [String] == [dropped])
        #expect(try workspace.run(["plan", "--exit-code"] + sandbox.options).status == 0)
    }

    // MARK: Merges

    /// The states that two branches have made of one: `ours` with a key behind all others, `theirs` with one in front of them.
    private func branches() throws -> (ours: [String], theirs: [String]) {
        try applied(manifest(of: 3))
        let (base, history) = (try workspace.read(state), try workspace.read(state + ".history"))
        try applied(manifest(of: 3) + "  - {name: front, volume_id: 5aa119a8-d25b-45a7-8d1b-000000000007}\n")
        let theirs = try lines()
        try workspace.write(state, base)
        try workspace.write(state + ".history", history)
        try applied(manifest(of: 4))
        let ours = try lines()
        // Both lines are wanted now.
        try workspace.write("snapshots.yaml", manifest(of: 4) + "  - {name: front, volume_id: 5aa119a8-d25b-45a7-8d1b-000000000007}\n")
        return (ours, theirs)
    }

    private func isHeader(_ line: String) -> Bool { line.hasPrefix("  \"") && !line.hasPrefix("  \"records\"") }

    /// The records of both, each key once, in order.
    private func records(_ ours: [String], _ theirs: [String]) -> [String] {
        let all = Set((ours + theirs).filter { $0.hasPrefix("    {\"key\"") }.map { $0.replacing("},\n", with: "}\n") }).sorted()
        return all.enumerated().map { $0 < all.count - 1 ? $1.replacing("}\n", with: "},\n") : $1 }
    }

    @Test("P1: a merge that left its markers is refused with their line, and recover puts both sides together")
    func conflict() throws {
        let (ours, theirs) = try branches()
        let serial = try #require(ours.firstIndex { $0.hasPrefix("  \"serial\"") })
        let start = try #require(ours.firstIndex { $0.hasPrefix("  \"records\"") })
        try workspace.write(
            state,
            (ours[..<serial] + ["<<<<<<< HEAD\n"] + ours[serial..<start] + ["=======\n"] + theirs[serial..<start]
                + [">>>>>>> theirs\n", ours[start]] + records(ours, theirs) + ours.drop { !$0.hasPrefix("  ],") }).joined())
        try isRefusedAndMended(at: "\(serial + 1)", "a merge has left a conflict in the state", made: 5)
    }

    @Test("P1: a merge that was put together by hand is refused, whichever header it kept", arguments: [true, false])
    func mergedByHand(keepsOurs: Bool) throws {
        let (ours, theirs) = try branches()
        let kept = keepsOurs ? ours : theirs
        let start = try #require(kept.firstIndex { $0.hasPrefix("  \"records\"") })
        try workspace.write(state, (kept[...start] + records(ours, theirs) + kept.drop { !$0.hasPrefix("  ],") }).joined())
        try isRefusedAndMended(at: "\(start + 1):13", "the state has 5 records and was written with 4", made: 5)
    }

    @Test("P1: the lines of one side under the header of the other are refused", arguments: [true, false])
    func crossed(keepsOurs: Bool) throws {
        let (ours, theirs) = try branches()
        let (header, body) = keepsOurs ? (ours, theirs) : (theirs, ours)
        let start = try #require(header.firstIndex { $0.hasPrefix("  \"records\"") })
        try workspace.write(state, (header[..<start] + body.drop { !$0.hasPrefix("  \"records\"") }).joined())
        try isRefusedAndMended(
            at: "\(start):12", "lines of the state were not written together with the others: a merge or a hand has exchanged some", made: 5
        )
    }

    @Test("P2: the way out that the message names: one side whole, and recover adds what the other side made")
    func oneSide() throws {
        let (ours, _) = try branches()
        try workspace.write(state, ours.joined())
        #expect(try apply().status == 1)
        #expect(try run("recover", "--auto-approve", "--settle-time", "50ms").status == 0)
        #expect(try run("plan", "--exit-code").status == 0)
        #expect(try apply().status == 0)
        #expect(Set(try sandbox.created().map(\.key)).count == 5)
        #expect(try sandbox.created().count == 5)
    }

    // MARK: The first version

    @Test("P6: a state of the first version is gone on with, and has its checksums after the next change; a plan leaves it as it is")
    func firstVersion() throws {
        try applied(manifest(of: 3))
        let today = try workspace.read(state)
        let old = today.replacing("\"version\":2", with: "\"version\":1").replacing(/,"sum":"[0-9a-f]{8}"/, with: "")
            .replacing(/\ \ "digest":.*\n/, with: "")
        try workspace.write(state, old)
        #expect(try run("plan", "--exit-code").status == 0)
        #expect(try apply().status == 0)
        #expect(try workspace.read(state) == old)
        try applied(manifest(of: 4))
        #expect(try workspace.read(state).contains("\"version\":2"))
        #expect(try lines().filter { $0.contains(/"sum":"[0-9a-f]{8}"}/) }.count == 4)
        #expect(try run("plan", "--exit-code").status == 0)
        #expect(try sandbox.created().count == 4)
    }
}
