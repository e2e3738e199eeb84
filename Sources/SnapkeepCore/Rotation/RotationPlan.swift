/// The instant at which rotations are looked at, and what is needed to read a calendar at it: time is an input (P12).
public struct RotationClock: Hashable, Sendable {
    public var now: Timestamp
    /// All zones that the rotations name.
    public var zones: [ZoneName: Zone]
    /// Whether the instant is this machine's: one that was named is not held against the cloud's clock.
    public var isMachineTime: Bool
    /// Why nothing expires; `nil` when the clock may be trusted.
    public var suspension: ExpirySuspension?

    /// A clock of its parts.
    public init(now: Timestamp, zones: [ZoneName: Zone], isMachineTime: Bool = false, suspension: ExpirySuspension? = nil) {
        self.now = now
        self.zones = zones
        self.isMachineTime = isMachineTime
        self.suspension = suspension
    }

    /// The same clock, held against the cloud's.
    ///
    /// - Parameter difference: this machine's time less the cloud's; `nil` where it is not known.
    public func checked(against difference: Duration?) -> RotationClock {
        guard isMachineTime, let difference else { return self }
        var clock = self
        let distance = difference < .zero ? .zero - difference : difference
        if distance > ExpirySuspension.allowedSkew { clock.suspension = suspension ?? .clockDiffers(difference) }
        return clock
    }

    /// The same clock, held against what is remembered: an instant before the last run's cannot be trusted with expiry.
    public func checked(against memory: RotationMemory?) -> RotationClock {
        var clock = self
        if let memory, now < memory.asOf { clock.suspension = suspension ?? .clockWentBack(lastRun: memory.asOf) }
        return clock
    }
}

/// Why nothing expires in a run although it could.
public enum ExpirySuspension: Hashable, Sendable {
    /// The instant lies before the last run that is recorded.
    case clockWentBack(lastRun: Timestamp)
    /// The cloud's clock and this machine's differ by more than `allowedSkew`: by how much, positive when ours is ahead.
    case clockDiffers(Duration)

    /// So far the two clocks may be apart.
    public static let allowedSkew: Duration = .seconds(300)
}

/// What rotations add to a plan.
public struct RotationPlan: Hashable, Sendable {
    /// The instant that the plan is made for, as the zone of the rotations shows it; in UTC where they have several.
    public var now: ZonedTime
    /// What the manifest declares, in its order: a saved plan is carried out without its manifest.
    public var declared: [RotationSpec]
    /// How much is due by the clock and left to another run; `nil` where all of it is part of the plan.
    public var leftOut: Int?
    public var suspension: ExpirySuspension?
    /// By rotation in the manifest's order, and by volume in the rotation's.
    public var standings: [RotationStanding]
    /// The rotations whose rules are others than at the last apply, by name; new ones, too.
    public var edits: [RotationEdit]
    /// The rotations that pick their volumes by a pattern, in the manifest's order.
    public var matches: [RotationMatch]
    /// By what rules snapshots are kept from the apply of this plan on; `nil` while nothing may expire, for then an edit must show again.
    public var rules: [RememberedRotation]?
    /// Whether those differ from what is remembered.
    public var isNew: Bool

    /// A part of its parts.
    public init(
        now: ZonedTime, declared: [RotationSpec], leftOut: Int? = nil, suspension: ExpirySuspension? = nil, standings: [RotationStanding],
        edits: [RotationEdit] = [], matches: [RotationMatch] = [], rules: [RememberedRotation]? = nil, isNew: Bool = false
    ) {
        self.now = now
        self.declared = declared
        self.leftOut = leftOut
        self.suspension = suspension
        self.standings = standings
        self.edits = edits
        self.matches = matches
        self.rules = rules
        self.isNew = isNew && rules != nil
    }
}

/// What the pattern of a rotation picks.
public struct RotationMatch: Hashable, Sendable {
    public var name: RotationName
    /// How many volumes; `nil` where nobody has looked yet.
    public var count: Int?
    /// When the volumes were looked at.
    public var asOf: ZonedTime?

    /// A match of its parts.
    public init(name: RotationName, count: Int?, asOf: ZonedTime?) {
        self.name = name
        self.count = count
        self.asOf = asOf
    }
}

extension Plan {
    /// What the state is to remember from the apply of this plan on: rules that are others than at the last one, and the instant of an apply
    /// that does anything for a rotation. `nil` where there is nothing new, or while nothing may expire.
    public var newMemory: RotationMemory? {
        guard let rotations, let rules = rotations.rules, rotations.isNew || actsOnRotations else { return nil }
        return RotationMemory(asOf: rotations.now.instant, rotations: rules)
    }

