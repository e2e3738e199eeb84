import CFileAttributes
import Foundation
import SnapkeepCore
import Testing

@testable import snapkeep

/// `fmt`, as a person and as a hook types it: the files change, or they do not, and nothing else does.
@Suite(.serialized) struct FormatCommandTests {
    private let workspace: Workspace
    private static let crooked = "stack:   tests\nsnapshots:\n- name: a   # why\n  volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635\n"
    private static let straight =
        "stack: tests\n\nsnapshots:\n  - name: a  # why\n    volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635\n"

    init() throws {
        workspace = try Workspace()
        try workspace.write("snapshots.yaml", Self.crooked)
    }

    @Test func `the file is laid out in place, once, and a second run has nothing to do`() throws {
        let first = try workspace.run("fmt")
        #expect(first.status == 0 && first.output == "snapshots.yaml: formatted\n" && first.errors.isEmpty, "\(first.errors)")
        #expect(try workspace.read("snapshots.yaml") == Self.straight)
        let before = try workspace.contents()
        let second = try workspace.run("fmt")
        #expect(second.status == 0 && second.output == "1 file in the usual form already.\n")
        #expect(try workspace.contents() == before && before.count == 1)
    }

    @Test func `--check and --diff write nothing; --check exits with 2 where a file would change`() throws {
        let check = try workspace.run("fmt", "--check")
        #expect(check.status == 2 && check.output == "snapshots.yaml: would change\n", "\(check.errors)")
        let diff = try workspace.run("fmt", "--diff")
        #expect(diff.status == 0)
        GoldenScreen.expect(diff.output, is: "fmt-diff.txt")
        #expect(try workspace.run("fmt", "--check", "--diff").status == 2)
        #expect(try workspace.read("snapshots.yaml") == Self.crooked)
        try workspace.write("snapshots.yaml", Self.straight)
        #expect(try workspace.run("fmt", "--check").status == 0)
        #expect(try workspace.run("fmt", "--diff").output == "1 file in the usual form already.\n")
    }

    @Test func `what --diff shows, patch takes`() throws {
        let diff = try workspace.run("fmt", "--diff").output
        try workspace.write("change.diff", diff)
        let patched = try workspace.shell("patch --quiet snapshots.yaml change.diff || git apply -p0 --unsafe-paths change.diff")
        #expect(patched.status == 0, "\(patched.errors)\(diff)")
        #expect(try workspace.read("snapshots.yaml") == Self.straight)
    }

    @Test func `a folder is laid out as a whole or not at all`() throws {
        try workspace.write("team/a.yaml", Self.crooked)
        try workspace.write("team/b.yaml", "snapshots: [\n")
        let before = try workspace.contents()
        let refused = try workspace.run("fmt", "-f", "team")
        #expect(refused.status == 1 && refused.errors.contains("team/b.yaml:") && refused.errors.contains("help: "), "\(refused.errors)")
        #expect(try workspace.contents() == before)
        try workspace.write("team/b.yaml", "snapshots: [  ]\n")
        let done = try workspace.run("fmt", "-f", "team/")
        #expect(done.status == 0 && done.output == "team/a.yaml: formatted\nteam/b.yaml: formatted\n", "\(done.errors)")
        #expect(try workspace.read("team/a.yaml") == Self.straight && workspace.read("team/b.yaml") == "snapshots: []\n")
    }

    @Test func `standard input goes to standard output`() throws {
        let outcome = try workspace.run("fmt", "-f", "-", input: Self.crooked)
        #expect(outcome.status == 0 && outcome.output == Self.straight && outcome.errors.isEmpty)
        #expect(try workspace.run("fmt", "-f", "-", "--check", input: Self.crooked).status == 2)
        #expect(try workspace.run("fmt", "-f", "-", "--json", input: Self.crooked).status == 64)
    }

