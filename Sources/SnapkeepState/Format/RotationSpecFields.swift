import SnapkeepCore

/// What a manifest declares of a rotation, without positions and defaults: a saved plan is carried out without its manifest.
enum RotationSpecField: String, CaseIterable {
    case name, volumes, match, every, weekday, day, minute, timezone
    case startWithin = "start_within_seconds"
    case rules, paused, snapshot
    case movedFrom = "moved_from"

    static let fields = JSONFields<RotationSpecField>()
}

enum RotationVolumeField: String, CaseIterable {
    case label, volume, name

    static let fields = JSONFields<RotationVolumeField>()
}

enum VolumePatternField: String, CaseIterable {
    case name, metadata

    static let fields = JSONFields<VolumePatternField>()
}

enum TemplateField: String, CaseIterable {
    case name, description, metadata, force
    case timeout = "timeout_seconds"

    static let fields = JSONFields<TemplateField>()
}

extension JSONWriter {
    /// Writes a rotation's members into the object that is open.
    mutating func members(of spec: RotationSpec) {
        field(RotationSpecField.name.rawValue, spec.name.text)
        switch spec.volumes {
        case .listed(let volumes):
            field(RotationSpecField.volumes.rawValue, objects: volumes) { volume, writer in
                writer.field(RotationVolumeField.label.rawValue, volume.label)
                writer.key(RotationVolumeField.volume.rawValue)
                writer.value(volume.reference)
                writer.field(RotationVolumeField.name.rawValue, volume.name)
            }
        case .matching(let pattern):
            object(RotationSpecField.match.rawValue) { writer in
                writer.field(VolumePatternField.name.rawValue, pattern.name)
                writer.field(VolumePatternField.metadata.rawValue, pattern.metadata)
            }
        }
        field(RotationSpecField.every.rawValue, spec.schedule.unit.rawValue)
        switch spec.schedule.due {
        case .hour(let minute), .day(let minute): field(RotationSpecField.minute.rawValue, minute)
        case .week(let weekday, let minute):
            field(RotationSpecField.weekday.rawValue, weekday.word)
            field(RotationSpecField.minute.rawValue, minute)
        case .month(let day, let minute):
            field(RotationSpecField.day.rawValue, day)
            field(RotationSpecField.minute.rawValue, minute)
        }
        field(RotationSpecField.timezone.rawValue, spec.schedule.zone.text)
        field(RotationSpecField.startWithin.rawValue, Int(spec.schedule.startWithin.components.seconds))
        field(RotationSpecField.rules.rawValue, spec.rules)
        if spec.isPaused { field(RotationSpecField.paused.rawValue, true) }
        object(RotationSpecField.snapshot.rawValue) { writer in
            writer.field(TemplateField.name.rawValue, spec.template.name)
            writer.field(TemplateField.description.rawValue, spec.template.description?.text)
            writer.field(TemplateField.metadata.rawValue, spec.template.metadata)
            writer.field(TemplateField.force.rawValue, spec.template.force)
            writer.field(TemplateField.timeout.rawValue, Int(spec.template.timeout.components.seconds))
        }
        field(RotationSpecField.movedFrom.rawValue, spec.movedFrom?.text)
    }
}

extension JSONReader {
    mutating func rotationSpecs() throws(JSONProblem) -> [RotationSpec] {
        var specs: [RotationSpec] = []
        var names: Set<RotationName> = []
        try beginArray()
        while try nextElement() {
            let start = offset
            let spec = try rotationSpec()
            if !names.insert(spec.name).inserted { throw JSONProblem(.value, at: start, "rotation '\(spec.name)' stands here twice") }
            specs.append(spec)
        }
        return specs
    }

