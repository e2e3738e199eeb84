public import SnapkeepCore

/// One volume of a list that stands in for a cloud's (`snapkeep sandbox --volumes FILE`).
public struct ListedVolume: Hashable, Sendable {
    public var id: VolumeID
    public var name: String?
    /// In GiB.
    public var size: Int?
    /// `available` or `in-use`.
    public var status: String?

    /// A volume of its parts.
    public init(id: VolumeID, name: String? = nil, size: Int? = nil, status: String? = nil) {
        self.id = id
        self.name = name
        self.size = size
        self.status = status
    }
}

/// Reads a list of volumes, `volumes: [{id, name, size, status}]` or the bare list, in YAML or JSON.
public enum VolumeListReader {
    /// Reads one source; volumes with a mistake are left out and reported.
    public static func read(_ source: SourceFile) -> (volumes: [ListedVolume], diagnostics: [Diagnostic]) {
        let limits = ManifestLimits.standard
        let findings = Findings(limit: limits.diagnostics)
        var volumes: [ListedVolume] = []
        if SourceCheck.passes(source, number: 0, limits: limits, findings) {
            source.bytes.withUnsafeBufferPointer { bytes in
                var decoder = VolumeListDecoder(events: EventReader(bytes, source: 0, limits: limits, findings: findings))
                volumes = decoder.readFile()
            }
        }
        return (volumes, findings.report().diagnostics)
    }
}

private struct VolumeListDecoder: ~Copyable {
    var events: EventReader
    var volumes: [ListedVolume] = []
    var firstPlaces: [VolumeID: Place] = [:]

    init(events: consuming EventReader) { self.events = events }

    mutating func readFile() -> [ListedVolume] {
        do {
            var isEmpty = true
            reading: while true {
                let event = try events.next()
                switch event.kind {
                case .streamEnd: break reading
                case .documentStart, .documentEnd: continue
                case .mappingStart: try readTop()
                default: try readList(event)
                }
                isEmpty = false
            }
            if isEmpty { events.findings.error(.emptyVolumeList(at: range(Place(line: 1, column: 1, length: 1)))) }
        } catch {
            // The reason is among the findings.
        }
        return volumes
    }

    private func range(_ place: Place) -> SourceRange { events.range(place) }

    private mutating func readTop() throws(Stop) {
        var walk = MappingWalk()
        var first = Place.none
        while let key = try events.nextKey(&walk) {
            let place = key.place
            guard VolumeListField(key) != nil else {
                events.findings.error(.unknownKey(key.string, in: "the list of volumes", known: VolumeListField.names, at: range(place)))
                try events.skip(events.next())
                continue
            }
            guard first.isNone else {
                if !walk.isMerging { events.findings.error(.duplicateKey("volumes", first: range(first), at: range(place))) }
                try events.skip(events.next())
                continue
            }
            first = place
            try readList(events.next())
        }
    }

    private mutating func readList(_ event: Event) throws(Stop) {
        guard event.kind == .sequenceStart else { return try refuse(event, "expected a list of volumes") }
        while true {
            let item = try events.next()
            switch item.kind {
            case .sequenceEnd: return
            case .mappingStart: try readVolume(item)
            default: try refuse(item, "a volume is a mapping with at least 'id'")
            }
        }
    }

    private mutating func readVolume(_ start: Event) throws(Stop) {
        let startPlace = start.place.head
        var walk = MappingWalk()
        var keyPlaces = [Place](repeating: .none, count: ListedVolumeField.allCases.count)
        var id: VolumeID?
        var idPlace = Place.none
        var volume = (name: String?.none, size: Int?.none, status: String?.none)
        while let key = try events.nextKey(&walk) {
            guard let field = ListedVolumeField(key) else {
                events.findings.error(.unknownKey(key.string, in: "a volume", known: ListedVolumeField.names, at: range(key.place)))
                try events.skip(events.next())
                continue
            }
            let former = keyPlaces[field.index]
            guard former.isNone else {
                if !walk.isMerging { events.findings.error(.duplicateKey(field.rawValue, first: range(former), at: range(key.place))) }
                try events.skip(events.next())
                continue
            }
            keyPlaces[field.index] = key.place
            let value = try events.next()
            guard value.kind == .scalar else {
                try refuse(value, "\(field.rawValue.quoted) takes a text")
                continue
            }
            if value.isNull, field != .id { continue }
            switch field {
            case .id:
                id = VolumeID(value.string)
                idPlace = value.place
                if id == nil { events.findings.error(.badListedVolume("id", "must be a UUID", found: value, at: range(value.place))) }
            case .name: volume.name = value.string
            case .size:
                volume.size = value.style == .plain ? Int(value.string).flatMap { (1...1_000_000).contains($0) ? $0 : nil } : nil
                if volume.size == nil {
                    events.findings.error(.badListedVolume("size", "must be a number of GiB from 1", found: value, at: range(value.place)))
                }
            case .status:
                if value.equals("available") || value.equals("in-use") {
                    volume.status = value.string
                } else {
                    events.findings.error(.badListedVolume("status", "must be available or in-use", found: value, at: range(value.place)))
                }
            }
        }
        guard let id else {
            if keyPlaces[ListedVolumeField.id.index].isNone { events.findings.error(.listedVolumeWithoutID(at: range(startPlace))) }
            return
        }
        if let first = firstPlaces[id] {
            events.findings.error(.listedVolumeTwice(id, first: range(first), at: range(idPlace)))
            return
        }
        firstPlaces[id] = idPlace
        volumes.append(ListedVolume(id: id, name: volume.name, size: volume.size, status: volume.status))
    }

    private mutating func refuse(_ event: Event, _ rule: String) throws(Stop) {
        if event.kind != .refused { events.findings.error(.wrongKind(rule, found: event, at: range(event.place), help: volumeForm)) }
        try events.skip(event)
    }
}

private let volumeForm = "write each volume as '{id: <uuid>, name: …, size: 10, status: available}'; all but 'id' may be left out"

extension Diagnostic {
    fileprivate static func emptyVolumeList(at range: SourceRange) -> Diagnostic {
        Diagnostic(.error, code: "empty-file", "the file holds no volumes", at: .range(range), help: "write 'volumes: []' if none is meant")
    }

    fileprivate static func badListedVolume(_ field: String, _ rule: String, found: Event, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-listed-volume", "'\(field)' \(rule), found \(found.words)", at: .range(range),
            help: volumeForm)
    }

    fileprivate static func listedVolumeWithoutID(at range: SourceRange) -> Diagnostic {
        Diagnostic(.error, code: "bad-listed-volume", "a volume has no 'id'", at: .range(range), help: "add 'id: <uuid>'")
    }

    fileprivate static func listedVolumeTwice(_ id: VolumeID, first: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "duplicate-volume", "volume \(id.text.quoted) is listed twice", at: .range(range),
            notes: [.init("first listed here", at: .range(first))], help: "remove one of the two")
    }
}
