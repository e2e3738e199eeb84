package import SnapkeepCore

extension SnapshotRecord {
    /// Writes the members of its JSON: those of the state file.
    package func write(to object: inout JSONLine) {
        object.field("key", key.text)
        object.field("id", id.text)
        object.field("volume_id", volumeID.text)
        object.field("name", name)
        object.field("description", description)
        object.field("metadata", metadata.json)
        object.field("status", status.description)
        object.field("size", size)
        object.field("created_at", createdAt?.description)
        object.field("updated_at", updatedAt?.description)
        object.field("protect", protect)
        object.field("attempt", attempt?.text)
    }
}

extension CreationIntent {
    /// Writes the members of its JSON: those of the state file that tell a person something.
    package func write(to object: inout JSONLine) {
        object.field("attempt", attempt.text)
        object.field("owner", owner)
        object.field("key", key.text)
        object.field("volume_id", volumeID.text)
        object.field("name", name)
        object.field("description", description)
        object.field("metadata", metadata.json)
        object.field("protect", protect)
        object.field("started_at", startedAt.description)
        object.field("replaces", replaces?.text)
        object.field("adopts", adopts?.text)
    }
}

extension Metadata {
    fileprivate var json: JSONLine {
        var line = JSONLine()
        for entry in entries { line.field(entry.key, entry.value) }
        return line
    }
}
