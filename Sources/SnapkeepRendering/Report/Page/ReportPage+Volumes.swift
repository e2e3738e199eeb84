import SnapkeepCore

/// The heart of the page: a line for each volume, which opens into the list of its snapshots.
extension ReportPage {
    /// So many of those that need somebody are open from the start.
    private static let openAtMost = 5
    /// From here on a browser lays out only the volumes that are in sight.
    private static let manyVolumes = 100

    func appendVolumes(_ volumes: [ReportVolume], _ summary: Summary, _ scale: AgeScale, to html: inout HTMLBuffer) {
        begin(.volumes, to: &html)
        guard !volumes.isEmpty else {
            html.raw("<p>Nothing is declared and nothing recorded.</p>\n</section>\n")
            return
        }
        let drawing = TimelineDrawing(scale: scale, asOf: asOf)
        appendChoice(summary, to: &html)
        appendLegend(volumes, to: &html)
        html.raw(
            "<div class=\"\(volumes.count > Self.manyVolumes ? "volumes many" : "volumes")\">\n<div class=\"row heads\" aria-hidden=\"true\"><span>volume</span>"
        )
        drawing.appendScale(to: &html)
        html.raw("<span class=\"n\">newest</span><span class=\"n\">good</span><span class=\"n\">size</span><span></span></div>\n")
        for (number, volume) in volumes.enumerated() {
            let isOpen = volumes.count == 1 || volume.verdict.needsAttention && number < Self.openAtMost
            append(volume, isOpen: isOpen, drawing, to: &html)
        }
        html.raw("</div>\n</section>\n")
    }

    /// Without a script: the style sheet hides what is not asked for.
    private func appendChoice(_ summary: Summary, to html: inout HTMLBuffer) {
        guard summary.attention > 0, summary.attention < summary.volumes else { return }
        html.raw("<fieldset class=\"choice\"><legend class=\"vh\">Which volumes to show</legend>")
        html.raw("<label><input type=\"radio\" name=\"show\" id=\"show-all\" checked>all \(Quantities.grouped(summary.volumes))</label>")
        html.raw("<label><input type=\"radio\" name=\"show\" id=\"show-bad\">only the ")
        html.raw("\(Quantities.grouped(summary.attention)) that need\(summary.attention == 1 ? "s" : "") attention</label></fieldset>\n")
    }

    private func appendLegend(_ volumes: [ReportVolume], to html: inout HTMLBuffer) {
        let used = Set(volumes.lazy.flatMap(\.snapshots).map(\.mark))
        html.raw("<ul class=\"legend\" aria-label=\"Signs on the lines\">")
        for mark in ReportSnapshot.Mark.allCases where used.contains(mark) {
            html.raw("<li><svg class=\"t\" aria-hidden=\"true\" width=\"14\" height=\"14\"><g class=\"\(mark.rawValue)\">")
            html.raw(mark == .bad ? "<use href=\"#cross\" x=\"7\" y=\"7\"/>" : "<circle cx=\"7\" cy=\"7\" r=\"4\"/>")
            html.raw("</g></svg>\(mark.words)</li>")
        }
        html.raw("<li class=\"far\">The line is finer towards now.</li></ul>\n")
    }

