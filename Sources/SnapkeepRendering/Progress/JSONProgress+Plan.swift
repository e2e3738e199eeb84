package import SnapkeepCore

extension JSONProgress {
    /// The first line of `apply --json`: `planned`, with the counts of the plan: `create`, `adopt`, `update`, `replace`, `await`, `settle`, `delete`,
    /// `expire` where there are any, `keep`, `lost`, `unchanged`. Without a line end.
    package static func line(for plan: Plan, at now: Timestamp) -> String {
        let summary = plan.summary
        var line = event("planned", at: now)
        line.field("create", summary.create)
        line.field("adopt", summary.adopt)
        line.field("update", summary.update)
        line.field("replace", summary.replace)
        line.field("await", summary.resume)
        line.field("settle", summary.settle)
        line.field("delete", summary.delete)
        if summary.expire > 0 { line.field("expire", summary.expire) }
        line.field("keep", summary.retain)
        line.field("lost", summary.lost)
        line.field("unchanged", plan.unchangedCount)
        return ended(line)
    }
}
