import SnapkeepCore

// What a rotation's snapshots look like.
extension ManifestDecoder {
    mutating func readTemplate(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard value.kind == .mappingStart else {
            rotation.isBad = true
            return try refuse(value, "'snapshot' takes a mapping of snapshot fields")
        }
        // Its fields are read as those of a snapshot are, but for the name.
        var scratch = SnapshotDraft(.snapshot, item: value.place.head)
        var fields = FieldWalk<TemplateField>()
        while let field = try nextField(&fields, in: "'snapshot'", suggestion: TemplateField.nearest) {
            let value = try events.next()
            switch field {
            case .name: try readTemplateName(value, &rotation)
            case .description: try readDescription(value, &scratch)
            case .force: scratch.force = try readFlag(.force, value, &scratch)
            case .metadata: try readMetadata(value, &scratch)
            case .timeout: try readTimeout(value, &scratch)
            }
            if let bit = SnapshotField(rawValue: field.rawValue)?.bit { rotation.given |= bit }
        }
        if let text = scratch.description?.text, SnapshotTemplate.placeholders.contains(where: { text.contains("{\($0)}") }) {
            events.findings.warning(.descriptionWithPlaceholder(at: range(scratch.descriptionPlace)))
        }
        if fields.isBad || scratch.isBad { rotation.isBad = true }
        rotation.template.description = scratch.description
        rotation.template.force = scratch.force
        rotation.template.metadata = scratch.metadata ?? Metadata()
        rotation.template.timeout = scratch.timeout
    }

    /// The name is checked when it can be filled in.
    private mutating func readTemplateName(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard let text = try fullText(value, of: "name", expected: "a text") else { return rotation.isBad = true }
        rotation.places.snapshotName = text.place
        let name = text.string
        if let problem = PlaceholderCheck.problem(in: name) {
            events.findings.error(.badPlaceholder(problem, at: range(text.place)))
            return rotation.isBad = true
        }
        if !name.contains("{period}") { events.findings.warning(.nameWithoutPeriod(name, at: range(text.place))) }
        rotation.template.name = name
    }
}
