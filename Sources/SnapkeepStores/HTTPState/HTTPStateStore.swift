import FoundationEssentials
public import SnapkeepCloud
public import SnapkeepCore
public import SnapkeepState

/// A state on a server that speaks the protocol of Terraform's `http` backend, such as GitLab.
///
/// The server takes whole documents, and GitLab keeps each as a version. So a run writes few: a note that it has begun, before its first
/// intent, and at its end the new state with its line of the history. In between its journal is on this machine.
///
/// What keeps two writers apart: the lock's ID, which a server compares with each write, and the document's serial, which GitLab takes once.
/// A holder whose lock was broken gets nothing written any more.
public struct HTTPStateStore: StateStore {
    public let settings: HTTPStateSettings
    let client: HTTPStateClient
    let journals: LocalJournals
    let version: String
    /// Nothing tells a run that its lock was broken: it asks before it writes an intent, unless it was told so recently that the lock is its own.
    let lockCheck: Duration
    private let onNotice: @Sendable (HTTPStateNotice) -> Void

    /// A store of its parts. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - version: of this program, for the lock.
    ///   - folder: for the journals of this machine (`HTTPStateFolder`).
    ///   - onNotice: is told of what stops nobody.
    ///   - onSilence: is told once that nobody answers, after some seconds, until somebody does again.
    public init(
        _ settings: HTTPStateSettings, transport: any HTTPTransport, version: String, folder: String,
        onNotice: @escaping @Sendable (HTTPStateNotice) -> Void = { _ in },
        onSilence: @escaping @Sendable (StoreSilence) -> Void = { _ in }
    ) {
        self.init(
            settings, transport: transport, version: version, journals: LocalJournals(folder: folder),
            lockCheck: Self.confirmationAge, clock: StoreClock(ContinuousClock()), sleep: { try? await Task.sleep(for: $0) },
            watch: { try? await Task.sleep(for: $0) }, onNotice: onNotice, onSilence: onSilence)
    }

    init(
        _ settings: HTTPStateSettings, transport: any HTTPTransport, version: String, journals: LocalJournals, lockCheck: Duration,
        clock: StoreClock, sleep: @escaping @Sendable (Duration) async -> Void,
        watch: (@Sendable (Duration) async -> Void)? = nil,
        onNotice: @escaping @Sendable (HTTPStateNotice) -> Void = { _ in },
        onSilence: @escaping @Sendable (StoreSilence) -> Void = { _ in }
    ) {
        self.settings = settings
        self.onNotice = onNotice
        self.version = version
        self.journals = journals
        self.lockCheck = lockCheck
        client = HTTPStateClient(
            settings, transport: transport, version: version, clock: clock, sleep: sleep, watch: watch
        ) { [place = settings.place] in onSilence(StoreSilence(place: place, words: $0, remaining: $1)) }
    }

    public var place: String { settings.place }
    public var abandonedLock: AbandonedLock { .stays }
    public func lockToken(of run: RunInfo) -> String { HTTPStateLock(run, version: version).token(settings.dialect) }

    /// No run writes an intent that was told longer ago than this that the lock is its own. Whoever has broken the lock waits so much longer for
    /// what that run may still ask of the cloud.
    public static let confirmationAge: Duration = .seconds(10)

    // MARK: Reading

    /// How often the document may change under a reader's eyes before it gives up.
    private static let attempts = 100

    public func load() async throws(StateFault) -> LoadedState {
        var bytes = try await read()
        for _ in 0..<Self.attempts {
            do throws(StateFault) { return try loaded(bytes) } catch {
                // The journal is read behind the document: a run may have ended in between, and the next one may have begun.
                let now = try await read()
                if now == bytes { throw error }
                bytes = now
            }
        }
        throw .unsteady(path: place)
    }

    private func loaded(_ bytes: [UInt8]?) throws(StateFault) -> LoadedState {
        let document = try decoded(bytes) ?? HTTPStateDocument()
        do throws(StateFault) { return try StateLoading(try texts(document)).loaded } catch {
            // The journal is on another machine, where that run may still be under way. What it does is not known until it ends.
            guard case .journalMissing = error, let note = document.run, document.state != nil, note.machine != journals.machine else {
                throw error
            }
            var known = document
            known.run = nil
            return LoadedState(state: try StateLoading(texts(known, journal: .none)).loaded.state, elsewhere: note.told)
        }
    }

    public func history(namesSnapshots: Bool) async throws(StateFault) -> HistoryFile.Contents {
        let document = try decoded(try await read()) ?? HTTPStateDocument()
        return HTTPStateHistory.contents(document.history, namesSnapshots: namesSnapshots)
    }

    public func loadForRecovery() async throws(StateFault) -> RecoverableState { try recoverable(try await read()).found }

    /// The document's bytes; `nil` where there is none yet.
    func read() async throws(StateFault) -> [UInt8]? {
        do throws(HTTPStateProblem) { return try await client.read() } catch { throw error.fault(place, "GET", .read) }
    }

    /// What bytes say.
    func decoded(_ bytes: [UInt8]?) throws(StateFault) -> HTTPStateDocument? {
        guard let bytes else { return nil }
        do throws(StateFileProblem) { return try HTTPStateDocument(bytes) } catch { throw StateFault(error, path: place, backup: nil) }
    }

    /// The texts of a state, with the journal of this machine.
    func texts(_ document: HTTPStateDocument) throws(StateFault) -> StateTexts {
        texts(document, journal: try journal(beside: document))
    }

    func texts(_ document: HTTPStateDocument, journal: HTTPStateJournal) -> StateTexts {
        let bytes: [UInt8]? = if case .pending(let bytes) = journal { bytes } else { nil }
        return StateTexts(
            state: document.state, journal: bytes, unfinished: document.run?.unfinished, statePlace: place,
            journalPlace: isElsewhere(document, bytes) ? place : journals.path)
    }

