import SnapkeepCloud
import SnapkeepCore
import SnapkeepState
import Synchronization
import Testing

@testable import SnapkeepStores

/// A clock on which whoever sleeps wakes at once, so much later.
final class SkippingClock: Clock {
    typealias Instant = SteeredClock.Instant

    private let time = Mutex<Duration>(.zero)
    var now: Instant { Instant(offset: time.withLock { $0 }) }
    var elapsed: Duration { time.withLock { $0 } }
    var minimumResolution: Duration { .zero }
    func advance(by duration: Duration) { time.withLock { $0 += duration } }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws { time.withLock { $0 = max($0, deadline.offset) } }
}

/// A cluster that can be switched off. Each request to it takes its time then, and is in vain.
private final class SwitchedTransport: HTTPTransport {
    private let clock: SkippingClock
    private let cost: Duration
    private let words: String
    private let state = Mutex((isOn: false, requests: 0))

    init(_ clock: SkippingClock, cost: Duration, _ words: String) { (self.clock, self.cost, self.words) = (clock, cost, words) }

    var requests: Int { state.withLock { $0.requests } }
    func turn(on: Bool) { state.withLock { $0.isOn = on } }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        let isOn = state.withLock { state in
            state.requests += 1
            return state.isOn
        }
        if isOn { return HTTPAnswer(status: 200, body: Array("{\"header\":{\"cluster_id\":\"7\",\"revision\":\"9\"}}".utf8)) }
        clock.advance(by: cost)
        throw TransportFault(.uncertain, words)
    }
}

@Suite("A cluster that does not answer") struct EtcdSilenceTests {
    /// The ways of it: nobody listens there, or nothing comes back.
    private static let ways: [(cost: Duration, words: String)] = [
        (.zero, "no connection to a:2379: connection refused"), (.seconds(5), "no answer within 5 s"),
    ]

    private func with(
        _ way: Int, hosts: String = "a",
        _ body: (EtcdStore, SwitchedTransport, SkippingClock, _ told: () -> [StoreSilence]) async throws -> Void
    ) async throws {
        let (clock, told) = (SkippingClock(), Told())
        let transport = SwitchedTransport(clock, cost: Self.ways[way].cost, Self.ways[way].words)
        try await EtcdStore.with(
            try EtcdAddress("\(hosts)/p", isSecure: false), transport: transport, clock: clock, wallClock: { Sample.start },
            onSilence: { told.note($0) }
        ) { store in try await body(store, transport, clock) { told.all } }
    }

    private final class Told: Sendable {
        private let list = Mutex<[StoreSilence]>([])
        var all: [StoreSilence] { list.withLock { $0 } }
        func note(_ silence: StoreSilence) { list.withLock { $0.append(silence) } }
    }

    private func words(_ fault: StateFault?) -> String { if case .io(_, _, let words, _, _)? = fault { words } else { "" } }

    @Test("P10: after some seconds it is told once how long it is tried still, and at the end how long it was tried", arguments: [0, 1])
    func told(_ way: Int) async throws {
        try await with(way) { store, _, clock, told in
            let fault = await #expect(throws: StateFault.self) { try await store.load() }
            #expect(cause(fault) == .storeUnreachable)
            let silence = try #require(told().first)
            #expect(told().count == 1 && silence.place == store.place)
            #expect(silence.remaining >= .seconds(10) && silence.remaining <= .seconds(17), "\(silence)")
            #expect(clock.elapsed >= .seconds(19) && clock.elapsed < .seconds(26))
            let seconds = Int((clock.elapsed / .seconds(1)).rounded())
            #expect(words(fault).hasSuffix("; asked in vain for \(seconds) s"), "\(words(fault)) \(clock.elapsed)")
            #expect(!words(fault).contains("within") && !silence.words.contains("within"))
        }
    }

    @Test("P1, P10: once nobody has answered for the whole time, all that a run ends with waits once more at most", arguments: [0, 1])
    func waitsOnce(_ way: Int) async throws {
        for hosts in ["a", "a,b,c"] {
            try await with(way, hosts: hosts) { store, transport, clock, told in
                await #expect(throws: StateFault.self) { try await store.load() }
                let (after, requests) = (clock.elapsed, transport.requests)
                for _ in 0..<10 {
                    let fault = await #expect(throws: StateFault.self) { try await store.holder() }
                    #expect(cause(fault) == .storeUnreachable && words(fault).contains("asked in vain for "), "\(words(fault))")
                }
                #expect(clock.elapsed - after <= .seconds(5), "\(hosts): \(clock.elapsed - after)")
                // Each still asks where that costs no time: what comes back just then takes what is to be recorded.
                #expect(transport.requests > requests)
                #expect(told().count == 1)
            }
        }
    }

    @Test("P6: a cluster that answers again is asked with all patience again", arguments: [0, 1])
    func comesBack(_ way: Int) async throws {
        try await with(way) { store, transport, clock, told in
            await #expect(throws: StateFault.self) { try await store.load() }
            await #expect(throws: StateFault.self) { try await store.holder() }
            clock.advance(by: .seconds(20))
            transport.turn(on: true)
            let holder = try await store.holder()
            #expect(holder == nil)
            transport.turn(on: false)
            let before = clock.elapsed
            await #expect(throws: StateFault.self) { try await store.load() }
            #expect(clock.elapsed - before >= .seconds(19))
            #expect(told().count == 2)
        }
    }
}
