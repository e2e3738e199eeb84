import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepCloud
@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

/// What a run may believe: of its lock, of a server that says yes, and of a journal that nobody announced.
@Suite("What a run over HTTP believes") struct HTTPStateTrustTests {
    private func store(_ transport: any HTTPTransport, _ address: String, _ disk: SimulatedDisk) throws -> HTTPStateStore {
        HTTPStateStore(
            try HTTPSample.settings(address, ["TF_HTTP_RETRY_MAX": "0"]), transport: transport, version: "1.2.3",
            journals: LocalJournals(folder: "disk", system: disk), lockCheck: .seconds(10), sleep: { _ in })
    }

    private func store(_ server: StateServer, _ disk: SimulatedDisk) throws -> HTTPStateStore {
        try store(server, server.address, disk)
    }

    /// A run that has begun over a state of two snapshots.
    private func begun(
        _ store: HTTPStateStore, _ run: RunInfo = HTTPSample.run(), clock: any Clock<Duration> = ContinuousClock()
    ) async throws -> any LockedState {
        let locked = try await store.lock(LockRequest(run, clock: clock))
        if await locked.loaded.state == nil { try await locked.createState(HTTPSample.state()) }
        try await locked.begin(run, plan: nil)
        return locked
    }

    private func state(after events: JournalEvent...) throws -> RecordedState {
        try StateReplay.fold([.begin(HTTPSample.run(), plan: nil)] + events, into: HTTPSample.state())
    }

    private static let journal = "disk/run.journal"
    private static let page = HTTPAnswer(status: 200, body: Array("<html>Sign in</html>".utf8))

    // MARK: The lock

    @Test("P1: a run that was given its own lock when it looked has lost it, also where what it was given cannot be given back")
    func freeLock() async throws {
        for kind in [StateServer.Kind.gitLab, .plain] {
            let server = StateServer(kind)
            let clock = SteeredClock()
            let locked = try await begun(try store(server, SimulatedDisk()), clock: clock)
            server.state.withLock { $0.lock = nil }
            clock.advance(by: .seconds(11))
            // It is given the lock, and what gives it back does not arrive.
            let look = server.requests.count + 1
            server.state.withLock { $0.faults[look + 1] = .lostBefore }
            let failure = await #expect(throws: JournalFailure.self) { try await locked.append([.intent(HTTPSample.intent(1))], .now) }
            #expect(failure?.cause == .lockLost, "\(kind)")
            #expect(server.lockID?.hasPrefix("look-") == true)
            await locked.close()
            #expect(server.lockID == nil, "what was taken only to look is not left behind")
        }
    }

    // MARK: A server that says yes

    @Test(
        "P6: what a server says it has written is read once more before the journal goes: not written is told, and nothing is lost",
        arguments: [page, HTTPAnswer(status: 200)])
    func believedEnd(_ yes: HTTPAnswer) async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await begun(try store(server, disk))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        let before = server.document
        // The state, and the line that tells of the failure.
        server.fail(.answer(yes))
        let posts = server.requests.count + 3
        server.state.withLock { $0.faults[posts] = .answer(yes) }
        let ending = await locked.end(try state(after: .intent(HTTPSample.intent(1)))) { fault, serial in
            HTTPSample.entry(HTTPSample.run(), after: serial, exitCode: fault == nil ? 0 : 1)
        }
        await locked.close()
        #expect(ending.stateFault != nil && ending.serial == 12)
        #expect(server.document == before && disk.bytes(Self.journal) != nil)
        let next = try await store(server, disk.afterDeath()).lock(LockRequest(HTTPSample.run(2)))
        #expect(await next.loaded.state?.openIntents.map(\.attempt) == [HTTPSample.intent(1).attempt])
        await next.close()
    }

    @Test("P6: where nobody tells what stands there now, the end of a run is told as unknown, and its journal stays")
    func unseenEnd() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await begun(try store(server, disk))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        let look = server.requests.count + 2
        server.state.withLock { $0.deadFrom = look }
        let ending = await locked.end(try state(after: .intent(HTTPSample.intent(1)))) { _, serial in
            HTTPSample.entry(HTTPSample.run(), after: serial)
        }
        if case .io(_, _, _, .storeUnsure, _)? = ending.stateFault {} else { Issue.record("\(ending)") }
        await locked.close()
        #expect(disk.bytes(Self.journal) != nil)
        server.state.withLock { ($0.deadFrom, $0.lock) = (nil, nil) }
        let next = try await store(server, disk.afterDeath()).lock(LockRequest(HTTPSample.run(2)))
        #expect(await next.loaded.state == (try state(after: .intent(HTTPSample.intent(1)))).withRun(HTTPSample.run().run))
        await next.close()
        #expect(disk.bytes(Self.journal) != nil || server.document != nil)
    }

    @Test("P1, P6: a page that answers a write with success has written nothing: no run begins, and no first state stands, by it")
    func believedPage() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await store(server, disk).lock(LockRequest(HTTPSample.run()))
        server.fail(.answer(Self.page))
        await #expect(throws: StateFault.self) { try await locked.createState(HTTPSample.state()) }
        #expect(server.document == nil)
        try await locked.createState(HTTPSample.state())
        server.fail(.answer(Self.page))
        await #expect(throws: StateFault.self) { try await locked.begin(HTTPSample.run(), plan: nil) }
        #expect(disk.bytes(Self.journal) == nil)
        // One that stands between, and lets what was asked for through.
        server.fail(.answerAfter(Self.page))
        try await locked.begin(HTTPSample.run(), plan: nil)
        #expect(try HTTPStateDocument(try #require(server.document)).run?.info == HTTPSample.run())
        await locked.close()
    }

    @Test("P6: the journal that a run takes over stays where the server only says that it has written what it tells of")
    func believedTakeOver() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await begun(try store(server, disk))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        await locked.close()
        let after = disk.afterDeath()
        // The lock, the document, and then the state.
        let post = server.requests.count + 3
        server.state.withLock { $0.faults[post] = .answer(HTTPAnswer(status: 200)) }
        await #expect(throws: StateFault.self) { try await self.store(server, after).lock(LockRequest(HTTPSample.run(2))) }
        #expect(after.bytes(Self.journal) != nil && server.lockID == nil)
    }
}

extension RecordedState {
    /// As it is stored by a run that changed it.
    fileprivate func withRun(_ run: RunID) -> RecordedState {
        var state = self
        state.header.lastRun = run
        return state
    }
}
