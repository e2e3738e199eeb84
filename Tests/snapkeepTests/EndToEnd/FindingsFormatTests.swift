import Foundation
import Testing

/// `--diagnostics`: which stream gets what, and with which exit code. What the formats hold is judged in `Tests/Integration/outputs`.
@Suite(.serialized) struct FindingsFormatTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private static let good =
        "stack: tests\nsnapshots:\n  - {name: a, volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635}\n"

    @Test func `annotations stand in the place of the text, and leave the result its stream`() throws {
        try workspace.write("snapshots.yaml", Self.good + "    - {}\n")
        let mistaken = try workspace.run("validate", "--diagnostics", "github")
        #expect(mistaken.status == 1 && mistaken.output.isEmpty)
        #expect(mistaken.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("::error file=snapshots.yaml,line=") })
        try workspace.write("snapshots.yaml", Self.good)
        let plan = try workspace.run("plan", "--sandbox", "--diagnostics", "github")
        #expect(plan.status == 0 && plan.errors.isEmpty && plan.output.contains("1 to create"))
    }

    @Test(arguments: ["json", "sarif", "gitlab"])
    func `a document has standard output alone, and people read on`(format: String) throws {
        try workspace.write("snapshots.yaml", "snapshots:\n  - {nme: a}\n")
        for command in [["validate"], ["plan", "--sandbox"]] {
            let outcome = try workspace.run(command + ["--diagnostics", format])
            #expect(outcome.status == 1 && outcome.errors.contains("snapshots.yaml:2:6: error: unknown key 'nme'"))
            #expect(outcome.output.contains("unknown-key"))
            _ = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        }
        try workspace.write("snapshots.yaml", Self.good)
        let plan = try workspace.run("plan", "--sandbox", "--diagnostics", format, "--out", "next.plan", "--exit-code")
        #expect(plan.status == 2 && plan.errors.hasPrefix("Saved as next.plan."))
        _ = try JSONSerialization.jsonObject(with: Data(plan.output.utf8))
        #expect(try workspace.run("apply", "next.plan", "--sandbox", "-y").status == 0)
    }

    @Test func `what fails in an apply annotates the line that lists it`() throws {
        try workspace.write("snapshots.yaml", Self.good.replacing("}", with: ", metadata: {sandbox.fail: create}}"))
        let failed = try workspace.run("apply", "--sandbox", "-y", "--diagnostics", "github")
        #expect(failed.status == 3)
        let commands = failed.errors.split(separator: "\n").filter { $0.hasPrefix("::") }
        #expect(commands.count == 1 && commands[0].hasPrefix("::error file=snapshots.yaml,line=3,col="), "\(failed.errors)")
        #expect(!failed.errors.contains("snapshots.yaml:3:"))
        let refused = try workspace.run("apply", "--sandbox", "-y", "--diagnostics", "sarif")
        #expect(refused.status == 64 && refused.errors.contains("apply takes text or github"))
    }

    @Test func `wrong use is told as JSON where JSON was asked for`() throws {
        let outcome = try workspace.run("validate", "--diagnostics", "json", "--unheard-of")
        #expect(outcome.status == 64 && outcome.output.contains("\"format\":\"snapkeep.failure\""))
        let both = try workspace.run("plan", "--sandbox", "--diagnostics", "gitlab", "--format", "markdown")
        #expect(both.status == 64 && both.errors.contains("--diagnostics gitlab and --format markdown both want standard output"))
    }
}
