import SnapkeepCore

extension GeneratedManifest {
    /// Writes the members of `snapkeep generate --json`: `project_id`, `snapshots`, each of `key`, `id`, `name`, `volume` (its alias),
    /// `volume_id`, `status`, `size`, `created_at` and `remarks` on what the manifest cannot hold, and `left_out` in numbers.
    package func write(to document: inout JSONDocument) {
        document.field("project_id", project.text)
        document.list("snapshots", items) { item, object in
            object.field("key", item.key.text)
            object.field("id", item.observed.id.text)
            object.field("name", item.name.text)
            if case .alias(let alias, _) = item.volume { object.field("volume", alias) }
            object.field("volume_id", item.observed.volumeID.text)
            object.field("status", item.observed.status.description)
            object.field("size", item.observed.size)
            object.field("created_at", item.observed.createdAt)
            if !item.remarks.isEmpty { object.field("remarks", item.remarks) }
        }
        document.object("left_out") { counts in
            counts.field("recorded", leftOut.recorded)
            counts.field("other_owners", leftOut.ofOthers)
            counts.field("not_recorded", leftOut.notRecorded)
            counts.field("stamped", leftOut.stamped)
            counts.field("forgotten", leftOut.forgotten)
            counts.field("made_by_server", leftOut.madeByServer)
            counts.field("unusable", leftOut.unusable)
        }
    }
}
