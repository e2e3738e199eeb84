import SnapkeepCore

enum BasisField: String, CaseIterable {
    case lineage, serial, first, owner, endpoint
    case projectID = "project_id"
    case refreshed
    case stateDigest = "state_digest"
    case reviewedDigest = "reviewed_digest"

    static let fields = JSONFields<BasisField>()
}

/// The counts of a plan by what it does, in the order in which they are written.
package enum SummaryField: String, CaseIterable {
    case create, adopt, update, replace
    case resume = "await"
    case settle, delete, expire
    case retain = "keep"
    case lost

    static let fields = JSONFields<SummaryField>()
    /// Younger than the format: plans without them are as they were before there was one, and so is their id.
    var isLeftOutWhenZero: Bool { self == .adopt || self == .expire }
}

enum CountField: String, CaseIterable {
    case declared, recorded, unchanged
    case leftOut = "left_out"

    static let fields = JSONFields<CountField>()
}

enum OptionField: String, CaseIterable {
    case prune, recreate
    case onlyChangedByManifest = "only_changed_by_manifest"
    case targets

    static let fields = JSONFields<OptionField>()
}

enum DriftField: String, CaseIterable {
    case key, id, fields

    static let names = JSONFields<DriftField>()
}

extension JSONWriter {
    mutating func value(_ drift: StateRefresh.Drift) {
        beginObject()
        field(DriftField.key.rawValue, drift.key.text)
        field(DriftField.id.rawValue, drift.id.text)
        key(DriftField.fields.rawValue)
        value(drift.fields)
        endObject()
    }

    mutating func value(_ basis: Plan.Basis) {
        beginObject()
        field(BasisField.lineage.rawValue, basis.lineage?.text)
        field(BasisField.serial.rawValue, basis.serial)
        field(BasisField.first.rawValue, basis.isFirst)
        field(BasisField.owner.rawValue, basis.owner)
        field(BasisField.endpoint.rawValue, basis.endpoint)
        field(BasisField.projectID.rawValue, basis.projectID?.text)
        if basis.isRefreshed { field(BasisField.refreshed.rawValue, true) }
        field(BasisField.stateDigest.rawValue, basis.stateDigest)
        field(BasisField.reviewedDigest.rawValue, basis.reviewedDigest)
        endObject()
    }

    mutating func value(_ summary: Plan.Summary) {
        beginObject()
        for name in SummaryField.allCases where !(name.isLeftOutWhenZero && summary[name] == 0) { field(name.rawValue, summary[name]) }
        endObject()
    }
}

extension Plan.Summary {
    fileprivate subscript(name: SummaryField) -> Int {
        switch name {
        case .create: create
        case .adopt: adopt
        case .update: update
        case .replace: replace
        case .resume: resume
        case .settle: settle
        case .delete: delete
        case .expire: expire
        case .retain: retain
        case .lost: lost
        }
    }
}

extension JSONReader {
    mutating func savedPlan() throws(JSONProblem) -> SavedPlan {
        var object = try JSONObject(PlanField.fields, in: &self)
        var id: PlanID?
        var title: String?
        var statePath: String?
        var basis: Plan.Basis?
        var options: Reconciliation.Options?
        var counts: PlanCounts?
        var summary: (values: [Int], offset: Int)?
        var changes: [Change]?
        var places: [SnapshotKey: SavedPlace] = [:]
        var drift: [StateRefresh.Drift] = []
        var findings: [PlacedDiagnostic] = []
        var aliases: [VolumeID: String] = [:]
        var rotations: RotationPlan?
        while let field = try object.next(in: &self) {
            switch field {
            // Both were checked before.
            case .format, .version: try skip()
            case .id: id = try planID()
            case .title: title = try string()
            case .state: statePath = try string()
            case .basis: basis = try self.basis()
            case .options: options = try self.options()
            case .counts: counts = try self.counts()
            case .summary:
                let start = offset
                summary = (try self.summary(), start)
            case .volumes: aliases = try self.aliases()
            case .changedOutside: drift = try self.drift()
            case .rotations: rotations = try rotationPlan()
            case .diagnostics:
                try beginArray()
                while try nextElement() { findings.append(try diagnostic()) }
            // What a command ended with that printed the plan is no part of it.
            case .exitCode: _ = try count()
            case .sizeToCreate, .sizeToDelete: try skip()
            case .changes: changes = try self.changes(&places)
            }
        }
        let numbers = try object.require(counts, .counts)
        let asked = try object.require(options, .options)
        let target = asked.targets.isEmpty ? nil : Plan.Target(patterns: asked.targets.map(\.text), leftOut: numbers.leftOut ?? 0)
        let plan = Plan(
            basis: try object.require(basis, .basis), changes: try object.require(changes, .changes), declaredCount: numbers.declared,
            recordedCount: numbers.recorded, unchangedCount: numbers.unchanged, drift: drift, rotations: rotations, target: target,
            aliases: aliases)
        // What nobody declares lets nothing go: it would stand outside of every limit.
        let names = rotations?.names ?? []
        for case .expire(let record, _) in plan.changes where !names.own(record.key) {
            throw JSONProblem(.value, at: offset, "'\(record.key)' expires, and the plan declares no rotation of its")
        }
        let told = try object.require(summary, .summary)
        if told.values != SummaryField.allCases.map({ plan.summary[$0] }) {
            throw JSONProblem(.value, at: told.offset, "the summary does not agree with the changes")
        }
        var saved = SavedPlan(
            plan: plan, id: id, places: places, title: try object.require(title, .title), statePath: statePath,
            options: asked)
        saved.findings = findings
        return saved
    }

