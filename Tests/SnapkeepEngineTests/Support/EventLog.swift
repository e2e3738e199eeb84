import SnapkeepCore
import Synchronization

@testable import SnapkeepEngine

/// What reached the disk and the cloud, in the order in which it did: the ground on which the promises are checked.
final class EventLog: Sendable {
    enum Entry: Hashable, Sendable {
        /// A journal line that stands on the disk; `durable` when it survives a loss of power.
        case written(JournalEvent, durable: Bool)
        case posted(attempt: String, at: Timestamp)
        /// The cloud made a snapshot; this may be long after its request.
        case made(SnapshotID, attempt: String, at: Duration)
        case deleteSent(SnapshotID)
        case killed
    }

    private let storage = Mutex<[Entry]>([])

    var entries: [Entry] { storage.withLock { $0 } }

    func append(_ entry: Entry) { storage.withLock { $0.append(entry) } }

    /// Requests that were sent without their line on the disk: an intent before the first POST of an attempt, a resending before each
    /// further one, each at most ten seconds (and the time that its fsync took) before; a deletion before its DELETE (P1, P3).
    var unannounced: [Entry] {
        var announced: [String: Timestamp] = [:]
        var deletions: Set<SnapshotID> = []
        var found: [Entry] = []
        for entry in entries {
            switch entry {
            case .written(.intent(let intent), durable: true): announced[intent.attempt.text] = intent.startedAt
            case .written(.resent(let attempt, let instant, _), durable: true): announced[attempt.text] = instant
            case .written(.deleting(let id), durable: true): deletions.insert(id)
            case .posted(let attempt, let instant):
                let lead = announced.removeValue(forKey: attempt).map { instant.since($0) }
                if lead.map({ $0 > .milliseconds(10_100) }) ?? true { found.append(entry) }
            case .deleteSent(let id): if deletions.remove(id) == nil { found.append(entry) }
            case .written, .made, .killed: break
            }
        }
        return found
    }
}

/// A journal in memory. It keeps what a disk would keep, and fails where it is told to.
actor MemoryJournal: Journal {
    /// The disk stays as broken as it is.
    func salvage(_ event: JournalEvent) -> Bool { false }

    private let log: EventLog
    private let time: VirtualTime
    private let generation: Int
    private let syncTime: Duration
    private let failsAt: Int?
    private let failingLineStands: Bool
    private let lockEnds: Duration?
    private var lines = 0
    private var failure: JournalFailure?
    /// Every line that was written.
    private(set) var events: [JournalEvent] = []
    /// How many of them survive a loss of power.
    private(set) var durableCount = 0
    /// Calls that waited for an fsync; a disk needs as many or fewer.
    private(set) var syncCount = 0

    /// - Parameters:
    ///   - failsAt: the line, counted from 1, from which on the disk takes nothing more.
    ///   - failingLineStands: whether that line, and those of the same call before it, are on the disk all the same, as when only the fsync
    ///     failed.
    ///   - lockEnds: from then on the lock is known to be lost, once somebody asks.
    init(
        log: EventLog, time: VirtualTime, syncTime: Duration = .milliseconds(2), failsAt: Int? = nil, failingLineStands: Bool = false,
        lockEnds: Duration? = nil
    ) {
        self.log = log
        self.time = time
        generation = time.generation
        self.syncTime = syncTime
        self.failsAt = failsAt
        self.failingLineStands = failingLineStands
        self.lockEnds = lockEnds
    }

    func confirmLock() async throws(JournalFailure) -> Duration? {
        if let lockEnds, time.elapsed >= lockEnds { throw JournalFailure(path: "store", message: "it was broken", cause: .lockLost) }
        return nil
    }

    func append(_ new: [JournalEvent], _ durability: Durability) async throws(JournalFailure) {
        await time.live(generation)
        if let failure { throw failure }
        let before = lines
        lines += new.count
        if let failsAt, failsAt > before, failsAt <= lines {
            let reason = JournalFailure(path: "snapkeep.state.json.journal", message: "fsync: No space left on device")
            failure = reason
            if failingLineStands { events += new.prefix(failsAt - before) }
            throw reason
        }
        events += new
        let position = events.count
        guard durability == .now else { return new.forEach { log.append(.written($0, durable: false)) } }
        syncCount += 1
        try? await time.sleep(syncTime)
        await time.live(generation)
        // A failure while this line waited for its fsync takes the line with it.
        if let failure { throw failure }
        durableCount = max(durableCount, position)
        for event in new { log.append(.written(event, durable: true)) }
    }
}
