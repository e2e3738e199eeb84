import Foundation
import Testing

/// Files whose size promises more than any memory has.
@Suite(.serialized) struct HugeFileTests {
    let workspace: Workspace
    private let state = "snapkeep.sandbox.json"

    init() throws { workspace = try Workspace() }

    private func stretch(_ name: String) throws {
        if !workspace.exists(name) { try workspace.write(name, "") }
        try #require(truncate(workspace.folder.appending(path: name).path, 2 << 40) == 0)
    }

    @Test("P9: a manifest, a plan, a state, a journal or a history of 2 TiB is told with what to type; nothing is done")
    func told() throws {
        try workspace.write("snapshots.yaml", manifest(of: 1))
        #expect(try workspace.run("apply", "--sandbox", "--auto-approve").status == 0)
        func told(_ name: String, _ words: String, _ arguments: [String]) throws {
            let whole = try workspace.exists(name) ? workspace.read(name) : nil
            try stretch(name)
            let outcome = try workspace.run(arguments)
            #expect(outcome.status == 1, "\(arguments): \(outcome.output)\(outcome.errors)")
            #expect(outcome.errors.contains(words) && outcome.errors.contains("help: "), "\(arguments): \(outcome.errors)")
            try FileManager.default.removeItem(at: workspace.folder.appending(path: name))
            if let whole { try workspace.write(name, whole) }
        }
        let bytes = "has 2199023255552 bytes, and at most 2147483648 are read"
        try told("snapshots.yaml", "the file is larger than 256 MiB", ["plan", "--sandbox"])
        try told("next.plan", "the file is larger than 2048 MiB", ["show", "next.plan"])
        for arguments in [["plan"], ["status"], ["apply", "--auto-approve"], ["recover", "--dry-run"]] {
            try told(state, "the state " + bytes, arguments + ["--sandbox"])
            try told(state + ".journal", "the state's journal " + bytes, arguments + ["--sandbox"])
        }
        try told(state + ".history", "the state's history " + bytes, ["history", "--sandbox"])
        try stretch(state + ".lock")
        #expect(try workspace.run("plan", "--sandbox", "--exit-code").status == 0)
        #expect(try workspace.run("forget", "snap-000", "--sandbox").status == 0)
    }
}
