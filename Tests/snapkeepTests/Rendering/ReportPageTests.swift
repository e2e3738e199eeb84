import SnapkeepCore
import SnapkeepState
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// The page of `report`, as bytes; how it looks and behaves in a browser, `Tests/Integration/report/suite.py` shows.
@Suite struct ReportPageTests {
    private static func html(_ page: ReportPage) -> String {
        String(decoding: page.rendered(styleDigest: ReportStyle.digest).bytes, as: UTF8.self)
    }

    /// The page without its style sheet, whose look no text comparison can judge.
    private static func body(_ page: ReportPage) -> String {
        html(page).replacing(ReportStyle.text, with: "…").replacing(ReportStyle.digest, with: "…")
    }

    @Test func `the page shows each volume, what stays and why, drift, the plan and the runs`() {
        GoldenScreen.expect(Self.body(ReportPageSamples.page), is: "report.html")
    }

    @Test func `a page about nothing says so`() { GoldenScreen.expect(Self.body(ReportPageSamples.empty), is: "report-empty.html") }

    @Test func `P7: equal values give equal pages`() {
        #expect(Self.html(ReportPageSamples.page) == Self.html(ReportPageSamples.page))
    }

    @Test func `the page may use its own style sheet and nothing else: no script, no handler, no address`() {
        for page in [Self.html(ReportPageSamples.page), Self.html(ReportPageSamples.hostile("x"))] {
            #expect(
                page.contains(
                    "content=\"default-src 'none'; style-src 'sha256-\(ReportStyle.digest)'; base-uri 'none'; form-action 'none'\""))
            #expect(page.contains("<style>\(ReportStyle.text)</style>"))
            #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("<link") && !page.contains("url("))
            #expect(page.matches(of: /<[^>]+\s(?:style|on[a-z]+|src)\s*=/).isEmpty)
            #expect(page.matches(of: /href="([^#])/).isEmpty)
        }
    }

    @Test(
        "P9: whatever a name, a status or a message holds, it stays text",
        arguments: [
            "</td><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='x", "`<b>`", "a & b &lt; &#60;",
            "</title></style><b>",
            "<!--", "]]>", hostileText,
        ])
    func hostile(_ text: String) throws {
        let page = Self.html(ReportPageSamples.hostile(text))
        #expect(!page.contains("<script") && !page.contains("<img") && !page.contains("<!--"))
        #expect(!holdsControlCharacter(page))
        // The markup is the same as with a harmless text: nothing was added to it.
        #expect(try Self.tags(page) == Self.tags(Self.html(ReportPageSamples.hostile("x"))))
    }

    @Test func `each element is closed where it was opened, and no id is given twice`() throws {
        for page in [ReportPageSamples.page, ReportPageSamples.empty, ReportPageSamples.hostile("x")] {
            let html = Self.html(page)
            var open: [Substring] = []
            for tag in try Self.tags(html) {
                if tag.hasPrefix("/") {
                    #expect(open.popLast() == tag.dropFirst(), "\(tag)")
                } else if !tag.hasSuffix("/"), !["!doctype", "meta", "br", "input"].contains(tag) {
                    open.append(tag[...])
                }
            }
            #expect(open.isEmpty)
            let ids = html.matches(of: /\sid="([^"]*)"/).map(\.1)
            #expect(Set(ids).count == ids.count && ids.count > 8)
            for target in html.matches(of: /href="#([^"]*)"/).map(\.1) { #expect(ids.contains(target), "\(target)") }
        }
    }

    /// The names of all tags, a slash before those that close and behind those that close themselves.
    private static func tags(_ html: String) throws -> [String] {
        let text = html.replacing(ReportStyle.text, with: "")
        return text.matches(of: /<([^\s>]+)((?:[^>"]|"[^"]*")*)>/).map { match in
            match.1.hasSuffix("/") || match.2.hasSuffix("/") ? match.1 + (match.1.hasSuffix("/") ? "" : "/") : String(match.1)
        }.filter { $0 != "code" && $0 != "/code" }
    }

    @Test func `what needs somebody stands first, and is open`() throws {
        let page = Self.body(ReportPageSamples.page)
        let names = page.matches(of: /<details class="(bad|ok)"( open)?>\n<summary class="row"><span class="name"><h3>([^<]*)/)
        #expect(
            names.map { "\($0.3) \($0.1)\($0.2 ?? "")" } == [
                "billing bad open", "1f0c2b11-0000-4000-8000-000000000001 bad open", "orders-db bad open", "audit ok",
            ])
    }

    /// The empty page with other runs.
    private static func page(
        _ runs: [HistoryEntry], leavesCloudAside: Bool = false, words: [String] = [], plan: Plan? = nil, findings: [PlacedDiagnostic] = []
    ) -> ReportPage {
        let page = ReportPageSamples.empty
        return ReportPage(
            title: page.title, target: page.target, asOf: page.asOf, origin: page.origin, manifest: page.manifest, plan: plan ?? page.plan,
            rows: [], state: nil, runs: runs, findings: findings, words: words, version: "1", leavesCloudAside: leavesCloudAside)
    }

    @Test("P10: a page with errors, or with changes that are to be made, does not say that nothing needs attention")
    func errorsAndChanges() {
        let errors = ["a", "b"].map { PlacedDiagnostic(Diagnostic(.error, code: $0, "\($0) failed"), sources: []) }
        let (bytes, summary) = Self.page([], findings: errors).rendered(styleDigest: "x")
        #expect(summary.errors == 2 && summary.words == "0 volumes, 0 snapshots, 2 errors")
        let html = String(decoding: bytes, as: UTF8.self)
        #expect(html.contains("class=\"verdict bad\"") && html.contains("2 errors were found: see Findings."))
        let changes = Self.page([], plan: PlanSamples.plan([.create(PlanSamples.spec("a"))])).rendered(styleDigest: "x").summary
        #expect(changes.words == "1 volume, 0 snapshots, 1 change for an apply to make")
        #expect(Self.page([]).rendered(styleDigest: "x").summary.words == "0 volumes, 0 snapshots, nothing needs attention")
    }

    @Test(
        "P10: after an apply that failed or was killed nothing is called good, whatever was recorded or dropped since",
        arguments: [3, nil, 130])
    func failedApply(_ exit: Int?) {
        let good = ReportPageSamples.entry("2026-11-26T02:05:00Z", created: 1, exit: 0)
        var forgotten = ReportPageSamples.entry("2026-11-27T08:00:00Z", exit: 0)
        forgotten.run.command = "forget"
        let failed = ReportPageSamples.entry("2026-11-27T02:05:00Z", created: 1, failed: 1, exit: exit)
        for runs in [[good, failed], [failed, forgotten]] {
            let (bytes, summary) = Self.page(runs).rendered(styleDigest: "x")
            let html = String(decoding: bytes, as: UTF8.self)
            let end = exit.map { "ended with exit code \($0)" } ?? "was cut off"
            #expect(html.contains("The last apply (2026-11-27 02:05 UTC) \(end): 1 created, 1 failed."))
            #expect(html.contains("class=\"verdict bad\"") && summary.lastRunFailed)
            #expect(summary.words.contains("the last run did not end well") && !summary.words.contains("nothing needs attention"))
        }
        let (bytes, summary) = Self.page([failed, good]).rendered(styleDigest: "x")
        #expect(!summary.lastRunFailed && String(decoding: bytes, as: UTF8.self).contains("class=\"verdict good\""))
    }

    @Test func `a page from records says how to look at the cloud, with the options that were given`() {
        let unnamed = Self.html(Self.page([], words: ["-f team/"]))
        #expect(unnamed.contains("To look: <code>snapkeep report -f team/ --cloud NAME --out FILE</code></p>"))
        let aside = Self.html(Self.page([], leavesCloudAside: true, words: ["--cloud prod"]))
        #expect(aside.contains("To look: <code>snapkeep report --cloud prod --out FILE</code>, without <code>--recorded</code>.</p>"))
        #expect(aside.contains("make it anew: <code>snapkeep report --cloud prod --recorded --out FILE</code>"))
        #expect(!aside.contains("--refresh"))
    }

    @Test func `what deletes is listed first, and never cut`() throws {
        let records = (0..<500).map { ReportPageSamples.nightly("2026-11-01", of: "db", PlanSamples.ordersVolume, number: $0) }
        let changes: [Change] = (0..<300).map { .create(PlanSamples.spec("new-\($0)")) } + records.map { .delete($0, .unlisted) }
        var page = ReportPageSamples.empty
        page = ReportPage(
            title: page.title, target: page.target, asOf: page.asOf, origin: page.origin, manifest: page.manifest,
            plan: PlanSamples.plan(changes), rows: [], state: nil, runs: [], findings: [], words: [], version: "1")
        let html = Self.body(page)
        let section = html[try #require(html.firstRange(of: "id=\"plan\"")).upperBound...]
        #expect(section.matches(of: /<span class="vh">delete</).count == 500)
        #expect(
            section.matches(of: /<span class="vh">create</).isEmpty && section.contains("And 300 more; each stands with its volume above."))
    }
}

