/// One snapshot of a rotation and a volume, as the rules see it.
public struct RotationSnapshot: Hashable, Sendable {
    public var period: PeriodKey
    public var standing: Standing

    /// What a snapshot counts for.
    public enum Standing: Hashable, Sendable {
        /// Available: it counts, and may go.
        case good
        /// It counts, and stays whatever the rules say.
        case kept(RetentionHold)
        /// It does not count, and nothing is done with it yet: not finished, or in a status that nobody knows.
        case unfinished
        /// It failed: it never counts.
        case failed
        /// It does not count and stays: it does not carry our stamp, or the cloud does not have it any more.
        case ignored
        /// An earlier run began to delete it: it does not count any more, and goes.
        case leaving
    }

    /// A snapshot of its parts.
    public init(period: PeriodKey, standing: Standing) {
        self.period = period
        self.standing = standing
    }

    /// Whether it counts.
    var isGood: Bool {
        switch standing {
        case .good, .kept: true
        case .unfinished, .failed, .ignored, .leaving: false
        }
    }
}

/// What holds a snapshot that the rules would let go. The raw values are the words of the machine-readable formats.
public enum RetentionHold: String, Hashable, Sendable {
    /// `protect: true` stands in its record.
    case protected
    /// A volume hangs on it, or the cloud is busy with it.
    case inUse = "in_use"
}

/// Why a snapshot of a rotation is kept.
public enum KeepReason: Hashable, Sendable {
    /// It is the one of its bucket; buckets are counted from the newest, which is 1.
    case bucket(RetentionBucket, Int)
    /// The oldest there is, while the count of a rule is not used up.
    case oldest(RetentionBucket)
    /// One of the newest good ones, which always stay.
    case minGood
    case held(RetentionHold)
    /// Its period is still to come: the clock was set back, or another machine's is ahead.
    case future
    case unfinished
    /// It failed, and its period has no good one yet.
    case failed
    /// It does not carry our stamp, or the cloud does not have it any more.
    case ignored
    /// The rotation is paused.
    case paused
    /// Nothing expires in this run: the clock cannot be trusted.
    case clock
}

/// Why a snapshot of a rotation goes.
public enum ExpiryReason: Hashable, Sendable {
    /// No rule keeps it: what each of them, from the finest on, keeps instead.
    case beyond([Surpassed])
    /// Older than `max_age`.
    case tooOld(Duration)
    /// It failed, and its period has a good one or is over.
    case failed
    /// An earlier run began to delete it.
    case begun

    /// One rule that does not keep it.
    public struct Surpassed: Hashable, Sendable {
        public var bucket: RetentionBucket
        /// How many of the kind are kept.
        public var count: Int
        /// The one that is kept of the same bucket; `nil` when the bucket is beyond the count.
        public var keeper: PeriodKey?

        /// A rule of its parts.
        public init(bucket: RetentionBucket, count: Int, keeper: PeriodKey?) {
            self.bucket = bucket
            self.count = count
            self.keeper = keeper
        }
    }
}

/// What becomes of one snapshot.
public enum RetentionVerdict: Hashable, Sendable {
    case keep([KeepReason])
    case expire(ExpiryReason)

    public var isExpiry: Bool { if case .expire = self { true } else { false } }
}

