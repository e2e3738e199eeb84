package import SnapkeepCore

extension Plan.Target {
    /// What the plan is limited to, and how much it leaves.
    var words: String { words(limit: .max, VisibleText.quoted) }

    /// The same, with each pattern written as the format demands.
    ///
    /// - Parameter limit: of the patterns' bytes; those beyond are counted.
    func words(limit: Int = .max, _ written: (String) -> String) -> String {
        var shown: [String] = []
        var bytes = 0
        for pattern in patterns.map(written) {
            bytes += pattern.utf8.count
            if bytes > limit { break }
            shown.append(pattern)
        }
        let rest = patterns.count - shown.count
        if rest > 0 { shown.append(shown.isEmpty ? Quantities.count(rest, "pattern") : "\(rest) more") }
        return "Only what fits \(Quantities.list(shown)) (--target): "
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
