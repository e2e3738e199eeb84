import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepCloud
@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

/// Locks that could not be given back, and locks that are there only for a look.
@Suite struct HTTPStateLeftLockTests {
    private final class Notices: Sendable {
        private let noted = Mutex<[HTTPStateNotice]>([])
        var all: [HTTPStateNotice] { noted.withLock { $0 } }
        func note(_ notice: HTTPStateNotice) { noted.withLock { $0.append(notice) } }
    }

    private func store(_ server: StateServer, _ notices: Notices) throws -> HTTPStateStore {
        HTTPSample.store(server, try HTTPSample.settings(server.address)) { notices.note($0) }
    }

    /// From then on the server fails whoever gives a lock back.
    private func refuseUnlocking(_ server: StateServer) {
        server.state.withLock { state in
            for number in state.requests.count + 1...state.requests.count + 20 {
                state.faults[number] = .answer(HTTPAnswer(status: 500, body: []))
            }
        }
    }

    @Test(
        "P10: a run that cannot give its lock back tells so, with what breaks it",
        arguments: [(StateServer.Kind.gitLab, true), (.plain, true), (.plain, false)])
    func ofRun(_ kind: StateServer.Kind, tellsHolder: Bool) async throws {
        let (server, notices) = (StateServer(kind), Notices())
        server.state.withLock { $0.tellsHolder = tellsHolder }
        let store = try store(server, notices)
        let locked = try await store.lock(LockRequest(HTTPSample.run()))
        refuseUnlocking(server)
        await locked.close()
        #expect(server.lockID != nil)
        guard case .lockLeft(let token, let words)? = notices.all.first, notices.all.count == 1 else {
            Issue.record("\(notices.all)")
            return
        }
        #expect(token == store.lockToken(of: HTTPSample.run()) && words.contains("500"))
        #expect(token == (kind == .gitLab ? HTTPSample.run().run.text : server.lockID))
        // It is what 'unlock' takes.
        server.state.withLock { $0.faults = [:] }
        #expect(try await store.breakLock(token: token))
        #expect(server.lockID == nil && notices.all.count == 1)
    }

    @Test(
        "P10: a look at a free lock that cannot give it back tells so, and that the lock was free",
        arguments: [StateServer.Kind.gitLab, .plain])
    func ofLook(_ kind: StateServer.Kind) async throws {
        let (server, notices) = (StateServer(kind), Notices())
        let store = try store(server, notices)
        server.state.withLock { state in for number in 2...20 { state.faults[number] = .answer(HTTPAnswer(status: 500, body: [])) } }
        #expect(try await store.holder() == nil)
        guard case .lockLeft(let token, _)? = notices.all.first else {
            Issue.record("\(notices.all)")
            return
        }
        #expect(token.hasPrefix("look-") && token == server.lockID)
        server.state.withLock { $0.faults = [:] }
        let holder = try #require(try await store.holder())
        #expect(holder.command == "a command that only looks who holds the lock" && holder.since == nil && holder.token == token)
        #expect(try await store.breakLock(token: token))
        #expect(server.lockID == nil)
    }

    @Test(
        "P10: a lock that somebody has broken is not told as left: nobody has it, or another run",
        arguments: [StateServer.Kind.gitLab, .plain], [true, false])
    func ofBroken(_ kind: StateServer.Kind, isNoticed: Bool) async throws {
        let (server, notices, clock) = (StateServer(kind), Notices(), SteeredClock())
        let store = HTTPSample.store(server, try HTTPSample.settings(server.address), lockCheck: .seconds(10)) { notices.note($0) }
        let locked = try await HTTPSample.begun(store, clock: clock)
        #expect(try await store.breakLock(token: store.lockToken(of: HTTPSample.run())))
        clock.advance(by: .seconds(31))
        if isNoticed { await #expect(throws: JournalFailure.self) { try await locked.confirmLock() } }
        await locked.close()
        #expect(server.lockID == nil && notices.all.isEmpty, "\(notices.all)")
    }

    @Test("P10: of a server that gives its lock to everybody nobody is told to have it or not, and nothing is broken there")
    func ofNoLock() async throws {
        let (server, notices) = (StateServer(.plain), Notices())
        server.state.withLock { $0.locksForEverybody = true }
        let store = try store(server, notices)
        for look in [{ _ = try await store.holder() }, { _ = try await store.breakLock(token: "7587869221365318145") }] {
            let fault = await #expect(throws: StateFault.self) { try await look() }
            guard case .io(_, _, let words, .storeWithoutLock, .lock)? = fault else {
                Issue.record("\(String(describing: fault))")
                continue
            }
            #expect(words.contains("gives the lock to two at once"))
        }
        #expect(notices.all.isEmpty)
    }

    @Test("P10: a run waits some seconds for a lock that is there for a look, however short its own time limit is, and no longer")
    func waitsForLooks() async throws {
        let server = StateServer()
        let look = HTTPStateLock(lookingBy: HTTPSample.uuid(77), version: "1.2.3")
        server.state.withLock { state in
            state.exists = true
            state.lock = .init(id: look.id, who: "ci", created: look.created, body: look.encoded)
        }
        let clock = SkippingClock()
        let store = try store(server, Notices())
        let fault = await #expect(throws: StateFault.self) {
            try await store.lock(LockRequest(HTTPSample.run(), clock: clock))
        }
        if case .locked? = fault {} else { Issue.record("\(String(describing: fault))") }
        #expect(server.requests.count > 3)
        let asked = server.requests.count
        server.state.withLock { state in
            state.beforeSending = { request in
                if request.method == "POST", server.requests.count >= asked + 2 { server.state.withLock { $0.lock = nil } }
            }
        }
        let locked = try await store.lock(LockRequest(HTTPSample.run(2), clock: clock))
        #expect(server.lockID?.hasPrefix(HTTPSample.run(2).run.text) == true)
        await locked.close()
    }
}
