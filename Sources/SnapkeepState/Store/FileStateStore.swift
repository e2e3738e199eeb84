import SnapkeepCore
import SnapkeepEngine

/// A state in files of one folder: the state, and beside it its journal, its lock, its backup and its history.
///
/// The lock is the kernel's, so it goes away with its holder, on every machine that shares the folder by a file system that knows such locks.
public struct FileStateStore: StateStore {
    public let paths: StatePaths
    let system: any FileSystem

    /// The files that belong to a state's path; whether they are there is not looked at.
    public init(_ paths: StatePaths) { self.init(paths, system: KernelFileSystem()) }

    init(_ paths: StatePaths, system: any FileSystem) {
        self.paths = paths
        self.system = system
    }

    public var place: String { paths.state }
    public var historyPlace: String { paths.history }
    public var files: [String] { paths.all }
    public var abandonedLock: AbandonedLock { .endsWithProcess }

    public func load() async throws(StateFault) -> LoadedState { try read() }

    public func loadForRecovery() async throws(StateFault) -> RecoverableState { try readForRecovery() }

    public func history(namesSnapshots: Bool) async throws(StateFault) -> HistoryFile.Contents {
        try readHistory(namesSnapshots: namesSnapshots)
    }

    public func lock(_ request: LockRequest) async throws(StateFault) -> any LockedState { try await LockedFiles.open(self, request) }

    public func lockForRecovery(_ request: LockRequest) async throws(StateFault) -> (any LockedState, RecoverableState) {
        try await LockedFiles.openForRecovery(self, request)
    }

    public func holder() async throws(StateFault) -> LockHolder? {
        let files = paths.resolved(by: system)
        let isHeld = try wrap(files.lock) { () throws(FileFailure) in try system.isHeld(files.lock) }
        let isWritten = try wrap(files.journal) { () throws(FileFailure) in try system.isHeld(files.journal) }
        guard isHeld || isWritten else { return nil }
        return LockText.read(files.lock, system)?.holder
    }

    public func breakLock(token: String) async throws(StateFault) -> Bool { false }

    private func wrap<Value>(_ path: String, _ body: () throws(FileFailure) -> Value) throws(StateFault) -> Value {
        do throws(FileFailure) { return try body() } catch { throw StateFault(error, path: path, .read) }
    }
}

// MARK: Reading without the lock

extension FileStateStore {
    /// The state as of now, while another run may be writing it. Nothing is written (P4).
    ///
    /// - Throws: `StateFault` when a file is damaged, is something else, or cannot be read.
    package func read() throws(StateFault) -> LoadedState {
        try steadily { files, unfinished throws(StateFault) in
            do throws(StateFault) { return try Self.loading(files, system, unfinished).loading.loaded } catch {
                // As long as that run lives it is the one to miss its journal, and it still has in memory what it did.
                guard error.isAboutLostJournal, (try? system.isHeld(files.lock)) == true else { throw error }
                return try Self.loading(files, system, nil).loading.loaded
            }
        }
    }

    /// What a recovery can start from. Nothing is written.
    ///
    /// - Throws: `StateFault` where a file cannot be read at all, or was made by a newer program.
    package func readForRecovery() throws(StateFault) -> RecoverableState {
        try steadily { files, unfinished throws(StateFault) in try Self.recoverable(files, system, unfinished) }
    }

    /// The entries of all lines of the history that can be read, oldest first; none where there is no history.
    ///
    /// - Throws: `StateFault` when the file cannot be read.
    package func readHistory(namesSnapshots: Bool = true) throws(StateFault) -> HistoryFile.Contents {
        let path = paths.resolved(by: system).history
        return HistoryFile.decode(try system.ownContents(of: path) ?? [], namesSnapshots: namesSnapshots)
    }

    /// How often a state may change under the reader's eyes before it gives up.
    static let attempts = 100

