import SnapkeepCore

extension StatusRow {
    /// Writes the rows of `snapkeep status --json`: `as_declared` of all, and `snapshots`, each of `key`, `declared`, `as_declared`, `status`
    /// (the cloud's word, `lost`, `not_made`, `not_recorded`, `half_renamed` or `not_settled`), `loss`, `id`, `volume` (the manifest's name for it),
    /// `volume_id`, `size`, `created_at`, `changed_outside`, `not_applied`, `superseded`.
    package static func write(_ rows: [StatusRow], to document: inout JSONDocument) {
        document.field("as_declared", rows.allSatisfy { $0.isGood || !$0.isDeclared })
        document.list("snapshots", rows) { $0.write(to: &$1) }
    }

    private func write(to object: inout JSONWriter) {
        object.field("key", key.text)
        object.field("declared", isDeclared)
        if isDeclared { object.field("as_declared", isGood) }
        object.field("status", standing.word)
        if case .lost(let reason) = standing { object.field("loss", reason.rawValue) }
        object.field("id", id?.text)
        object.field("volume", volume.alias)
        object.field("volume_id", (volume.id ?? record?.volumeID)?.text)
        object.field("size", record?.size)
        object.field("created_at", record?.createdAt)
        if !drifted.isEmpty { object.field("changed_outside", drifted) }
        if !edited.isEmpty { object.field("not_applied", edited) }
        if isSuperseded { object.field("superseded", true) }
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
