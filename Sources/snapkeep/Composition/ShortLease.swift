import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepState

/// Tells why creations could not leave in time, where that is because the lock of the state lasts too short.
enum ShortLease {
    /// A lease is renewed every third of its time, so a request may count on the rest of it.
    private static func certainTime(of lease: Duration) -> Duration { lease * 2 / 3 }

    /// - Returns: `nil` where every creation left in time, or had all the time that one may take.
    static func finding(_ failures: [ItemFailure], _ store: any StateStore) -> Diagnostic? {
        // Of all stores only etcd's has a lock that ends by itself.
        guard case .expires(let lease) = store.abandonedLock, certainTime(of: lease) < ExecutionPolicy.sendBound else { return nil }
        let late = failures.filter { failure in
            guard case .service(let fault) = failure.cause, fault.kind == .notSent else { return false }
            return fault.message.contains(TransportFault.tooLate)
        }
        if late.isEmpty { return nil }
        return Diagnostic(
            .warning, code: "short-lease",
            "\(Quantities.count(late.count, "request")) could not leave while the lock of the state was certain to be held",
            at: .named(store.place),
            notes: [
                .init(
                    "the lock has a lease of \(Quantities.limit(lease)), which leaves a request "
                        + "\(Quantities.limit(certainTime(of: lease))) to get its connection and to leave", at: .none)
            ],
            help: "set SNAPKEEP_ETCD_LEASE to 15 or more, or leave it unset for 30, and run the same command again")
    }
}
