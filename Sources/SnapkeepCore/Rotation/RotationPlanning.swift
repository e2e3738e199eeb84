/// Holds the rotations of a manifest against the recorded state: which records are theirs, and what is to be done about them now.
struct RotationPlanning {
    private let clock: RotationClock
    /// Whether what is due by the clock is left to another run.
    private let leavesClock: Bool
    private let rotations: [RotationSpec]
    private let aliases: [VolumeID: String]
    private let observation: Observation
    private let memory: RotationMemory?
    /// What is remembered of each rotation, under the name that it has now.
    private let former: [RotationName: RememberedRotation]
    /// What the pattern of a rotation picks: by the volumes that were looked at, else what is remembered.
    private let matched: [RotationName: MatchedVolumes]
    /// The rotation of now for each name, those among them that rotations had before.
    private let names: [RotationName: RotationName]
    private let openIntents: [SnapshotKey: CreationIntent]
    private let openOfRotation: [RotationName: [(key: RotationKey, volume: VolumeID)]]
    private let recordOfKey: (SnapshotKey) -> SnapshotRecord?
    private let superseded: [SnapshotRecord]
    private let records: [SnapshotRecord]
    private var groups: [RotationName: Group] = [:]

    /// What is recorded of one rotation: by volume, and by what the keys call the volume.
    private struct Group {
        var byVolume: [VolumeID: [Held]] = [:]
        /// For volumes of which nobody knows the id yet: where the youngest of a label is.
        var volumeOfLabel: [String: (id: VolumeID, period: PeriodKey)] = [:]

        /// Takes in snapshots of one volume and label.
        mutating func add(_ run: Run) {
            byVolume[run.volumeID, default: []] += run.held
            if let known = volumeOfLabel[run.label], known.period.comesBehind(run.youngest) { return }
            volumeOfLabel[run.label] = (run.volumeID, run.youngest)
        }
    }

    /// What follows one another in the records and is of one rotation, label and volume. Records are sorted by key, so a run is mostly all that
    /// there is of them, and looked up once.
    private struct Run {
        /// The rotation by the name that it has now.
        let name: RotationName
        let rotation: RotationName
        let label: String
        let volumeID: VolumeID
        var youngest: PeriodKey
        var held: [Held]

        init(_ held: Held, _ volumeID: VolumeID, of name: RotationName) {
            (rotation, label, self.volumeID, youngest) = (held.key.rotation, held.key.volume, volumeID, held.key.period)
            (self.name, self.held) = (name, [held])
        }

        /// Takes a record in; `false` where it is another run's.
        mutating func take(_ next: Held, _ volumeID: VolumeID) -> Bool {
            guard next.key.volume == label, volumeID == self.volumeID, next.key.rotation == rotation else { return false }
            held.append(next)
            if !youngest.comesBehind(next.key.period) { youngest = next.key.period }
            return true
        }
    }

    private struct Held {
        /// Where its record stands in the state: in `superseded`, and behind these in `records`. A record is large, and most are only looked
        /// at.
        var place: Int
        var key: RotationKey
    }

