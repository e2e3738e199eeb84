import SnapkeepCore

extension ManifestDecoder {
    mutating func readMetadata(_ value: Event, _ fields: inout SnapshotDraft) throws(Stop) {
        if value.isNull { return }
        guard value.kind == .mappingStart else {
            fields.isBad = true
            return try refuse(value, "'metadata' takes a mapping of texts")
        }
        var entries: [Metadata.Entry] = []
        // Mostly as many as the last snapshot has.
        entries.reserveCapacity(min(entryPlaces.count, 16))
        entryPlaces.removeAll(keepingCapacity: true)
        // Made only for maps too long to be searched entry by entry.
        var numbers: [String: Int] = [:]
        var walk = MappingWalk()
        while let key = try events.nextKey(&walk) {
            let keyPlace = key.place
            let keyText = metadataKey(key, &fields)
            if let former = find(keyText, in: entries, &numbers) {
                if !walk.isMerging {
                    events.findings.error(.duplicateKey(keyText, first: range(entryPlaces[former]), at: range(keyPlace)))
                    fields.isBad = true
                }
                try events.skip(events.next())
                continue
            }
            let text = try metadataValue(events.next(), of: keyText, &fields)
            entries.append(Metadata.Entry(key: keyText, value: text))
            entryPlaces.append(keyPlace)
        }
        entries.sort { $0.key < $1.key }
        fields.metadata = Metadata(entries)
    }

    /// The number of the entry with a key.
    private func find(_ key: String, in entries: [Metadata.Entry], _ numbers: inout [String: Int]) -> Int? {
        if entries.count < 16 { return entries.firstIndex { $0.key == key } }
        for number in numbers.count..<entries.count { numbers[entries[number].key] = number }
        return numbers[key]
    }

    private mutating func metadataKey(_ key: Event, _ fields: inout SnapshotDraft) -> String {
        for known in goodKeys where known.isSame(as: key.text) { return known }
        let text = interned(key.text)
        do {
            try Metadata.checkKey(text)
            if goodKeys.count < 8 { goodKeys.append(text) }
        } catch {
            events.findings.error(.badMetadataKey(text, error, at: range(key.place)))
            fields.isBad = true
        }
        return text
    }

    private mutating func metadataValue(_ value: Event, of key: String, _ fields: inout SnapshotDraft) throws(Stop) -> String {
        guard value.kind == .scalar else {
            fields.isBad = true
            try refuse(value, "metadata \(key.quoted) takes a text")
            return ""
        }
        if value.isNull {
            events.findings.error(.nullMetadata(key, at: range(value.place)))
            fields.isBad = true
            return ""
        }
        let text = interned(value.text)
        do { try Metadata.checkValue(text) } catch {
            events.findings.error(.badText("metadata.\(key)", error, value, at: range(value.place)))
            fields.isBad = true
        }
        return text
    }

    /// A string of its own for texts that fit into one without an allocation, a shared one for longer texts.
    private mutating func interned(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        if bytes.count <= 15 { return String(decoding: bytes, as: UTF8.self) }
        return draft.longTexts.insert(ExactText(String(decoding: bytes, as: UTF8.self))).memberAfterInsert.text
    }
}
