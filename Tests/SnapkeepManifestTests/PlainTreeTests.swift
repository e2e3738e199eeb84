import SnapkeepCore
import SnapkeepManifest
import Testing

/// A file whose meaning is somebody else's: read whole, located, and never quoted (P8, P9).
struct PlainTreeTests {
    private func read(_ text: String) throws(PlainTreeProblem) -> PlainTree {
        try PlainTree.read(SourceFile(name: "f", bytes: Array(text.utf8)))
    }

    private func problem(_ text: String) -> PlainTreeProblem? {
        do throws(PlainTreeProblem) {
            _ = try read(text)
            return nil
        } catch { return error }
    }

    @Test("Mappings, lists and texts with their places; scalars stay as written")
    func tree() throws {
        let tree = try read("a: {b: 007, c: [x, ~, 'null']}\nd: no\n")
        #expect(tree["a"]?["b"]?.text == "007" && tree["d"]?.text == "no")
        #expect(tree["a"]?["c"]?.elements.map(\.text) == ["x", nil, "null"])
        #expect(tree["a"]?["b"]?.position == SourcePosition(line: 1, column: 8))
        #expect(tree["z"] == nil && tree["d"]?["x"] == nil && tree["d"]?.elements.isEmpty == true)
        #expect(tree.members.map(\.key) == ["a", "d"])
    }

    @Test("JSON is read as well, with tabs and escapes")
    func json() throws {
        let tree = try read("{\n\t\"clouds\": {\"a\": {\"password\": \"p\\\"w\\u00e9\", \"n\": 1, \"list\": [true, null]}}\n}\n")
        #expect(tree["clouds"]?["a"]?["password"]?.text == "p\"wé" && tree["clouds"]?["a"]?["n"]?.text == "1")
    }

    @Test("Aliases and merges are resolved; a mapping's own keys count before merged ones")
    func merges() throws {
        let tree = try read("base: &b {x: 1, y: 2}\nuse: {y: 3, <<: *b}\nsame: *b\n")
        #expect(tree["use"]?["x"]?.text == "1" && tree["use"]?["y"]?.text == "3" && tree["same"]?["y"]?.text == "2")
    }

    @Test("An empty file is nothing", arguments: ["", "\n", "# only a comment\n", "---\n"])
    func empty(_ text: String) throws { #expect(try read(text).content == .null) }

    @Test(
        "P8: a mistake is told by its place alone",
        arguments: [
            "a: *hunter2", "a: !hunter2 x", "hunter2: 1\nhunter2: 2", "a: [hunter2", "a: \"hunter2", "hunter2: b: c", "a: hunter2\u{1}",
            "a: &x [*x, hunter2]", "? [hunter2]\n: x", "<<: hunter2", "a: hunter2\n\tb: 1",
        ])
    func mistakes(_ text: String) throws {
        let found = try #require(problem(text))
        #expect(found.position != nil && !found.message.contains("hunter2"))
    }

    @Test("P9: depth, expansion and size are bounded")
    func bounds() {
        #expect(problem(String(repeating: "[", count: 100) + String(repeating: "]", count: 100))?.message.contains("too deep") == true)
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<9 { bomb += "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", "))]\n" }
        #expect(problem(bomb)?.message == "aliases repeat too much")
        #expect(problem("a: " + String(repeating: "x", count: 5 << 20))?.message == "the file is too large")
    }
}
