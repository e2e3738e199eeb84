import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepCloud
@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

/// A plain server, or a proxy in front of one, that says that a lock is taken, and nothing of by whom.
@Suite("A lock whose server does not tell who holds it") struct HTTPStateUnnamedTests {
    private let server: StateServer

    init() {
        server = StateServer(.plain)
        server.state.withLock { $0.tellsHolder = false }
    }

    private func store(lockCheck: Duration = .seconds(3600)) throws -> HTTPStateStore {
        HTTPSample.store(server, try HTTPSample.settings(server.address), lockCheck: lockCheck)
    }

    /// From now on the lock is this one's.
    private func give(_ lock: HTTPStateLock) {
        server.state.withLock { $0.lock = .init(id: lock.id, who: "", created: "", body: lock.encoded) }
    }

    private let run = HTTPSample.run(pipeline: "https://ci.example.com/jobs/9")

    @Test("P9: the run that has begun there is told as the probable holder, by apply and by unlock, and its lock is broken by the run's ID")
    func noted() async throws {
        let locked = try await HTTPSample.begun(store(), run)
        let supposed = LockHolder(run, token: run.run.text, witness: .note)
        #expect(try await store().holder() == supposed)
        #expect(supposed.description.hasPrefix("probably apply (pid 4201 on build-7, by ci, since "))
        let fault = await #expect(throws: StateFault.self) { try await self.store().lock(LockRequest(HTTPSample.run(2))) }
        #expect(fault == .locked(path: server.address, holder: supposed))
        let mine = server.lockID
        #expect(try await !store().breakLock(token: HTTPSample.run(2).run.text) && server.lockID == mine)
        #expect(try await store().breakLock(token: run.run.text) && server.lockID == nil)
        await locked.close()
    }

    @Test("P1: a run whose lock somebody else has by now writes no intent there, for the document does not tell of it any more")
    func brokenUnnamed() async throws {
        let clock = SteeredClock()
        let locked = try await HTTPSample.begun(store(lockCheck: .seconds(10)), run, clock: clock)
        clock.advance(by: .seconds(11))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        // Counted from the last confirmation: 10 s, in which intents are written, and 20 s in which they are sent.
        clock.advance(by: .seconds(4))
        #expect(try await locked.confirmLock() == .seconds(26))
        // Broken by hand; whoever has it now has recovered, and has taken the note away.
        let mine = server.lockID
        #expect(try await store().breakLock(token: run.run.text))
        let (next, _) = try await store().lockForRecovery(LockRequest(HTTPSample.run(2)))
        await next.dismissLostRun()
        #expect(server.lockID != nil && server.lockID != mine)
        clock.advance(by: .seconds(10))
        let failure = await #expect(throws: JournalFailure.self) { try await locked.append([.intent(HTTPSample.intent(2))], .now) }
        #expect(failure?.cause == .lockLost)
        await #expect(throws: JournalFailure.self) { try await locked.confirmLock() }
        await next.close()
        await locked.close()
    }

    @Test(
        "P1: where nobody tells who has the lock, and its note cannot be read, that is no word that it is this run's: no intent is written",
        arguments: [HTTPAnswer(status: 502), HTTPAnswer(status: 403), HTTPAnswer(status: 200, body: Array("<html>Sign in</html>".utf8))])
    func unreadableNote(_ answer: HTTPAnswer) async throws {
        let clock = SteeredClock()
        let locked = try await HTTPSample.begun(store(lockCheck: .seconds(10)), run, clock: clock)
        #expect(try await store().breakLock(token: run.run.text))
        let next = HTTPSample.lock(2)
        give(next)
        server.state.withLock { $0.answerToReads = answer }
        clock.advance(by: .seconds(31))
        let failure = await #expect(throws: JournalFailure.self) { try await locked.append([.intent(HTTPSample.intent(1))], .now) }
        #expect(failure?.message.contains("nobody tells whether the lock is still this run's") == true, "\(String(describing: failure))")
        await #expect(throws: JournalFailure.self) { try await locked.confirmLock() }
        await locked.close()
        #expect(server.lockID == next.id)
    }