    /// Reads several files of one moment.
    private func steadily<Value>(
        _ read: (StatePaths, LockText.Unfinished?) throws(StateFault) -> Value
    ) throws(StateFault) -> Value {
        let files = paths.resolved(by: system)
        for _ in 0..<Self.attempts {
            let before = try status(files)
            // Before the journal is read: it only grows while its run lives.
            let unfinished = LockText.read(files.lock, system)?.unfinished
            let outcome: Result<Value, StateFault>
            do throws(StateFault) { outcome = .success(try read(files, unfinished)) } catch { outcome = .failure(error) }
            // A run that ends replaces the state and then removes the journal: only what was read under one state belongs together. That
            // holds for faults too: a state and a journal that do not fit may be of two moments.
            let isSteady = try status(files) == before && LockText.read(files.lock, system)?.unfinished?.run == unfinished?.run
            if isSteady { return try outcome.get() }
        }
        throw .unsteady(path: paths.state)
    }

    private func status(_ files: StatePaths) throws(StateFault) -> FileStatus? {
        try wrap(files.state) { () throws(FileFailure) in
            try system.retrying { () throws(FileFailure) in try system.status(files.state) }
        }
    }
}

// MARK: Texts

extension FileStateStore {
    /// The files of a state, read and brought together once.
    ///
    /// - Parameter unfinished: the run that the lock file names: its journal must be there, unless the state says that it is taken over.
    /// - Returns: beside it how the state's file looked.
    static func loading(
        _ files: StatePaths, _ system: any FileSystem, _ unfinished: LockText.Unfinished?
    ) throws(StateFault) -> (loading: StateLoading, seen: SeenState) {
        let (texts, seen) = try texts(files, system, unfinished)
        do throws(StateFault) { return (try StateLoading(texts), seen) } catch { throw error.naming(backup: backup(files, system)) }
    }

    /// Reads all files of a state once.
    static func recoverable(
        _ files: StatePaths, _ system: any FileSystem, _ unfinished: LockText.Unfinished?
    ) throws(StateFault) -> RecoverableState {
        let history = try FileStateStore(files, system: system).readHistory(namesSnapshots: false)
        let texts = try texts(files, system, unfinished).texts
        var found = try RecoverableState(texts, history: history) { (try? system.contents(of: files.backup)) ?? nil }
        if case .damaged(let fault) = found.condition { found.condition = .damaged(fault.naming(backup: backup(files, system))) }
        return found
    }

    private static func texts(
        _ files: StatePaths, _ system: any FileSystem, _ unfinished: LockText.Unfinished?
    ) throws(StateFault) -> (texts: StateTexts, seen: SeenState) {
        let read = try SeenState.read(files.state, system)
        let seen = read?.seen ?? .absent
        var texts = StateTexts(
            state: read?.bytes, journal: nil, unfinished: unfinished?.known(in: unfinished == nil ? nil : system.boot),
            statePlace: files.state, journalPlace: files.journal, sum: seen.sum)
        do throws(StateFault) { texts.journal = try system.ownContents(of: files.journal) } catch { texts.journalFault = error }
        return (texts, seen)
    }

    /// The former state's path, where there is one to go back to.
    private static func backup(_ files: StatePaths, _ system: any FileSystem) -> String? {
        guard let status = try? system.status(files.backup), status.kind == .regular else { return nil }
        return files.backup
    }
}

extension StateFault {
    /// Whether the lock file tells of a journal that is not there, or not whole.
    fileprivate var isAboutLostJournal: Bool {
        switch self {
        case .journalMissing, .journalCut: true
        case .notAState, .tooNew, .unknownField, .damaged, .changed, .mergeConflict, .notAJournal, .journalTooNew, .journalDamaged,
            .journalWithoutState, .journalOfOtherState, .journalOfOtherSerial, .journalOfOtherContents, .replaced, .taken, .lockLost,
            .notOurs,
            .journalDoesNotFit, .noFolder, .notAFile, .tooLarge, .io, .locked, .alreadyThere, .noState, .inconsistent, .unsteady:
            false
        }
    }
}
