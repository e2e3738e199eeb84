import SnapkeepCore

/// A rotation whose volumes were looked up.
struct ResolvedRotation {
    var spec: RotationSpec
    var places: RotationPlaces
    /// What tells its listed volumes apart, in their order.
    var identities: [VolumeIdentity]
}

/// What tells volumes apart, by whatever alias they are named.
enum VolumeIdentity: Hashable {
    /// A number in the table of ids.
    case id(UInt32)
    /// The cloud's name.
    case name(String)
}

extension ManifestDraft {
    /// Looks up the volumes of all rotations, finds what only the whole can show, leaves out bad ones.
    mutating func resolveRotations(_ findings: Findings) -> [ResolvedRotation] {
        if rotations.isEmpty { return [] }
        let names = tellRepeatedNames(findings)
        tellMoves(names, findings)
        tellSharedKeys(names, findings)
        var aliasesByID: [UInt32: String] = [:]
        for volume in declaredVolumes { if let id = volume.id, aliasesByID[id] == nil { aliasesByID[id] = volume.alias } }
        // All of them, also those that are bad: what they name is not unused.
        return rotations.indices.compactMap { resolve($0, aliasesByID, findings) }
    }

    // MARK: Names

    /// The number of each name's first rotation.
    private mutating func tellRepeatedNames(_ findings: Findings) -> [RotationName: Int] {
        var names: [RotationName: Int] = [:]
        for number in rotations.indices {
            guard let name = rotations[number].name else { continue }
            guard let first = names[name] else {
                names[name] = number
                continue
            }
            rotations[number].isBad = true
            findings.error(
                .rotationNameUsedTwice(
                    name.text, first: rotations[first].places.range(of: .name), at: rotations[number].places.range(of: .name)))
        }
        return names
    }

    /// `moved:` takes over from a rotation that is gone, and each such one goes to one.
    private mutating func tellMoves(_ names: [RotationName: Int], _ findings: Findings) {
        var heirs: [RotationName: Int] = [:]
        let circles = circles(names)
        for number in rotations.indices {
            guard let name = rotations[number].name, let former = rotations[number].movedFrom else { continue }
            let place = rotations[number].places.range(of: .movedFrom)
            if former == name {
                findings.error(.movedFromItself(name.text, at: place))
            } else if let circle = circles[number] {
                // Told once, at its first rotation.
                if circle[0] == number {
                    findings.error(
                        .movedInCircle(
                            circle.map { rotations[$0].name?.text ?? "" },
                            others: circle.dropFirst().map { rotations[$0].places.range(of: .movedFrom) }, at: place))
                }
            } else if let declared = names[former] {
                findings.error(
                    .movedFromDeclared(former.text, declared: rotations[declared].places.range(of: .name), at: place))
            } else if let first = heirs[former] {
                findings.error(
                    .movedTwice(former.text, first: rotations[first].places.range(of: .movedFrom), at: place))
            } else {
                heirs[former] = number
                continue
            }
            rotations[number].isBad = true
        }
    }

    /// For each rotation that is moved from one that is moved from it in the end: all of that circle, the first in the manifest first.
    private func circles(_ names: [RotationName: Int]) -> [Int: [Int]] {
        func former(_ number: Int) -> Int? {
            // A second rotation of one name is a mistake of its own.
            guard let name = rotations[number].name, names[name] == number, let from = rotations[number].movedFrom, from != name else {
                return nil
            }
            return names[from]
        }
        var circles: [Int: [Int]] = [:]
        var walks = [Int](repeating: -1, count: rotations.count)
        for start in rotations.indices where walks[start] < 0 {
            var number = start
            walks[number] = start
            while let next = former(number), walks[next] < 0 {
                walks[next] = start
                number = next
            }
            guard let again = former(number), walks[again] == start else { continue }
            var circle = [again]
            while let next = former(circle[circle.count - 1]), next != again { circle.append(next) }
            let first = circle.firstIndex(of: circle.min()!)!
            let ordered = Array(circle[first...] + circle[..<first])
            for member in ordered { circles[member] = ordered }
        }
        return circles
    }

    /// A snapshot must not have a key that a rotation may make.
    private func tellSharedKeys(_ names: [RotationName: Int], _ findings: Findings) {
        var owners = names
        for number in rotations.indices {
            if let former = rotations[number].movedFrom, owners[former] == nil { owners[former] = number }
        }
        for (spec, places) in zip(specs, self.places) {
            guard let key = RotationKey(spec.key), let owner = owners[key.rotation] else { continue }
            findings.error(
                .keyOfRotation(
                    spec.key.text, rotation: key.rotation.text, declared: rotations[owner].places.range(of: .name),
                    at: places.range(of: .key)))
        }
    }

