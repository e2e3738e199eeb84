import SnapkeepCore

/// How many snapshots the manifest declares of each volume. Volumes are numbered: first those of an id, then those known by name only.
struct VolumeTally {
    private(set) var counts: [Int]
    private var names: [String: Int] = [:]
    /// For each number of an alias; -1 where it stands for nothing.
    private var aliasNumbers: [Int] = []

    /// - Parameter targets: the declared volume of each number of an alias.
    init(of draft: borrowing ManifestDraft, _ targets: [Int?]) {
        let idCount = draft.ids.ids.count
        for target in targets {
            guard let target else {
                aliasNumbers.append(-1)
                continue
            }
            if let id = draft.declaredVolumes[target].id {
                aliasNumbers.append(Int(id))
            } else if case .named(_, let name) = draft.declaredVolumes[target].target {
                let number = names[name] ?? idCount + names.count
                names[name] = number
                aliasNumbers.append(number)
            } else {
                aliasNumbers.append(-1)
            }
        }
        counts = [Int](repeating: 0, count: idCount + names.count)
        for mark in draft.volumes {
            let number = number(of: mark)
            if number >= 0 { counts[number] += 1 }
        }
    }

    /// The number of a snapshot's volume; -1 where it has none.
    @inline(__always)
    func number(of mark: VolumeMark) -> Int {
        switch mark {
        case .none: -1
        case .id(let id): Int(id)
        case .alias(let alias): aliasNumbers[Int(alias)]
        }
    }

    /// The number of a volume that a rotation names; `nil` where no snapshot is of it.
    func number(of identity: VolumeIdentity) -> Int? {
        switch identity {
        case .id(let id): Int(id)
        case .name(let name): names[name]
        }
    }

    /// The volumes that snapshots are of.
    var volumeCount: Int { counts.count { $0 > 0 } }
}
