package import SnapkeepCore

/// A plan for a pull request: counts first, what can hurt in full, the rest folded, and the whole cut to what a code host takes.
///
/// Rows are cut in this order of worth: deletions, what expires, replacements, what is lost, what is awaited or settled, adoptions, updates,
/// creations, what is kept. The first three are never cut: where their rows do not fit, they are shortened to what names the snapshot, and where
/// even these do not, the text is longer than asked for. The last line says what was left out. Equal plans give equal text (P7), so that a bot can
/// edit one comment, which it knows by the hidden marker on the first line.
package struct PlanMarkdownRenderer {
    /// Somewhat less than the 65,536 characters that GitHub takes in one comment, for what a bot adds. Counted here in UTF-8 bytes, which are
    /// never fewer than characters.
    package static let defaultLimit = 60_000
    /// Below this not even the counts would fit; smaller limits count as this.
    package static let smallestLimit = 4_096

    /// The whole text, at most `limit` bytes but for what is never cut.
    ///
    /// - Parameters:
    ///   - planID: shown at the end, so that what is applied can be told to be what was reviewed.
    ///   - findings: what was found when it was made.
    ///   - marker: what tells the comment of this plan from others: it is hidden on the first line.
    ///   - command: what shows the whole plan on a terminal, with the options that this one was made with.
    ///   - options: those that lead another command to the same manifest, state and cloud.
    package static func render(
        plan: Plan, planID: PlanID? = nil, findings: [PlacedDiagnostic] = [], marker: String? = nil, command: String = "snapkeep plan",
        options: [String] = [], limit: Int = defaultLimit
    ) -> [UInt8] {
        PlanMarkdownRenderer(
            plan: plan, planID: planID, findings: findings, marker: marker, command: command, options: options,
            limit: max(limit, smallestLimit)
        ).render()
    }

    private let plan: Plan
    private let planID: PlanID?
    private let findings: [PlacedDiagnostic]
    private let marker: String?
    /// As Markdown.
    private let command: String
    private let options: [String]
    private let limit: Int
    private let drift: DriftedFields
    private let shortIDs: ShortIDs

    private init(
        plan: Plan, planID: PlanID?, findings: [PlacedDiagnostic], marker: String?, command: String, options: [String], limit: Int
    ) {
        self.plan = plan
        self.planID = planID
        self.findings = findings
        self.marker = marker
        let whole = MarkdownText.code(command)
        // It stands there twice, and is not what the room is for.
        self.command = whole.utf8.count <= limit / 16 ? whole : "`snapkeep plan` with the same options"
        self.options = options
        self.limit = limit
        drift = DriftedFields(plan)
        shortIDs = ShortIDs(of: plan)
    }

    /// One table, with the changes it holds.
    private struct Section {
        var kinds: [Kind]
        /// `nil`: never folded.
        var foldedTitle: String?
    }

    /// What the line about left-out rows counts apart.
    private enum Kind: Int, CaseIterable {
        case delete
        case expire
        case replace
        case lost
        case settle
        case await
        case adopt
        case update
        case create
        case keep

        /// What a reviewer must not miss: it takes a snapshot away, or puts another in its place.
        var isNeverCut: Bool { self == .delete || self == .expire || self == .replace }

        init(_ change: Change) {
            switch change {
            case .create: self = .create
            case .adopt: self = .adopt
            case .update: self = .update
            case .replace: self = .replace
            case .resume: self = .await
            case .settle: self = .settle
            case .delete: self = .delete
            case .expire: self = .expire
            case .retain: self = .keep
            case .lost: self = .lost
            }
        }

        var words: String {
            switch self {
            case .lost: "lost"
            case .keep: "kept"
            case .delete, .expire, .replace, .settle, .await, .adopt, .update, .create: "to \(self)"
            }
        }
    }

    private func render() -> [UInt8] {
        let summary = plan.summary
        var buffer = TextBuffer(capacity: min(limit, 1024 + plan.changes.count * 160))
        if let marker { buffer.append("<!-- snapkeep:\(MarkdownText.comment(marker)) -->\n") }
        appendHead(summary, to: &buffer)
        appendRotations(to: &buffer)
        buffer.append(MarkdownFindings.text(findings, limit: limit / 4))
        let foot = planID.map { "\nPlan `\($0.text)`\n" } ?? ""
        // Room that the closing of a section, the lines about what was shortened and left out, and the foot may need.
        let reserve = 600 + foot.utf8.count + 2 * command.utf8.count
        let (graveRows, areShort) = graveRows(room: limit - reserve - Self.tableHead.utf8.count - buffer.bytes.count)
        var left = [Int](repeating: 0, count: Kind.allCases.count)
        var isFull = false
        for section in sections(summary) {
            var isOpen = false
            for kind in section.kinds {
                if kind.isNeverCut {
                    for row in graveRows[kind] ?? [] {
                        if !isOpen { buffer.append(opening(of: section)) }
                        buffer.append(row)
                        isOpen = true
                    }
                    continue
                }
                for change in plan.changes where Kind(change) == kind {
                    if isFull {
                        left[kind.rawValue] += 1
                        continue
                    }
                    let opening = isOpen ? "" : self.opening(of: section)
                    let row = row(for: change)
                    if buffer.bytes.count + opening.utf8.count + row.utf8.count + reserve > limit {
                        isFull = true
                        left[kind.rawValue] += 1
                        continue
                    }
                    buffer.append(opening)
                    buffer.append(row)
                    isOpen = true
                }
            }
            if isOpen, section.foldedTitle != nil { buffer.append("\n</details>\n") }
        }
        if areShort {
            buffer.append("\n**Shortened to fit \(Quantities.grouped(limit)) bytes:** what is deleted, expires or is replaced. ")
            buffer.append("\(command) shows it in full.\n")
        }
        if isFull {
            let words = Kind.allCases.filter { left[$0.rawValue] > 0 }.map { "\(left[$0.rawValue]) \($0.words)" }
            buffer.append("\n**Left out to fit \(Quantities.grouped(limit)) bytes:** \(words.joined(separator: ", ")). ")
            buffer.append("\(command) shows them all.\n")
        }
        buffer.append(foot)
        return buffer.bytes
    }

    /// The rows that are never cut: in full where there is room, else shortened.
    private func graveRows(room: Int) -> (rows: [Kind: [String]], areShort: Bool) {
        let grave = plan.changes.filter { Kind($0).isNeverCut }
        func rows(_ row: (Change) -> String) -> [(kind: Kind, row: String)] { grave.map { (Kind($0), row($0)) } }
        var all = rows(self.row)
        let areShort = all.reduce(0) { $0 + $1.row.utf8.count } > room
        if areShort { all = rows(shortRow) }
        return (Dictionary(grouping: all, by: \.kind).mapValues { $0.map(\.row) }, areShort)
    }

    /// What names the snapshot, and no more.
    private func shortRow(for change: Change) -> String {
        let key = MarkdownText.code(change.key.text)
        switch change {
        case .replace(_, let record, _, let prune): return "| ± | \(key) | | \(prune ? "deletes" : "keeps") `\(record.id.text)` |\n"
        case .delete(let record, _), .expire(let record, _): return "| - | \(key) | | `\(record.id.text)` |\n"
        case .create, .adopt, .update, .resume, .settle, .retain, .lost: return row(for: change)
        }
    }

    // **snapkeep plan** · 2 to create, **1 to replace**, 0 to delete · 38 unchanged, 1 kept · stack `payments-prod`, serial 12
    private func appendHead(_ summary: Plan.Summary, to buffer: inout TextBuffer) {
        var parts: [String] = []
        if !plan.hasActions {
            parts.append("nothing to do")
        } else {
            let counts = [
                (summary.create, "create"), (summary.adopt, "adopt"), (summary.update, "update"), (summary.replace, "replace"),
                (summary.resume, "await"),
                (summary.settle, "settle"),
            ].filter { $0.0 > 0 }
            var words = counts.map { count, word in word == "replace" ? "**\(count) to \(word)**" : "\(count) to \(word)" }
            // Said even when there is none: it is what a reviewer looks for.
            words.append(summary.delete > 0 ? "**\(summary.delete) to delete**\(summary.replacedWords)" : "0 to delete")
            if summary.expire > 0 { words.append("**\(summary.expire) to expire**") }
            parts.append(words.joined(separator: ", "))
            parts += plan.sizeWords
        }
        let rest = [(plan.unchangedCount, "unchanged (not shown)"), (summary.retain, "kept")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        if !rest.isEmpty { parts.append(rest.joined(separator: ", ")) }
        if summary.lost > 0 { parts.append("**\(summary.lost) lost**") }
        let state = plan.basis.isFirst ? "no state yet" : "serial \(plan.basis.serial)"
        parts.append(plan.stackName.map { "stack \(MarkdownText.code(Self.shortened($0))), \(state)" } ?? state)
        if let target = markdownTarget { parts.append(target) }
        if let rotations = plan.rotations { parts.append(rotations.titleWords) }
        buffer.append("**snapkeep plan** · \(parts.joined(separator: " · "))\n")
        if let target = plan.target { buffer.append("\n**\(target.words(limit: limit / 16, MarkdownText.code))**\n") }
    }

    /// What is to be known of rotations before the rows: edits, what is late, and why nothing expires.
    private func appendRotations(to buffer: inout TextBuffer) {
        guard let rotations = plan.rotations, rotations.hasNews else { return }
        var lines = rotations.edits.map { "Rotation \(MarkdownText.code($0.name.text)): \(sentence(RotationWords.words($0)))" }
        lines += rotations.standings.filter { $0.demand == .missed }.map { standing in
            let key = RotationKey(rotation: standing.rotation, volume: standing.volume.label, period: standing.current)
            return "**Missed:** \(MarkdownText.code(key.text)); next due \(RotationWords.day(standing.nextDue))"
        }
        if let suspension = rotations.suspension { lines.append("**\(sentence(RotationWords.words(suspension)))**") }
        if let words = rotations.leftOutWords { lines.append(words) }
        if lines.isEmpty { return }
        // A comment must fit whatever there is to tell.
        var text = ""
        for (index, line) in lines.enumerated() {
            if index == 20 || text.utf8.count + line.utf8.count > limit / 8 {
                text += "- \(lines.count - index) more\n"
                break
            }
            text += "- \(line)\n"
        }
        buffer.append("\n" + text)
    }

    // project `0c2eba2c…` at `evs.eu-de.otc.t-systems.com`
    private var markdownTarget: String? {
        if plan.basis.endpoint == CloudTarget.sandboxEndpoint { return "the embedded sandbox" }
        let parts = [
            plan.basis.projectID.map { "project " + MarkdownText.code(Quantities.shortID($0.text)) },
            plan.basis.endpoint.map { "at " + MarkdownText.code(Self.shortened(CloudTarget.host($0))) },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    /// The beginning of a name that may be long: the head must fit whatever stands in it. Counted in code points, which bound the bytes.
    private static func shortened(_ name: String) -> String {
        let shown = VisibleText.escaped(name).unicodeScalars
        return shown.count <= 80 ? name : String(String.UnicodeScalarView(shown.prefix(79))) + "…"
    }

    private func sections(_ summary: Plan.Summary) -> [Section] {
        [
            Section(kinds: [.delete, .expire, .replace, .lost, .settle, .await, .adopt, .update], foldedTitle: nil),
            Section(kinds: [.create], foldedTitle: "\(summary.create) to create"),
            Section(kinds: [.keep], foldedTitle: "\(summary.retain) kept"),
        ]
    }

    private static let tableHead = "\n| | snapshot | volume | what |\n|---|---|---|---|\n"

    private func opening(of section: Section) -> String {
        section.foldedTitle.map { "\n<details><summary>\($0)</summary>\n" + Self.tableHead } ?? Self.tableHead
    }

    private func row(for change: Change) -> String {
        let key = MarkdownText.code(change.key.text)
        switch change {
        case .create(let spec): return "| + | \(key) | \(cell(spec.volume)) | \(creation(spec)) |\n"
        case .adopt(let spec, let id, let fields):
            let changes = (fields ?? []).isEmpty ? "" : "<br>" + words(fields ?? [], of: spec.key)
            return "| &#60; | \(key) | \(cell(spec.volume)) | \(sentence(PlanRows.words(adopting: id.text, fields)))\(changes) |\n"
        case .update(let spec, _, let fields): return "| ~ | \(key) | \(cell(spec.volume)) | \(words(fields, of: spec.key)) |\n"
        case .replace(let spec, let record, let reason, let prune):
            var volume = cell(spec.volume)
            if case .volume(let old, let new) = reason { volume = "\(cell(old)) → \(cell(new))" }
            let old = prune ? " (`\(record.id.text)`)" : ""
            let details = details(of: spec).map { "<br>" + $0 }.joined()
            return "| ± | \(key) | \(volume) | \(sentence(PlanRows.words(replacing: record, reason, prune: prune)))\(old)\(details) |\n"
        case .resume(let spec, let record, let fields):
            let changes = fields.isEmpty ? "" : "<br>" + words(fields, of: spec.key)
            return "| > | \(key) | \(cell(spec.volume)) | \(sentence(PlanRows.words(resuming: record, fields)))\(changes) |\n"
        case .settle(let intent, let spec):
            let words = PlanRows.words(settling: intent, spec)
            return "| ? | \(key) | \(cell(intent.volumeID)) | \(sentence(words)) |\n"
        case .delete(let record, let origin):
            let words = PlanRows.words(deleting: record, origin)
            return "| - | \(key) | \(cell(record.volumeID)) | \(sentence(words)) |\n"
        case .expire(let record, let expiry):
            let words = PlanRows.words(expiring: record, expiry)
            return "| - | \(key) | \(cell(record.volumeID)) | \(sentence(words)) |\n"
        case .retain(let record, let reason):
            let words = PlanRows.words(retaining: record, reason, shortIDs).leading(to: options)
            return "| = | \(key) | \(cell(record.volumeID)) | \(sentence(words)) |\n"
        case .lost(let record, let spec, let reason):
            let words = PlanRows.words(losing: record, spec, reason).map { sentence($0.leading(to: options)) }.joined(separator: "<br>")
            return "| ! | \(key) | \(cell(record.volumeID)) | \(words) |\n"
        }
    }

    private func creation(_ spec: SnapshotSpec) -> String {
        var parts: [String] = []
        let flags = PlanRows.flags(of: spec)
        if !flags.isEmpty { parts.append(flags) }
        if spec.name.text != spec.key.text { parts.append("named \(MarkdownText.code(spec.name.text))") }
        return (parts + details(of: spec)).joined(separator: ", ")
    }

    /// Description and metadata of what is to be made.
    private func details(of spec: SnapshotSpec) -> [String] {
        let metadata = spec.metadata.entries.map { entry in
            MarkdownText.code("\(entry.key)=\(PlanRows.isPlainWord(entry.value) ? entry.value : VisibleText.quoted(entry.value))")
        }
        return (spec.description.map { [MarkdownText.code($0.text)] } ?? []) + metadata
    }

    private func words(_ fields: [FieldChange], of key: SnapshotKey) -> String {
        fields.map { field in
            let note = drift.note(on: field, of: key)
            let (old, new) = field.values
            let left = old.map(MarkdownText.code) ?? "(none)"
            let right = new.map(MarkdownText.code) ?? "(removed)"
            return "\(MarkdownText.code(field.label)): \(left) → \(right)\(note)"
        }.joined(separator: "<br>")
    }

    private func cell(_ id: VolumeID) -> String { cell(.id(id)) }

    private func cell(_ volume: VolumeReference) -> String {
        switch plan.reference(to: volume) {
        case .id(let id): "`\(shortIDs(id.text))`"
        case .alias(let alias, let id): "\(MarkdownText.code(alias)) (`\(shortIDs(id.text))`)"
        case .named(let alias, let name): "\(MarkdownText.code(alias)) (named \(MarkdownText.code(name)))"
        }
    }

    private func sentence(_ words: String) -> String { MarkdownText.sentence(words) }
}

extension FieldChange {
    /// Both sides as they are; `nil` where the field is not there.
    var values: (old: String?, new: String?) {
        switch self {
        case .name(let from, let to): (from, to)
        case .description(let from, let to), .metadata(_, let from, let to): (from, to)
        case .protect(let from, let to): (from ? "yes" : "no", to ? "yes" : "no")
        }
    }
}
