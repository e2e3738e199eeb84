/// How many requests may run at once, and from when: halves when the cloud asks for less, grows by one after each full round of successes.
struct Throttle {
    private let ceiling: Int
    private(set) var limit: Int
    /// Nothing is sent before this instant of the clock that never jumps.
    private(set) var pausedUntil: Duration = .zero
    private var successes = 0
    /// Throttled answers in a row, without a success in between.
    private(set) var streak = 0
    private var streakBegan: Duration = .zero

    init(ceiling: Int) {
        self.ceiling = max(1, ceiling)
        limit = max(1, ceiling)
    }

    mutating func noteSuccess() {
        streak = 0
        successes += 1
        if successes >= limit && limit < ceiling {
            limit += 1
            successes = 0
        }
    }

    /// Notes that a request was turned away.
    ///
    /// - Returns: how long the cloud has been turning requests away.
    mutating func noteThrottled(wait: Duration, at now: Duration) -> Duration {
        // Requests that were under way together are turned away together: they count as one sign.
        if now >= pausedUntil {
            limit = max(1, limit / 2)
            successes = 0
            if streak == 0 { streakBegan = now }
            streak += 1
        }
        pausedUntil = max(pausedUntil, now + wait)
        return now - streakBegan
    }
}
