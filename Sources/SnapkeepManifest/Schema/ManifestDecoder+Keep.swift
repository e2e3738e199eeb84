import SnapkeepCore

extension ManifestDecoder {
    /// Puts a snapshot whose mapping was read to its end among the others.
    @inline(__always)
    mutating func keep(_ fields: inout SnapshotDraft) {
        let key = fields.key ?? fields.name.map { SnapshotKey($0) }
        var isBad = fields.isBad
        if let key, !isNew(key, fields) { isBad = true }
        if let id = fields.id, !isNew(id, fields) { isBad = true }
        if !fields.hasOrMeant(.volume) { noteVolumeless(fields) }
        guard !isBad, let name = fields.name.take(), let key else {
            if case .alias(let number) = fields.volume { draft.otherAliasUses.append((number, range(fields.volumePlace))) }
            return
        }
        let volume: VolumeReference
        switch fields.volume {
        case .id(let number): volume = .id(draft.ids.ids[Int(number)])
        // An alias is looked up when all files were read, and stands for a volume of its own name until then. A snapshot without a volume
        // gets one from the defaults or is left out.
        case .alias, .none:
            let alias = if case .alias(let number) = fields.volume { draft.aliases.texts[Int(number)] } else { name.text }
            volume = .named(alias: alias, name: alias)
        }
        if draft.specs.count == 1000 { reserve() }
        draft.specs.append(
            SnapshotSpec(
                key: key, name: name, volume: volume, id: fields.id.take(), description: fields.description.take(),
                metadata: fields.metadata.take() ?? Metadata(), force: fields.force, protect: fields.protect, timeout: fields.timeout))
        draft.places.append(
            SnapshotPlaces(
                source: UInt32(events.source), item: fields.item, name: fields.namePlace, key: fields.keyPlace, volume: fields.volumePlace,
                id: fields.idPlace, force: fields.forcePlace, description: fields.descriptionPlace))
        draft.volumes.append(fields.volume)
        draft.given.append(fields.given)
    }

    @inline(__always)
    private mutating func isNew(_ key: SnapshotKey, _ fields: SnapshotDraft) -> Bool {
        let place = fields.keyPlace.isNone ? fields.namePlace : fields.keyPlace
        guard let first = draft.keys.insert(.init(key: key, source: UInt32(events.source), place: place)) else { return true }
        events.findings.error(
            .keyUsedTwice(key.text, isName: fields.keyPlace.isNone, first: first.place.range(source: Int(first.source)), at: range(place)))
        return false
    }

    /// One snapshot stands for one line.
    @inline(never)
    private mutating func isNew(_ id: SnapshotID, _ fields: SnapshotDraft) -> Bool {
        let place = range(fields.idPlace)
        guard let first = draft.idPlaces.updateValue(place, forKey: id) else { return true }
        draft.idPlaces[id] = first
        events.findings.error(.idUsedTwice(id, first: first, at: place))
        return false
    }

    /// Makes room for as many snapshots as the file has if it goes on as it began: growing step by step would touch twice the memory.
    @inline(never)
    private mutating func reserve() {
        let expected = Int(Double(draft.specs.count) / max(events.progress, 0.0001) * 1.05)
        draft.specs.reserveCapacity(expected)
        draft.places.reserveCapacity(expected)
        draft.volumes.reserveCapacity(expected)
        draft.given.reserveCapacity(expected)
        draft.keys.reserve(expected)
    }

    @inline(never)
    private mutating func noteVolumeless(_ fields: SnapshotDraft) {
        let place = fields.namePlace.isNone ? fields.item : fields.namePlace
        volumeless.append(Volumeless(name: fields.name?.text, place: place))
    }
}
