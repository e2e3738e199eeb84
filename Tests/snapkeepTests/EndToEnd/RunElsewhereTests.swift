import Foundation
import Testing

@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

/// A state over HTTP that a run on another machine has begun to change: its journal is there, and only its note is here.
@Suite(.serialized) struct RunElsewhereTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func answer(_ status: String, _ body: String = "") -> RawServer.Step {
        let fields = "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\nConnection: close"
        return .write("HTTP/1.1 \(status)\r\n\(fields)\r\n\r\n\(body)")
    }

    /// What stands at the address: the state of a file, and the note of a run.
    private func document(over state: String) throws -> String {
        let header = try #require(try JSONSerialization.jsonObject(with: Data(state.utf8)) as? [String: Any])
        let run = RunInfo(
            run: RunID("00000000-0000-4000-8000-000000004001")!, command: "apply", pid: 4201, host: "build-7", user: "ci",
            startedAt: Timestamp("2026-11-23T09:12:00Z")!, pipeline: "https://ci.example.com/jobs/9")
        let basis = JournalBasis(
            lineage: try #require((header["lineage"] as? String).flatMap { Lineage($0) }), serial: try #require(header["serial"] as? Int))
        var document = HTTPStateDocument()
        (document.serial, document.state) = (2, Array(state.utf8.dropLast()))
        document.run = HTTPStateRun(run, basis: basis, journalBytes: 500, machine: "another")
        return String(decoding: document.encoded, as: UTF8.self)
    }

    private let words =
        "warning: apply (pid 4201 on build-7, by ci, since 2026-11-23 09:12 UTC, https://ci.example.com/jobs/9) is under way or was cut off, "
        + "and its journal is on another machine"

    @Test(
        "P1, P4: whoever looks at a state that a run on another machine has begun to change is told of that run, with what is safe and the way on; nobody is asked for the lock"
    )
    func told() async throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", manifest(of: 2))
        let apply = ["apply", "--auto-approve"] + sandbox.options
        #expect(try workspace.run(apply, environment: sandbox.environment).status == 0)
        try workspace.write("snapshots.yaml", manifest(of: 3))
        let body = try document(over: workspace.read("snapkeep.state.json"))
        try await RawServer.serve(answer("200 OK", body), .close) { server, endpoint in
            let place = ["--state", endpoint + "/nightly"]
            for command in [
                ["plan"] + sandbox.options, ["status"] + sandbox.options, ["report", "--recorded", "--out", "page.html"],
                ["state", "list"], ["state", "show", "snap-000"], ["state", "pull", "--out", "copy.json"],
            ] {
                let outcome = try workspace.run(command + place, environment: sandbox.environment)
                #expect(outcome.status == 0 && outcome.errors.contains(words), "\(command): \(outcome.errors)")
                #expect(outcome.errors.contains("an apply here does nothing twice"), "\(outcome.errors)")
                // With the options that this command was given.
                let options = place + (command.contains("--endpoint") ? sandbox.options : [])
                #expect(outcome.errors.contains("'snapkeep recover \(options.joined(separator: " "))'"), "\(outcome.errors)")
                if command[0] == "plan" { #expect(outcome.output.contains("Apply will refuse this plan"), "\(outcome.output)") }
            }
            for command in [["plan", "--format", "json"], ["state", "list", "--json"]] {
                let outcome = try workspace.run(command + place)
                let told = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
                let found = try #require((told["diagnostics"] as? [[String: Any]])?.first { $0["code"] as? String == "journal-elsewhere" })
                #expect(found["severity"] as? String == "warning")
                #expect("warning: \(found["message"] as? String ?? "")".hasPrefix(words), "\(found)")
            }
            #expect(server.requests.count >= 8 && server.requests.allSatisfy { $0.hasPrefix("GET ") })
        }
    }
    @Test("P9: where a server does not tell who has the lock, unlock and a run that finds it say what is known, and what to type")
    func unnamedHolder() async throws {
        try workspace.write("snapshots.yaml", manifest(of: 2))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        let (locked, gone) = (answer("423 Locked", "Locked"), answer("404 Not Found"))
        let noted = answer("200 OK", try document(over: workspace.read("snapkeep.sandbox.json")))
        let token = "00000000-0000-4000-8000-000000004001"
        try await RawServer.serve(script: [[locked, .close], [noted, .close], [locked, .close], [noted, .close]]) { _, endpoint in
            let shown = try workspace.run("unlock", "--state", endpoint + "/nightly")
            #expect(shown.status == 0 && shown.output.contains("this is the run that has begun there and not ended:\n"), "\(shown)")
            #expect(shown.output.contains("  pipeline   https://ci.example.com/jobs/9\n"), "\(shown)")
            #expect(shown.output.contains("snapkeep unlock --state \(endpoint)/nightly --token \(token)\n"), "\(shown)")
            let refused = try workspace.run("forget", "snap-000", "--state", endpoint + "/nightly")
            #expect(
                refused.status == 5 && refused.errors.contains("another run holds the state: probably apply (pid 4201 on "), "\(refused)")
            #expect(refused.errors.contains("note: the server does not tell who has the lock"), "\(refused)")
        }
        try await RawServer.serve(script: [[locked, .close], [gone, .close], [locked, .close], [gone, .close]]) { _, endpoint in
            let shown = try workspace.run("unlock", "--state", endpoint + "/nightly", "--json")
            let told = try #require(try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [String: Any])
            #expect(told["held"] as? Bool == true && told["holder"] as? [String: String] == ["told_by": "nobody"], "\(shown)")
            let refused = try workspace.run("forget", "snap-000", "--state", endpoint + "/nightly")
            #expect(refused.errors.contains("another run holds the state, and the server does not tell which"), "\(refused)")
        }
    }
}
