public import SnapkeepCore
public import SnapkeepEngine

/// A place where a state lives: files, or a service that the runs of several machines share. What stands there is the same everywhere:
/// a state, the journal of the run that changes it, and a history.
///
/// All promises hold for each store. One suite of tests says so, and every store passes it.
public protocol StateStore: Sendable {
    /// The place as the user named it, without secrets: a path or a URL. Messages begin with it.
    var place: String { get }
    /// What messages call the history.
    var historyPlace: String { get }
    /// The files of this machine that belong to the state, its own first; none where it lives in a service.
    var files: [String] { get }
    /// What becomes of the lock when its holder dies.
    var abandonedLock: AbandonedLock { get }
    /// What `breakLock` takes to break the lock of a run, whether or not the store tells who has it.
    func lockToken(of run: RunInfo) -> String

    /// A state that was kept when another one was put in its place, as its bytes were.
    ///
    /// - Parameter name: as `LockedState.rebuild` told it; in a service that keeps it itself the part that tells it from others is enough.
    /// - Returns: `nil` where nothing is kept under that name, and where what is kept are files, which need no store.
    /// - Throws: `StateFault` where the service cannot be read.
    func kept(_ name: String) async throws(StateFault) -> [UInt8]?

    /// The state as of now, with the journal of a run that is under way or was cut off. Takes no lock and writes nothing (P4).
    ///
    /// - Throws: `StateFault` when what stands there is damaged, is something else, or cannot be read.
    func load() async throws(StateFault) -> LoadedState

    /// The entries of all lines of the history that can be read, oldest first; none where there is no history.
    ///
    /// - Parameter namesSnapshots: whether the snapshots of each run are wanted, of which a line may name 100,000.
    func history(namesSnapshots: Bool) async throws(StateFault) -> HistoryFile.Contents

    /// What a recovery can start from. Takes no lock and writes nothing.
    ///
    /// - Throws: `StateFault` where what stands there cannot be read at all, or was made by a newer program.
    func loadForRecovery() async throws(StateFault) -> RecoverableState

    /// Locks and loads the state; a journal that an interrupted run left is taken over into it.
    ///
    /// - Throws: `StateFault.locked` when the wait was in vain, and whatever reading and taking over may throw.
    func lock(_ request: LockRequest) async throws(StateFault) -> any LockedState

    /// Locks a state that may be lost or damaged, and tells what there is of it. A whole one is loaded as `lock` loads it; otherwise nothing
    /// is changed before `rebuild`.
    ///
    /// - Throws: `StateFault.locked` when the wait was in vain, and whatever cannot be read at all or was made by a newer program.
    func lockForRecovery(_ request: LockRequest) async throws(StateFault) -> (any LockedState, RecoverableState)

    /// Who holds the lock as of now; `nil` where nobody does.
    ///
    /// - Throws: `StateFault` where that cannot be read.
    func holder() async throws(StateFault) -> LockHolder?

    /// Takes the lock away from the run that holds it under a token, which `holder` tells. From then on all that this run writes is refused.
    ///
    /// - Returns: whether it was taken away: `false` where nobody holds it under that token any more, or where nobody can take it away.
    /// - Throws: `StateFault` where that could not be done, or is not allowed.
    func breakLock(token: String) async throws(StateFault) -> Bool
}

extension StateStore {
    public var historyPlace: String { place }
    public var files: [String] { [] }
    public func lockToken(of run: RunInfo) -> String { run.run.text }
    public func kept(_ name: String) async throws(StateFault) -> [UInt8]? { nil }
}

/// What becomes of a lock whose holder died.
public enum AbandonedLock: Hashable, Sendable {
    /// The kernel of the holder's machine takes it away with the holder's process; nobody else can.
    case endsWithProcess
    /// It ends when it has not been renewed for so long.
    case expires(after: Duration)
    /// It stays until somebody breaks it.
    case stays
}

/// Who asks for a lock, and how long it waits.
public struct LockRequest: Sendable {
    /// Whoever finds the lock taken is shown this run.
    public var run: RunInfo
    /// How long to wait for another run to end; zero does not wait.
    public var timeout: Duration
    public var clock: any Clock<Duration>
    public var failpoints: Failpoints

