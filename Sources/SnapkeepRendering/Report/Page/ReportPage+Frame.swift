import SnapkeepCore

/// What surrounds the sections: the head that binds a browser, the title with its figures, and the foot.
extension ReportPage {
    func appendHead(_ styleDigest: String, to html: inout HTMLBuffer) {
        // The digest is ours, and base 64.
        html.raw(
            """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'; style-src 'sha256-\(styleDigest)'; base-uri 'none'; form-action 'none'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <meta name="robots" content="noindex">
            <meta name="generator" content="snapkeep \(version)">
            <title>Snapshots of 
            """)
        html.text(plan.basis.owner ?? title)
        html.raw(
            "</title>\n<style>\(ReportStyle.text)</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the volumes</a>\n")
    }

    func appendTop(_ summary: Summary, to html: inout HTMLBuffer) {
        html.raw("<header>\n<p class=\"eyebrow\">Snapshot report</p>\n<h1>")
        html.text(plan.basis.owner ?? title)
        html.raw("</h1>\n<p class=\"facts\">")
        html.text(facts)
        html.raw("</p>\n<p class=\"\(summary.isGood ? "verdict good" : "verdict bad")\">")
        html.raw(
            "<svg aria-hidden=\"true\" width=\"20\" height=\"20\"><use href=\"#\(summary.isGood ? "ok" : "warn")\"/></svg><span>")
        html.text(verdict(summary))
        html.raw("</span></p>\n<dl class=\"tiles\">\n")
        for tile in tiles(summary) {
            html.raw("<div\(tile.isBad ? " class=\"bad\"" : "")><dt>\(tile.name)</dt><dd>\(tile.figure)")
            if !tile.note.isEmpty { html.raw("<small>\(tile.note)</small>") }
            html.raw("</dd></div>\n")
        }
        html.raw("</dl>\n<nav aria-label=\"Sections\"><ul>")
        for section in Section.allCases where isShown(section) {
            html.raw("<li><a href=\"#\(section.rawValue)\">\(section.heading)</a></li>")
        }
        html.raw("</ul></nav>\n</header>\n")
    }

    /// `snapshots.yaml · project 0c2e… at evs.example · as of 2026-11-27 20:15 UTC · the cloud as of 20:15`.
    private var facts: String {
        var parts = [title]
        if let target = target.briefWords { parts.append(target) }
        parts.append("as of \(Quantities.minute(asOf)) UTC")
        switch origin {
        case .cloud(let instant): parts.append("the cloud was looked at \(Quantities.minute(instant)) UTC")
        case .recorded: parts.append("from what is recorded; the cloud was not looked at")
        }
        return parts.joined(separator: " · ")
    }

    private func verdict(_ summary: Summary) -> String {
        var sentences: [String] = []
        if let run = failedRun {
            let end = run.exit.map { "ended with exit code \($0)" } ?? "was cut off"
            sentences.append("The last \(run.command) (\(Quantities.minute(run.when)) UTC) \(end): \(run.what).")
        }
        if summary.errors > 0 {
            let verb = summary.errors == 1 ? "was" : "were"
            sentences.append("\(Quantities.count(summary.errors, "error")) \(verb) found: see \(Section.findings.heading).")
        }
        return (sentences + [verdictOnVolumes(summary)]).joined(separator: " ")
    }

    private func verdictOnVolumes(_ summary: Summary) -> String {
        if summary.volumes == 0 { return "Nothing is declared and nothing recorded." }
        if summary.attention == 0 {
            let overdue = plan.rotations == nil ? "" : ", and no rotation is overdue"
            let work = summary.actions == 0 ? "" : " An apply has \(Quantities.count(summary.actions, "change")) to make."
            switch origin {
            case .cloud: return "What is recorded is there and good\(overdue).\(work)"
            case .recorded: return "What is recorded is good\(overdue).\(work)"
            }
        }
        return "\(summary.attention) of \(Quantities.count(summary.volumes, "volume")) "
            + "\(summary.attention == 1 ? "needs" : "need") attention. \(summary.attention == 1 ? "It stands" : "They stand") first below."
    }

    private struct Tile {
        var name: String
        var figure: String
        var note = ""
        var isBad = false
    }

    private func tiles(_ summary: Summary) -> [Tile] {
        let isLooked = origin != .recorded
        var tiles = [
            Tile(name: "Volumes", figure: Quantities.grouped(summary.volumes)),
            Tile(
                name: "Good snapshots", figure: Quantities.grouped(summary.good),
                note: summary.good == summary.snapshots ? "" : "of \(Quantities.grouped(summary.snapshots))"),
            Tile(name: "Size", figure: Quantities.grouped(summary.size), note: "GiB"),
        ]
        if plan.rotations != nil {
            tiles.append(Tile(name: "Overdue", figure: Quantities.grouped(summary.overdue), isBad: summary.overdue > 0))
        }
        tiles.append(
            Tile(
                name: "Changed outside", figure: isLooked ? Quantities.grouped(summary.changed) : "–",
                note: isLooked ? "" : "not looked at", isBad: summary.changed > 0))
        tiles.append(
            Tile(
                name: "An apply would make", figure: Quantities.grouped(summary.actions), note: summary.actions == 1 ? "change" : "changes")
        )
        return tiles
    }

    func appendFoot(to html: inout HTMLBuffer) {
        html.raw("<footer>\n<p>Made by snapkeep \(version). The page asks for nothing and runs no script. To make it anew: <code>")
        html.text(command("snapkeep report") + (leavesCloudAside ? " --recorded" : "") + " --out FILE")
        html.raw("</code></p>\n</footer>\n")
    }

    /// The parts of the page, in their order.
    enum Section: String, CaseIterable {
        case volumes, rotations, plan, drift, runs, findings

        var heading: String {
            switch self {
            case .volumes: "Volumes"
            case .rotations: "Rotations"
            case .plan: "What an apply would do"
            case .drift: "Changed outside"
            case .runs: "Runs so far"
            case .findings: "Findings"
            }
        }
    }

    private func isShown(_ section: Section) -> Bool {
        switch section {
        case .volumes, .plan, .drift, .runs: true
        case .rotations: !manifest.rotations.isEmpty
        case .findings: !findings.isEmpty
        }
    }

    func begin(_ section: Section, to html: inout HTMLBuffer) {
        html.raw("<section id=\"\(section.rawValue)\" aria-labelledby=\"h-\(section.rawValue)\">\n")
        html.raw("<h2 id=\"h-\(section.rawValue)\">\(section.heading)</h2>\n")
    }

    /// A table that a narrow window moves sideways; whoever has no mouse moves it by the arrow keys.
    func beginTable(_ caption: String, _ heads: [(words: String, kind: String)], to html: inout HTMLBuffer) {
        html.raw("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"")
        html.text(caption)
        html.raw("\"><table>\n<caption class=\"vh\">")
        html.text(caption)
        html.raw("</caption>\n<thead><tr>")
        for head in heads { html.raw("<th scope=\"col\"\(head.kind.isEmpty ? "" : " class=\"\(head.kind)\"")>\(head.words)</th>") }
        html.raw("</tr></thead>\n<tbody>\n")
    }

    func endTable(to html: inout HTMLBuffer) { html.raw("</tbody>\n</table></div>\n") }
}
