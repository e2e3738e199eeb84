/// One rotation of a manifest with what it makes of each of its volumes.
public struct SimulatedRotation: Hashable, Sendable {
    public var spec: RotationSpec
    /// In the rotation's order.
    public var volumes: [SimulatedVolume]

    /// A rotation of its parts.
    public init(spec: RotationSpec, volumes: [SimulatedVolume]) {
        self.spec = spec
        self.volumes = volumes
    }

    /// The volumes by what the simulation gives: those that are alike come together, in the order of the first ones.
    public var groups: [[SimulatedVolume]] {
        var groups: [[SimulatedVolume]] = []
        var place: [Int: Int] = [:]
        for volume in volumes {
            if let index = place[volume.number] {
                groups[index].append(volume)
            } else {
                place[volume.number] = groups.count
                groups.append([volume])
            }
        }
        return groups
    }
}

/// What one rotation makes of one volume.
public struct SimulatedVolume: Hashable, Sendable {
    /// `nil` stands for each volume that a pattern picks.
    public var volume: RotationVolume?
    public var simulation: Simulation
    /// Equal numbers are the same simulation.
    public var number: Int

    /// A volume of its parts.
    public init(volume: RotationVolume?, simulation: Simulation, number: Int) {
        self.volume = volume
        self.simulation = simulation
        self.number = number
    }
}

/// Plays all rotations of a manifest. What begins alike and has the same rules is played once.
public struct ManifestSimulation: Sendable {
    /// In the manifest's order.
    public let rotations: [SimulatedRotation]
    /// In the order in which the rotations name them.
    public let volumes: [VolumeLoad]

    /// Plays the rotations.
    ///
    /// - Parameters:
    ///   - zones: all that the rotations name.
    ///   - recorded: what is there at the beginning; `nil` for nothing.
    public init(_ manifest: Manifest, _ span: SimulationSpan, zones: [ZoneName: Zone], recorded: RecordedState? = nil) {
        let history = RecordedHistory(manifest, recorded)
        var played: [Course: SimulatedVolume] = [:]
        rotations = manifest.rotations.map { spec in
            guard let zone = zones[spec.schedule.zone] else { preconditionFailure("zone \(spec.schedule.zone) was not loaded") }
            let volumes = history.volumes(of: spec).map { volume in
                let beginning = volume.map { history.snapshots(of: spec, $0) } ?? []
                let course = Course(schedule: spec.schedule, rules: spec.rules, isPaused: spec.isPaused, beginning: beginning)
                let known =
                    played[course]
                    ?? SimulatedVolume(
                        volume: nil, simulation: spec.simulated(span, in: zone, beginningWith: beginning, explains: false),
                        number: played.count)
                played[course] = known
                return SimulatedVolume(volume: volume, simulation: known.simulation, number: known.number)
            }
            return SimulatedRotation(spec: spec, volumes: volumes)
        }
        volumes = VolumeLoad.all(of: rotations) { history.countOfOthers(on: $0) }
    }

    /// What a simulation follows from, beside the span.
    private struct Course: Hashable {
        var schedule: RotationSchedule
        var rules: RetentionRules
        var isPaused: Bool
        var beginning: [RotationSnapshot]
    }
}

/// What the state tells of the volumes that rotations are about.
private struct RecordedHistory {
    private let manifest: Manifest
    /// By the name of the rotation that they are of now, and by the volume.
    private var byVolume: [RotationName: [VolumeID: [RotationSnapshot]]] = [:]
    private var volumeOfLabel: [RotationName: [String: VolumeID]] = [:]
    /// Labels in the keys, for rotations that pick their volumes by a pattern.
    private var labels: [RotationName: [String]] = [:]
    /// Recorded ones that are of no rotation, and declared ones that are not recorded.
    private var others: [VolumeIdentity: Int] = [:]

    init(_ manifest: Manifest, _ state: RecordedState?) {
        self.manifest = manifest
        var names: [RotationName: RotationName] = [:]
        for spec in manifest.rotations {
            names[spec.name] = spec.name
            if let former = spec.movedFrom { names[former] = spec.name }
        }
        let records = (state?.records ?? []) + (state?.superseded ?? [])
        for record in records {
            if let key = RotationKey(record.key), let name = names[key.rotation] {
                if volumeOfLabel[name]?.updateValue(record.volumeID, forKey: key.volume) == nil {
                    volumeOfLabel[name, default: [:]][key.volume] = record.volumeID
                    labels[name, default: []].append(key.volume)
                }
                guard let standing = record.simulatedStanding else { continue }
                byVolume[name, default: [:]][record.volumeID, default: []].append(
                    RotationSnapshot(period: key.period, standing: standing))
            } else {
                others[.id(record.volumeID), default: 0] += 1
            }
        }
        let recorded = Set(records.lazy.map(\.key))
        for spec in manifest.snapshots where !recorded.contains(spec.key) { others[VolumeIdentity(spec.volume), default: 0] += 1 }
    }

    /// The volumes of a rotation: for one that picks them by a pattern those that it has snapshots of, or one for all.
    func volumes(of spec: RotationSpec) -> [RotationVolume?] {
        switch spec.volumes {
        case .listed(let volumes): return volumes
        case .matching:
            let known = (labels[spec.name] ?? []).compactMap { label in
                volumeOfLabel[spec.name]?[label].map { RotationVolume(label: label, reference: .id($0)) }
            }
            return known.isEmpty ? [nil] : known
        }
    }

    func snapshots(of spec: RotationSpec, _ volume: RotationVolume) -> [RotationSnapshot] {
        guard let id = volume.reference.id ?? volumeOfLabel[spec.name]?[volume.label] else { return [] }
        return byVolume[spec.name]?[id] ?? []
    }

    func countOfOthers(on volume: RotationVolume) -> Int {
        others[VolumeIdentity(volume.reference)] ?? 0
    }
}

extension SnapshotRecord {
    /// What counts for a rotation in times to come; `nil` for what does not, or is going.
    fileprivate var simulatedStanding: RotationSnapshot.Standing? {
        switch status {
        // What is under way is expected to become good.
        case .available, .creating, .backingUp, .restoring, .rollingBack: protect ? .kept(.protected) : .good
        case .error, .deleting, .errorDeleting, .other: nil
        }
    }
}
