import SnapkeepCore

// Which volumes a rotation is about.
extension ManifestDecoder {
    /// `volumes:`, a list of aliases and ids.
    mutating func readRotationVolumes(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard value.kind == .sequenceStart else {
            rotation.isBad = true
            return try refuse(
                value, "'volumes' of a rotation takes a list of names or ids",
                help: value.kind == .scalar && !value.isNull && value.text.count <= 60
                    ? "write 'volumes: [\(value.string)]'" : "write 'volumes: [orders-db]' with names that 'volumes' declares, or ids")
        }
        var isEmpty = true
        while true {
            let item = try events.next()
            if item.kind == .sequenceEnd { break }
            isEmpty = false
            guard let text = try fullText(item, of: "volumes", expected: "names of volumes, or ids") else {
                rotation.isBad = true
                continue
            }
            rotation.volumes.append(.init(text: text.string, place: text.place, id: draft.ids.number(of: text.text)))
        }
        if isEmpty {
            events.findings.error(.noVolumes(of: rotation.title, at: range(rotation.places.volumes)))
            rotation.isBad = true
        }
    }

    /// `match:`, a pattern of names and entries of metadata.
    mutating func readMatch(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard value.kind == .mappingStart else {
            rotation.isBad = true
            return try refuse(value, "'match' takes a mapping such as {name: \"db-*\", metadata: {backup: nightly}}")
        }
        var pattern = VolumePattern()
        var isBad = false
        var fields = FieldWalk<MatchField>()
        while let field = try nextField(&fields, in: "'match'") {
            let value = try events.next()
            switch field {
            case .name:
                guard let text = try fullText(value, of: "name", expected: "the name of volumes, with '*' for any text") else {
                    isBad = true
                    continue
                }
                // The rules of a key fit: a text of some bytes without blanks at its ends.
                do { pattern.name = try SnapshotKey(text.string).text } catch {
                    events.findings.error(.badText("name", error, text, at: range(text.place)))
                    isBad = true
                }
            case .metadata:
                var scratch = SnapshotDraft(.snapshot, item: value.place.head)
                try readMetadata(value, &scratch)
                if scratch.isBad { isBad = true }
                pattern.metadata = scratch.metadata ?? Metadata()
            }
        }
        if fields.isBad || isBad {
            rotation.isBad = true
        } else if pattern.name == nil && pattern.metadata.isEmpty {
            events.findings.error(.emptyMatch(of: rotation.title, at: range(rotation.places.volumes)))
            rotation.isBad = true
        }
        rotation.pattern = pattern
    }
}
