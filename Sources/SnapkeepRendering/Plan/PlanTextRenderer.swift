package import SnapkeepCore

/// Shows a plan to a person. Equal plans give equal text (P7); nothing is left out however long it gets.
package struct PlanTextRenderer {
    let plan: Plan
    /// What the title names: `snapshots.yaml`.
    let sourceTitle: String
    let style: TextStyle
    /// What comes of the plan.
    package enum Next: Hashable {
        /// A command carries it out, with the flags of this run.
        case command(String)
        /// A command does, once it is told how that cloud is reached.
        case commandWithSettings(String)
        /// `apply` will refuse it, for what is reported beside it.
        case refusal
        /// It is about to be carried out.
        case apply
    }

    /// Columns of the terminal; `nil` elsewhere: then nothing is broken into lines.
    let width: Int?
    /// Rows of the terminal; `nil` elsewhere: then each creation has a row of its own.
    var height: Int?
    let next: Next
    /// The entry of clouds.yaml that was named.
    let cloud: String?
    /// The file that the plan was saved as.
    var savedAs: String?
    /// Whether only the sum is shown.
    var isBrief = false
    /// The options that lead another command to the same manifest, state and cloud.
    var options: [String] = []

    /// The whole screen, each line ended.
    package static func render(
        plan: Plan, sourceTitle: String, style: TextStyle, width: Int?, height: Int? = nil, next: Next, cloud: String? = nil,
        savedAs: String? = nil, isBrief: Bool = false, options: [String] = []
    ) -> [UInt8] {
        let renderer = PlanTextRenderer(
            plan: plan, sourceTitle: sourceTitle, style: style, width: width, height: height, next: next, cloud: cloud,
            savedAs: savedAs, isBrief: isBrief, options: options)
        return renderer.render()
    }

    private func render() -> [UInt8] {
        var buffer = TextBuffer(capacity: 256 + plan.changes.count * 128)
        let summary = plan.summary
        let isIdle = !plan.hasActions
        if isBrief {
            if let words = plan.target?.words { append(words, to: &buffer) }
            if isIdle { appendNothingToDo(summary, to: &buffer) } else { appendSummary(summary, to: &buffer) }
            return buffer.bytes
        }
        if plan.changes.isEmpty, plan.rotations?.hasNews != true {
            if let words = plan.target?.words { append(words, to: &buffer) }
            appendNothingToDo(summary, to: &buffer)
            appendFile(to: &buffer)
            return buffer.bytes
        }
        appendTitle(to: &buffer)
        buffer.newline()
        var rows = PlanRows(buffer: buffer, plan: plan, style: style, width: width, options: options)
        append(plan.changes, to: &rows)
        buffer = rows.buffer
        buffer.newline()
        if isGrouped {
            let way = next == .apply ? "`snapkeep plan | less` shows each." : "add `| less` to see each."
            append("Creations are grouped to fit the screen: \(way)", to: &buffer)
        }
        if isIdle {
            appendNothingToDo(summary, to: &buffer)
            appendFile(to: &buffer)
        } else {
            appendSummary(summary, to: &buffer)
            appendFile(to: &buffer)
            switch next {
            case .command(let command): append("Run `\(VisibleText.escaped(command))` to carry this out.", to: &buffer)
            case .commandWithSettings(let command):
                append(
                    "Run `\(VisibleText.escaped(command))` with the settings of this cloud (`--cloud NAME`, say) to carry this out.",
                    to: &buffer)
            case .refusal: append("Apply will refuse this plan until what is reported with it is fixed.", to: &buffer)
            case .apply: break
            }
        }
        return buffer.bytes
    }

    /// Whether creations are more than the screen holds.
    private var isGrouped: Bool {
        guard let height else { return false }
        return plan.summary.create > max(height, Self.fewRows)
    }

    /// On the smallest screen as many creations still have a row each.
    private static let fewRows = 12

    /// Half a screen: the rest is for what goes, and for the sums.
    private var mostGroups: Int { max(2, (height ?? 0) / 2) }

    /// What takes something away comes first: it is what a reader must not miss below hundreds of new ones.
    private func appendByManifest(_ changes: [Change], to rows: inout PlanRows) {
        var creations: [SnapshotSpec] = []
        var others: [Change] = []
        for change in changes {
            if change.takesAway {
                rows.append(change)
            } else if isGrouped, case .create(let spec) = change {
                creations.append(spec)
            } else {
                others.append(change)
            }
        }
        rows.append(creations, most: mostGroups)
        for change in others { rows.append(change) }
    }

    /// Where there are rotations, what the manifest asks for and what the clock does stand apart.
    private func append(_ changes: [Change], to rows: inout PlanRows) {
        guard let rotations = plan.rotations else { return appendByManifest(changes, to: &rows) }
        let (byClock, byManifest) = plan.parts
        if !byManifest.isEmpty || !rotations.edits.isEmpty {
            rows.append(head: style.paint("Changed by the manifest", .strong))
            for edit in rotations.edits { rows.append(edit) }
            appendByManifest(byManifest, to: &rows)
        }
        if !byClock.isEmpty || rotations.standings.contains(where: \.hasNews) {
            if !byManifest.isEmpty || !rotations.edits.isEmpty { rows.append(head: "") }
            rows.append(head: style.paint("Due by the clock", .strong))
            if isGrouped {
                var creations: [SnapshotSpec] = []
                for change in byClock { if case .create(let spec) = change { creations.append(spec) } }
                rows.append(creations, most: mostGroups)
            }
            rows.append(rotations, byClock, isGrouped: isGrouped)
        }
        if let suspension = rotations.suspension { rows.append(head: "\n" + RotationWords.words(suspension)) }
        if let words = rotations.leftOutWords { rows.append(head: "\n" + words) }
    }

    // snapshots.yaml · stack payments-prod · project 0c2eba2c… at evs.eu-de.otc.t-systems.com (cloud prod)
    // 43 declared, 41 recorded (serial 12)
    private func appendTitle(to buffer: inout TextBuffer) {
        let parts = [
            VisibleText.escaped(sourceTitle), plan.stackName.map { "stack \(VisibleText.escaped($0))" },
            CloudTarget(of: plan, cloud: cloud).briefWords,
        ]
        buffer.append(TextFlow.joined(parts.compactMap { $0 }, by: " · ", width: width))
        buffer.newline()
        var counts = plan.declaredCount == 0 && plan.rotations != nil ? "" : "\(plan.declaredCount) declared, "
        counts += plan.basis.isFirst ? "no state yet" : "\(plan.recordedCount) recorded (serial \(plan.basis.serial))"
        if plan.basis.isRefreshed { counts += ", compared with the cloud" }
        append(counts, to: &buffer)
        if let words = plan.target?.words { append(style.paint(words, .strong), to: &buffer) }
        if let rotations = plan.rotations {
            append(rotations.titleWords, to: &buffer)
            for words in rotations.matchWords { append(words, to: &buffer) }
        }
    }

    private func append(_ sentence: String, to buffer: inout TextBuffer) {
        buffer.append(TextFlow.wrapped(sentence, width: width, indent: 2))
        buffer.newline()
    }

    // Saved as next.plan: it is good for serial 12 and this cloud alone.
    private func appendFile(to buffer: inout TextBuffer) {
        guard let savedAs else { return }
        let state = plan.basis.isFirst ? "the first apply" : "serial \(plan.basis.serial)"
        let words =
            plan.rotations == nil || plan.basis.isFirst
            ? "it is good for \(state) and this cloud alone"
            : "it is good for this cloud alone, and until more than a routine run changes the state; what is due by the clock is decided "
                + "when it is applied"
        append("Saved as \(VisibleText.escaped(savedAs)): \(words).", to: &buffer)
    }

    // Plan: 2 to create, 1 to delete · deletes 40 GiB · 38 unchanged (not shown) · 1 kept
    private func appendSummary(_ summary: Plan.Summary, to buffer: inout TextBuffer) {
        var actions = summary.actionWords
        if let rotations = plan.rotations, rotations.isNew {
            actions.append("\(Quantities.count(max(1, rotations.edits.count), "rotation")) to record")
        }
        var parts = [style.paint("Plan:", .strong) + " " + actions.joined(separator: ", ")]
        parts += plan.sizeWords
        if plan.unchangedCount > 0 { parts.append("\(plan.unchangedCount) unchanged (not shown)") }
        let kept = summary.retain + (plan.rotations?.keptCount ?? 0)
        if kept > 0 { parts.append("\(kept) kept") }
        if summary.lost > 0 { parts.append(style.paint("\(summary.lost) lost", .delete)) }
        for (index, line) in TextFlow.lines(of: parts, by: " · ", width: width.map { $0 - 2 }).enumerated() {
            append((index > 0 ? "  " : "") + line, to: &buffer)
        }
    }

    // Nothing to do: 43 snapshots declared, all recorded as available (serial 13).
    private func appendNothingToDo(_ summary: Plan.Summary, to buffer: inout TextBuffer) {
        if plan.target?.unmatched.isEmpty == false { return append("Nothing is planned.", to: &buffer) }
        if plan.target != nil, plan.lostCount == 0 { return append("Nothing to do among them.", to: &buffer) }
        var text: String
        let target = CloudTarget(of: plan, cloud: cloud).briefWords
        let found = plan.basis.isRefreshed ? "available" + (target == nil ? " in the cloud" : "") : "recorded as available"
        if plan.lostCount > 0 {
            text = style.paint("Nothing is done by itself:", .delete)
            text += " \(plan.lostCount) of \(Quantities.count(plan.declaredCount, "declared snapshot")) lost"
        } else {
            text = style.paint("Nothing to do:", .good)
            switch plan.declaredCount {
            case 0 where plan.rotations != nil: text += plan.rotations?.leftOutWords == nil ? " nothing is due" : " nothing but what is due"
            case 0: text += " no snapshots declared"
            case 1: text += " 1 snapshot declared, \(found)"
            case let count: text += " \(count) snapshots declared, all \(found)"
            }
        }
        if let target { text += " in \(target)" }
        text += plan.basis.isFirst ? ", no state yet" : " (serial \(plan.basis.serial))"
        let kept = summary.retain + (plan.rotations?.keptCount ?? 0)
        if kept > 0 { text += " · \(kept) kept" }
        if let next = plan.rotations?.nextDue { text += " · next due \(RotationWords.day(next))" }
        let unlisted = summary.lost - plan.lostCount
        if unlisted > 0 { text += " · \(unlisted) no longer listed, lost" }
        append(text + ".", to: &buffer)
    }
}

