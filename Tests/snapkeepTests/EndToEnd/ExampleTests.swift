import Foundation
import Testing

/// No example rots: each is validated strictly, planned, applied to the sandbox, and planned again.
@Suite(.serialized) struct ExampleTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "examples")

    @Test("P11: every example plans, applies and then has nothing to do", arguments: ["quickstart.yaml", "team", "nightly.yaml"])
    func apply(_ example: String) throws {
        let workspace = try Workspace()
        try FileManager.default.copyItem(at: Self.folder.appending(path: example), to: workspace.folder.appending(path: example))
        let options = ["-f", example, "--sandbox"]
        let validate = try workspace.run(["validate", "-f", example, "--strict"])
        #expect(validate.status == 0, "\(validate.errors)")
        #expect(try workspace.run(["plan", "--exit-code"] + options).status == 2)
        let apply = try workspace.run(["apply", "--auto-approve"] + options)
        #expect(apply.status == 0, "\(apply.errors)")
        #expect(try workspace.run(["plan", "--exit-code"] + options).status == 0)
    }

    @Test("Every manifest is tried above, the scripts by themselves and by Tests/install; the rest by Tests/Integration/examples")
    func noneIsForgotten() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(
            names == [
                "Containerfile", "Containerfile.dockerignore", "cron", "github-actions", "gitlab-ci", "install", "keep-state", "kubernetes",
                "man-pages", "nightly.yaml", "pre-commit", "quickstart", "quickstart.yaml", "systemd", "team",
            ])
    }

    @Test("The man pages come out of the help and the table of exit codes, a page for each command")
    func manPages() throws {
        let workspace = try Workspace()
        let script = Self.folder.appending(path: "man-pages").path
        let made = try workspace.shell("'\(script)' \"$SNAPKEEP\" .")
        #expect(made.status == 0, "\(made.errors)")
        let pages = try workspace.contents().keys.filter { $0.hasSuffix(".1") }
        #expect(pages.count > 18 && pages.contains("snapkeep-state-list.1"))
        #expect(try workspace.read("snapkeep-apply.1").contains("130"))
    }
}
