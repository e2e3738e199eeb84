public import SnapkeepCore
import SnapkeepEngine

/// What the files of a state say.
public struct LoadedState: Hashable, Sendable {
    /// The state with the journal replayed over it; `nil` before the first apply.
    public var state: RecordedState?
    /// The run whose journal was found and not taken over yet: it was interrupted, or, where no lock was taken, it may still be under way.
    public var interrupted: RunInfo?

    /// A state of its parts.
    public init(state: RecordedState? = nil, interrupted: RunInfo? = nil) {
        self.state = state
        self.interrupted = interrupted
    }
}

extension LoadedState {
    /// The state, unless it binds nothing yet: a first run that was refused by the cloud leaves one behind with the endpoint and the
    /// project of its settings, and those may have been the mistake.
    public var boundState: RecordedState? { state.flatMap { $0.bindsNothing ? nil : $0 } }
}

/// Reads a state without its lock.
public struct StateReader {
    /// The state as of now, while another run may be writing it. Nothing is written (P4).
    ///
    /// - Throws: `StateFault` when a file is damaged, is something else, or cannot be read.
    public static func load(_ paths: StatePaths) throws(StateFault) -> LoadedState { try load(paths, system: KernelFileSystem()) }

    /// How often a state may change under the reader's eyes before it gives up.
    static let attempts = 100

    static func load(_ paths: StatePaths, system: some FileSystem) throws(StateFault) -> LoadedState {
        try steadily(paths, system: system) { files, unfinished throws(StateFault) in
            do throws(StateFault) { return try StateLoading(files, system: system, unfinished: unfinished).loaded } catch {
                // As long as that run lives it is the one to miss its journal, and it still has in memory what it did.
                guard error.isAboutLostJournal, (try? system.isHeld(files.lock)) == true else { throw error }
                return try StateLoading(files, system: system).loaded
            }
        }
    }

    /// Reads several files of one moment.
    static func steadily<Value>(
        _ paths: StatePaths, system: some FileSystem, _ read: (StatePaths, LockText.Unfinished?) throws(StateFault) -> Value
    ) throws(StateFault) -> Value {
        let files = paths.resolved(by: system)
        for _ in 0..<attempts {
            let before = try status(files, system)
            // Before the journal is read: it only grows while its run lives.
            let unfinished = LockText.read(files.lock, system)?.unfinished
            let outcome: Result<Value, StateFault>
            do throws(StateFault) { outcome = .success(try read(files, unfinished)) } catch { outcome = .failure(error) }
            // A run that ends replaces the state and then removes the journal: only what was read under one state belongs together. That
            // holds for faults too: a state and a journal that do not fit may be of two moments.
            let isSteady = try status(files, system) == before && LockText.read(files.lock, system)?.unfinished?.run == unfinished?.run
            if isSteady { return try outcome.get() }
        }
        throw .unsteady(path: paths.state)
    }

    private static func status(_ files: StatePaths, _ system: some FileSystem) throws(StateFault) -> FileStatus? {
        do throws(FileFailure) {
            return try system.retrying { () throws(FileFailure) in try system.status(files.state) }
        } catch {
            throw StateFault(error, path: files.state, .read)
        }
    }
}

/// The files of a state, read and brought together once.
struct StateLoading {
    /// What is to become of the journal.
    enum JournalFate: Hashable {
        case none
        /// Empty, never begun, or taken over before: nothing in it is needed.
        case remove
        /// Its events changed nothing.
        case removeUnchanged
        /// Its events are in `loaded.state` and not in the state file.
        case checkpoint
    }

    var loaded: LoadedState
    var journal: JournalFate
    /// What the journal says, where a run began it.
    private(set) var contents: JournalContents?
    /// What is in the state file.
    private(set) var written: RecordedState?
    /// How the state file looked when it was read.
    private(set) var seen: SeenState

