/// How long to wait before a request is repeated.
struct Backoff {
    let policy: ExecutionPolicy
    let environment: EngineEnvironment

    /// `nil` when the fault is one that waiting does not mend.
    func wait(after fault: ServiceFault, tries: Int) -> Duration? {
        switch fault.kind {
        case .throttled(let asked?): paused(asked)
        case .throttled(nil), .notSent, .uncertain, .unintelligible: jittered(tries: tries)
        case .refused, .unauthenticated, .accountBlocked: nil
        }
    }

    /// What the cloud asked for, but never nothing: "again at once" would only be turned away again. `nil` when it is too long to begin.
    private func paused(_ asked: Duration) -> Duration? {
        asked > policy.throttleLimit ? nil : max(asked, policy.backoff.lowerBound)
    }

    /// How long nothing is sent after a request was turned away; `streak` counts such answers before this one.
    func pause(asked: Duration?, streak: Int) -> Duration {
        asked.map { max($0, policy.backoff.lowerBound) } ?? jittered(tries: streak + 1)
    }

    /// Doubles from the policy's shortest to its longest, with full jitter but never below a tenth.
    func jittered(tries: Int) -> Duration {
        let doubled = policy.backoff.lowerBound * Double(1 << min(tries - 1, 20))
        return min(policy.backoff.upperBound, doubled) * max(0.1, environment.chance())
    }
}
