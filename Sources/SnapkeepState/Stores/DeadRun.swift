public import SnapkeepCore
import SnapkeepEngine

extension HistoryEntry {
    /// The line of the run whose journal was found, for whoever takes the journal over; `nil` where the journal tells of no run. It is to be
    /// written unless the history has a line of that run (`HistoryFile.Contents.names`): then the run got as far as writing it itself.
    ///
    /// - Parameter backup: the bytes of the former state, which the journal was written over where its run died after it had replaced the
    ///   state; asked for only then.
    public init?(dead loading: StateLoading, backup: () -> [UInt8]?) {
        guard let contents = loading.contents, case .begin(let run, let plan)? = contents.events.first else { return nil }
        var before = loading.written
        if before.map({ contents.basis.fits($0.header) }) != true, let bytes = backup(), let former = try? StateFile.decode(bytes),
            contents.basis.fits(former.header)
        {
            before = former
        }
        let state = loading.loaded.state
        self.init(
            dead: run, basis: contents.basis, serialAfter: state?.header.serial ?? contents.basis.serial,
            RunWork(contents.events, over: before), plan, in: state)
    }

    /// The line of the run whose journal cannot be taken over, by what can still be read of it; `nil` where that does not even tell the run.
    public init?(deadJournal bytes: [UInt8]) {
        let remains = JournalFile.remains(of: bytes)
        guard let run = remains.run, let basis = remains.basis else { return nil }
        self.init(dead: run, basis: basis, serialAfter: basis.serial, remains.work, remains.plan, in: nil)
    }

    /// - Parameter state: with what the run did, as far as it is recorded.
    private init(dead run: RunInfo, basis: JournalBasis, serialAfter: Int, _ work: RunWork, _ plan: PlanID?, in state: RecordedState?) {
        self.init(
            run: run, serialBefore: basis.serial, serialAfter: serialAfter, counts: HistoryCounts(work, in: state), work: work, plan: plan,
            exitCode: nil)
    }
}

extension HistoryFile.Contents {
    /// Whether there is a line of a run.
    public func names(_ run: RunID) -> Bool { entries.contains { $0.run.run == run } }
}

extension RecordedState {
    /// This state as it is to be stored at the end of a run; `nil` where the run changed nothing, so that nothing is written.
    ///
    /// - Parameters:
    ///   - before: what is stored now.
    ///   - run: whose journal is taken over by it.
    ///   - place: of the state, for messages.
    /// - Throws: `StateFault.inconsistent` when it is no later state of that one, or breaks a rule of the format.
    public func ending(_ run: RunID, over before: RecordedState, at place: String) throws(StateFault) -> RecordedState? {
        if header.lineage != before.header.lineage { throw .inconsistent(path: place, "it has another lineage") }
        var after = self
        after.header.lastRun = before.header.lastRun
        if after == before { return nil }
        after.header.lastRun = run
        return after
    }

    /// This state in the form in which it may be stored.
    ///
    /// - Throws: `StateFault.inconsistent` where such a text could not be read again.
    public func storable(at place: String) throws(StateFault) -> RecordedState {
        let state = withoutSupersededTwins
        if let problem = state.brokenRule { throw .inconsistent(path: place, problem) }
        return state
    }
}
