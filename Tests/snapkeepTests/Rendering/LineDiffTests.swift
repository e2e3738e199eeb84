import Testing

@testable import SnapkeepRendering

@Suite struct LineDiffTests {
    private static func diff(_ old: String, _ new: String) -> String { LineDiff.unified(Array(old.utf8), Array(new.utf8), name: "m") }
    private static let head = "--- m\n+++ m (formatted)\n"

    @Test func `equal texts have no difference`() { #expect(Self.diff("a\nb\n", "a\nb\n").isEmpty && Self.diff("", "").isEmpty) }

    @Test func `lines around a difference are shown with it, and no others`() {
        let old = (1...12).map { "\($0)\n" }.joined()
        #expect(
            Self.diff(old, old.replacing("6\n", with: "six\n"))
                == Self.head + "@@ -3,7 +3,7 @@\n 3\n 4\n 5\n-6\n+six\n 7\n 8\n 9\n")
    }

    @Test func `differences far apart stand apart, near ones together`() {
        let old = (1...30).map { "\($0)\n" }.joined()
        #expect(
            Self.diff(old, old.replacing("3\n", with: "x\n", maxReplacements: 1).replacing("29\n", with: "")).matches(of: /@@ -/).count == 2
        )
        #expect(Self.diff(old, old.replacing("13\n", with: "x\n").replacing("17\n", with: "")).matches(of: /@@ -/).count == 1)
    }

    @Test func `an end without a line break is told`() {
        #expect(Self.diff("a", "a\n") == Self.head + "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n")
        #expect(Self.diff("", "a\n") == Self.head + "@@ -0,0 +1 @@\n+a\n")
    }

    @Test("P9: nothing in the lines acts on a terminal")
    func hostile() { #expect(!holdsControlCharacter(Self.diff("a\n", hostileText + "\n"))) }

    @Test func `of a very large difference everything is shown, if not in the shortest way`() {
        let old = (0..<15_000).map { "a\($0)\n" }.joined()
        let new = (0..<15_000).map { "b\($0)\n" }.joined()
        #expect(Self.diff(old, new).matches(of: /\n[-+][ab]/).count == 30_000)
    }
}
