import SnapkeepCore

// Which volumes may come to more snapshots than a cloud takes.
extension ManifestDraft {
    /// Snapshots made by hand that one cloud allows per volume (CloudAPI#quotas).
    private static let advisedPerVolume = 7

    private var limit: SnapshotLimit {
        snapshotsPerVolume.map { .given($0.value, $0.range) } ?? .advised(Self.advisedPerVolume)
    }

    /// Tells the volumes with more snapshots than the manifest's limit, or more than one cloud allows where it gives none.
    func tellCrowding(_ tally: VolumeTally, _ rotations: [ResolvedRotation], _ findings: Findings) {
        let rotated = Set(rotations.lazy.flatMap(\.identities).compactMap { tally.number(of: $0) })
        tellDeclared(tally, without: rotated, findings)
        if !rotations.isEmpty { tellPeaks(tally, rotations, findings) }
    }

    /// Volumes that no rotation is about: each is told once, where its first snapshot beyond the limit stands.
    private func tellDeclared(_ tally: VolumeTally, without rotated: Set<Int>, _ findings: Findings) {
        let limit = limit
        guard tally.counts.contains(where: { $0 > limit.count }) else { return }
        var met = [Int](repeating: 0, count: tally.counts.count)
        for index in volumes.indices {
            let number = tally.number(of: volumes[index])
            guard number >= 0 else { continue }
            met[number] += 1
            guard met[number] == limit.count + 1, !rotated.contains(number) else { continue }
            let finding = Diagnostic.manySnapshots(
                of: specs[index].volume, count: tally.counts[number], limit: limit, at: places[index].range(of: .volume))
            if limit.isGiven { findings.error(finding) } else { findings.warning(finding) }
        }
    }

    // MARK: Rotations

    /// What makes two rotations keep equally many.
    private struct Rules: Hashable {
        var unit: PeriodUnit
        var rules: RetentionRules
    }

    /// For each rotation, the volume that it is the greatest part of and that has most too many: one finding, however many volumes it has.
    private func tellPeaks(_ tally: VolumeTally, _ rotations: [ResolvedRotation], _ findings: Findings) {
        let limit = limit
        let rules = rotations.map { Rules(unit: $0.spec.schedule.unit, rules: $0.spec.rules) }
        let bounds = rules.map { $0.rules.largestPeak(every: $0.unit) }
        // The whole takes a bounded time: the more rules there are, the less is spent on each.
        let effort = 20_000_000 / Set(rules).count
        var known: [Rules: Int] = [:]
        func peak(_ number: Int) -> Int {
            if let peak = known[rules[number]] { return peak }
            let peak = rules[number].rules.peak(every: rules[number].unit, effort: min(effort, 1_000_000))
            known[rules[number]] = peak
            return peak
        }
        var users: [VolumeIdentity: [Int]] = [:]
        for (number, rotation) in rotations.enumerated() {
            for identity in rotation.identities { users[identity, default: []].append(number) }
        }
        var worst: [Int: Crowding] = [:]
        func note(_ volume: Crowding.Volume, declared: Int, of numbers: [Int]) {
            // The sum of what the rules keep each for itself is quickly found, and mostly enough.
            if numbers.reduce(declared + 1, { $0 + bounds[$1] }) <= limit.count { return }
            let peaks = numbers.map(peak)
            let total = peaks.reduce(declared + 1, +)
            guard total > limit.count else { return }
            let greatest = peaks.firstIndex(of: peaks.max()!)!
            let culprit = numbers[greatest]
            let others = worst[culprit].map { $0.otherVolumes + 1 } ?? 0
            if let known = worst[culprit], known.total >= total {
                worst[culprit]?.otherVolumes = others
            } else {
                worst[culprit] = Crowding(
                    volume: volume, total: total, rotation: rotations[culprit].spec.name.text, peak: peaks[greatest],
                    otherRotations: numbers.count - 1, otherPeaks: total - 1 - declared - peaks[greatest], declared: declared,
                    otherVolumes: others)
            }
        }
        for (number, rotation) in rotations.enumerated() {
            guard case .listed(let volumes) = rotation.spec.volumes else {
                note(.matching, declared: 0, of: [number])
                continue
            }
            for (volume, identity) in zip(volumes, rotation.identities) {
                guard let numbers = users[identity], numbers[0] == number else { continue }
                note(.label(volume.label), declared: tally.number(of: identity).map { tally.counts[$0] } ?? 0, of: numbers)
            }
        }
        for (number, crowding) in worst.sorted(by: { $0.key < $1.key }) {
            let finding = Diagnostic.crowded(crowding, limit: limit, at: rotations[number].places.range(of: .keep))
            if limit.isGiven { findings.error(finding) } else { findings.warning(finding) }
        }
    }
}

/// How many snapshots of one volume a cloud takes.
enum SnapshotLimit {
    /// By the manifest, where it says so.
    case given(Int, SourceRange)
    case advised(Int)

    var count: Int {
        switch self {
        case .given(let count, _), .advised(let count): count
        }
    }

    var isGiven: Bool { if case .given = self { true } else { false } }
}

/// Why a volume may come to too many snapshots.
struct Crowding {
    enum Volume {
        case label(String)
        /// Any that a pattern picks.
        case matching
    }

    var volume: Volume
    /// All that follow, and the new one, which comes before old ones go.
    var total: Int
    /// The rotation that keeps most of them.
    var rotation: String
    var peak: Int
    var otherRotations: Int
    var otherPeaks: Int
    var declared: Int
    /// Further volumes with too many, of which this rotation keeps most as well.
    var otherVolumes: Int
}
