import SnapkeepCore
import SnapkeepState

/// The sections below the volumes.
extension ReportPage {
    // MARK: Rotations

    func appendRotations(to html: inout HTMLBuffer) {
        guard !manifest.rotations.isEmpty else { return }
        begin(.rotations, to: &html)
        if let suspension = plan.rotations?.suspension {
            html.raw("<p class=\"verdict bad\"><svg aria-hidden=\"true\" width=\"20\" height=\"20\"><use href=\"#warn\"/></svg><span>")
            html.text(RotationWords.words(suspension))
            html.raw("</span></p>\n")
        }
        let standings = Dictionary(grouping: plan.rotations?.standings ?? [], by: \.rotation)
        beginTable(
            "What each rotation keeps",
            [("rotation", ""), ("every", ""), ("keeps", "w"), ("volumes", "n"), ("kept", "n"), ("overdue", "n"), ("next due", "")],
            to: &html)
        for spec in manifest.rotations {
            let own = standings[spec.name] ?? []
            let overdue = own.count { $0.overdueSince != nil }
            html.raw("<tr><th scope=\"row\">")
            html.text(spec.name.text)
            html.raw("</th><td>\(spec.schedule.unit.rawValue)</td><td class=\"w\">\(RotationWords.words(spec.rules))</td>")
            html.raw("<td class=\"n\">\(Quantities.grouped(own.count))</td>")
            html.raw("<td class=\"n\">\(Quantities.grouped(own.reduce(0) { $0 + $1.kept.count }))</td><td class=\"n\">")
            html.raw(overdue == 0 ? "0" : "<b class=\"bad\">\(Quantities.grouped(overdue))</b>")
            html.raw("</td><td>")
            let next = own.filter { $0.demand != .paused }.map(\.nextDue).min { $0.instant < $1.instant }
            html.raw(spec.isPaused ? "paused" : next.map { "\(RotationWords.day($0)) \(spec.schedule.zone)" } ?? "")
            html.raw("</td></tr>\n")
        }
        endTable(to: &html)
        for edit in plan.rotations?.edits ?? [] {
            html.raw("<p>Edited since the last apply: <strong>")
            html.text(edit.name.text)
            html.raw("</strong> ")
            html.text(RotationWords.words(edit))
            html.raw("</p>\n")
        }
        for words in plan.rotations?.matchWords ?? [] {
            html.raw("<p>")
            html.text(words)
            html.raw("</p>\n")
        }
        html.raw("</section>\n")
    }

    // MARK: Plan

    /// So many changes are listed, and all that deletes whatever their number.
    private static let changesAtMost = 400

    func appendPlan(to html: inout HTMLBuffer) {
        begin(.plan, to: &html)
        defer { html.raw("</section>\n") }
        let changes = plan.changes.enumerated().sorted { ($0.element.urgency, $0.offset) < ($1.element.urgency, $1.offset) }.map(\.element)
        guard !changes.isEmpty else {
            html.raw("<p>Nothing: all is as the manifest says.</p>\n")
            return
        }
        html.raw("<p>")
        html.text(plan.summary.words.joined(separator: " · "))
        if plan.hasActions {
            html.raw(". To see it on a terminal: <code>")
            html.text(command(origin == .recorded ? "snapkeep plan" : "snapkeep plan --refresh"))
            html.raw("</code>")
        }
        html.raw("</p>\n")
        let deletions = changes.count { $0.urgency == 0 }
        let shown = changes.prefix(max(Self.changesAtMost, deletions))
        beginTable(
            "The changes, those that delete first",
            [("<span class=\"vh\">kind</span>", "sign"), ("snapshot", ""), ("volume", ""), ("what", "")],
            to: &html)
        let ids = ShortIDs(of: plan)
        for change in shown { append(change, ids, to: &html) }
        endTable(to: &html)
        if shown.count < changes.count {
            html.raw("<p>And \(Quantities.grouped(changes.count - shown.count)) more; each stands with its volume above.</p>\n")
        }
    }

    private func append(_ change: Change, _ ids: ShortIDs, to html: inout HTMLBuffer) {
        html.raw("<tr><td class=\"sign\"><span aria-hidden=\"true\">\(change.sign)</span><span class=\"vh\">\(change.verb)</span></td>")
        html.raw("<th scope=\"row\">")
        html.text(change.key.text)
        html.raw("</th><td>")
        switch plan.reference(to: change.volume) {
        case .id(let id): html.raw("<code>\(id.text)</code>")
        case .alias(let alias, _), .named(let alias, _): html.text(alias)
        }
        html.raw("</td><td>")
        html.prose(words(of: change, ids))
        html.raw("</td></tr>\n")
    }

