/// Computes a plan from what is wanted and what is recorded. Pure: equal inputs give equal plans (P4, P7).
public enum Reconciliation {
    /// What the user asked for beyond the manifest.
    public struct Options: Hashable, Sendable {
        /// Delete what is recorded and no longer listed.
        public var prune: Bool

        /// Options of their parts.
        public init(prune: Bool = false) { self.prune = prune }
    }

    /// The plan that makes the records match the manifest.
    ///
    /// - Parameters:
    ///   - manifest: what is wanted; its keys are unique.
    ///   - state: what is recorded, with its journal folded in; `nil` before the first apply.
    ///   - basis: what the plan is to say about its inputs.
    public static func plan(for manifest: Manifest, against state: RecordedState?, basis: Plan.Basis, options: Options) -> Plan {
        let records = state?.records ?? []
        var changes: [Change] = []
        var unchanged = 0
        var listed = [Bool](repeating: false, count: records.count)
        let index = Dictionary(uniqueKeysWithValues: zip(records.lazy.map(\.key), records.indices))
        let intents = Dictionary((state?.openIntents ?? []).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var settled: Set<AttemptID> = []

        for spec in manifest.snapshots {
            if !intents.isEmpty, let intent = intents[spec.key] {
                settled.insert(intent.attempt)
                if let position = index[spec.key] { listed[position] = true }
                changes.append(.settle(intent, spec))
            } else if let position = index[spec.key] {
                listed[position] = true
                if let change = change(for: spec, recorded: records[position], options: options) {
                    changes.append(change)
                } else {
                    unchanged += 1
                }
            } else {
                changes.append(.create(spec))
            }
        }
        for intent in state?.openIntents ?? [] where !settled.contains(intent.attempt) { changes.append(.settle(intent, nil)) }
        for (position, record) in records.enumerated() where !listed[position] {
            changes.append(fate(of: record, superseded: false, options: options))
        }
        for record in state?.superseded ?? [] { changes.append(fate(of: record, superseded: true, options: options)) }
        return Plan(
            basis: basis, changes: changes, declaredCount: manifest.snapshots.count, recordedCount: records.count, unchangedCount: unchanged
        )
    }

    /// What a listed and recorded snapshot needs; `nil` when nothing.
    public static func change(for spec: SnapshotSpec, recorded record: SnapshotRecord, options: Options) -> Change? {
        // Protection counts from the moment at which either side says it (P3).
        let prune = options.prune && !record.protect && !spec.protect
        if let wanted = spec.volume.id, wanted != record.volumeID {
            return .replace(spec, recorded: record, .volume(from: record.volumeID, to: spec.volume), prune: prune)
        }
        switch record.status {
        case .error: return .replace(spec, recorded: record, .failed, prune: prune)
        // Its deletion was decided and may have been carried out: only a new one can stand for the line.
        case .deleting, .errorDeleting: return .replace(spec, recorded: record, .beingDeleted, prune: false)
        case .available:
            let fields = fieldChanges(from: record, to: spec)
            return fields.isEmpty ? nil : .update(spec, recorded: record, fields)
        case .creating, .rollingBack, .backingUp, .restoring, .other:
            return .resume(spec, recorded: record, fieldChanges(from: record, to: spec))
        }
    }

    /// The owned fields that differ, in a fixed order: name, description, metadata by key, protection.
    static func fieldChanges(from record: SnapshotRecord, to spec: SnapshotSpec) -> [FieldChange] {
        var changes: [FieldChange] = []
        if record.name != spec.name.text { changes.append(.name(from: record.name, to: spec.name.text)) }
        if record.description != spec.description?.text {
            changes.append(.description(from: record.description, to: spec.description?.text))
        }
        if record.metadata != spec.metadata { changes += metadataChanges(from: record.metadata, to: spec.metadata) }
        if record.protect != spec.protect { changes.append(.protect(from: record.protect, to: spec.protect)) }
        return changes
    }

    /// Both maps are sorted by key, so one walk over the two finds every difference.
    private static func metadataChanges(from old: Metadata, to new: Metadata) -> [FieldChange] {
        var changes: [FieldChange] = []
        var (left, right) = (old.entries[...], new.entries[...])
        while let key = [left.first?.key, right.first?.key].compactMap({ $0 }).min() {
            let from = left.first?.key == key ? left.removeFirst().value : nil
            let to = right.first?.key == key ? right.removeFirst().value : nil
            if from != to { changes.append(.metadata(key: key, from: from, to: to)) }
        }
        return changes
    }

    /// What becomes of a snapshot that no line of the manifest stands for.
    private static func fate(of record: SnapshotRecord, superseded: Bool, options: Options) -> Change {
        if record.status == .deleting { return .delete(record, .underWay) }
        if record.protect { return .retain(record, .protected) }
        if !options.prune { return .retain(record, superseded ? .superseded : .unlisted) }
        // Whether it can be deleted now only the cloud knows: what was `error_deleting` may have been mended since, and a deletion looks first.
        guard record.status.allowsDeletion || record.status == .creating || record.status == .errorDeleting else {
            return .retain(record, .busy)
        }
        return .delete(record, superseded ? .superseded : .unlisted)
    }
}
