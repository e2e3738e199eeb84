import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// A state on a server whose lock this process holds.
actor LockedHTTPState: LockedState {
    nonisolated let http: HTTPStateStore
    nonisolated var store: any StateStore { http }
    private(set) var loaded = LoadedState()

    private let run: RunInfo
    private let lock: HTTPStateLock
    /// What the lock is asked for by, to see whether it is still this run's.
    private let probe: HTTPStateLock
    private let failpoints: Failpoints
    private var holdsLock = false
    /// Whether the lock was found free by asking for it, so that it may have been had under the ID of `probe` and not be given back yet.
    private var mayHoldProbe = false
    /// What stands at the address, as far as this run knows, and its bytes; `nil` where nothing does.
    private var document = HTTPStateDocument()
    private var bytes: [UInt8]?
    /// The state in that document.
    private var written: RecordedState?
    /// A document that may stand there by now, and the state in it: nobody answered.
    private var unsure: (document: HTTPStateDocument, bytes: [UInt8], written: RecordedState?)?
    /// Why nothing is written any more.
    private var lost: StateFault?
    private var journal: LocalJournal?
    private var journalRun: RunID?
    /// How long this has been here, by the clock of whoever asked for the lock.
    private let age: @Sendable () -> Duration
    /// When the question was asked whose last answer was that the lock is this run's.
    private var lastConfirmed: Duration = .zero
    /// That question while it is under way.
    private var confirming: Task<HTTPStateProblem?, Never>?
    private var historyFault: StateFault?
    /// The line that announces this run.
    private var announced: [UInt8]?

    private var place: String { http.place }

    // MARK: Locking

    static func open(_ http: HTTPStateStore, _ request: LockRequest) async throws(StateFault) -> LockedHTTPState {
        let locked = LockedHTTPState(http, request)
        do throws(StateFault) {
            try await locked.takeLock(request)
            try await locked.read()
            try await locked.takeOver()
        } catch {
            await locked.close()
            throw error
        }
        return locked
    }

    static func openForRecovery(
        _ http: HTTPStateStore, _ request: LockRequest
    ) async throws(StateFault) -> (any LockedState, RecoverableState) {
        let locked = LockedHTTPState(http, request)
        do throws(StateFault) {
            try await locked.takeLock(request)
            return (locked, try await locked.loadForRecovery())
        } catch {
            await locked.close()
            throw error
        }
    }

    private init(_ http: HTTPStateStore, _ request: LockRequest) {
        self.http = http
        run = request.run
        failpoints = request.failpoints
        lock = HTTPStateLock(request.run, version: http.version)
        probe = http.look
        age = Self.age(by: request.clock)
    }

    private static func age(by clock: some Clock<Duration>) -> @Sendable () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }

    /// The first pause between two tries for the lock, and the longest: a server counts requests.
    private static let shortestWait: Duration = .milliseconds(100)
    private static let longestWait: Duration = .seconds(5)

    private func takeLock(_ request: LockRequest) async throws(StateFault) {
        var waited: Duration = .zero
        var wait = Self.shortestWait
        while true {
            do throws(HTTPStateProblem) {
                try await http.client.lock(lock)
                holdsLock = true
                break
            } catch {
                let fault = error.fault(place, http.settings.lock.method.rawValue, .lock)
                guard case .locked = error else { throw fault }
                let pause = min(wait, request.timeout - waited)
                guard pause > .zero, (try? await request.clock.sleep(for: pause)) != nil else {
                    if case .locked(nil) = error { throw .locked(path: place, holder: await http.supposedHolder()) }
                    throw fault
                }
                waited += pause
                wait = min(wait * 2, Self.longestWait)
            }
        }
        // The lock of a run of this machine was broken, and that run still writes.
        if http.journals.isHeld { try http.journals.takeAway() }
    }

    // MARK: Loading

    private func read() async throws(StateFault) {
        bytes = try await http.read()
        // Before a run's journal there is a document. A service that has none any more, or another one in its place, is not begun anew.
        if bytes == nil, try http.hasBegunHere {
            let words = "the service has no state there, and a run has begun over one on this machine"
            throw .io(path: place, call: "GET", words, cause: .storeReplaced, .read)
        }
        document = try http.decoded(bytes) ?? HTTPStateDocument()
    }

    /// Takes over what the document and the journal of this machine say.
    private func takeOver() async throws(StateFault) {
        let found = try http.journal(beside: document)
        let loading = try StateLoading(http.texts(document, journal: found))
        written = loading.written
        // As it is taken over now.
        defer { loaded = loading.loaded }
        switch loading.journal {
        case .none: break
        case .remove: if document.run != nil { try await commit { $0.run = nil } }
        case .removeUnchanged:
            // Without its note the run never got to its first intent.
            if document.run != nil {
                try await commit { next in
                    next.run = nil
                    add(HistoryEntry(dead: loading) { nil }, to: &next)
                }
            }
        case .checkpoint:
            failpoints.hit(.beforeCheckpoint)
            try await commit(loading.loaded.state, isLast: true) { next in
                next.run = nil
                add(HistoryEntry(dead: loading) { nil }, to: &next)
            }
        }
        if case .aside(let reason) = found { try http.putAside(reason, at: run.startedAt) } else { http.journals.remove() }
        if loading.journal == .checkpoint { failpoints.hit(.afterCheckpoint) }
    }

    private func loadForRecovery() async throws(StateFault) -> RecoverableState {
        bytes = try await http.read()
        var (found, whole) = try http.recoverable(bytes)
        document = whole ?? HTTPStateDocument()
        if document.serial == 0, let bytes { document.serial = HTTPStateContent.serial(of: bytes) }
        switch found.condition {
        case .absent: try await takeOver()
        case .whole:
            try await takeOver()
            // As taken over now.
            if let state = loaded.state { found.condition = .whole(state) }
        case .older, .damaged: break
        }
        return found
    }

    // MARK: Writing

    /// Writes a document in the place of the one that was read or written last.
    ///
    /// - Parameters:
    ///   - state: what it is to hold; `nil` leaves the state as it is.
    ///   - isLast: whether the journal on this machine is removed once it is written: then what stands there is looked at before.
    ///   - change: makes the new document of the one that stands there. Which one that is may be found out only here, where the last write had
    ///     no answer.
    private func commit(
        _ state: RecordedState? = nil, isLast: Bool = false, _ change: (inout HTTPStateDocument) -> Void
    ) async throws(StateFault) {
        if let lost { throw lost }
        try await findOut()
        var next = document
        change(&next)
        next.serial = document.serial + 1
        if next.serial >= HTTPStateDocument.serialLimit { throw .inconsistent(path: place, "its document's serial has no room left") }
        next.history = HTTPStateHistory.bounded(next.history)
        let state = try state?.storable(at: place)
        if let state { next.state = HTTPStateDocument.text(of: state) }
        // One that nobody has taken over yet was not read either.
        let written = state ?? self.written ?? next.state.flatMap { try? StateFile.decode($0 + [0x0A]) }
        let bytes = next.encoded
        do throws(HTTPStateProblem) {
            try await http.client.write(bytes, over: self.bytes, lock: lock.id)
        } catch {
            let fault = error.fault(place, http.settings.update.method.rawValue, .write)
            switch error {
            case .unsure: unsure = (next, bytes, written)
            case .lockLost, .replaced: lost = fault
            case .unreachable, .denied, .locked, .tooLarge, .foreign, .withoutLock, .refused: break
            }
            throw fault
        }
        // Of a server whose rules are not known each write is looked at.
        if isLast, http.settings.dialect == .gitLab {
            unsure = (next, bytes, written)
            try await lookAtLast()
        } else {
            took(next, bytes, written)
        }
    }

    /// What the server says it has written is looked at: something between may say so in its place, and without the journal nobody would know
    /// what the run has done.
    private func lookAtLast() async throws(StateFault) {
        let isWritten: Bool
        do throws(StateFault) { isWritten = try await findOut() } catch {
            if let lost { throw lost }
            let said = if case .io(_, _, let words, _, _) = error { ": \(words)" } else { "" }
            let words = "the server says that it has taken the document, and what stands there now cannot be read\(said)"
            throw .io(path: place, call: "GET", words, cause: .storeUnsure, .write)
        }
        if isWritten { return }
        let words = "the server says that it has taken the document, and gives back the one from before"
        throw .io(path: place, call: "GET", words, cause: .storeForeign, .write)
    }

    private func took(_ document: HTTPStateDocument, _ bytes: [UInt8], _ written: RecordedState?) {
        (self.document, self.bytes, self.written, unsure) = (document, bytes, written, nil)
        loaded = LoadedState(state: written)
    }

    /// Where the last write had no answer: whether it was done.
    ///
    /// - Returns: whether there was such a write and it turns out to be done.
    @discardableResult
    private func findOut() async throws(StateFault) -> Bool {
        guard let (document, bytes, written) = unsure else { return false }
        let now = try await http.read()
        if now != self.bytes {
            let found = try http.decoded(now)
            if found == document {
                took(document, bytes, written)
                return true
            }
            // A server may lay JSON out anew: then the bytes differ, and it is the document from before.
            guard let found, self.bytes != nil, found == self.document else {
                lost = .replaced(path: place, kept: nil)
                throw .replaced(path: place, kept: nil)
            }
        }
        unsure = nil
        return false
    }

    private nonisolated func add(_ entry: HistoryEntry?, to document: inout HTTPStateDocument) {
        guard let entry else { return }
        if !names(entry.run.run, document) { document.history.append(entry.encoded) }
    }

    private nonisolated func names(_ run: RunID, _ document: HTTPStateDocument) -> Bool {
        HTTPStateHistory.contents(document.history, namesSnapshots: false).names(run)
    }

    func createState(_ state: RecordedState) async throws(StateFault) {
        if loaded.boundState != nil { throw .alreadyThere(path: place) }
        failpoints.hit(.beforeFirstState)
        try await commit(state) { _ in }
        failpoints.hit(.afterFirstState)
    }

    func begin(_ run: RunInfo, plan: PlanID?) async throws(StateFault) {
        if journal != nil { throw .inconsistent(path: http.journals.path, "a run was begun already") }
        if let lost { throw lost }
        try await findOut()
        guard let state = written, let text = document.state else { throw .noState(path: place) }
        if http.journals.isHeld {
            // Another run of this machine writes it, which it can do only with the lock.
            let holder = ((try? http.journals.read()) ?? nil).flatMap { try? JournalFile.decode($0) }?.run.map { LockHolder($0) }
            throw lose(.lockLost(path: place, holder: holder))
        }
        let basis = JournalBasis(state.header, sum: CRC32C.of(text))
        // First the journal, then its note: where only one of the two gets written, nothing was sent to the cloud, and a journal without a note
        // is nothing to anybody.
        let machine = try http.journals.madeMachine(http.look.id)
        let journal = try http.journals.begin(run, plan: plan, basis: basis, failpoints: failpoints)
        // The note is written only with the lock.
        let asked = age()
        let note = HTTPStateRun(run, basis: basis, journalBytes: journal.firstBytes, machine: machine)
        do throws(StateFault) { try await commit { $0.run = note } } catch {
            // Where the note may stand, its journal stays.
            if unsure == nil { await journal.withdraw() } else { await journal.close() }
            throw error
        }
        self.journal = journal
        (journalRun, lastConfirmed) = (run.run, asked)
        failpoints.hit(.afterBegin)
    }

    func append(_ events: [JournalEvent], _ durability: Durability) async throws(JournalFailure) {
        guard let journal else { throw JournalFailure(path: http.journals.path, message: "no run was begun") }
        if durability == .now { try await checkLock() }
        do throws(JournalFailure) { try await journal.append(events, durability) } catch {
            // Another run of this machine takes the journal away, which it does with the lock: unless the lock is known to be this run's, that
            // is what has happened, and nothing that this run has made gets into the state any more.
            if error.cause == .takenAway, lost == nil, await confirmed() != nil { _ = lose(.lockLost(path: place, holder: nil)) }
            if lost != nil { try await checkLock() }
            throw error
        }
    }

    /// Whoever has broken the lock counts with this time (`RecoverCommand.lateness`).
    func confirmLock() async throws(JournalFailure) -> Duration? {
        let last = HTTPStateStore.confirmationAge + ExecutionPolicy().sendWindow
        let asked = age()
        if lost != nil || asked - lastConfirmed >= last { try await checkLock() }
        return lastConfirmed + last - asked
    }

    /// Makes sure that the lock was this run's a moment ago. Where nobody tells, no intent is written: its lock may have been broken, and whoever
    /// has broken it waits only so long for what this run still sends (P1).
    private func checkLock() async throws(JournalFailure) {
        if lost == nil, age() - lastConfirmed >= http.lockCheck {
            if let problem = await confirmed(), lost == nil, case .io(_, let call, let words, let cause, _) = fault(problem) {
                throw JournalFailure(
                    path: place, message: "\(call): nobody tells whether the lock is still this run's: \(words)", cause: cause)
            }
        }
        guard let lost else { return }
        let holder: LockHolder? = if case .lockLost(_, let holder) = lost { holder } else { nil }
        throw JournalFailure(
            path: place, message: "the lock of the state is lost" + (holder.map { "; \($0) holds it" } ?? ": it was broken"),
            cause: .lockLost)
    }

    private func fault(_ problem: HTTPStateProblem) -> StateFault {
        problem.fault(place, http.settings.lock.method.rawValue, .lock)
    }

    /// The pauses between questions that nobody answers: a server that is started anew is waited for.
    private static let silences: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(15), .seconds(30)]

    /// As `confirm`, once for all who want to know it at the same time.
    private func confirmed() async -> HTTPStateProblem? {
        let task = confirming ?? Task { await confirm() }
        confirming = task
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Asks until somebody tells whether the lock is this run's.
    ///
    /// - Returns: why nobody does, or that it is lost.
    private func confirm() async -> HTTPStateProblem? {
        defer { confirming = nil }
        let end = age() + HTTPStateClient.patience
        // What was asked in vain for so long already is asked once.
        var pauses = http.client.isSilent ? [] : Self.silences[...]
        while true {
            let asked = age()
            let problem: HTTPStateProblem
            do throws(HTTPStateProblem) {
                let isNamed = try await http.client.ensureHeld(lock.id, probe, patience: pauses.isEmpty ? .zero : end - asked)
                if !isNamed, await isNoted() == false {
                    _ = lose(.lockLost(path: place, holder: nil))
                    return .lockLost(nil)
                }
                // An answer that took longer tells of a time too long ago.
                if age() - asked <= HTTPStateStore.confirmationAge {
                    lastConfirmed = asked
                    return nil
                }
                problem = .unreachable("the server takes too long to answer")
            } catch {
                problem = error
                if case .lockLost(let holder) = error {
                    _ = lose(fault(error))
                    // It was free, so this run was given it under the other ID.
                    mayHoldProbe = holder == nil
                    return error
                }
            }
            guard let pause = pauses.popFirst(), age() + pause < end, !Task.isCancelled else { return problem }
            await http.client.sleep(pause)
        }
    }

    /// Of a server that does not tell who has the lock: whether the document still tells of this run. Whoever takes its lock has to take its note
    /// away before it begins a run.
    ///
    /// - Returns: `nil` where nobody tells.
    private func isNoted() async -> Bool? {
        do throws(StateFault) {
            return try http.decoded(try await http.read())?.run?.info.run == journalRun
        } catch { return nil }
    }

    /// From now on nothing is written any more.
    private func lose(_ fault: StateFault) -> StateFault {
        lost = lost ?? fault
        return fault
    }

    func salvage(_ event: JournalEvent) async -> Bool {
        guard let journal, let written else { return false }
        return await journal.salvage(event, over: written)
    }

    // MARK: The end of a run

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

    // MARK: Recovery

    func rebuild(_ state: RecordedState, at now: Timestamp) async throws(StateFault) -> [String] {
        failpoints.hit(.beforeFirstState)
        if let lost { throw lost }
        let mark = ".damaged-" + now.fileMark
        var kept: [String] = []
        // The server has no second name for it.
        if let bytes { kept.append(try http.journals.keep(bytes, as: "state.json\(mark)")) }
        if let aside = try http.journals.keepAside(mark: mark) { kept.append(aside) }
        try await commit(state, isLast: true) { next in
            noteLostRun(in: &next)
            next.run = nil
        }
        http.journals.remove()
        failpoints.hit(.afterFirstState)
        return kept
    }

    func dismissLostRun() async {
        guard document.run != nil else { return }
        do throws(StateFault) {
            try await commit { next in
                noteLostRun(in: &next)
                next.run = nil
            }
        } catch { historyFault = historyFault ?? error }
    }

    /// The line of the run that the note tells of: by what can still be read of its journal, or, where that is on another machine, without
    /// what it did.
    private nonisolated func noteLostRun(in document: inout HTTPStateDocument) {
        if let bytes = (try? http.journals.read()) ?? nil { add(HistoryEntry(deadJournal: bytes), to: &document) }
        guard let note = document.run else { return }
        // Of a run that ended without its state being written there is a line. It is given up all the same: without an exit code its journal,
        // should its machine come back, is not held for one whose work is in the state.
        for (index, line) in document.history.enumerated() where note.machine != http.journals.machine {
            guard var entry = HistoryEntry(encoded: line), entry.run.run == note.info.run, entry.exitCode != nil else { continue }
            entry.exitCode = nil
            document.history[index] = entry.encoded
        }
        add(
            HistoryEntry(
                run: note.info, serialBefore: note.basis.serial, serialAfter: note.basis.serial, counts: HistoryCounts(), plan: nil,
                exitCode: nil), to: &document)
    }

    // MARK: Giving the lock back

    func close() async {
        await journal?.close()
        journal = nil
        // What is another one's by now is not this run's to give back: not every server looks who asks.
        let isLost = if case .lockLost? = lost { true } else { false }
        lost = lost ?? .inconsistent(path: place, "the lock was given back")
        guard holdsLock else { return }
        holdsLock = false
        // One that cannot be given back stays: whoever finds it is told whose it is, and how it is broken.
        if !isLost { do throws(HTTPStateProblem) { try await http.client.unlock(lock) } catch {} }
        if mayHoldProbe { do throws(HTTPStateProblem) { try await http.client.unlock(probe) } catch {} }
    }
}
