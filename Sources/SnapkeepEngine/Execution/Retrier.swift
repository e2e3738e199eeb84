/// Repeats calls that are safe to repeat. One call at a time; the run's own loop has its own way with throttling.
struct Retrier: Sendable {
    let policy: ExecutionPolicy
    let environment: EngineEnvironment

    /// Calls until it succeeds, the fault is one that a repetition cannot mend, or the tries are used up.
    func call<Value: Sendable>(
        _ body: @Sendable () async throws(ServiceFault) -> Value
    ) async throws(ServiceFault) -> Value {
        var tries = 0
        while true {
            do { return try await body() } catch {
                tries += 1
                let backoff = Backoff(policy: policy, environment: environment)
                guard tries < policy.tries, let wait = backoff.wait(after: error, tries: tries) else { throw error }
                do { try await environment.sleep(wait) } catch { throw ServiceFault.cancelled }
            }
        }
    }
}

extension ServiceFault {
    /// A wait was cut short because the run ends.
    static let cancelled = ServiceFault(.notSent, request: "", message: "the run is ending")
}