    private mutating func basis() throws(JSONProblem) -> Plan.Basis {
        var object = try JSONObject(BasisField.fields, in: &self)
        var lineage: Lineage?
        var serial: Int?
        var first: Bool?
        var owner: String?
        var endpoint: String?
        var projectID: ProjectID?
        var refreshed = false
        var stateDigest: String?
        var reviewedDigest: String?
        while let field = try object.next(in: &self) {
            switch field {
            case .lineage: lineage = try self.lineage()
            case .serial: serial = try count()
            case .first: first = try bool()
            case .owner: owner = try string()
            case .endpoint: endpoint = try string()
            case .projectID: projectID = try self.projectID()
            case .refreshed: refreshed = try bool()
            case .stateDigest: stateDigest = try string()
            case .reviewedDigest: reviewedDigest = try string()
            }
        }
        return Plan.Basis(
            lineage: lineage, serial: try object.require(serial, .serial), isFirst: try object.require(first, .first), owner: owner,
            endpoint: endpoint, projectID: projectID, isRefreshed: refreshed, stateDigest: stateDigest,
            reviewedDigest: reviewedDigest)
    }

    private mutating func options() throws(JSONProblem) -> Reconciliation.Options {
        var object = try JSONObject(OptionField.fields, in: &self)
        var prune: Bool?
        var recreate = false
        var onlyChangedByManifest = false
        var targets: [GlobPattern] = []
        while let field = try object.next(in: &self) {
            switch field {
            case .prune: prune = try bool()
            case .recreate: recreate = try bool()
            case .onlyChangedByManifest: onlyChangedByManifest = try bool()
            case .targets:
                try beginArray()
                while try nextElement() { targets.append(GlobPattern(try string())) }
            }
        }
        return Reconciliation.Options(
            prune: try object.require(prune, .prune), recreate: recreate, onlyChangedByManifest: onlyChangedByManifest,
            targets: targets)
    }

    private mutating func aliases() throws(JSONProblem) -> [VolumeID: String] {
        var names: [VolumeID: String] = [:]
        try beginArray()
        while try nextElement() {
            let start = offset
            guard case .alias(let alias, let id) = try volumeReference() else {
                throw JSONProblem(.value, at: start, "a volume of the plan has an alias and an id")
            }
            names[id] = alias
        }
        return names
    }

    private mutating func drift() throws(JSONProblem) -> [StateRefresh.Drift] {
        var all: [StateRefresh.Drift] = []
        try beginArray()
        while try nextElement() {
            var object = try JSONObject(DriftField.names, in: &self)
            var key: SnapshotKey?
            var id: SnapshotID?
            var fields: [FieldChange]?
            while let field = try object.next(in: &self) {
                switch field {
                case .key: key = try snapshotKey()
                case .id: id = try snapshotID()
                case .fields: fields = try differences()
                }
            }
            all.append(
                .init(
                    key: try object.require(key, .key), id: try object.require(id, .id), fields: try object.require(fields, .fields)))
        }
        return all
    }

    private mutating func counts() throws(JSONProblem) -> PlanCounts {
        var object = try JSONObject(CountField.fields, in: &self)
        var declared: Int?
        var recorded: Int?
        var unchanged: Int?
        var leftOut: Int?
        while let field = try object.next(in: &self) {
            switch field {
            case .declared: declared = try count()
            case .recorded: recorded = try count()
            case .unchanged: unchanged = try count()
            case .leftOut: leftOut = try count()
            }
        }
        return PlanCounts(
            declared: try object.require(declared, .declared), recorded: try object.require(recorded, .recorded),
            unchanged: try object.require(unchanged, .unchanged), leftOut: leftOut)
    }

    private mutating func summary() throws(JSONProblem) -> [Int] {
        var object = try JSONObject(SummaryField.fields, in: &self)
        var values: [SummaryField: Int] = [:]
        while let field = try object.next(in: &self) { values[field] = try count() }
        var all: [Int] = []
        for field in SummaryField.allCases {
            all.append(try object.require(values[field] ?? (field.isLeftOutWhenZero ? 0 : nil), field))
        }
        return all
    }

    private mutating func changes(
        _ places: inout [SnapshotKey: SavedPlace]
    ) throws(JSONProblem) -> [Change] {
        var changes: [Change] = []
        try beginArray()
        while try nextElement() {
            let (change, place) = try self.change()
            if let place { places[change.key] = place }
            changes.append(change)
        }
        return changes
    }
}

private struct PlanCounts {
    var declared: Int
    var recorded: Int
    var unchanged: Int
    var leftOut: Int?
}
