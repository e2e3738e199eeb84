import SnapkeepCore

/// The recorded snapshots that are waited for, and where the looking at them stands.
struct AwaitedSnapshots {
    enum Looking {
        case idle
        case waiting
        /// As soon as one more request may run.
        case due
        case running
    }

    private var watches: [SnapshotID: Watch] = [:]
    private(set) var made = MadeCount()
    private(set) var looking = Looking.idle
    /// Whether the last look failed.
    private var looksFail = false

    var isEmpty: Bool { watches.isEmpty }
    /// In no order.
    var all: some Collection<Watch> { watches.values }
    /// A look counts as one request: it sends one after the other.
    var looksRunning: Int { looking == .running ? 1 : 0 }

    // MARK: Waiting

    /// Begins to wait for a snapshot.
    mutating func append(_ watch: Watch) { watches[watch.id] = watch }

    /// Begins to wait for a snapshot that this run has made.
    mutating func appendMade(_ watch: Watch) {
        var watch = watch
        watch.number = made.next(since: watch.startedAt)
        watches[watch.id] = watch
    }

    /// Ends the wait for a snapshot.
    @discardableResult
    mutating func remove(_ id: SnapshotID) -> Watch? { watches.removeValue(forKey: id) }

    /// Ends the waits that have lasted too long, and gives them.
    mutating func removeOverdue(at now: Duration) -> [Watch] {
        let overdue = watches.values.filter { now - $0.since >= $0.timeout }.sorted(by: Watch.began(_:before:))
        for watch in overdue { watches[watch.id] = nil }
        return overdue
    }

    /// The waits for what a look has shown, in the order in which they began, so that equal runs tell equal stories.
    func seen(in round: WatchRound) -> [Watch] { round.observed.keys.compactMap { watches[$0] }.sorted(by: Watch.began(_:before:)) }

    /// Notes what the cloud says of a snapshot.
    ///
    /// - Returns: whether it says something else than before.
    mutating func note(_ observed: ObservedSnapshot, at now: Duration) -> Bool {
        guard var watch = watches[observed.id] else { return false }
        let isNews = observed.status != watch.status || observed.progress != watch.percent
        (watch.status, watch.percent, watch.seenAt) = (observed.status, observed.progress, now)
        watches[observed.id] = watch
        return isNews
    }

    // MARK: Looking

    /// Begins the wait before a look.
    ///
    /// - Returns: how long it is: a quarter of the average wait so far, so that short waits end soon and long ones cost few requests. Not of
    ///   the longest: one that is stuck would let all others wait.
    mutating func scheduleLook(at now: Duration, within bounds: ClosedRange<Duration>) -> Duration {
        looking = .waiting
        let average = watches.values.reduce(Duration.zero) { $0 + (now - $1.since) } / max(1, watches.count)
        let nearestEnd = watches.values.reduce(bounds.upperBound) { min($0, $1.since + $1.timeout - now) }
        return max(bounds.lowerBound, min(average / 4, bounds.upperBound, nearestEnd))
    }

    /// Notes that this wait is over.
    mutating func makeLookDue() { looking = .due }

    /// Begins a look.
    ///
    /// - Returns: what it looks at. What was not seen for longest comes first: a look asks for few one by one, and no one may keep the others
    ///   from their turn.
    mutating func beginLook() -> [SnapshotID] {
        looking = .running
        return watches.values.sorted { ($0.seenAt, $0.since, $0.id) < ($1.seenAt, $1.since, $1.id) }.map(\.id)
    }

    /// Notes that a look has come to its end.
    mutating func endLook() { looking = .idle }

    /// Notes that a look succeeded, or did not.
    ///
    /// - Returns: whether it is the first that did not.
    @discardableResult
    mutating func noteLook(failed: Bool) -> Bool {
        defer { looksFail = failed }
        return failed && !looksFail
    }

    /// Lists come newest first (CloudAPI#list): how many rows hold all that is awaited, if no more others were made meanwhile than usual.
    /// Short looks are cheap for the cloud and for us; what a page did not hold is found on the next one.
    ///
    /// - Parameter others: how many requests may have made one that was not counted yet.
    /// - Returns: `nil` where one is awaited that this run did not make.
    func listDepth(beside others: Int) -> Int? {
        var oldest = made.total
        for watch in watches.values {
            guard let number = watch.number else { return nil }
            oldest = min(oldest, number)
        }
        let rows = made.total - oldest + others
        return rows + rows / 4
    }
}
