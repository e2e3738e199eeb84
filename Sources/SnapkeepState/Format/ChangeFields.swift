import SnapkeepCore

/// The word of a change's `action`, and the members that it may have beside `action`, `key` and `source`.
enum ActionName: String, CaseIterable {
    case create, adopt, update, replace
    case resume = "await"
    case settle, delete, expire
    case retain = "keep"
    case lost

    var members: [ChangeField] {
        switch self {
        case .create: [.spec]
        case .adopt: [.spec, .adopts, .fields]
        case .update, .resume: [.spec, .recorded, .fields]
        case .replace: [.spec, .recorded, .reason, .volumeFrom, .volumeTo, .prune]
        case .settle: [.intent, .spec]
        case .delete: [.recorded, .origin]
        case .expire: [.recorded, .expiry]
        case .retain: [.recorded, .reason]
        case .lost: [.recorded, .spec, .reason]
        }
    }

    /// The members of each action as `JSONObject.seen` tells them.
    static let masks: [ActionName: UInt64] = Dictionary(
        uniqueKeysWithValues: allCases.map { action in
            let members = [.action, .key, .source] + action.members
            return (action, members.reduce(UInt64(0)) { $0 | 1 << ChangeField.allCases.firstIndex(of: $1)! })
        })
}

enum ChangeField: String, CaseIterable {
    case action, key, spec, adopts, recorded, intent, fields, reason
    case volumeFrom = "volume_from"
    case volumeTo = "volume_to"
    case prune, origin, expiry, source

    static let names = JSONFields<ChangeField>()
}

enum DifferenceField: String, CaseIterable {
    case field, key, from, to

    static let fields = JSONFields<DifferenceField>()
}

extension LossReason {
    /// Told apart from a deletion of our own.
    fileprivate var replacementWord: String { "lost_" + rawValue }
}

extension JSONWriter {
    mutating func value(_ change: Change, at place: SavedPlace?) {
        beginObject()
        switch change {
        case .create(let spec):
            begin(.create, spec.key)
            member(spec)
        case .adopt(let spec, let id, let fields):
            begin(.adopt, spec.key)
            member(spec)
            field(ChangeField.adopts.rawValue, id.text)
            if let fields { member(fields) }
        case .update(let spec, let recorded, let fields):
            begin(.update, spec.key)
            member(spec)
            member(recorded)
            member(fields)
        case .replace(let spec, let recorded, let reason, let prune):
            begin(.replace, spec.key)
            member(spec)
            member(recorded)
            member(reason)
            field(ChangeField.prune.rawValue, prune)
        case .resume(let spec, let recorded, let fields):
            begin(.resume, spec.key)
            member(spec)
            member(recorded)
            member(fields)
        case .settle(let intent, let spec):
            begin(.settle, intent.key)
            key(ChangeField.intent.rawValue)
            value(intent)
            if let spec { member(spec) }
        case .delete(let recorded, let origin):
            begin(.delete, recorded.key)
            member(recorded)
            field(ChangeField.origin.rawValue, origin.rawValue)
        case .expire(let recorded, let expiry):
            begin(.expire, recorded.key)
            member(recorded)
            field(ChangeField.expiry.rawValue, expiry)
        case .retain(let recorded, let reason):
            begin(.retain, recorded.key)
            member(recorded)
            field(ChangeField.reason.rawValue, reason.rawValue)
        case .lost(let recorded, let spec, let reason):
            begin(.lost, recorded.key)
            if let spec { member(spec) }
            member(recorded)
            field(ChangeField.reason.rawValue, reason.rawValue)
        }
        if let place {
            key(ChangeField.source.rawValue)
            value(place)
        }
        endObject()
    }

    private mutating func begin(_ action: ActionName, _ key: SnapshotKey) {
        field(ChangeField.action.rawValue, action.rawValue)
        field(ChangeField.key.rawValue, key.text)
    }

    private mutating func member(_ spec: SnapshotSpec) {
        key(ChangeField.spec.rawValue)
        value(spec)
    }

