import SnapkeepCore

extension ManifestDecoder {
    mutating func readSnapshots(_ event: Event) throws(Stop) {
        if event.isNull { return }
        guard event.kind == .sequenceStart else { return try refuse(event, "'snapshots' takes a list of snapshots") }
        while true {
            let item = try events.next()
            if item.kind == .sequenceEnd { return }
            draft.itemCount += 1
            if item.kind == .mappingStart {
                try readSnapshot(item)
            } else {
                try refuse(item, "a snapshot is a mapping with at least 'name' and a volume")
            }
        }
    }

    private mutating func readSnapshot(_ start: Event) throws(Stop) {
        var fields = SnapshotDraft(.snapshot, item: start.place.head)
        try readFields(&fields)
        if fields.name == nil && !fields.hasOrMeant(.name) {
            events.findings.error(.missingName(key: fields.key?.text, at: range(fields.item)))
            fields.isBad = true
        }
        keep(&fields)
    }

    /// Reads the fields of a snapshot or of the defaults up to the end of their mapping.
    mutating func readFields(_ fields: inout SnapshotDraft) throws(Stop) {
        var walk = MappingWalk()
        while let key = try events.nextKey(&walk) {
            guard let field = SnapshotField(key) else {
                fields.isBad = true
                try passUnknown(key.string, at: key.place, &fields)
                continue
            }
            if fields.given == 0 { fields.item = key.place }
            if fields.hasOneOf(field), try passRepeated(field, at: key.place, walk, &fields) { continue }
            fields.given |= field.bit
            fields.keyPlaces[field.index] = key.place
            try readField(field, events.next(), &fields)
        }
        if !fields.unknownKeys.isEmpty { tellUnknownKeys(of: fields) }
    }

    /// A key that is no field. What it was probably meant to be is not missing, and a volume that it names is not unused.
    @inline(never)
    private mutating func passUnknown(_ key: String, at place: Place, _ fields: inout SnapshotDraft) throws(Stop) {
        var nearest = SnapshotField.suggestion(for: key)
        let value = try events.next()
        if nearest == .volume || nearest == .volume_id, value.kind == .scalar, !value.isNull {
            nearest = VolumeID(value.string) == nil ? .volume : .volume_id
            fields.misspelt |= SnapshotField.volume.bit
            if nearest == .volume { draft.meantAliases.append(draft.aliases.number(of: value.text)) }
        } else if let nearest {
            fields.misspelt |= nearest.bit
        }
        if fields.unknownKeys.count < 100 { fields.unknownKeys.append(.init(text: key, place: place, nearest: nearest)) }
        try events.skip(value)
    }

    /// A field that was met before: a mistake, unless it comes with a merge, where the first counts.
    @inline(never)
    private mutating func passRepeated(
        _ field: SnapshotField, at place: Place, _ walk: MappingWalk, _ fields: inout SnapshotDraft
    ) throws(Stop) -> Bool {
        if !walk.isMerging {
            let other: SnapshotField = fields.has(field) ? field : field == .volume ? .volume_id : .volume
            let first = range(fields.keyPlaces[other.index])
            events.findings.error(
                other == field
                    ? .duplicateKey(field.rawValue, first: first, at: range(place))
                    : .twoVolumes(field.rawValue, first: other.rawValue, firstAt: first, at: range(place)))
            fields.isBad = true
        }
        let value = try events.next()
        // The volume is named all the same, and not unused.
        if field == .volume, value.kind == .scalar, !value.isNull {
            draft.otherAliasUses.append((draft.aliases.number(of: value.text), range(value.place)))
        }
        try events.skip(value)
        return true
    }

    private mutating func tellUnknownKeys(of fields: SnapshotDraft) {
        let owner =
            switch fields.role {
            case .defaults: "'defaults'"
            case .snapshot: fields.name.map { "snapshot \($0.text.quoted)" } ?? "a snapshot"
            }
        for key in fields.unknownKeys {
            events.findings.error(
                .unknownKey(
                    key.text, in: owner, nearest: key.nearest?.rawValue, known: SnapshotField.names, at: range(key.place)))
        }
    }

    // MARK: Fields

    @inline(__always)
    private mutating func readField(_ field: SnapshotField, _ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        switch field {
        case .name: try readName(value, &fields)
        case .key: try readKey(value, &fields)
        case .volume: try readVolumeAlias(value, &fields)
        case .volume_id: try readVolumeID(value, &fields)
        case .id: try readID(value, &fields)
        case .description: try readDescription(value, &fields)
        case .force:
            fields.forcePlace = value.place
            fields.force = try readFlag(.force, value, &fields)
        case .protect: fields.protect = try readFlag(.protect, value, &fields)
        case .timeout: try readTimeout(value, &fields)
        case .metadata: try readMetadata(value, &fields)
        }
    }