extension Plan {
    /// What the title calls the stack; `nil` where the owner is only the lineage, which tells a person nothing.
    package var stackName: String? { basis.owner == basis.lineage?.text ? nil : basis.owner }
}

extension Plan {
    /// `creates 20 GiB`, `deletes at least 160 GiB`: `at least` where a size is not known.
    var sizeWords: [String] {
        [("creates", createdSize), ("deletes", deletedSize)].compactMap { verb, size in
            size.map { "\(verb) \($0.unknown > 0 ? "at least " : "")\(Quantities.grouped($0.gibibytes)) GiB" }
        }
    }
}

extension Plan.Summary {
    /// How many there are to do. A replacement that prunes stands in two counts.
    var actionCount: Int { create + adopt + update + replace + resume + settle + delete + expire }

    /// `2 to create`, `1 to update`: the counts above zero.
    var actionWords: [String] {
        [
            (create, "create"), (adopt, "adopt"), (update, "update"), (replace, "replace"), (resume, "await"), (settle, "settle"),
            (delete, "delete"), (expire, "expire"),
        ].filter { $0.0 > 0 }.map { "\($0.0) to \($0.1)" + ($0.1 == "delete" ? replacedWords : "") }
    }

    /// Which of the deletions have no row of their own; empty where all have.
    var replacedWords: String {
        deleteReplaced == 0 ? "" : deleteReplaced == delete ? " (once replaced)" : " (\(deleteReplaced) of them once replaced)"
    }
}
