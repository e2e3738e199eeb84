import Foundation
import Testing

/// What the pages tell a newcomer to type works, in that order, in one folder; and what they show is what is seen.
@Suite(.serialized) struct PageTests {
    private static let pages = "Sources/snapkeep/Documentation.docc"

    /// A cloud of its own that `clouds.yaml` calls `prod`, as the pages do.
    private func cloud(in workspace: Workspace) throws -> SandboxProcess {
        let sandbox = try SandboxProcess(
            in: workspace, data: "elsewhere/cloud.jsonl", "--create-delay", "5ms", "--write-clouds", "elsewhere/clouds.yaml")
        let clouds = try workspace.read("elsewhere/clouds.yaml")
        try workspace.write(".config/openstack/clouds.yaml", clouds.replacing("  sandbox:", with: "  prod:"))
        return sandbox
    }

    @Test(
        "P11: the README's and the tutorials' commands, in order, in one folder",
        arguments: [
            "README.md", "\(pages)/Tutorial.md", "\(pages)/Rotations.md", "\(pages)/GitOps.md", "\(pages)/ChineseTutorial.md",
            "\(pages)/ChineseRotations.md",
        ])
    func walk(_ path: String) throws {
        let workspace = try Workspace()
        try workspace.write("elsewhere/.keep", "")
        let sandbox = try cloud(in: workspace)
        let page = try Page(path)
        var count = 0
        for step in page.steps {
            switch step {
            case .manifest(let text): try workspace.write("snapshots.yaml", text)
            case .command(let command, let shown):
                count += 1
                try carryOut(command, shown, of: page, in: workspace)
            }
        }
        #expect(count > 5)
        let asksCloud = page.steps.contains { if case .command(let line, _) = $0 { line.contains("--cloud prod") } else { false } }
        if asksCloud { #expect(try !sandbox.created().isEmpty, "the cloud was asked, too") }
    }

    private func carryOut(_ command: String, _ shown: [String], of page: Page, in workspace: Workspace) throws {
        // The pages type 'yes'; here is no terminal.
        let asks = command.hasPrefix("snapkeep apply") && !command.contains("--auto-approve")
        let line = asks ? command.replacing("snapkeep apply", with: "snapkeep apply --auto-approve", maxReplacements: 1) : command
        let path = "\(Workspace.program.deletingLastPathComponent().path):/usr/bin:/bin"
        let running = try workspace.start(["-c", line], environment: ["PATH": path], program: URL(filePath: "/bin/sh"))
        let outcome = running.finish()
        let seen = outcome.output + outcome.errors
        let showsError = shown.contains { $0.contains(": error: ") }
        #expect((outcome.status == 0) == !showsError, "\(page.name): \(command)\n\(seen)")
        let lines = Set(seen.split(separator: "\n").map { comparable($0) })
        for expected in shown where !lines.contains(comparable(expected[...])) {
            Issue.record("\(page.name): \(command)\nshows a line that is not seen: \(expected)\n\(seen)")
        }
    }

    /// A line without what is another in each run: ids, times, and where the cloud is.
    private func comparable(_ line: Substring) -> String {
        String(line).replacing(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/, with: "ID")
            .replacing(/\b[0-9]+\.[0-9] s\b/, with: "TIME").replacing(/\b[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9:]{5,8})?/, with: "DATE")
            .replacing(/http:\/\/127\.0\.0\.1:[0-9]+|https:\/\/[a-z0-9.-]+/, with: "URL")
            .replacing(/\bat [0-9a-z.:-]+/, with: "at HOST")
    }

    @Test("Every link of the pages leads somewhere")
    func links() throws {
        let folder = Page.root.appending(path: Self.pages)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".md") }
        for name in names.map({ "\(Self.pages)/\($0)" }) + ["README.md"] {
            let from = Page.root.appending(path: name).deletingLastPathComponent()
            for link in try Page(name).links() {
                #expect(FileManager.default.fileExists(atPath: from.appending(path: link).path), "\(name): \(link)")
            }
        }
    }
}