    // MARK: Volumes

    private mutating func resolve(_ number: Int, _ aliasesByID: [UInt32: String], _ findings: Findings) -> ResolvedRotation? {
        let rotation = rotations[number]
        var volumes: [RotationVolume] = []
        var identities: [VolumeIdentity] = []
        var seen: [VolumeIdentity: Place] = [:]
        var isBad = rotation.isBad
        for named in rotation.volumes {
            guard let (volume, identity) = lookUp(named, source: rotation.places.source, aliasesByID, findings) else {
                isBad = true
                continue
            }
            if let first = seen.updateValue(named.place, forKey: identity) {
                seen[identity] = first
                findings.error(
                    .volumeTwice(
                        named.text, in: rotation.title, first: first.range(source: Int(rotation.places.source)),
                        at: named.place.range(source: Int(rotation.places.source))))
                isBad = true
                continue
            }
            volumes.append(volume)
            identities.append(identity)
        }
        if !namesFit(rotation, volumes.map(\.label), findings) { isBad = true }
        let about = rotation.pattern.map { RotationVolumes.matching($0) } ?? .listed(volumes)
        guard !isBad, let spec = rotation.spec(of: about) else { return nil }
        return ResolvedRotation(spec: spec, places: rotation.places, identities: identities)
    }

    /// What a text of `volumes:` stands for; `nil` for what is unknown, which is told, and for what is declared with a mistake.
    private mutating func lookUp(
        _ named: RotationDraft.NamedVolume, source: UInt32, _ aliasesByID: [UInt32: String], _ findings: Findings
    ) -> (RotationVolume, VolumeIdentity)? {
        // An id has the label of its alias, so that a snapshot has one key whichever of the two is written.
        if let declared = declaredNumbers[named.text] ?? named.id.flatMap({ aliasesByID[$0] }).flatMap({ declaredNumbers[$0] }) {
            declaredVolumes[declared].isUsed = true
            let volume = declaredVolumes[declared]
            guard let target = volume.target else { return nil }
            let identity: VolumeIdentity
            switch target {
            case .id, .alias: identity = .id(volume.id!)
            case .named(_, let name): identity = .name(name)
            }
            return (RotationVolume(label: volume.alias, reference: target), identity)
        }
        if let id = named.id {
            let volume = ids.ids[Int(id)]
            return (RotationVolume(label: volume.text, reference: .id(volume)), .id(id))
        }
        if !isIncomplete {
            let suggestion = findings.suggestion(for: named.text, among: declaredNumbers.keys)
            if let meant = suggestion.flatMap({ declaredNumbers[$0] }) { declaredVolumes[meant].isUsed = true }
            findings.error(.unknownRotationVolume(named.text, suggestion: suggestion, at: named.place.range(source: Int(source))))
        }
        return nil
    }

    // MARK: Names of snapshots

    /// Whether keys and names can be made for all volumes: all periods of a rotation are equally long, so that any stands for the others.
    private func namesFit(_ rotation: RotationDraft, _ labels: [String], _ findings: Findings) -> Bool {
        guard let name = rotation.name, let unit = rotation.unit, !rotation.isBad else { return true }
        var isGood = true
        let source = Int(rotation.places.source)
        for (label, named) in zip(labels, rotation.volumes) where labels.count == rotation.volumes.count {
            let key = RotationKey(rotation: name, volume: label, period: PeriodKey.sample(unit))
            if key.snapshotKey == nil {
                isGood = false
                findings.error(.rotationKeyTooLong(key, limit: SnapshotKey.maxBytes, at: named.place.range(source: source)))
            }
        }
        // With the longest label, for which `match` has ids in mind.
        let label = labels.max { $0.utf8.count < $1.utf8.count } ?? "00000000-0000-0000-0000-000000000000"
        let key = RotationKey(rotation: name, volume: label, period: PeriodKey.sample(unit))
        let place = rotation.places.range(of: .snapshotName)
        do {
            let filled = try rotation.template.name(of: key).text
            let count = filled.unicodeScalars.count
            let advised = SnapshotName.advisedCharacters
            if count > advised { findings.warning(.longFilledName(filled, count: count, advised: advised, at: place)) }
        } catch {
            findings.error(.badFilledName(error, key, at: place))
            isGood = false
        }
        return isGood
    }
}
