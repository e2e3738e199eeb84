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
        HTTPSample.store(transport, try HTTPSample.settings(address, ["TF_HTTP_RETRY_MAX": "0"]), disk)
    }

    private func store(_ server: StateServer, _ disk: SimulatedDisk) throws -> HTTPStateStore {
        try store(server, server.address, disk)
    }

    /// A run that has begun over a state of two snapshots.
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
            let locked = try await HTTPSample.begun(try store(server, SimulatedDisk()), clock: clock)
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
        let locked = try await HTTPSample.begun(try store(server, disk))
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
        let locked = try await HTTPSample.begun(try store(server, disk))
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
        let locked = try await HTTPSample.begun(try store(server, disk))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        await locked.close()
        let after = disk.afterDeath()
        // The lock, the document, and then the state.
        let post = server.requests.count + 3
        server.state.withLock { $0.faults[post] = .answer(HTTPAnswer(status: 200)) }
        await #expect(throws: StateFault.self) { try await self.store(server, after).lock(LockRequest(HTTPSample.run(2))) }
        #expect(after.bytes(Self.journal) != nil && server.lockID == nil)
    }

    // MARK: A journal that nobody announced

    /// Another machine makes a run from beginning to end.
    private func runElsewhere(_ server: StateServer, _ number: Int = 7) async throws {
        let run = HTTPSample.run(number)
        let locked = try await HTTPSample.begun(try store(server, SimulatedDisk()), run)
        var state = try #require(await locked.loaded.state)
        state.header.serial += 1
        state.records.removeLast()
        let ending = await locked.end(state) { _, serial in HTTPSample.entry(run, after: serial) }
        #expect(ending.stateFault == nil)
        await locked.close()
    }

    /// A run whose note does not get through, and of which nobody knows that.
    private func unannounced(_ server: StateServer) async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let locked = try await store(server, disk).lock(LockRequest(HTTPSample.run()))
        try await locked.createState(HTTPSample.state())
        server.fail(.answer(HTTPAnswer(status: 502)), .lostBefore)
        await #expect(throws: StateFault.self) { try await locked.begin(HTTPSample.run(), plan: nil) }
        // Without its note nothing is taken: what was sent has a note.
        let intent = JournalEvent.intent(HTTPSample.intent(1))
        await #expect(throws: JournalFailure.self) { try await locked.append([intent], .now) }
        await locked.close()
        #expect(disk.bytes(Self.journal) != nil)
        return disk.afterDeath()
    }

    @Test(
        "P1, P12: a journal whose run was never announced stands in nobody's way once the state has moved on, and is kept under another name"
    )
    func unannouncedJournal() async throws {
        let server = StateServer()
        let disk = try await unannounced(server)
        let bytes = disk.bytes(Self.journal)
        try await runElsewhere(server)
        let told = Mutex<[String]>([])
        let store = HTTPSample.store(server, try HTTPSample.settings(server.address), disk) { notice in
            if case .journalAside(let reason, let path) = notice { told.withLock { $0.append("\(reason) \(path)") } }
        }
        #expect(try await store.load().state?.records.count == 1)
        #expect(disk.bytes(Self.journal) == bytes, "who only looks moves nothing")
        let locked = try await store.lock(LockRequest(HTTPSample.run(2)))
        #expect(await locked.loaded.interrupted == nil)
        #expect(disk.bytes(Self.journal) == nil)
        let kept = Self.journal + ".unannounced-20261123T091200Z"
        #expect(disk.bytes(kept) == bytes && told.withLock { $0 } == ["unannounced \(kept)"])
        try await locked.begin(HTTPSample.run(2), plan: nil)
        await locked.close()
    }

    @Test("P1: a journal that holds an intent is never put aside as one that was not announced")
    func journalWithIntents() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await HTTPSample.begun(try store(server, disk))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        await locked.close()
        // Other hands take its note and its line, and the state moves on.
        try server.state.withLock { state in
            let (serial, bytes) = state.versions.max { $0.key < $1.key }!
            var document = try HTTPStateDocument(bytes)
            (document.serial, document.run) = (serial + 1, nil)
            state.versions[serial + 1] = document.encoded
        }
        try await runElsewhere(server)
        let after = disk.afterDeath()
        let store = try store(server, after)
        for isLook in [true, false] {
            let fault = await #expect(throws: StateFault.self) {
                if isLook { _ = try await store.load() } else { _ = try await store.lock(LockRequest(HTTPSample.run(2))) }
            }
            if case .journalOfOtherSerial? = fault {} else { Issue.record("\(String(describing: fault))") }
        }
        #expect(after.bytes(Self.journal) != nil && server.lockID == nil)
    }

    @Test(
        "P1: that a journal was left behind is known by the state's header alone, and nothing becomes of it where the records are damaged")
    func journalBesideDamage() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await HTTPSample.begun(try store(server, disk))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        let journal = try #require(disk.bytes(Self.journal))
        let ending = await locked.end(try state(after: .intent(HTTPSample.intent(1)))) { _, serial in
            HTTPSample.entry(HTTPSample.run(), after: serial, exitCode: 3)
        }
        #expect(ending.stateFault == nil)
        await locked.close()
        var document = try HTTPStateDocument(try #require(server.document))
        let place = try #require(document.state?.firstRange(of: "\"k1001\"".utf8)?.lowerBound)
        document.state?[place + 1] = UInt8(ascii: "x")
        for found in [try HTTPStateDocument(try #require(server.document)), document] {
            if case .none = HTTPStateJournal(journal, beside: found, machine: nil) {
            } else {
                Issue.record("it is held for one that is needed")
            }
        }
        let after = disk.afterDeath()
        after.put(Self.journal, journal)
        server.state.withLock { $0.versions[$0.versions.keys.max()!] = document.encoded }
        let fault = await #expect(throws: StateFault.self) { try await self.store(server, after).lock(LockRequest(HTTPSample.run(2))) }
        if case .changed? = fault {} else { Issue.record("\(String(describing: fault))") }
        #expect(after.bytes(Self.journal) == journal && server.lockID == nil)
    }

    /// A store that notes what it puts aside.
    private func store(_ server: StateServer, _ disk: SimulatedDisk, noting aside: NotedAside) throws -> HTTPStateStore {
        HTTPSample.store(server, try HTTPSample.settings(server.address), disk) { notice in
            if case .journalAside(let reason, _) = notice { aside.reasons.withLock { $0.append(reason) } }
        }
    }

    private final class NotedAside: Sendable {
        let reasons = Mutex<[HTTPStateAside]>([])
    }

    @Test("P12: of a run that has failed in part and is stored, a journal that was not removed is not called given up; its line tells that")
    func failedAndStored() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await HTTPSample.begun(try store(server, disk))
        let attempt = HTTPSample.intent(1).attempt
        try await locked.append([.intent(HTTPSample.intent(1)), .abandoned(attempt: attempt)], .now)
        let journal = try #require(disk.bytes(Self.journal))
        let ending = await locked.end(try state(after: .intent(HTTPSample.intent(1)), .abandoned(attempt: attempt))) { _, serial in
            HTTPSample.entry(HTTPSample.run(), after: serial, exitCode: 3)
        }
        #expect(ending.stateFault == nil)
        await locked.close()
        try await runElsewhere(server)
        let after = disk.afterDeath()
        after.put(Self.journal, journal)
        let aside = NotedAside()
        let next = try await store(server, after, noting: aside).lock(LockRequest(HTTPSample.run(2)))
        await next.close()
        #expect(aside.reasons.withLock { $0 } == [] && after.bytes(Self.journal) == nil)
    }

    @Test("P1: a run whose end could not be stored, and that is given up elsewhere, does not have its journal thrown away unread")
    func failedAndGivenUp() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await HTTPSample.begun(try store(server, disk))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        server.fail(.answer(HTTPAnswer(status: 413)))
        let ending = await locked.end(try state(after: .intent(HTTPSample.intent(1)))) { fault, serial in
            HTTPSample.entry(HTTPSample.run(), after: serial, exitCode: fault == nil ? 0 : 3)
        }
        #expect(ending.stateFault != nil && ending.historyFault == nil)
        await locked.close()
        let elsewhere = try store(server, SimulatedDisk())
        #expect(try await elsewhere.history(namesSnapshots: false).entries.map(\.exitCode) == [3])
        let (recovering, _) = try await elsewhere.lockForRecovery(LockRequest(HTTPSample.run(8)))
        await recovering.dismissLostRun()
        await recovering.close()
        #expect(try await elsewhere.history(namesSnapshots: false).entries.map(\.exitCode) == [nil])
        let after = disk.afterDeath()
        let bytes = after.bytes(Self.journal)
        let aside = NotedAside()
        let next = try await store(server, after, noting: aside).lock(LockRequest(HTTPSample.run(2)))
        await next.close()
        #expect(aside.reasons.withLock { $0 } == [.givenUp] && after.bytes(Self.journal) == nil)
        #expect(bytes != nil && after.paths.contains { after.bytes($0) == bytes })
    }

    @Test(
        "P1: where a run has left its journal and the service has no document any more, nothing is begun anew",
        arguments: [StateServer.Kind.gitLab, .plain])
    func vanished(_ kind: StateServer.Kind) async throws {
        let server = StateServer(kind)
        let disk = SimulatedDisk()
        let locked = try await HTTPSample.begun(try store(server, disk))
        await locked.close()
        server.state.withLock { ($0.versions, $0.exists) = ([:], false) }
        let fault = await #expect(throws: StateFault.self) {
            try await self.store(server, disk.afterDeath()).lock(LockRequest(HTTPSample.run(2)))
        }
        if case .io(server.address, _, _, .storeReplaced, .read)? = fault {} else { Issue.record("\(String(describing: fault))") }
        #expect(server.lockID == nil && server.document == nil)
        // A machine on which no run has begun knows nothing of it.
        let fresh = try await store(server, SimulatedDisk()).lock(LockRequest(HTTPSample.run(3)))
        #expect(await fresh.loaded == LoadedState())
        await fresh.close()
    }

    // MARK: A run whose lock was broken

    @Test(
        "P1: a run whose journal was taken away counts its lock as lost, unless the server says that it has it", arguments: [true, false])
    func takenAway(isSilent: Bool) async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await HTTPSample.begun(try store(server, disk), clock: SteeredClock())
        try LocalJournals(folder: "disk", system: disk).takeAway()
        if isSilent { server.state.withLock { $0.deadFrom = $0.requests.count + 1 } }
        let failure = await #expect(throws: JournalFailure.self) { try await locked.append([.intent(HTTPSample.intent(1))], .now) }
        #expect(failure?.cause == (isSilent ? .lockLost : .takenAway))
        // That the lock is another one's is only supposed: it is given back all the same.
        #expect(server.lockID != nil)
        server.state.withLock { $0.deadFrom = nil }
        await locked.close()
        #expect(server.lockID == nil)
    }

    @Test("P1: a run asks whether it still has its lock before it writes an intent, once in 10 seconds and not before")
    func looks() async throws {
        let server = StateServer()
        let standard = HTTPStateStore(try HTTPSample.settings(server.address), transport: server, version: "1.2.3", folder: "disk")
        #expect(standard.lockCheck == HTTPStateStore.confirmationAge && HTTPStateStore.confirmationAge == .seconds(10))
        let clock = SteeredClock()
        let locked = try await HTTPSample.begun(try store(server, SimulatedDisk()), clock: clock)
        let start = server.requests.count
        for number in 1...3 { try await locked.append([.intent(HTTPSample.intent(number))], .now) }
        clock.advance(by: .seconds(10))
        try await locked.append([.abandoned(attempt: HTTPSample.intent(1).attempt)], .soon)
        #expect(server.requests.count == start)
        for number in 4...6 { try await locked.append([.intent(HTTPSample.intent(number))], .now) }
        #expect(server.requests.count == start + 1)
        await locked.close()
    }

    @Test("P1: an intent is not written while nobody tells whether the lock is still this run's; a short silence is waited out")
    func silence() async throws {
        for isShort in [true, false] {
            let server = StateServer()
            let disk = SimulatedDisk()
            let clock = SteeredClock()
            let locked = try await HTTPSample.begun(try store(server, disk), clock: clock)
            let before = disk.bytes(Self.journal)
            clock.advance(by: .seconds(11))
            if isShort {
                server.fail(.refused, .refused)
                try await locked.append([.intent(HTTPSample.intent(1))], .now)
            } else {
                server.state.withLock { $0.deadFrom = $0.requests.count + 1 }
                let failure = await #expect(throws: JournalFailure.self) {
                    try await locked.append([.intent(HTTPSample.intent(1))], .now)
                }
                #expect(failure?.cause == .storeUnreachable)
                #expect(disk.bytes(Self.journal) == before)
            }
            await locked.close()
        }
    }

    /// Takes 11 seconds for its first requests, on the clock that the run goes by.
    private final class LateTransport: HTTPTransport {
        private let server: StateServer
        private let clock: SteeredClock
        private let late = Mutex(0)

        init(_ server: StateServer, _ clock: SteeredClock) {
            self.server = server
            self.clock = clock
        }

        func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
            let isLate = late.withLock { late in
                late -= 1
                return late >= 0
            }
            if isLate { clock.advance(by: .seconds(11)) }
            return try await server.send(request)
        }

        func slowDown(for requests: Int) { late.withLock { $0 = requests } }
    }

    @Test("P1: an answer that took longer than 10 seconds does not tell that the lock is this run's now: it is asked again")
    func lateAnswers() async throws {
        for (late, isWritten) in [(1, true), (100, false)] {
            let server = StateServer()
            let clock = SteeredClock()
            let transport = LateTransport(server, clock)
            let locked = try await HTTPSample.begun(try store(transport, server.address, SimulatedDisk()), clock: clock)
            clock.advance(by: .seconds(11))
            transport.slowDown(for: late)
            let start = server.requests.count
            do throws(JournalFailure) {
                try await locked.append([.intent(HTTPSample.intent(1))], .now)
                #expect(isWritten && server.requests.count == start + 2)
            } catch {
                #expect(!isWritten && error.message.contains("the server takes too long to answer"))
            }
            await locked.close()
        }
    }

    /// Lets others run before it asks the server.
    private struct SlowTransport: HTTPTransport {
        let server: StateServer

        func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
            for _ in 0..<200 { await Task.yield() }
            return try await server.send(request)
        }
    }

    @Test("P1: intents that come while the lock is looked at wait for what is found")
    func looksForAll() async throws {
        let server = StateServer()
        let clock = SteeredClock()
        let locked = try await HTTPSample.begun(try store(SlowTransport(server: server), server.address, SimulatedDisk()), clock: clock)
        clock.advance(by: .seconds(11))
        server.state.withLock { $0.lock = nil }
        let written = await withTaskGroup(of: Bool.self) { group in
            for number in 1...8 {
                group.addTask { (try? await locked.append([.intent(HTTPSample.intent(number))], .now)) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(written == 0)
        await locked.close()
    }

    @Test("P1: the journal of a run that was given up elsewhere is not thrown away unread where it holds intents")
    func givenUpElsewhere() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await HTTPSample.begun(try store(server, disk))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        await locked.close()
        let (recovering, _) = try await store(server, SimulatedDisk()).lockForRecovery(LockRequest(HTTPSample.run(8)))
        await recovering.dismissLostRun()
        await recovering.close()
        let after = disk.afterDeath()
        let bytes = after.bytes(Self.journal)
        let next = try await store(server, after).lock(LockRequest(HTTPSample.run(2)))
        #expect(await next.loaded.interrupted == nil)
        await next.close()
        #expect(after.bytes(Self.journal) == nil)
        #expect(after.paths.contains { after.bytes($0) == bytes })
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
