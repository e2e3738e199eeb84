import SnapkeepCore

/// One change on its way through the run: which step comes next, and what it needs.
struct Job: Sendable {
    let key: SnapshotKey
    let activity: Activity
    /// The lane: one request at a time for each volume.
    var volume: VolumeID
    var step: Step
    /// Requests sent for the current step.
    var tries = 0
    /// Creation requests sent whose answer was lost.
    var sends = 0
    /// When the last of these answers was lost, on the clock that never jumps.
    var lostAt: Duration = .zero
    /// When the job's first request was sent, on the clock that never jumps.
    var startedAt: Duration?
    /// The last fault, for the report when the tries are used up.
    var lastFault: ServiceFault?

    enum Step: Sendable {
        /// Makes sure that what is to be made anew is not there after all.
        case confirmLoss(Creation)
        case create(Creation)
        /// Stamps and records a snapshot that exists.
        case adopt(Takeover)
        /// Looks for the creation's stamp; the last look comes after the settle time.
        case lookUp(Creation, isLast: Bool)
        case edit(Editing)
        case delete(SnapshotRecord, DeletionOrigin)
        /// Deletes what a rotation does not keep, once so many kept ones were seen to be good; with a new one that has just become good.
        case expire(SnapshotRecord, guards: [SnapshotID], besidesNew: Bool)
        /// Looks for duplicates of a creation that was sent more than once.
        case audit(CreationIntent)
    }
}

/// What a creation needs from its first request to the end of its wait.
struct Creation: Sendable {
    let spec: SnapshotSpec
    let volume: VolumeID
    /// The snapshot that the new one takes the place of.
    let replaces: SnapshotRecord?
    /// Whether that one is deleted once the new one is available.
    let prunesReplaced: Bool
    /// Whether that one is known to be gone: its record goes with it.
    var isReplacedGone = false
    /// `nil` until it is on disk.
    var intent: CreationIntent?
    /// When the intent was made, on the clock that never jumps; `nil` from the first request on.
    var unsentSince: Duration?

    /// What is sent: the declared fields and the stamp.
    func request(for intent: CreationIntent) -> CreationRequest {
        CreationRequest(
            volumeID: volume, name: intent.name, description: intent.description,
            metadata: intent.metadata.merging(intent.stamp.metadata), force: spec.force)
    }
}

/// Changes in place that are still to be made in the cloud, and the fields as it has them after those already made.
struct Editing: Sendable {
    enum Edit: Sendable {
        case texts(name: String, description: String?)
        case merge(Metadata)
        case remove(key: String)
    }

    let id: SnapshotID
    let size: Int?
    var name: String
    var description: String?
    var metadata: Metadata
    var remaining: [Edit]
    /// Whether the cloud has taken one of them.
    var isBegun = false
    /// Whether the snapshot was seen to be ours.
    var isConfirmed = false

    /// Fewest requests first: texts, then additions in one merge, then each removal. Protection is ours alone, and recorded before.
    init(record: SnapshotRecord, changes: [FieldChange]) {
        id = record.id
        size = record.size
        (name, description, metadata) = (record.name, record.description, record.metadata)
        var (newName, newDescription, touchesTexts) = (record.name, record.description, false)
        var additions: [Metadata.Entry] = []
        var removals: [Edit] = []
        for change in changes {
            switch change {
            case .name(_, let to): (newName, touchesTexts) = (to, true)
            case .description(_, let to): (newDescription, touchesTexts) = (to, true)
            case .metadata(let key, _, let to?): additions.append(.init(key: key, value: to))
            case .metadata(let key, _, nil): removals.append(.remove(key: key))
            case .protect: break
            }
        }
        remaining = touchesTexts ? [.texts(name: newName, description: newDescription)] : []
        if !additions.isEmpty { remaining.append(.merge(Metadata(additions))) }
        remaining += removals
    }

    /// Notes that the first of the remaining edits was made.
    mutating func completeFirst() {
        isBegun = true
        switch remaining.removeFirst() {
        case .texts(let newName, let newDescription): (name, description) = (newName, newDescription)
        case .merge(let additions): metadata = metadata.merging(additions)
        case .remove(let key): metadata = Metadata(metadata.entries.filter { $0.key != key })
        }
    }
}

/// What one step of a job came to.
enum StepOutcome: Sendable {
    case created(ObservedSnapshot, Creation)
    /// A lost answer was found by its stamp; what else carries the same stamp comes behind.
    case found([ObservedSnapshot], Creation)
    case notFound(Creation)
    case lossConfirmed(Creation)
    case adopted(SnapshotRecord, Takeover)
    /// `isOpen`: its stamp may have been set.
    case notAdopted(ServiceFault, isOpen: Bool)
    /// `asked`: whether the cloud was.
    case edited(SnapshotID, size: Int?, asked: Bool)
    /// The cloud took all edits, the disk would not take their line.
    case editedUnrecorded(SnapshotID, size: Int?, JournalFailure)
    /// Deletion was accepted or is under way.
    case deleting(SnapshotRecord)
    case deleted(SnapshotRecord)
    /// Not deletable before it is available.
    case notYetDeletable(SnapshotRecord, DeletionOrigin)
    case failed(ItemFailure.Cause)
    /// What bears the stamp of a creation beside the recorded one; it is recorded now.
    case audited(duplicates: [SnapshotID])
    /// The step, as far as it came, and why it came no further.
    case fault(ServiceFault, Job.Step)
    case recordFault(RecordFault)
    /// The cloud made the snapshot and will not keep our stamp on it; it is recorded.
    case unstamped(SnapshotID)
    /// The cloud made the snapshot, the disk would not take its line.
    case unrecorded(SnapshotID, RecordFault)
}