    /// Whether the journal that a document tells of is on another machine. What lies here may be that of another run, which was left behind.
    private func isElsewhere(_ document: HTTPStateDocument, _ journal: [UInt8]?) -> Bool {
        guard let note = document.run, note.machine != journals.machine else { return false }
        guard let journal else { return true }
        // One that is damaged is told by its own place.
        guard let contents = try? JournalFile.decode(journal) else { return false }
        return contents.run?.run != note.info.run
    }

    /// What the journal of this machine is to a document.
    func journal(beside document: HTTPStateDocument) throws(StateFault) -> HTTPStateJournal {
        HTTPStateJournal(try journals.read(), beside: document, machine: journals.machine)
    }

    /// Whether a run that has begun on this machine has left its journal.
    var hasBegunHere: Bool {
        get throws(StateFault) {
            guard journals.machine != nil, let bytes = try journals.read() else { return false }
            return ((try? JournalFile.decode(bytes)) ?? nil)?.run != nil
        }
    }

    /// What a recovery can start from.
    ///
    /// - Returns: beside it the document; `nil` where there is none that can be read.
    /// - Throws: `StateFault` also where another program's document stands there.
    func recoverable(_ bytes: [UInt8]?) throws(StateFault) -> (found: RecoverableState, document: HTTPStateDocument?) {
        let document: HTTPStateDocument?
        do throws(StateFault) { document = try decoded(bytes) } catch {
            guard let bytes, HTTPStateContent.mayBeReplaced(bytes) else { throw error }
            // The lines of the state each have a checksum: what is whole of them counts.
            let start = bytes.firstRange(of: "\"state\":".utf8)?.upperBound ?? bytes.endIndex
            let texts = StateTexts(
                state: Array(bytes[start...]), journal: try journals.read(), statePlace: place, journalPlace: journals.path)
            // The note of a run on another machine, which may still be sending, is part of what cannot be read.
            var found = try RecoverableState(texts, history: HistoryFile.decode([]), mayLackRun: true) { nil }
            found.condition = .damaged(error)
            return (found, nil)
        }
        let whole = document ?? HTTPStateDocument()
        let history = HTTPStateHistory.contents(whole.history, namesSnapshots: false)
        // Where a run has begun on this machine there was a document: with it the note of whoever came next is gone.
        let left = document == nil ? try journals.read() : nil
        return (try RecoverableState(texts(whole), history: history, mayLackRun: left != nil) { nil }, document)
    }

    // MARK: Locking

    /// Gives the journal of this machine another name, after which it is no run's any more, and tells so.
    ///
    /// - Parameter now: part of that name.
    func putAside(_ reason: HTTPStateAside, at now: Timestamp) throws(StateFault) {
        let mark = reason == .unannounced ? "unannounced" : "given-up"
        if let path = try journals.keepAside(mark: ".\(mark)-\(now.fileMark)") { onNotice(.journalAside(reason, kept: path)) }
        journals.remove()
    }

    public func lock(_ request: LockRequest) async throws(StateFault) -> any LockedState {
        try await LockedHTTPState.open(self, request)
    }

    public func lockForRecovery(_ request: LockRequest) async throws(StateFault) -> (any LockedState, RecoverableState) {
        try await LockedHTTPState.openForRecovery(self, request)
    }

    /// Who holds the lock. The protocol has no question for that: the lock is asked for, and given back where it is had.
    public func holder() async throws(StateFault) -> LockHolder? {
        let look = look
        do throws(HTTPStateProblem) { return try await client.holder(look) { tell(left: $0, $1) }?.holder } catch {
            if case .locked(nil) = error { return await supposedHolder() ?? .unnamed }
            throw error.fault(place, settings.lock.method.rawValue, .lock)
        }
    }

    /// The note of a run, which tells something where a server does not tell who has the lock; `nil` where there is none, or where it cannot be
    /// read.
    private func note() async -> HTTPStateRun? {
        guard let bytes = try? await client.read() else { return nil }
        return (try? HTTPStateDocument(bytes))?.run
    }

    /// Who may have a lock whose server does not tell.
    func supposedHolder() async -> LockHolder? {
        await note().map { LockHolder($0.told, token: $0.info.run.text, witness: .note) }
    }

    public func breakLock(token: String) async throws(StateFault) -> Bool {
        do throws(HTTPStateProblem) {
            let look = look
            var lock = look
            do throws(HTTPStateProblem) {
                guard let holder = try await client.holder(look, onLeft: { tell(left: $0, $1) }), holder.answers(to: token) else {
                    return false
                }
                lock.id = holder.id
            } catch {
                // One that does not tell who has it compares the ID itself. That of a run follows from its note; a run that left none cannot
                // be meant by its own ID alone, and who has the lock is another one.
                guard case .locked(nil) = error else { throw error }
                if RunID(token) == nil {
                    lock.id = token
                } else {
                    guard let run = await note()?.info, run.run.text == token else { return false }
                    lock.id = HTTPStateLockID(run).text
                }
            }
            try await client.unlock(lock)
            return true
        } catch {
            if case .lockLost = error { return false }
            throw error.fault(place, "unlock", .lock)
        }
    }

    /// Tells of a lock that could not be given back: on the server it may stand for good.
    func tell(left lock: HTTPStateLock, _ problem: HTTPStateProblem) {
        onNotice(.lockLeft(token: lock.token(settings.dialect), words: problem.words))
    }

    /// A lock that is asked for only to see who has it.
    var look: HTTPStateLock { HTTPStateLock(lookingBy: UUID().uuidString.lowercased(), version: version) }
}
