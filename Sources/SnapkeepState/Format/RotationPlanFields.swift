package import SnapkeepCore

enum RotationPlanField: String, CaseIterable {
    case now, declared
    case leftOut = "left_out"
    case nothingExpires = "nothing_expires"
    case lastRun = "last_run"
    case clockDifference = "clock_difference_seconds"
    case standings, edits, matches, rules
    case isNew = "to_remember"

    static let fields = JSONFields<RotationPlanField>()
}

enum StandingField: String, CaseIterable {
    case rotation, timezone, label, volume, period, demand
    case dueSince = "due_since"
    case startUntil = "start_until"
    case nextDue = "next_due"
    case lastGood = "last_good"
    case overdueSince = "overdue_since"
    case kept

    static let fields = JSONFields<StandingField>()
}

enum EditField: String, CaseIterable {
    case name, former, rules, expires

    static let fields = JSONFields<EditField>()
}

enum MatchField: String, CaseIterable {
    case name, count
    case asOf = "as_of"

    static let fields = JSONFields<MatchField>()
}

enum KeptField: String, CaseIterable {
    case key, id, reasons

    static let fields = JSONFields<KeptField>()
}

/// The word of `nothing_expires`.
enum SuspensionWord: String, CaseIterable {
    case clockWentBack = "clock_went_back"
    case clockDiffers = "clock_differs"
}

extension JSONWriter {
    /// Writes what rotations add to a plan, each rotation and volume on a line.
    mutating func value(_ part: RotationPlan) {
        beginObject()
        field(RotationPlanField.now.rawValue, part.now.description)
        field(RotationPlanField.declared.rawValue, objects: part.declared) { $1.members(of: $0) }
        field(RotationPlanField.leftOut.rawValue, part.leftOut)
        switch part.suspension {
        case .clockWentBack(let lastRun)?:
            field(RotationPlanField.nothingExpires.rawValue, SuspensionWord.clockWentBack.rawValue)
            field(RotationPlanField.lastRun.rawValue, lastRun)
        case .clockDiffers(let difference)?:
            field(RotationPlanField.nothingExpires.rawValue, SuspensionWord.clockDiffers.rawValue)
            field(RotationPlanField.clockDifference.rawValue, Int(difference.components.seconds))
        case nil: break
        }
        key(RotationPlanField.standings.rawValue)
        beginArray()
        for standing in part.standings {
            breakLine(indent: 4)
            beginObject()
            members(of: standing)
            endObject()
        }
        if !part.standings.isEmpty { breakLine(indent: 2) }
        endArray()
        if !part.edits.isEmpty {
            field(RotationPlanField.edits.rawValue, objects: part.edits) { edit, writer in
                writer.field(EditField.name.rawValue, edit.name.text)
                if let former = edit.former { writer.field(EditField.former.rawValue, former) }
                writer.field(EditField.rules.rawValue, edit.rules)
                writer.field(EditField.expires.rawValue, edit.expires)
            }
        }
        if !part.matches.isEmpty {
            field(RotationPlanField.matches.rawValue, objects: part.matches) { match, writer in
                writer.field(MatchField.name.rawValue, match.name.text)
                writer.field(MatchField.count.rawValue, match.count)
                writer.field(MatchField.asOf.rawValue, match.asOf?.description)
            }
        }
        if part.isNew { field(RotationPlanField.isNew.rawValue, true) }
        if let rules = part.rules { field(RotationPlanField.rules.rawValue, rules) }
        endObject()
    }

    /// Writes a standing's members into the object that is open.
    package mutating func members(of standing: RotationStanding) {
        field(StandingField.rotation.rawValue, standing.rotation.text)
        field(StandingField.timezone.rawValue, standing.zone.text)
        field(StandingField.label.rawValue, standing.volume.label)
        key(StandingField.volume.rawValue)
        value(standing.volume.reference)
        field(StandingField.period.rawValue, standing.current.description)
        field(StandingField.demand.rawValue, standing.demand.rawValue)
        field(StandingField.dueSince.rawValue, standing.dueSince.description)
        field(StandingField.startUntil.rawValue, standing.deadline.description)
        field(StandingField.nextDue.rawValue, standing.nextDue.description)
        field(StandingField.lastGood.rawValue, standing.lastGood?.description)
        field(StandingField.overdueSince.rawValue, standing.overdueSince?.description)
        field(StandingField.kept.rawValue, objects: standing.kept) { kept, writer in
            writer.field(KeptField.key.rawValue, kept.key.text)
            writer.field(KeptField.id.rawValue, kept.id.text)
            writer.field(KeptField.reasons.rawValue, kept.reasons.map(\.text))
        }
    }
}

