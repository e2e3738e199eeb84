package import SnapkeepCore

extension Plan.Target {
    /// What the plan is limited to, and how much it leaves.
    var words: String { words(VisibleText.quoted) }

    /// The same, with each pattern written as the format demands.
    func words(_ written: (String) -> String) -> String {
        "Only what fits \(Quantities.list(patterns.map(written))) (--target): "
            + (leftOut == 0 ? "there is nothing else to do." : "\(Quantities.count(leftOut, "other change")) left out.")
    }
}

extension Diagnostic {
    /// A pattern that fits nothing is a slip, and a run that is silent about it would pass for done.
    static func targetWithoutMatch(_ pattern: String) -> Diagnostic {
        Diagnostic(
            .error, code: "target-without-match", "--target \(VisibleText.quoted(pattern)) fits no key of manifest, state or plan",
            notes: [.init("nothing was changed", at: .none)],
            help: "'snapkeep state list' shows the recorded keys; '*' stands for any text, '?' for one character")
    }
}

extension Plan {
    /// The patterns that fit nothing.
    package var targetFindings: [Diagnostic] { (target?.unmatched ?? []).map(Diagnostic.targetWithoutMatch) }
}
