/// What the clock and the rules ask of one rotation and one of its volumes at one instant. Pure: equal inputs give equal outlooks (P12).
public struct RotationOutlook: Hashable, Sendable {
    public var rotation: RotationName
    public var volume: RotationVolume
    /// The period whose due time came last, and that time.
    public var current: PeriodKey
    public var dueSince: Timestamp
    /// Until when the snapshot of the current period may be begun.
    public var deadline: Timestamp
    public var nextDue: Timestamp
    public var demand: Demand
    /// What there is, oldest first.
    public var holdings: [Holding]

    /// What the current period asks for.
    public enum Demand: String, Hashable, Sendable, CaseIterable {
        /// The period has a good one.
        case met
        /// One is under way: begun, and not yet good.
        case underWay = "under_way"
        /// One is to be made.
        case due
        /// Too late: nothing is made up for.
        case missed
        case paused
    }

    /// One snapshot and what becomes of it.
    public struct Holding: Hashable, Sendable {
        public var record: SnapshotRecord
        public var period: PeriodKey
        /// When its period was due: how old it counts.
        public var due: Timestamp
        public var verdict: RetentionVerdict
        /// Whether the rules of the last apply would keep it: only the edit of the rotation lets it go.
        public var isByEdit: Bool
        /// Whether it counts as a copy.
        public var isGood: Bool

        /// Whether it is good and its time has come: what is dated in the future never counts.
        var countsAsCopy: Bool { isGood && verdict != .keep([.future]) }

        /// A holding of its parts.
        public init(
            record: SnapshotRecord, period: PeriodKey, due: Timestamp, verdict: RetentionVerdict, isByEdit: Bool = false, isGood: Bool
        ) {
            self.record = record
            self.period = period
            self.due = due
            self.verdict = verdict
            self.isByEdit = isByEdit
            self.isGood = isGood
        }
    }

    /// How much the clock asks for: the snapshot that is due, and what goes as a matter of routine.
    var dueCount: Int { (demand == .due ? 1 : 0) + holdings.count { $0.verdict.isExpiry && !$0.isByEdit } }

    /// The newest good one.
    public var lastGood: Holding? { holdings.last(where: \.countsAsCopy) }

    /// The newest kept good ones, oldest first, that with so many others make up what always stays.
    func guards(besides others: Int, of minGood: Int) -> [SnapshotID] {
        holdings.filter { $0.countsAsCopy && !$0.verdict.isExpiry }.suffix(max(0, minGood - others)).map(\.record.id)
    }

    /// Since when the rotation has had no good one that it should have: the deadline of the first period without one after the last good one.
    /// `nil` when all is well, or while that snapshot may still be made.
    public var overdueSince: Timestamp?
}

/// The snapshots of one rotation and volume, and what else its outlook follows from.
public struct RotationInput: Sendable {
    public var spec: RotationSpec
    public var volume: RotationVolume
    /// In any order, with their periods.
    public var records: [(record: SnapshotRecord, period: PeriodKey)]
    /// Creations of which nobody knows yet what became of them.
    public var openPeriods: Set<PeriodKey>
    /// The rules of the last apply; `nil` where there was none: then everything that goes, goes by an edit.
    public var remembered: RememberedRotation?
    /// The last apply did not keep them under the rules that are remembered: what goes of them goes by an edit.
    public var unknown: Set<SnapshotID>
    /// The cloud does not have them any more, or somebody else is deleting them.
    public var lost: Set<SnapshotID>
    /// They do not carry our stamp any more: they are neither counted nor touched.
    public var foreign: Set<SnapshotID>
    /// Whether the clock may be trusted with expiry.
    public var mayExpire: Bool

    /// An input of its parts.
    public init(
        spec: RotationSpec, volume: RotationVolume, records: [(record: SnapshotRecord, period: PeriodKey)] = [],
        openPeriods: Set<PeriodKey> = [], remembered: RememberedRotation? = nil, unknown: Set<SnapshotID> = [],
        lost: Set<SnapshotID> = [], foreign: Set<SnapshotID> = [], mayExpire: Bool = true
    ) {
        self.spec = spec
        self.volume = volume
        self.records = records
        self.openPeriods = openPeriods
        self.remembered = remembered
        self.unknown = unknown
        self.lost = lost
        self.foreign = foreign
        self.mayExpire = mayExpire
    }

