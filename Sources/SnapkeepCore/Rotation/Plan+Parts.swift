extension Plan {
    /// What the clock brings, and what the manifest asks for: with an edit of a rotation goes what only the edit lets go.
    public var parts: (byClock: [Change], byManifest: [Change]) {
        guard let rotations else { return ([], changes) }
        let names = rotations.names
        var (byClock, byManifest): ([Change], [Change]) = ([], [])
        for change in changes {
            if change.isByClock(names) { byClock.append(change) } else { byManifest.append(change) }
        }
        return (byClock, byManifest)
    }

    /// A saved plan as it is carried out later: what the manifest asks for, as it was reviewed, and what is due by the clock now, by the same
    /// rules.
    ///
    /// - Parameters:
    ///   - present: what the plan's rotations ask for now, of the state as it is now. Its other changes are not looked at.
    ///   - isRecorded: whether the state still has a snapshot: a routine run may have let go what was to be deleted.
    /// - Throws: `EditGrowth` when an edit lets more go by now than was reviewed.
    public func carriedOut(with present: Plan, isRecorded: (SnapshotID) -> Bool) throws(EditGrowth) -> Plan {
        guard let rotations, let due = present.rotations else { return self }
        let reviewed = edited(in: self)
        for (place, records) in edited(in: present).sorted(by: { $0.key < $1.key }) where records.count > reviewed[place]?.count ?? 0 {
            throw EditGrowth(key: records[0].key, reviewed: reviewed[place]?.count ?? 0, now: records.count)
        }
        // What was shown to go may go, whichever rule let it go then.
        let named = Set(changes.lazy.compactMap { if case .expire(let record, _) = $0 { record.id } else { nil } })
        let names = rotations.names
        // What is unlisted of a rotation is decided anew, and goes only where it was to go in both.
        let unlisted = Set(present.changes.lazy.compactMap { if case .delete(let record, _) = $0 { record.id } else { nil } })
        var plan = self
        plan.basis.serial = present.basis.serial
        plan.recordedCount = present.recordedCount
        plan.rotations = due
        plan.drift.removeAll { names.own($0.key) }
        plan.aliases.merge(present.aliases) { planned, _ in planned }
        let asReviewed = parts.byManifest.filter { change in
            switch change {
            case .expire: false
            case .delete(let record, _): isRecorded(record.id) && (!names.own(record.key) || unlisted.contains(record.id))
            case .retain(let record, _): isRecorded(record.id)
            default: true
            }
        }
        // What the days have put in the place of what was reviewed is left to the next run, for which it is routine.
        plan.changes =
            asReviewed
            + present.changes.filter { change in
                if case .expire(let record, let expiry) = change, expiry.isByEdit { return named.contains(record.id) }
                return change.isByClock(names)
            }
        return plan
    }

    private struct Place: Hashable, Comparable {
        var rotation: RotationName
        var volume: VolumeID

        static func < (left: Self, right: Self) -> Bool { (left.rotation, left.volume) < (right.rotation, right.volume) }
    }

    /// The snapshots of each rotation and volume that go by an edit only.
    private func edited(in plan: Plan) -> [Place: [SnapshotRecord]] {
        var records: [Place: [SnapshotRecord]] = [:]
        for case .expire(let record, let expiry) in plan.changes where expiry.isByEdit {
            guard let name = plan.rotations?.name(of: record.key) else { continue }
            records[Place(rotation: name, volume: record.volumeID), default: []].append(record)
        }
        return records
    }
}

/// An edit of a rotation lets more snapshots go by now than the plan showed that was reviewed.
public struct EditGrowth: Error, Hashable, Sendable {
    /// One of those snapshots: the others are of the same rotation and volume.
    public var key: SnapshotKey
    /// How many the plan showed.
    public var reviewed: Int
    /// How many it would be.
    public var now: Int
}

extension RotationPlan {
    /// The names of the rotations, those among them that they had before.
    public var names: Set<RotationName> { declared.allNames }

    /// The rotation that a key belongs to, by its name of now.
    func name(of key: SnapshotKey) -> RotationName? {
        guard let name = RotationKey(key)?.rotation else { return nil }
        return declared.first { $0.name == name || $0.movedFrom == name }?.name
    }
}

extension [RotationSpec] {
    /// Their names, and those that they had before.
    var allNames: Set<RotationName> { Set(flatMap { [$0.name] + [$0.movedFrom].compactMap { $0 } }) }
}

extension Change {
    /// Whether the clock asks for it and not the manifest.
    ///
    /// - Parameter names: of the rotations.
    func isByClock(_ names: Set<RotationName>) -> Bool {
        switch self {
        case .expire(_, let expiry): !expiry.isByEdit
        case .create, .replace, .resume, .settle, .lost, .delete(_, .gone): names.own(key)
        case .adopt, .update, .delete, .retain: false
        }
    }
}
