/// The numbers that steer an apply. All times are waits, not measurements, and run on the injected clock.
public struct ExecutionPolicy: Hashable, Sendable {
    /// Most requests at once; one at a time for each volume.
    public var parallelism: Int
    /// How long after its answer was lost a creation may still appear in the cloud.
    public var settleTime: Duration
    /// How long after it was asked for a creation a client may begin to send it (`SnapshotService.createSnapshot`).
    public static let sendBound: Duration = .seconds(10)
    /// How long a client's request may be under way where nothing else is said.
    public static let usualRequestTimeout: Duration = .seconds(60)

    /// How long a request may be under way before its client gives it up. A run that died leaves no word of when it lost its answers: at the
    /// latest then.
    public var requestTimeout: Duration
    /// How long an intent may have been on disk when its request is asked for; one that waited longer is written anew, so that an intent always
    /// tells when its request was sent, to within this time and `sendBound`.
    public var intentLead: Duration
    /// How long after its intent was written a creation may begin to be sent, at the latest.
    public var sendWindow: Duration { intentLead + Self.sendBound }
    /// Most requests for one step of one snapshot, the first included.
    public var tries: Int
    /// Longest time without any progress because of throttling; then the run stops.
    public var throttleLimit: Duration
    /// First and longest wait between retries; the wait doubles, with full jitter.
    public var backoff: ClosedRange<Duration>
    /// Shortest and longest wait between two looks at awaited snapshots; a quarter of the average wait so far in between.
    public var pollInterval: ClosedRange<Duration>
    /// How long a deletion may take.
    public var deleteTimeout: Duration
    /// Whether the first failure ends the run.
    public var stopsOnError: Bool

    /// The usual numbers; each can be set apart.
    public init(
        parallelism: Int = 16, settleTime: Duration = .seconds(30), requestTimeout: Duration = usualRequestTimeout,
        intentLead: Duration = .seconds(10), tries: Int = 5,
        throttleLimit: Duration = .seconds(900),
        backoff: ClosedRange<Duration> = .milliseconds(500) ... .seconds(60),
        pollInterval: ClosedRange<Duration> = .milliseconds(100) ... .seconds(10), deleteTimeout: Duration = .seconds(600),
        stopsOnError: Bool = false
    ) {
        self.parallelism = parallelism
        self.settleTime = settleTime
        self.requestTimeout = requestTimeout
        self.intentLead = intentLead
        self.tries = tries
        self.throttleLimit = throttleLimit
        self.backoff = backoff
        self.pollInterval = pollInterval
        self.deleteTimeout = deleteTimeout
        self.stopsOnError = stopsOnError
    }
}