extension JSONReader {
    mutating func rotationPlan() throws(JSONProblem) -> RotationPlan {
        var object = try JSONObject(RotationPlanField.fields, in: &self)
        let start = offset - 1
        var now: ZonedTime?
        var declared: [RotationSpec]?
        var leftOut: Int?
        var word: SuspensionWord?
        var lastRun: Timestamp?
        var difference: Int?
        var standings: [RotationStanding] = []
        var edits: [RotationEdit] = []
        var matches: [RotationMatch] = []
        var isNew = false
        var rules: [RememberedRotation]?
        while let field = try object.next(in: &self) {
            switch field {
            case .now: now = try zonedTime()
            case .declared: declared = try rotationSpecs()
            case .leftOut: leftOut = try count()
            case .nothingExpires: word = try self.word(SuspensionWord.self, "'clock_went_back' or 'clock_differs'")
            case .lastRun: lastRun = try timestamp()
            case .clockDifference: difference = try clockDifference()
            case .standings:
                try beginArray()
                while try nextElement() { standings.append(try standing()) }
            case .edits:
                try beginArray()
                while try nextElement() { edits.append(try edit()) }
            case .matches:
                try beginArray()
                while try nextElement() { matches.append(try match()) }
            case .isNew: isNew = try bool()
            case .rules: rules = try rememberedRotations()
            }
        }
        let suspension: ExpirySuspension?
        switch (word, lastRun, difference) {
        case (nil, nil, nil): suspension = nil
        case (.clockWentBack?, let lastRun?, nil): suspension = .clockWentBack(lastRun: lastRun)
        case (.clockDiffers?, nil, let difference?): suspension = .clockDiffers(.seconds(difference))
        default: throw JSONProblem(.value, at: start, "'nothing_expires' does not agree with the other fields")
        }
        return RotationPlan(
            now: try object.require(now, .now), declared: try object.require(declared, .declared), leftOut: leftOut, suspension: suspension,
            standings: standings, edits: edits, matches: matches, rules: rules, isNew: isNew)
    }

    private mutating func clockDifference() throws(JSONProblem) -> Int {
        let start = offset
        let seconds = try int()
        // Ten thousand years, which no two clocks are apart.
        if seconds.magnitude > 315_576_000_000 { throw JSONProblem(.value, at: start, "expected seconds between two clocks") }
        return seconds
    }

    private mutating func match() throws(JSONProblem) -> RotationMatch {
        var object = try JSONObject(MatchField.fields, in: &self)
        var name: RotationName?
        var number: Int?
        var asOf: ZonedTime?
        while let field = try object.next(in: &self) {
            switch field {
            case .name: name = try rotationName()
            case .count: number = try count()
            case .asOf: asOf = try zonedTime()
            }
        }
        return RotationMatch(name: try object.require(name, .name), count: number, asOf: asOf)
    }

    private mutating func edit() throws(JSONProblem) -> RotationEdit {
        var object = try JSONObject(EditField.fields, in: &self)
        var name: RotationName?
        var former: RetentionRules?
        var rules: RetentionRules?
        var expires: Int?
        while let field = try object.next(in: &self) {
            switch field {
            case .name: name = try rotationName()
            case .former: former = try retentionRules()
            case .rules: rules = try retentionRules()
            case .expires: expires = try count()
            }
        }
        return RotationEdit(
            name: try object.require(name, .name), former: former, rules: try object.require(rules, .rules),
            expires: try object.require(expires, .expires))
    }

    private mutating func standing() throws(JSONProblem) -> RotationStanding {
        var object = try JSONObject(StandingField.fields, in: &self)
        var rotation: RotationName?
        var zone: ZoneName?
        var label: String?
        var volume: VolumeReference?
        var period: PeriodKey?
        var demand: RotationOutlook.Demand?
        var dueSince: ZonedTime?
        var startUntil: ZonedTime?
        var nextDue: ZonedTime?
        var lastGood: ZonedTime?
        var overdueSince: ZonedTime?
        var kept: [RotationStanding.Kept] = []
        while let field = try object.next(in: &self) {
            switch field {
            case .rotation: rotation = try rotationName()
            case .timezone: zone = try zoneName()
            case .label: label = try string()
            case .volume: volume = try volumeReference()
            case .period: period = try periodKey()
            case .demand: demand = try word(RotationOutlook.Demand.self, "what the period asks for")
            case .dueSince: dueSince = try zonedTime()
            case .startUntil: startUntil = try zonedTime()
            case .nextDue: nextDue = try zonedTime()
            case .lastGood: lastGood = try zonedTime()
            case .overdueSince: overdueSince = try zonedTime()
            case .kept:
                try beginArray()
                while try nextElement() { kept.append(try self.kept()) }
            }
        }
        return RotationStanding(
            rotation: try object.require(rotation, .rotation), zone: try object.require(zone, .timezone),
            volume: RotationVolume(label: try object.require(label, .label), reference: try object.require(volume, .volume)),
            current: try object.require(period, .period), demand: try object.require(demand, .demand),
            dueSince: try object.require(dueSince, .dueSince), deadline: try object.require(startUntil, .startUntil),
            nextDue: try object.require(nextDue, .nextDue), lastGood: lastGood, overdueSince: overdueSince, kept: kept)
    }

    private mutating func kept() throws(JSONProblem) -> RotationStanding.Kept {
        var object = try JSONObject(KeptField.fields, in: &self)
        var key: SnapshotKey?
        var id: SnapshotID?
        var reasons: [KeepReason] = []
        while let field = try object.next(in: &self) {
            switch field {
            case .key: key = try snapshotKey()
            case .id: id = try snapshotID()
            case .reasons:
                try beginArray()
                while try nextElement() {
                    let start = offset
                    guard let reason = KeepReason(try string()) else {
                        throw JSONProblem(.value, at: start, "expected a reason such as 'daily 3'")
                    }
                    reasons.append(reason)
                }
            }
        }
        return .init(key: try object.require(key, .key), id: try object.require(id, .id), reasons: reasons)
    }

    private mutating func zonedTime() throws(JSONProblem) -> ZonedTime {
        let text = try text()
        guard let time = ZonedTime(try text.makeString()) else {
            throw JSONProblem(.value, at: text.offset - 1, "expected a time such as 2026-10-25T02:00:00+01:00")
        }
        return time
    }
}