    @Test("P6: the file keeps its permissions; a link, and what is no plain file, are left alone")
    func kinds() throws {
        let path = workspace.folder.appending(path: "snapshots.yaml").path
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(try workspace.run("fmt").status == 0)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o640)
        try workspace.write("there.yaml", Self.crooked)
        try FileManager.default.createSymbolicLink(
            atPath: workspace.folder.appending(path: "link.yaml").path, withDestinationPath: "there.yaml")
        let link = try workspace.run("fmt", "-f", "link.yaml")
        #expect(link.status == 1 && link.errors.contains("there.yaml'") && link.errors.contains("this is a link"), "\(link.errors)")
        #expect(try workspace.read("there.yaml") == Self.crooked)
        #expect(try workspace.run("fmt", "-f", "link.yaml", "--check").status == 2, "to look is no harm")
        let pipe = try workspace.shell("mkfifo pipe.yaml; (cat there.yaml > pipe.yaml &) ; exec \"$SNAPKEEP\" fmt -f pipe.yaml")
        #expect(pipe.status == 1 && pipe.errors.contains("help: "), "\(pipe.errors)")
    }

    @Test("P6: what a file carries beside its bytes stays with it")
    func attributes() throws {
        let path = workspace.folder.appending(path: "snapshots.yaml").path
        let noted = Array("reviewed by ops".utf8)
        if setxattr(path, "user.note", noted, noted.count, 0) != 0 {
            #expect(errno == ENOTSUP, "the folder for temporary files lies on a file system without attributes")
            return
        }
        #expect(setxattr(path, "user.empty", noted, 0, 0) == 0)
        #expect(try workspace.run("fmt").status == 0)
        #expect(try workspace.read("snapshots.yaml") == Self.straight)
        var value = [UInt8](repeating: 0, count: 64)
        let length = getxattr(path, "user.note", &value, value.count)
        #expect(length == noted.count && Array(value.prefix(max(0, length))) == noted)
        #expect(getxattr(path, "user.empty", &value, value.count) == 0)
    }

    @Test("P6: a file with further names is left as it is, with all that were to be laid out beside it")
    func hardLinks() throws {
        try workspace.write("team/a.yaml", Self.crooked)
        try workspace.write("team/b.yaml", Self.crooked)
        try FileManager.default.linkItem(
            atPath: workspace.folder.appending(path: "team/b.yaml").path, toPath: workspace.folder.appending(path: "other.yaml").path)
        let before = try workspace.contents()
        let refused = try workspace.run("fmt", "-f", "team/")
        #expect(refused.status == 1 && refused.errors.contains("team/b.yaml: error: this file has 2 names"), "\(refused.errors)")
        #expect(try workspace.contents() == before)
        #expect(try workspace.run("fmt", "-f", "team/", "--check").status == 2, "to look is no harm")
        // As the remedy says.
        let command = try #require(refused.errors.firstMatch(of: /own: '(.*)'; then/)).1
        #expect(try workspace.shell(String(command)).status == 0)
        #expect(try workspace.run("fmt", "-f", "team/").status == 0)
        #expect(try workspace.read("team/b.yaml") == Self.straight && workspace.read("other.yaml") == Self.crooked)
        // What has nothing to be changed is no matter, whatever its names.
        try workspace.write("same.yaml", Self.straight)
        try FileManager.default.linkItem(
            atPath: workspace.folder.appending(path: "same.yaml").path, toPath: workspace.folder.appending(path: "twin.yaml").path)
        #expect(try workspace.run("fmt", "-f", "same.yaml").status == 0)
    }

    @Test func `a file that somebody saves in the meantime is left to them`() throws {
        let path = workspace.folder.appending(path: "snapshots.yaml").path
        let read = SourceFile(name: path, bytes: Array("stack: before\n".utf8))
        #expect(throws: Failure.self) { try OutputFile.replace(read, with: Array(Self.straight.utf8)) }
        #expect(try workspace.read("snapshots.yaml") == Self.crooked && workspace.contents().count == 1)
    }

    @Test func `what programs read`() throws {
        let outcome = try workspace.run("fmt", "--diff", "--json")
        GoldenScreen.expect(outcome.output, is: "json-fmt.json")
        let written = try workspace.run("fmt", "--json")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(written.output.utf8)) as? [String: Any])
        #expect(document["format"] as? String == "snapkeep.fmt" && document["written"] as? Bool == true)
        #expect((document["files"] as? [[String: Any]])?.first?["changed"] as? Bool == true)
    }

    @Test func `what init and generate write is in the usual form`() throws {
        try workspace.run("init", "new.yaml")
        #expect(try workspace.run("fmt", "--check", "-f", "new.yaml").status == 0)
        let sandbox = try SandboxProcess(in: workspace, "--create-delay", "5ms")
        let words = sandbox.options
        let volume = "5aa119a8-d25b-45a7-8d1b-88e127885635"
        try workspace.write("made.yaml", "stack: made\nsnapshots: [{name: a, volume_id: \(volume)}, {name: b, volume_id: \(volume)}]\n")
        #expect(try workspace.run(["apply", "-y", "-f", "made.yaml"] + words, environment: sandbox.environment).status == 0)
        for key in ["a", "b"] { try workspace.run("forget", key, "-f", "made.yaml") }
        let generated = try workspace.run(["generate", "--out", "gen.yaml"] + words, environment: sandbox.environment)
        #expect(generated.status == 0, "\(generated.errors)")
        let made = try workspace.read("gen.yaml")
        #expect(made.contains("key: a\n") && made.contains("key: b\n"))
        #expect(try workspace.run("fmt", "--check", "-f", "gen.yaml").status == 0)
    }

    @Test("P4: nothing is opened but the manifest", arguments: ["OS_CLOUD=none", "OS_AUTH_URL=http://127.0.0.1:1"])
    func offline(_ setting: String) throws {
        let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
        #expect(try workspace.run(["fmt", "--check"], environment: [parts[0]: parts[1]]).status == 2)
    }
}
