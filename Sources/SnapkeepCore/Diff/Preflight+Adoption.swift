/// Lines with an `id:`, and lines that would make what is there already.
extension Preflight {
    /// What keeps lines from adopting what they name by `id:`, in the order of the plan: as far as the state alone shows it, and the cloud
    /// where it was looked at.
    ///
    /// - Parameters:
    ///   - state: with its journal taken over; `nil` before the first apply.
    ///   - recreates: whether lost snapshots are to be made anew, which is not done for such lines.
    public static func findings(
        adoptingIn plan: Plan, state: RecordedState?, observation: Observation = Observation(), recreates: Bool
    ) -> [Finding] {
        guard plan.changes.contains(where: \.isOfNamed) else { return [] }
        let standings = Standings(state, owner: plan.basis.owner ?? "")
        return plan.changes.compactMap { change in
            switch change {
            case .adopt(let spec, let id, _):
                guard let obstacle = obstacle(to: spec, id, standings.standing(of: spec.key, id), observation) else { return nil }
                return .notAdoptable(spec.key, id, obstacle)
            case .lost(let record, let spec?, let reason):
                guard recreates, let id = spec.id else { return nil }
                return .notAdoptable(spec.key, id, AdoptionObstacle(reason, of: record))
            case .create, .update, .replace, .resume, .settle, .delete, .expire, .retain, .lost(_, nil, _): return nil
            }
        }
    }

    private static func obstacle(
        to spec: SnapshotSpec, _ id: SnapshotID, _ standing: AdoptionStanding, _ observation: Observation
    ) -> AdoptionObstacle? {
        let wanted = observation.volumeID(of: spec.volume)
        guard let observed = observation.adoptable?[id] else {
            if let obstacle = AdoptionObstacle(standing, of: spec.key, id) { return obstacle }
            // Recorded as the line says, and of another volume than it says.
            if let record = standing.recorded {
                return wanted.flatMap { $0 == record.volumeID ? nil : .otherVolume(listed: $0, observed: record.volumeID) }
            }
            return observation.adoptable == nil ? nil : .notFound
        }
        if wanted == nil, case .named(_, let name) = spec.volume, let volumes = observation.volumes {
            return .volumeName(name, matches: volumes.ids(named: name))
        }
        return AdoptionObstacle(to: spec.key, observed, wantedVolume: wanted, spec: spec, standing)
    }

    /// What would be made beside a snapshot of the same name and volume that carries no stamp.
    ///
    /// - Parameter candidates: youngest first; each is named for one line.
    public static func findings(of plan: Plan, lookAlikes candidates: [ObservedSnapshot], observation: Observation) -> [Finding] {
        if candidates.isEmpty { return [] }
        let alike = Dictionary(grouping: candidates) { Look(volume: $0.volumeID, name: Array(($0.name ?? "").utf8)) }
        var named: [Look: Int] = [:]
        return plan.changes.compactMap { change in
            guard case .create(let spec) = change, let volume = observation.volumeID(of: spec.volume) else { return nil }
            let look = Look(volume: volume, name: Array(spec.name.text.utf8))
            let next = named[look, default: 0]
            guard let alike = alike[look], next < alike.count else { return nil }
            named[look] = next + 1
            return .lookAlike(spec.key, alike[next].id, createdAt: alike[next].createdAt, count: alike.count - next)
        }
    }

    /// What two snapshots are taken for one by. The name in bytes: texts that only look the same are two.
    private struct Look: Hashable {
        let volume: VolumeID
        let name: [UInt8]
    }
}

/// What a state says of many keys and snapshots, looked up without a walk for each.
private struct Standings {
    private let state: RecordedState?
    private let owner: String
    private let records: [SnapshotID: (record: SnapshotRecord, isSuperseded: Bool)]

    init(_ state: RecordedState?, owner: String) {
        self.state = state
        self.owner = state?.header.owner ?? owner
        let all = (state?.records ?? []).map { ($0.id, ($0, false)) } + (state?.superseded ?? []).map { ($0.id, ($0, true)) }
        records = Dictionary(all, uniquingKeysWith: { first, _ in first })
    }

    func standing(of key: SnapshotKey, _ id: SnapshotID) -> AdoptionStanding {
        let known = records[id]
        return AdoptionStanding(
            owner: owner, holder: state?.record(for: key), recorded: known?.record, isSuperseded: known?.isSuperseded ?? false)
    }
}

extension Change {
    /// Whether it is about a line that names its snapshot by `id:`.
    fileprivate var isOfNamed: Bool {
        switch self {
        case .adopt: true
        case .lost(_, let spec, _): spec?.id != nil
        case .create, .update, .replace, .resume, .settle, .delete, .expire, .retain: false
        }
    }
}

extension AdoptionObstacle {
    /// Why what is lost cannot stand for its line.
    fileprivate init(_ loss: LossReason, of record: SnapshotRecord) {
        self =
            switch loss {
            case .gone, .goneWithVolume: .lost
            case .beingDeleted: .status(.deleting)
            case .errorDeleting: .status(.errorDeleting)
            case .unusable: .status(record.status)
            }
    }
}
