/// What a rotation makes of one volume in a stretch of time, and what is left of it at the end.
public struct Simulation: Hashable, Sendable {
    /// What was there before and what was made, the oldest first.
    public var snapshots: [SimulatedSnapshot]
    /// The days on which a snapshot was due and no run came, in their order.
    public var missedDays: [CivilDate]
    /// The most snapshots at once: a new one is there before old ones go.
    public var peak: Int
    /// When there were as many for the first time.
    public var peakAt: Timestamp

    /// A simulation of its parts.
    public init(snapshots: [SimulatedSnapshot], missedDays: [CivilDate] = [], peak: Int, peakAt: Timestamp) {
        self.snapshots = snapshots
        self.missedDays = missedDays
        self.peak = peak
        self.peakAt = peakAt
    }

    /// What is left at the end, the oldest first.
    public var kept: [SimulatedSnapshot] { snapshots.filter(\.isKept) }
}

/// One snapshot of a simulation.
public struct SimulatedSnapshot: Hashable, Sendable {
    public var period: PeriodKey
    /// When it was due; it is made at that instant, unless it was there before.
    public var due: Timestamp
    /// The day of that instant in the rotation's zone.
    public var day: CivilDate
    /// Whether it was there before the simulation began.
    public var isRecorded: Bool
    public var fate: Fate

    /// What became of it.
    public enum Fate: Hashable, Sendable {
        /// It is there at the end, and why; without a reason where no run came that would have let it go.
        case kept([KeepReason])
        /// The reason is there where the simulation was asked for it.
        case expired(at: Timestamp, ExpiryReason?)
    }

    /// A snapshot of its parts.
    public init(period: PeriodKey, due: Timestamp, day: CivilDate, isRecorded: Bool = false, fate: Fate) {
        self.period = period
        self.due = due
        self.day = day
        self.isRecorded = isRecorded
        self.fate = fate
    }

    public var isKept: Bool { if case .kept = fate { true } else { false } }
}

/// The days that a simulation is about. Each rotation takes them as days of its own zone.
public struct SimulationSpan: Hashable, Sendable {
    public var from: CivilDate
    /// The last day.
    public var until: CivilDate
    /// Days without any run.
    public var missed: [ClosedRange<CivilDate>]

    /// A span of its parts.
    public init(from: CivilDate, until: CivilDate, missed: [ClosedRange<CivilDate>] = []) {
        self.from = from
        self.until = until
        self.missed = missed
    }

    /// When the first day begins.
    func start(in zone: Zone) -> Timestamp { zone.instant(of: from, minute: 0) }

    /// The last instant of the last day.
    func end(in zone: Zone) -> Timestamp { zone.instant(of: until + 1, minute: 0) - .microseconds(1) }

    func isMissed(_ day: CivilDate) -> Bool { missed.contains { $0.contains(day) } }
}

extension RotationSpec {
    /// Plays the rotation's runs over a span of days: one at the beginning, one at each due time, one whenever a snapshot grows too old, and
    /// one at the end. Runs that come more often find nothing to do. All that is made is good at once. It depends on nothing but its
    /// arguments (P12).
    ///
    /// - Parameters:
    ///   - recorded: what is there at the beginning, in any order; what is no copy is left out.
    ///   - explains: whether the reasons of what expires are found, too: they are most of the work, and of the memory.
    public func simulated(
        _ span: SimulationSpan, in zone: Zone, beginningWith recorded: [RotationSnapshot] = [], explains: Bool = true
    ) -> Simulation {
        var run = SimulationRun(self, span, zone, recorded, explains: explains)
        return run.play()
    }
}
