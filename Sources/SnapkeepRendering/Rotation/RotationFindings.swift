package import SnapkeepCore

extension Plan {
    /// What looks like a slip in a rotation: a pattern that picks nothing, and a former name that nothing bears.
    package func rotationFindings(state: RecordedState?) -> [Diagnostic] {
        guard let rotations else { return [] }
        let empty = rotations.matches.filter { $0.count == 0 }.map { Diagnostic.picksNothing($0.name) }
        let moved = rotations.declared.compactMap(\.movedFrom)
        guard let state, !moved.isEmpty else { return empty }
        let remembered = state.header.rotations?.rotations ?? []
        var known = Set(remembered.flatMap { [$0.name] + [$0.movedFrom].compactMap { $0 } })
        for record in [state.records, state.superseded].joined() { if let key = RotationKey(record.key) { known.insert(key.rotation) } }
        let names = known.map(\.text)
        return empty
            + moved.filter { !known.contains($0) }.map { .movedFromNothing($0, nearest: NearMiss.suggestion(for: $0.text, among: names)) }
    }
}

extension Diagnostic {
    static func picksNothing(_ rotation: RotationName) -> Diagnostic {
        Diagnostic(
            .warning, code: "picks-no-volume", "the pattern of rotation '\(rotation)' picks no volume: nothing is made for it",
            help: "compare 'match' with the names and the metadata of the project's volumes; what the rotation has made is kept")
    }

    static func movedFromNothing(_ name: RotationName, nearest: String?) -> Diagnostic {
        Diagnostic(
            .warning, code: "moved-from-nothing", "'moved' names rotation '\(name)', of which nothing is recorded",
            help: nearest.map { "did you mean '\($0)'?" } ?? "write the name that the rotation had, or take 'moved' out")
    }
}
