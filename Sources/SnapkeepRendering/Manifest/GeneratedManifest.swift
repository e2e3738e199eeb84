package import SnapkeepCore

/// A manifest of snapshots that exist, as values: what `generate` writes. Equal inputs, in any order, give equal manifests (P7).
package struct GeneratedManifest: Hashable, Sendable {
    /// One line of the list.
    package struct Item: Hashable, Sendable {
        let key: SnapshotKey
        let name: SnapshotName
        let volume: Volume
        let description: SnapshotDescription?
        let metadata: Metadata
        /// What the line stands for.
        let observed: ObservedSnapshot
        /// What the line says otherwise than the cloud, and what it cannot say.
        let remarks: [String]

        /// The id as the line names it; `nil` where it is none that a manifest takes.
        var id: SnapshotID? { SnapshotID(uuid: observed.id.text).flatMap { $0 == observed.id ? $0 : nil } }
    }

    /// How the line names its volume.
    package enum Volume: Hashable, Sendable {
        case alias(String, VolumeID)
        case id(VolumeID)
    }

    let project: ProjectID
    let items: [Item]
    package let leftOut: SnapshotSelection.LeftOut

    /// - Parameters:
    ///   - snapshots: those to list, each once.
    ///   - volumes: all of the project's, for their names.
    package init(_ snapshots: [ObservedSnapshot], volumes: [ObservedVolume], project: ProjectID, leftOut: SnapshotSelection.LeftOut) {
        self.project = project
        self.leftOut = leftOut
        let aliases = Self.aliases(of: volumes)
        func volume(_ id: VolumeID) -> Volume { aliases[id].map { .alias($0, id) } ?? .id(id) }
        let sorted = snapshots.sorted { left, right in
            Self.place(of: left, volume(left.volumeID)) < Self.place(of: right, volume(right.volumeID))
        }
        var keys = KeyChooser(sorted)
        items = sorted.map { Item($0, key: keys.key(for: $0), volume: volume($0.volumeID)) }
    }

    /// The volumes that the list names by alias, in the order of the list.
    var aliases: [(alias: String, id: VolumeID)] {
        var seen: Set<VolumeID> = []
        return items.compactMap { item in
            guard case .alias(let alias, let id) = item.volume, seen.insert(id).inserted else { return nil }
            return (alias, id)
        }
    }

    /// How many volumes the listed snapshots are of.
    var volumeCount: Int { Set(items.map(\.observed.volumeID)).count }

    /// The cloud's names of volumes, where no two volumes share one and it can be written as a name in the manifest.
    private static func aliases(of volumes: [ObservedVolume]) -> [VolumeID: String] {
        let counts = Dictionary(volumes.map { ($0.name ?? "", 1) }, uniquingKeysWith: +)
        var aliases: [VolumeID: String] = [:]
        for volume in volumes {
            // An alias that looks like an id would mislead, and '<<' merges mappings.
            guard let name = volume.name, counts[name] == 1, KeyChooser.isGood(name), VolumeID(name) == nil, name != "<<" else { continue }
            aliases[volume.id] = name
        }
        return aliases
    }

    /// By volume, named ones first, then from the oldest on.
    private static func place(of snapshot: ObservedSnapshot, _ volume: Volume) -> (Int, String, Int64, String, SnapshotID) {
        let (group, name) =
            switch volume {
            case .alias(let alias, _): (0, alias)
            case .id(let id): (1, id.text)
            }
        return (group, name, snapshot.createdAt?.microseconds ?? .max, snapshot.name ?? "", snapshot.id)
    }
}

extension GeneratedManifest.Item {
    fileprivate init(_ snapshot: ObservedSnapshot, key: SnapshotKey, volume: GeneratedManifest.Volume) {
        let (name, hasSameName) = AcceptableText.name(snapshot.name, else: "snapshot-\(snapshot.id.text.prefix(8))")
        let (description, hasSameDescription) = AcceptableText.description(snapshot.description)
        let (metadata, others) = AcceptableText.metadata(snapshot.metadata)
        var remarks: [String] = []
        if !hasSameName {
            remarks.append("its name in the cloud is \((snapshot.name ?? "").excerpt): apply changes it to this one")
        }
        if !hasSameDescription {
            remarks.append(
                "its description in the cloud is \((snapshot.description ?? "").excerpt): apply "
                    + (description == nil ? "clears it" : "changes it to this one"))
        }
        if !others.isEmpty {
            remarks.append("metadata that a manifest cannot hold is left as it is: \(others.map(\.excerpt).joined(separator: ", "))")
        }
        self.init(
            key: key, name: name, volume: volume, description: description, metadata: metadata, observed: snapshot, remarks: remarks)
    }
}

extension String {
    /// Its beginning, in double quotes.
    fileprivate var excerpt: String { count > 80 ? VisibleText.quoted(String(prefix(80))) + "…" : VisibleText.quoted(self) }
}

/// Gives each snapshot a key of its own: its name where no other bears it, else a text with the beginning of its id.
private struct KeyChooser {
    /// How often each name comes; the keys of stamps count, too: those cannot be chosen.
    private let counts: [String: Int]
    private var taken: Set<String>

    init(_ snapshots: [ObservedSnapshot]) {
        let names = snapshots.compactMap { $0.stampedKey?.text ?? $0.name }
        counts = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
        // A name that is a key as it stands goes before every key that is made up.
        taken = Set(counts.filter { $0.value == 1 && Self.isGood($0.key) }.keys).union(snapshots.compactMap { $0.stampedKey?.text })
    }

    mutating func key(for snapshot: ObservedSnapshot) -> SnapshotKey {
        if let key = snapshot.stampedKey { return key }
        if let name = snapshot.name, counts[name] == 1, Self.isGood(name), let key = try? SnapshotKey(name) { return key }
        let id = snapshot.id.text
        let start = id.prefix(8)
        for text in [snapshot.name.map { "\($0)-\(start)" }, "snapshot-\(start)", id].compactMap({ $0 }) where Self.isGood(text) {
            if taken.insert(text).inserted, let key = try? SnapshotKey(text) { return key }
        }
        var number = 2
        while true {
            let text = "\(id.prefix(200))-\(number)"
            if taken.insert(text).inserted { return try! SnapshotKey(text) }
            number += 1
        }
    }

    /// Whether a text can be a key, and can be seen and typed.
    static func isGood(_ text: String) -> Bool {
        (try? SnapshotKey(text)) != nil && !text.unicodeScalars.contains(where: VisibleText.mustEscape)
    }
}