    @Test("P9: where no run has begun there nobody is named; the lock is broken only by its whole ID")
    func unnoted() async throws {
        let locked = try await store().lock(LockRequest(run))
        let holder = try #require(try await store().holder())
        #expect(holder == .unnamed && holder.token == nil && "\(holder)" == "a run that the server does not name")
        let fault = await #expect(throws: StateFault.self) { try await self.store().lock(LockRequest(HTTPSample.run(2))) }
        #expect(fault == .locked(path: server.address, holder: nil))
        #expect(try await !store().breakLock(token: run.run.text) && server.lockID != nil)
        #expect(try await store().breakLock(token: try #require(server.lockID)) && server.lockID == nil)
        await locked.close()
    }

    @Test("P6: --lock-timeout waits for such a lock as for any other: in vain it tells what is known, and else it has the lock")
    func waiting() async throws {
        let locked = try await store().lock(LockRequest(run))
        let tries = Mutex(0)
        let clock = WaitingClock { tries.withLock { $0 += 1 } }
        let fault = await #expect(throws: StateFault.self) {
            try await self.store().lock(LockRequest(HTTPSample.run(2), timeout: .seconds(1), clock: clock))
        }
        #expect(fault == .locked(path: server.address, holder: nil) && tries.withLock { $0 } >= 3)
        let ending = WaitingClock { await locked.close() }
        let next = try await store().lock(LockRequest(HTTPSample.run(2), timeout: .seconds(1), clock: ending))
        await next.close()
        #expect(server.lockID == nil)
    }

    @Test(
        "P1: a word that a server says to everybody is nobody's ID, as text and as JSON: a run is not held for one that has lost its lock",
        arguments: ["E423", "{\"ID\":\"E423\"}"])
    func constantWord(_ word: String) async throws {
        server.state.withLock { $0.lockedAnswer = Array(word.utf8) }
        let clock = SteeredClock()
        let locked = try await HTTPSample.begun(store(lockCheck: .seconds(10)), run, clock: clock)
        clock.advance(by: .seconds(11))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        await locked.close()
        #expect(server.lockID == nil)
    }

    @Test("P1: a lock whose answer got lost is had where it was given, and is not taken for one's own where another one has it")
    func lostAnswer() async throws {
        let client = try HTTPSample.client(server)
        server.fail(.lostAfter)
        try await client.lock(HTTPSample.lock())
        #expect(server.lockID == HTTPSample.lock().id)
        let second = try HTTPSample.client(server)
        server.fail(.lostBefore)
        do throws(HTTPStateProblem) {
            try await second.lock(HTTPSample.lock(2))
            Issue.record("it was had twice")
        } catch { #expect(error == .locked(nil)) }
        #expect(server.lockID == HTTPSample.lock().id)
    }

    @Test("P6: where nobody tells whether a lock was given, its whole ID is told, by which it is broken")
    func lockInDoubt() async throws {
        let client = try HTTPSample.client(server)
        server.state.withLock { $0.faults[1] = .lostAfter }
        server.state.withLock { state in for number in 2...6 { state.faults[number] = .lostBefore } }
        do throws(HTTPStateProblem) {
            try await client.lock(HTTPSample.lock())
            Issue.record("it was told as had")
        } catch {
            guard case .unsure(let words) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(words.contains("if the lock was given all the same, its token is '\(HTTPSample.lock().id)'"), "\(words)")
        }
        #expect(try await store().breakLock(token: HTTPSample.lock().id) && server.lockID == nil)
    }

    @Test("P10: a lock that stands there, maybe, because the server was asked twice or gave no clear answer is told with what breaks it")
    func lockLeftAtTheBeginning() async throws {
        let html = HTTPAnswer(status: 200, body: Array("<html>Sign in</html>".utf8))
        let faults: [(StateServer.Kind, [StateServer.Fault])] = [
            // The first one is given; whether a second one is, nobody tells.
            (.plain, [.lostBefore, .lostBefore, .lostBefore]), (.plain, [.refused, .refused, .refused]),
            // It is given, and its answer is lost; what comes then is no answer to it.
            (.plain, [.lostAfter, .answer(HTTPAnswer(status: 403))]), (.gitLab, [.lostAfter, .answer(HTTPAnswer(status: 401))]),
            (.gitLab, [.lostAfter, .answer(html)]),
        ]
        for (kind, first) in faults {
            let server = StateServer(kind)
            server.state.withLock { state in
                state.tellsHolder = false
                let start = if case .lostAfter = first[0] { 1 } else { 2 }
                for number in start...start + 40 { state.faults[number] = .answer(HTTPAnswer(status: 503)) }
                for (index, fault) in first.enumerated() { state.faults[start + index] = fault }
            }
            let client = try HTTPSample.client(server)
            do throws(HTTPStateProblem) {
                try await client.lock(HTTPSample.lock())
                Issue.record("it was told as had")
            } catch {
                let token = kind == .plain ? HTTPSample.lock().id : HTTPSample.run().run.text
                #expect(server.lockID == HTTPSample.lock().id)
                #expect(error.words.contains("if the lock was given all the same, its token is '\(token)'"), "\(error)")
            }
        }
    }

    @Test("P10: a look whose lock may stand there is told with what breaks it, too")
    func lookInDoubt() async throws {
        server.state.withLock { state in
            state.faults[1] = .lostAfter
            for number in 2...40 { state.faults[number] = .lostBefore }
        }
        let fault = await #expect(throws: StateFault.self) { try await self.store().holder() }
        let token = try #require(server.lockID)
        guard case .io(_, _, let words, .storeUnsure, .lock)? = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(token.hasPrefix("look-") && words.contains("its token is '\(token)'"), "\(words)")
        server.state.withLock { $0.faults = [:] }
        #expect(try await store().breakLock(token: token) && server.lockID == nil)
    }

    // MARK: A server that does not look whose lock it takes back

    @Test(
        "P1: a server that takes the lock back from whoever asks is refused before anything is written, and stays unlocked",
        arguments: [true, false])
    func takesBack(tellsHolder: Bool) async throws {
        server.state.withLock { ($0.comparesIDs, $0.tellsHolder) = (false, tellsHolder) }
        let fault = await #expect(throws: StateFault.self) { try await self.store().lock(LockRequest(self.run)) }
        guard case .io(_, _, let words, .storeWithoutLock, .lock)? = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(words.contains("takes the lock back from whoever asks"))
        #expect(server.lockID == nil && server.document == nil)
    }

    @Test("P1: a run that has lost its lock does not give back the one of the run that has it now, also where the server would take it")
    func lostAndLeft() async throws {
        server.state.withLock { $0.tellsHolder = true }
        let clock = SteeredClock()
        let locked = try await HTTPSample.begun(store(lockCheck: .seconds(10)), run, clock: clock)
        let other = HTTPSample.lock(2)
        give(other)
        server.state.withLock { $0.comparesIDs = false }
        clock.advance(by: .seconds(11))
        let failure = await #expect(throws: JournalFailure.self) { try await locked.append([.intent(HTTPSample.intent(1))], .now) }
        #expect(failure?.cause == .lockLost)
        await locked.close()
        #expect(server.lockID == other.id)
    }

    @Test("P1: the ID of a run that has left no note breaks no lock, also where the server would take any", arguments: [false, true])
    func staleToken(isNoted: Bool) async throws {
        let locked = try await store().lock(LockRequest(run))
        if isNoted {
            try await locked.createState(HTTPSample.state())
            try await locked.begin(run, plan: nil)
        }
        let mine = server.lockID
        server.state.withLock { $0.comparesIDs = false }
        #expect(try await !store().breakLock(token: HTTPSample.run(2).run.text))
        #expect(mine != nil && server.lockID == mine)
        await locked.close()
    }
}