/// Where ages stand on the line.
@Suite struct AgeScaleTests {
    private static func days(_ days: Int) -> Duration { .seconds(days * 86_400) }

    @Test func `now is at one end and the oldest at the other, whatever lies beyond`() {
        let scale = AgeScale(oldest: Self.days(400))
        #expect(scale.position(of: .zero) == 1 && scale.position(of: .seconds(-60)) == 1)
        #expect(scale.position(of: Self.days(400)) == 0 && scale.position(of: Self.days(4000)) == 0)
    }

    @Test func `the older, the further left; a week, a month and a year have much the same room`() {
        let scale = AgeScale(oldest: Self.days(1095))
        let places = [1, 2, 7, 14, 30, 91, 365, 730].map { scale.position(of: Self.days($0)) }
        #expect(zip(places, places.dropFirst()).allSatisfy { $0 > $1 })
        #expect((0.2...0.4).contains(1 - places[2]) && (0.1...0.3).contains(places[2] - places[4]))
        #expect((0.25...0.45).contains(places[4] - places[6]))
    }

    @Test(arguments: [1, 3600, 86_400, 4 * 86_400, 40 * 86_400, 400 * 86_400, 4000 * 86_400])
    func `round ages are marked as far as they have room`(seconds: Int) {
        let ticks = AgeScale(oldest: .seconds(seconds)).ticks
        #expect(ticks.count <= 11 && ticks.count >= (seconds > 86_400 ? 3 : 0))
        let places = [1] + ticks.map(\.position)
        #expect(zip(places, places.dropFirst()).allSatisfy { $0 - $1 >= 0.085 } && places.allSatisfy { (0...1).contains($0) })
    }
}
