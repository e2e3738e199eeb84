import SnapkeepCore

extension ManifestDecoder {
    /// `volumes:`, a mapping of names to ids or to `{name: …}`.
    mutating func readVolumes(_ event: Event) throws(Stop) {
        if event.isNull { return }
        guard event.kind == .mappingStart else { return try refuse(event, "'volumes' takes a mapping of names to volumes") }
        var walk = MappingWalk()
        var seen: [String: Place] = [:]
        while let key = try events.nextKey(&walk) {
            let alias = key.string
            let place = key.place
            if let former = seen[alias] {
                if !walk.isMerging { events.findings.error(.duplicateKey(alias, first: range(former), at: range(place))) }
                try events.skip(events.next())
                continue
            }
            seen[alias] = place
            // The rules of a key fit: a text of some bytes without blanks at its ends.
            do { _ = try SnapshotKey(alias) } catch { events.findings.error(.badVolumeName(alias, error, at: range(place))) }
            try declare(alias, readVolume(events.next(), alias: alias), at: place)
        }
    }

    private mutating func declare(_ alias: String, _ volume: (target: VolumeReference?, id: UInt32?), at place: Place) {
        if let former = draft.declaredNumbers[alias] {
            events.findings.error(.volumeDeclaredTwice(alias, first: draft.declaredVolumes[former].range, at: range(place)))
            return
        }
        draft.declaredNumbers[alias] = draft.declaredVolumes.count
        draft.declaredVolumes.append(.init(alias: alias, range: range(place), target: volume.target, id: volume.id))
    }

    /// A volume whose value has a mistake is declared all the same, so that its users are not told of an unknown name.
    private mutating func readVolume(_ value: Event, alias: String) throws(Stop) -> (target: VolumeReference?, id: UInt32?) {
        switch value.kind {
        case .scalar:
            if let number = draft.ids.number(of: value.text) { return (.alias(alias, draft.ids.ids[Int(number)]), number) }
            events.findings.error(.badVolume(alias, found: value, at: range(value.place)))
            return (nil, nil)
        case .mappingStart: return (try readVolumeName(value, alias: alias), nil)
        default:
            try refuse(value, "volume \(alias.quoted) takes the id of a volume or {name: …}")
            return (nil, nil)
        }
    }

    private mutating func readVolumeName(_ start: Event, alias: String) throws(Stop) -> VolumeReference? {
        let startPlace = start.place.head
        var walk = MappingWalk()
        var namePlace = Place.none
        var isNamed = false
        var result: VolumeReference?
        while let key = try events.nextKey(&walk) {
            guard VolumeField(key) != nil else {
                events.findings.error(.unknownKeyInVolume(key.string, alias: alias, at: range(key.place)))
                try events.skip(events.next())
                if namePlace.isNone { namePlace = key.place }
                continue
            }
            let place = key.place
            if isNamed {
                if !walk.isMerging { events.findings.error(.duplicateKey("name", first: range(namePlace), at: range(place))) }
                try events.skip(events.next())
                continue
            }
            namePlace = place
            isNamed = true
            guard let text = try scalar(events.next(), of: "name", expected: "the name of a volume") else { continue }
            if text.isNull {
                events.findings.error(.missingValue("name", at: range(text.place)))
                continue
            }
            do { result = .named(alias: alias, name: try SnapshotKey(text.string).text) } catch {
                events.findings.error(.badText("name", error, text, at: range(text.place)))
            }
        }
        if namePlace.isNone { events.findings.error(.emptyVolume(alias, at: range(startPlace))) }
        return result
    }
}
