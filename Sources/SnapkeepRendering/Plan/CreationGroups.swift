import SnapkeepCore

/// Creations gathered to as many rows as a screen holds: by what their keys begin with, else by volume.
struct CreationGroups {
    /// Creations that stand in one row.
    struct Group: Hashable {
        /// What stands for the keys: `orders-*`.
        var label: String
        var count = 0
        var volumes: Set<VolumeReference> = []
    }

    /// In the order in which their first one stands in the plan.
    private(set) var groups: [Group] = []

    /// - Parameters:
    ///   - creations: what is made, in the plan's order.
    ///   - most: at most so many groups; at least 2.
    init(_ creations: [SnapshotSpec], most: Int) {
        let ways: [(SnapshotSpec) -> String] = [
            Self.rotation, { Self.prefix($0.key.text, fromEnd: true) }, { Self.volume($0.volume) },
            { Self.prefix($0.key.text, fromEnd: false) },
        ]
        for way in ways {
            let groups = Self.groups(creations, by: way, most: most)
            // One of each kind says nothing that the rows themselves would not say.
            if let groups, groups.count > 1 || groups.first?.label != "*", groups.count < creations.count {
                self.groups = groups
                return
            }
        }
        let all = Group(label: "*", count: creations.count, volumes: Set(creations.map(\.volume)))
        groups = creations.isEmpty ? [] : [all]
    }

    /// - Returns: `nil` where there are too many groups.
    private static func groups(_ creations: [SnapshotSpec], by way: (SnapshotSpec) -> String, most: Int) -> [Group]? {
        var places: [String: Int] = [:]
        var groups: [Group] = []
        for spec in creations {
            let label = way(spec)
            if let place = places[label] {
                groups[place].count += 1
                groups[place].volumes.insert(spec.volume)
            } else {
                if groups.count == most { return nil }
                places[label] = groups.count
                groups.append(Group(label: label, count: 1, volumes: [spec.volume]))
            }
        }
        return groups
    }

    /// `nightly/*@2026-10-25` for the night of a rotation; other keys stand for themselves, so that they make too many groups.
    private static func rotation(_ spec: SnapshotSpec) -> String {
        RotationKey(spec.key).map { "\($0.rotation)/*@\($0.period)" } ?? spec.key.text
    }

    private static func volume(_ volume: VolumeReference) -> String {
        switch volume {
        case .id(let id): "* of volume \(id.text)"
        case .alias(let alias, _), .named(let alias, _): "* of \(alias)"
        }
    }

    /// Up to the last, or the first, of the signs that parts of a name are joined by.
    private static func prefix(_ key: String, fromEnd: Bool) -> String {
        func isJoint(_ character: Character) -> Bool { "/-_.@".contains(character) }
        guard let joint = fromEnd ? key.lastIndex(where: isJoint) : key.firstIndex(where: isJoint) else { return "*" }
        return key[...joint] + "*"
    }
}
