public import SnapkeepCore
import SnapkeepEngine

extension LockedFiles {
    // MARK: The end of a run

    /// Ends a run: writes the state, appends the run's line to the history, and only then removes the journal. A run that dies on the way
    /// leaves the journal, so that the next one can write the line, or the line, so that it writes none.
    ///
    /// - Parameters:
    ///   - state: what is recorded now; `nil` for a run that began no journal.
    ///   - line: the run's line, by the fault that kept the state from being written, if any, and the state's serial on disk.
    public func end(
        _ state: RecordedState?, line: @Sendable (StateFault?, _ serial: Int) -> HistoryEntry?
    ) -> RunEnding {
        var fault: StateFault?
        if let state {
            failpoints.hit(.beforeCheckpoint)
            do throws(StateFault) { try writeState(state) } catch { fault = error }
        }
        let serial = loaded.state?.header.serial ?? 0
        if let entry = line(fault, serial) { keepHistory(entry) }
        if state != nil, fault == nil {
            failpoints.hit(.afterHistory)
            endJournal()
            failpoints.hit(.afterCheckpoint)
        }
        return RunEnding(stateFault: fault, historyFault: historyFault, serial: serial)
    }

    private func keepHistory(_ entry: HistoryEntry) {
        do throws(StateFault) { try appendHistory(entry) } catch { historyFault = historyFault ?? error }
    }

    // MARK: Lines

    /// Appends one line to the history and waits until it is on disk. It takes the place of the line that announced the run.
    public func appendHistory(_ entry: HistoryEntry) throws(StateFault) {
        if let start = announcedAt {
            try replaceHistory(from: start, with: entry)
            announcedAt = nil
            return
        }
        try wrap(files.history) { () throws(FileFailure) in
            let size = try historySize()
            // A line that a dying run left unfinished must not swallow this one.
            let separator: [UInt8] = try endsUnfinished(size) ? [0x0A] : []
            let descriptor = try system.retrying { () throws(FileFailure) in try system.open(files.history, .append) }
            defer { system.close(descriptor) }
            do throws(FileFailure) {
                try system.writeAll(descriptor, separator + entry.encoded + [0x0A])
                try system.retrying { () throws(FileFailure) in try system.sync(descriptor) }
            } catch {
                try? system.truncate(descriptor, to: size)
                throw error
            }
        }
    }

    /// Writes the line of a run that is about to replace the state as a whole, as if it had been killed: no journal would tell of it.
    /// `appendHistory` puts its real line in the place of this one.
    public func announce(_ entry: HistoryEntry) {
        do throws(StateFault) {
            let size = try wrap(files.history) { () throws(FileFailure) in try historySize() }
            try appendHistory(entry)
            announcedAt = size
        } catch { historyFault = error }
    }

    private func historySize() throws(FileFailure) -> Int {
        guard let status = try system.retrying({ () throws(FileFailure) in try system.status(files.history) }) else { return 0 }
        // Looked at before it is opened: opening a pipe would wait for its other end.
        guard status.kind == .regular else { throw FileFailure(call: "read", code: FileFailure.isFolder) }
        return status.size
    }

    private func endsUnfinished(_ size: Int) throws(FileFailure) -> Bool {
        guard size > 0 else { return false }
        let descriptor = try system.retrying { () throws(FileFailure) in try system.open(files.history, .read) }
        defer { system.close(descriptor) }
        var last: [UInt8] = [0x0A]
        var failure: FileFailure?
        last.withUnsafeMutableBytes { buffer in
            do throws(FileFailure) {
                _ = try system.retrying { () throws(FileFailure) in try system.read(descriptor, into: buffer, at: size - 1) }
            } catch { failure = error }
        }
        if let failure { throw failure }
        return last[0] != 0x0A
    }

    /// The history up to a place and one more line, in one step: no reader ever sees two lines of the run, or none.
    private func replaceHistory(from start: Int, with entry: HistoryEntry) throws(StateFault) {
        let temporary = files.temporary(run.run.text + ".history")
        try wrap(files.history) { () throws(FileFailure) in
            let status = try system.status(files.history)
            let before = Array((try system.contents(of: files.history) ?? []).prefix(start))
            let separator: [UInt8] = before.isEmpty || before.last == 0x0A ? [] : [0x0A]
            try? system.unlink(temporary)
            let descriptor = try system.retrying { () throws(FileFailure) in try system.open(temporary, .createNew) }
            do throws(FileFailure) {
                defer { system.close(descriptor) }
                if let status { try system.adopt(descriptor, status) }
                try system.writeAll(descriptor, before + separator + entry.encoded + [0x0A])
                try system.retrying { () throws(FileFailure) in try system.sync(descriptor) }
                try system.rename(temporary, to: files.history)
            } catch {
                try? system.unlink(temporary)
                throw error
            }
        }
        try replacement.syncFolder()
    }

    // MARK: Runs that were killed

    /// Writes the line of the run whose journal was found, unless it got as far as writing it itself.
    func noteDeadRun(_ loading: StateLoading) {
        guard let line = HistoryEntry(dead: loading, backup: { (try? system.contents(of: files.backup)) ?? nil }) else { return }
        keepDeadRun(line)
    }

    func keepDeadRun(_ line: HistoryEntry) {
        do throws(StateFault) {
            let history = try FileStateStore(files, system: system).readHistory(namesSnapshots: false)
            if !history.names(line.run.run) { try appendHistory(line) }
        } catch { historyFault = error }
    }
}