    /// The outlook at an instant.
    ///
    /// - Parameter expectsNew: whether the snapshot that is due counts as good already, as it will once it is made; the plan shows what goes
    ///   then. Nothing goes before it is good (P13).
    public func outlook(at now: Timestamp, in zone: Zone, expectsNew: Bool) -> RotationOutlook {
        let schedule = spec.schedule
        let current = schedule.current(at: now, in: zone)
        let deadline = schedule.deadline(of: current, in: zone)
        // Of two of one period the older one counts before the younger; what has no date is the youngest.
        let due = records.map { schedule.dueTime(of: $0.period, in: zone) }
        let order = records.indices.sorted { left, right in
            if due[left] != due[right] { return due[left] < due[right] }
            let (left, right) = (records[left].record, records[right].record)
            return (right.createdAt?.microseconds ?? .max, right.id) < (left.createdAt?.microseconds ?? .max, left.id)
        }
        let snapshots = order.map { RotationSnapshot(period: records[$0].period, standing: standing(of: records[$0].record)) }
        let demand = demand(current, deadline, snapshots, isForeign: order.map { foreign.contains(records[$0].record.id) }, now)
        var expected = snapshots
        if expectsNew, demand == .due || demand == .underWay {
            // What is under way counts as what it is to become; it has no verdict but that it is awaited.
            let place = snapshots.indices.first { snapshots[$0].period == current && snapshots[$0].standing == .unfinished }
            let new = RotationSnapshot(period: current, standing: .good)
            if let place { expected[place] = new } else { expected.append(new) }
        }
        let verdicts = spec.rules.verdicts(on: expected, schedule: schedule, zone: zone, now: now)
        // What the remembered rules would let go as well is routine; mostly they are the same.
        let former = remembered.map { remembered in
            remembered.rules == spec.rules ? verdicts : remembered.rules.verdicts(on: expected, schedule: schedule, zone: zone, now: now)
        }
        let holdings = zip(order.indices, order).map { index, place in
            let (record, period) = records[place]
            let verdict = snapshots[index].standing == .unfinished ? .keep([.unfinished]) : restrained(verdicts[index])
            let isRoutine =
                former?[index].isExpiry ?? false && !unknown.contains(record.id) || snapshots[index].standing == .failed
                || snapshots[index].standing == .leaving
            return RotationOutlook.Holding(
                record: record, period: period, due: due[place], verdict: verdict, isByEdit: verdict.isExpiry && !isRoutine,
                isGood: snapshots[index].isGood)
        }
        return RotationOutlook(
            rotation: spec.name, volume: volume, current: current, dueSince: schedule.dueTime(of: current, in: zone), deadline: deadline,
            nextDue: schedule.dueTime(of: current.next, in: zone), demand: demand, holdings: holdings,
            overdueSince: overdueSince(demand, holdings.last(where: \.countsAsCopy)?.period, deadline, zone, now))
    }

    private func overdueSince(
        _ demand: RotationOutlook.Demand, _ lastGood: PeriodKey?, _ deadline: Timestamp, _ zone: Zone, _ now: Timestamp
    ) -> Timestamp? {
        if demand == .met || demand == .paused { return nil }
        // Without any good one it is late from the first period on that came after its first apply.
        guard let lastGood else {
            guard let since = remembered?.since else { return nil }
            let first = spec.schedule.deadline(of: spec.schedule.current(at: since, in: zone).next, in: zone)
            return now > first ? first : nil
        }
        let first = lastGood.unit == spec.schedule.unit ? spec.schedule.deadline(of: lastGood.next, in: zone) : deadline
        return now > first ? first : nil
    }

    private func restrained(_ verdict: RetentionVerdict) -> RetentionVerdict {
        guard verdict.isExpiry else { return verdict }
        if spec.isPaused { return .keep([.paused]) }
        return mayExpire ? verdict : .keep([.clock])
    }

    private func standing(of record: SnapshotRecord) -> RotationSnapshot.Standing {
        if record.status == .deleting { return .leaving }
        if lost.contains(record.id) || foreign.contains(record.id) { return .ignored }
        switch record.status {
        case .available: return record.protect ? .kept(.protected) : .good
        // Whole, and the cloud works with it.
        case .backingUp, .restoring, .rollingBack: return .kept(.inUse)
        case .error: return record.protect ? .ignored : .failed
        case .creating, .other: return .unfinished
        case .deleting, .errorDeleting: return .ignored
        }
    }

    private func demand(
        _ current: PeriodKey, _ deadline: Timestamp, _ snapshots: [RotationSnapshot], isForeign: [Bool], _ now: Timestamp
    ) -> RotationOutlook.Demand {
        let ofPeriod = snapshots.indices.filter { snapshots[$0].period == current }
        // One that somebody took our stamp from is still there.
        if ofPeriod.contains(where: { snapshots[$0].isGood || isForeign[$0] }) { return .met }
        if spec.isPaused { return .paused }
        if openPeriods.contains(current) || ofPeriod.contains(where: { snapshots[$0].standing == .unfinished }) { return .underWay }
        if now > deadline { return .missed }
        return .due
    }
}
