import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct PlanMarkdownRendererTests {
    private func text(_ plan: Plan, planID: PlanID? = nil, limit: Int = PlanMarkdownRenderer.defaultLimit) -> String {
        String(decoding: PlanMarkdownRenderer.render(plan: plan, planID: planID, limit: limit), as: UTF8.self)
    }

    private static func creations(_ count: Int) -> [Change] {
        (0..<count).map { .create(PlanSamples.spec("snap-\($0)", description: "Nightly backup of the orders database")) }
    }

    @Test func `counts first, what can hurt in full, the rest folded`() {
        let planID = PlanID(String(repeating: "0123456789abcdef", count: 4))
        GoldenScreen.expect(text(PlanSamples.mixed, planID: planID), is: "plan-mixed.md")
    }

    @Test func `P3 what is lost stands in full and is counted in the head`() {
        GoldenScreen.expect(text(PlanSamples.refreshed), is: "plan-refreshed.md")
    }

    @Test func `P1 adoptions stand in full and are counted in the head`() {
        GoldenScreen.expect(text(PlanSamples.adopting(isRefreshed: true)), is: "plan-adopt.md")
    }

    /// What is found beside a plan, of every kind and place.
    private static let findings = [
        PlacedDiagnostic(
            .error, code: "volume-attached", "the volume of 'orders' is attached and 'force' is not set",
            at: .file("snapshots.yaml", start: SourcePosition(line: 7, column: 5), end: nil), notes: [.init("volume 5aa119a8 is in use")],
            help: "add 'force: true' to snapshot an attached volume"),
        PlacedDiagnostic(
            .warning, code: "too-many-deletions", "apply will refuse this plan: 6 deletions, the limit is 5",
            help: "if that many are meant, add '--max-deletes 6'"),
        PlacedDiagnostic(.warning, code: "quota", "the plan makes 3 snapshots", at: .named("GET /v3/<p>/limits")),
        PlacedDiagnostic(.note, code: "n", "something @team should know"),
    ]

    private func text(_ findings: [PlacedDiagnostic], limit: Int = PlanMarkdownRenderer.defaultLimit) -> String {
        String(
            decoding: PlanMarkdownRenderer.render(plan: PlanSamples.mixed, findings: findings, limit: limit), as: UTF8.self)
    }

    @Test func `P3 why apply would refuse the plan comes first and in full, the rest folded`() {
        GoldenScreen.expect(text(Self.findings), is: "plan-refused.md")
        #expect(!text([Self.findings[2]]).contains("refuse"))
        #expect(!text([]).contains("<details><summary>1"))
    }

    @Test(arguments: [4096, 20_000])
    func `however much was found, the plan has its room and what is left out is counted`(limit: Int) throws {
        let text = text(Array(repeating: Self.findings[0], count: 300) + Array(repeating: Self.findings[2], count: 300), limit: limit)
        #expect(text.utf8.count <= limit)
        let shown = text.split(separator: "\n").count { $0.hasPrefix("- error at") }
        #expect(shown > 0 && text.contains("- and \(300 - shown) errors more\n"))
        #expect(text.contains("| - | `old-base` |"))
        #expect(text.ranges(of: "<details>").count == text.ranges(of: "</details>").count)
    }

    @Test func `nothing to do is one line`() {
        #expect(
            text(PlanSamples.plan([], unchanged: 43))
                == "**snapkeep plan** · nothing to do · 43 unchanged (not shown) · stack `payments-prod`, serial 12\n")
    }

    // The limit holds for every size of plan, and what is left out is counted: shown and counted rows make the whole.
    @Test(arguments: [0, 1, 20, 400, 5000], [0, 4096, 10_000, 65_536])
    func `the limit holds and nothing is lost from the counts`(count: Int, limit: Int) throws {
        let changes =
            Self.creations(count) + [.delete(PlanSamples.record("old"), .unlisted)] + [.retain(PlanSamples.record("kept"), .unlisted)]
        let text = text(PlanSamples.plan(changes), limit: limit)
        #expect(text.utf8.count <= max(limit, PlanMarkdownRenderer.smallestLimit))
        let shown = text.split(separator: "\n").count { $0.hasPrefix("| + ") }
        var cut = 0
        if let range = text.firstRange(of: "bytes:** ") {
            let number = text[range.upperBound...].prefix { $0.isNumber || $0 == "," }
            cut = try #require(Int(number.filter(\.isNumber)))
        }
        #expect(shown + cut == count)
        #expect(text.contains("| - | `old` |"))
        #expect(text.ranges(of: "<details>").count == text.ranges(of: "</details>").count)
    }

    @Test func `the limit holds even for the longest and worst stack name`() {
        for owner in [
            String(repeating: "\u{1B}", count: 255), String(repeating: "|", count: 255), "a" + String(repeating: "\u{301}", count: 120),
        ] {
            let text = text(
                PlanSamples.plan(Self.creations(100), owner: owner), planID: PlanID(String(repeating: "a", count: 64)), limit: 0)
            #expect(text.utf8.count <= PlanMarkdownRenderer.smallestLimit && text.contains("| + |"))
        }
    }

    @Test func `the remedy for what was left out has the options that the plan was made with, however many they are`() {
        func text(_ command: String) -> String {
            let plan = PlanSamples.plan(Self.creations(1200))
            return String(decoding: PlanMarkdownRenderer.render(plan: plan, command: command, limit: 4096), as: UTF8.self)
        }
        let usual = "snapkeep plan -f team/ --prune --target 'nightly/*'"
        #expect(text(usual).contains("`\(usual)` shows them all.\n"))
        let long = text("snapkeep plan --target " + String(repeating: "x", count: 5000))
        #expect(long.contains("`snapkeep plan` with the same options shows them all.\n"))
        for text in [text(usual), long] { #expect(text.utf8.count <= 4096 && text.contains("| + |")) }
    }

    @Test func `a command in a row leads to the state of this plan`() {
        let bytes = PlanMarkdownRenderer.render(plan: PlanSamples.mixed, options: ["--state etcd://e/p"])
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            text.contains("snapkeep forget")
                && !text.matches(of: /`snapkeep forget [^`]*`/).contains { !$0.output.hasSuffix(" --state etcd://e/p`") })
    }

    @Test func `the limit holds however many targets there are, and however long the edits of rotations`() {
        var plan = PlanSamples.plan(Self.creations(100))
        plan.target = Plan.Target(patterns: (0..<200).map { "\($0)" + String(repeating: "|", count: 200) }, leftOut: 3)
        let targets = text(plan, limit: 4096)
        #expect(
            targets.utf8.count <= 4096 && targets.contains("| + |") && targets.contains("patterns (--target): 3 other changes left out."))
        plan.target = Plan.Target(patterns: ["a*"] + plan.target!.patterns, leftOut: 3)
        #expect(text(plan, limit: 4096).contains("Only what fits `a*` and 200 more (--target)"))
        plan.target = nil
        let names = (0..<20).map { RotationName("r\($0)" + String(repeating: "x", count: 60))! }
        let rules = RetentionRules(
            counts: Dictionary(uniqueKeysWithValues: RetentionBucket.allCases.map { ($0, 1000) }), maxAge: .seconds(400 * 86_400))
        let now = ZonedTime(PlanSamples.instant("2026-11-27T12:00:00Z"), in: .utc)
        plan.rotations = RotationPlan(
            now: now, declared: [], standings: [], edits: names.map { RotationEdit(name: $0, former: rules, rules: rules, expires: 7) })
        let edits = text(plan, limit: 4096)
        #expect(edits.utf8.count <= 4096 && edits.contains("| + |") && edits.contains(" more\n"), "\(edits)")
    }

    @Test func `what was left out is said`() {
        GoldenScreen.expect(text(PlanSamples.plan(Self.creations(1200)), limit: 4096), is: "plan-cut.md")
    }

    // What takes a snapshot away or replaces it is never cut: it is shortened, and beyond that the text grows.
    @Test(arguments: [40, 400], [4096, 60_000])
    func `P3 deletions and replacements come first and are never cut`(count: Int, limit: Int) throws {
        let changes = (0..<count).flatMap { number -> [Change] in
            [
                .create(PlanSamples.spec("new-\(number)")),
                .replace(PlanSamples.spec("r-\(number)"), recorded: PlanSamples.record("r-\(number)"), .failed, prune: number % 2 == 0),
                .delete(PlanSamples.record("old-\(number)"), .unlisted),
            ]
        }
        let text = text(PlanSamples.plan(changes), planID: PlanID(String(repeating: "a", count: 64)), limit: limit)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| |") }
        #expect(rows.prefix(count).allSatisfy { $0.hasPrefix("| - | `old-") })
        #expect(rows.dropFirst(count).prefix(count).allSatisfy { $0.hasPrefix("| ± | `r-") })
        let grave = rows.prefix(2 * count).reduce(0) { $0 + $1.utf8.count + 1 }
        #expect(text.utf8.count <= max(limit, grave + 2048))
        let shown = rows.count - 2 * count
        #expect(shown == count || text.contains("bytes:** \(count - shown) to create. "))
        #expect(text.hasSuffix("\nPlan `\(String(repeating: "a", count: 64))`\n"))
    }

    @Test func `P3 rows that are never cut are shortened where they do not fit`() {
        let changes = (0..<20).flatMap { number -> [Change] in
            [
                .create(PlanSamples.spec("new-\(number)")),
                .replace(PlanSamples.spec("r-\(number)"), recorded: PlanSamples.record("r-\(number)"), .failed, prune: number % 2 == 0),
                .delete(PlanSamples.record("old-\(number)"), .unlisted),
            ]
        }
        GoldenScreen.expect(text(PlanSamples.plan(changes), limit: 5000), is: "plan-shortened.md")
    }

    @Test(arguments: [
        ("payments-prod:snapkeep.state.json", "payments-prod:snapkeep.state.json"), ("a -->b<!--", "a%20-%2D%3Eb%3C%21-%2D"),
        ("-x", "%2Dx"), ("支", "%E6%94%AF"), ("a\nb", "a%0Ab"),
    ])
    func `a bot finds the plan by a marker that nothing can end`(marker: String, shown: String) {
        let bytes = PlanMarkdownRenderer.render(plan: PlanSamples.mixed, marker: marker)
        #expect(String(decoding: bytes, as: UTF8.self).hasPrefix("<!-- snapkeep:\(shown) -->\n**snapkeep plan**"))
        let long = PlanMarkdownRenderer.render(plan: PlanSamples.plan([]), marker: String(repeating: "支", count: 9000), limit: 0)
        #expect(long.count < PlanMarkdownRenderer.smallestLimit)
    }

    @Test func `two markers that begin alike stay two, however long`() {
        let names = ["a", "b"].map { String(repeating: "team/", count: 200) + $0 }
        let shown = names.map(MarkdownText.comment)
        #expect(shown[0] != shown[1] && shown == names.map(MarkdownText.comment))
        #expect(shown.allSatisfy { $0.utf8.count < 430 && !$0.contains("--") && !$0.contains(">") })
    }

    @Test(arguments: [
        ("kept: `snapkeep forget a_b` drops it", "kept: `snapkeep forget a_b` drops it"),
        ("`snapkeep forget 'a|b'`", "<code>snapkeep&#32;forget&#32;&#39;a&#124;b&#39;</code>"),
        ("status a_b|<c> @team #1", "status a&#95;b&#124;&#60;c&#62; <code>@</code>team <code>#</code>1"), ("a`b", "a&#96;b"),
        ("a``b", "a&#96;&#96;b"), ("see https://x and WWW.x", "see https:&#47;/x and WWW&#46;x"),
    ])
    func `a sentence shows its code as code and makes nothing of what it quotes`(words: String, shown: String) {
        #expect(MarkdownText.sentence(words) == shown)
    }

    @Test func `the widget of GitLab gets three numbers`() {
        #expect(
            String(decoding: MergeRequestWidget.render(PlanSamples.plan([])), as: UTF8.self) == #"{"create":0,"update":0,"delete":0}"#
                + "\n")
        let plan = PlanSamples.plan([
            .create(PlanSamples.spec("a")), .update(PlanSamples.spec("b"), recorded: PlanSamples.record("b"), []),
            .replace(PlanSamples.spec("c"), recorded: PlanSamples.record("c"), .failed, prune: true),
            .replace(PlanSamples.spec("d"), recorded: PlanSamples.record("d"), .failed, prune: false),
            .delete(PlanSamples.record("e"), .unlisted), .retain(PlanSamples.record("f"), .unlisted),
        ])
        #expect(String(decoding: MergeRequestWidget.render(plan), as: UTF8.self) == #"{"create":3,"update":1,"delete":2}"# + "\n")
    }

    // Deletions come first: however many creations there are, they are what a reviewer must not miss.
    @Test func `deletions are shown before creations fill the room`() {
        let deletions = (0..<10).map { Change.delete(PlanSamples.record("old-\($0)"), .unlisted) }
        let text = text(PlanSamples.plan(Self.creations(5000) + deletions), limit: 8192)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("| - ") } == 10)
    }

    @Test(arguments: [
        ("orders", "`orders`"), ("", "`\"\"`"), ("a|b", "<code>a&#124;b</code>"), ("a`b", "<code>a&#96;b</code>"), ("@team", "`@team`"),
        ("<b>", "<code>&#60;b&#62;</code>"), ("a\nb", "<code>a&#92;nb</code>"), (" a", "<code>&#32;a</code>"), ("支付", "`支付`"),
        ("`@team|x", "<code>&#96;&#64;team&#124;x</code>"), ("_a*", "`_a*`"),
    ])
    func `text of others is code`(text: String, expected: String) {
        #expect(MarkdownText.code(text) == expected)
    }

    // P9: the table has its four columns whatever the texts hold, and nothing of them is Markdown or HTML.
    @Test func `P9 hostile text stays in its cell`() {
        let evil = "x`|</code></details> @team <img src=y> \n|"
        var record = PlanSamples.record("r", status: .other("odd|status<b>"))
        record.status = .other("odd|status<b>@team")
        let plan = PlanSamples.plan([
            .update(PlanSamples.spec("k"), recorded: PlanSamples.record("k"), [.description(from: evil, to: hostileText)]),
            .create(PlanSamples.spec("c|`k", volume: .named(alias: evil, name: hostileText))),
            .resume(PlanSamples.spec("w"), recorded: record, []), .retain(record, .busy),
        ])
        let text = text(plan)
        #expect(!holdsControlCharacter(text))
        #expect(!text.contains("<img") && !text.contains("<b>") && text.ranges(of: "</details>").count == 2)
        for line in text.split(separator: "\n") where line.hasPrefix("|") {
            #expect(line.count { $0 == "|" } == 5, "\(line)")
        }
        // A mention inside code calls nobody; outside of code there is none.
        for line in text.split(separator: "\n") {
            var outside = String(line)
            while let open = outside.firstRange(of: "<code>"), let close = outside.firstRange(of: "</code>") {
                outside.removeSubrange(open.lowerBound..<close.upperBound)
            }
            #expect(!outside.contains("@"))
        }
    }

    @Test func `P7 equal plans give equal bytes`() {
        #expect(text(PlanSamples.mixed, limit: 4096) == text(PlanSamples.mixed, limit: 4096))
    }
}
