import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// The end of a run, and the lines of the history.
extension LockedHTTPState {
    func end(_ given: RecordedState?, line: @Sendable (StateFault?, _ serial: Int) -> HistoryEntry?) async -> RunEnding {
        var fault: StateFault?
        if let given {
            failpoints.hit(.beforeCheckpoint)
            var isTried = false
            do throws(StateFault) {
                guard let before = written else { throw .noState(path: place) }
                let ending = try given.ending(journalRun ?? run.run, over: before, at: place)
                let entry = line(nil, ending?.header.serial ?? before.header.serial)
                if !isIdle(entry, ending) {
                    // State, line and note in one write: whoever reads sees all of it, or none.
                    try await commit(ending, isLast: journal != nil) { next in
                        isTried = true
                        next.run = nil
                        if let entry { next.history.append(entry.encoded) }
                    }
                }
                return await endCleanly()
            } catch { fault = error }
            // By now somebody may tell what became of a write that had no answer. Where nobody does, a line is not written over it either.
            if isTried, unsure != nil {
                do throws(StateFault) { if try await findOut() { return await endCleanly() } } catch {
                    return RunEnding(stateFault: fault, historyFault: historyFault ?? error, serial: written?.header.serial ?? 0)
                }
            }
        }
        let serial = written?.header.serial ?? 0
        if let entry = line(fault, serial), fault != nil || !isIdle(entry, nil) {
            do throws(StateFault) { try await appendHistory(entry) } catch { historyFault = historyFault ?? error }
        }
        return RunEnding(stateFault: fault, historyFault: historyFault, serial: serial)
    }

    /// Whether a run has found nothing to do, began nothing and did well. Its line of the history is not worth a version of the whole document:
    /// a job that looks every hour would make thousands of them.
    private func isIdle(_ entry: HistoryEntry?, _ ending: RecordedState?) -> Bool {
        journal == nil && document.run == nil && ending == nil && (entry.map { $0.exitCode == 0 && $0.work.isEmpty } ?? true)
    }

    /// State and line are written.
    private func endCleanly() async -> RunEnding {
        failpoints.hit(.afterHistory)
        await journal?.end()
        (journal, journalRun) = (nil, nil)
        failpoints.hit(.afterCheckpoint)
        return RunEnding(historyFault: historyFault, serial: written?.header.serial ?? 0)
    }

    func announce(_ entry: HistoryEntry) async {
        do throws(StateFault) {
            try await appendHistory(entry)
            announced = document.history.last
        } catch {
            // It may stand there all the same.
            announced = unsure?.document.history.last
            historyFault = historyFault ?? error
        }
    }

    func appendHistory(_ entry: HistoryEntry) async throws(StateFault) {
        if let lost { throw lost }
        let isFound = try await findOut()
        let former = announced.flatMap { document.history.lastIndex(of: $0) }
        // What was found to be written has the run's line already.
        if isFound, former == nil, names(entry.run.run, document) { return }
        try await commit { next in
            if let former { next.history[former] = entry.encoded } else { next.history.append(entry.encoded) }
        }
        announced = nil
    }
}
