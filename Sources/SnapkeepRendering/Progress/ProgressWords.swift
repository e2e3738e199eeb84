import SnapkeepCore
import SnapkeepEngine

/// The words that all text renderings of progress share.
package enum ProgressWords {
    /// `created`, `awaited`: what was done.
    static func done(_ activity: Activity) -> String {
        switch activity {
        case .create: "created"
        case .adopt: "adopted"
        case .replace: "replaced"
        case .resume: "awaited"
        case .update: "updated"
        case .delete: "deleted"
        case .expire: "expired"
        }
    }

    static func throttled(wait: Duration, parallelism: Int) -> String {
        "rate limited: next request in \(Quantities.remaining(wait)), then \(parallelism) at once"
    }

    static func lookingUp(_ key: SnapshotKey, after fault: ServiceFault) -> String {
        "looking up \(VisibleText.escaped(key.text)) before anything is repeated: \(fault.reason)"
    }

    static func duplicate(_ key: SnapshotKey, _ id: SnapshotID) -> String {
        "duplicate of \(VisibleText.escaped(key.text)) found: \(id.text), kept as superseded (look at it, then delete it with --prune)"
    }

    static func lookFailed(_ fault: ServiceFault) -> String { "cannot see the awaited snapshots: \(fault.reason); trying again" }

    static func stopping(inFlight: Int) -> String {
        switch inFlight {
        case 0: "Stopping: no request is in flight (press Ctrl-C again to leave at once; nothing is lost)"
        default:
            "Stopping: \(Quantities.count(inFlight, "request")) in flight will be recorded "
                + "(press Ctrl-C again to leave at once; nothing is lost)"
        }
    }

    /// The heartbeat of a run without a terminal, so that a build service does not think it dead.
    package static func stillWaiting(for count: Int) -> String { "still waiting for \(Quantities.count(count, "snapshot"))" }
}
