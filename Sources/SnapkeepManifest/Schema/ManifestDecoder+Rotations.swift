import SnapkeepCore

extension ManifestDecoder {
    mutating func readRotations(_ event: Event) throws(Stop) {
        if event.isNull { return }
        guard event.kind == .sequenceStart else { return try refuse(event, "'rotations' takes a list of rotations") }
        while true {
            let item = try events.next()
            if item.kind == .sequenceEnd { return }
            draft.itemCount += 1
            if item.kind == .mappingStart {
                try readRotation(item)
            } else {
                try refuse(item, "a rotation is a mapping with at least 'name', 'volumes', 'every', 'timezone' and 'keep'")
            }
        }
    }

    private mutating func readRotation(_ start: Event) throws(Stop) {
        var rotation = RotationDraft(source: events.source, item: start.place.head)
        var fields = FieldWalk<RotationField>()
        while let field = try nextField(&fields, in: rotation.title, suggestion: RotationField.suggestion) {
            let value = try events.next()
            switch field {
            case .name: try readRotationName(value, &rotation)
            case .volumes, .match:
                if try passSecondChoice(field, value, fields, &rotation) { continue }
                rotation.places.volumes = fields.place(of: field)
                if field == .volumes { try readRotationVolumes(value, &rotation) } else { try readMatch(value, &rotation) }
            case .every: try readEvery(value, &rotation)
            case .at: try readAt(value, &rotation)
            case .timezone: try readTimezone(value, &rotation)
            case .start_within: try readStartWithin(value, &rotation)
            case .keep:
                rotation.places.keep = fields.place(of: .keep)
                try readKeep(value, &rotation)
            case .min_good: try readMinGood(value, &rotation)
            case .prefer: try readPrefer(value, &rotation)
            case .max_age: try readMaxAge(value, &rotation)
            case .paused: try readPaused(value, &rotation)
            case .snapshot: try readTemplate(value, &rotation)
            case .moved: try readMoved(value, &rotation)
            }
        }
        if !fields.firstPlace.isNone { rotation.places.item = fields.firstPlace }
        finishSchedule(&rotation)
        tellMissing(fields, &rotation)
        if fields.isBad { rotation.isBad = true }
        draft.rotations.append(rotation)
    }

    /// `volumes` and `match` are two ways to say one thing: the second is a mistake, unless it comes with a merge, where the first counts.
    private mutating func passSecondChoice(
        _ field: RotationField, _ value: Event, _ fields: FieldWalk<RotationField>, _ rotation: inout RotationDraft
    ) throws(Stop) -> Bool {
        let other: RotationField = field == .volumes ? .match : .volumes
        guard fields.has(other) else { return false }
        if !fields.isMerging {
            rotation.isBad = true
            events.findings.error(
                .volumesAndMatch(
                    field.rawValue, in: rotation.title, first: other.rawValue, firstAt: range(fields.place(of: other)),
                    at: range(fields.place(of: field))))
        }
        // Its volumes are named all the same, and not unused.
        if field == .volumes, value.kind == .sequenceStart {
            var other = rotation
            try readRotationVolumes(value, &other)
            rotation.volumes = other.volumes
        } else {
            try events.skip(value)
        }
        return true
    }

    private mutating func tellMissing(_ fields: FieldWalk<RotationField>, _ rotation: inout RotationDraft) {
        let place = rotation.places.range(of: .name)
        for field in [RotationField.name, .volumes, .every, .timezone, .keep] where !fields.hasOrMeant(field) {
            if field == .volumes && fields.hasOrMeant(.match) { continue }
            rotation.isBad = true
            events.findings.error(.missingField(field, of: rotation.title, at: place))
        }
    }

    private mutating func readRotationName(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard let text = try fullText(value, of: "name", expected: "a text") else { return rotation.isBad = true }
        rotation.places.name = text.place
        rotation.name = RotationName(text.string)
        if rotation.name == nil {
            events.findings.error(.badRotationName("name", text.string, at: range(text.place)))
            rotation.isBad = true
        }
    }

    private mutating func readPaused(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        if let flag = value.flag { return rotation.isPaused = flag }
        rotation.isBad = true
        guard value.kind == .scalar else { return try refuse(value, "'paused' must be true or false") }
        events.findings.error(
            .notBoolean("paused", meaning: "to make and expire nothing for now", found: value, at: range(value.place)))
    }

    private mutating func readMoved(_ value: Event, _ rotation: inout RotationDraft) throws(Stop) {
        guard value.kind == .mappingStart else {
            rotation.isBad = true
            return try refuse(value, "'moved' takes a mapping such as {from: old-name}")
        }
        let start = value.place.head
        var fields = FieldWalk<MovedField>()
        while try nextField(&fields, in: "'moved'") != nil {
            guard let text = try fullText(events.next(), of: "from", expected: "the name that the rotation had") else {
                rotation.isBad = true
                continue
            }
            rotation.places.movedFrom = text.place
            rotation.movedFrom = RotationName(text.string)
            if rotation.movedFrom == nil {
                events.findings.error(.badRotationName("from", text.string, at: range(text.place)))
                rotation.isBad = true
            }
        }
        if !fields.has(.from), !fields.isBad { events.findings.error(.emptyMoved(at: range(start))) }
        if fields.isBad || !fields.has(.from) { rotation.isBad = true }
    }
}
