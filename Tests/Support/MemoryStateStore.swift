import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import Synchronization

/// What stands at one place in memory, for any number of stores that share it.
final class MemoryPlace: Sendable {
    struct Lock: Sendable {
        var token: Int
        var holder: LockHolder
        /// Whose it is, so that it goes away with it.
        var process: ObjectIdentifier
    }

    struct Contents: Sendable {
        var state: [UInt8]?
        var journal: [UInt8]?
        var unfinished: UnfinishedRun?
        var backup: [UInt8]?
        /// A line each, without its line feed.
        var history: [[UInt8]] = []
        /// Second names of what does not count any more.
        var kept: [String: [UInt8]] = [:]
        var lock: Lock?
        var lastToken = 0
    }

    let contents = Mutex(Contents())
}

/// A state in memory: it behaves as one in a service, without a network, for tests of whatever stands on a store.
struct MemoryStateStore: StateStore {
    /// A program that uses the place; a dead one does nothing more there.
    final class Process: Sendable {
        let isDead = Atomic(false)
    }

    let shared: MemoryPlace
    let process = Process()
    let place = "memory://test"
    var abandonedLock: AbandonedLock { .stays }

    /// From now on nothing of this process reaches the place, and its lock is free.
    func die() {
        process.isDead.store(true, ordering: .sequentiallyConsistent)
        shared.contents.withLock { if $0.lock?.process == ObjectIdentifier(process) { $0.lock = nil } }
    }

    func load() async throws(StateFault) -> LoadedState { try StateLoading(texts()).loaded }

    func history(namesSnapshots: Bool) async throws(StateFault) -> HistoryFile.Contents {
        HistoryFile.decode(historyText, namesSnapshots: namesSnapshots)
    }

    func loadForRecovery() async throws(StateFault) -> RecoverableState {
        try RecoverableState(texts(), history: HistoryFile.decode(historyText, namesSnapshots: false)) {
            shared.contents.withLock { $0.backup }
        }
    }

    func lock(_ request: LockRequest) async throws(StateFault) -> any LockedState {
        let locked = try await take(request)
        do throws(StateFault) { try await locked.takeOver() } catch {
            await locked.close()
            throw error
        }
        return locked
    }

    func lockForRecovery(_ request: LockRequest) async throws(StateFault) -> (any LockedState, RecoverableState) {
        let locked = try await take(request)
        do throws(StateFault) {
            var found = try await loadForRecovery()
            switch found.condition {
            case .absent: try await locked.takeOver()
            case .whole:
                try await locked.takeOver()
                if let state = await locked.loaded.state { found.condition = .whole(state) }
            case .older, .damaged: break
            }
            return (locked, found)
        } catch {
            await locked.close()
            throw error
        }
    }

    func holder() async throws(StateFault) -> LockHolder? { shared.contents.withLock { $0.lock?.holder } }

    func breakLock(token: String) async throws(StateFault) -> Bool {
        shared.contents.withLock { contents in
            guard contents.lock?.holder.token == token else { return false }
            contents.lock = nil
            return true
        }
    }

    private func take(_ request: LockRequest) async throws(StateFault) -> LockedMemory {
        var waited: Duration = .zero
        while true {
            let (token, holder) = shared.contents.withLock { contents -> (Int?, LockHolder?) in
                if let lock = contents.lock { return (nil, lock.holder) }
                contents.lastToken += 1
                contents.lock = .init(
                    token: contents.lastToken, holder: LockHolder(request.run, token: "\(contents.lastToken)"),
                    process: ObjectIdentifier(process))
                return (contents.lastToken, nil)
            }
            if let token { return LockedMemory(self, request, token: token) }
            let pause = min(.milliseconds(100), request.timeout - waited)
            guard pause > .zero, (try? await request.clock.sleep(for: pause)) != nil else { throw .locked(path: place, holder: holder) }
            waited += pause
        }
    }

