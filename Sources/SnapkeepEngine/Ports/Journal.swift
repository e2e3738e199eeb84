public import SnapkeepCore

/// Where the executor writes what it does, line by line, while it holds the state's lock.
public protocol Journal: Sendable {
    /// Writes events, in order.
    ///
    /// - Throws: `JournalFailure` when they could not all be written whole. From then on every call throws: a failed write or fsync is never
    ///   retried as if nothing had been (P6).
    func append(_ events: [JournalEvent], _ durability: Durability) async throws(JournalFailure)

    /// Tries once more to get one event onto the disk after `append` has failed: what exists in the cloud should be known on the next start.
    ///
    /// - Returns: whether the event is on disk. What the journal took before it is tried with it; `unstored` tells what is missing still.
    func salvage(_ event: JournalEvent) async -> Bool

    /// What `append` took, to be written soon, and what is nowhere yet where the next run would find it. With a failure it may be lost: what it
    /// tells of must then be told otherwise (P6).
    var unstored: [JournalEvent] { get async }

    /// Makes sure that this run holds the state's lock still, right before a request that changes something leaves: what was written before may
    /// have been waiting since. It goes by what is known here, and asks nobody as long as that suffices.
    ///
    /// - Returns: how long after the call the lock is this run's for certain; `nil` where no time ends it.
    /// - Throws: `JournalFailure` where the lock is lost, or may be.
    func confirmLock() async throws(JournalFailure) -> Duration?
}

extension Journal {
    /// A journal in files takes nothing that it has not written.
    public var unstored: [JournalEvent] { get async { [] } }

    /// A lock that only the end of this process takes away.
    public func confirmLock() async throws(JournalFailure) -> Duration? { nil }

    /// A service whose changing calls make sure of the lock first (`confirmLock`).
    public func checking(_ service: any SnapshotService) -> any SnapshotService {
        service.checking { () async throws(JournalFailure) in try await self.confirmLock() }
    }

    /// Writes one event.
    ///
    /// - Throws: `JournalFailure`, as for several.
    public func append(_ event: JournalEvent, _ durability: Durability) async throws(JournalFailure) {
        try await append([event], durability)
    }
}

/// When a written event must survive the loss of power.
public enum Durability: Hashable, Sendable {
    /// Before the call returns. Many waiting calls share one fsync.
    case now
    /// With the next fsync, or the next request to the service that keeps the journal. In files the event survives the death of our process at
    /// once, in a service when it is stored (`Journal.unstored`); where it is lost, what it tells of is found by the stamp of its intent.
    case soon
}

/// Why the journal takes no more events.
public struct JournalFailure: Error, Hashable, Sendable {
    /// The path that could not be written.
    public var path: String
    /// What failed and the system's own words: `fsync: No space left on device`.
    public var message: String
    /// What kind of thing failed; it decides the remedy that is offered.
    public var cause: FileProblem

    /// A failure of its parts.
    public init(path: String, message: String, cause: FileProblem = .other) {
        self.path = path
        self.message = message
        self.cause = cause
    }
}
