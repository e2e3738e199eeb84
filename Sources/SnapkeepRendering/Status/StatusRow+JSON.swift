import SnapkeepCore

/// The members of a row of `snapkeep status --json`.
enum StatusField: String, CaseIterable {
    case key, declared
    case asDeclared = "as_declared"
    case status, loss, id, volume
    case volumeID = "volume_id"
    case size
    case createdAt = "created_at"
    case changedOutside = "changed_outside"
    case notApplied = "not_applied"
    case superseded
}

extension StatusRow {
    /// Writes the rows of `snapkeep status --json`: `as_declared` of all, and `snapshots`, each of `key`, `declared`, `as_declared`, `status`
    /// (the cloud's word, `lost`, `not_made`, `not_recorded`, `half_renamed` or `not_settled`), `loss`, `id`, `volume` (the manifest's name for it),
    /// `volume_id`, `size`, `created_at`, `changed_outside`, `not_applied`, `superseded`.
    package static func write(_ rows: [StatusRow], to document: inout JSONDocument) {
        document.field(StatusField.asDeclared.rawValue, rows.allSatisfy { $0.isGood || !$0.isDeclared })
        document.list("snapshots", rows) { $0.write(to: &$1) }
    }

    private func write(to object: inout JSONWriter) {
        object.field(StatusField.key.rawValue, key.text)
        object.field(StatusField.declared.rawValue, isDeclared)
        if isDeclared { object.field(StatusField.asDeclared.rawValue, isGood) }
        object.field(StatusField.status.rawValue, standing.word)
        if case .lost(let reason) = standing { object.field(StatusField.loss.rawValue, reason.rawValue) }
        object.field(StatusField.id.rawValue, id?.text)
        object.field(StatusField.volume.rawValue, volume.alias)
        object.field(StatusField.volumeID.rawValue, (volume.id ?? record?.volumeID)?.text)
        object.field(StatusField.size.rawValue, record?.size)
        object.field(StatusField.createdAt.rawValue, record?.createdAt)
        if !drifted.isEmpty { object.field(StatusField.changedOutside.rawValue, drifted) }
        if !edited.isEmpty { object.field(StatusField.notApplied.rawValue, edited) }
        if isSuperseded { object.field(StatusField.superseded.rawValue, true) }
    }
}

extension VolumeReference {
    /// The manifest's name for the volume, where it gives one.
    fileprivate var alias: String? {
        switch self {
        case .id: nil
        case .alias(let alias, _), .named(let alias, _): alias
        }
    }
}
