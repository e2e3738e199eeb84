/// Computes a plan from what is wanted and what is recorded. Pure: equal inputs give equal plans (P4, P7).
public enum Reconciliation {
    /// What the user asked for beyond the manifest.
    public struct Options: Hashable, Sendable {
        /// Delete what is recorded and no longer listed.
        public var prune: Bool
        /// Make lost snapshots anew.
        public var recreate: Bool
        /// Leave what is due by the clock to another run.
        public var onlyChangedByManifest: Bool
        /// The keys that the plan is limited to; none limits nothing.
        public var targets: [GlobPattern]

        /// Options of their parts.
        public init(
            prune: Bool = false, recreate: Bool = false, onlyChangedByManifest: Bool = false, targets: [GlobPattern] = []
        ) {
            self.prune = prune
            self.recreate = recreate
            self.onlyChangedByManifest = onlyChangedByManifest
            self.targets = targets
        }
    }

    /// The plan that makes the records match the manifest.
    ///
    /// - Parameters:
    ///   - manifest: what is wanted; its keys are unique.
    ///   - state: what is recorded, with its journal taken over; `nil` before the first apply.
    ///   - basis: what the plan is to say about its inputs.
    ///   - observation: what a look at the cloud showed beyond the records, which are then given as it has them.
    ///   - clock: the instant that rotations are looked at; `nil` where the manifest has none.
    public static func plan(
        for manifest: Manifest, against state: RecordedState?, basis: Plan.Basis, options: Options,
        observation: Observation = Observation(),
        clock: RotationClock? = nil
    ) -> Plan {
        let records = state?.records ?? []
        var changes: [Change] = []
        var unchanged = 0
        var listed = [Bool](repeating: false, count: records.count)
        var index = RecordIndex(records)
        let intents = Dictionary((state?.openIntents ?? []).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var settled: Set<AttemptID> = []

        for spec in manifest.snapshots {
            if !intents.isEmpty, let intent = intents[spec.key] {
                settled.insert(intent.attempt)
                if let position = index.position(of: spec.key) { listed[position] = true }
                changes.append(.settle(intent, spec))
            } else if let position = index.position(of: spec.key) {
                listed[position] = true
                if let change = change(for: spec, recorded: records[position], options: options, observation: observation) {
                    changes.append(change)
                } else {
                    unchanged += 1
                }
            } else {
                changes.append(beginning(of: spec, observation))
            }
        }
        let rotations = clock.map { RotationPlanning(manifest, state, $0, options, observation).plan() }
        for change in rotations?.changes ?? [] { if case .settle(let intent, _) = change { settled.insert(intent.attempt) } }
        changes += rotations?.changes ?? []
        for intent in state?.openIntents ?? [] where !settled.contains(intent.attempt) { changes.append(.settle(intent, nil)) }
        let superseded = state?.superseded ?? []
        let claimed = rotations?.claimed
        for (position, record) in records.enumerated() where !listed[position] && claimed?[superseded.count + position] != true {
            changes.append(fate(of: record, superseded: false, options, observation))
        }
        for (position, record) in superseded.enumerated() where claimed?[position] != true {
            changes.append(fate(of: record, superseded: true, options, observation))
        }
        var plan = Plan(
            basis: basis, changes: changes, declaredCount: manifest.snapshots.count, recordedCount: records.count,
            unchangedCount: unchanged, drift: observation.drift, rotations: rotations?.part,
            aliases: Plan.aliases(for: changes, of: manifest, observation))
        plan = plan.limited(
            to: options.targets,
            known: [manifest.snapshots.lazy.map(\.key), records.lazy.map(\.key), superseded.lazy.map(\.key)].joined())
        plan.createdSize = observation.volumes.flatMap { volumes in
            Plan.TotalSize(plan.changes.compactMap(\.creation).map { observation.volumeID(of: $0.volume).flatMap { volumes[$0]?.size } })
        }
        return plan
    }

    /// What a listed and recorded snapshot needs; `nil` when nothing.
    public static func change(
        for spec: SnapshotSpec, recorded record: SnapshotRecord, options: Options, observation: Observation = Observation()
    ) -> Change? {
        // Protection counts from the moment at which either side says it (P3).
        let prune = options.prune && !record.protect && !spec.protect
        if spec.id != nil { return change(forNamed: spec, recorded: record, observation) }
        if let wanted = observation.volumeID(of: spec.volume), wanted != record.volumeID {
            return .replace(spec, recorded: record, .volume(from: record.volumeID, to: spec.volume), prune: prune)
        }
        if let loss = observation.loss(of: record) {
            // What its volume took with it cannot be made again.
            guard options.recreate, loss != .goneWithVolume else { return .lost(record, spec, loss) }
            return .replace(spec, recorded: record, .lost(loss), prune: false)
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

    /// What stands for a line that nothing is recorded for: a snapshot that is made, or the one that the line names.
    public static func beginning(of spec: SnapshotSpec, _ observation: Observation = Observation()) -> Change {
        guard let id = spec.id else { return .create(spec) }
        return .adopt(spec, id, observation.adoptable?[id].map { fieldChanges(from: $0, to: spec) })
    }

    /// What a recorded line with an `id:` needs. Whatever has become of the snapshot, no other one is made for the line, and none is deleted;
    /// what does not fit together is an adoption that cannot be carried out, and `Preflight` says why.
    private static func change(forNamed spec: SnapshotSpec, recorded record: SnapshotRecord, _ observation: Observation) -> Change? {
        guard spec.id == record.id, observation.volumeID(of: spec.volume).map({ $0 == record.volumeID }) ?? true else {
            return beginning(of: spec, observation)
        }
        if let loss = observation.loss(of: record) { return .lost(record, spec, loss) }
        let fields = fieldChanges(from: record, to: spec)
        return switch record.status {
        case .error, .deleting, .errorDeleting: .lost(record, spec, .unusable)
        case .available: fields.isEmpty ? nil : .update(spec, recorded: record, fields)
        case .creating, .rollingBack, .backingUp, .restoring, .other: .resume(spec, recorded: record, fields)
        }
    }

    /// What an adopted snapshot is to be changed in: of its metadata, what the line declares counts as ours.
    static func fieldChanges(from observed: ObservedSnapshot, to spec: SnapshotSpec) -> [FieldChange] {
        let record = SnapshotRecord(
            key: spec.key, id: observed.id, volumeID: observed.volumeID, name: observed.name ?? "", description: observed.description,
            metadata: observed.metadata.owned(by: spec), status: observed.status, protect: spec.protect)
        return fieldChanges(from: record, to: spec)
    }

    /// The owned fields that differ, in a fixed order: name, description, metadata by key, protection.
    public static func fieldChanges(from record: SnapshotRecord, to spec: SnapshotSpec) -> [FieldChange] {
        var changes = fieldChanges(from: record, name: spec.name.text, description: spec.description?.text, metadata: spec.metadata)
        if record.protect != spec.protect { changes.append(.protect(from: record.protect, to: spec.protect)) }
        return changes
    }

    /// The fields that the cloud holds and that differ from what is recorded.
    static func fieldChanges(from record: SnapshotRecord, name: String, description: String?, metadata: Metadata) -> [FieldChange] {
        var changes: [FieldChange] = []
        if !record.name.hasSameBytes(as: name) { changes.append(.name(from: record.name, to: name)) }
        if !record.description.hasSameBytes(as: description) { changes.append(.description(from: record.description, to: description)) }
        if record.metadata != metadata { changes += metadataChanges(from: record.metadata, to: metadata) }
        return changes
    }

    /// Both maps are sorted by key, so one walk over the two finds every difference.
    private static func metadataChanges(from old: Metadata, to new: Metadata) -> [FieldChange] {
        var changes: [FieldChange] = []
        var (left, right) = (old.entries[...], new.entries[...])
        while let key = [left.first?.key, right.first?.key].compactMap({ $0 }).min() {
            let from = left.first?.key == key ? left.removeFirst().value : nil
            let to = right.first?.key == key ? right.removeFirst().value : nil
            if !from.hasSameBytes(as: to) { changes.append(.metadata(key: key, from: from, to: to)) }
        }
        return changes
    }

    /// What becomes of a snapshot that no line of the manifest stands for.
    private static func fate(of record: SnapshotRecord, superseded: Bool, _ options: Options, _ observation: Observation) -> Change {
        if record.status == .deleting {
            // An earlier run decided it, and may have died before it asked, or its answer was lost. Where deletions are asked for, this one is
            // carried out to its end, by a look first; where they are not, what the cloud did not get to stays (P3).
            guard options.prune, !record.protect else { return .delete(record, .underWay) }
            return .delete(record, superseded ? .superseded : .unlisted)
        }
        if !superseded, let loss = observation.loss(of: record) {
            let isGone = loss == .gone || loss == .goneWithVolume
            if !options.prune || record.protect { return .lost(record, nil, loss) }
            if isGone { return .delete(record, .gone) }
        }
        if record.protect { return .retain(record, superseded ? .supersededProtected : .protected) }
        if !options.prune { return .retain(record, superseded ? .superseded : .unlisted) }
        if observation.foreign.contains(record.id) { return .retain(record, .unstamped) }
        // Whether it can be deleted now only the cloud knows: what was `error_deleting` may have been mended since, and a deletion looks first.
        guard record.status.allowsDeletion || record.status == .creating || record.status == .errorDeleting else {
            return .retain(record, .busy)
        }
        return .delete(record, superseded ? .superseded : .unlisted)
    }
}
