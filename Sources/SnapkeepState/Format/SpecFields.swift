import SnapkeepCore

enum SpecField: String, CaseIterable {
    case key, name, volume, id, description, metadata, force, protect
    case timeout = "timeout_seconds"

    static let fields = JSONFields<SpecField>()
}

enum VolumeField: String, CaseIterable {
    case alias, id, name

    static let fields = JSONFields<VolumeField>()
}

enum PlaceField: String, CaseIterable {
    case file, line, column
    case endLine = "end_line"
    case endColumn = "end_column"

    static let fields = JSONFields<PlaceField>()
}

extension JSONWriter {
    mutating func value(_ spec: SnapshotSpec) {
        beginObject()
        field(SpecField.key.rawValue, spec.key.text)
        field(SpecField.name.rawValue, spec.name.text)
        key(SpecField.volume.rawValue)
        value(spec.volume)
        field(SpecField.id.rawValue, spec.id?.text)
        field(SpecField.description.rawValue, spec.description?.text)
        field(SpecField.metadata.rawValue, spec.metadata)
        field(SpecField.force.rawValue, spec.force)
        field(SpecField.protect.rawValue, spec.protect)
        field(SpecField.timeout.rawValue, Int(spec.timeout.components.seconds))
        endObject()
    }

    mutating func value(_ volume: VolumeReference) {
        beginObject()
        switch volume {
        case .id(let id): field(VolumeField.id.rawValue, id.text)
        case .alias(let alias, let id):
            field(VolumeField.alias.rawValue, alias)
            field(VolumeField.id.rawValue, id.text)
        case .named(let alias, let name):
            field(VolumeField.alias.rawValue, alias)
            field(VolumeField.name.rawValue, name)
        }
        endObject()
    }

    mutating func value(_ place: SavedPlace) {
        beginObject()
        field(PlaceField.file.rawValue, place.file)
        field(PlaceField.line.rawValue, Int(place.start.line))
        field(PlaceField.column.rawValue, Int(place.start.column))
        field(PlaceField.endLine.rawValue, Int(place.end.line))
        field(PlaceField.endColumn.rawValue, Int(place.end.column))
        endObject()
    }
}

extension JSONReader {
    mutating func spec() throws(JSONProblem) -> SnapshotSpec {
        var object = try JSONObject(SpecField.fields, in: &self)
        var key: SnapshotKey?
        var name: SnapshotName?
        var volume: VolumeReference?
        var id: SnapshotID?
        var description: SnapshotDescription?
        var metadata: Metadata?
        var force: Bool?
        var protect: Bool?
        var timeout: Int?
        while let field = try object.next(in: &self) {
            switch field {
            case .key: key = try snapshotKey()
            case .name: name = try snapshotName()
            case .volume: volume = try volumeReference()
            case .id: id = try snapshotID()
            case .description: description = try snapshotDescription()
            case .metadata: metadata = try self.metadata()
            case .force: force = try bool()
            case .protect: protect = try bool()
            case .timeout: timeout = try count()
            }
        }
        return SnapshotSpec(
            key: try object.require(key, .key), name: try object.require(name, .name), volume: try object.require(volume, .volume),
            id: id, description: description, metadata: try object.require(metadata, .metadata), force: try object.require(force, .force),
            protect: try object.require(protect, .protect), timeout: .seconds(try object.require(timeout, .timeout)))
    }

    mutating func place() throws(JSONProblem) -> SavedPlace {
        var object = try JSONObject(PlaceField.fields, in: &self)
        var file: String?
        var line: Int?
        var column: Int?
        var endLine: Int?
        var endColumn: Int?
        while let field = try object.next(in: &self) {
            switch field {
            case .file: file = try string()
            case .line: line = try count()
            case .column: column = try count()
            case .endLine: endLine = try count()
            case .endColumn: endColumn = try count()
            }
        }
        return SavedPlace(
            file: try object.require(file, .file),
            start: SourcePosition(line: try object.require(line, .line), column: try object.require(column, .column)),
            end: SourcePosition(line: try object.require(endLine, .endLine), column: try object.require(endColumn, .endColumn)))
    }

    mutating func volumeReference() throws(JSONProblem) -> VolumeReference {
        var object = try JSONObject(VolumeField.fields, in: &self)
        var alias: String?
        var id: VolumeID?
        var name: String?
        while let field = try object.next(in: &self) {
            switch field {
            case .alias: alias = try string()
            case .id: id = try volumeID()
            case .name: name = try string()
            }
        }
        switch (alias, id, name) {
        case (nil, let id?, nil): return .id(id)
        case (let alias?, let id?, nil): return .alias(alias, id)
        case (let alias?, nil, let name?): return .named(alias: alias, name: name)
        default: throw JSONProblem(.value, at: offset, "a volume has an id, an alias and an id, or an alias and a name")
        }
    }

    private mutating func snapshotName() throws(JSONProblem) -> SnapshotName {
        let text = try text()
        let string = try text.makeString()
        do { return try SnapshotName(string) } catch {
            throw JSONProblem(.value, at: text.offset - 1, "expected a name that a snapshot can have")
        }
    }

    mutating func snapshotDescription() throws(JSONProblem) -> SnapshotDescription {
        let text = try text()
        let string = try text.makeString()
        do { return try SnapshotDescription(string) } catch {
            throw JSONProblem(.value, at: text.offset - 1, "expected a description that a snapshot can have")
        }
    }
}
