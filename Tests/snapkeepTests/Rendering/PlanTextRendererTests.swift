import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct PlanTextRendererTests {
    private func screen(
        _ plan: Plan, style: TextStyle = .plain, width: Int? = 120, height: Int? = nil,
        next: PlanTextRenderer.Next = .command("snapkeep apply")
    ) -> String {
        String(
            decoding: PlanTextRenderer.render(
                plan: plan, sourceTitle: "snapshots.yaml", style: style, width: width, height: height, next: next), as: UTF8.self)
    }

    @Test func `every kind of change has its row`() {
        GoldenScreen.expect(screen(PlanSamples.mixed), is: "plan-mixed.txt")
    }

    @Test func `colour repeats the sign and adds nothing`() {
        let coloured = screen(PlanSamples.mixed, style: .coloured)
        GoldenScreen.expect(coloured, is: "plan-mixed-colour.txt")
        let bare = coloured.split(separator: "\u{1B}[", omittingEmptySubsequences: false).enumerated()
            .map { $0 == 0 ? String($1) : String($1.drop { $0 != "m" }.dropFirst()) }.joined()
        #expect(bare == screen(PlanSamples.mixed))
    }

    @Test func `P3 a refreshed plan tells what others have changed and what is lost`() {
        GoldenScreen.expect(screen(PlanSamples.refreshed), is: "plan-refreshed.txt")
        GoldenScreen.expect(screen(PlanSamples.refreshed, width: 60), is: "plan-refreshed-narrow.txt")
    }

    @Test func `P1 what a line names is adopted and not created, in a row of its own`() {
        GoldenScreen.expect(screen(PlanSamples.adopting(isRefreshed: false)), is: "plan-adopt.txt")
        GoldenScreen.expect(screen(PlanSamples.adopting(isRefreshed: true)), is: "plan-adopt-refreshed.txt")
    }

    @Test func `ids that begin alike are told apart`() {
        GoldenScreen.expect(screen(PlanSamples.alike), is: "plan-alike.txt")
        let markdown = String(decoding: PlanMarkdownRenderer.render(plan: PlanSamples.alike), as: UTF8.self)
        #expect(markdown.contains("`5aa119a8-d25b-45…` → `5aa119a8-d25b-4f…`"), "\(markdown)")
    }

    @Test func `what is lost is not nothing to do`() {
        var plan = PlanSamples.plan([.lost(PlanSamples.record("a"), PlanSamples.spec("a"), .gone)])
        plan.basis.isRefreshed = true
        GoldenScreen.expect(screen(plan), is: "plan-only-lost.txt")
        plan.changes = []
        #expect(screen(plan) == "Nothing to do: 43 snapshots declared, all available in the cloud (serial 12).\n")
    }

    @Test func `a narrow terminal gets more lines, not less text`() {
        GoldenScreen.expect(screen(PlanSamples.mixed, width: 60), is: "plan-mixed-narrow.txt")
    }

    private static func creations(_ count: Int, name: (Int) -> String) -> [Change] {
        (0..<count).map { number in
            .create(PlanSamples.spec(name(number), volume: .alias("db-\(number % 40)", PlanSamples.ordersVolume)))
        }
    }

    @Test(
        "More creations than the screen holds are gathered by what their keys begin with, else by volume; what goes stands first, and whole"
    )
    func grouped() {
        let names = ["orders", "billing", "search"]
        let many = Self.creations(60) { "\(names[$0 % 3])-\($0)" } + [.delete(PlanSamples.record("old"), .unlisted)]
        GoldenScreen.expect(screen(PlanSamples.plan(many), width: 80, height: 24), is: "plan-grouped.txt")
        // Each begins otherwise: then the volumes count, of which half a screen of 100 lines holds all.
        let apart = Self.creations(120) { "\($0)x" }
        GoldenScreen.expect(screen(PlanSamples.plan(apart), width: 80, height: 100), is: "plan-grouped-volumes.txt")
        #expect(screen(PlanSamples.plan(apart), width: 80, height: 24).contains("+ *               120 snapshots of 40 volumes"))
        #expect(!screen(PlanSamples.plan(many), width: 80, height: 61).contains("grouped"), "a screen holds them")
        #expect(!screen(PlanSamples.plan(many), width: 80).contains("grouped"), "a file is no screen")
    }

    // Without a terminal nothing is broken into lines: one row is one line for grep.
    @Test func `without a width nothing wraps`() {
        let text = screen(PlanSamples.plan([.create(PlanSamples.spec("k", description: String(repeating: "d", count: 255)))]), width: nil)
        #expect(text.split(separator: "\n").contains { $0.contains("+ k") && $0.contains("ddd\"") })
    }

    @Test func `the first plan says that there is no state, and its command keeps the flags`() {
        let plan = PlanSamples.plan(
            [.create(PlanSamples.spec("snap-001"))], declared: 1, recorded: 0, unchanged: 0, owner: nil, isFirst: true, serial: 0)
        GoldenScreen.expect(screen(plan, next: .command("snapkeep apply -f prod --state prod.json")), is: "plan-first.txt")
    }

    @Test func `nothing to do is one line`() {
        #expect(
            screen(PlanSamples.plan([], serial: 13)) == "Nothing to do: 43 snapshots declared, all recorded as available (serial 13).\n")
        #expect(
            screen(PlanSamples.plan([], declared: 1, serial: 1))
                == "Nothing to do: 1 snapshot declared, recorded as available (serial 1).\n")
        #expect(
            screen(PlanSamples.plan([], declared: 0, owner: nil, isFirst: true)) == "Nothing to do: no snapshots declared, no state yet.\n")
    }

    @Test func `what is kept is told even when nothing is to be done`() {
        GoldenScreen.expect(screen(PlanSamples.plan([.retain(PlanSamples.record("reports-2025"), .unlisted)])), is: "plan-kept.txt")
    }

    // P7: equal plans give equal bytes.
    @Test func `P7 equal plans give equal bytes`() {
        #expect(screen(PlanSamples.mixed) == screen(PlanSamples.mixed))
    }

    // P9: nothing from outside acts on the terminal.
    @Test(arguments: [nil, 40, 200] as [Int?]) func `P9 no control character passes`(width: Int?) {
        let text = screen(PlanSamples.hostile, width: width, next: .command("snapkeep apply -f " + hostileText))
        #expect(!holdsControlCharacter(text))
        #expect(text.contains("\\u{1B}[31m"))
    }

    // A wide character takes two columns: the next cell begins where the row above has it.
    @Test func `columns stay straight below wide characters`() {
        let text = screen(PlanSamples.plan([.create(PlanSamples.spec("支付数据库备份")), .create(PlanSamples.spec("ascii-name-here"))]))
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("  +") }.map { String($0) }
        let columns = rows.map { row in TextWidth.columns(String(row.prefix(upTo: row.firstRange(of: "volume")!.lowerBound))) }
        #expect(columns.count == 2 && columns[0] == columns[1])
    }

    // One key at the limit of 255 bytes must not push every other row to the right.
    @Test func `a very long key overflows alone`() {
        let long = String(repeating: "k", count: 255)
        let plan = PlanSamples.plan([.create(PlanSamples.spec(long)), .create(PlanSamples.spec("short"))])
        let text = screen(plan, width: nil)
        #expect(text.contains("+ short           volume 5aa119a8…\n"))
        #expect(text.contains("+ \(long)  volume 5aa119a8…\n"))
        // On a terminal it has its line for itself, and is cut in the middle only where no line holds it.
        let terminal = screen(plan)
        #expect(terminal.contains("+ short           volume 5aa119a8…\n"))
        #expect(
            terminal.contains("+ \(String(repeating: "k", count: 58))…\(String(repeating: "k", count: 57))\n                    volume"))
        #expect(screen(plan, width: 300).contains("+ \(long)\n                    volume 5aa119a8…\n"))
    }

    // What a record or an id alone tells is shown by the manifest's name for the volume, deletions and replacements too.
    @Test(arguments: [nil, 40, 80, 120] as [Int?]) func `volumes are shown by the manifest's names`(width: Int?) {
        var plan = PlanSamples.mixed
        plan.aliases = [
            PlanSamples.ordersVolume: "orders-db", PlanSamples.ledgerVolume: "ledger-old", PlanSamples.newLedgerVolume: "ledger-new",
        ]
        let text = screen(plan, width: width)
        GoldenScreen.expect(text, is: "plan-aliases\(width.map { "-\($0)" } ?? "").txt")
        #expect(!text.contains("volume 5aa119a8…") && !text.contains("volume 1f0c2b11…"))
    }

    // Metadata of what is to be made is reviewed with the rest of it; it belongs to the plan in every format.
    @Test(arguments: [nil, 40, 80, 120] as [Int?]) func `metadata stands in the row of what is made`(width: Int?) {
        let metadata = ["reason": "audit", "ticket": "OPS-17", "note": "kept for the \"year end\""]
        let plan = PlanSamples.plan([
            .create(PlanSamples.spec("orders", description: "Before the 4.2 upgrade", metadata: metadata, force: true)),
            .create(PlanSamples.spec("ledger", metadata: ["team": "payments"])),
            .replace(
                PlanSamples.spec("mail", metadata: metadata), recorded: PlanSamples.record("mail", status: .error), .failed, prune: true),
        ])
        GoldenScreen.expect(screen(plan, width: width), is: "plan-metadata\(width.map { "-\($0)" } ?? "").txt")
    }

    // "Rows never break": whatever names and texts there are, and however narrow it is.
    @Test(arguments: [nil, 40, 80, 120] as [Int?]) func `long and wide names keep to the width`(width: Int?) {
        let text = screen(WidthSamples.plan, width: width)
        GoldenScreen.expect(text, is: "plan-wide\(width.map { "-\($0)" } ?? "").txt")
    }

    @Test func `no line of a plan is wider than the terminal`() {
        for plan in [PlanSamples.mixed, PlanSamples.refreshed, PlanSamples.hostile, WidthSamples.plan] {
            for width in 24...200 {
                for line in screen(plan, width: width).split(separator: "\n") {
                    #expect(TextWidth.columns(String(line)) <= width, "\(width): \(line)")
                }
            }
        }
    }
}
