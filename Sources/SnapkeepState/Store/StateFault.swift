public import SnapkeepCore

/// Why a state cannot be read, locked or written.
public enum StateFault: Error, Hashable, Sendable {
    /// The file at the state's path is something else; the words complete "the file …".
    case notAState(path: String, String)
    case tooNew(path: String, version: Int)
    /// A field that this program would lose when it writes the state again.
    case unknownField(path: String, String, SourcePosition)
    /// `backup`: the former state, where there is one.
    case damaged(path: String, SourcePosition, String, backup: String?)
    /// It reads well and is not what was written: an editor or a merge has changed it. `backup` as above.
    case changed(path: String, SourcePosition, String, backup: String?)
    /// A merge has left its markers in the state, the first on that line.
    case mergeConflict(path: String, line: Int)
    case notAJournal(path: String)
    case journalTooNew(path: String, version: Int)
    case journalDamaged(path: String, line: Int, String)
    /// There is a journal, and the state that it belongs to is gone.
    case journalWithoutState(path: String, state: String, backup: String?)
    /// The journal was written over a state of another lineage.
    case journalOfOtherState(path: String, state: String)
    /// The journal was written over another serial of this state.
    case journalOfOtherSerial(path: String, state: String, journal: Int, serial: Int)
    /// The journal was written over other contents of this very serial.
    case journalOfOtherContents(path: String, state: String)
    /// A run has begun a journal and has not ended, and there is no such journal. `run`: which one, where the store tells. The path is the
    /// journal's, or that of the state, in a service, where the journal is on another machine.
    case journalMissing(path: String, run: RunInfo? = nil)
    /// So many bytes of the journal were on disk, and it is shorter now.
    case journalCut(path: String, bytes: Int, expected: Int)
    /// Somebody else has written the state since it was read. `kept`: where the state stands that would have been written.
    case replaced(path: String, kept: String?)
    /// The lock file was taken away from under this run, and another run has come meanwhile: it holds a new one, or it left something
    /// unfinished. `kept` as above.
    case taken(path: String, holder: LockHolder?, kept: String?)
    /// This run does not hold the lock any more: it ran out, or somebody has broken it. `holder`: who holds it now. Whatever was written since
    /// then was refused; what this run has made and not recorded is found by its stamps.
    case lockLost(path: String, holder: LockHolder?)
    /// One of the files beside the state is somebody else's.
    case notOurs(path: String)
    /// A whole line of the journal that does not fit what is recorded.
    case journalDoesNotFit(path: String, line: Int, ReplayProblem)
    /// Nothing there where a folder should be.
    case noFolder(path: String)
    /// A folder, a pipe or a device where one of the state's files should be.
    case notAFile(path: String)
    /// So many bytes that the file is not read.
    case tooLarge(path: String, size: Int, limit: Int)
    /// A call on a file that failed, in the system's own words.
    case io(path: String, call: String, String, cause: FileProblem, FileProblem.Access)
    case locked(path: String, holder: LockHolder?)
    /// A first state was to be made where there is one.
    case alreadyThere(path: String)
    case noState(path: String)
    /// The state to be written breaks a rule of its own; nothing was written. A bug of this program.
    case inconsistent(path: String, String)
    /// Other runs replaced the state again and again while it was read.
    case unsteady(path: String)
}

extension StateFault {
    /// What it is about, as messages call it: a path or a URL, without secrets.
    public var path: String {
        switch self {
        case .notAState(let path, _), .tooNew(let path, _), .unknownField(let path, _, _), .damaged(let path, _, _, _),
            .changed(let path, _, _, _), .mergeConflict(let path, _), .notAJournal(let path), .journalTooNew(let path, _),
            .journalDamaged(let path, _, _), .journalWithoutState(let path, _, _), .journalOfOtherState(let path, _),
            .journalOfOtherSerial(let path, _, _, _), .journalOfOtherContents(let path, _), .journalMissing(let path, _),
            .journalCut(let path, _, _), .replaced(let path, _), .taken(let path, _, _), .lockLost(let path, _), .notOurs(let path),
            .journalDoesNotFit(let path, _, _), .noFolder(let path), .notAFile(let path), .tooLarge(let path, _, _),
            .io(let path, _, _, _, _), .locked(let path, _), .alreadyThere(let path), .noState(let path), .inconsistent(let path, _),
            .unsteady(let path):
            path
        }
    }

    /// - Parameter path: a path or a URL, without secrets.
    public init(_ problem: StateFileProblem, path: String, backup: String?) {
        self =
            switch problem {
            case .otherContent(let words): .notAState(path: path, words)
            case .tooNew(let version): .tooNew(path: path, version: version)
            case .unknownField(let name, let place): .unknownField(path: path, name, place)
            case .damaged(let place, let what): .damaged(path: path, place, what, backup: backup)
            case .changed(let place, let what): .changed(path: path, place, what, backup: backup)
            case .mergeConflict(let line): .mergeConflict(path: path, line: line)
            }
    }

    /// - Parameter path: a path or a URL, without secrets.
    public init(_ problem: JournalProblem, path: String) {
        self =
            switch problem {
            case .notAJournal: .notAJournal(path: path)
            case .tooNew(let version): .journalTooNew(path: path, version: version)
            case .damaged(let line, let what): .journalDamaged(path: path, line: line, what)
            }
    }

    /// - Parameters:
    ///   - path: the file as the user knows it, never a temporary one.
    ///   - access: what was to be done to it.
    init(_ failure: FileFailure, path: String, _ access: FileProblem.Access = .write) {
        if let excess = failure.excess {
            self = .tooLarge(path: path, size: excess.size, limit: excess.limit)
            return
        }
        self =
            failure.code == FileFailure.isFolder
            ? .notAFile(path: path)
            : .io(
                path: path, call: failure.call, failure.words, cause: FileProblem(errno: failure.code),
                failure.call == "flock" ? .lock : access)
    }
}
