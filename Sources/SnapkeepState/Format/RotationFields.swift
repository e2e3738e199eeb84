import SnapkeepCore

enum MemoryField: String, CaseIterable {
    case asOf = "as_of"
    case rules

    static let fields = JSONFields<MemoryField>()
}

enum RememberedField: String, CaseIterable {
    case name, rules, since
    case movedFrom = "moved_from"
    case volumes
    case matchedAt = "matched_at"
    case matched

    static let fields = JSONFields<RememberedField>()
}

enum RulesField: String, CaseIterable {
    case keep
    case minGood = "min_good"
    case prefer
    case maxAge = "max_age_seconds"

    static let fields = JSONFields<RulesField>()
}

enum ExpiryField: String, CaseIterable {
    case why, rules
    case maxAge = "max_age_seconds"
    case byEdit = "by_edit"
    case after, guards
    case guardsWhenFull = "guards_when_full"

    static let fields = JSONFields<ExpiryField>()
}

enum SurpassedField: String, CaseIterable {
    case rule, count
    case kept = "kept_instead"

    static let fields = JSONFields<SurpassedField>()
}

/// The word of an expiry's `why`.
enum ExpiryWord: String, CaseIterable {
    case rules
    case maxAge = "max_age"
    case failed, begun
}

extension JSONWriter {
    /// Writes a memory's members into the object that is open.
    mutating func members(of memory: RotationMemory) {
        field(MemoryField.asOf.rawValue, memory.asOf)
        field(MemoryField.rules.rawValue, memory.rotations)
    }

    mutating func field(_ name: String, _ rotations: [RememberedRotation]) {
        field(name, objects: rotations) { rotation, writer in
            writer.field(RememberedField.name.rawValue, rotation.name.text)
            writer.field(RememberedField.rules.rawValue, rotation.rules)
            writer.field(RememberedField.since.rawValue, rotation.since)
            writer.field(RememberedField.movedFrom.rawValue, rotation.movedFrom?.text)
            if let listed = rotation.listed {
                writer.field(RememberedField.volumes.rawValue, objects: listed) { volume, writer in
                    writer.field(VolumeField.alias.rawValue, volume.label)
                    writer.field(VolumeField.id.rawValue, volume.id?.text)
                }
            }
            guard let matched = rotation.matched else { return }
            writer.field(RememberedField.matchedAt.rawValue, matched.asOf)
            writer.field(RememberedField.matched.rawValue, objects: matched.volumes) { volume, writer in
                writer.field(VolumeField.id.rawValue, volume.id.text)
                writer.field(VolumeField.name.rawValue, volume.name)
            }
        }
    }

    mutating func field(_ name: String, _ rules: RetentionRules) {
        object(name) { writer in
            writer.object(RulesField.keep.rawValue) { writer in
                for (bucket, count) in rules.counts.sorted(by: { $0.key < $1.key }) { writer.field(bucket.rawValue, count) }
            }
            writer.field(RulesField.minGood.rawValue, rules.minGood)
            writer.field(RulesField.prefer.rawValue, rules.prefer.rawValue)
            writer.field(RulesField.maxAge.rawValue, rules.maxAge.map { Int($0.components.seconds) })
        }
    }

    mutating func field(_ name: String, _ expiry: Expiry) {
        object(name) { $0.members(of: expiry) }
    }

    private mutating func members(of expiry: Expiry) {
        let why = ExpiryField.why.rawValue
        switch expiry.reason {
        case .beyond(let surpassed):
            field(why, ExpiryWord.rules.rawValue)
            field(ExpiryField.rules.rawValue, objects: surpassed) { rule, writer in
                writer.field(SurpassedField.rule.rawValue, rule.bucket.rawValue)
                writer.field(SurpassedField.count.rawValue, rule.count)
                writer.field(SurpassedField.kept.rawValue, rule.keeper?.description)
            }
        case .tooOld(let age):
            field(why, ExpiryWord.maxAge.rawValue)
            field(ExpiryField.maxAge.rawValue, Int(age.components.seconds))
        case .failed: field(why, ExpiryWord.failed.rawValue)
        case .begun: field(why, ExpiryWord.begun.rawValue)
        }
        field(ExpiryField.byEdit.rawValue, expiry.isByEdit)
        field(ExpiryField.after.rawValue, expiry.after?.text)
        field(ExpiryField.guards.rawValue, expiry.guards.map(\.text))
        if let guards = expiry.guardsWhenFull { field(ExpiryField.guardsWhenFull.rawValue, guards.map(\.text)) }
    }
}