    /// A request of its parts.
    public init(
        _ run: RunInfo, timeout: Duration = .zero, clock: any Clock<Duration> = ContinuousClock(), failpoints: Failpoints = .inert
    ) {
        self.run = run
        self.timeout = timeout
        self.clock = clock
        self.failpoints = failpoints
    }
}

/// A state whose lock this process holds: the only way to write.
///
/// First `createState` where there is none, then `begin`, any number of `append`, `end`, and at last `close`. From the moment on at which
/// the lock is lost every write throws, so that nothing new is sent to the cloud (P1, P6); what is in flight is told at the end.
public protocol LockedState: Journal {
    /// Where the state lives.
    var store: any StateStore { get }
    /// What was loaded, and after `createState` and `end` what is written.
    var loaded: LoadedState { get async }
    /// Whether a run that held the lock before may still be at work without knowing that it lost it. Of what it had announced it may then still
    /// send something, for a bounded time (`ExecutionPolicy.sendWindow`).
    ///
    /// It need not be told of a run whose lock ended by a clock that it keeps itself and looks at before it sends (`confirmLock`).
    var formerHolderMayLive: Bool { get async }

    /// Writes the first state, also in the place of one that binds nothing. It is durable when this returns: the first intent may follow.
    ///
    /// - Throws: `StateFault`; there is then still no state, unless only the last step failed.
    func createState(_ state: RecordedState) async throws(StateFault)

    /// Begins the journal of a run over the loaded state. It is durable when this returns.
    ///
    /// - Throws: `StateFault`, a refusal when somebody else has written the state or taken the lock meanwhile; nothing was begun then.
    func begin(_ run: RunInfo, plan: PlanID?) async throws(StateFault)

    /// Ends a run: writes the state, appends the run's line to the history, and only then removes the journal. A run that dies on the way
    /// leaves the journal, so that the next one can write the line, or the line, so that it writes none.
    ///
    /// - Parameters:
    ///   - state: what is recorded now; `nil` for a run that began no journal.
    ///   - line: the run's line, by the fault that kept the state from being written, if any, and the state's serial as it stands there.
    func end(_ state: RecordedState?, line: @Sendable (StateFault?, _ serial: Int) -> HistoryEntry?) async -> RunEnding

    /// Writes the line of a run that is about to replace the state as a whole, as if it had been killed: no journal would tell of it.
    /// `appendHistory` puts its real line in the place of this one.
    func announce(_ entry: HistoryEntry) async

    /// Appends one line to the history; it is durable when this returns. It takes the place of the line that announced the run.
    func appendHistory(_ entry: HistoryEntry) async throws(StateFault)

    /// Writes a state in the place of one that is lost or does not count any more. What was there is kept under second names, which are
    /// never overwritten. Cut off in between, the new state stands whole.
    ///
    /// - Parameter now: part of the second names.
    /// - Returns: the second names.
    /// - Throws: `StateFault`; unless only the very last steps failed, what was there is still in its place.
    func rebuild(_ state: RecordedState, at now: Timestamp) async throws(StateFault) -> [String]

    /// Where only the lock tells of a run that was cut off, and the whole project shows nothing that it made: it is not missed any more.
    func dismissLostRun() async

    /// Gives the lock back. A journal that was not taken over stays, and is taken over by the next run.
    func close() async
}

extension LockedState {
    /// Unless the lock goes away with its holder's process, somebody may have broken it.
    public var formerHolderMayLive: Bool { store.abandonedLock != .endsWithProcess }
}

/// What became of a state at the end of a run.
public struct RunEnding: Hashable, Sendable {
    /// Why the state is not written; the journal still holds what it took.
    public var stateFault: StateFault?
    /// Why the history lacks a line.
    public var historyFault: StateFault?
    /// The state's serial as it is stored; 0 where there is none.
    public var serial: Int
    /// Whether the journal holds what the run has done, also where it was told before as not stored.
    public var isJournaled: Bool

    /// An ending of its parts.
    public init(stateFault: StateFault? = nil, historyFault: StateFault? = nil, serial: Int, isJournaled: Bool = false) {
        self.stateFault = stateFault
        self.historyFault = historyFault
        self.serial = serial
        self.isJournaled = isJournaled
    }
}