    private func words(of change: Change, _ ids: ShortIDs) -> String {
        func fields(_ fields: [FieldChange]) -> String {
            fields.map { "\(VisibleText.escaped($0.label)): \($0.sides.old) → \($0.sides.new)" }.joined(separator: "; ")
        }
        switch change {
        case .create(let spec):
            var parts = [RotationKey(spec.key) == nil ? "new" : "due"]
            if spec.name.text != spec.key.text { parts.append("named \(VisibleText.quoted(spec.name.text))") }
            if let description = spec.description { parts.append(VisibleText.quoted(description.text)) }
            let flags = PlanRows.flags(of: spec)
            return (parts + (flags.isEmpty ? [] : [flags])).joined(separator: ", ")
        case .adopt(_, let id, let changed): return PlanRows.words(adopting: id.text, changed)
        case .update(_, _, let changed): return fields(changed)
        case .replace(_, let record, let reason, let prune): return PlanRows.words(replacing: record, reason, prune: prune)
        case .resume(_, let record, let changed): return PlanRows.words(resuming: record, changed)
        case .settle(let intent, let spec): return PlanRows.words(settling: intent, spec)
        case .delete(let record, let origin): return PlanRows.words(deleting: record, origin)
        case .expire(let record, let expiry): return PlanRows.words(expiring: record, expiry)
        case .retain(let record, let reason): return PlanRows.words(retaining: record, reason, ids).leading(to: self.words)
        case .lost(let record, let spec, let loss):
            return PlanRows.words(losing: record, spec, loss).joined(separator: "; ").leading(to: self.words)
        }
    }

    // MARK: Drift

    func appendDrift(to html: inout HTMLBuffer) {
        begin(.drift, to: &html)
        defer { html.raw("</section>\n") }
        guard case .cloud(let instant) = origin else {
            html.raw("<p>The cloud was not looked at, so that nothing is known of what others have changed. To look: <code>")
            html.text(command("snapkeep report") + (leavesCloudAside ? "" : " --cloud NAME") + " --out FILE")
            html.raw(leavesCloudAside ? "</code>, without <code>--recorded</code>.</p>\n" : "</code></p>\n")
            return
        }
        guard !plan.drift.isEmpty else {
            html.raw("<p>Nothing, as of \(Quantities.minute(instant)) UTC.</p>\n")
            return
        }
        html.raw("<p>As of \(Quantities.minute(instant)) UTC.</p>\n")
        beginTable(
            "What others have changed", [("snapshot", ""), ("field", ""), ("recorded", ""), ("in the cloud", "")], to: &html)
        for drift in plan.drift {
            for field in drift.fields {
                html.raw("<tr><th scope=\"row\">")
                html.text(drift.key.text)
                html.raw("</th><td>")
                html.text(field.label)
                html.raw("</td><td>")
                html.text(field.sides.old)
                html.raw("</td><td>")
                html.text(field.sides.new)
                html.raw("</td></tr>\n")
            }
        }
        endTable(to: &html)
    }

    // MARK: Runs

    private static let (runsListed, runsDrawn) = (12, 120)

    func appendRuns(to html: inout HTMLBuffer) {
        begin(.runs, to: &html)
        defer { html.raw("</section>\n") }
        guard !runs.isEmpty else {
            html.raw("<p>No run on this state has ended yet.</p>\n")
            return
        }
        appendStrip(to: &html)
        beginTable(
            "Runs so far, newest first",
            [("when (UTC)", ""), ("who", ""), ("command", ""), ("serial", "n"), ("exit", "n"), ("what", "")], to: &html)
        for entry in runs.suffix(Self.runsListed).reversed() {
            let row = HistoryRow(entry)
            html.raw("<tr><th scope=\"row\">\(Quantities.minute(row.when))</th><td>")
            html.text(row.who)
            html.raw("</td><td>")
            html.text(row.command)
            html.raw("</td><td class=\"n\">\(row.serial)</td><td class=\"n\">")
            let exit = row.exit.map(String.init) ?? "killed"
            html.raw(row.exit == 0 ? exit : "<b class=\"\(row.exit == 2 ? "warn" : "bad")\">\(exit)</b>")
            html.raw("</td><td>")
            html.text(row.what)
            html.raw("</td></tr>\n")
        }
        endTable(to: &html)
        if runs.count > Self.runsListed {
            html.raw("<p>And \(Quantities.grouped(runs.count - Self.runsListed)) before: <code>")
            html.text(command("snapkeep history"))
            html.raw("</code></p>\n")
        }
    }

