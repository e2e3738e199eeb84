/// A clock without its type: what a store measures and waits with.
package struct StoreClock: Sendable {
    /// How long ago this clock was made. It goes on while the process is stopped.
    package let now: @Sendable () -> Duration
    /// Waits; throws when its task is cancelled.
    package let sleep: @Sendable (Duration) async throws -> Void

    /// Measures with a clock from now on.
    package init<Base: Clock>(_ clock: Base) where Base.Duration == Duration {
        let start = clock.now
        now = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
    }
}