    private mutating func rotationSpec() throws(JSONProblem) -> RotationSpec {
        var object = try JSONObject(RotationSpecField.fields, in: &self)
        let start = offset - 1
        var name: RotationName?
        var volumes: [RotationVolume]?
        var pattern: VolumePattern?
        var unit: PeriodUnit?
        var weekday: Weekday?
        var day: Int?
        var minute: Int?
        var zone: ZoneName?
        var startWithin: Int?
        var rules: RetentionRules?
        var isPaused = false
        var template: SnapshotTemplate?
        var movedFrom: RotationName?
        while let field = try object.next(in: &self) {
            switch field {
            case .name: name = try rotationName()
            case .volumes: volumes = try rotationVolumes()
            case .match: pattern = try volumePattern()
            case .every: unit = try word(PeriodUnit.self, "'hour', 'day', 'week' or 'month'")
            case .weekday:
                let start = offset
                weekday = Weekday(word: try string())
                if weekday == nil { throw JSONProblem(.value, at: start, "expected a day of the week such as 'sun'") }
            case .day: day = try count(from: 1, to: 31)
            case .minute: minute = try count(from: 0, to: 24 * 60 - 1)
            case .timezone: zone = try zoneName()
            case .startWithin: startWithin = try count(from: 0, to: 31 * 24 * 3600)
            case .rules: rules = try retentionRules()
            case .paused: isPaused = try bool()
            case .snapshot: template = try snapshotTemplate()
            case .movedFrom: movedFrom = try rotationName()
            }
        }
        let due: DueTime
        switch (try object.require(unit, .every), weekday, day, try object.require(minute, .minute)) {
        case (.hour, nil, nil, let minute) where minute < 60: due = .hour(minute: minute)
        case (.day, nil, nil, let minute): due = .day(minute: minute)
        case (.week, let weekday?, nil, let minute): due = .week(weekday, minute: minute)
        case (.month, nil, let day?, let minute): due = .month(day: day, minute: minute)
        default: throw JSONProblem(.value, at: start, "'every' does not agree with the other fields of a rotation")
        }
        let which: RotationVolumes
        switch (volumes, pattern) {
        case (let volumes?, nil): which = .listed(volumes)
        case (nil, let pattern?): which = .matching(pattern)
        default: throw JSONProblem(.value, at: start, "a rotation has either 'volumes' or 'match'")
        }
        let spec = RotationSpec(
            name: try object.require(name, .name), volumes: which,
            schedule: RotationSchedule(
                due: due, zone: try object.require(zone, .timezone), startWithin: .seconds(try object.require(startWithin, .startWithin))),
            rules: try object.require(rules, .rules), isPaused: isPaused, template: try object.require(template, .snapshot),
            movedFrom: movedFrom)
        // A volume that is picked goes by its id where it has no alias.
        let labels = volumes?.map(\.label) ?? ["00000000-0000-0000-0000-000000000000"]
        if !labels.allSatisfy(spec.canName) {
            throw JSONProblem(.value, at: start, "the snapshots of this rotation cannot be named: a key or a name would be too long")
        }
        return spec
    }

    private mutating func rotationVolumes() throws(JSONProblem) -> [RotationVolume] {
        var volumes: [RotationVolume] = []
        try beginArray()
        while try nextElement() {
            var object = try JSONObject(RotationVolumeField.fields, in: &self)
            var label: String?
            var reference: VolumeReference?
            var name: String?
            while let field = try object.next(in: &self) {
                switch field {
                case .label: label = try string()
                case .volume: reference = try volumeReference()
                case .name: name = try string()
                }
            }
            volumes.append(
                RotationVolume(label: try object.require(label, .label), reference: try object.require(reference, .volume), name: name))
        }
        return volumes
    }

    private mutating func volumePattern() throws(JSONProblem) -> VolumePattern {
        var object = try JSONObject(VolumePatternField.fields, in: &self)
        var name: String?
        var metadata: Metadata?
        while let field = try object.next(in: &self) {
            switch field {
            case .name: name = try string()
            case .metadata: metadata = try self.metadata()
            }
        }
        return VolumePattern(name: name, metadata: try object.require(metadata, .metadata))
    }

    private mutating func snapshotTemplate() throws(JSONProblem) -> SnapshotTemplate {
        var object = try JSONObject(TemplateField.fields, in: &self)
        var name: String?
        var description: SnapshotDescription?
        var metadata: Metadata?
        var force: Bool?
        var timeout: Int?
        while let field = try object.next(in: &self) {
            switch field {
            case .name: name = try string()
            case .description: description = try snapshotDescription()
            case .metadata: metadata = try self.metadata()
            case .force: force = try bool()
            case .timeout: timeout = try count()
            }
        }
        return SnapshotTemplate(
            name: try object.require(name, .name), description: description, metadata: try object.require(metadata, .metadata),
            force: try object.require(force, .force), timeout: .seconds(try object.require(timeout, .timeout)))
    }

    mutating func zoneName() throws(JSONProblem) -> ZoneName {
        let start = offset
        guard let zone = ZoneName(try string()) else { throw JSONProblem(.value, at: start, "expected the name of a time zone") }
        return zone
    }
}
