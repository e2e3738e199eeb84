public import SnapkeepCore
import SnapkeepEngine

extension LockedFiles {
    /// Locks a state that may be lost or damaged, and tells what there is of it. A whole one is loaded as `open` loads it; otherwise nothing
    /// is changed before `rebuild`.
    ///
    /// - Throws: `StateFault.locked` when the wait was in vain, and whatever cannot be read at all or was made by a newer program.
    public static func openForRecovery(
        _ store: FileStateStore, _ request: LockRequest
    ) async throws(StateFault) -> (LockedFiles, RecoverableState) {
        let locked = LockedFiles(store, request)
        do throws(StateFault) {
            try await locked.takeLock(timeout: request.timeout, clock: request.clock)
            return (locked, try await locked.loadForRecovery())
        } catch {
            await locked.close()
            throw error
        }
    }

    private func loadForRecovery() throws(StateFault) -> RecoverableState {
        seen = try SeenState.read(files.state, system)?.seen ?? .absent
        var found = try FileStateStore.recoverable(files, system, unfinished)
        switch found.condition {
        case .absent: try load()
        case .whole:
            try load()
            // As taken over now.
            if let state = loaded.state { found.condition = .whole(state) }
        case .older, .damaged: removeDeadFiles()
        }
        return found
    }

    /// Writes a state in the place of one that is lost or does not count any more. What was there is kept under second names beside it,
    /// which are never overwritten; the backup is left as it is.
    ///
    /// The state is replaced first and the journal removed last. Cut off in between, the new state stands whole, and a journal that it does
    /// not know is found again by the next recovery.
    ///
    /// - Parameter now: part of the second names.
    /// - Returns: the second names, without their folder.
    /// - Throws: `StateFault`; unless only the very last steps failed, what was there is still in its place.
    public func rebuild(_ state: RecordedState, at now: Timestamp) throws(StateFault) -> [String] {
        failpoints.hit(.beforeFirstState)
        try keepLock()
        try replacement.check(seen)
        let mark = ".damaged-" + now.fileMark
        var kept: [String] = []
        for path in [files.state, files.journal] {
            if let aside = try replacement.keepAside(path, mark: mark) { kept.append(baseName(of: aside)) }
        }
        if !kept.isEmpty { try replacement.syncFolder() }
        let (written, now) = try replacement.write(state, over: seen, keepsBackup: false)
        (loaded, seen) = (LoadedState(state: written), now)
        noteDeadJournal()
        forgetUnfinished(durably: true)
        removeJournal()
        failpoints.hit(.afterFirstState)
        return kept
    }
}

extension LockedFiles {
    /// Where only the lock file tells of a run that was cut off, and the whole project shows nothing that it made: it is not missed any more.
    public func dismissLostRun() { forgetUnfinished(durably: true) }

    /// The line of the run whose journal cannot be taken over: what can still be read of it.
    private func noteDeadJournal() {
        guard let bytes = (try? system.contents(of: files.journal)) ?? nil, let line = HistoryEntry(deadJournal: bytes) else { return }
        keepDeadRun(line)
    }
}

extension Timestamp {
    /// `20261123T091200Z`: a moment as part of a file's name.
    package var fileMark: String { "\(date)T\(time)".filter { $0 != "-" && $0 != ":" } + "Z" }
}
