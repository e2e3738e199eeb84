public import SnapkeepCore
import SnapkeepEngine

/// What a state says.
public struct LoadedState: Hashable, Sendable {
    /// The state with the journal replayed over it; `nil` before the first apply.
    public var state: RecordedState?
    /// The run whose journal was found and not taken over yet: it was interrupted, or, where no lock was taken, it may still be under way.
    public var interrupted: RunInfo?
    /// The run that has begun on another machine and has not been seen to end: it was interrupted, or may still be under way. Its journal is on
    /// that machine, so `state` lacks what it has done.
    public var elsewhere: RunInfo?

    /// A state of its parts.
    public init(state: RecordedState? = nil, interrupted: RunInfo? = nil, elsewhere: RunInfo? = nil) {
        self.state = state
        self.interrupted = interrupted
        self.elsewhere = elsewhere
    }
}

extension LoadedState {
    /// The state, unless it binds nothing yet: a first run that was refused by the cloud leaves one behind with the endpoint and the
    /// project of its settings, and those may have been the mistake.
    public var boundState: RecordedState? { state.flatMap { $0.bindsNothing ? nil : $0 } }
}

/// The texts of a state brought together: what is recorded, and what a store that holds the lock is to do with the journal that it found.
///
/// A pure function of the texts, the same for every store.
public struct StateLoading: Sendable {
    /// What is to become of the journal.
    public enum JournalFate: Hashable, Sendable {
        /// There is none.
        case none
        /// Empty, never begun, or taken over before: nothing in it is needed.
        case remove
        /// Its events changed nothing. Its run's line is to be written into the history before it is removed.
        case removeUnchanged
        /// Its events are in `loaded.state` and not in the stored one, which is to be replaced before the history's line is written and the
        /// journal removed.
        case checkpoint
    }

    /// The state with the journal replayed over it.
    public let loaded: LoadedState
    public let journal: JournalFate
    /// What the journal says, where a run began it.
    public let contents: JournalContents?
    /// The state as it is stored.
    public let written: RecordedState?

    /// Looks into the texts.
    ///
    /// - Throws: `StateFault` by the texts' places: damage, another program's text, a journal that is missed or does not fit.
    public init(_ texts: StateTexts) throws(StateFault) {
        let state = try Self.state(texts)
        written = state
        let unfinished = texts.unfinished.flatMap { $0.hasEnded(by: state?.header) ? nil : $0 }
        let place = texts.journalPlace
        guard let bytes = try texts.readJournal() else {
            if let unfinished { throw .journalMissing(path: place, run: unfinished.info) }
            (loaded, journal, contents) = (LoadedState(state: state), .none, nil)
            return
        }
        let contents: JournalContents?
        do throws(JournalProblem) { contents = try JournalFile.decode(bytes) } catch { throw StateFault(error, path: place) }
        switch unfinished?.gap(in: contents) {
        case nil: break
        case .whole: throw .journalMissing(path: place, run: unfinished?.info)
        case .end(let bytes, let expected): throw .journalCut(path: place, bytes: bytes, expected: expected)
        }
        guard let contents, let run = contents.run else {
            (loaded, journal, self.contents) = (LoadedState(state: state), .remove, nil)
            return
        }
        self.contents = contents
        guard let state else { throw .journalWithoutState(path: place, state: texts.statePlace, backup: nil) }
        let header = state.header
        if contents.basis.lineage != header.lineage { throw .journalOfOtherState(path: place, state: texts.statePlace) }
        if run.run == header.lastRun {
            (loaded, journal) = (LoadedState(state: state), .remove)
            return
        }
        if contents.basis.serial != header.serial {
            throw .journalOfOtherSerial(path: place, state: texts.statePlace, journal: contents.basis.serial, serial: header.serial)
        }
        if let sum = contents.basis.sum, sum != texts.sum { throw .journalOfOtherContents(path: place, state: texts.statePlace) }
        var replay = StateReplay(state)
        for (index, event) in contents.events.enumerated() {
            do throws(ReplayProblem) { try replay.apply(event) } catch {
                throw .journalDoesNotFit(path: place, line: index + 1, error)
            }
        }
        loaded = LoadedState(state: replay.hasChanges ? replay.finished() : state, interrupted: run)
        journal = replay.hasChanges ? .checkpoint : .removeUnchanged
    }

    private static func state(_ texts: StateTexts) throws(StateFault) -> RecordedState? {
        guard let bytes = texts.state else { return nil }
        let state: RecordedState
        do throws(StateFileProblem) { state = try StateFile.decode(bytes) } catch {
            throw StateFault(error, path: texts.statePlace, backup: nil)
        }
        if SerialBounds.leavesRoom(state.header.serial) { return state }
        let what = "no run can have reached the serial \(state.header.serial)"
        throw .damaged(path: texts.statePlace, SourcePosition(line: 1, column: 1), what, backup: nil)
    }
}

extension StateFault {
    /// This fault with the place of the former state, where it is one that a former state may help with.
    func naming(backup: String?) -> StateFault {
        switch self {
        case .damaged(let path, let place, let what, _): .damaged(path: path, place, what, backup: backup)
        case .changed(let path, let place, let what, _): .changed(path: path, place, what, backup: backup)
        case .journalWithoutState(let path, let state, _): .journalWithoutState(path: path, state: state, backup: backup)
        case .notAState, .tooNew, .unknownField, .mergeConflict, .notAJournal, .journalTooNew, .journalDamaged, .journalOfOtherState,
            .journalOfOtherSerial, .journalOfOtherContents, .journalMissing, .journalCut, .replaced, .taken, .lockLost, .notOurs,
            .journalDoesNotFit, .noFolder, .notAFile, .tooLarge, .io, .locked, .alreadyThere, .noState, .inconsistent, .unsteady:
            self
        }
    }
}