    /// Whether it makes or lets go anything for a rotation.
    private var actsOnRotations: Bool {
        changes.contains { change in
            if case .expire = change { return true }
            return change.creation.map { RotationKey($0.key) != nil } ?? false
        }
    }
}

/// A rotation whose rules are others than at the last apply.
public struct RotationEdit: Hashable, Sendable {
    public var name: RotationName
    /// The rules of the last apply; `nil` for a rotation that is new.
    public var former: RetentionRules?
    public var rules: RetentionRules
    /// How many snapshots go that the former rules would keep.
    public var expires: Int

    /// An edit of its parts.
    public init(name: RotationName, former: RetentionRules?, rules: RetentionRules, expires: Int) {
        self.name = name
        self.former = former
        self.rules = rules
        self.expires = expires
    }
}

/// How one rotation and volume stand at the instant of a plan; what is to be done about it stands among the changes.
public struct RotationStanding: Hashable, Sendable {
    public var rotation: RotationName
    public var zone: ZoneName
    public var volume: RotationVolume
    /// The period whose due time came last.
    public var current: PeriodKey
    public var demand: RotationOutlook.Demand
    public var dueSince: ZonedTime
    /// Until when the snapshot of the current period may be begun.
    public var deadline: ZonedTime
    public var nextDue: ZonedTime
    /// When the newest good one was due; `nil` where there is none.
    public var lastGood: ZonedTime?
    /// Since when a good one should have been there that is not; `nil` when all is well.
    public var overdueSince: ZonedTime?
    /// What stays, oldest first.
    public var kept: [Kept]

    /// One snapshot that stays.
    public struct Kept: Hashable, Sendable {
        public var key: SnapshotKey
        public var id: SnapshotID
        public var reasons: [KeepReason]

        /// A snapshot of its parts.
        public init(key: SnapshotKey, id: SnapshotID, reasons: [KeepReason]) {
            self.key = key
            self.id = id
            self.reasons = reasons
        }
    }

    /// A standing of its parts.
    public init(
        rotation: RotationName, zone: ZoneName, volume: RotationVolume, current: PeriodKey, demand: RotationOutlook.Demand,
        dueSince: ZonedTime, deadline: ZonedTime, nextDue: ZonedTime, lastGood: ZonedTime?, overdueSince: ZonedTime?, kept: [Kept]
    ) {
        self.rotation = rotation
        self.zone = zone
        self.volume = volume
        self.current = current
        self.demand = demand
        self.dueSince = dueSince
        self.deadline = deadline
        self.nextDue = nextDue
        self.lastGood = lastGood
        self.overdueSince = overdueSince
        self.kept = kept
    }

    /// What an outlook says, for people and formats.
    ///
    /// - Parameter lost: what the cloud does not have any more stays nowhere.
    public init(_ outlook: RotationOutlook, in zone: Zone, without lost: Set<SnapshotID> = []) {
        self.init(
            rotation: outlook.rotation, zone: zone.name, volume: outlook.volume, current: outlook.current, demand: outlook.demand,
            dueSince: ZonedTime(outlook.dueSince, in: zone), deadline: ZonedTime(outlook.deadline, in: zone),
            nextDue: ZonedTime(outlook.nextDue, in: zone), lastGood: outlook.lastGood.map { ZonedTime($0.due, in: zone) },
            overdueSince: outlook.overdueSince.map { ZonedTime($0, in: zone) },
            kept: outlook.holdings.compactMap { holding in
                guard case .keep(let reasons) = holding.verdict, !lost.contains(holding.record.id) else { return nil }
                return Kept(key: holding.record.key, id: holding.record.id, reasons: reasons)
            })
    }
}

/// Why a snapshot of a rotation goes, and what must hold before it does.
public struct Expiry: Hashable, Sendable {
    public var reason: ExpiryReason
    /// Whether the rules of the last apply would keep it.
    public var isByEdit: Bool
    /// The new snapshot that must be good before this one goes; `nil` where none is due.
    public var after: SnapshotKey?
    /// Kept ones that must be seen to be good before this one goes: with the new one as many as always stay (P13).
    public var guards: [SnapshotID]
    /// Where the volume is full, so that no new one can be made before one goes: what must be seen to be good then. `nil` where the rules
    /// give this one up for the new one only.
    public var guardsWhenFull: [SnapshotID]?

    /// An expiry of its parts.
    public init(
        reason: ExpiryReason, isByEdit: Bool, after: SnapshotKey? = nil, guards: [SnapshotID] = [], guardsWhenFull: [SnapshotID]? = nil
    ) {
        self.reason = reason
        self.isByEdit = isByEdit
        self.after = after
        self.guards = guards
        self.guardsWhenFull = guardsWhenFull
    }
}
