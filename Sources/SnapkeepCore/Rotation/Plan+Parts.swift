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
        let (reviewed, now) = (editedCounts, present.editedCounts)
        for rotation in rotations.declared.map(\.name) {
            let growth = EditGrowth(rotation: rotation, reviewed: reviewed[rotation] ?? 0, now: now[rotation] ?? 0)
            if growth.now > growth.reviewed { throw growth }
        }
        let names = rotations.names
        var plan = self
        plan.basis.serial = present.basis.serial
        plan.recordedCount = present.recordedCount
        plan.rotations = due
        plan.target?.leftOut += present.target?.leftOut ?? 0
        plan.aliases.merge(present.aliases) { planned, _ in planned }
        let asReviewed = parts.byManifest.filter { change in
            switch change {
            case .expire: false
            case .delete(let record, _), .retain(let record, _): isRecorded(record.id)
            default: true
            }
        }
        plan.changes = asReviewed + present.changes.filter { $0.isByClock(names) || $0.isExpiryByEdit }
        return plan
    }

    /// How many snapshots of each rotation go by an edit only.
    private var editedCounts: [RotationName: Int] {
        var counts: [RotationName: Int] = [:]
        for edit in rotations?.edits ?? [] { counts[edit.name] = edit.expires }
        return counts
    }
}

/// An edit of a rotation lets more snapshots go by now than the plan showed that was reviewed.
public struct EditGrowth: Error, Hashable, Sendable {
    public var rotation: RotationName
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
    var isExpiryByEdit: Bool { if case .expire(_, let expiry) = self { expiry.isByEdit } else { false } }

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