    private func append(_ volume: ReportVolume, isOpen: Bool, _ drawing: TimelineDrawing, to html: inout HTMLBuffer) {
        let verdict = volume.verdict
        html.raw(
            "<details class=\"\(verdict.needsAttention ? "bad" : "ok")\"\(isOpen ? " open" : "")>\n<summary class=\"row\"><span class=\"name\"><h3>"
        )
        html.text(volume.label)
        html.raw("</h3>")
        if !volume.standings.isEmpty {
            html.raw("<small>")
            html.text(volume.standings.map(\.rotation.text).joined(separator: ", "))
            html.raw("</small>")
        }
        html.raw("</span>")
        drawing.append(volume, to: &html)
        let newest = volume.newest.map { Quantities.coarse(asOf.since($0)) } ?? "none"
        html.raw(
            "<span class=\"figures\"><span class=\"n\"><i>newest </i>\(newest)</span><span class=\"n\"><i>good </i>\(volume.good.count)</span>"
        )
        html.raw("<span class=\"n\"><i>size </i>\(Quantities.grouped(volume.size)) GiB</span></span>")
        html.raw("<span class=\"state\"><b class=\"\(verdict.look)\">\(verdict.words)</b></span></summary>\n<div class=\"inside\">\n")
        if let id = volume.id, id.text != volume.label { html.raw("<p class=\"id\">volume <code>\(id.text)</code></p>\n") }
        for standing in volume.standings { append(standing, to: &html) }
        if !volume.snapshots.isEmpty { append(volume.snapshots, of: volume, to: &html) }
        html.raw("</div>\n</details>\n")
    }

    private func append(_ standing: RotationStanding, to html: inout HTMLBuffer) {
        html.raw("<p class=\"standing\"><strong>")
        html.text(standing.rotation.text)
        html.raw("</strong> ")
        if let since = standing.overdueSince {
            html.raw("<b class=\"bad\">overdue</b> since \(RotationWords.day(since)); ")
        }
        switch standing.demand {
        case .paused: html.raw("is paused: it neither makes nor expires anything")
        case .due: html.text(RotationWords.words(due: standing))
        case .underWay: html.raw("has one under way")
        case .missed:
            html.raw("missed the one of \(standing.current): it could be begun until \(RotationWords.day(standing.deadline)). ")
            html.raw("Next due \(RotationWords.day(standing.nextDue))")
        case .met: html.raw("next due \(RotationWords.day(standing.nextDue))")
        }
        html.raw(" <span class=\"quiet\">\(standing.zone)</span></p>\n")
    }

    private func append(_ snapshots: [ReportSnapshot], of volume: ReportVolume, to html: inout HTMLBuffer) {
        beginTable(
            "Snapshots of \(volume.label), newest first",
            [("snapshot", ""), ("made (UTC)", ""), ("age", "n"), ("size", "n"), ("state", ""), ("why", "")], to: &html)
        for snapshot in snapshots.reversed() {
            html.raw("<tr><th scope=\"row\">")
            html.text(snapshot.key.text)
            if let id = snapshot.record?.id {
                html.raw("<br><code>")
                html.text(id.text)
                html.raw("</code>")
            }
            html.raw("</th><td>")
            let made = snapshot.record?.createdAt
            if let made { html.raw(Quantities.minute(made)) }
            html.raw("</td><td class=\"n\">")
            if let made { html.raw(Quantities.coarse(asOf.since(made))) }
            html.raw("</td><td class=\"n\">")
            if let size = snapshot.record?.size { html.raw("\(Quantities.grouped(size)) GiB") }
            html.raw("</td><td><b class=\"\(snapshot.mark.look)\">")
            html.text(snapshot.state)
            html.raw("</b></td><td>")
            html.prose(snapshot.reason)
            html.raw("</td></tr>\n")
        }
        endTable(to: &html)
    }
}

extension ReportSnapshot.Mark {
    fileprivate var words: String {
        switch self {
        case .good: "good"
        case .changed: "changed outside"
        case .leaving: "would go"
        case .unfinished: "under way"
        case .bad: "failed or lost"
        case .planned: "to be made"
        }
    }

    /// The class of a badge.
    fileprivate var look: String {
        switch self {
        case .good: "good"
        case .leaving: "none"
        case .changed, .unfinished, .planned: "warn"
        case .bad: "bad"
        }
    }
}

extension ReportVolume.Verdict {
    fileprivate var look: String {
        switch self {
        case .overdue, .lost, .failed, .missed: "bad"
        case .changed, .toDo, .underWay: "warn"
        case .paused: "none"
        case .good: "good"
        }
    }
}
