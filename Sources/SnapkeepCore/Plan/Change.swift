/// One line of a plan. Each case carries what is needed to show it and to carry it out, and nothing else.
public enum Change: Hashable, Sendable {
    /// Listed, not recorded.
    case create(SnapshotSpec)
    /// Listed with the id of a snapshot that exists, and not recorded: stamped and recorded, then brought to what the line says. Nothing is
    /// made. The fields that differ are known where the cloud was looked at.
    case adopt(SnapshotSpec, SnapshotID, [FieldChange]?)
    /// Name, description, own metadata or protection differ: changed in place.
    case update(SnapshotSpec, recorded: SnapshotRecord, [FieldChange])
    /// A new one first; the recorded one is kept as superseded, or deleted afterwards where `prune` says so.
    case replace(SnapshotSpec, recorded: SnapshotRecord, ReplacementReason, prune: Bool)
    /// Recorded as not yet available: waited for, not created; then the field changes are made.
    case resume(SnapshotSpec, recorded: SnapshotRecord, [FieldChange])
    /// A creation of an earlier run whose outcome is not known: looked up first; created only when it is listed and proven not to exist.
    case settle(CreationIntent, SnapshotSpec?)
    /// Not listed, to be deleted.
    case delete(SnapshotRecord, DeletionOrigin)
    /// A rotation's rules do not keep it any more.
    case expire(SnapshotRecord, Expiry)
    /// Not listed: kept.
    case retain(SnapshotRecord, RetentionReason)
    /// Recorded, and seen to be lost: told, and nothing is done, for a new one would hold today's data. The line that lists it, if one does.
    case lost(SnapshotRecord, SnapshotSpec?, LossReason)

    /// The key of the snapshot that the change is about.
    public var key: SnapshotKey {
        switch self {
        case .create(let spec), .adopt(let spec, _, _), .update(let spec, _, _), .replace(let spec, _, _, _), .resume(let spec, _, _):
            spec.key
        case .settle(let intent, _): intent.key
        case .delete(let record, _), .expire(let record, _), .retain(let record, _), .lost(let record, _, _): record.key
        }
    }

    /// What the change asks the cloud to make; `nil` for changes that make nothing. What is looked up first may turn out to be made already.
    public var creation: SnapshotSpec? {
        switch self {
        case .create(let spec), .replace(let spec, _, _, _): spec
        case .adopt, .update, .resume, .settle, .delete, .expire, .retain, .lost: nil
        }
    }

    /// The recorded snapshot that the change deletes in the cloud, where it is not known to be gone.
    var deletedRecord: SnapshotRecord? {
        switch self {
        case .delete(_, .gone), .replace(_, _, .lost(.gone), _), .replace(_, _, .lost(.goneWithVolume), _): nil
        case .delete(let record, _), .expire(let record, _), .replace(_, let record, _, prune: true): record
        case .create, .adopt, .update, .replace, .resume, .settle, .retain, .lost: nil
        }
    }

    /// Whether carrying out the change asks anything of the cloud or of the state.
    public var isAction: Bool {
        switch self {
        case .retain, .lost: false
        case .create, .adopt, .update, .replace, .resume, .settle, .delete, .expire: true
        }
    }
}

/// One field that an update changes.
public enum FieldChange: Hashable, Sendable {
    case name(from: String, to: String)
    case description(from: String?, to: String?)
    /// `nil` on one side: added or removed.
    case metadata(key: String, from: String?, to: String?)
    /// Ours, not the cloud's: recorded without a request.
    case protect(from: Bool, to: Bool)

    /// Whether the cloud must be asked.
    public var needsRequest: Bool {
        if case .protect = self { false } else { true }
    }

    /// Whether both are about the same field, whatever its values.
    public func isOfSameField(as other: FieldChange) -> Bool {
        switch (self, other) {
        case (.name, .name), (.description, .description), (.protect, .protect): true
        case (.metadata(let key, _, _), .metadata(let otherKey, _, _)): key == otherKey
        case (.name, _), (.description, _), (.metadata, _), (.protect, _): false
        }
    }
}

/// Why a recorded snapshot cannot serve any longer.
public enum ReplacementReason: Hashable, Sendable {
    case volume(from: VolumeID, to: VolumeReference)
    /// The recorded one ended in `error`.
    case failed
    /// The recorded one is being deleted, and the manifest lists it again.
    case beingDeleted
    /// The recorded one was lost, and a new one was asked for.
    case lost(LossReason)
}

/// What became of a snapshot that is lost; raw values are the words of the machine-readable formats.
public enum LossReason: String, Hashable, Sendable, CaseIterable {
    /// The cloud has no such snapshot.
    case gone
    /// Nor its volume: it cannot be made again.
    case goneWithVolume = "gone_with_volume"
    /// Somebody else is deleting it.
    case beingDeleted = "being_deleted"
    /// Its deletion, begun by somebody else, failed: it cannot be used any more (CloudAPI#statuses).
    case errorDeleting = "error_deleting"
    /// Recorded as failed or as being deleted, and its line names it by `id:`, so that no other may stand for it.
    case unusable
}

/// Where a snapshot to be deleted comes from; raw values are the words of the machine-readable formats.
public enum DeletionOrigin: String, Hashable, Sendable, CaseIterable {
    /// Recorded, no longer listed.
    case unlisted
    /// Another one has taken its place.
    case superseded
    /// Deletion was begun by an earlier run, and this one is not asked to delete: it is only waited for.
    case underWay = "under_way"
    /// Seen to be gone already: only its record is dropped.
    case gone
}

/// Why a snapshot that is not listed stays.
public enum RetentionReason: String, Hashable, Sendable, CaseIterable {
    /// The default: keep what is recorded but no longer listed.
    case unlisted
    case superseded
    /// `protect: true` stands in its record.
    case protected
    /// The same of one that another one has taken the place of.
    case supersededProtected = "superseded_protected"
    /// It does not carry our stamp any more.
    case unstamped
    /// Its status does not allow deletion now.
    case busy
    /// The pattern of its rotation does not pick its volume any more.
    case notPicked = "not_picked"
}