    private mutating func readName(_ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        if fields.role == .defaults { return try refuseInDefaults(.name, value, &fields) }
        guard let text = try scalar(value, of: "name", expected: "a text"), !isMissing(text, .name) else {
            fields.isBad = true
            return
        }
        fields.namePlace = text.place
        do {
            fields.name = try SnapshotName(text.string)
            if text.text.count > SnapshotName.advisedCharacters { warnOfLength(text, .name, SnapshotName.advisedCharacters) }
        } catch {
            tell(error, .name, text, &fields)
        }
    }

    private mutating func readKey(_ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        if fields.role == .defaults { return try refuseInDefaults(.key, value, &fields) }
        guard let text = try scalar(value, of: "key", expected: "a text") else {
            fields.isBad = true
            return
        }
        if text.isNull { return }
        fields.keyPlace = text.place
        do { fields.key = try SnapshotKey(text.string) } catch { tell(error, .key, text, &fields) }
    }

    mutating func readDescription(_ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        guard let text = try scalar(value, of: "description", expected: "a text") else {
            fields.isBad = true
            return
        }
        fields.descriptionPlace = text.place
        // No description and an empty one are the same thing to the clouds (CloudAPI#create).
        if text.isNull || text.text.isEmpty { return }
        do {
            fields.description = try SnapshotDescription(text.string)
            if text.text.count > SnapshotDescription.advisedCharacters {
                warnOfLength(text, .description, SnapshotDescription.advisedCharacters)
            }
        } catch {
            tell(error, .description, text, &fields)
        }
    }

    @inline(__always)
    mutating func readFlag(_ field: SnapshotField, _ value: Event, _ fields: inout SnapshotDraft) throws(Stop) -> Bool {
        if let flag = value.flag { return flag }
        fields.isBad = true
        if value.kind == .scalar {
            events.findings.error(.notBoolean(field, found: value, at: range(value.place)))
        } else {
            try refuse(value, "\(field.rawValue.quoted) must be true or false")
        }
        return false
    }

    mutating func readTimeout(_ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        guard let text = try scalar(value, of: "timeout", expected: "a time such as 30m") else {
            fields.isBad = true
            return
        }
        func refuse(_ problem: TimeoutProblem) {
            events.findings.error(.badTimeout(problem, found: text, at: range(text.place)))
            fields.isBad = true
        }
        do throws(DurationText.Problem) {
            let duration = try DurationText.read(text.isNull ? "" : text.string, finest: .seconds)
            guard SnapshotSpec.allowedTimeouts.contains(duration) else { return refuse(.outOfRange) }
            fields.timeout = duration
        } catch { refuse(error == .noUnit ? .noUnit : .notATime) }
    }

    private mutating func readVolumeAlias(_ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        guard let text = try scalar(value, of: "volume", expected: "a name that 'volumes' declares"), !isMissing(text, .volume) else {
            fields.isBad = true
            return
        }
        fields.volumePlace = text.place
        fields.volume = .alias(draft.aliases.number(of: text.text))
    }

    private mutating func readVolumeID(_ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        guard let text = try scalar(value, of: "volume_id", expected: "the id of a volume"), !isMissing(text, .volume_id) else {
            fields.isBad = true
            return
        }
        fields.volumePlace = text.place
        if let number = draft.ids.number(of: text.text) {
            fields.volume = .id(number)
        } else {
            // Told at the end: it may be the name of a volume that is declared further down.
            draft.misplaced(text.string, in: .volume_id, at: range(text.place))
            fields.isBad = true
        }
    }

    private mutating func readID(_ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        if fields.role == .defaults { return try refuseInDefaults(.id, value, &fields) }
        // Without a value it is a mistake, not a line without it: that would make a new snapshot.
        guard let text = try scalar(value, of: "id", expected: "the id of a snapshot"), !isMissing(text, .id) else {
            fields.isBad = true
            return
        }
        fields.idPlace = text.place
        fields.id = SnapshotID(uuid: text.string)
        if fields.id == nil {
            events.findings.error(.badSnapshotID(text.string, at: range(text.place)))
            fields.isBad = true
        }
    }

    // MARK: Mistakes

    private mutating func isMissing(_ text: Event, _ field: SnapshotField) -> Bool {
        isMissing(text, field.rawValue)
    }

    /// Whether nothing stands there, which is reported then.
    @inline(__always)
    mutating func isMissing(_ text: Event, _ field: @autoclosure () -> String) -> Bool {
        guard text.isNull else { return false }
        events.findings.error(.missingValue(field(), at: range(text.place)))
        return true
    }

    @inline(never)
    private mutating func tell(_ problem: TextProblem, _ field: SnapshotField, _ text: Event, _ fields: inout SnapshotDraft) {
        events.findings.error(.badText(field.rawValue, problem, text, at: range(text.place)))
        fields.isBad = true
    }

    @inline(never)
    private mutating func warnOfLength(_ text: Event, _ field: SnapshotField, _ advised: Int) {
        let count = text.string.unicodeScalars.count
        if count > advised { events.findings.warning(.longText(field.rawValue, count: count, advised: advised, at: range(text.place))) }
    }

    private mutating func refuseInDefaults(_ field: SnapshotField, _ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        events.findings.error(.notADefault(field.rawValue, at: range(fields.keyPlaces[field.index])))
        try events.skip(value)
    }
}