extension JSONReader {
    mutating func rotationMemory() throws(JSONProblem) -> RotationMemory {
        var object = try JSONObject(MemoryField.fields, in: &self)
        var asOf: Timestamp?
        var rotations: [RememberedRotation]?
        while let field = try object.next(in: &self) {
            switch field {
            case .asOf: asOf = try timestamp()
            case .rules: rotations = try rememberedRotations()
            }
        }
        return RotationMemory(asOf: try object.require(asOf, .asOf), rotations: try object.require(rotations, .rules))
    }

    mutating func rememberedRotations() throws(JSONProblem) -> [RememberedRotation] {
        var rotations: [RememberedRotation] = []
        try beginArray()
        while try nextElement() {
            let start = offset
            let rotation = try rememberedRotation()
            if let last = rotations.last, last.name >= rotation.name {
                throw JSONProblem(.value, at: start, "rotations are sorted by name, '\(rotation.name)' comes too late or twice")
            }
            rotations.append(rotation)
        }
        return rotations
    }

    private mutating func rememberedRotation() throws(JSONProblem) -> RememberedRotation {
        var object = try JSONObject(RememberedField.fields, in: &self)
        var name: RotationName?
        var rules: RetentionRules?
        var since: Timestamp?
        var movedFrom: RotationName?
        var listed: [RememberedRotation.Listed]?
        var matchedAt: Timestamp?
        var matched: [MatchedVolumes.Volume]?
        while let field = try object.next(in: &self) {
            switch field {
            case .name: name = try rotationName()
            case .rules: rules = try retentionRules()
            case .since: since = try timestamp()
            case .movedFrom: movedFrom = try rotationName()
            case .volumes: listed = try listedVolumes()
            case .matchedAt: matchedAt = try timestamp()
            case .matched: matched = try matchedVolumes()
            }
        }
        return RememberedRotation(
            name: try object.require(name, .name), rules: try object.require(rules, .rules), since: since, movedFrom: movedFrom,
            listed: listed,
            matched: try matched.map { volumes throws(JSONProblem) in
                MatchedVolumes(asOf: try object.require(matchedAt, .matchedAt), volumes: volumes)
            })
    }

    private mutating func listedVolumes() throws(JSONProblem) -> [RememberedRotation.Listed] {
        var volumes: [RememberedRotation.Listed] = []
        try beginArray()
        while try nextElement() {
            let start = offset
            var object = try JSONObject(VolumeField.fields, in: &self)
            var label: String?
            var id: VolumeID?
            while let field = try object.next(in: &self) {
                switch field {
                case .alias: label = try string()
                case .id: id = try volumeID()
                case .name: throw JSONProblem(.value, at: start, "a volume that was listed has an alias and an id")
                }
            }
            volumes.append(.init(label: try object.require(label, .alias), id: id))
            if volumes.count > 1, volumes[volumes.count - 2].label >= volumes[volumes.count - 1].label {
                throw JSONProblem(.value, at: start, "volumes are sorted, this one comes too late or twice")
            }
        }
        return volumes
    }

    private mutating func matchedVolumes() throws(JSONProblem) -> [MatchedVolumes.Volume] {
        var volumes: [MatchedVolumes.Volume] = []
        try beginArray()
        while try nextElement() {
            let start = offset
            var object = try JSONObject(VolumeField.fields, in: &self)
            var id: VolumeID?
            var name: String?
            while let field = try object.next(in: &self) {
                switch field {
                case .id: id = try volumeID()
                case .name: name = try string()
                case .alias: throw JSONProblem(.value, at: start, "a volume that was picked has an id and a name")
                }
            }
            volumes.append(.init(id: try object.require(id, .id), name: name))
            if volumes.count > 1, volumes[volumes.count - 2].id >= volumes[volumes.count - 1].id {
                throw JSONProblem(.value, at: start, "volumes are sorted by id, this one comes too late or twice")
            }
        }
        return volumes
    }

