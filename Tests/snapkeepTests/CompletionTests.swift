import Foundation
import Logging
import SnapkeepCore
import Testing

@testable import snapkeep

@Suite("What a shell offers, and what a log collector gets") struct ShellTests {
    @Test("Recorded keys are offered, of the state that the line means; what cannot be read offers nothing")
    func keys() async throws {
        let workspace = try Workspace()
        try workspace.write(
            "snapshots.yaml", manifest(of: 3, name: "order") + "  - {name: billing, volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635}\n")
        #expect(try workspace.run("apply", "--sandbox", "-y").status == 0)
        let state = workspace.folder.appending(path: "snapkeep.sandbox.json").path
        #expect(
            await Completions.recordedKeys(["snapkeep", "forget", "--state", state], "order-00") == ["order-000", "order-001", "order-002"])
        #expect(await Completions.recordedKeys(["snapkeep", "state", "show", "--state", state], "b") == ["billing"])
        let manifest = workspace.folder.appending(path: "snapshots.yaml").path
        #expect(await Completions.recordedKeys(["snapkeep", "forget", "-f", manifest, "--sandbox"], "bi") == ["billing"])
        for bad in ["nowhere.json", manifest] { #expect(await Completions.recordedKeys(["--state", bad], "") == []) }
        #expect(await Completions.recordedKeys(["snapkeep", "forget", "--state"], "zzz") == [])
        for words in [["--state=\(state)"], ["--file=\(manifest)", "--sandbox"], ["-f\(manifest)", "--sandbox"]] {
            #expect(await Completions.recordedKeys(words, "b") == ["billing"])
        }
    }

    @Test("Each option that takes a file completes files, and --target recorded keys", arguments: ["bash", "zsh", "fish"])
    func options(_ shell: String) throws {
        // As the argument parser describes all options: by the name of the value and its completion.
        let dump = try Workspace().run("--experimental-dump-help").output
        let tree = try #require(try JSONSerialization.jsonObject(with: Data(dump.utf8)) as? [String: Any])
        var found: [String: Set<String>] = [:]
        func walk(_ command: [String: Any]) {
            for argument in command["arguments"] as? [[String: Any]] ?? [] {
                guard let name = argument["valueName"] as? String else { continue }
                let kind = (argument["completionKind"] as? [String: Any])?.keys.first ?? "none"
                found[name, default: []].insert(kind)
            }
            for one in command["subcommands"] as? [[String: Any]] ?? [] { walk(one) }
        }
        walk(try #require(tree["command"] as? [String: Any]))
        #expect(found["file"] == ["file"] && found["key-pattern"] == ["customAsync"], "\(found)")
        let script = try Workspace().run("--generate-completion-script", shell)
        #expect(script.status == 0 && script.output.contains("target"))
    }

    @Test("P9: a shell expands what it is offered, so that nothing is offered in which it would find anything")
    func plainWords() {
        let hostile = ["$(touch x)", "`id`", "$HOME", "~root", "{a,b}", "a b", "a;b", "a\\b", "*", "é", "-rf", "a\nb", "'a'"]
        #expect(Completions.offered(hostile, "") == [])
        #expect(Completions.offered(["nightly/db@2026-10-25", "a.b_c:d+e,f=g"], "") == ["nightly/db@2026-10-25", "a.b_c:d+e,f=g"])
    }

    @Test("A line of the log is one JSON object, whatever stands in it (P9)")
    func log() throws {
        let message = "a\nb \u{1B}[31m \"c\""
        let line = JSONLogHandler.line(
            at: Timestamp(microseconds: 0), level: .debug, message: message, data: ["status": "200", "request": "GET /v3"])
        #expect(line.last == 0x0A && line.count(where: { $0 == 0x0A }) == 1 && !line.contains(0x1B))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
        #expect(object["message"] as? String == message && object["level"] as? String == "debug")
        #expect(object["data"] as? [String: String] == ["request": "GET /v3", "status": "200"])
    }

    @Test("With --log-format json each line of the log on stderr is an object, and tokens never appear (P8)")
    func program() throws {
        let workspace = try Workspace()
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let sandbox = try SandboxProcess(in: workspace)
        let outcome = try workspace.run(
            ["apply", "-y", "--json", "--log-level", "debug", "--log-format", "json"] + sandbox.options, environment: sandbox.environment)
        let lines = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("{") }
        #expect(outcome.status == 0 && lines.count >= 2, "\(outcome.errors)")
        for line in lines { #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) is [String: Any], "\(line)") }
        #expect(!outcome.errors.contains("test-token"))
    }
}