    private mutating func member(_ record: SnapshotRecord) {
        key(ChangeField.recorded.rawValue)
        value(record)
    }

    private mutating func member(_ reason: ReplacementReason) {
        switch reason {
        case .volume(let from, let to):
            field(ChangeField.reason.rawValue, "volume")
            field(ChangeField.volumeFrom.rawValue, from.text)
            key(ChangeField.volumeTo.rawValue)
            value(to)
        case .failed: field(ChangeField.reason.rawValue, "failed")
        case .beingDeleted: field(ChangeField.reason.rawValue, "being_deleted")
        case .lost(let loss): field(ChangeField.reason.rawValue, loss.replacementWord)
        }
    }

    private mutating func member(_ fields: [FieldChange]) {
        key(ChangeField.fields.rawValue)
        value(fields)
    }

    mutating func value(_ fields: [FieldChange]) {
        beginArray()
        for change in fields {
            beginObject()
            switch change {
            case .name(let from, let to): difference("name", from, to)
            case .description(let from, let to): difference("description", from, to)
            case .metadata(let key, let from, let to): difference("metadata", key: key, from, to)
            case .protect(let from, let to):
                field(DifferenceField.field.rawValue, "protect")
                field(DifferenceField.from.rawValue, from)
                field(DifferenceField.to.rawValue, to)
            }
            endObject()
        }
        endArray()
    }

    private mutating func difference(_ name: String, key: String? = nil, _ from: String?, _ to: String?) {
        field(DifferenceField.field.rawValue, name)
        field(DifferenceField.key.rawValue, key)
        field(DifferenceField.from.rawValue, from)
        field(DifferenceField.to.rawValue, to)
    }
}

extension JSONReader {
    mutating func change() throws(JSONProblem) -> (Change, SavedPlace?) {
        var object = try JSONObject(ChangeField.names, in: &self)
        let start = offset - 1
        var action: ActionName?
        var key: SnapshotKey?
        var spec: SnapshotSpec?
        var adopts: SnapshotID?
        var recorded: SnapshotRecord?
        var intent: CreationIntent?
        var fields: [FieldChange]?
        var reason: String?
        var volumeFrom: VolumeID?
        var volumeTo: VolumeReference?
        var prune: Bool?
        var origin: String?
        var expiry: Expiry?
        var place: SavedPlace?
        while let field = try object.next(in: &self) {
            switch field {
            case .action: action = try word(ActionName.self, "the action of a change")
            case .key: key = try snapshotKey()
            case .spec: spec = try self.spec()
            case .adopts: adopts = try snapshotID()
            case .recorded: recorded = try record()
            case .intent: intent = try self.intent()
            case .fields: fields = try differences()
            case .reason: reason = try string()
            case .volumeFrom: volumeFrom = try volumeID()
            case .volumeTo: volumeTo = try volumeReference()
            case .prune: prune = try bool()
            case .origin: origin = try string()
            case .expiry: expiry = try self.expiry()
            case .source: place = try self.place()
            }
        }
        let name = try object.require(action, .action)
        if object.seen & ~ActionName.masks[name]! != 0 {
            throw JSONProblem(.value, at: start, "the action '\(name.rawValue)' has a field that belongs to another action")
        }
        let change: Change
        switch name {
        case .create: change = .create(try object.require(spec, .spec))
        case .adopt:
            let wanted = try object.require(spec, .spec)
            let id = try object.require(adopts, .adopts)
            if wanted.id != id { throw JSONProblem(.value, at: start, "what is adopted is not what its line names by 'id'") }
            change = .adopt(wanted, id, fields)
        case .update:
            change = .update(
                try object.require(spec, .spec), recorded: try object.require(recorded, .recorded), try object.require(fields, .fields))
        case .resume:
            change = .resume(
                try object.require(spec, .spec), recorded: try object.require(recorded, .recorded), try object.require(fields, .fields))
        case .replace:
            let why: ReplacementReason
            switch (try object.require(reason, .reason), volumeFrom, volumeTo) {
            case ("volume", let from?, let to?): why = .volume(from: from, to: to)
            case ("failed", nil, nil): why = .failed
            case ("being_deleted", nil, nil): why = .beingDeleted
            case (let word, nil, nil):
                guard let loss = LossReason.allCases.first(where: { $0.replacementWord == word }) else { fallthrough }
                why = .lost(loss)
            default:
                throw JSONProblem(
                    .value, at: start,
                    "the reason of a replacement is 'volume' with both volumes, 'failed', 'being_deleted' or 'lost_' with the kind of loss")
            }
            change = .replace(
                try object.require(spec, .spec), recorded: try object.require(recorded, .recorded), why,
                prune: try object.require(prune, .prune))
        case .settle: change = .settle(try object.require(intent, .intent), spec)
        case .delete:
            guard let origin = DeletionOrigin(rawValue: try object.require(origin, .origin)) else {
                throw JSONProblem(.value, at: start, "the origin of a deletion is 'unlisted', 'superseded', 'under_way' or 'gone'")
            }
            change = .delete(try object.require(recorded, .recorded), origin)
        case .expire: change = .expire(try object.require(recorded, .recorded), try object.require(expiry, .expiry))
        case .retain:
            guard let why = RetentionReason(rawValue: try object.require(reason, .reason)) else {
                throw JSONProblem(
                    .value, at: start,
                    "the reason to retain is 'unlisted', 'superseded', 'protected', 'superseded_protected', 'unstamped' or 'busy'")
            }
            change = .retain(try object.require(recorded, .recorded), why)
        case .lost:
            guard let why = LossReason(rawValue: try object.require(reason, .reason)) else {
                throw JSONProblem(
                    .value, at: start, "the reason of a loss is 'gone', 'gone_with_volume', 'being_deleted', 'error_deleting' or 'unusable'"
                )
            }
            change = .lost(try object.require(recorded, .recorded), spec, why)
        }
        let told = try object.require(key, .key)
        if told != change.key || ![spec?.key, recorded?.key, intent?.key].allSatisfy({ $0 == nil || $0 == told }) {
            throw JSONProblem(.value, at: start, "the keys of one change differ")
        }
        return (change, place)
    }

