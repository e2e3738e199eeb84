/// How many snapshots one volume holds at most, of all its rotations and of what is declared beside them: what a cloud's limit is about.
public struct VolumeLoad: Hashable, Sendable {
    /// As the first of the rotations names it; `nil` stands for each volume that a pattern picks.
    public var volume: RotationVolume?
    /// In the manifest's order.
    public var rotations: [RotationName]
    /// Snapshots that are of none of the rotations, all the time.
    public var others: Int
    public var peak: Int
    public var peakAt: Timestamp

    /// A load of its parts.
    public init(volume: RotationVolume?, rotations: [RotationName], others: Int, peak: Int, peakAt: Timestamp) {
        self.volume = volume
        self.rotations = rotations
        self.others = others
        self.peak = peak
        self.peakAt = peakAt
    }

    /// The loads of all volumes, in the order in which the rotations name them.
    ///
    /// - Parameter others: how many snapshots a volume has beside those of its rotations.
    static func all(of rotations: [SimulatedRotation], others: (RotationVolume) -> Int) -> [VolumeLoad] {
        var loads: [VolumeLoad] = []
        var parts: [[SimulatedVolume]] = []
        var place: [VolumeIdentity: Int] = [:]
        for rotation in rotations {
            for volume in rotation.volumes {
                let identity = volume.volume.map { VolumeIdentity($0.reference) }
                if let index = identity.flatMap({ place[$0] }) {
                    loads[index].rotations.append(rotation.spec.name)
                    parts[index].append(volume)
                } else {
                    if let identity { place[identity] = loads.count }
                    let simulation = volume.simulation
                    loads.append(
                        VolumeLoad(
                            volume: volume.volume, rotations: [rotation.spec.name], others: volume.volume.map(others) ?? 0,
                            peak: simulation.peak, peakAt: simulation.peakAt))
                    parts.append([volume])
                }
            }
        }
        var known: [[Int]: (peak: Int, at: Timestamp)] = [:]
        for index in loads.indices {
            if parts[index].count > 1 {
                let numbers = parts[index].map(\.number).sorted()
                let joint = known[numbers] ?? Self.peak(of: parts[index].map(\.simulation))
                known[numbers] = joint
                (loads[index].peak, loads[index].peakAt) = (joint.peak, joint.at)
            }
            loads[index].peak += loads[index].others
        }
        return loads
    }

    /// The most that several rotations hold together. What is made at one instant is there before anything goes at that instant.
    private static func peak(of simulations: [Simulation]) -> (peak: Int, at: Timestamp) {
        var count = 0
        var steps: [(at: Timestamp, isExpiry: Bool)] = []
        for snapshot in simulations.lazy.flatMap(\.snapshots) {
            if snapshot.isRecorded { count += 1 } else { steps.append((snapshot.due, false)) }
            if case .expired(let at, _) = snapshot.fate { steps.append((at, true)) }
        }
        steps.sort { ($0.at, $0.isExpiry ? 1 : 0) < ($1.at, $1.isExpiry ? 1 : 0) }
        // Where nothing more is made, the beginning is the peak, and all of them begin together.
        var (peak, peakAt) = (count, simulations.map(\.peakAt).min()!)
        for step in steps {
            count += step.isExpiry ? -1 : 1
            if count > peak { (peak, peakAt) = (count, step.at) }
        }
        return (peak, peakAt)
    }
}

/// What makes two references one volume, as far as the manifest tells.
enum VolumeIdentity: Hashable {
    case id(VolumeID)
    /// By its name in the cloud.
    case named(String)

    init(_ reference: VolumeReference) {
        switch reference {
        case .id(let id), .alias(_, let id): self = .id(id)
        case .named(_, let name): self = .named(name)
        }
    }
}
