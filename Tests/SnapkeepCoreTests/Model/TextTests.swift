import Testing

@testable import SnapkeepCore

@Suite("Identifiers and texts")
struct TextTests {
    @Test("UUIDs are taken in either case and kept in lower case; nothing else is")
    func uuids() {
        let lower = "5aa119a8-d25b-45a7-8d1b-88e127885635"
        #expect(VolumeID(lower)?.text == lower)
        #expect(VolumeID(lower.uppercased())?.text == lower)
        #expect(AttemptID(lower.uppercased()[...])?.text == lower)
        #expect(Lineage(lower)?.text == lower)
        #expect(RunID(lower)?.text == lower)
        let bad = [
            "", "5aa119a8d25b45a78d1b88e127885635", lower + "0", String(lower.dropLast()), "{\(lower)}",
            "5aa119a8-d25b-45a7-8d1b_88e127885635", "5aa119a8-d25b-45a7-8d1b-88e1278-5635", "5aa119a8-d25b-45a7-8d1b088e127885635",
            "5aa119a8-d25b-45a7-8d1b-88e12788563@", "5aa119a8-d25b-45a7-8d1b-88e12788563`", "5aa119a8-d25b-45a7-8d1b-88e12788563/",
            "5aa119a8-d25b-45a7-8d1b-88e12788563:", "5aa119a8-d25b-45a7-8d1b-88e12788563G",
            "5aa119a8-d25b-45a7-8d1b-88e12788563g", " " + lower.dropLast(), "5aa119a8-d25b-45a7-8d1b-88e12788563é",
        ]
        for text in bad { #expect(VolumeID(text) == nil && AttemptID(text) == nil && Lineage(text) == nil && RunID(text) == nil) }
    }

    // The text comes from a server and goes into a path: nothing that could mean another path may pass.
    @Test("Ids from the cloud are one safe path segment")
    func pathSegments() {
        for good in ["a", "0001", "ffa9bc5e-1172-4021-acaf-cdcd78a9584d", "A_b.c-9", "...", String(repeating: "x", count: 255)] {
            #expect(SnapshotID(good)?.text == good)
            #expect(ProjectID(good)?.text == good)
        }
        for bad in [
            "", ".", "..", "a/b", "a\\b", "a?b", "a#b", "a%2Fb", "a b", "a\nb", "ä", "a:b", "\0", String(repeating: "x", count: 256),
        ] {
            #expect(SnapshotID(bad) == nil && ProjectID(bad) == nil)
        }
    }

    @Test("A plan's id is 64 lower-case hexadecimal digits")
    func planIDs() {
        let id = String(repeating: "0123456789abcdef", count: 4)
        #expect(PlanID(id)?.text == id)
        for bad in ["", String(id.dropLast()), id + "0", id.uppercased(), String(id.dropLast()) + "g"] { #expect(PlanID(bad) == nil) }
    }

    private static let long = String(repeating: "é", count: 128)

    private func problem(_ body: () throws(TextProblem) -> Void) -> TextProblem? {
        do { try body() } catch { return error }
        return nil
    }

    struct Rule: Sendable, CustomTestStringConvertible {
        let text: String
        let name: TextProblem?
        let description: TextProblem?
        var testDescription: String { text.debugDescription }

        init(_ text: String, _ both: TextProblem?) { (self.text, name, description) = (text, both, both) }

        init(_ text: String, name: TextProblem?, description: TextProblem?) {
            (self.text, self.name, self.description) = (text, name, description)
        }
    }

    @Test(
        "Names and descriptions: limits of the clouds (CloudAPI#texts)",
        arguments: [
            Rule("snap-001", nil), Rule("每日备份", nil), Rule("a b", nil), Rule("", .empty),
            // The limit counts bytes, not characters.
            Rule(String(repeating: "é", count: 127) + "x", nil), Rule(long, .tooLong(limit: 255, found: 256, unit: .bytes)),
            // Servers cut blanks at the ends, so such a text would differ from itself for ever.
            Rule(" a", .outerBlank), Rule("a ", .outerBlank), Rule("a\t", .outerBlank), Rule("a\n", .outerBlank),
            Rule("\u{A0}a", .outerBlank),
            Rule("a\u{3000}", .outerBlank), Rule(" ", .outerBlank),
            Rule("a\nb", .lineBreak), Rule("a\rb", .lineBreak), Rule("a\u{2028}b", .lineBreak), Rule("a\tb", .controlCharacter),
            Rule("a\u{0}b", .controlCharacter), Rule("a\u{7F}b", .controlCharacter), Rule("a\u{9B}b", .controlCharacter),
            // Only descriptions are held to the Basic Multilingual Plane.
            Rule("a😀b", name: nil, description: .outsideBasicPlane),
            // The prefix belongs to the backup service.
            Rule("autobk_snapshot_1", name: .reservedPrefix("autobk_snapshot_"), description: nil), Rule("autobk", nil),
        ])
    func rules(rule: Rule) {
        #expect(problem { () throws(TextProblem) in _ = try SnapshotName(rule.text) } == rule.name)
        #expect(problem { () throws(TextProblem) in _ = try SnapshotDescription(rule.text) } == rule.description)
    }

    @Test("A status is read in any case and written as the cloud writes it; unknown ones stay as they came")
    func statuses() {
        for word in [
            "creating", "available", "error", "deleting", "error_deleting", "rollbacking", "backing-up", "restoring", "unmanaging",
        ] {
            #expect(SnapshotStatus(word).description == word)
            #expect(SnapshotStatus(word).allowsDeletion == ["available", "error"].contains(word))
        }
        #expect(SnapshotStatus("AVAILABLE") == .available)
        #expect(SnapshotStatus("Unmanaging") == .other("Unmanaging"))
    }

    @Test("What was probably meant: nearest first, two slips at most, and less than half of the word")
    func nearMisses() {
        let fields = ["name", "key", "volume", "volume_id", "description", "force", "metadata", "timeout", "protect"]
        let cases: [(String, String?)] = [
            ("volme", "volume"), ("VOLUME", "volume"), ("volumeid", "volume_id"), ("nmae", "name"), ("descripton", "description"),
            ("protected", "protect"), ("metdaat", "metadata"), ("x", nil), ("ky", "key"), ("abcdefgh", nil), ("", nil),
            ("tmieuot", "timeout"),
        ]
        for (word, wanted) in cases { #expect(NearMiss.suggestion(for: word, among: fields) == wanted, "\(word)") }
        #expect(NearMiss.suggestion(for: "cat", among: ["bat", "car"]) == "bat")
        // Of a short word two slips leave nothing that was meant.
        for (word, other) in [("ovh", "otc"), ("otc", "ovh"), ("prod", "test"), ("eu", "us"), ("no", "on"), ("abcd", "abef"), ("a", "b")] {
            #expect(NearMiss.suggestion(for: word, among: [other]) == nil, "\(word)")
        }
        #expect(NearMiss.suggestion(for: String(repeating: "x", count: 100_000), among: fields) == nil)
    }
}
