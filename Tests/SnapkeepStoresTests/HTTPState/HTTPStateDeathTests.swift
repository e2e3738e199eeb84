import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepCloud
@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

/// A process is killed in front of its k-th request and behind it, for every k.
@Suite("Deaths between requests to a state server") struct HTTPStateDeathTests {
    private func store(_ server: StateServer, _ disk: SimulatedDisk) throws -> HTTPStateStore {
        HTTPSample.store(server, try HTTPSample.settings(server.address, ["TF_HTTP_RETRY_MAX": "0"]), disk, lockCheck: .seconds(3600))
    }

    /// What a run has been told.
    private struct Told {
        var hasState = false
        var attempts: [AttemptID] = []
        var isEnded = false
    }

    private func run(_ store: HTTPStateStore) async -> Told {
        var told = Told()
        let run = HTTPSample.run()
        guard let locked = try? await store.lock(LockRequest(run)) else { return told }
        if (try? await locked.createState(HTTPSample.state())) != nil {
            told.hasState = true
            if (try? await locked.begin(run, plan: nil)) != nil {
                var events: [JournalEvent] = [.begin(run, plan: nil)]
                for number in 1...3 where (try? await locked.append([.intent(HTTPSample.intent(number))], .now)) != nil {
                    events.append(.intent(HTTPSample.intent(number)))
                    told.attempts.append(HTTPSample.intent(number).attempt)
                }
                if let state = try? StateReplay.fold(events, into: HTTPSample.state()) {
                    let ending = await locked.end(state) { _, serial in HTTPSample.entry(run, after: serial) }
                    told.isEnded = ending.stateFault == nil
                }
            }
        }
        await locked.close()
        return told
    }

    @Test(
        "P1, P2: a kill in front of each request, or behind it, loses nothing that was told as kept, and doubles nothing",
        arguments: [StateServer.Kind.gitLab, .plain], [false, true])
    func atEachRequest(_ kind: StateServer.Kind, _ acts: Bool) async throws {
        var deaths = 0
        for number in 1... {
            let server = StateServer(kind)
            let disk = SimulatedDisk()
            server.state.withLock { state in
                state.deadFrom = number + (acts ? 1 : 0)
                if acts { state.faults[number] = .lostAfter }
            }
            let told = await run(try store(server, disk))
            let isDead = server.requests.count >= number
            server.state.withLock { ($0.deadFrom, $0.faults, $0.lock) = (nil, [:], nil) }
            let what: Comment = "\(kind), request \(number)"

            // Another machine never goes on as if nothing had been.
            let elsewhere = try store(server, SimulatedDisk())
            let note = try server.document.map { try HTTPStateDocument($0) }?.run
            do {
                let locked = try await elsewhere.lock(LockRequest(HTTPSample.run(7)))
                let attempts: [AttemptID] = await locked.loaded.state?.openIntents.map(\.attempt) ?? []
                #expect(note == nil && (told.attempts.isEmpty || Set(attempts).isSuperset(of: told.attempts)), what)
                await locked.close()
            } catch {
                guard case .journalMissing = error else { throw error }
                #expect(note != nil, what)
                let (locked, found) = try await elsewhere.lockForRecovery(LockRequest(HTTPSample.run(8)))
                #expect(found.hasLostIntents, what)
                await locked.close()
            }

            // The same machine goes on from its journal, once.
            let next = try store(server, disk.afterDeath())
            let locked = try await next.lock(LockRequest(HTTPSample.run(2)))
            let loaded = await locked.loaded
            await locked.close()
            #expect(loaded.state != nil || !told.hasState, what)
            let open: [AttemptID] = loaded.state?.openIntents.map(\.attempt) ?? []
            #expect(Set(open).isSuperset(of: told.attempts) && open.count <= 3, what)
            let lines = try await next.history(namesSnapshots: false).entries
            #expect(lines.count <= 1 && (told.attempts.isEmpty || lines.count == 1), what)
            if told.isEnded { #expect(lines.first?.exitCode == 0 && loaded.interrupted == nil, what) }
            #expect(try await next.load() == LoadedState(state: loaded.state), what)
            if !isDead { break }
            deaths += 1
        }
        #expect(deaths >= 6)
    }

    @Test("P1: a run that another machine has under way is shown as such, and only a run that can lock goes on without its journal")
    func otherMachine() async throws {
        let server = StateServer()
        let locked = try await HTTPSample.begun(store(server, SimulatedDisk()))
        let elsewhere = try store(server, SimulatedDisk())
        #expect(try await elsewhere.load() == LoadedState(state: HTTPSample.state(), elsewhere: HTTPSample.run()))
        await locked.close()
        let fault = await #expect(throws: StateFault.self) { try await elsewhere.lock(LockRequest(HTTPSample.run(2))) }
        if case .journalMissing? = fault {} else { Issue.record("\(String(describing: fault))") }
        #expect(server.lockID == nil)
        let (recovering, found) = try await elsewhere.lockForRecovery(LockRequest(HTTPSample.run(3)))
        #expect(found.hasLostIntents && found.former == HTTPSample.state())
        await recovering.dismissLostRun()
        await recovering.close()
        let entries = try await elsewhere.history(namesSnapshots: false).entries
        #expect(entries.map(\.run) == [HTTPSample.run()] && entries.first?.exitCode == nil)
        #expect(try await elsewhere.load() == LoadedState(state: HTTPSample.state()))
    }

    @Test(
        "P1: a run that misses the journal of another one names that run with its host, its start and its job, and where the journal is",
        arguments: [false, true])
    func missedJournal(isElsewhere: Bool) async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let run = HTTPSample.run(pipeline: "https://ci.example.com/jobs/9")
        let locked = try await HTTPSample.begun(store(server, disk), run)
        await locked.close()
        let here = isElsewhere ? SimulatedDisk() : disk.afterDeath()
        here.remove("disk/run.journal")
        let next = try store(server, here)
        let fault = await #expect(throws: StateFault.self) { try await next.lock(LockRequest(HTTPSample.run(2))) }
        #expect(fault == .journalMissing(path: isElsewhere ? next.place : next.journals.path, run: run))
    }