extension RetentionRules {
    /// Decides on all snapshots of one rotation and volume. It depends on nothing but its arguments.
    ///
    /// - Parameters:
    ///   - snapshots: in any order; there may be two of one period.
    ///   - schedule: tells when periods are due, which is how old a snapshot counts.
    /// - Returns: a verdict for each, in the same order.
    public func verdicts(
        on snapshots: [RotationSnapshot], schedule: RotationSchedule, zone: Zone, now: Timestamp
    ) -> [RetentionVerdict] {
        let dated = snapshots.map { DatedSnapshot($0, schedule, zone) }
        // Oldest first; of two of one period the first that was given counts as the older.
        let order = dated.indices.filter { dated[$0].snapshot.isGood && dated[$0].due <= now }
            .sorted { (dated[$0].due, $0) < (dated[$1].due, $1) }
        let good = order.map { dated[$0] }
        var reasons = [[KeepReason]](repeating: [], count: snapshots.count)
        var keepers: [RetentionBucket: [Int: PeriodKey]] = [:]
        for (bucket, count) in counts.sorted(by: { $0.key < $1.key }) {
            keepers[bucket] = [:]
            eachChoice(of: bucket, count, among: good) { place, reason in
                reasons[order[place]].append(reason)
                if case .bucket = reason { keepers[bucket]![good[place].bucket(bucket)] = good[place].snapshot.period }
            }
        }
        if let maxAge {
            for index in order where now.since(dated[index].due) > maxAge { reasons[index] = [] }
        }
        for index in order.suffix(minGood) where reasons[index].isEmpty { reasons[index] = [.minGood] }
        let goodPeriods = Set(good.map(\.snapshot.period))
        let current = schedule.current(at: now, in: zone)
        return zip(dated, reasons).map { one, reasons in
            switch one.snapshot.standing {
            case .unfinished: return .keep([.unfinished])
            case .ignored: return .keep([.ignored])
            case .leaving: return .expire(.begun)
            case .good, .kept:
                if one.due > now { return .keep([.future]) }
                if !reasons.isEmpty { return .keep(reasons) }
                if case .kept(let hold) = one.snapshot.standing { return .keep([.held(hold)]) }
                if let maxAge, now.since(one.due) > maxAge { return .expire(.tooOld(maxAge)) }
                return .expire(.beyond(surpassed { keepers[$0]?[one.bucket($0)] }))
            case .failed:
                if one.due > now { return .keep([.future]) }
                let isOver = one.snapshot.period != current || now > schedule.deadline(of: current, in: zone)
                return isOver || goodPeriods.contains(one.snapshot.period) ? .expire(.failed) : .keep([.failed])
            }
        }
    }

    /// Lets one rule choose among the good ones.
    ///
    /// - Parameters:
    ///   - good: oldest first.
    ///   - choose: takes the place of one that is chosen, and why; from the newest on.
    @inline(__always)
    func eachChoice(
        of bucket: RetentionBucket, _ count: Int, among good: [DatedSnapshot], _ choose: (_ place: Int, KeepReason) -> Void
    ) {
        var number = 0
        var end = good.endIndex
        var chosen: Int?
        while end > 0, number < count {
            let id = good[end - 1].bucket(bucket)
            var start = end - 1
            while start > 0, good[start - 1].bucket(bucket) == id { start -= 1 }
            number += 1
            chosen = prefer == .last ? end - 1 : start
            choose(chosen!, .bucket(bucket, number))
            end = start
        }
        if number < count, !good.isEmpty, chosen != 0 { choose(0, .oldest(bucket)) }
    }

    /// What the rules keep instead of one that goes.
    ///
    /// - Parameter keeper: who is kept of the same bucket.
    func surpassed(keeper: (RetentionBucket) -> PeriodKey?) -> [ExpiryReason.Surpassed] {
        counts.sorted { $0.key < $1.key }.map { bucket, count in .init(bucket: bucket, count: count, keeper: keeper(bucket)) }
    }
}

/// A snapshot with what its period means in the calendar.
struct DatedSnapshot {
    let snapshot: RotationSnapshot
    let due: Timestamp
    /// The number of the bucket for each kind.
    private let day: Int
    private let week: Int
    private let month: Int

    init(_ snapshot: RotationSnapshot, _ schedule: RotationSchedule, _ zone: Zone) {
        (self.snapshot, due) = (snapshot, schedule.dueTime(of: snapshot.period, in: zone))
        let date = snapshot.period.representativeDay(in: zone)
        day = date.daysSinceEpoch
        week = (date.daysSinceEpoch + 3).dividedDown(by: 7)
        let parts = date.parts
        month = parts.year * 12 + parts.month - 1
    }

    func bucket(_ bucket: RetentionBucket) -> Int {
        switch bucket {
        // Two of one period are one copy.
        case .last: Int(due.microseconds / 1_000_000)
        // What is made less often than each hour is alone in its hour.
        case .hourly: if case .hour(let hours) = snapshot.period { hours } else { Int(due.microseconds / 3_600_000_000) }
        case .daily: day
        case .weekly: week
        case .monthly: month
        case .yearly: month.dividedDown(by: 12)
        }
    }
}
