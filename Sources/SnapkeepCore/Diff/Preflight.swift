/// Finds what the cloud would refuse, before it is asked. Pure: it sees a plan and what was read of the project.
public enum Preflight {
    /// One thing that would fail, or that may.
    public enum Finding: Hashable, Sendable {
        /// The cloud has snapshots with our stamp and this key that no record knows: a new one would be a duplicate.
        case madeBefore(SnapshotKey, [SnapshotID])
        /// The snapshot of another record carries this key in its stamp. `isListed`: whether the plan has a line for the record's key, too.
        case halfRenamed(CutRename, isListed: Bool)
        /// So many more carry our stamp under other keys.
        case unrecorded(count: Int)
        /// The volume is attached, and the line does not say `force`.
        case attached(SnapshotKey, VolumeID)
        case noVolume(SnapshotKey, VolumeID)
        /// No volume bears the name, or several do: their ids.
        case volumeName(SnapshotKey, name: String, matches: [VolumeID])
        /// The volume is in a status in which no snapshot can be made now (CloudAPI#create).
        case busyVolume(SnapshotKey, VolumeID, status: String)
        /// More are to be made than the project may still have. `freed`: how many the same plan deletes, which may be in time or not.
        case quota(wanted: Int, left: Int, freed: Int)
        /// More GiB are to be taken than the project may still have; some clouds charge snapshots nothing.
        case gigabytes(wanted: Int, left: Int)
        /// More snapshots of one volume than one cloud allows (CloudAPI#quotas).
        case crowded(VolumeID, keys: [SnapshotKey], existing: Int, wanted: Int)
        /// What the line names by `id:` cannot be adopted.
        case notAdoptable(SnapshotKey, SnapshotID, AdoptionObstacle)
        /// A new one would stand beside one of the same name and volume that nobody keeps: the youngest of `count`.
        case lookAlike(SnapshotKey, SnapshotID, createdAt: Timestamp?, count: Int)

        /// Whether it is certain to fail, or must not be done.
        public var isError: Bool {
            switch self {
            case .quota(_, _, let freed): freed == 0
            case .madeBefore, .halfRenamed, .attached, .noVolume, .volumeName, .notAdoptable: true
            case .unrecorded, .busyVolume, .gigabytes, .crowded, .lookAlike: false
            }
        }
    }

    /// Most snapshots that Huawei's clouds keep of one volume (CloudAPI#quotas).
    public static let mostPerVolume = 7

    /// What a plan would make a second time: a state that was lost looks like one that never was (P1).
    ///
    /// - Parameters:
    ///   - orphans: what no record knows, by the key in the stamp.
    ///   - cutRenames: what is recorded under another key than its stamp has.
    public static func findings(of plan: Plan, orphans: [String: [SnapshotID]], cutRenames: [CutRename] = []) -> [Finding] {
        if orphans.isEmpty && cutRenames.isEmpty { return [] }
        var left = orphans
        let renames = Dictionary(cutRenames.map { ($0.new, $0) }, uniquingKeysWith: { first, _ in first })
        // Only what no line stands for is left alone or deleted as unlisted.
        let unlisted = renames.isEmpty ? [] : Set(plan.changes.compactMap(\.unlistedID))
        var findings: [Finding] = []
        for change in plan.changes {
            switch change {
            case .adopt(let spec, let id, _):
                // What is adopted is recorded then.
                left[spec.key.text]?.removeAll { $0 == id }
            case .create(let spec), .replace(let spec, _, _, _), .settle(_, let spec?):
                if let ids = left.removeValue(forKey: spec.key.text) { findings.append(.madeBefore(spec.key, ids)) }
                if let rename = renames[spec.key] { findings.append(.halfRenamed(rename, isListed: !unlisted.contains(rename.id))) }
            case .update, .resume, .settle, .delete, .expire, .retain, .lost: continue
            }
        }
        let count = left.values.reduce(0) { $0 + $1.count }
        return count > 0 ? findings + [.unrecorded(count: count)] : findings
    }

    /// What stands against the creations of a plan, in its order.
    ///
    /// - Parameters:
    ///   - snapshotsByVolume: how many there are now, whoever made them.
    ///   - quota: `nil` where it is not known.
    public static func findings(
        of plan: Plan, volumes: VolumeDirectory, snapshotsByVolume: VolumeCounts, quota: ProjectQuota?
    ) -> [Finding] {
        var findings: [Finding] = []
        var keysByVolume: [VolumeID: [SnapshotKey]] = [:]
        var order: [VolumeID] = []
        var count = 0
        var gigabytes = 0
        for change in plan.changes {
            guard let spec = change.creation else { continue }
            count += 1
            let id: VolumeID
            switch spec.volume {
            case .id(let given), .alias(_, let given): id = given
            case .named(_, let name):
                let matches = volumes.ids(named: name)
                guard matches.count == 1 else {
                    findings.append(.volumeName(spec.key, name: name, matches: matches))
                    continue
                }
                id = matches[0]
            }
            guard let volume = volumes[id] else {
                findings.append(.noVolume(spec.key, id))
                continue
            }
            switch volume.status.lowercased() {
            case "available": break
            case "in-use": if !spec.force { findings.append(.attached(spec.key, id)) }
            default: findings.append(.busyVolume(spec.key, id, status: volume.status))
            }
            // A size is the cloud's word: it may be anything.
            let (sum, isAbsurd) = gigabytes.addingReportingOverflow(volume.size ?? 0)
            gigabytes = isAbsurd ? .max : sum
            if keysByVolume[id] == nil { order.append(id) }
            keysByVolume[id, default: []].append(spec.key)
        }
        for id in order {
            let (existing, keys) = (snapshotsByVolume[id], keysByVolume[id] ?? [])
            if existing + keys.count > mostPerVolume { findings.append(.crowded(id, keys: keys, existing: existing, wanted: keys.count)) }
        }
        if let left = quota?.snapshots?.left, count > left {
            findings.append(.quota(wanted: count, left: left, freed: plan.summary.delete))
        }
        if let left = quota?.gigabytes?.left, gigabytes > left { findings.append(.gigabytes(wanted: gigabytes, left: left)) }
        return findings
    }
}

extension Change {
    /// The recorded snapshot that no line of the manifest stands for.
    public var unlistedID: SnapshotID? {
        switch self {
        case .retain(let record, _), .delete(let record, _), .lost(let record, nil, _): record.id
        case .create, .adopt, .update, .replace, .resume, .settle, .expire, .lost(_, .some, _): nil
        }
    }
}
