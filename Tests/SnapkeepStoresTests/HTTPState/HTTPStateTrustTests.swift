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
}