    mutating func retentionRules() throws(JSONProblem) -> RetentionRules {
        var object = try JSONObject(RulesField.fields, in: &self)
        var counts: [RetentionBucket: Int]?
        var minGood: Int?
        var prefer: BucketChoice?
        var maxAge: Duration?
        while let field = try object.next(in: &self) {
            switch field {
            case .keep: counts = try self.counts()
            case .minGood: minGood = try count(from: 1, to: RetentionRules.largestCount)
            case .prefer: prefer = try word(BucketChoice.self, "'last' or 'first'")
            case .maxAge: maxAge = .seconds(try count())
            }
        }
        return RetentionRules(
            counts: try object.require(counts, .keep), minGood: try object.require(minGood, .minGood),
            prefer: try object.require(prefer, .prefer), maxAge: maxAge)
    }

    private mutating func counts() throws(JSONProblem) -> [RetentionBucket: Int] {
        var counts: [RetentionBucket: Int] = [:]
        try beginObject()
        while let key = try nextKey() {
            guard let bucket = RetentionBucket(rawValue: try key.makeString()), counts[bucket] == nil else {
                throw JSONProblem(
                    .value, at: key.offset - 1, "expected each of 'last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly' once")
            }
            counts[bucket] = try count(from: 1, to: RetentionRules.largestCount)
        }
        return counts
    }

    mutating func rotationName() throws(JSONProblem) -> RotationName {
        let text = try text()
        guard let name = RotationName(try text.makeString()) else {
            throw JSONProblem(.value, at: text.offset - 1, "expected the name of a rotation")
        }
        return name
    }

    mutating func periodKey() throws(JSONProblem) -> PeriodKey {
        let text = try text()
        guard let period = PeriodKey(try text.makeString()) else {
            throw JSONProblem(.value, at: text.offset - 1, "expected a period such as 2026-10-25, 2026-W43, 2026-10 or 2026-10-25T02Z")
        }
        return period
    }

    mutating func count(from least: Int, to most: Int) throws(JSONProblem) -> Int {
        let start = offset
        let value = try count()
        if !(least...most).contains(value) { throw JSONProblem(.value, at: start, "expected a number from \(least) to \(most)") }
        return value
    }

    mutating func expiry() throws(JSONProblem) -> Expiry {
        var object = try JSONObject(ExpiryField.fields, in: &self)
        let start = offset - 1
        var why: ExpiryWord?
        var surpassed: [ExpiryReason.Surpassed]?
        var maxAge: Int?
        var isByEdit: Bool?
        var after: SnapshotKey?
        var guards: [SnapshotID]?
        var guardsWhenFull: [SnapshotID]?
        while let field = try object.next(in: &self) {
            switch field {
            case .why: why = try word(ExpiryWord.self, "'rules', 'max_age', 'failed' or 'begun'")
            case .rules: surpassed = try self.surpassed()
            case .maxAge: maxAge = try count()
            case .byEdit: isByEdit = try bool()
            case .after: after = try snapshotKey()
            case .guards: guards = try ids()
            case .guardsWhenFull: guardsWhenFull = try ids()
            }
        }
        let reason: ExpiryReason
        switch (try object.require(why, .why), surpassed, maxAge) {
        case (.rules, let surpassed?, nil): reason = .beyond(surpassed)
        case (.maxAge, nil, let age?): reason = .tooOld(.seconds(age))
        case (.failed, nil, nil): reason = .failed
        case (.begun, nil, nil): reason = .begun
        default: throw JSONProblem(.value, at: start, "'why' does not agree with the other fields of an expiry")
        }
        return Expiry(
            reason: reason, isByEdit: try object.require(isByEdit, .byEdit), after: after, guards: try object.require(guards, .guards),
            guardsWhenFull: guardsWhenFull)
    }

    private mutating func surpassed() throws(JSONProblem) -> [ExpiryReason.Surpassed] {
        var all: [ExpiryReason.Surpassed] = []
        try beginArray()
        while try nextElement() {
            var object = try JSONObject(SurpassedField.fields, in: &self)
            var bucket: RetentionBucket?
            var number: Int?
            var keeper: PeriodKey?
            while let field = try object.next(in: &self) {
                switch field {
                case .rule: bucket = try word(RetentionBucket.self, "a rule of 'keep'")
                case .count: number = try count()
                case .kept: keeper = try periodKey()
                }
            }
            all.append(.init(bucket: try object.require(bucket, .rule), count: try object.require(number, .count), keeper: keeper))
        }
        return all
    }

    private mutating func ids() throws(JSONProblem) -> [SnapshotID] {
        var ids: [SnapshotID] = []
        try beginArray()
        while try nextElement() { ids.append(try snapshotID()) }
        return ids
    }
}
