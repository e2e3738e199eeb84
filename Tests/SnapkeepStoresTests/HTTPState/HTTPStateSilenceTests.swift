import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepCloud
@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

/// A server that takes connections and does not answer, until it is told to. Each request to it takes all the time that it is given.
private final class HangingTransport: HTTPTransport {
    private let server: StateServer
    private let clock: SteeredClock
    private let hangs = Mutex(false)

    init(_ server: StateServer, _ clock: SteeredClock) { (self.server, self.clock) = (server, clock) }

    func hang(_ isSo: Bool) { hangs.withLock { $0 = isSo } }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        guard hangs.withLock({ $0 }) else { return try await server.send(request) }
        let limit = request.timeLimit ?? HTTPStateTransport.timeLimit
        clock.advance(by: limit)
        throw TransportFault(.uncertain, "no answer within \(limit.secondsText)")
    }
}

/// Answers when it is let go.
private struct HeldTransport: HTTPTransport {
    let server: StateServer
    let release: @Sendable () async -> Void

    init(_ server: StateServer, until release: @escaping @Sendable () async -> Void) { (self.server, self.release) = (server, release) }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        await release()
        return try await server.send(request)
    }
}

@Suite("A state server that does not answer") struct HTTPStateSilenceTests {
    private let clock = SteeredClock()
    private let told = Told()

    private final class Told: Sendable {
        private let list = Mutex<[StoreSilence]>([])
        private let noted = Mutex<(@Sendable () -> Void)?>(nil)
        var all: [StoreSilence] { list.withLock { $0 } }
        func onNote(_ action: @escaping @Sendable () -> Void) { noted.withLock { $0 = action } }
        func note(_ silence: StoreSilence) {
            list.withLock { $0.append(silence) }
            noted.withLock { $0 }?()
        }
    }

    private var elapsed: Duration { SteeredClock.Instant(offset: .zero).duration(to: clock.now) }

    private func store(
        _ server: StateServer, _ transport: any HTTPTransport, watch: (@Sendable (Duration) async -> Void)? = nil
    ) throws -> HTTPStateStore {
        HTTPStateStore(
            try HTTPSample.settings(server.address), transport: transport, version: "1.2.3",
            journals: LocalJournals(folder: "disk", system: SimulatedDisk()), lockCheck: HTTPStateStore.confirmationAge,
            clock: StoreClock(clock), sleep: { [clock] in clock.advance(by: $0) }, watch: watch, onSilence: { [told] in told.note($0) })
    }

    @Test(
        "P6: a run that has begun waits for a silent server for a minute or so at each step, tells that once, and ends",
        arguments: [StateServer.Kind.gitLab, .plain])
    func whileRunning(_ kind: StateServer.Kind) async throws {
        let server = StateServer(kind)
        let transport = HangingTransport(server, clock)
        let locked = try await HTTPSample.begun(store(server, transport), clock: clock)
        clock.advance(by: .seconds(11))
        transport.hang(true)
        var start = elapsed
        for number in 1...3 {
            let failure = await #expect(throws: JournalFailure.self) { try await locked.append([.intent(HTTPSample.intent(number))], .now) }
            #expect(failure?.cause == .storeUnsure)
            // After the first minute it is asked once, and what that may have taken is given back.
            #expect(elapsed - start <= (number == 1 ? .seconds(90) : .seconds(20)))
            start = elapsed
        }
        let silence = try #require(told.all.first)
        #expect(told.all.count == 1 && silence.place == server.address && silence.words == "no answer within 10 s")
        #expect(silence.remaining == .seconds(60))
        let ending = await locked.end(HTTPSample.state(serial: 13)) { _, serial in HTTPSample.entry(HTTPSample.run(), after: serial) }
        await locked.close()
        #expect(ending.stateFault != nil && elapsed - start <= .seconds(180))
        #expect(told.all.count == 1)
    }

    @Test("A document that does not come is told of while it is waited for, not only when that is given up")
    func whileReading() async throws {
        let server = StateServer()
        let (isTold, telling) = AsyncStream<Void>.makeStream()
        let held = HeldTransport(server, until: { for await _ in isTold {} })
        told.onNote { telling.finish() }
        let store = try store(server, held, watch: { _ in })
        // It is answered only once it was told.
        #expect(try await store.load() == LoadedState())
        #expect(told.all.map(\.words) == ["no whole answer within 3 s"] && told.all.map(\.remaining) == [.seconds(117)])
    }

    @Test("A lock that nobody answers for is given up after a minute or so; each silence is told once, with as long as it will take")
    func atTheBeginning() async throws {
        let server = StateServer()
        let transport = HangingTransport(server, clock)
        let store = try store(server, transport)
        for number in 1...2 {
            transport.hang(true)
            let start = elapsed
            let fault = await #expect(throws: StateFault.self) { try await store.lock(LockRequest(HTTPSample.run(), clock: self.clock)) }
            if case .io(_, _, _, .storeUnsure, .lock)? = fault {} else { Issue.record("\(String(describing: fault))") }
            #expect(told.all.count == number)
            // From the third second on, when it is told, to the end.
            let remaining = try #require(told.all.last).remaining
            #expect(elapsed - start <= .seconds(80) && elapsed - start <= remaining + .seconds(25))
            transport.hang(false)
            let locked = try await store.lock(LockRequest(HTTPSample.run(), clock: clock))
            await locked.close()
        }
    }
}
