public import SnapkeepCore

/// What stands at a state's place, read at one moment and not looked into yet. A store brings the texts together; what they say is the same
/// for all of them (`StateLoading`, `RecoverableState`).
public struct StateTexts: Hashable, Sendable {
    /// The bytes of a `StateFile`; `nil` where there is no state.
    public var state: [UInt8]?
    /// The bytes of a `JournalFile`; `nil` where there is none.
    public var journal: [UInt8]?
    /// The run of which the lock tells that it has begun a journal; `nil` where it tells of none.
    public var unfinished: UnfinishedRun?
    /// What messages call the state and its journal: paths or URLs, without secrets.
    public var statePlace: String
    public var journalPlace: String
    /// The checksum of the state's bytes; `nil` where there is none.
    public let sum: UInt32?
    /// Why the journal cannot be read; it is thrown once the state itself is known to be in order.
    var journalFault: StateFault?

    /// Texts of their parts.
    ///
    /// - Parameter sum: the checksum of the state's bytes, where it is known already.
    public init(
        state: [UInt8]?, journal: [UInt8]?, unfinished: UnfinishedRun? = nil, statePlace: String, journalPlace: String, sum: UInt32? = nil
    ) {
        self.state = state
        self.journal = journal
        self.unfinished = unfinished
        self.statePlace = statePlace
        self.journalPlace = journalPlace
        self.sum = sum ?? state.map { CRC32C.of($0) }
    }

    /// The journal's bytes.
    ///
    /// - Throws: why they cannot be read.
    func readJournal() throws(StateFault) -> [UInt8]? {
        if let journalFault { throw journalFault }
        return journal
    }
}

/// A run that has begun a journal and has not been seen to end. The lock tells of it, so that a journal that is deleted or cut short is missed
/// (P1).
public struct UnfinishedRun: Hashable, Sendable {
    public var run: RunID
    /// The state that the journal is written over.
    public var basis: JournalBasis
    /// So many bytes of its journal are surely stored; the journal may be longer.
    public var journalBytes: Int
    /// Whether what the lock tells may be of an earlier time than the state: a loss of power can bring back the text of a lock that was never
    /// synced. What is stored durably is never stale.
    public var mayBeStale: Bool
    /// Who carries it out, fit to be shown; `nil` where the store does not tell.
    public var info: RunInfo?

    /// A run of its parts.
    public init(run: RunID, basis: JournalBasis, journalBytes: Int, mayBeStale: Bool = false, info: RunInfo? = nil) {
        self.run = run
        self.basis = basis
        self.journalBytes = journalBytes
        self.mayBeStale = mayBeStale
        self.info = info
    }

    /// Whether a state shows that this run has ended.
    func hasEnded(by header: RecordedState.Header?) -> Bool {
        guard let header else { return false }
        return header.lastRun == run || isBehind(JournalBasis(header, sum: nil))
    }

    /// Whether what is told of this run is of an earlier time than a state: what it left was gone on with.
    private func isBehind(_ later: JournalBasis) -> Bool {
        mayBeStale && (later.lineage != basis.lineage || later.serial > basis.serial)
    }

    /// What a journal lacks of this run.
    enum Gap {
        /// All of it: it is the journal of another run.
        case whole
        /// It was cut short.
        case end(bytes: Int, expected: Int)
    }

    /// What a journal lacks of this run; `nil` where it tells all, or shows that this run has ended.
    ///
    /// - Parameter contents: `nil` where not even the first line of the journal was finished.
    func gap(in contents: JournalContents?) -> Gap? {
        if let contents {
            // It was begun over what this run left.
            if isBehind(contents.basis) { return nil }
            if let other = contents.run?.run, other != run { return .whole }
        }
        // Zeros in the place of its last lines are no lines.
        let whole = contents?.wholeBytes ?? 0
        return whole < journalBytes ? .end(bytes: whole, expected: journalBytes) : nil
    }
}
