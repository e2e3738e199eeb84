import Testing

@testable import SnapkeepCore

@Suite("Metadata and stamps")
struct MetadataTests {
    private func entries(_ pairs: (String, String)...) -> [Metadata.Entry] { pairs.map { .init(key: $0.0, value: $0.1) } }

    @Test("Entries are in key order whatever order they came in; of equal keys the last wins")
    func order() {
        #expect(Metadata(entries(("b", "2"), ("a", "1"), ("b", "3"))).entries == entries(("a", "1"), ("b", "3")))
        #expect(Metadata(entries(("a", "1"), ("a", "2"))).entries == entries(("a", "2")))
        #expect(Metadata(["z": "1", "A": "2", "_": "3"]).entries.map(\.key) == ["A", "_", "z"])
        #expect(Metadata(["a": "1"])["a"] == "1")
        #expect(Metadata(["a": "1"])["b"] == nil)
    }

    @Test("Merging: the other's entries win, in one sorted map")
    func merging() {
        let base = Metadata(["b": "1", "d": "1", "f": "1"])
        #expect(base.merging(Metadata()) == base)
        #expect(Metadata().merging(base) == base)
        #expect(
            base.merging(Metadata(["a": "2", "d": "2", "g": "2"])).entries
                == entries(("a", "2"), ("b", "1"), ("d", "2"), ("f", "1"), ("g", "2")))
        for left in 0..<16 {
            for right in 0..<16 {
                let names = ["a", "b", "c", "d"]
                let one = Metadata(names.indices.filter { left >> $0 & 1 == 1 }.map { .init(key: names[$0], value: "1") })
                let two = Metadata(names.indices.filter { right >> $0 & 1 == 1 }.map { .init(key: names[$0], value: "2") })
                #expect(one.merging(two) == Metadata(one.entries + two.entries))
            }
        }
    }

    struct Check: Sendable, CustomTestStringConvertible {
        let text: String
        let problem: TextProblem?
        var testDescription: String { text.debugDescription }
        init(_ text: String, _ problem: TextProblem?) { (self.text, self.problem) = (text, problem) }
    }

    @Test(
        "Keys: the portable set, and neither our stamp's nor the server's (CloudAPI#metadata)",
        arguments: [
            Check("team", nil), Check("a.b:c-d_9", nil), Check(String(repeating: "k", count: 255), nil), Check("", .empty),
            Check(String(repeating: "k", count: 256), .tooLong(limit: 255, found: 256, unit: .characters)),
            Check("a b", .badCharacter(" ")),
            Check("é", .badCharacter("é")), Check("a/b", .badCharacter("/")), Check("snapkeep.owner", .reservedPrefix("snapkeep.")),
            Check("snapkeep.", .reservedPrefix("snapkeep.")), Check("snapkeepx", nil),
            Check("__system__enc", .reservedPrefix("__system__")), Check("__systemx", nil),
        ])
    func keys(check: Check) {
        var found: TextProblem?
        do { try Metadata.checkKey(check.text) } catch { found = error }
        #expect(found == check.problem)
    }

    @Test(
        "Values: 255 characters, no control characters",
        arguments: [
            Check("", nil), Check("a b", nil), Check(String(repeating: "é", count: 255), nil),
            Check(String(repeating: "é", count: 256), .tooLong(limit: 255, found: 256, unit: .characters)), Check("a\nb", .lineBreak),
            Check("a\tb", .controlCharacter), Check("😀", nil),
        ])
    func values(check: Check) {
        var found: TextProblem?
        do { try Metadata.checkValue(check.text) } catch { found = error }
        #expect(found == check.problem)
    }

    @Test("A stamp comes back from the metadata that it was put into, and is none when a part is missing")
    func stamps() {
        let stamp = Stamp(owner: "payments-prod", key: "orders", attempt: "a-1")
        #expect(stamp.metadata.entries.map(\.key) == stamp.metadata.entries.map(\.key).sorted())
        #expect(Stamp(in: Metadata(["team": "x"]).merging(stamp.metadata)) == stamp)
        for key in [Stamp.ownerKey, Stamp.keyKey, Stamp.attemptKey] {
            #expect(Stamp(in: Metadata(stamp.metadata.entries.filter { $0.key != key })) == nil)
        }
    }
}