    /// - Parameter unfinished: the run that the lock file names: its journal must be there, unless the state says that it is taken over.
    init(_ files: StatePaths, system: some FileSystem, unfinished: LockText.Unfinished? = nil) throws(StateFault) {
        let state: RecordedState?
        (state, seen) = try Self.state(files, system)
        written = state
        let boot = unfinished.flatMap { _ in system.boot }
        let unfinished = unfinished.flatMap { $0.hasEnded(by: state?.header, boot: boot) ? nil : $0 }
        guard let bytes = try Self.contents(of: files.journal, system) else {
            if unfinished != nil { throw .journalMissing(path: files.journal) }
            loaded = LoadedState(state: state)
            journal = .none
            return
        }
        let contents: JournalContents?
        do throws(JournalProblem) { contents = try JournalFile.decode(bytes) } catch { throw StateFault(error, path: files.journal) }
        if let unfinished, !(contents.map { unfinished.hasEnded(by: $0.basis, boot: boot) } ?? false) {
            if let other = contents?.run?.run, other != unfinished.run { throw .journalMissing(path: files.journal) }
            // Zeros in the place of its last lines are no lines.
            let whole = contents?.wholeBytes ?? 0
            if whole < unfinished.journalBytes {
                throw .journalCut(path: files.journal, bytes: whole, expected: unfinished.journalBytes)
            }
        }
        guard let contents, let run = contents.run else {
            loaded = LoadedState(state: state)
            journal = .remove
            return
        }
        self.contents = contents
        guard let state else {
            throw .journalWithoutState(path: files.journal, state: files.state, backup: Self.backup(files, system))
        }
        let header = state.header
        if contents.basis.lineage != header.lineage { throw .journalOfOtherState(path: files.journal, state: files.state) }
        if run.run == header.lastRun {
            loaded = LoadedState(state: state)
            journal = .remove
            return
        }
        if contents.basis.serial != header.serial {
            throw .journalOfOtherSerial(
                path: files.journal, state: files.state, journal: contents.basis.serial, serial: header.serial)
        }
        if let sum = contents.basis.sum, sum != seen.sum { throw .journalOfOtherContents(path: files.journal, state: files.state) }
        var replay = StateReplay(state)
        for (index, event) in contents.events.enumerated() {
            do throws(ReplayProblem) { try replay.apply(event) } catch {
                throw .journalDoesNotFit(path: files.journal, line: index + 1, error)
            }
        }
        loaded = LoadedState(state: replay.hasChanges ? replay.finished() : state, interrupted: run)
        journal = replay.hasChanges ? .checkpoint : .removeUnchanged
    }

    private static func state(_ files: StatePaths, _ system: some FileSystem) throws(StateFault) -> (RecordedState?, SeenState) {
        guard let (bytes, seen) = try SeenState.read(files.state, system) else { return (nil, .absent) }
        let state: RecordedState
        do throws(StateFileProblem) {
            state = try StateFile.decode(bytes)
        } catch {
            throw StateFault(error, path: files.state, backup: backup(files, system))
        }
        if SerialBounds.leavesRoom(state.header.serial) { return (state, seen) }
        let what = "no run can have reached the serial \(state.header.serial)"
        throw .damaged(path: files.state, SourcePosition(line: 1, column: 1), what, backup: backup(files, system))
    }

    /// The former state's path, where there is one to go back to.
    private static func backup(_ files: StatePaths, _ system: some FileSystem) -> String? {
        guard let status = try? system.status(files.backup), status.kind == .regular else { return nil }
        return files.backup
    }

    private static func contents(of path: String, _ system: some FileSystem) throws(StateFault) -> [UInt8]? {
        if system.linkTarget(path) != nil { throw .notOurs(path: path) }
        do throws(FileFailure) { return try system.contents(of: path) } catch { throw StateFault(error, path: path, .read) }
    }
}

/// Reads a state's history.
public enum HistoryReader {
    /// The entries of all lines that can be read, oldest first; none where there is no history.
    ///
    /// - Throws: `StateFault` when the file cannot be read.
    public static func load(_ paths: StatePaths) throws(StateFault) -> HistoryFile.Contents {
        try load(paths, system: KernelFileSystem())
    }

    /// The same without the snapshots of each run, of which a line may name 100,000.
    public static func loadBriefly(_ paths: StatePaths) throws(StateFault) -> HistoryFile.Contents {
        try load(paths, system: KernelFileSystem(), namesSnapshots: false)
    }

    static func load(
        _ paths: StatePaths, system: some FileSystem, namesSnapshots: Bool = true
    ) throws(StateFault) -> HistoryFile.Contents {
        let path = paths.resolved(by: system).history
        if system.linkTarget(path) != nil { throw .notOurs(path: path) }
        do throws(FileFailure) { return HistoryFile.decode(try system.contents(of: path) ?? [], namesSnapshots: namesSnapshots) } catch {
            throw StateFault(error, path: path, .read)
        }
    }
}

extension StateFault {
    /// Whether the lock file tells of a journal that is not there, or not whole.
    fileprivate var isAboutLostJournal: Bool {
        switch self {
        case .journalMissing, .journalCut: true
        case .notAState, .tooNew, .unknownField, .damaged, .changed, .mergeConflict, .notAJournal, .journalTooNew, .journalDamaged,
            .journalWithoutState, .journalOfOtherState, .journalOfOtherSerial, .journalOfOtherContents, .replaced, .taken, .notOurs,
            .journalDoesNotFit, .noFolder, .notAFile, .tooLarge, .io, .locked, .alreadyThere, .noState, .inconsistent, .unsteady:
            false
        }
    }
}
