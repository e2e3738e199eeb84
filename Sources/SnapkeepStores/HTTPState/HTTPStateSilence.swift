import Synchronization

/// Since when a server has not answered, and whether that was told.
final class HTTPStateSilence: Sendable {
    private let state = Mutex((since: Duration?.none, isTold: false))

    /// Somebody has answered.
    func end() { state.withLock { $0 = (nil, false) } }

    /// A request that was sent at an instant had no answer.
    func note(since start: Duration) { state.withLock { $0.since = $0.since ?? start } }

    /// How long nobody has answered; zero after an answer.
    func duration(until now: Duration) -> Duration { state.withLock { $0.since.map { now - $0 } ?? .zero } }

    /// Whether it is to be told: once, until somebody answers again.
    func isNews() -> Bool {
        state.withLock { state in
            defer { state.isTold = true }
            return !state.isTold
        }
    }
}
