/// One line of the journal. A journal is the events of one run; replayed over the state it began from, it gives the new state.
public enum JournalEvent: Hashable, Sendable {
    /// The first line: who runs, and which saved plan is carried out, if any. From here on that plan counts as consumed.
    case begin(RunInfo, plan: PlanID?)
    /// On disk before the POST is sent.
    case intent(CreationIntent)
    /// The request of an open intent is about to be sent again: the settle time counts anew. On disk before the POST is sent.
    case resent(attempt: AttemptID, at: Timestamp, BootInstant?)
    /// The cloud made the snapshot of an open intent: the intent is closed and the record stands.
    case created(attempt: AttemptID, CreatedSnapshot)
    /// The open intent is known to have made nothing: refused by the cloud, or not found after the settle time.
    case abandoned(attempt: AttemptID)
    /// A second snapshot of a known attempt, made by the cloud after the settle time; kept among the superseded.
    case duplicate(SnapshotRecord)
    /// What the cloud now says of a recorded snapshot.
    case observed(SnapshotID, status: SnapshotStatus, size: Int?, updatedAt: Timestamp?)
    /// Name, description and own metadata of a recorded snapshot were changed in the cloud.
    case updated(SnapshotID, name: String, description: String?, metadata: Metadata, updatedAt: Timestamp?)
    /// The manifest's `protect` was taken over; no request.
    case protection(SnapshotID, Bool)
    /// Deletion was decided; on disk before the DELETE is sent.
    case deleting(SnapshotID)
    /// The snapshot is gone from the cloud by our deletion.
    case deleted(SnapshotID)
    /// The record is dropped, the snapshot kept (`forget`). Its stamp stays on it and does not count any more.
    case forgotten(SnapshotID)
    /// The record's key was changed (`rename`).
    case renamed(SnapshotID, to: SnapshotKey)
    /// What this run asks of the rotations, in the place of what was remembered.
    case rotations(RotationMemory)

    /// Whether it says what is about to be done, and not what was done: it must be on disk before, and counts for nothing where it is not.
    public var isDecision: Bool {
        switch self {
        case .intent, .resent, .deleting: true
        case .begin, .created, .abandoned, .duplicate, .observed, .updated, .protection, .deleted, .forgotten, .renamed, .rotations: false
        }
    }
}

/// Who carries out a run: what the lock's text, the journal's first line and the history say.
public struct RunInfo: Hashable, Sendable {
    public var run: RunID
    /// The subcommand: `apply`, `forget`, `rename`.
    public var command: String
    public var pid: Int
    public var host: String
    public var user: String
    public var startedAt: Timestamp
    /// The page of the pipeline's job that the run is part of; `nil` of any other run.
    public var pipeline: String?

    /// A run of its parts.
    public init(
        run: RunID, command: String, pid: Int, host: String, user: String, startedAt: Timestamp, pipeline: String? = nil
    ) {
        self.run = run
        self.command = command
        self.pid = pid
        self.host = host
        self.user = user
        self.startedAt = startedAt
        self.pipeline = pipeline
    }
}

/// What the answer to a creation tells, or what a look-up found of it.
public struct CreatedSnapshot: Hashable, Sendable {
    public var id: SnapshotID
    public var status: SnapshotStatus
    /// GiB.
    public var size: Int?
    public var createdAt: Timestamp?

    /// An answer of its parts.
    public init(id: SnapshotID, status: SnapshotStatus, size: Int?, createdAt: Timestamp?) {
        self.id = id
        self.status = status
        self.size = size
        self.createdAt = createdAt
    }
}
