import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct TextHelperTests {
    // Columns: ASCII one each, East Asian wide two, combining marks none, an emoji two however many code points it has.
    @Test(arguments: [
        ("", 0), ("orders", 6), ("é", 1), ("e\u{301}", 1), ("数据", 4), ("ｶﾅ", 2), ("カナ", 4), ("한글", 4), ("🙂", 2), ("👨‍👩‍👧", 2),
        ("❤\u{FE0F}", 2), ("…", 1), ("→", 1), ("Ω", 1),
    ])
    func `width in columns`(text: String, columns: Int) {
        #expect(TextWidth.columns(text) == columns)
    }

    @Test(arguments: [
        ("orders-db", 20, "orders-db"), ("orders-db", 9, "orders-db"), ("orders-db", 8, "orders-…"), ("数据库", 6, "数据库"),
        ("数据库", 5, "数据…"), ("数据库", 4, "数…"), ("orders", 1, "…"), ("orders", 0, ""), ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
    ])
    func `cutting never passes the width and never halves a character`(text: String, width: Int, expected: String) {
        #expect(TextWidth.cut(text, to: width) == expected)
        #expect(TextWidth.columns(TextWidth.cut(text, to: width)) <= width)
    }

    @Test func `padding counts columns`() {
        #expect(TextWidth.padded("数", to: 4) == "数  ")
        #expect(TextWidth.padded(left: "12 s", to: 6) == "  12 s")
        #expect(TextWidth.padded("too long", to: 3) == "too long")
    }

    // P9: control, direction and invisible characters are written out; ordinary text of any script passes.
    @Test(arguments: [
        ("plain text", "plain text"), ("a\nb", "a\\nb"), ("\t\r", "\\t\\r"), ("\u{1B}[2J", "\\u{1B}[2J"), ("\u{9B}", "\\u{9B}"),
        ("\u{202E}x", "\\u{202E}x"), ("\u{200B}", "\\u{200B}"), ("\u{2028}", "\\u{2028}"), ("नि\u{200D}", "नि\u{200D}"), ("数据", "数据"),
        ("\u{E0041}", "\\u{E0041}"),
    ])
    func `P9 escaping`(text: String, expected: String) {
        #expect(VisibleText.escaped(text) == expected)
    }

    @Test func `quoted text has certain ends`() {
        #expect(VisibleText.quoted("say \"x\" \\ y\n") == "\"say \\\"x\\\" \\\\ y\\n\"")
        var buffer = TextBuffer()
        #expect(buffer.append(quoted: "say \"数\"") == 12)
        #expect(buffer.text == "\"say \\\"数\\\"\"")
    }

    @Test(arguments: [
        (Duration.milliseconds(6100), "6.1 s"), (.milliseconds(40), "0.0 s"), (.milliseconds(50), "0.1 s"), (.seconds(-3), "0.0 s"),
        (.milliseconds(59_949), "59.9 s"), (.milliseconds(59_950), "1 min 00 s"), (.seconds(182), "3 min 02 s"),
        (.seconds(221), "3 min 41 s"),
        (.milliseconds(3_599_900), "1 h 00 min"), (.seconds(7500), "2 h 05 min"),
    ])
    func `durations`(duration: Duration, expected: String) {
        #expect(Quantities.duration(duration) == expected)
    }

    @Test func `running clocks, waits, limits and guesses`() {
        #expect(Quantities.running(.milliseconds(12_900)) == "12 s")
        #expect(Quantities.remaining(.milliseconds(3_100)) == "4 s")
        #expect(Quantities.remaining(.zero) == "1 s")
        #expect(Quantities.limit(.seconds(600)) == "10 min")
        #expect(Quantities.limit(.seconds(90)) == "1 min 30 s")
        #expect(Quantities.limit(.seconds(7200)) == "2 h")
        #expect(Quantities.estimate(.seconds(2)) == "about 5 s")
        #expect(Quantities.estimate(.seconds(21)) == "about 25 s")
        #expect(Quantities.estimate(.seconds(200)) == "about 3 min")
        #expect(Quantities.estimate(.seconds(7300)) == "about 2 h")
    }

    @Test func `counts, sizes, ids and lists`() {
        #expect(Quantities.count(1, "snapshot") == "1 snapshot")
        #expect(Quantities.count(0, "snapshot") == "0 snapshots")
        #expect(Quantities.count(2, "match", "matches") == "2 matches")
        #expect(Quantities.size(gibibytes: 20) == "20 GiB")
        #expect(Quantities.grouped(65_536) == "65,536")
        #expect(Quantities.grouped(100) == "100")
        #expect(Quantities.shortID("5aa119a8-d25b-45a7-8d1b-88e127885635") == "5aa119a8…")
        #expect(Quantities.shortID("123456789") == "123456789")
        #expect(Quantities.list(["a"]) == "a")
    }

    // 5aa119a8… → 5aa119a8… says nothing.
    @Test func `ids that stand beside each other are shown as long as it takes to tell them apart`() {
        let (a, b) = ("5aa119a8-d25b-45a7-8d1b-88e127885635", "5aa119a8-d2ff-45a7-8d1b-88e127885635")
        let close = "5aa119a8-d25b-45a7-8d1b-88e127885636"
        #expect(ShortIDs([a, a, "9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55"])(a) == "5aa119a8…")
        let apart = ShortIDs([a, b, a, "9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55"])
        #expect(apart(a) == "5aa119a8-d25…" && apart(b) == "5aa119a8-d2f…" && apart.columns(a) == 13)
        let whole = ShortIDs([a, close])
        #expect(whole(a) == a && whole(close) == close && whole.columns(a) == 36)
        #expect(ShortIDs(["12345678a", "12345678b"])("12345678a") == "12345678a")
    }

    @Test func `lists and short ids`() {
        #expect(Quantities.list(["a", "b", "c"]) == "a, b and c")
    }
}