    mutating func differences() throws(JSONProblem) -> [FieldChange] {
        var changes: [FieldChange] = []
        try beginArray()
        while try nextElement() { changes.append(try difference()) }
        return changes
    }

    private mutating func difference() throws(JSONProblem) -> FieldChange {
        var object = try JSONObject(DifferenceField.fields, in: &self)
        let start = offset - 1
        var name: String?
        var key: String?
        var from: DifferenceSide?
        var to: DifferenceSide?
        while let field = try object.next(in: &self) {
            switch field {
            case .field: name = try string()
            case .key: key = try string()
            case .from: from = try side()
            case .to: to = try side()
            }
        }
        switch (try object.require(name, .field), key, from, to) {
        case ("name", nil, .text(let from)?, .text(let to)?): return .name(from: from, to: to)
        case ("description", nil, nil, .text(let to)?): return .description(from: nil, to: to)
        case ("description", nil, .text(let from)?, nil): return .description(from: from, to: nil)
        case ("description", nil, .text(let from)?, .text(let to)?): return .description(from: from, to: to)
        case ("metadata", let key?, nil, .text(let to)?): return .metadata(key: key, from: nil, to: to)
        case ("metadata", let key?, .text(let from)?, nil): return .metadata(key: key, from: from, to: nil)
        case ("metadata", let key?, .text(let from)?, .text(let to)?): return .metadata(key: key, from: from, to: to)
        case ("protect", nil, .flag(let from)?, .flag(let to)?): return .protect(from: from, to: to)
        default: throw JSONProblem(.value, at: start, "this is no difference of a name, a description, metadata or protection")
        }
    }

    private mutating func side() throws(JSONProblem) -> DifferenceSide {
        return nextIsString() ? .text(try string()) : .flag(try bool())
    }
}

private enum DifferenceSide {
    case text(String)
    case flag(Bool)
}
