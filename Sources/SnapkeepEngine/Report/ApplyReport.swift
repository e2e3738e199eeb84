public import SnapkeepCore

/// What an apply did, did not do, and why (P10).
public struct ApplyReport: Hashable, Sendable {
    public var created: [SnapshotKey] = []
    /// Existing ones that were stamped and recorded.
    public var adopted: [SnapshotKey] = []
    public var updated: [SnapshotKey] = []
    public var replaced: [SnapshotKey] = []
    /// Awaited ones that an earlier run had created.
    public var resumed: [SnapshotKey] = []
    public var deleted: [SnapshotKey] = []
    /// What rotations did not keep any more.
    public var expired: [SnapshotKey] = []
    /// What rotations do not keep any more and could not delete yet, because something hangs on it: it stays, and nothing has failed.
    public var keptInUse: [FoundSnapshot] = []
    public var failures: [ItemFailure] = []
    /// Changes that were never begun: after a stop, or after a fault that ends everything.
    public var notStarted: [SnapshotKey] = []
    /// Created and recorded, but not awaited to the end because the run was stopped.
    public var stillCreating: [SnapshotKey] = []
    /// Deletions that the cloud accepted, not awaited to the end because the run was stopped; the next apply awaits them.
    public var stillDeleting: [SnapshotKey] = []
    /// Waits whose time ran out. Their keys stand among `stillCreating` or `stillDeleting`: nothing has failed, and the next apply goes on
    /// waiting.
    public var timedOut: [TimedOutWait] = []
    public var duplicates: [SnapshotID] = []
    /// Snapshots that the cloud made although it had refused them: found by their stamps, and recorded.
    public var foundAfterRefusal: [FoundSnapshot] = []
    /// Snapshots that another run made under keys that this one made, too, with another copy of the state: not recorded here, for the other
    /// state holds them, and each would otherwise count the other's as its own to delete.
    public var madeElsewhere: [FoundSnapshot] = []
    /// Why the look at the end, which shows what another run made at the same time, was not made; `nil` where it was, or none was due.
    public var unlooked: ServiceFault?
    /// Whether the run left the state other than it found it; half of a change may have been made where the whole has failed.
    public var changedState = false
    /// Why the run ended before its end.
    public var stop: StopReason?
    /// Snapshots that exist in the cloud and that the disk would not take: the user must be told their ids (P6).
    public var unrecorded: [UnrecordedSnapshot] = []

    /// An empty report.
    public init() {}

    /// Whether all that was planned was done.
    public var isComplete: Bool {
        failures.isEmpty && notStarted.isEmpty && stillCreating.isEmpty && stillDeleting.isEmpty && duplicates.isEmpty
            && madeElsewhere.isEmpty && stop == nil && unrecorded.isEmpty
    }

    /// Whether anything was changed in the cloud.
    public var changedAnything: Bool {
        if changedState { return true }
        let lists = [created, adopted, updated, replaced, deleted, expired, stillCreating, stillDeleting, resumed]
        if !lists.allSatisfy(\.isEmpty) || !unrecorded.isEmpty || !duplicates.isEmpty { return true }
        return failures.contains { failure in
            switch failure.cause {
            // The snapshot was made, may have been made, or its deletion was accepted; only the end was not as it should be.
            case .endedInError, .unstamped, .unsettled, .notDeleted: true
            // What an earlier run decided is taken back in the record.
            case .deletionLeft: true
            case .service(let fault): failure.activity.mayHaveHappened(after: fault)
            // The cloud took the stamp, and then does not show it.
            case .notAdoptable(_, .unstamped): true
            case .guardNotGood, .vanished, .stillThere, .protected, .notOurs, .notAdoptable, .volumeName, .journal, .replay: false
            }
        }
    }
}

/// A snapshot that a look has found, and the key that it stands for.
public struct FoundSnapshot: Hashable, Sendable {
    public var key: SnapshotKey
    public var id: SnapshotID

    /// A snapshot of its parts.
    public init(key: SnapshotKey, id: SnapshotID) {
        self.key = key
        self.id = id
    }
}

