import SnapkeepCore
import Synchronization

/// Whether a request may have been carried out although no answer said so. A later refusal says nothing of a request before it whose answer
/// was lost (P1, P10).
final class Doubt: Sendable {
    private let flag = Atomic<Bool>(false)

    var isRaised: Bool { flag.load(ordering: .relaxed) }

    /// Takes a look at the fault of one try.
    func note(_ fault: ServiceFault) {
        switch fault.kind {
        case .uncertain, .unintelligible: flag.store(true, ordering: .relaxed)
        case .refused, .unauthenticated, .accountBlocked, .throttled, .notSent: break
        }
    }
}
