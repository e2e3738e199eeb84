public import SnapkeepCore

/// What the engine takes from the outside world beside the cloud and the disk: time, ids and chance. Tests bring their own.
public struct EngineEnvironment: Sendable {
    /// The wall clock, for stamps and records.
    public var now: @Sendable () -> Timestamp
    /// Time since the machine was started, or since some other fixed instant: it never jumps. For waits and limits.
    public var elapsed: @Sendable () -> Duration
    /// The boot that `elapsed` counts from; `nil` where that is not known, and then no other run can reckon with it.
    public var boot: BootID?
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
        now: @escaping @Sendable () -> Timestamp, elapsed: @escaping @Sendable () -> Duration, boot: BootID? = nil,
        sleep: @escaping @Sendable (Duration) async throws -> Void, makeAttempt: @escaping @Sendable () -> AttemptID,
        chance: @escaping @Sendable () -> Double, failpoints: Failpoints = .inert
    ) {
        self.now = now
        self.elapsed = elapsed
        self.boot = boot
        self.sleep = sleep
        self.makeAttempt = makeAttempt
        self.chance = chance
        self.failpoints = failpoints
    }
}

extension EngineEnvironment {
    /// Now, for whoever judges in a later run how long ago this was.
    var bootInstant: BootInstant? { boot.map { BootInstant(boot: $0, elapsed: elapsed()) } }

    /// Waits until an instant of `elapsed`, however often a wait ends too soon.
    func sleep(until end: Duration) async throws {
        while true {
            let left = end - elapsed()
            if left <= .zero { return }
            try await sleep(left)
        }
    }
}
