public import SnapkeepCore
public import SnapkeepEngine

/// A state whose lock this process holds: the only way to write.
///
/// All file calls run on a thread of the store's own, one after the other. `open` locks, loads, and folds what an interrupted run left;
/// then `createState` where there is none, `begin`, any number of `append`, `fold`, and at last `close`.
public actor LockedStore: Journal {
    /// The files as the user named them.
    public nonisolated let paths: StatePaths
    /// What was loaded, and after `createState` and `fold` what is in the state file.
    public internal(set) var loaded = LoadedState()

    let files: StatePaths
    let run: RunInfo
    let system: any FileSystem
    let failpoints: Failpoints
    private let thread: FileThread
    private var lock: Int32?
    private var journal: JournalWriter?
    private var journalRun: RunID?
    private var earlierSyncs = 0
    /// Why the line of an earlier run, or a line about this one, is not in the history.
    var historyFault: StateFault?
    /// Where the line begins that `announce` wrote.
    var announcedAt: Int?

    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Locks and loads a state; a journal that an interrupted run left is folded into the state file.
    ///
    /// - Parameters:
    ///   - run: who asks; the lock file then says so.
    ///   - lockTimeout: how long to wait for another run to end; zero does not wait.
    /// - Throws: `StateFault.locked` when the wait was in vain, and whatever reading and folding may throw.
    public static func open(
        _ paths: StatePaths, run: RunInfo, lockTimeout: Duration = .zero, clock: any Clock<Duration> = ContinuousClock(),
        failpoints: Failpoints = .inert
    ) async throws(StateFault) -> LockedStore {
        try await open(paths, run: run, lockTimeout: lockTimeout, clock: clock, failpoints: failpoints, system: KernelFileSystem())
    }

    static func open(
        _ paths: StatePaths, run: RunInfo, lockTimeout: Duration = .zero, clock: any Clock<Duration> = ContinuousClock(),
        failpoints: Failpoints = .inert, system: any FileSystem
    ) async throws(StateFault) -> LockedStore {
        let store = LockedStore(paths, run: run, failpoints: failpoints, system: system)
        do throws(StateFault) {
            try await store.takeLock(timeout: lockTimeout, clock: clock)
            try await store.load()
        } catch {
            await store.close()
            throw error
        }
        return store
    }

    init(_ paths: StatePaths, run: RunInfo, failpoints: Failpoints, system: any FileSystem) {
        self.paths = paths
        self.run = run
        self.failpoints = failpoints
        self.system = system
        files = paths.resolved(by: system)
        thread = FileThread()
    }

    deinit { if let lock { system.close(lock) } }

    // MARK: Lock

    /// How long to wait between two tries for the lock.
    static let pollInterval: Duration = .milliseconds(100)

    func takeLock(timeout: Duration, clock: any Clock<Duration>) async throws(StateFault) {
        try checkPlace()
        let descriptor = try wrap(files.lock) { () throws(FileFailure) in
            try system.retrying { () throws(FileFailure) in try system.open(files.lock, .lock) }
        }
        lock = descriptor
        var waited: Duration = .zero
        while true {
            let got = try wrap(files.lock) { () throws(FileFailure) in
                try system.retrying { () throws(FileFailure) in try system.tryLock(descriptor) }
            }
            if got { break }
            let pause = min(Self.pollInterval, timeout - waited)
            guard pause > .zero, (try? await clock.sleep(for: pause)) != nil else {
                // Not ours: closing must not empty the holder's text.
                system.close(descriptor)
                lock = nil
                throw .locked(path: paths.state, holder: (try? system.contents(of: files.lock)).flatMap { LockHolder($0) })
            }
            waited += pause
        }
        // Only words for those who wait. A disk that takes none shows itself soon enough.
        try? system.truncate(descriptor, to: 0)
        try? system.writeAll(descriptor, LockHolder(run).encoded)
    }

    private func checkPlace() throws(StateFault) {
        let folder = folder(of: files.state)
        let (place, state) = try wrap(files.state) { () throws(FileFailure) in (try system.status(folder), try system.status(files.state)) }
        if place?.kind != .folder { throw .noFolder(path: folder) }
        if let state, state.kind != .regular { throw .notAFile(path: paths.state) }
    }

    // MARK: Loading

    func load() throws(StateFault) {
        let loading = try StateLoading(files, system: system)
        removeDeadFiles()
        loaded = loading.loaded
        switch loading.journal {
        case .none: return
        case .remove, .removeUnchanged: break
        case .fold:
            failpoints.hit(.beforeFold)
            if let state = loaded.state { loaded.state = try replacement.write(state) }
        }
        // Before the journal goes, which alone tells of that run.
        noteDeadRun(loading)
        removeJournal()
        if loading.journal == .fold { failpoints.hit(.afterFold) }
    }

    /// Temporary files of runs that died. Whoever holds the lock is alone, so every such file is dead.
    func removeDeadFiles() {
        let prefix = baseName(of: files.state) + "."
        let folder = folder(of: files.state)
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
        loaded.state = try replacement.write(state)
        failpoints.hit(.afterFirstState)
    }

    /// Begins the journal of a run over the loaded state. It is on disk when this returns.
    public func begin(_ run: RunInfo, plan: PlanID?) async throws(JournalFailure) {
        guard let state = loaded.state, journal == nil else {
            throw JournalFailure(
                path: files.journal, message: journal == nil ? "there is no state to begin from" : "a run was begun already")
        }
        let status = (try? system.status(files.state)) ?? nil
        journal = try JournalWriter(
            run, plan: plan, basis: JournalBasis(state.header), at: files.journal, like: status, system: system, failpoints: failpoints)
        journalRun = run.run
        failpoints.hit(.afterBegin)
    }

    public func append(_ events: [JournalEvent], _ durability: Durability) async throws(JournalFailure) {
        guard journal != nil else { throw JournalFailure(path: files.journal, message: "no run was begun") }
        try journal!.write(events)
        guard durability == .now, let mine = journal?.written else { return }
        // Behind all calls that arrived while an fsync ran: they write first, and one fsync serves them all.
        await Task.yield()
        guard journal != nil else { throw JournalFailure(path: files.journal, message: "the journal was closed") }
        if journal!.synced < mine { try journal!.sync() }
    }

    /// Tries to get one more event onto the disk after `append` has failed: what exists in the cloud should be known on the next start.
    ///
    /// - Returns: whether the event is on disk, and with it all that the journal took before.
    public func salvage(_ event: JournalEvent) -> Bool {
        guard journal?.failure != nil, let state = loaded.state else { return false }
        // A line that does not fit what the file holds would make the whole journal unreadable.
        guard let bytes = try? system.contents(of: files.journal), let contents = try? JournalFile.decode(bytes),
            (try? StateReplay.fold(contents.events + [event], into: state)) != nil
        else { return false }
        return journal!.salvage(event)
    }

    /// Ends the journal: writes the state and removes the journal. Where nothing changed, the state file is left as it is.
    ///
    /// It may be tried after the journal failed, too: the state is written to a fresh file.
    ///
    /// - Parameter state: what is recorded now; `nil` replays the journal's file.
    /// - Throws: `StateFault`; the old state and the journal are then still there.
    public func fold(_ state: RecordedState? = nil) throws(StateFault) {
        if loaded.state == nil, state == nil { return }
        failpoints.hit(.beforeFold)
        try writeState(state)
        endJournal()
        failpoints.hit(.afterFold)
    }

    /// The first half of `fold`: what is recorded now is in the state file, and the journal still stands.
    func writeState(_ state: RecordedState?) throws(StateFault) {
        guard let before = loaded.state else { throw .noState(path: paths.state) }
        let given = if let state { state as RecordedState? } else { try replayed() }
        if var after = given {
            if after.header.lineage != before.header.lineage { throw .inconsistent(path: paths.state, "it has another lineage") }
            after.header.lastRun = before.header.lastRun
            if after != before {
                after.header.lastRun = journalRun ?? run.run
                loaded.state = try replacement.write(after)
            }
        }
    }

    /// The second half of `fold`.
    func endJournal() {
        if let done = journal {
            earlierSyncs += done.syncCount
            // Not synced first: what it says is in the state now.
            journal!.abandon()
            journal = nil
            journalRun = nil
            removeJournal()
        }
    }

    private func replayed() throws(StateFault) -> RecordedState? {
        journal == nil ? nil : try StateLoading(files, system: system).loaded.state
    }

    /// Gives the lock back. A journal that was not folded stays and is folded by the next run.
    public func close() {
        if journal != nil {
            earlierSyncs += journal!.syncCount
            journal!.close()
            journal = nil
        }
        if let lock {
            try? system.truncate(lock, to: 0)
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
