public import SnapkeepCore
public import SnapkeepEngine

/// The files of a state whose lock this process holds.
///
/// All file calls run on a queue of its own, one after the other.
public actor LockedFiles: LockedState {
    public nonisolated let store: any StateStore
    /// The files as the user named them.
    public nonisolated let paths: StatePaths
    /// What was loaded, and after `createState` and `end` what is in the state file.
    public internal(set) var loaded = LoadedState()

    let files: StatePaths
    let run: RunInfo
    let system: any FileSystem
    let failpoints: Failpoints
    private let queue = FileQueue()
    private var lock: Int32?
    /// The run whose journal has not been taken over by a state: this one's, or, until its journal is taken over, an interrupted one's.
    var unfinished: LockText.Unfinished?
    /// How the state file looked when it was read or written last.
    var seen = SeenState.absent
    private var journal: JournalWriter?
    private var journalRun: RunID?
    private var earlierSyncs = 0
    /// Why the line of an earlier run, or a line about this one, is not in the history.
    var historyFault: StateFault?
    /// Where the line begins that `announce` wrote.
    var announcedAt: Int?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    /// Locks and loads a state; a journal that an interrupted run left is taken over into the state file.
    ///
    /// - Throws: `StateFault.locked` when the wait was in vain, and whatever reading and taking over may throw.
    static func open(_ store: FileStateStore, _ request: LockRequest) async throws(StateFault) -> LockedFiles {
        let locked = LockedFiles(store, request)
        do throws(StateFault) {
            try await locked.takeLock(timeout: request.timeout, clock: request.clock)
            try await locked.load()
        } catch {
            await locked.close()
            throw error
        }
        return locked
    }

    init(_ store: FileStateStore, _ request: LockRequest) {
        self.store = store
        paths = store.paths
        run = request.run
        failpoints = request.failpoints
        system = store.system
        files = paths.resolved(by: system)
    }

    deinit { if let lock { system.close(lock) } }

    // MARK: Lock

    /// How long to wait between two tries for the lock.
    static let pollInterval: Duration = .milliseconds(100)
    /// Whoever only reads may hold the lock file for an instant, to look whether a run lives: without a wait, so often it is tried again.
    private static let secondTries = 2
    private static let secondTryInterval: Duration = .milliseconds(5)

    func takeLock(timeout: Duration, clock: any Clock<Duration>) async throws(StateFault) {
        try checkPlace()
        try checkNeighbours()
        var waited: Duration = .zero
        var secondTries = timeout == .zero ? Self.secondTries : 0
        while try !tryToLock() {
            if secondTries > 0, (try? await clock.sleep(for: Self.secondTryInterval)) != nil {
                secondTries -= 1
                continue
            }
            let pause = min(Self.pollInterval, timeout - waited)
            guard pause > .zero, (try? await clock.sleep(for: pause)) != nil else { throw .locked(path: paths.state, holder: holder) }
            waited += pause
        }
        try checkLockFile()
        unfinished = lockText?.unfinished
        writeLockText()
    }

    /// What was found there before may have been replaced while this run waited.
    private func checkLockFile() throws(StateFault) {
        do throws(StateFault) { try NeighbourFile.lock(files).check(system) } catch {
            if let lock { system.close(lock) }
            lock = nil
            throw error
        }
    }

    /// Makes sure that this run is still alone: its lock file is in its place, or its journal is, which it holds just as well. Where both were
    /// taken away, it takes the lock anew, unless another run was quicker, or has been here and left something unfinished.
    ///
    /// - Parameter hasJustBegun: whether the journal there is this run's, and so new that nobody need have seen it.
    func keepLock(hasJustBegun: Bool = false) throws(StateFault) {
        if let lock, try wrap(files.lock, { () throws(FileFailure) in try system.isAt(files.lock, lock) }) { return }
        if let journal, journal.isInPlace { return }
        let former = lock
        guard try tryToLock(besideOwnJournal: hasJustBegun) else { throw .taken(path: files.lock, holder: holder, kept: nil) }
        if let former { system.close(former) }
        try checkLockFile()
        let other = lockText?.unfinished
        let hasJournal = try wrap(files.journal) { () throws(FileFailure) in try system.status(files.journal) } != nil
        if other == nil, !hasJournal || hasJustBegun { return writeLockText() }
        // What this run has begun is lost from here, and must be missed; otherwise what they left stays as it is.
        if unfinished == nil { unfinished = other } else { writeLockText() }
        throw .taken(path: files.journal, holder: nil, kept: nil)
    }

    /// Tries to take the lock: the kernel's, of the file that the path leads to, and only where no living run writes the journal. A lock file
    /// that was removed under its holder does not hide the holder then.
    ///
    /// - Parameter besideOwnJournal: whether the journal there is this run's.
    private func tryToLock(besideOwnJournal: Bool = false) throws(StateFault) -> Bool {
        let descriptor = try wrap(files.lock) { () throws(FileFailure) -> Int32? in
            // The file may be taken away between opening and locking it: then the next one counts.
            for _ in 0..<10 {
                let descriptor = try system.retrying { () throws(FileFailure) in try system.open(files.lock, .lock) }
                var isTaken = false
                defer { if !isTaken { system.close(descriptor) } }
                guard try system.retrying({ () throws(FileFailure) in try system.tryLock(descriptor, .exclusive) }) else { return nil }
                guard try system.isAt(files.lock, descriptor) else { continue }
                isTaken = true
                return descriptor
            }
            return nil
        }
        guard let descriptor else { return false }
        do throws(StateFault) {
            var isHeld = false
            if !besideOwnJournal { isHeld = try wrap(files.journal) { () throws(FileFailure) in try system.isHeld(files.journal) } }
            if isHeld { system.close(descriptor) } else { lock = descriptor }
            return !isHeld
        } catch {
            system.close(descriptor)
            throw error
        }
    }

    private var lockText: LockText? { LockText.read(files.lock, system) }

    /// Who holds the state, as the lock file says, or, where that is not the holder's, the journal.
    private var holder: LockHolder? {
        if let holder = lockText?.holder { return holder }
        let journal = ((try? system.contents(of: files.journal)) ?? nil).flatMap { try? JournalFile.decode($0) }
        return journal?.run.map { LockHolder($0) }
    }

    /// Says who holds the lock. A disk that takes no words shows itself soon enough.
    private func writeLockText() {
        guard let lock else { return }
        let text = LockText(LockHolder(run), unfinished).encoded
        overwriteLock(with: text)
        try? system.truncate(lock, to: text.count)
    }

    private func overwriteLock(with text: [UInt8]) {
        guard let lock else { return }
        _ = text.withUnsafeBytes { bytes in
            try? system.retrying { () throws(FileFailure) in try system.overwrite(lock, bytes) }
        }
    }

    /// Notes how much of the journal is surely on disk. Not synced: a loss of power may leave a lower number, never a higher one.
    private func noteJournalLength() {
        guard let journal, unfinished != nil else { return }
        unfinished?.journalBytes = journal.synced
        overwriteLock(with: LockText(LockHolder(run), unfinished).encoded)
    }

    /// Says that no journal is waited for any more, before it is removed.
    ///
    /// - Parameter durably: waits for the disk; needed where no state names the run, for the journal's removal may outlive this line.
    func forgetUnfinished(durably: Bool) {
        guard unfinished != nil else { return }
        unfinished = nil
        writeLockText()
        if durably, let lock { try? system.sync(lock) }
    }

    /// Files beside the state are this program's, or they are not touched.
    private func checkNeighbours() throws(StateFault) {
        try NeighbourFile.lock(files).check(system)
        do throws(StateFault) { try NeighbourFile.history(files).check(system) } catch {
            // Without a history a run costs its line, not its work.
            guard case .notAFile = error else { throw error }
        }
        try NeighbourFile.backup(files).check(system)
        if system.linkTarget(files.journal) != nil { throw .notOurs(path: files.journal) }
    }

    private func checkPlace() throws(StateFault) {
        let folder = parentFolder(of: files.state)
        let (place, state) = try wrap(files.state) { () throws(FileFailure) in (try system.status(folder), try system.status(files.state)) }
        if place?.kind != .folder { throw .noFolder(path: folder) }
        if let state, state.kind != .regular { throw .notAFile(path: paths.state) }
    }

    // MARK: Loading

    func load() throws(StateFault) {
        let (loading, seen) = try FileStateStore.loading(files, system, unfinished)
        // Begun since the lock was taken: by a run that has lost its lock file, and lives.
        if loading.journal != .none, try wrap(files.journal, { () throws(FileFailure) in try system.isHeld(files.journal) }) {
            throw .locked(path: paths.state, holder: loading.contents?.run.map { LockHolder($0) })
        }
        removeDeadFiles()
        loaded = loading.loaded
        self.seen = seen
        switch loading.journal {
        case .none: return forgetUnfinished(durably: false)
        case .remove, .removeUnchanged: break
        case .checkpoint:
            failpoints.hit(.beforeCheckpoint)
            if let state = loaded.state { try replace(with: state) }
        }
        // Before the journal goes, which alone tells of that run.
        noteDeadRun(loading)
        forgetUnfinished(durably: loading.journal == .removeUnchanged)
        removeJournal()
        if loading.journal == .checkpoint { failpoints.hit(.afterCheckpoint) }
    }

    /// Temporary files of runs that died. Whoever holds the lock is alone, so every such file is dead.
    func removeDeadFiles() {
        let prefix = baseName(of: files.state) + "."
        let folder = parentFolder(of: files.state)
        for name in (try? system.names(in: folder)) ?? [] where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            let token = name.dropFirst(prefix.count).prefix { $0 != "." }
            if RunID(token) != nil { try? system.unlink(folder + "/" + name) }
        }
    }

    // MARK: Writing

    /// Writes the first state, also in the place of one that binds nothing. It is on disk, under its name, when this returns: the first intent may follow.
    ///
    /// - Throws: `StateFault`; there is then still no state, unless only the last fsync failed.
    public func createState(_ state: RecordedState) throws(StateFault) {
        if loaded.boundState != nil { throw .alreadyThere(path: paths.state) }
        failpoints.hit(.beforeFirstState)
        try replace(with: state)
        failpoints.hit(.afterFirstState)
    }

    /// Begins the journal of a run over the loaded state. It is on disk when this returns.
    ///
    /// - Throws: `StateFault`, a refusal when somebody else has written the state or taken the lock meanwhile; nothing was begun then.
    public func begin(_ run: RunInfo, plan: PlanID?) async throws(StateFault) {
        if journal != nil { throw .inconsistent(path: files.journal, "a run was begun already") }
        guard let state = loaded.state else { throw .noState(path: paths.state) }
        try keepLock()
        try replacement.check(seen)
        let status = (try? system.status(files.state)) ?? nil
        var writer: JournalWriter
        do throws(FileFailure) {
            writer = try JournalWriter(
                run, plan: plan, basis: JournalBasis(state.header, sum: seen.sum), at: files.journal, like: status, system: system,
                failpoints: failpoints)
        } catch { throw StateFault(error, path: files.journal) }
        // Whoever takes a lock file that is free looks for a journal next; whoever has made a journal looks for the lock file next. So
        // one of two sees the other.
        do throws(StateFault) {
            try keepLock(hasJustBegun: true)
            try replacement.check(seen)
        } catch {
            writer.withdraw()
            throw error
        }
        journal = writer
        journalRun = run.run
        unfinished = LockText.Unfinished(
            run: run.run, basis: JournalBasis(state.header, sum: nil), boot: system.boot, journalBytes: writer.synced)
        writeLockText()
        failpoints.hit(.afterBegin)
    }

    public func append(_ events: [JournalEvent], _ durability: Durability) async throws(JournalFailure) {
        guard journal != nil else { throw JournalFailure(path: files.journal, message: "no run was begun") }
        try journal!.write(events)
        guard durability == .now, let mine = journal?.written else { return }
        // Behind all calls that arrived while an fsync ran: they write first, and one fsync serves them all.
        await Task.yield()
        guard journal != nil else { throw JournalFailure(path: files.journal, message: "the journal was closed") }
        if journal!.synced < mine {
            try journal!.sync()
            noteJournalLength()
        }
    }

    /// Tries to get one more event onto the disk after `append` has failed: what exists in the cloud should be known on the next start.
    ///
    /// - Returns: whether the event is on disk, and with it all that the journal took before.
    public func salvage(_ event: JournalEvent) -> Bool {
        guard let state = loaded.state else { return false }
        return journal?.salvage(event, over: state) ?? false
    }

    /// Ends the journal: writes the state and removes the journal. Where nothing changed, the state file is left as it is.
    ///
    /// It may be tried after the journal failed, too: the state is written to a fresh file.
    ///
    /// - Parameter state: what is recorded now; `nil` replays the journal's file.
    /// - Throws: `StateFault`; the old state and the journal are then still there.
    public func checkpoint(_ state: RecordedState? = nil) throws(StateFault) {
        if loaded.state == nil, state == nil { return }
        failpoints.hit(.beforeCheckpoint)
        try writeState(state)
        endJournal()
        failpoints.hit(.afterCheckpoint)
    }

    /// The first half of `checkpoint`: what is recorded now is in the state file, and the journal still stands.
    func writeState(_ state: RecordedState?) throws(StateFault) {
        guard let before = loaded.state else { throw .noState(path: paths.state) }
        let given = if let state { state as RecordedState? } else { try replayed() }
        if let after = try given?.ending(journalRun ?? run.run, over: before, at: paths.state) { try replace(with: after) }
    }

    /// Puts a state in the place of the one that was read or written last.
    private func replace(with state: RecordedState) throws(StateFault) {
        do throws(StateFault) { try keepLock() } catch {
            guard case .taken(let path, let holder, _) = error else { throw error }
            throw .taken(path: path, holder: holder, kept: replacement.setAside(state))
        }
        (loaded.state, seen) = try replacement.write(state, over: seen)
    }

    /// The second half of `checkpoint`.
    func endJournal() {
        if let done = journal {
            earlierSyncs += done.syncCount
            // Not synced first: what it says is in the state now.
            let isInPlace = done.isInPlace
            forgetUnfinished(durably: loaded.state?.header.lastRun != journalRun)
            journal!.abandon()
            journal = nil
            journalRun = nil
            if isInPlace { removeJournal() }
        }
    }

    private func replayed() throws(StateFault) -> RecordedState? {
        journal == nil ? nil : try FileStateStore.loading(files, system, nil).loading.loaded.state
    }

    /// Gives the lock back. A journal that was not taken over stays, and is taken over by the next run.
    public func close() {
        if journal != nil {
            earlierSyncs += journal!.syncCount
            journal!.close()
            journal = nil
        }
        if let lock {
            // A journal that stays is missed when it goes.
            if unfinished == nil { try? system.truncate(lock, to: 0) }
            system.close(lock)
        }
        lock = nil
    }

    /// How many times the journal was synced: many waiting calls share one.
    public var journalSyncs: Int { earlierSyncs + (journal?.syncCount ?? 0) }

    var replacement: StateReplacement {
        StateReplacement(files: files, system: system, failpoints: failpoints, token: run.run.text)
    }

    /// Removes a journal that is not needed any more. When that fails nothing is lost: the state names the run that it belongs to, and a
    /// journal that changed nothing changes nothing a second time.
    func removeJournal() {
        guard (try? system.unlink(files.journal)) != nil else { return }
        try? replacement.syncFolder()
    }

    func wrap<Value>(_ path: String, _ body: () throws(FileFailure) -> Value) throws(StateFault) -> Value {
        do throws(FileFailure) { return try body() } catch { throw StateFault(error, path: path) }
    }
}
