import SnapkeepCore

/// Which fields others have changed since they were recorded, to be said beside them.
struct DriftedFields {
    private struct Place: Hashable {
        let key: SnapshotKey
        let label: String
    }

    private let places: Set<Place>

    init(_ plan: Plan) {
        places = Set(plan.drift.flatMap { drift in drift.fields.map { Place(key: drift.key, label: $0.label) } })
    }

    /// What stands behind the change of a field; empty for most.
    func note(on field: FieldChange, of key: SnapshotKey) -> String {
        if !field.needsRequest { return " (recorded only, no request)" }
        return !places.isEmpty && places.contains(Place(key: key, label: field.label)) ? " (changed outside)" : ""
    }
}