    @Test(
        "P1: a journal that another run has left on this machine is not asked for in the place of the one that is on another machine",
        arguments: [0, 40, 1_000_000])
    func leftBeside(_ length: Int) async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let left = try await HTTPSample.begun(store(server, disk))
        try await left.append([.intent(HTTPSample.intent(1))], .now)
        let bytes = try #require(disk.bytes("disk/run.journal"))
        await left.close()
        let (recovering, _) = try await store(server, SimulatedDisk()).lockForRecovery(LockRequest(HTTPSample.run(8)))
        await recovering.dismissLostRun()
        await recovering.close()
        // Its line is not among the last ones any more.
        try server.state.withLock { state in
            let serial = state.versions.keys.max()!
            var document = try HTTPStateDocument(state.versions[serial]!)
            document.history = []
            state.versions[serial] = document.encoded
        }
        let run = HTTPSample.run(7, pipeline: "https://ci.example.com/jobs/9")
        let other = try await store(server, SimulatedDisk()).lock(LockRequest(run))
        try await other.begin(run, plan: nil)
        await other.close()
        let here = disk.afterDeath()
        here.put("disk/run.journal", Array(bytes.prefix(length)))
        let next = try store(server, here)
        #expect(try await next.load() == LoadedState(state: HTTPSample.state(), elsewhere: run))
        let fault = await #expect(throws: StateFault.self) { try await next.lock(LockRequest(HTTPSample.run(2))) }
        #expect(fault == .journalMissing(path: next.place, run: run))
        #expect(try await next.loadForRecovery().hasLostIntents)
    }

    @Test(
        "P1: of a document that cannot be read, or is gone, nobody knows whether it told of a run that is sending: a recovery waits for it")
    func unreadableNote() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let locked = try await HTTPSample.begun(store(server, disk))
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        await locked.close()
        let bytes = try #require(server.document)
        let place = try #require(bytes.firstRange(of: "\"pid\":".utf8)).upperBound
        for found in [Array(bytes[..<place]) + [UInt8(ascii: "9")] + bytes[place...], nil] {
            server.state.withLock { state in state.versions = found.map { [9: $0] } ?? [:] }
            for here in [SimulatedDisk(), disk.afterDeath()] where found != nil || here.bytes("disk/run.journal") != nil {
                let (recovering, recoverable) = try await store(server, here).lockForRecovery(LockRequest(HTTPSample.run(8)))
                guard case .damaged = recoverable.condition else {
                    Issue.record("\(recoverable.condition)")
                    continue
                }
                #expect(recoverable.hasLostIntents)
                await recovering.close()
            }
        }
    }

    @Test("P1: texts in a note are another's: what is told of its run is one line each, and bounded")
    func hostileNote() {
        var run = HTTPSample.run()
        (run.host, run.pipeline) = ("build\u{1B}[2J\n7", String(repeating: "x", count: 5000))
        let note = HTTPStateRun(run, basis: JournalBasis(HTTPSample.state().header, sum: 0), journalBytes: 1, machine: "m")
        #expect(note.told.host == "build [2J 7" && note.told.pipeline?.count == 201 && note.unfinished.info == note.told)
    }

    @Test("P1: on another machine a broken lock is found out by the next look, and no intent is written any more")
    func brokenFromElsewhere() async throws {
        let server = StateServer()
        var first = try store(server, SimulatedDisk())
        first = HTTPSample.store(server, first.settings, lockCheck: .zero)
        let locked = try await HTTPSample.begun(first)
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        let elsewhere = try store(server, SimulatedDisk())
        #expect(try await elsewhere.holder()?.pid == 4201)
        #expect(try await elsewhere.breakLock(token: HTTPSample.run().run.text))
        let failure = await #expect(throws: JournalFailure.self) { try await locked.append([.intent(HTTPSample.intent(2))], .now) }
        #expect(failure?.cause == .lockLost)
        let ending = await locked.end(HTTPSample.state(serial: 13)) { _, serial in HTTPSample.entry(HTTPSample.run(), after: serial) }
        #expect(ending.stateFault?.isRefusal == true)
        await locked.close()
        #expect(try await elsewhere.holder() == nil)
    }

    @Test(
        "Few writes: a whole run is three versions at GitLab, the first of a stack included; one that changes nothing and begins nothing, none"
    )
    func versions() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        #expect(await run(try store(server, disk)).isEnded)
        #expect(server.state.withLock { $0.versions.keys.sorted() } == [1, 2, 3])
        let locked = try await store(server, disk).lock(LockRequest(HTTPSample.run(2)))
        let ending = await locked.end(await locked.loaded.state) { _, serial in HTTPSample.entry(HTTPSample.run(2), after: serial) }
        #expect(ending.stateFault == nil && ending.historyFault == nil)
        _ = await locked.end(nil) { _, serial in HTTPSample.entry(HTTPSample.run(2), after: serial) }
        #expect(server.state.withLock { $0.versions.count } == 3)
        // One that failed has its line.
        _ = await locked.end(nil) { _, serial in HTTPSample.entry(HTTPSample.run(2), after: serial, exitCode: 1) }
        await locked.close()
        #expect(server.state.withLock { $0.versions.count } == 4)
    }

    @Test(
        "P2, P6, P10: a state whose write had no answer and that is found written is stored: the run ends as its line in the history says")
    func foundWritten() async throws {
        let server = StateServer()
        let disk = SimulatedDisk()
        let store = try store(server, disk)
        let run = HTTPSample.run()
        let locked = try await HTTPSample.begun(store, run)
        try await locked.append([.intent(HTTPSample.intent(1))], .now)
        let state = try StateReplay.fold([.begin(run, plan: nil), .intent(HTTPSample.intent(1))], into: HTTPSample.state())
        server.fail(.lostAfter, .lostBefore)
        let ending = await locked.end(state) { fault, serial in
            HTTPSample.entry(run, after: serial, exitCode: fault == nil ? 0 : 1)
        }
        await locked.close()
        #expect(ending == RunEnding(serial: state.header.serial) && disk.bytes("disk/run.journal") == nil)
        let document = try HTTPStateDocument(try #require(server.document))
        #expect(document.serial == 3 && document.run == nil)
        #expect(try document.state.map { try StateFile.decode($0) }?.header.serial == state.header.serial)
        #expect(try await store.history(namesSnapshots: false).entries.map(\.exitCode) == [0])
        let next = try await store.lock(LockRequest(HTTPSample.run(2)))
        #expect(await next.loaded.interrupted == nil)
        #expect(await next.loaded.state?.openIntents.map(\.attempt) == [HTTPSample.intent(1).attempt])
        await next.close()
        #expect(try await store.history(namesSnapshots: false).entries.map(\.run) == [run])
    }

    @Test("P6: a run begins over the state that stands there, also where the write of that state had no answer")
    func beginsOverWhatIsFound() async throws {
        let server = StateServer()
        let store = try store(server, SimulatedDisk())
        let run = HTTPSample.run()
        let locked = try await store.lock(LockRequest(run))
        server.fail(.lostAfter, .lostBefore)
        await #expect(throws: StateFault.self) { try await locked.createState(HTTPSample.state()) }
        try await locked.begin(run, plan: nil)
        let note = try HTTPStateDocument(try #require(server.document)).run
        #expect(note?.basis.serial == HTTPSample.state().header.serial)
        await locked.close()
    }

    @Test(
        "A run that was announced has one line, also where the announcement is too long for its names, or had no answer",
        arguments: [false, true])
    func announcedOnce(_ hasNoAnswer: Bool) async throws {
        let server = StateServer()
        let store = try store(server, SimulatedDisk())
        let run = HTTPSample.run()
        let locked = try await store.lock(LockRequest(run))
        try await locked.createState(HTTPSample.state())
        var entry = HTTPSample.entry(run, after: 12, exitCode: nil)
        for number in 0..<(hasNoAnswer ? 1 : 20_000) {
            entry.work.add(.found, .init(key: HTTPSample.intent(number).key, id: SnapshotID("srv-\(number)")!))
        }
        #expect(hasNoAnswer || entry.encoded.count > HistoryBounds.bytes / 2)
        if hasNoAnswer { server.fail(.lostAfter, .lostBefore) }
        await locked.announce(entry)
        entry.exitCode = 0
        try await locked.appendHistory(entry)
        await locked.close()
        #expect(try await store.history(namesSnapshots: false).entries.map(\.exitCode) == [0])
    }

    @Test("P6: where a server lays JSON out anew, a write that was not done is not taken for somebody else's")
    func notWrittenAndLaidOutAnew() async throws {
        let server = StateServer(.plain)
        server.state.withLock { $0.rewrite = { $0.map { $0 == 0x0A ? 0x20 : $0 } } }
        let store = try store(server, SimulatedDisk())
        let locked = try await store.lock(LockRequest(HTTPSample.run()))
        try await locked.createState(HTTPSample.state())
        // It looks what stands there, writes, and looks again.
        let write = server.requests.count + 2
        server.state.withLock { state in for number in write...write + 1 { state.faults[number] = .lostBefore } }
        await #expect(throws: StateFault.self) { try await locked.appendHistory(HTTPSample.entry(HTTPSample.run(), after: 12)) }
        try await locked.appendHistory(HTTPSample.entry(HTTPSample.run(), after: 12))
        await locked.close()
        #expect(try await store.history(namesSnapshots: false).entries.map(\.run) == [HTTPSample.run()])
    }
}
