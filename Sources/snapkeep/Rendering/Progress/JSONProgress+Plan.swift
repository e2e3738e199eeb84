import SnapkeepCore

extension JSONProgress {
    /// The first line of `apply --json`: `planned`, with the counts of the plan: `create`, `update`, `replace`, `resume`, `settle`, `delete`,
    /// `retain`, `lost`, `unchanged`. Without a line end.
    static func line(for plan: Plan, at now: Timestamp) -> String {
        var line = JSONLine()
        let summary = plan.summary
        line.field("event", "planned")
        line.field("at", now.description)
        line.field("create", summary.create)
        line.field("update", summary.update)
        line.field("replace", summary.replace)
        line.field("resume", summary.resume)
        line.field("settle", summary.settle)
        line.field("delete", summary.delete)
        line.field("retain", summary.retain)
        line.field("lost", summary.lost)
        line.field("unchanged", plan.unchangedCount)
        return line.text
    }
}
