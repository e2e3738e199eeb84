import SnapkeepCore

/// Shows a plan to a person. Equal plans give equal text (P7); nothing is left out however long it gets.
struct PlanTextRenderer {
    let plan: Plan
    /// What the title names: `snapshots.yaml`.
    let sourceTitle: String
    let style: TextStyle
    /// Columns of the terminal; `nil` elsewhere: then nothing is broken into lines.
    let width: Int?
    /// The command that carries the plan out, with the flags of this run; `nil` where that is about to happen anyway.
    let applyCommand: String?
    /// The entry of clouds.yaml that was named.
    let cloud: String?
    /// The file that the plan was saved as.
    var savedAs: String?
    /// Whether only the sum is shown.
    var isBrief = false

    /// The whole screen, each line ended.
    static func render(
        plan: Plan, sourceTitle: String, style: TextStyle, width: Int?, applyCommand: String?, cloud: String? = nil,
        savedAs: String? = nil, isBrief: Bool = false
    ) -> [UInt8] {
        let renderer = PlanTextRenderer(
            plan: plan, sourceTitle: sourceTitle, style: style, width: width, applyCommand: applyCommand, cloud: cloud,
            savedAs: savedAs, isBrief: isBrief)
        return renderer.render()
    }

    private func render() -> [UInt8] {
        var buffer = TextBuffer(capacity: 256 + plan.changes.count * 128)
        let summary = plan.summary
        let isIdle = summary.actionCount == 0
        if isBrief {
            if isIdle { appendNothingToDo(summary, to: &buffer) } else { appendSummary(summary, to: &buffer) }
            return buffer.bytes
        }
        if plan.changes.isEmpty {
            appendNothingToDo(summary, to: &buffer)
            appendFile(to: &buffer)
            return buffer.bytes
        }
        appendTitle(to: &buffer)
        buffer.newline()
        var rows = PlanRows(
            buffer: buffer, style: style, columns: PlanColumns(of: plan, width: width), width: width, drift: DriftedFields(plan))
        for change in plan.changes { rows.append(change) }
        buffer = rows.buffer
        buffer.newline()
        if isIdle {
            appendNothingToDo(summary, to: &buffer)
            appendFile(to: &buffer)
        } else {
            appendSummary(summary, to: &buffer)
            appendFile(to: &buffer)
            if let applyCommand { buffer.append("Run `\(VisibleText.escaped(applyCommand))` to carry this out.\n") }
        }
        return buffer.bytes
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
        buffer.append("\(plan.declaredCount) declared, ")
        buffer.append(plan.basis.isFirst ? "no state yet" : "\(plan.recordedCount) recorded (serial \(plan.basis.serial))")
        if plan.basis.isRefreshed { buffer.append(", compared with the cloud") }
        buffer.newline()
    }

    // Saved as next.plan: it is good for serial 12 and this cloud alone.
    private func appendFile(to buffer: inout TextBuffer) {
        guard let savedAs else { return }
        let state = plan.basis.isFirst ? "the first apply" : "serial \(plan.basis.serial)"
        buffer.append("Saved as \(VisibleText.escaped(savedAs)): it is good for \(state) and this cloud alone.\n")
    }

    // Plan: 2 to create, 1 to update · 38 unchanged · 1 kept
    private func appendSummary(_ summary: Plan.Summary, to buffer: inout TextBuffer) {
        buffer.append(style.paint("Plan:", .strong))
        buffer.append(" " + summary.actionWords.joined(separator: ", "))
        if plan.unchangedCount > 0 { buffer.append(" · \(plan.unchangedCount) unchanged") }
        if summary.retain > 0 { buffer.append(" · \(summary.retain) kept") }
        if summary.lost > 0 { buffer.append(" · " + style.paint("\(summary.lost) lost", .delete)) }
        buffer.newline()
    }

    // Nothing to do: 43 snapshots declared, all recorded as available (serial 13).
    private func appendNothingToDo(_ summary: Plan.Summary, to buffer: inout TextBuffer) {
        let found = plan.basis.isRefreshed ? "available in the cloud" : "recorded as available"
        if plan.lostCount > 0 {
            buffer.append(style.paint("Nothing is done by itself:", .delete))
            buffer.append(" \(plan.lostCount) of \(Quantities.count(plan.declaredCount, "declared snapshot")) lost")
        } else {
            buffer.append(style.paint("Nothing to do:", .good))
            switch plan.declaredCount {
            case 0: buffer.append(" no snapshots declared")
            case 1: buffer.append(" 1 snapshot declared, \(found)")
            case let count: buffer.append(" \(count) snapshots declared, all \(found)")
            }
        }
        if let target = CloudTarget(of: plan, cloud: cloud).briefWords { buffer.append(" in \(target)") }
        buffer.append(plan.basis.isFirst ? ", no state yet" : " (serial \(plan.basis.serial))")
        if summary.retain > 0 { buffer.append(" · \(summary.retain) kept") }
        buffer.append(".\n")
    }
}

extension Plan {
    /// What the title calls the stack; `nil` where the owner is only the lineage, which tells a person nothing.
    var stackName: String? { basis.owner == basis.lineage?.text ? nil : basis.owner }
}

extension Plan.Summary {
    /// How many changes ask for something. A replacement that prunes stands in two counts.
    var actionCount: Int { create + adopt + update + replace + resume + settle + delete }

    /// `2 to create`, `1 to update`: the counts above zero.
    var actionWords: [String] {
        [
            (create, "create"), (adopt, "adopt"), (update, "update"), (replace, "replace"), (resume, "await"), (settle, "settle"),
            (delete, "delete"),
        ].filter { $0.0 > 0 }.map { "\($0.0) to \($0.1)" }
    }
}
