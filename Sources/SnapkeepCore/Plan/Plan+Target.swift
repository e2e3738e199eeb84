extension Plan {
    /// What a plan is limited to.
    public struct Target: Hashable, Sendable {
        /// Patterns of keys, as they were written.
        public var patterns: [String]
        /// How much there is to do beside it.
        public var leftOut: Int
        /// The patterns that fit no key of manifest, state or plan; a plan with any is not carried out.
        public var unmatched: [String]

        /// A target of its parts.
        public init(patterns: [String], leftOut: Int, unmatched: [String] = []) {
            self.patterns = patterns
            self.leftOut = leftOut
            self.unmatched = unmatched
        }
    }

    /// The same plan, limited to the changes whose key fits one of the patterns. What rotations are to remember is left to a whole apply: an
    /// edit must still show for those that are left out.
    ///
    /// - Parameters:
    ///   - patterns: none limits nothing.
    ///   - known: further keys that a pattern may mean without there being anything to do about them.
    func limited(to patterns: [GlobPattern], known: some Sequence<SnapshotKey>) -> Plan {
        if patterns.isEmpty { return self }
        var unmatched = Set(patterns)
        var fits: [SnapshotKey: Bool] = [:]
        func fitting(_ key: SnapshotKey) -> Bool {
            if let known = fits[key] { return known }
            let matching = patterns.filter { $0.matches(key.text) }
            unmatched.subtract(matching)
            fits[key] = !matching.isEmpty
            return !matching.isEmpty
        }
        for key in known where !unmatched.isEmpty { _ = fitting(key) }
        var plan = self
        plan.changes = changes.filter { change in
            // Nothing goes in the place of a new one that is not made.
            if case .expire(_, let expiry) = change, let after = expiry.after, !fitting(after) { return false }
            return fitting(change.key)
        }
        plan.drift = drift.filter { fitting($0.key) }
        plan.target = Target(
            patterns: patterns.map(\.text), leftOut: changes.count(where: \.isAction) - plan.changes.count(where: \.isAction))
        if var rotations {
            let touched = Set(plan.changes.map(\.key))
            rotations.standings = rotations.standings.filter { standing in
                let key = RotationKey(rotation: standing.rotation, volume: standing.volume.label, period: standing.current).snapshotKey
                return (key.map { fitting($0) } ?? false) || standing.kept.contains { touched.contains($0.key) }
            }
            var byEdit: [RotationName: Int] = [:]
            for case .expire(let record, let expiry) in plan.changes where expiry.isByEdit {
                if let name = rotations.name(of: record.key) { byEdit[name, default: 0] += 1 }
            }
            rotations.edits = rotations.edits.compactMap { edit in
                byEdit[edit.name].map { RotationEdit(name: edit.name, former: edit.former, rules: edit.rules, expires: $0) }
            }
            (rotations.rules, rotations.isNew) = (nil, false)
            plan.rotations = rotations
        }
        plan.target?.unmatched = patterns.filter(unmatched.contains).map(\.text)
        return plan
    }
}