/// Why a run ended before its end.
public enum StopReason: Hashable, Sendable {
    /// Ctrl-C or SIGTERM.
    case interrupted
    /// Nothing else would work either: bad credentials, a frozen account, an endpoint that nobody answers at.
    case service(ServiceFault)
    /// The journal takes no more lines.
    case journal(JournalFailure)
    /// `--on-error stop`.
    case firstFailure
}

/// One snapshot that could not be brought to what the plan says.
public struct ItemFailure: Hashable, Sendable {
    /// What went wrong.
    public enum Cause: Hashable, Sendable {
        case service(ServiceFault)
        /// The cloud ended the creation in `error`; recorded as such.
        case endedInError(SnapshotID)
        /// The recorded snapshot is not there any more.
        case vanished(SnapshotID)
        /// What was taken for lost is there.
        case stillThere(SnapshotID)
        /// It is protected now, whatever the plan knew.
        case protected(SnapshotID)
        /// The cloud kept or could not delete a snapshot whose deletion it had accepted (CloudAPI#delete), or its status allows none.
        case notDeleted(SnapshotID, status: SnapshotStatus)
        /// A deletion that an earlier run began is not carried out, and this run was not asked to delete.
        case deletionLeft(SnapshotID, status: SnapshotStatus)
        /// One that is to stay in its place is not good, or not there (`nil`), so that nothing goes (P13).
        case guardNotGood(SnapshotID, guard: SnapshotID, status: SnapshotStatus?)
        /// The snapshot does not carry our stamp, so it is not deleted (P3).
        case notOurs(SnapshotID)
        /// The cloud made and recorded the snapshot, but would not keep our stamp on it: it can be neither found again nor deleted by us.
        case unstamped(SnapshotID)
        /// What the line names by `id:` cannot be adopted, so that nothing stands for it.
        case notAdoptable(SnapshotID, AdoptionObstacle)
        /// Several volumes, or none, bear the name.
        case volumeName(String, matches: [VolumeID])
        /// The outcome of an earlier creation could not be found out, so it is not repeated.
        case unsettled(ServiceFault)
        /// The disk did not take the line that must stand before a request.
        case journal(JournalFailure)
        case replay(ReplayProblem)
    }

    public var key: SnapshotKey
    public var activity: Activity
    public var cause: Cause

    /// A failure of its parts.
    public init(key: SnapshotKey, activity: Activity, cause: Cause) {
        self.key = key
        self.activity = activity
        self.cause = cause
    }
}

extension Activity {
    /// Whether the cloud may have acted although the last answer does not say so. A creation was looked up by its stamp before it failed.
    fileprivate func mayHaveHappened(after fault: ServiceFault) -> Bool {
        switch self {
        // An adoption whose stamp may be set is told as unsettled.
        case .create, .adopt, .replace, .resume: false
        case .update, .delete, .expire: fault.kind == .uncertain || fault.kind == .unintelligible
        }
    }
}

/// A snapshot that was not `available`, or not gone, within its time. It is recorded; the next apply goes on waiting.
public struct TimedOutWait: Hashable, Sendable {
    public var key: SnapshotKey
    public var activity: Activity
    public var id: SnapshotID
    public var waited: Duration
    /// What the cloud said last.
    public var status: SnapshotStatus

    /// A wait of its parts.
    public init(key: SnapshotKey, activity: Activity, id: SnapshotID, waited: Duration, status: SnapshotStatus) {
        self.key = key
        self.activity = activity
        self.id = id
        self.waited = waited
        self.status = status
    }
}

/// A snapshot that the cloud has and the disk would not take.
public struct UnrecordedSnapshot: Hashable, Sendable {
    public var key: SnapshotKey
    public var id: SnapshotID
    public var volumeID: VolumeID

    /// A snapshot of its parts.
    public init(key: SnapshotKey, id: SnapshotID, volumeID: VolumeID) {
        self.key = key
        self.id = id
        self.volumeID = volumeID
    }
}
