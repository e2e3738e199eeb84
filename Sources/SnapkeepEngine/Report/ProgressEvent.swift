public import SnapkeepCore

/// What happens during an apply, as it happens. Terminal lines, plain lines and `--json` are three renderings of these.
public enum ProgressEvent: Hashable, Sendable {
    /// The run begins: how many changes there are to carry out.
    case began(changes: Int)
    /// A creation left open by an earlier run was looked up.
    case settled(Settlement)
    /// The first request of a change is about to be sent.
    case started(SnapshotKey, Activity)
    /// The cloud accepted the creation; it is recorded and awaited from now on.
    case accepted(SnapshotKey, SnapshotID)
    /// What the cloud says of an awaited snapshot.
    case progressed(SnapshotKey, status: SnapshotStatus, percent: Int?)
    /// A change is done. `size` in GiB.
    case finished(SnapshotKey, Activity, id: SnapshotID, size: Int?, took: Duration)
    case failed(ItemFailure)
    /// A wait has used up its time; the snapshot is recorded as it is.
    case timedOut(TimedOutWait)
    /// The cloud asks for fewer requests: nothing is sent for this long, then `parallelism` at once.
    case throttled(wait: Duration, parallelism: Int)
    /// An answer was lost or unclear; the snapshot is looked up by its stamp before anything is repeated.
    case lookingUp(SnapshotKey, after: ServiceFault)
    /// The awaited snapshots could not be looked at; it is tried again. Told at the first of a row of such faults.
    case lookFailed(ServiceFault)
    /// A snapshot with our stamp that no record knew: recorded among the superseded, to be pruned.
    case duplicateFound(SnapshotKey, SnapshotID)
    /// The first interruption: so many requests are still to end.
    case stopping(inFlight: Int)
}

/// What is being done for one snapshot.
public enum Activity: String, Hashable, Sendable, CaseIterable {
    case create
    case adopt
    case replace
    /// The wait for one that an earlier run had created.
    case resume = "await"
    case update
    case delete
    /// The deletion of what a rotation does not keep any more.
    case expire
}

/// The outcome of looking up a creation that an earlier run left open.
public struct Settlement: Hashable, Sendable {
    /// What was found.
    public enum Outcome: Hashable, Sendable {
        /// Found in the cloud by its stamp, and recorded.
        case found(SnapshotID)
        /// Not there after the settle time: it was not created.
        case notCreated
        /// The look-up itself failed; the creation stays open and is not repeated.
        case unknown(ServiceFault)
    }

    public var key: SnapshotKey
    public var attempt: AttemptID
    public var outcome: Outcome

    /// An outcome of its parts.
    public init(key: SnapshotKey, attempt: AttemptID, outcome: Outcome) {
        self.key = key
        self.attempt = attempt
        self.outcome = outcome
    }
}