    /// A bar for each of the last runs: how it ended, and how much it did.
    private func appendStrip(to html: inout HTMLBuffer) {
        let shown = runs.suffix(Self.runsDrawn)
        if shown.count < 3 { return }
        let failed = shown.count { $0.exitCode != 0 }
        html.raw("<svg class=\"strip\" role=\"img\" height=\"34\" width=\"\(shown.count * 9)\" aria-label=\"The last \(shown.count) runs: ")
        html.raw(failed == 0 ? "none of them failed" : "\(failed) of them did not end well")
        html.raw("\">")
        for (number, entry) in shown.enumerated() {
            let row = HistoryRow(entry)
            // From a stub for a run that did nothing to the whole height for ten snapshots and more.
            let height = 6 + min(24, 24 * entry.counts.total / 10)
            html.raw("<rect x=\"\(number * 9)\" y=\"\(32 - height)\" width=\"6\" height=\"\(height)\" rx=\"1.5\"")
            html.raw("\(entry.exitCode == 0 ? "" : " class=\"bad\"")><title>")
            html.text("\(Quantities.minute(row.when)) \(row.command), exit \(row.exit.map(String.init) ?? "killed"): \(row.what)")
            html.raw("</title></rect>")
        }
        html.raw("</svg>\n")
    }

    // MARK: Findings

    func appendFindings(to html: inout HTMLBuffer) {
        if findings.isEmpty { return }
        begin(.findings, to: &html)
        html.raw("<ul class=\"findings\">\n")
        for finding in gatheredFindings {
            html.raw("<li><b class=\"\(finding.severity == .error ? "bad" : "warn")\">\(finding.severity.rawValue)</b> ")
            html.text(finding.message)
            if let place = finding.place.words {
                html.raw(" <code>")
                html.text(place)
                html.raw("</code>")
            }
            for note in finding.notes {
                html.raw("<br>")
                html.text(note.message)
            }
            if let help = finding.help {
                html.raw("<br><span class=\"quiet\">")
                html.prose(help)
                html.raw("</span>")
            }
            html.raw("</li>\n")
        }
        html.raw("</ul>\n</section>\n")
    }
}

extension Change {
    /// What deletes or replaces comes first, then what is lost; what stays comes last.
    fileprivate var urgency: Int {
        switch self {
        case .delete, .expire, .replace: 0
        case .lost: 1
        case .create, .adopt, .update, .resume, .settle: 2
        case .retain: 3
        }
    }

    /// As in the plan's rows.
    fileprivate var sign: String {
        switch self {
        case .create: "+"
        case .adopt: "&lt;"
        case .update: "~"
        case .replace: "±"
        case .resume: "&gt;"
        case .settle: "?"
        case .delete, .expire: "−"
        case .retain: "="
        case .lost: "!"
        }
    }

    /// The sign in a word, for who hears the page.
    fileprivate var verb: String {
        switch self {
        case .create: "create"
        case .adopt: "adopt"
        case .update: "change"
        case .replace: "replace"
        case .resume: "await"
        case .settle: "look up"
        case .delete: "delete"
        case .expire: "expire"
        case .retain: "keep"
        case .lost: "lost"
        }
    }

    fileprivate var volume: VolumeReference {
        switch self {
        case .create(let spec), .adopt(let spec, _, _), .update(let spec, _, _), .replace(let spec, _, _, _), .resume(let spec, _, _):
            spec.volume
        case .settle(let intent, _): .id(intent.volumeID)
        case .delete(let record, _), .expire(let record, _), .retain(let record, _), .lost(let record, _, _): .id(record.volumeID)
        }
    }
}

extension Plan.Summary {
    /// `2 to create`, `1 to expire`: those above zero.
    fileprivate var words: [String] {
        [
            (delete, "to delete"), (expire, "to expire"), (replace, "to replace"), (lost, "lost"), (create, "to create"),
            (adopt, "to adopt"), (update, "to change"), (resume, "to await"), (settle, "to look up"), (retain, "kept though not listed"),
        ].filter { $0.0 > 0 }.map { "\(Quantities.grouped($0.0)) \($0.1)" }
    }
}

extension HistoryCounts {
    /// How many snapshots a run did anything with.
    fileprivate var total: Int { created + adopted + updated + replaced + awaited + deleted + expired + found + forgotten + renamed }
}

extension PlacedDiagnostic.Place {
    /// `snapshots.yaml:4:11`.
    fileprivate var words: String? {
        switch self {
        case .file(let name, let start, _): "\(name):\(start.line):\(start.column)"
        case .named(let name): name
        case .none: nil
        }
    }
}
