/// The manifest's names for volumes that only an id tells: those of records, and of lines with `volume_id`.
extension Plan {
    /// A volume by the name that the manifest has for it, where it has one.
    public func reference(to id: VolumeID) -> VolumeReference { aliases[id].map { .alias($0, id) } ?? .id(id) }

    /// A volume as a line names it, or by the name that the manifest has for it all the same.
    public func reference(to volume: VolumeReference) -> VolumeReference {
        if !aliases.isEmpty, case .id(let id) = volume { reference(to: id) } else { volume }
    }

    /// The names that a plan of these changes needs.
    static func aliases(
        for changes: [Change], of manifest: Manifest, _ observation: Observation
    ) -> [VolumeID: String] {
        var known = manifest.aliases
        // The cloud has just told which volumes bear the names that the manifest gives.
        if observation.volumes != nil {
            for spec in manifest.snapshots {
                guard case .named(let alias, _) = spec.volume, let id = observation.volumeID(of: spec.volume) else { continue }
                if known[id] == nil { known[id] = alias }
            }
        }
        // A saved plan finds the volumes of a pattern without its manifest, and their keys are made of what it calls them.
        if known.isEmpty || manifest.picksVolumes { return manifest.aliases }
        var needed: [VolumeID: String] = [:]
        for change in changes {
            for id in change.bareVolumes { if needed[id] == nil, let name = known[id] { needed[id] = name } }
        }
        return needed
    }
}

extension Change {
    /// The volumes that it has only the id of.
    fileprivate var bareVolumes: [VolumeID] {
        switch self {
        case .create(let spec), .adopt(let spec, _, _), .update(let spec, _, _), .resume(let spec, _, _): spec.bareVolume
        case .replace(let spec, let record, _, _): [record.volumeID] + spec.bareVolume
        case .settle(let intent, _): [intent.volumeID]
        case .delete(let record, _), .expire(let record, _), .retain(let record, _), .lost(let record, _, _): [record.volumeID]
        }
    }
}

extension SnapshotSpec {
    fileprivate var bareVolume: [VolumeID] { if case .id(let id) = volume { [id] } else { [] } }
}
