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
        HTTPStateStore(
            try HTTPSample.settings(server.address), transport: server, version: "1.2.3",
            journals: LocalJournals(folder: "disk", system: SimulatedDisk()), lockCheck: lockCheck, sleep: { _ in })
    }

    private let run = HTTPSample.run(pipeline: "https://ci.example.com/jobs/9")

    @Test("P9: the run that has begun there is told as the probable holder, by apply and by unlock, and its lock is broken by the run's ID")
    func noted() async throws {
        let locked = try await store().lock(LockRequest(run))
        try await locked.createState(HTTPSample.state())
        try await locked.begin(run, plan: nil)
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
        let locked = try await store(lockCheck: .seconds(10)).lock(LockRequest(run, clock: clock))
        try await locked.createState(HTTPSample.state())
        try await locked.begin(run, plan: nil)
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
}