    /// All of one moment.
    fileprivate func texts() -> StateTexts {
        shared.contents.withLock { contents in
            StateTexts(
                state: contents.state, journal: contents.journal, unfinished: contents.unfinished, statePlace: place,
                journalPlace: place + "/journal")
        }
    }

    private var historyText: [UInt8] { shared.contents.withLock { $0.history.flatMap { $0 + [0x0A] } } }
}

/// A state in memory whose lock is held. Every write looks at the lock's token first.
actor LockedMemory: LockedState {
    nonisolated let store: any StateStore
    private(set) var loaded = LoadedState()
    private let memory: MemoryStateStore
    private let request: LockRequest
    private let token: Int
    /// Of the journal's last line.
    private var sum: UInt32 = 0
    private var basis: JournalBasis?
    private var journalRun: RunID?
    private var failure: JournalFailure?
    private var historyFault: StateFault?
    /// The number of the line that `announce` wrote.
    private var announcedAt: Int?

    init(_ memory: MemoryStateStore, _ request: LockRequest, token: Int) {
        store = memory
        self.memory = memory
        self.request = request
        self.token = token
    }

    /// Takes over what an interrupted run left.
    func takeOver() throws(StateFault) {
        let loading = try StateLoading(memory.texts())
        loaded = loading.loaded
        switch loading.journal {
        case .none: break
        case .remove, .removeUnchanged, .checkpoint:
            if loading.journal == .checkpoint, let state = loaded.state {
                request.failpoints.hit(.beforeCheckpoint)
                try replace(with: state)
            }
            let backup = memory.shared.contents.withLock { $0.backup }
            if let line = HistoryEntry(dead: loading, backup: { backup }) { keepDeadRun(line) }
            try write {
                $0.journal = nil
                $0.unfinished = nil
            }
            if loading.journal == .checkpoint { request.failpoints.hit(.afterCheckpoint) }
        }
    }

    func createState(_ state: RecordedState) throws(StateFault) {
        if loaded.boundState != nil { throw .alreadyThere(path: memory.place) }
        request.failpoints.hit(.beforeFirstState)
        try replace(with: state)
        request.failpoints.hit(.afterFirstState)
    }

    func begin(_ run: RunInfo, plan: PlanID?) throws(StateFault) {
        if basis != nil { throw .inconsistent(path: memory.place, "a run was begun already") }
        guard let state = loaded.state else { throw .noState(path: memory.place) }
        let begun = JournalBasis(state.header, sum: memory.texts().sum)
        var sum: UInt32 = 0
        let line = JournalFile.lines([.begin(run, plan: plan)], basis: begun, sum: &sum)
        try write {
            $0.journal = line
            $0.unfinished = UnfinishedRun(run: run.run, basis: JournalBasis(state.header, sum: nil), journalBytes: line.count)
        }
        (self.sum, basis, journalRun) = (sum, begun, run.run)
        request.failpoints.hit(.afterBegin)
    }

    func append(_ events: [JournalEvent], _ durability: Durability) throws(JournalFailure) {
        if let failure { throw failure }
        guard let basis else { throw JournalFailure(path: memory.place, message: "no run was begun") }
        var sum = sum
        let lines = JournalFile.lines(events, basis: basis, sum: &sum)
        do throws(StateFault) {
            try write {
                $0.journal? += lines
                if durability == .now { $0.unfinished?.journalBytes = $0.journal?.count ?? 0 }
            }
            self.sum = sum
        } catch {
            let failure = JournalFailure(path: memory.place, message: "the lock is lost", cause: .takenAway)
            self.failure = failure
            throw failure
        }
    }

    func salvage(_ event: JournalEvent) -> Bool { false }

    func end(_ state: RecordedState?, line: @Sendable (StateFault?, _ serial: Int) -> HistoryEntry?) -> RunEnding {
        var fault: StateFault?
        if let state {
            request.failpoints.hit(.beforeCheckpoint)
            do throws(StateFault) { try writeState(state) } catch { fault = error }
        }
        let serial = loaded.state?.header.serial ?? 0
        if let entry = line(fault, serial) { keepHistory(entry) }
        if state != nil, fault == nil {
            request.failpoints.hit(.afterHistory)
            try? write {
                $0.journal = nil
                $0.unfinished = nil
            }
            (basis, journalRun) = (nil, nil)
            request.failpoints.hit(.afterCheckpoint)
        }
        return RunEnding(stateFault: fault, historyFault: historyFault, serial: serial)
    }

    func announce(_ entry: HistoryEntry) {
        let count = memory.shared.contents.withLock { $0.history.count }
        keepHistory(entry)
        announcedAt = count
    }

    func appendHistory(_ entry: HistoryEntry) throws(StateFault) {
        let start = announcedAt
        try write {
            if let start { $0.history.removeSubrange(start...) }
            $0.history.append(entry.encoded)
        }
        announcedAt = nil
    }

    func rebuild(_ state: RecordedState, at now: Timestamp) throws(StateFault) -> [String] {
        request.failpoints.hit(.beforeFirstState)
        let state = try state.storable(at: memory.place)
        let mark = ".damaged-\(now)"
        let former = memory.texts()
        var kept: [String] = []
        for (name, bytes) in [("state" + mark, former.state), ("journal" + mark, former.journal)] {
            guard let bytes else { continue }
            let taken = memory.shared.contents.withLock { Set($0.kept.keys) }
            let free = taken.contains(name) ? (2...).lazy.map { "\(name)-\($0)" }.first { !taken.contains($0) }! : name
            try write { $0.kept[free] = bytes }
            kept.append(free)
        }
        try write { $0.state = StateFile.encode(state) }
        loaded = LoadedState(state: state)
        if let line = former.journal.flatMap({ HistoryEntry(deadJournal: $0) }) { keepDeadRun(line) }
        try write {
            $0.journal = nil
            $0.unfinished = nil
        }
        request.failpoints.hit(.afterFirstState)
        return kept
    }

    func dismissLostRun() { try? write { $0.unfinished = nil } }

    func close() {
        let token = token
        memory.shared.contents.withLock { if $0.lock?.token == token { $0.lock = nil } }
    }

    private func writeState(_ state: RecordedState) throws(StateFault) {
        guard let before = loaded.state else { throw .noState(path: memory.place) }
        if let after = try state.ending(journalRun ?? request.run.run, over: before, at: memory.place) { try replace(with: after) }
    }

    private func replace(with state: RecordedState) throws(StateFault) {
        let state = try state.storable(at: memory.place)
        let bytes = StateFile.encode(state)
        try write {
            $0.backup = $0.state
            $0.state = bytes
        }
        loaded.state = state
    }

    private func keepHistory(_ entry: HistoryEntry) {
        do throws(StateFault) { try appendHistory(entry) } catch { historyFault = historyFault ?? error }
    }

    private func keepDeadRun(_ line: HistoryEntry) {
        let history = memory.shared.contents.withLock { $0.history }
        let isThere = history.contains { bytes in HistoryFile.decode(bytes).names(line.run.run) }
        if !isThere { keepHistory(line) }
    }

    /// One write, or none where the lock is not this one's any more.
    private func write(_ body: (inout MemoryPlace.Contents) -> Void) throws(StateFault) {
        let token = token
        let isDead = memory.process.isDead.load(ordering: .sequentiallyConsistent)
        let (isHeld, holder) = memory.shared.contents.withLock { contents -> (Bool, LockHolder?) in
            guard !isDead, contents.lock?.token == token else { return (false, contents.lock?.holder) }
            body(&contents)
            return (true, nil)
        }
        if !isHeld { throw .lockLost(path: memory.place, holder: holder) }
    }
}
