import Foundation
import Testing

/// What someone meets who has just built the program, in an empty folder, with every kind of slip.
@Suite(.serialized) struct NewcomerTests {
    let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test("init writes a manifest that plans and applies as it stands, and never touches an existing file")
    func initialManifest() throws {
        #expect(try workspace.run("init").status == 0)
        #expect(try workspace.run("validate", "--strict").status == 0)
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        try workspace.write("snapshots.yaml", "mine: true\n")
        #expect(try workspace.run("init").status == 1)
        #expect(try workspace.read("snapshots.yaml") == "mine: true\n")
    }

    @Test("P9: an empty folder, an empty file, a missing file and a folder without manifests each say what to do")
    func nothingThere() throws {
        let none = try workspace.run("plan")
        #expect(none.status == 1)
        #expect(none.errors.contains("snapkeep init"))
        try workspace.write("snapshots.yaml", "")
        #expect(try workspace.run("plan").status == 1)
        #expect(try workspace.run("plan", "-f", "missing.yaml").errors.contains("no such file"))
        #expect(try workspace.run("plan", "-f", ".", "--allow-empty").status == 1)
        try FileManager.default.createDirectory(at: workspace.folder.appending(path: "empty"), withIntermediateDirectories: true)
        #expect(try workspace.run("plan", "-f", "empty").errors.contains("'*.yaml'"))
    }

    @Test(
        "Wrong use exits with 64",
        arguments: [["plan", "--nonsense"], ["apply", "--parallelism", "0"], ["frobnicate"], ["plan", "--format", "xml"]])
    func wrongUse(_ arguments: [String]) throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run(arguments).status == 64)
    }

    @Test("P9: ten different mistakes are reported in one run, each with its place")
    func tenMistakes() throws {
        try workspace.write("snapshots.yaml", tenMistakesManifest)
        let outcome = try workspace.run("plan")
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("10 errors"))
        let places = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("snapshots.yaml:") && $0.contains(": error: ") }
        #expect(places.count == 10, "\(outcome.errors)")
        #expect(Set(places.map { $0.split(separator: ":")[1] }).count == 10)
        GoldenScreen.expect(outcome.errors, is: "ten-mistakes.txt")
    }

    @Test("P6: a full disk under --out or stdout is told, and no half file stays")
    func fullDisk() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let out = try workspace.run("plan", "--sandbox", "--out", "/dev/full")
        #expect(out.status == 1)
        #expect(out.errors.contains("No space left"))
        #expect(try workspace.run("plan", "--sandbox", "--out", "nowhere/next.plan").status == 1)
        #expect(try workspace.contents().keys.sorted() == ["snapshots.yaml"])
    }

    @Test("A damaged state is named and left alone")
    func damagedState() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        try workspace.write("snapkeep.sandbox.json", "<<<<<<< ours\n")
        for command in [["plan", "--sandbox"], ["apply", "--sandbox", "--auto-approve"], ["forget", "x", "--sandbox"]] {
            let outcome = try workspace.run(command)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("snapkeep.sandbox.json"))
        }
        #expect(try workspace.read("snapkeep.sandbox.json") == "<<<<<<< ours\n")
    }

    @Test("Settings that are missing are named one by one")
    func missingSettings() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        let nothing = try workspace.run("apply", "--auto-approve")
        #expect(nothing.errors.contains("--cloud") && nothing.errors.contains("--sandbox"))
        let noProject = try workspace.run(
            ["apply", "--auto-approve", "--endpoint", "https://evs.example.com"], environment: ["OS_TOKEN": "t"])
        #expect(noProject.errors.contains("--project-id"))
        let noToken = try workspace.run("apply", "--auto-approve", "--endpoint", "https://evs.example.com/v2/abc")
        #expect(noToken.errors.contains("OS_TOKEN"))
        #expect(try workspace.run("plan", "--endpoint", "ftp://evs.example.com").status == 64)
        #expect(try workspace.contents().keys.contains("snapkeep.state.json") == false)
    }

    @Test("The manifest comes from standard input too")
    func standardInput() throws {
        let outcome = try workspace.run(["plan", "-f", "-", "--sandbox"], input: manifest(of: 2))
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("2 to create"))
    }

    @Test(
        "The help of every command shows examples",
        arguments: [
            "", "init", "generate", "validate", "fmt", "plan", "show", "apply", "status", "report", "simulate", "import", "forget",
            "rename",
            "recover", "unlock", "history", "doctor", "schema", "sandbox",
        ])
    func help(_ command: String) throws {
        let outcome = try workspace.run([command, "--help"].filter { !$0.isEmpty }, environment: ["COLUMNS": "120"])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("EXAMPLES:"))
        GoldenScreen.expect(outcome.output, is: "help\(command.isEmpty ? "" : "-")\(command).txt")
    }

    private let tenMistakesManifest = """
        version: 2
        volums: {}
        volumes:
          orders-db: 5aa119a8-d25b-45a7-8d1b
        snapshots:
          - name: one
            volume: billing
          - name: two
            volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
            force: "yes"
          - name: two
            volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
          - name: autobk_snapshot_three
            volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
          - name: four
            volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
            metadata:
              snapkeep.owner: me
          - name: five
            volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
            timeout: soon
          - name: six
            volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635
            descripton: Daily

        """
}
