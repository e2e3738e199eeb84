/// Plays the runs of one rotation and volume. What is held at a time is little, whatever the length of the span: each run costs as much as its
/// rules look at, and reasons are found only for what is left at the end, and where that is asked for also for what goes.
struct SimulationRun {
    private let spec: RotationSpec
    private let span: SimulationSpan
    private let zone: Zone
    private let explains: Bool
    private var snapshots: [SimulatedSnapshot] = []
    /// What is there and due, the oldest first; beside each its place among `snapshots`.
    private var held: [DatedSnapshot] = []
    private var places: [Int] = []
    /// Recorded ones of periods that are still to come, the oldest first.
    private var future: [(dated: DatedSnapshot, place: Int)] = []
    private var missedDays: [CivilDate] = []
    private var peak: Int
    private var peakAt: Timestamp
    private var lastRun: Timestamp?
    /// Up to here it was looked at who has grown too old.
    private var agedUntil: Timestamp

    init(_ spec: RotationSpec, _ span: SimulationSpan, _ zone: Zone, _ recorded: [RotationSnapshot], explains: Bool) {
        (self.spec, self.span, self.zone, self.explains) = (spec, span, zone, explains)
        peakAt = span.start(in: zone)
        agedUntil = peakAt
        let dated = recorded.filter(\.isGood).map { DatedSnapshot($0, spec.schedule, zone) }
        peak = dated.count
        for (place, index) in dated.indices.sorted(by: { (dated[$0].due, $0) < (dated[$1].due, $1) }).enumerated() {
            let one = dated[index]
            snapshots.append(
                SimulatedSnapshot(
                    period: one.snapshot.period, due: one.due, day: zone.date(at: one.due), isRecorded: true, fate: .kept([])))
            future.append((one, place))
        }
    }

    mutating func play() -> Simulation {
        let (start, end) = (span.start(in: zone), span.end(in: zone))
        var period = spec.schedule.current(at: start, in: zone)
        if spec.schedule.dueTime(of: period, in: zone) < start { period = period.next }
        // What is there too much at the beginning goes with the first run.
        var first = snapshots.isEmpty ? nil : firstRun(from: start)
        while true {
            let due = spec.schedule.dueTime(of: period, in: zone)
            if let run = first, run <= end, run < due {
                expire(at: run)
                first = nil
            }
            expireByAge(before: min(due, end))
            guard due <= end else { break }
            let day = zone.date(at: due)
            if spec.isPaused {
                // No run of a paused rotation does anything.
            } else if !span.isMissed(day) {
                make(period, due, day)
                expire(at: due)
            } else if missedDays.last != day {
                missedDays.append(day)
            }
            period = period.next
        }
        if !span.isMissed(span.until) { expire(at: end) }
        tellReasons(end)
        if snapshots.contains(where: \.isRecorded) { snapshots.sort { $0.due < $1.due } }
        return Simulation(snapshots: snapshots, missedDays: missedDays, peak: peak, peakAt: peakAt)
    }

    /// Makes the snapshot of a period, unless it is there.
    private mutating func make(_ period: PeriodKey, _ due: Timestamp, _ day: CivilDate) {
        takeDue(at: due)
        var last = held.endIndex
        while last > 0, held[last - 1].due >= due {
            last -= 1
            if held[last].snapshot.period == period { return }
        }
        held.append(DatedSnapshot(RotationSnapshot(period: period, standing: .good), spec.schedule, zone))
        places.append(snapshots.count)
        snapshots.append(SimulatedSnapshot(period: period, due: due, day: day, fate: .kept([])))
        if held.count + future.count > peak {
            peak = held.count + future.count
            peakAt = due
        }
    }

    private mutating func takeDue(at now: Timestamp) {
        while let next = future.first, next.dated.due <= now {
            held.append(next.dated)
            places.append(next.place)
            future.removeFirst()
        }
    }

    /// The runs that find a snapshot which has just become older than `max_age`, or has become so on days without runs.
    private mutating func expireByAge(before limit: Timestamp) {
        guard let maxAge = spec.rules.maxAge, !spec.isPaused else { return }
        while true {
            takeDue(at: agedUntil)
            // Whoever was too old at the last look has stayed for another reason.
            let next = held.lazy.map { $0.due + maxAge + .microseconds(1) }.first { [agedUntil] in $0 > agedUntil }
            guard let next, case let run = firstRun(from: next), run < limit else { return }
            expire(at: run)
        }
    }

    /// The instant itself, or the end of the days without runs that it falls into.
    private func firstRun(from instant: Timestamp) -> Timestamp {
        var day = zone.date(at: instant)
        guard span.isMissed(day) else { return instant }
        while span.isMissed(day) { day = day + 1 }
        return zone.instant(of: day, minute: 0)
    }

    private mutating func expire(at now: Timestamp) {
        if spec.isPaused { return }
        takeDue(at: now)
        (lastRun, agedUntil) = (now, now)
        let stays = spec.rules.stays(held, now: now)
        guard stays.contains(false) else { return }
        for index in held.indices where !stays[index] {
            let reason = explains ? spec.rules.expiry(of: held[index], among: held, now: now) : nil
            snapshots[places[index]].fate = .expired(at: now, reason)
        }
        for index in held.indices.reversed() where !stays[index] {
            held.remove(at: index)
            places.remove(at: index)
        }
    }

    /// Why that stays which is left: as the last run saw it.
    private mutating func tellReasons(_ end: Timestamp) {
        let now = lastRun ?? end
        let left = zip(held, places).map { ($0.snapshot, $1) } + future.map { ($0.dated.snapshot, $0.place) }
        let verdicts = spec.rules.verdicts(on: left.map(\.0), schedule: spec.schedule, zone: zone, now: now)
        for ((_, place), verdict) in zip(left, verdicts) {
            switch verdict {
            case .keep(let reasons): snapshots[place].fate = .kept(reasons)
            // Only where no run ever came, or none of a paused rotation does anything.
            case .expire: snapshots[place].fate = .kept(spec.isPaused ? [.paused] : [])
            }
        }
    }
}

extension RetentionRules {
    /// Which good ones stay: what `verdicts` says, without the reasons.
    ///
    /// - Parameter good: oldest first; all are due.
    func stays(_ good: [DatedSnapshot], now: Timestamp) -> [Bool] {
        var stays = [Bool](repeating: false, count: good.count)
        for (bucket, count) in counts { eachChoice(of: bucket, count, among: good) { place, _ in stays[place] = true } }
        if let maxAge {
            for index in good.indices {
                if now.since(good[index].due) <= maxAge { break }
                stays[index] = false
            }
        }
        for index in good.indices.suffix(minGood) { stays[index] = true }
        for index in good.indices where !stays[index] {
            if case .kept = good[index].snapshot.standing { stays[index] = true }
        }
        return stays
    }

    /// Why one that does not stay goes: what `verdicts` says of it.
    func expiry(of one: DatedSnapshot, among good: [DatedSnapshot], now: Timestamp) -> ExpiryReason {
        if let maxAge, now.since(one.due) > maxAge { return .tooOld(maxAge) }
        return .beyond(
            surpassed { bucket in
                var keeper: PeriodKey?
                let id = one.bucket(bucket)
                eachChoice(of: bucket, counts[bucket] ?? 0, among: good) { place, reason in
                    if case .bucket = reason, good[place].bucket(bucket) == id { keeper = good[place].snapshot.period }
                }
                return keeper
            })
    }
}
