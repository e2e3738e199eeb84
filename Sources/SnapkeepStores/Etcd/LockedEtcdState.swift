import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// A state in etcd whose lock this process holds, for as long as its lease lasts.
actor LockedEtcdState: LockedState {
    let etcd: EtcdStore
    let run: RunInfo
    let failpoints: Failpoints
    /// Of the request: how the wait for another run passes.
    let waiting: StoreClock

    /// The lease, and the revision at which our key was made: the token of every write. 0 before the lock is had.
    var lease = 0
    var fence = 0
    /// Until then the lease lasts for certain, by our clock: counted from before the request that renewed it.
    var leaseEnd: Duration = .zero
    var isClosed = false
    /// Why nothing can be written any more.
    var lost: StateFault?
    /// Whether a lock was broken a short while ago. One that ran out ended in its holder's sight (`confirmLock`).
    var formerHolderMayLive = true

    var state = LoadedState()
    /// What is stored now, without any journal.
    var written: RecordedState?
    /// The checksum of its text.
    var sum: UInt32?
    var head: EtcdHead?
    var headRevision = 0
    /// Of each segment but the first, for putting small ones together.
    var changes: [StateChange] = []
    /// How many segments this lock has begun.
    var segmentCount = 0

    /// A change of the state whose answer never came.
    var doubt: Change?

    var journal: EtcdJournal?
    /// Calls that wait for the transaction under way.
    var waiters: [CheckedContinuation<Void, Never>] = []
    var isFlushing = false
    let nudges = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// The number of the last line of the history.
    var lastLine = 0
    /// Whether so many lines were added that old ones are to go.
    var isHistoryCutDue = false
    /// The number of the line that `announce` wrote.
    var announced: (number: Int, parts: Int)?
    var historyFault: StateFault?

    nonisolated var store: any StateStore { etcd }
    var loaded: LoadedState { state }
    var place: String { etcd.place }
    var layout: EtcdLayout { etcd.layout }
    var gateway: EtcdGateway { etcd.gateway }
    /// Of the store: the lease is measured with it.
    var clock: StoreClock { etcd.clock }

    init(_ etcd: EtcdStore, _ request: LockRequest) {
        self.etcd = etcd
        run = request.run
        failpoints = request.failpoints
        waiting = StoreClock(request.clock)
    }

    static func open(_ etcd: EtcdStore, _ request: LockRequest) async throws(StateFault) -> LockedEtcdState {
        let locked = LockedEtcdState(etcd, request)
        do throws(StateFault) {
            let contents = try await locked.takeLock(timeout: request.timeout)
            try await locked.load(contents)
        } catch {
            await locked.close()
            throw error
        }
        return locked
    }

    static func openForRecovery(
        _ etcd: EtcdStore, _ request: LockRequest
    ) async throws(StateFault) -> (any LockedState, RecoverableState) {
        let locked = LockedEtcdState(etcd, request)
        do throws(StateFault) {
            let contents = try await locked.takeLock(timeout: request.timeout)
            return (locked, try await locked.loadForRecovery(contents))
        } catch {
            await locked.close()
            throw error
        }
    }

    // MARK: Loading

    private func load(_ contents: EtcdContents) async throws(StateFault) {
        take(contents)
        let loading = try etcd.loading(contents)
        state = loading.loaded
        (written, sum) = (loading.written, loading.written == nil ? nil : contents.state.map { CRC32C.of($0) })
        switch loading.journal {
        case .none:
            if contents.unfinished != nil { try await commit(Commit(endsJournal: true)) }
        case .remove: try await commit(Commit(endsJournal: true))
        case .removeUnchanged: try await commit(Commit(line: await lineOfDeadRun(loading), endsJournal: true))
        case .checkpoint:
            failpoints.hit(.beforeCheckpoint)
            try await commit(Commit(state: state.state, line: await lineOfDeadRun(loading), endsJournal: true))
            failpoints.hit(.afterCheckpoint)
        }
    }

    private func loadForRecovery(_ contents: EtcdContents) async throws(StateFault) -> RecoverableState {
        take(contents)
        var found = try await etcd.recoverable(contents)
        switch found.condition {
        case .absent: try await load(contents)
        case .whole:
            try await load(contents)
            // As taken over now.
            if let state = state.state { found.condition = .whole(state) }
        case .older, .damaged: break
        }
        return found
    }

    private func take(_ contents: EtcdContents) {
        (head, headRevision, changes) = (contents.head, contents.headRevision, contents.changes)
    }

    /// `nil` also where the run got as far as writing its line itself.
    private func lineOfDeadRun(_ loading: StateLoading) async -> HistoryEntry? {
        guard let line = HistoryEntry(dead: loading, backup: { nil }) else { return nil }
        do throws(StateFault) { return try await etcd.history(namesSnapshots: false).names(line.run.run) ? nil : line } catch {
            historyFault = error
            return nil
        }
    }

    // MARK: Writing

    func createState(_ first: RecordedState) async throws(StateFault) {
        if state.boundState != nil { throw .alreadyThere(path: place) }
        failpoints.hit(.beforeFirstState)
        try await commit(Commit(state: first, replacesAll: true))
        failpoints.hit(.afterFirstState)
    }

    func end(_ given: RecordedState?, line: @Sendable (StateFault?, _ serial: Int) -> HistoryEntry?) async -> RunEnding {
        var fault: StateFault?
        if let given {
            failpoints.hit(.beforeCheckpoint)
            await flushEnded()
            do throws(StateFault) {
                guard let before = written else { throw .noState(path: place) }
                let ending = try given.ending(journal?.run ?? run.run, over: before, at: place)
                // State, line and journal in one step: whoever reads sees all of it, or none.
                let entry = line(nil, ending?.header.serial ?? before.header.serial)
                try await commit(Commit(state: ending, line: entry, endsJournal: true))
                return await endWritten()
            } catch { fault = error }
            if await isCarriedOut() { return await endWritten() }
            await storeUnstored()
        }
        let serial = written?.header.serial ?? 0
        if let entry = line(fault, serial) {
            do throws(StateFault) { try await appendHistory(entry) } catch {
                // Nobody has answered before.
                if given != nil, await isCarriedOut() { return await endWritten() }
                historyFault = historyFault ?? error
            }
        }
        await cutHistory()
        // The first line is no event.
        return RunEnding(
            stateFault: fault, historyFault: historyFault, serial: serial, isJournaled: fault != nil && (journal?.stored ?? 0) > 1)
    }

    private func endWritten() async -> RunEnding {
        failpoints.hit(.afterHistory)
        failpoints.hit(.afterCheckpoint)
        await cutHistory()
        return RunEnding(historyFault: historyFault, serial: written?.header.serial ?? 0)
    }

    func announce(_ entry: HistoryEntry) async {
        do throws(StateFault) {
            try await appendHistory(entry)
            announced = (lastLine, (entry.encoded + [0x0A]).pieces(of: layout.limits.chunk).count)
        } catch { historyFault = error }
    }

    func appendHistory(_ entry: HistoryEntry) async throws(StateFault) { try await commit(Commit(line: entry)) }

    /// Where it fails, a later run does it.
    private func cutHistory() async {
        guard isHistoryCutDue, lost == nil, let old = try? await etcd.history.excess() else { return }
        try? await stage(.delete(old))
    }

    func rebuild(_ new: RecordedState, at now: Timestamp) async throws(StateFault) -> [String] {
        failpoints.hit(.beforeFirstState)
        let there = try await etcd.contents()
        if there.headRevision != headRevision { throw .replaced(path: place, kept: nil) }
        let name = now.fileMark + "-" + String(fence, radix: 16)
        var kept: [String] = []
        for (what, bytes) in [("state", there.state), ("journal", there.journal)] {
            guard let bytes else { continue }
            for (part, piece) in bytes.pieces(of: layout.limits.chunk).enumerated() {
                try await stage(.put(layout.kept("\(name)/\(what)", part: part), piece))
            }
            kept.append("\(place)/kept/\(name)/\(what)")
        }
        var line: HistoryEntry?
        if let dead = there.journal.flatMap({ HistoryEntry(deadJournal: $0) }) {
            let history = try? await etcd.history(namesSnapshots: false)
            if history.map({ !$0.names(dead.run.run) }) ?? false { line = dead }
        }
        // The line that announces this run comes before it, and is replaced later: the dead run's takes the next place.
        let announcement = announced
        announced = nil
        try await commit(Commit(state: new, line: line, endsJournal: true, replacesAll: true))
        announced = announcement
        failpoints.hit(.afterFirstState)
        return kept
    }

    func dismissLostRun() async { try? await commit(Commit(endsJournal: true)) }

    func close() async {
        if isClosed { return }
        // What nobody waited for.
        await flushAll()
        isClosed = true
        nudges.continuation.finish()
        journal = nil
        // One that cannot be given back runs out.
        if lease != 0 { try? await gateway.revoke(lease) }
        (lease, fence) = (0, 0)
        lost = lost ?? .inconsistent(path: place, "the lock was given back")
    }
}
