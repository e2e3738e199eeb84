import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

/// A state on a server whose lock this process holds.
actor LockedHTTPState: LockedState {
    nonisolated let http: HTTPStateStore
    nonisolated var store: any StateStore { http }
    var loaded = LoadedState()

    let run: RunInfo
    let lock: HTTPStateLock
    /// What the lock is asked for by, to see whether it is still this run's.
    let probe: HTTPStateLock
    let failpoints: Failpoints
    var holdsLock = false
    /// Whether the lock may have been had under the ID of `probe`, by asking for it, and not been given back.
    var mayHoldProbe = false
    /// What stands at the address, as far as this run knows, and its bytes; `nil` where nothing does.
    var document = HTTPStateDocument()
    var bytes: [UInt8]?
    /// The state in that document.
    var written: RecordedState?
    /// A document that may stand there by now, and the state in it: nobody answered.
    var unsure: (document: HTTPStateDocument, bytes: [UInt8], written: RecordedState?)?
    /// Why nothing is written any more.
    var lost: StateFault?
    /// Whether the lock only seems to be another one's, as nobody tells: then it is given back all the same.
    var isLossSupposed = false
    var journal: LocalJournal?
    var journalRun: RunID?
    /// How long this has been here, by the clock of whoever asked for the lock.
    let age: @Sendable () -> Duration
    /// When the question was asked whose last answer was that the lock is this run's.
    var lastConfirmed: Duration = .zero
    /// That question while it is under way.
    var confirming: Task<HTTPStateProblem?, Never>?
    var historyFault: StateFault?
    /// The line that announces this run.
    var announced: [UInt8]?

    var place: String { http.place }

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
    /// For so long a lock is asked for again that another command has taken only to see who has it.
    private static let patienceWithLooks: Duration = .seconds(5)

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
                guard case .locked(let holder) = error else { throw fault }
                let isLook = holder.map { HTTPStateLock.isLook($0.id) } ?? false
                let timeout = isLook ? max(request.timeout, Self.patienceWithLooks) : request.timeout
                let pause = min(wait, timeout - waited)
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

    // MARK: Giving the lock back

    func close() async {
        await journal?.close()
        journal = nil
        // What is another one's by now is not this run's to give back: not every server looks who asks.
        let isLost = if case .lockLost? = lost { !isLossSupposed } else { false }
        lost = lost ?? .inconsistent(path: place, "the lock was given back")
        guard holdsLock else { return }
        holdsLock = false
        if !isLost { await giveBack(lock) }
        if mayHoldProbe { await giveBack(probe) }
    }

    private func giveBack(_ lock: HTTPStateLock) async {
        if let problem = await http.client.giveBack(lock) { http.tell(left: lock, problem) }
    }
}
