import SnapkeepCore

/// Brings together what plan, records and manifest say of each volume.
struct ReportVolumes {
    private enum Identity: Hashable {
        case id(VolumeID)
        /// Known by name only.
        case label(String)
    }

    private var volumes: [ReportVolume] = []
    private var places: [Identity: Int] = [:]
    private let names: [VolumeID: String]
    private let ids: [String: VolumeID]
    private let recordsByID: [SnapshotID: SnapshotRecord]

    /// All volumes: those that need somebody first, else in the order of the manifest.
    static func all(_ page: ReportPage) -> [ReportVolume] {
        var gathering = ReportVolumes(page)
        gathering.gather(page)
        return gathering.volumes.enumerated().sorted { left, right in
            let (leftRank, rightRank) = (rank(left.element), rank(right.element))
            return (leftRank, left.offset) < (rightRank, right.offset)
        }.map(\.element)
    }

    private static func rank(_ volume: ReportVolume) -> Int { volume.verdict.needsAttention ? volume.verdict.rawValue : .max }

    private init(_ page: ReportPage) {
        let records = (page.state?.records ?? []) + (page.state?.superseded ?? [])
        recordsByID = Dictionary(records.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var names = page.manifest.aliases
        // Which volume bears a name of the cloud the records tell.
        for row in page.rows {
            guard case .named(let alias, _) = row.volume, let id = row.record?.volumeID else { continue }
            if names[id] == nil { names[id] = alias }
        }
        for standing in page.plan.rotations?.standings ?? [] {
            guard case .named(let alias, _) = standing.volume.reference else { continue }
            let known = standing.kept.lazy.compactMap { [recordsByID] kept in recordsByID[kept.id]?.volumeID }
            if let id = known.first, names[id] == nil { names[id] = alias }
        }
        self.names = names
        ids = Dictionary(names.sorted { $0.key < $1.key }.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
    }

    private mutating func gather(_ page: ReportPage) {
        var reasons = SnapshotReasons(page)
        for standing in page.plan.rotations?.standings ?? [] {
            let place = self.place(of: standing.volume.reference, label: standing.volume.label)
            volumes[place].standings.append(standing)
        }
        for row in page.rows {
            let place = self.place(of: row.record.map { .id($0.volumeID) } ?? row.volume)
            if let snapshot = reasons.snapshot(of: row) { volumes[place].snapshots.append(snapshot) }
        }
        for record in (page.state?.records ?? []) + (page.state?.superseded ?? []) {
            guard let snapshot = reasons.snapshot(of: record) else { continue }
            volumes[place(of: .id(record.volumeID))].snapshots.append(snapshot)
        }
        for change in page.plan.changes {
            guard let (snapshot, volume) = reasons.planned(change) else { continue }
            volumes[place(of: volume)].snapshots.append(snapshot)
        }
        for index in volumes.indices {
            // What has no time is still to come.
            volumes[index].snapshots.sort { left, right in
                let (leftTime, rightTime) = (left.record?.createdAt?.microseconds ?? .max, right.record?.createdAt?.microseconds ?? .max)
                return (leftTime, left.key) < (rightTime, right.key)
            }
        }
    }

    private mutating func place(of reference: VolumeReference, label: String? = nil) -> Int {
        let (id, name): (VolumeID?, String)
        switch reference {
        case .id(let volume): (id, name) = (volume, names[volume] ?? label ?? volume.text)
        case .alias(let alias, let volume): (id, name) = (volume, alias)
        case .named(let alias, _): (id, name) = (ids[alias], alias)
        }
        let identity = id.map(Identity.id) ?? .label(name)
        if let place = places[identity] { return place }
        places[identity] = volumes.count
        volumes.append(ReportVolume(label: name, id: id))
        return volumes.count - 1
    }
}

/// Says of each snapshot how it stands and why, each once.
private struct SnapshotReasons {
    private var told: Set<SnapshotID> = []
    private var toldKeys: Set<SnapshotKey> = []
    private let changes: [SnapshotID: Change]
    private let kept: [SnapshotID: [KeepReason]]
    private let drift: [SnapshotID: [String]]
    private let standings: [SnapshotKey: RotationStanding]
    private let shortIDs: ShortIDs
    private let words: [String]

    init(_ page: ReportPage) {
        words = page.words
        var changes: [SnapshotID: Change] = [:]
        for change in page.plan.changes { if let id = change.recordID { changes[id] = change } }
        self.changes = changes
        let standings = page.plan.rotations?.standings ?? []
        kept = Dictionary(standings.flatMap(\.kept).map { ($0.id, $0.reasons) }, uniquingKeysWith: { first, _ in first })
        drift = Dictionary(page.plan.drift.map { ($0.id, $0.fields.map(\.label)) }, uniquingKeysWith: { first, _ in first })
        self.standings = Dictionary(
            standings.compactMap { standing in
                RotationKey(rotation: standing.rotation, volume: standing.volume.label, period: standing.current).snapshotKey.map {
                    ($0, standing)
                }
            }, uniquingKeysWith: { first, _ in first })
        shortIDs = ShortIDs(of: page.plan)
    }

    /// What a row of `status` says, where no record does.
    mutating func snapshot(of row: StatusRow) -> ReportSnapshot? {
        if let record = row.record { return snapshot(of: record, row) }
        guard toldKeys.insert(row.key).inserted else { return nil }
        let reason =
            switch row.standing {
            case .notMade: "an apply makes it"
            case .notAdopted(let id): PlanRows.words(adopting: id.text, nil)
            case .unrecorded: "the cloud has one with our stamp: run `snapkeep recover`".leading(to: words)
            case .halfRenamed(let old): "a rename from \(VisibleText.escaped(old.text)) was cut short"
            case .unsettled: "an earlier run may have made it; the next apply finds out"
            case .present, .lost: ""
            }
        return ReportSnapshot(
            key: row.key, mark: row.standing == .unsettled ? .unfinished : .planned, state: row.standing.words, reason: reason)
    }

    mutating func snapshot(of record: SnapshotRecord, _ row: StatusRow? = nil) -> ReportSnapshot? {
        guard told.insert(record.id).inserted else { return nil }
        toldKeys.insert(record.key)
        var (mark, state) = (ReportSnapshot.Mark.good, VisibleText.escaped(record.status.description))
        switch record.status {
        case .available, .backingUp, .restoring, .rollingBack: break
        case .creating, .deleting, .other: mark = .unfinished
        case .error, .errorDeleting: mark = .bad
        }
        var reasons: [String] = []
        switch changes[record.id] {
        case .expire(_, let expiry):
            if mark != .bad { mark = .leaving }
            reasons.append("expires: \(RotationWords.words(expiry.reason, of: RotationKey(record.key)?.period))")
        case .delete(_, .gone):
            (mark, state) = (.bad, StatusRow.Standing.lost(.gone).words)
            reasons.append("gone from the cloud; an apply drops its record")
        case .delete(_, let origin):
            if mark != .bad { mark = .leaving }
            reasons.append("to be deleted: \(PlanRows.words(deleting: origin, record))")
        case .lost(_, let spec, let loss):
            (mark, state) = (.bad, StatusRow.Standing.lost(loss).words)
            reasons.append(PlanRows.words(losing: record, spec, loss).dropFirst().joined(separator: "; ").leading(to: words))
        case .retain(_, let reason): reasons.append(PlanRows.words(retaining: record, reason, shortIDs).leading(to: words))
        case .replace(_, _, let reason, let prune):
            if case .lost(let loss) = reason { (mark, state) = (.bad, StatusRow.Standing.lost(loss).words) }
            reasons.append("to be replaced: \(PlanRows.words(replacing: record, reason, prune: prune))")
        case .resume(_, _, let fields): reasons.append(PlanRows.words(resuming: record, fields))
        case .update(_, _, let fields):
            let edited = fields.map { VisibleText.escaped($0.label) }.joined(separator: ", ")
            reasons.append("to be changed in place: \(edited)")
        case .create, .adopt, .settle, nil: break
        }
        // Of what is lost the state says it already.
        if let kept = kept[record.id], mark != .bad || kept != [.ignored] { reasons.append("kept: \(RotationWords.words(kept))") }
        if let fields = drift[record.id] {
            if mark == .good { mark = .changed }
            reasons.append("changed outside: \(fields.map(VisibleText.escaped).joined(separator: ", "))")
        }
        if reasons.isEmpty { reasons.append(row?.isDeclared == true ? "declared" : "recorded") }
        if record.protect { reasons.append("protected") }
        return ReportSnapshot(key: record.key, record: record, mark: mark, state: state, reason: reasons.joined(separator: "; "))
    }

    /// What an apply would make, where no row says so: rotations have none.
    mutating func planned(_ change: Change) -> (ReportSnapshot, VolumeReference)? {
        switch change {
        case .create(let spec):
            guard toldKeys.insert(spec.key).inserted else { return nil }
            let reason = standings[spec.key].map(RotationWords.words(due:)) ?? "an apply makes it"
            return (ReportSnapshot(key: spec.key, mark: .planned, state: "due", reason: reason), spec.volume)
        case .settle(let intent, let spec):
            guard toldKeys.insert(intent.key).inserted else { return nil }
            let words = PlanRows.words(settling: intent, spec)
            return (
                ReportSnapshot(key: intent.key, mark: .unfinished, state: "not settled", reason: words),
                spec?.volume ?? .id(intent.volumeID)
            )
        case .adopt, .update, .replace, .resume, .delete, .expire, .retain, .lost: return nil
        }
    }
}

extension Change {
    /// The recorded snapshot that it is about.
    fileprivate var recordID: SnapshotID? {
        switch self {
        case .create, .adopt, .settle: nil
        case .update(_, let record, _), .replace(_, let record, _, _), .resume(_, let record, _), .delete(let record, _),
            .expire(let record, _), .retain(let record, _), .lost(let record, _, _):
            record.id
        }
    }
}