    init(
        _ manifest: Manifest, _ state: RecordedState?, _ clock: RotationClock, _ options: Reconciliation.Options, _ observation: Observation
    ) {
        self.clock = clock
        leavesClock = options.onlyChangedByManifest
        self.observation = observation
        rotations = manifest.rotations
        aliases = manifest.aliases
        memory = state?.header.rotations
        let remembered = Dictionary((memory?.rotations ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var (former, matched): ([RotationName: RememberedRotation], [RotationName: MatchedVolumes]) = ([:], [:])
        for spec in manifest.rotations {
            former[spec.name] = remembered[spec.name] ?? spec.movedFrom.flatMap { remembered[$0] }
            guard case .matching(let pattern) = spec.volumes else { continue }
            matched[spec.name] =
                observation.volumes.map { volumes in
                    MatchedVolumes(asOf: clock.now, volumes: volumes.matching(pattern).map { .init(id: $0.id, name: $0.name) })
                } ?? former[spec.name]?.matched
        }
        (self.former, self.matched) = (former, matched)
        recordOfKey = { state?.record(for: $0) }
        (superseded, records) = (state?.superseded ?? [], state?.records ?? [])
        // The snapshots of a renamed rotation go on as its own.
        var names: [RotationName: RotationName] = [:]
        for spec in manifest.rotations { if let former = spec.movedFrom { names[former] = spec.name } }
        for spec in manifest.rotations { names[spec.name] = spec.name }
        self.names = names
        openIntents = Dictionary((state?.openIntents ?? []).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var open: [RotationName: [(RotationKey, VolumeID)]] = [:]
        for intent in state?.openIntents ?? [] {
            guard let key = RotationKey(intent.key), let name = names[key.rotation] else { continue }
            open[name, default: []].append((key, intent.volumeID))
        }
        openOfRotation = open
        // Of one label and period the record counts, not what it has taken the place of.
        var run: Run?
        for (index, record) in superseded.enumerated() { take(record, index, &run) }
        for (index, record) in records.enumerated() { take(record, superseded.count + index, &run) }
        if let run { groups[run.name, default: Group()].add(run) }
    }

    private mutating func take(_ record: SnapshotRecord, _ place: Int, _ run: inout Run?) {
        guard let key = RotationKey(record.key) else { return }
        let held = Held(place: place, key: key)
        if run?.take(held, record.volumeID) ?? false { return }
        if let run { groups[run.name, default: Group()].add(run) }
        run = names[key.rotation].map { Run(held, record.volumeID, of: $0) }
    }

    private func record(_ held: Held) -> SnapshotRecord {
        held.place < superseded.count ? superseded[held.place] : records[held.place - superseded.count]
    }

    /// What the rotations ask for, and which records are theirs, by their places in the state (`Held.place`): no line of `snapshots:` stands for
    /// them, and they are not unlisted either.
    func plan() -> (part: RotationPlan, changes: [Change], claimed: [Bool]) {
        var standings: [RotationStanding] = []
        var byEdit: [RotationName: Int] = [:]
        var leftOut = 0
        var changes: [Change] = []
        var claimed = [Bool](repeating: false, count: superseded.count + records.count)
        for spec in rotations {
            guard let zone = clock.zones[spec.schedule.zone] else { preconditionFailure("zone \(spec.schedule.zone) was not loaded") }
            for volume in volumes(of: spec) {
                let held = held(of: spec, volume)
                for one in held { claimed[one.place] = true }
                let input = input(spec, volume, held)
                // Where no new one is made, nothing goes in its place.
                let outlook = input.outlook(at: clock.now, in: zone, expectsNew: !leavesClock)
                if leavesClock {
                    changes += outlook.holdings.compactMap { edited(outlook, $0, spec) }
                    leftOut += outlook.dueCount
                } else {
                    // What goes without the new one as well may go first where the volume is full.
                    let isFullKnown = outlook.demand == .due && outlook.holdings.contains(where: \.verdict.isExpiry)
                    let before = isFullKnown ? input.outlook(at: clock.now, in: zone, expectsNew: false) : nil
                    changes += self.changes(for: outlook, spec, withoutNew: before)
                }
                standings.append(RotationStanding(outlook, in: zone, without: input.lost))
                byEdit[spec.name, default: 0] += outlook.holdings.count(where: \.isByEdit)
            }
            if case .matching = spec.volumes {
                // Whoever renames a volume in the cloud asks for no deletion: what is not picked stays, also where the unlisted is pruned.
                let others = (groups[spec.name]?.byVolume.values ?? [:].values).joined().filter { !claimed[$0.place] }
                for one in others { claimed[one.place] = true }
                let left = others.map(record).sorted { ($0.key, $0.id) < ($1.key, $1.id) }
                if matched[spec.name] != nil { changes += left.map { .retain($0, .notPicked) } }
            }
        }
        let rules = rotations.compactMap(remembered).sorted { $0.name < $1.name }
        let part = RotationPlan(
            now: now, declared: rotations, leftOut: leavesClock ? leftOut : nil, suspension: clock.suspension, standings: standings,
            edits: edits(rules, byEdit),
            matches: rotations.compactMap(match), rules: clock.suspension == nil ? rules : nil,
            isNew: !isRemembered(rules))
        return (part, changes, claimed)
    }

    /// The instant as the rotations' zone shows it, where they have one.
    private var now: ZonedTime {
        let zones = Set(rotations.map(\.schedule.zone))
        guard zones.count == 1, let name = zones.first, let zone = clock.zones[name] else { return ZonedTime(clock.now, in: .utc) }
        return ZonedTime(clock.now, in: zone)
    }

    /// Nothing is remembered while nothing may expire, so there is nothing to be told of it either.
    private func edits(_ rules: [RememberedRotation], _ byEdit: [RotationName: Int]) -> [RotationEdit] {
        if clock.suspension != nil { return [] }
        return rules.compactMap { rotation in
            let former = former[rotation.name]
            let isKnown = former?.rules == rotation.rules && former?.name == rotation.name
            if isKnown, byEdit[rotation.name] ?? 0 == 0 { return nil }
            return RotationEdit(name: rotation.name, former: former?.rules, rules: rotation.rules, expires: byEdit[rotation.name] ?? 0)
        }
    }

    /// What is remembered of a rotation from the apply on. One that is paused, or that has no volume, lets nothing go by its new rules: they
    /// must still show as an edit when it goes on.
    private func remembered(_ spec: RotationSpec) -> RememberedRotation? {
        let volumes = volumes(of: spec)
        let former = former[spec.name]
        guard !spec.isPaused, !volumes.isEmpty else {
            return former.map {
                var kept = $0
                (kept.name, kept.matched) = (spec.name, matched[spec.name] ?? $0.matched)
                if $0.name != spec.name { kept.movedFrom = $0.name }
                return kept
            }
        }
        let isListed = if case .listed = spec.volumes { true } else { false }
        return RememberedRotation(
            name: spec.name, rules: spec.rules, since: former.map(\.since) ?? clock.now, movedFrom: spec.movedFrom,
            listed: isListed ? listed(volumes) : nil,
            matched: matched[spec.name])
    }

    private func listed(_ volumes: [RotationVolume]) -> [RememberedRotation.Listed] {
        volumes.map { .init(label: $0.label, id: $0.reference.id) }.sorted { $0.label < $1.label }
    }

    /// Whether what is to be remembered is what is remembered, whenever the volumes were looked at.
    private func isRemembered(_ rules: [RememberedRotation]) -> Bool {
        guard let memory, memory.rotations.count == rules.count else { return rules.isEmpty }
        return zip(rules, memory.rotations).allSatisfy { new, old in
            new.name == old.name && new.rules == old.rules && new.movedFrom == old.movedFrom && new.listed == old.listed
                && new.matched?.volumes == old.matched?.volumes
        }
    }

    private func volumes(of spec: RotationSpec) -> [RotationVolume] {
        if case .listed(let volumes) = spec.volumes { return volumes }
        return (matched[spec.name]?.volumes ?? []).map { volume in
            let alias = aliases[volume.id].flatMap { spec.canName($0) ? $0 : nil }
            return RotationVolume(
                label: alias ?? volume.id.text, reference: alias.map { .alias($0, volume.id) } ?? .id(volume.id),
                name: alias == nil ? volume.name : nil)
        }
    }

    private func match(of spec: RotationSpec) -> RotationMatch? {
        guard case .matching = spec.volumes else { return nil }
        let matched = matched[spec.name]
        return RotationMatch(
            name: spec.name, count: matched?.volumes.count,
            asOf: matched.map { ZonedTime($0.asOf, in: clock.zones[spec.schedule.zone] ?? .utc) })
    }

    private func held(of spec: RotationSpec, _ volume: RotationVolume) -> [Held] {
        guard let group = groups[spec.name], let id = observation.volumeID(of: volume.reference) ?? group.volumeOfLabel[volume.label]?.id
        else {
            return []
        }
        return group.byVolume[id] ?? []
    }

    private func input(_ spec: RotationSpec, _ volume: RotationVolume, _ held: [Held]) -> RotationInput {
        let records = held.map { (record: record($0), period: $0.key.period) }
        let ids = records.lazy.map(\.record.id)
        return RotationInput(
            spec: spec, volume: volume, records: records, openPeriods: Set(open(spec, volume).map(\.period)),
            remembered: former[spec.name], unknown: unknown(held, spec, volume),
            lost: observation.losses.isEmpty ? [] : Set(ids.filter { observation.losses[$0] != nil }),
            foreign: observation.foreign.isEmpty ? [] : Set(ids.filter(observation.foreign.contains)),
            mayExpire: clock.suspension == nil)
    }

    /// The creations of a rotation and a volume that are open, whatever both were called when they were begun.
    private func open(_ spec: RotationSpec, _ volume: RotationVolume) -> [RotationKey] {
        guard let open = openOfRotation[spec.name] else { return [] }
        let id = observation.volumeID(of: volume.reference)
        return open.filter { $0.key.volume == volume.label || $0.volume == id }.map(\.key)
    }

    /// What the last apply did not keep under this rotation's rules: snapshots of a name or a volume that has come since go by an edit only.
    private func unknown(_ held: [Held], _ spec: RotationSpec, _ volume: RotationVolume) -> Set<SnapshotID> {
        guard let former = former[spec.name], let first = held.first else { return [] }
        let isCovered = former.covers(volume.label, record(first).volumeID)
        return Set(
            held.lazy.filter { !isCovered || $0.key.rotation != former.name && $0.key.rotation != former.movedFrom }.map { record($0).id })
    }

    private func changes(for outlook: RotationOutlook, _ spec: RotationSpec, withoutNew before: RotationOutlook?) -> [Change] {
        if isSettled(outlook) { return [] }
        let wanted = spec.snapshot(of: outlook.volume, in: outlook.current)
        let held = recordOfKey(wanted.key)
        var changes: [Change] = []
        switch outlook.demand {
        case .due: changes.append(held.map { .replace(wanted, recorded: $0, reason(for: $0, wanted), prune: false) } ?? .create(wanted))
        case .underWay:
            if let intent = openIntents[wanted.key] { changes.append(.settle(intent, clock.now > outlook.deadline ? nil : wanted)) }
        case .met, .missed, .paused: break
        }
        // What is under way may bear the name that the rotation, or the volume, had before.
        var coming = wanted.key
        if outlook.demand == .underWay {
            let begun = outlook.holdings.first { $0.period == outlook.current && $0.verdict == .keep([.unfinished]) }?.record.key
            let open = open(spec, outlook.volume).first { $0.period == outlook.current }?.snapshotKey
            coming = begun ?? open ?? wanted.key
        }
        // What is looked up may turn out to be nothing: then nothing goes in its place in this run.
        let isComing = outlook.demand == .due || outlook.demand == .underWay
        let guards = outlook.guards(besides: isComing ? 1 : 0, of: spec.rules.minGood)
        let guardsWhenFull = before?.guards(besides: 0, of: spec.rules.minGood)
        for (index, holding) in outlook.holdings.enumerated() {
            let record = holding.record
            if let loss = observation.loss(of: record) {
                // The record of one that is replaced goes with it.
                if outlook.demand == .due, record.id == held?.id { continue }
                // Nothing is made up for: what the cloud does not have any more need not be recorded any more.
                changes.append(loss == .gone || loss == .goneWithVolume ? .delete(record, .gone) : .lost(record, nil, loss))
                continue
            }
            switch holding.verdict {
            case .expire(let reason):
                let expiry = Expiry(
                    reason: reason, isByEdit: holding.isByEdit, after: isComing ? coming : nil, guards: guards,
                    guardsWhenFull: before?.holdings[index].verdict.isExpiry == true ? guardsWhenFull : nil)
                changes.append(.expire(record, expiry))
            case .keep([.unfinished]):
                var awaited = wanted
                (awaited.key, awaited.volume, awaited.protect) = (record.key, .id(record.volumeID), record.protect)
                changes.append(.resume(awaited, recorded: record, []))
            case .keep: break
            }
        }
        return changes
    }

    /// Whether nothing is to be done, which is so for most volumes at most times.
    private func isSettled(_ outlook: RotationOutlook) -> Bool {
        guard outlook.demand != .due, outlook.demand != .underWay else { return false }
        return outlook.holdings.allSatisfy { holding in
            guard case .keep(let reasons) = holding.verdict, observation.loss(of: holding.record) == nil else { return false }
            return reasons != [.unfinished]
        }
    }

    /// What goes by an edit only, and needs nothing new in its place.
    private func edited(_ outlook: RotationOutlook, _ holding: RotationOutlook.Holding, _ spec: RotationSpec) -> Change? {
        guard holding.isByEdit, case .expire(let reason) = holding.verdict, observation.loss(of: holding.record) == nil else { return nil }
        let guards = outlook.guards(besides: 0, of: spec.rules.minGood)
        return .expire(holding.record, Expiry(reason: reason, isByEdit: true, guards: guards))
    }

    private func reason(for former: SnapshotRecord, _ wanted: SnapshotSpec) -> ReplacementReason {
        if let id = observation.volumeID(of: wanted.volume), id != former.volumeID {
            return .volume(from: former.volumeID, to: wanted.volume)
        }
        if let loss = observation.loss(of: former) { return .lost(loss) }
        return former.status == .error ? .failed : .beingDeleted
    }
}

extension RotationSpec {
    /// Whether keys and names can be made for a volume: all periods of a rotation are equally long as texts.
    public func canName(_ label: String) -> Bool {
        let key = RotationKey(rotation: name, volume: label, period: .sample(schedule.unit))
        return key.snapshotKey != nil && (try? template.name(of: key)) != nil
    }

    /// The snapshot of a volume and a period.
    public func snapshot(of volume: RotationVolume, in period: PeriodKey) -> SnapshotSpec {
        let key = RotationKey(rotation: name, volume: volume.label, period: period)
        // What the cloud calls a volume may be too long for a name, or not allowed in one.
        let byName = volume.name.flatMap { name in
            try? template.name(of: RotationKey(rotation: self.name, volume: name, period: period))
        }
        guard let snapshotKey = key.snapshotKey, let snapshotName = byName ?? (try? template.name(of: key)) else {
            preconditionFailure("nothing is read that cannot be named, see canName")
        }
        return SnapshotSpec(
            key: snapshotKey, name: snapshotName, volume: volume.reference, description: template.description, metadata: template.metadata,
            force: template.force, timeout: template.timeout)
    }
}
