internal import FoundationEssentials

/// What the sandbox takes from outside: time, waiting and fresh ids. Tests replace them, so that no test has to sleep.
public struct SandboxEnvironment: Sendable {
    /// Microseconds since 1970-01-01T00:00:00 UTC.
    public var now: @Sendable () -> Int64
    /// Waits that long, or until the task is cancelled.
    public var sleep: @Sendable (Duration) async -> Void
    /// A fresh UUID.
    public var makeID: @Sendable () -> String
    /// Hears of each request once it is over, and how long it took. It gets no field and no body, where secrets are (P8).
    public var log: (@Sendable (SandboxRequest, Duration) -> Void)?

    /// An environment; what is not given is real.
    public init(
        now: (@Sendable () -> Int64)? = nil,
        sleep: (@Sendable (Duration) async -> Void)? = nil,
        makeID: (@Sendable () -> String)? = nil,
        log: (@Sendable (SandboxRequest, Duration) -> Void)? = nil
    ) {
        self.log = log
        self.now = now ?? { Self.wallClock() }
        self.sleep = sleep ?? { try? await Task.sleep(for: $0) }
        self.makeID = makeID ?? { UUIDText.random() }
    }

    /// The system's clock, timer and random numbers.
    public static let live = SandboxEnvironment()
}

extension SandboxEnvironment {
    static func wallClock() -> Int64 {
        Int64(Date().timeIntervalSince1970 * 1_000_000)
    }
}
