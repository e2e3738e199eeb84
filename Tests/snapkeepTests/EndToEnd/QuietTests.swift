import Foundation
import Testing

/// `-q`, `-v` and `-y`: how much is told, and whether a person is asked.
@Suite(.serialized) struct QuietTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private static let volume = "5aa119a8-d25b-45a7-8d1b-88e127885635"
    /// One warning: a name that is too long for one cloud.
    private static let manifest =
        "stack: tests\nsnapshots:\n  - {name: \(String(repeating: "x", count: 70)), key: a, volume_id: \(volume)}\n"

    private func expect(_ arguments: String, _ output: String, status: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation) throws
    {
        let outcome = try workspace.run(arguments.split(separator: " ").map(String.init))
        #expect(outcome.output == output && outcome.errors.isEmpty, "\(outcome.output)\(outcome.errors)", sourceLocation: sourceLocation)
        #expect(outcome.status == status, sourceLocation: sourceLocation)
    }

    @Test func `quiet leaves the last line of a result, and no warning, table or progress`() throws {
        try expect("init -q first.yaml", "Wrote first.yaml.\n")
        try workspace.write("snapshots.yaml", Self.manifest)
        try expect("validate -q", "snapshots.yaml: 1 snapshot on 1 volume, 1 warning\n")
        try expect("plan -q --sandbox", "Plan: 1 to create\n")
        let applied = try workspace.run("apply", "-q", "-y", "--sandbox")
        #expect(applied.output.hasPrefix("Applied: 1 created in ") && applied.output.split(separator: "\n").count == 1)
        #expect(applied.errors.isEmpty)
        try expect("apply -qy --sandbox", "Nothing to do: 1 snapshot declared, recorded as available in the embedded sandbox (serial 1).\n")
        try expect("status -q --sandbox", "1 declared: 1 available\n")
        try expect("recover -q --sandbox --dry-run", "Nothing to recover: the state knows the one snapshot that carries its stamp.\n")
        try expect("forget -q a --sandbox", "Forgot a: nothing was done to snapshot \(try lastID()) in the cloud.\n")
        let doctor = try workspace.run("doctor", "-q", "--sandbox")
        #expect(doctor.output == "6 ok\n" && doctor.errors.isEmpty)
    }

    private func lastID() throws -> String {
        let lines = try workspace.history("snapkeep.sandbox.json")
        let made = try #require((lines.first?["snapshots"] as? [String: [[String: String]]])?["created"])
        return try #require(made.first?["id"])
    }

    @Test func `quiet leaves errors as they are, with their remedies, and what JSON is asked for whole`() throws {
        try workspace.write("snapshots.yaml", "snapshots:\n  - {name: a, volme: x}\n")
        let loud = try workspace.run("validate")
        let quiet = try workspace.run("validate", "--quiet")
        #expect(quiet.status == 1 && quiet.errors == loud.errors && quiet.errors.contains("did you mean"))
        try workspace.write("snapshots.yaml", Self.manifest)
        let json = try workspace.run("plan", "-q", "--json", "--sandbox")
        #expect(try json.errors.isEmpty && json.output == workspace.run("plan", "--json", "--sandbox").output)
        #expect(json.output.contains(#""severity":"warning""#))
    }

    @Test func `a person who is asked sees what for, however quiet it is to be`() throws {
        try workspace.write("snapshots.yaml", Self.manifest)
        let outcome = try workspace.run("apply", "-q", "--sandbox")
        #expect(outcome.status == 1 && outcome.output.contains("  + a ") && outcome.errors.contains("--auto-approve"))
    }

    @Test("Quiet and talkative at once are wrong use", arguments: ["-v", "-vv", "--log-level=trace"])
    func contradiction(_ option: String) throws {
        let outcome = try workspace.run("plan", "-q", option)
        #expect(outcome.status == 64 && outcome.errors.contains("contradict each other: leave one of them out"))
    }

    @Test("-v logs requests as --log-level debug does, -vv as trace; P8: no secret is in them")
    func verbose() throws {
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "10ms")
        try workspace.write("snapshots.yaml", Self.manifest)
        let status = ["status"] + sandbox.options
        #expect(try !workspace.run(status, environment: sandbox.environment).errors.contains(" debug "))
        for option in ["-v", "--verbose", "-vv"] {
            let outcome = try workspace.run(status + [option], environment: sandbox.environment)
            #expect(outcome.errors.contains(" debug snapkeep"), "\(outcome.errors)")
            #expect(!outcome.errors.contains("test-token"))
        }
    }
}
