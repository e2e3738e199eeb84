import SnapkeepCore

extension ManifestDecoder {
    /// Reads all documents. After a syntax error, what stood before it counts.
    mutating func readFile() {
        do {
            var isEmpty = true
            while true {
                let event = try events.next()
                switch event.kind {
                case .streamEnd:
                    if isEmpty { events.findings.error(.emptyFile(at: range(Place(line: 1, column: 1, length: 1)))) }
                    return
                case .documentStart, .documentEnd: break
                default:
                    isEmpty = false
                    try readDocument(event)
                }
            }
        } catch {
            // The reason is among the findings.
            draft.isIncomplete = true
            if let place = events.swallowing {
                let swallowing = range(place)
                draft.misplacedVolumes.removeAll { $0.range == swallowing }
            }
            applyDefaults(complete: false)
        }
    }

    private mutating func readDocument(_ root: Event) throws(Stop) {
        firstOfDocument = draft.specs.count
        firstRotationOfDocument = draft.rotations.count
        let itemsBefore = draft.itemCount
        defaults = nil
        volumeless.removeAll()
        guard root.kind == .mappingStart else {
            if root.isNull {
                events.findings.error(.emptyDocument(at: range(root.place)))
            } else {
                try refuse(root, "a manifest is a mapping with the key 'snapshots'")
            }
            return
        }
        var walk = MappingWalk()
        var keyPlaces = [Place](repeating: .none, count: TopField.allCases.count)
        while let key = try events.nextKey(&walk) {
            guard let field = TopField(key) else {
                events.findings.error(.unknownKey(key.string, in: "the manifest", known: TopField.names, at: range(key.place)))
                try events.skip(events.next())
                continue
            }
            let former = keyPlaces[field.index]
            guard former.isNone else {
                if !walk.isMerging {
                    events.findings.error(.duplicateKey(key.string, first: range(former), at: range(key.place)))
                    if field == .state { draft.isStateUnclear = true }
                }
                try events.skip(events.next())
                continue
            }
            keyPlaces[field.index] = key.place
            let value = try events.next()
            switch field {
            case .version: try readVersion(value)
            case .stack: try readStack(value)
            case .project_id: try readProjectID(value)
            case .volumes: try readVolumes(value)
            case .defaults: try readDefaults(value)
            case .snapshots: try readSnapshots(value)
            case .rotations: try readRotations(value)
            case .limits: try readLimits(value)
            case .state: try readState(value)
            }
        }
        applyDefaults(complete: true)
        if defaults != nil, draft.itemCount == itemsBefore {
            events.findings.warning(.defaultsOfNothing(at: range(keyPlaces[TopField.defaults.index])))
        }
    }

    // MARK: Settings

    private mutating func readVersion(_ event: Event) throws(Stop) {
        guard let text = try scalar(event, of: "version", expected: "the number 1") else { return }
        guard text.style == .plain, text.equals("1") else {
            events.findings.error(.badVersion(found: text, at: range(text.place)))
            return
        }
        if draft.version == nil { draft.version = .init(value: 1, range: range(text.place)) }
    }

    private mutating func readStack(_ event: Event) throws(Stop) {
        guard let text = try scalar(event, of: "stack", expected: "a name"), !text.isNull else { return }
        let place = range(text.place)
        if text.string.contains("${") { return events.findings.error(.stackVariable("stack", text.string, at: place)) }
        do {
            let name = try StackName(text.string)
            keep(name, as: "stack", \.stack, at: place)
        } catch {
            events.findings.error(.badText("stack", error, text, at: place))
        }
    }

    private mutating func readProjectID(_ event: Event) throws(Stop) {
        guard let text = try scalar(event, of: "project_id", expected: "the id of a project"), !text.isNull else { return }
        let place = range(text.place)
        guard let id = ProjectID(text.string) else {
            events.findings.error(.badProjectID(text.string, at: place))
            return
        }
        keep(id, as: "project_id", \.projectID, at: place)
    }

    /// Takes a setting of the whole manifest. The first one stays, and another one is a mistake.
    ///
    /// - Returns: whether it is no other one.
    @discardableResult
    mutating func keep<Value: Hashable & Sendable>(
        _ value: Value, as field: String, _ setting: WritableKeyPath<ManifestDraft, ManifestDraft.Setting<Value>?>, at place: SourceRange
    ) -> Bool {
        guard let first = draft[keyPath: setting] else {
            draft[keyPath: setting] = .init(value: value, range: place)
            return true
        }
        if first.value == value { return true }
        events.findings.error(.conflictingSetting(field, "\(value)", first: "\(first.value)", firstAt: first.range, at: place))
        return false
    }

    private mutating func readState(_ event: Event) throws(Stop) {
        guard let text = try scalar(event, of: "state", expected: "a path or a URL") else { return draft.isStateUnclear = true }
        if text.isNull { return }
        let place = range(text.place)
        do throws(StateAddressProblem) {
            let address = try StateAddress(text.string)
            if !text.string.contains("${") {
                if !keep(address, as: "state", \.state, at: place) { draft.isStateUnclear = true }
                return
            }
            events.findings.error(.stackVariable("state", address.description, at: place))
        } catch {
            events.findings.error(.badState(error, at: place))
        }
        draft.isStateUnclear = true
    }

    // MARK: Defaults

    private mutating func readDefaults(_ event: Event) throws(Stop) {
        if event.isNull { return }
        guard event.kind == .mappingStart else { return try refuse(event, "'defaults' takes a mapping of snapshot fields") }
        var fields = SnapshotDraft(.defaults, item: event.place.head)
        try readFields(&fields)
        defaults = fields
        if case .alias(let number) = fields.volume { draft.otherAliasUses.append((number, range(fields.volumePlace))) }
    }

    /// Fills in what the snapshots of this document leave open, and tells which of them have no volume then.
    private mutating func applyDefaults(complete: Bool) {
        let common = defaults
        if let common {
            for number in firstOfDocument..<draft.specs.count { apply(common, to: number) }
            for number in firstRotationOfDocument..<draft.rotations.count { draft.rotations[number].apply(common) }
        }
        // With a mistake in the defaults' volume, or defaults that a syntax error cut off, nobody knows.
        let hasCommonVolume = common.map { $0.hasOneOf(.volume) } ?? false
        guard complete, !hasCommonVolume else { return }
        for snapshot in volumeless {
            events.findings.error(.missingVolume(of: snapshot.name, at: range(snapshot.place)))
        }
    }

    private mutating func apply(_ common: SnapshotDraft, to number: Int) {
        let given = draft.given[number]
        if common.hasOneOf(.volume), given & (SnapshotField.volume.bit | SnapshotField.volume_id.bit) == 0 {
            draft.volumes[number] = common.volume
            if case .id(let id) = common.volume { draft.specs[number].volume = .id(draft.ids.ids[Int(id)]) }
        }
        let open = common.given & ~given
        if open & SnapshotField.description.bit != 0 { draft.specs[number].description = common.description }
        if open & SnapshotField.force.bit != 0 { draft.specs[number].force = common.force }
        if open & SnapshotField.timeout.bit != 0 { draft.specs[number].timeout = common.timeout }
        if open & SnapshotField.protect.bit != 0 { draft.specs[number].protect = common.protect }
        if let metadata = common.metadata { draft.specs[number].metadata = metadata.merging(draft.specs[number].metadata) }
    }
}
