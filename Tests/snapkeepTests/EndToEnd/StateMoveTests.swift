import Foundation
import Testing

/// `state pull`, `state push` and `unlock`.
@Suite(.serialized) struct StateMoveTests {
    private let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try workspace.run("apply", "--sandbox", "-y").status == 0)
    }

    private func push(_ file: String, to place: String, _ options: String..., input: String = "") throws -> Workspace.Outcome {
        try workspace.run(["state", "push", file, "--state", place] + options, input: input)
    }

    private func lines(_ place: String) throws -> [[String: Any]] {
        let text = try workspace.run("history", "--state", place, "--json").output
        return ((try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?["runs"] as? [[String: Any]]) ?? []
    }

    private func serial(_ place: String) throws -> Int? {
        let text = try workspace.run("state", "list", "--state", place, "--json").output
        return (try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])?["serial"] as? Int
    }

    @Test("P4: what is pulled is the state to the byte, on standard output or as a file, and the store is as it was")
    func pull() throws {
        let before = try workspace.contents()
        let state = try workspace.read("snapkeep.sandbox.json")
        #expect(try workspace.run("state", "pull", "--sandbox").output == state)
        #expect(try workspace.contents() == before)
        #expect(try workspace.run("state", "pull", "--sandbox", "--out", "copy.json").status == 0)
        #expect(try workspace.read("copy.json") == state)
        let again = try workspace.run("state", "pull", "--sandbox", "--out", "copy.json")
        #expect(again.status == 1 && again.errors.contains("--force"))
        #expect(try workspace.run("state", "pull", "--sandbox", "--out", "copy.json", "--force").status == 0)
        let own = try workspace.run("state", "pull", "--sandbox", "--out", "snapkeep.sandbox.json", "--force")
        #expect(own.status == 64 && own.errors.contains("own-file") || own.errors.contains("would replace"), "\(own.errors)")
        #expect(try workspace.run("state", "pull", "--state", "none.json").status == 1)
        let unkept = try workspace.run("state", "pull", "--sandbox", "--kept", "20261128T174007Z-19")
        #expect(
            unkept.status == 1 && unkept.errors.contains("nothing is kept there under the name '20261128T174007Z-19'"), "\(unkept.errors)")
        let elsewhere = try workspace.run("state", "pull", "--sandbox", "--out", "etcd://10.0.0.1/snapkeep/prod")
        #expect(elsewhere.status == 64 && elsewhere.errors.contains("then 'snapkeep state push' it there"), "\(elsewhere.errors)")
    }

    @Test("A state moves to another place with a line of its own, and a run goes on from there")
    func moves() throws {
        let pushed = try push("snapkeep.sandbox.json", to: "moved.json")
        #expect(
            pushed.status == 0 && pushed.output.contains("Pushed 2 snapshots, serial 1, to moved.json."), "\(pushed.output)\(pushed.errors)"
        )
        #expect(pushed.errors.contains("is left as it is"))
        #expect(try lines("moved.json").map { $0["command"] as? String } == ["state push"])
        #expect(try lines("moved.json").first?["serial_after"] as? Int == 1)
        // A second time it is there.
        let again = try push("snapkeep.sandbox.json", to: "moved.json")
        #expect(again.status == 0 && again.output.contains("Nothing to push"))
        #expect(try lines("moved.json").count == 1)
        // It goes on there, and a later one is pushed over an earlier.
        #expect(try workspace.run("forget", "snap-000", "--state", "moved.json").status == 0)
        let back = try push("moved.json", to: "snapkeep.sandbox.json")
        #expect(back.status == 0, "\(back.errors)")
        #expect(try serial("snapkeep.sandbox.json") == 2)
        #expect(try lines("snapkeep.sandbox.json").map { $0["command"] as? String } == ["apply", "state push"])
        #expect(try push("-", to: "third.json", input: workspace.read("moved.json")).status == 0)
        #expect(try serial("third.json") == 2)
    }

    @Test("P9: what is wrong with a file that is to be pushed is told of that file, and no command that changes the store is named")
    func wrongFile() throws {
        for text in ["{\"bad\":1}", "", "snapshots: []"] {
            try workspace.write("bad.json", text)
            let outcome = try push("bad.json", to: "moved.json")
            #expect(outcome.status == 1 && outcome.errors.contains("that 'state pull' or an apply has written"), "\(outcome.errors)")
            #expect(outcome.errors.contains("the store was not touched") && !outcome.errors.contains("recover"), "\(outcome.errors)")
        }
        let damaged = try workspace.read("snapkeep.sandbox.json").replacing("snap-000", with: "snap-0x0")
        try workspace.write("bad.json", damaged)
        let outcome = try push("bad.json", to: "moved.json")
        #expect(outcome.status == 1 && outcome.errors.contains("'snapkeep recover --state bad.json'"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("moved.json"), "\(outcome.errors)")
        #expect(!workspace.exists("moved.json"))
    }

    @Test("The history says of a push that a state was pushed, not that records changed")
    func pushInHistory() throws {
        #expect(try push("snapkeep.sandbox.json", to: "moved.json").status == 0)
        let history = try workspace.run("history", "--state", "moved.json").output
        #expect(history.contains("state pushed") && !history.contains("changed"), "\(history)")
    }

    @Test("P9: words that make no sense lead to the page of the command that they were typed for, and are told as they were typed")
    func wrongWords() throws {
        let pull = try workspace.run("state", "pull", "--sandbox", "--json")
        #expect(pull.status == 64 && pull.errors.contains("'snapkeep state pull --help' lists"), "\(pull.errors)")
        for typed in ["-y", "--yes"] {
            let forget = try workspace.run("forget", typed, "snap-000", "--sandbox")
            #expect(forget.status == 64 && forget.errors.contains("unknown option '\(typed)'"), "\(forget.errors)")
            #expect(forget.errors.contains("leave it out, 'snapkeep forget' asks nothing; 'snapkeep forget --help'"), "\(forget.errors)")
        }
        let push = try workspace.run("state", "push", "-y", "x.json")
        // Only what asks nothing is said to.
        let apply = try workspace.run("apply", "--auto-approve", "--bogus", "--sandbox")
        #expect(apply.status == 64 && apply.errors.contains("'--bogus'") && !apply.errors.contains("asks nothing"), "\(apply.errors)")
        #expect(push.errors.contains("unknown option '-y'") && push.errors.contains("'snapkeep state push' asks nothing"), "\(push.errors)")
    }

    @Test("P1, P5: an older state, a fork and another state are refused and change nothing; --force keeps what was there, above its serial")
    func refusals() throws {
        try workspace.write("old.json", workspace.read("snapkeep.sandbox.json"))
        try workspace.write("fork.json", workspace.read("snapkeep.sandbox.json"))
        for (place, key) in [("snapkeep.sandbox.json", "snap-000"), ("fork.json", "snap-001")] {
            #expect(try workspace.run("forget", key, "--state", place).status == 0)
        }
        try workspace.write("apart/snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run("apply", "-f", "apart/snapshots.yaml", "--sandbox", "-y").status == 0)
        let before = try workspace.read("snapkeep.sandbox.json")
        for (file, words) in [
            ("old.json", "has come to serial 2, and this state has serial 1"), ("fork.json", "the same serial 2"),
            ("apart/snapkeep.sandbox.json", "the store holds another state"),
        ] {
            let outcome = try push(file, to: "snapkeep.sandbox.json")
            #expect(outcome.status == 4 && outcome.errors.contains(words), "\(outcome.errors)")
            #expect(try workspace.read("snapkeep.sandbox.json") == before)
        }
        let forced = try push("old.json", to: "snapkeep.sandbox.json", "--force", "--json")
        #expect(forced.status == 0, "\(forced.errors)")
        #expect(try serial("snapkeep.sandbox.json") == 3)
        let kept = try #require(
            (try JSONSerialization.jsonObject(with: Data(forced.output.utf8)) as? [String: Any])?["kept"] as? [String])
        #expect(try kept.map(workspace.read) == [before])
        // A run goes on from it: it is not taken for an older one.
        #expect(try workspace.run("plan", "--sandbox", "--exit-code").status == 0)
        #expect(try workspace.run("forget", "snap-000", "--sandbox").status == 0)
    }

    @Test("P1: a fork that is further on is no later state: what the store has and the file lacks is named, and kept aside by --force")
    func forkFurtherOn() throws {
        // Two runs go on from one state: one here, two there.
        try workspace.write("fork.json", workspace.read("snapkeep.sandbox.json"))
        try workspace.write("snapshots.yaml", manifest(of: 3))
        #expect(try workspace.run("apply", "--sandbox", "-y").status == 0)
        let before = try workspace.read("snapkeep.sandbox.json")
        for key in ["snap-000", "snap-001"] { #expect(try workspace.run("forget", key, "--state", "fork.json").status == 0) }
        let refused = try push("fork.json", to: "snapkeep.sandbox.json")
        #expect(
            refused.status == 4 && refused.errors.contains("the store has 1 snapshot that this state knows nothing of"), "\(refused.errors)"
        )
        #expect(refused.errors.contains("(snap-002)") && !refused.errors.contains("(snap-001)"), "\(refused.errors)")
        #expect(try workspace.read("snapkeep.sandbox.json") == before)
        let forced = try push("fork.json", to: "snapkeep.sandbox.json", "--force", "--json")
        let kept = try #require(
            (try JSONSerialization.jsonObject(with: Data(forced.output.utf8)) as? [String: Any])?["kept"] as? [String])
        #expect(try kept.map(workspace.read) == [before])
    }

    @Test("What a run on the file has deleted is no snapshot that it lost sight of: its history tells; without it, --force is asked for")
    func deletedSince() throws {
        try workspace.write("store.json", workspace.read("snapkeep.sandbox.json"))
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run("apply", "--sandbox", "--prune", "-y").status == 0)
        let text = try workspace.read("snapkeep.sandbox.json")
        let refused = try push("-", to: "store.json", input: text)
        #expect(refused.status == 4 && refused.errors.contains("(snap-001)"), "\(refused.errors)")
        let pushed = try push("snapkeep.sandbox.json", to: "store.json")
        #expect(pushed.status == 0, "\(pushed.errors)")
        #expect(try workspace.read("store.json").contains("snap-001") == false)
    }

    @Test("P1: a state that was lost is not brought back older than its history tells")
    func olderThanHistory() throws {
        try workspace.write("old.json", workspace.read("snapkeep.sandbox.json"))
        #expect(try workspace.run("forget", "snap-000", "--sandbox").status == 0)
        try workspace.write("newest.json", workspace.read("snapkeep.sandbox.json"))
        try FileManager.default.removeItem(at: workspace.folder.appending(path: "snapkeep.sandbox.json"))
        let outcome = try push("old.json", to: "snapkeep.sandbox.json")
        #expect(outcome.status == 4 && outcome.errors.contains("serial 2"), "\(outcome.errors)")
        #expect(try push("newest.json", to: "snapkeep.sandbox.json").status == 0)
        #expect(try workspace.run("plan", "--sandbox").status == 0)
    }

    @Test("P9: what is no state is refused, and a damaged place is only given up with --force")
    func damage() throws {
        try workspace.write("junk.json", "{\"hello\": 1}\n")
        #expect(try push("junk.json", to: "new.json").status == 1)
        #expect(try push("-", to: "new.json", input: "junk").status == 1)
        #expect(try push("nowhere.json", to: "new.json").status == 1)
        #expect(!workspace.exists("new.json"))
        let text = try workspace.read("snapkeep.sandbox.json")
        try workspace.write("here.json", text.replacing("snap-000", with: "snap-00X"))
        let refused = try push("snapkeep.sandbox.json", to: "here.json")
        #expect(refused.status == 4 && refused.errors.contains("--force"), "\(refused.errors)")
        let forced = try push("snapkeep.sandbox.json", to: "here.json", "--force")
        #expect(forced.status == 0 && forced.output.contains("is kept: here.json.damaged-"), "\(forced.output)\(forced.errors)")
        #expect(try workspace.run("state", "list", "--state", "here.json").status == 0)
    }

    @Test("P1: what the journal beside a file tells is pushed with it, and a run that works on the file is not torn from it")
    func journals() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        var environment = sandbox.environment
        environment["SNAPKEEP_FAILPOINT"] = "before-checkpoint:1"
        try workspace.write("snapshots.yaml", manifest(of: 4))
        let apply = ["apply", "-y", "--state", "cut.json"] + sandbox.options
        #expect(try workspace.run(apply, environment: environment).status == nil)
        let outcome = try push("cut.json", to: "whole.json")
        #expect(outcome.status == 0 && outcome.output.contains("Pushed 4 snapshots"), "\(outcome.output)\(outcome.errors)")
    }

    @Test("A file's lock is the kernel's: unlock shows the holder with its pipeline, and breaks nothing")
    func unlock() async throws {
        let free = try workspace.run("unlock", "--sandbox")
        #expect(free.status == 0 && free.output == "Nobody holds the lock of snapkeep.sandbox.json.\n", "\(free.output)")
        #expect(try workspace.run("unlock", "--sandbox", "--token", "x").status == 4)
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "60s")
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let running = try workspace.start(
            ["apply", "-y"] + sandbox.options,
            environment: sandbox.environment.merging(["CI_JOB_URL": "https://gitlab.example.com/t/p/-/jobs/42"]) { $1 })
        try await waitUntil("the run holds the lock") { try workspace.run("unlock").output.contains("is held") }
        let shown = try workspace.run("unlock")
        #expect(shown.output.contains("  command    apply (pid \(running.process.processIdentifier))\n"), "\(shown.output)")
        #expect(shown.output.contains("  pipeline   https://gitlab.example.com/t/p/-/jobs/42\n"))
        #expect(shown.output.contains("there is nothing to break"))
        let broken = try workspace.run("unlock", "--token", "1")
        #expect(broken.status == 4 && broken.errors.contains("the lock is the kernel's"), "\(broken.errors)")
        let locked = try workspace.run("forget", "k")
        #expect(locked.status == 5 && locked.errors.contains("jobs/42"), "\(locked.errors)")
        kill(running.process.processIdentifier, SIGKILL)
        _ = running.finish()
        #expect(try workspace.run("unlock").output.contains("Nobody holds"))
        // The line of the run that was killed tells its pipeline, too.
        #expect(try workspace.run("forget", "k").status == 1)
        #expect(try lines("snapkeep.state.json").first?["pipeline"] as? String == "https://gitlab.example.com/t/p/-/jobs/42")
    }
}
