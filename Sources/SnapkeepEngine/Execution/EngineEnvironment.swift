public import SnapkeepCore

/// What the engine takes from the outside world beside the cloud and the disk: time, ids and chance. Tests bring their own.
public struct EngineEnvironment: Sendable {
    /// The wall clock, for stamps and records.
    public var now: @Sendable () -> Timestamp
    /// Time since some fixed instant that never jumps, for waits and limits.
    public var elapsed: @Sendable () -> Duration
    /// Waits; throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A fresh random id for one decision to create.
    public var makeAttempt: @Sendable () -> AttemptID
    /// A number in 0..<1, for jitter.
    public var chance: @Sendable () -> Double
    /// Where a test may kill the program.
    public var failpoints: Failpoints

    /// An environment of its parts.
    public init(
        now: @escaping @Sendable () -> Timestamp, elapsed: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void, makeAttempt: @escaping @Sendable () -> AttemptID,
        chance: @escaping @Sendable () -> Double, failpoints: Failpoints = .inert
    ) {
        self.now = now
        self.elapsed = elapsed
        self.sleep = sleep
        self.makeAttempt = makeAttempt
        self.chance = chance
        self.failpoints = failpoints
    }
}
