import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import Synchronization
import Testing

@testable import SnapkeepStores

/// Stops before each request from some moment on, until it is let go: what a process does that gets SIGSTOP.
final class StoppingTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let state = Mutex<(isStopped: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    init(_ base: any HTTPTransport) { self.base = base }

    func stop() { state.withLock { $0.isStopped = true } }
    /// How many requests wait to be let go.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    func goOn() {
        let waiting = state.withLock { state in
            state.isStopped = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        await withCheckedContinuation { continuation in
            let isStopped = state.withLock { state in
                if state.isStopped { state.waiting.append(continuation) }
                return state.isStopped
            }
            if !isStopped { continuation.resume() }
        }
        return try await base.send(request)
    }
}

@Suite("What is left of a run over etcd", .enabled(if: EtcdServer.isInstalled), .timeLimit(.minutes(20)))
struct EtcdDeathTests {
    private static let events: [[JournalEvent]] = [
        [.intent(Sample.intent(1, "fresh-1"))], [.intent(Sample.intent(2, "fresh-2"))],
        [
            .created(
                attempt: Sample.attempt(1),
                CreatedSnapshot(id: SnapshotID(Sample.uuid(900_001))!, status: .available, size: 1, createdAt: Sample.start))
        ],
    ]

    /// More than one transaction takes.
    private static func many(_ size: Int) -> RecordedState { Sample.state((0..<60).map { Sample.record($0, size: size) }) }

    /// What a run believes to have done before it died.
    private struct Belief {
        var hasBegun = false
        var stored = 0
        var hasEnded = false
    }

    private func run(_ store: EtcdStore) async -> Belief {
        var belief = Belief()
        guard let locked = try? await store.lock(LockRequest(Sample.run(1))) else { return belief }
        guard (try? await locked.begin(Sample.run(1), plan: nil)) != nil else { return belief }
        belief.hasBegun = true
        for events in Self.events {
            guard (try? await locked.append(events, .now)) != nil else { break }
            belief.stored += 1
        }
        if belief.stored == Self.events.count, let before = await locked.loaded.state,
            var after = try? StateReplay.fold([.begin(Sample.run(1), plan: nil)] + Self.events.flatMap { $0 }, into: before)
        {
            for index in after.records.indices { after.records[index].size = 2 }
            let ending = await locked.end(after) { fault, serial in
                HistoryEntry(
                    run: Sample.run(1), serialBefore: 1, serialAfter: serial, counts: HistoryCounts(), plan: nil,
                    exitCode: fault == nil ? 0 : 1)
            }
            belief.hasEnded = ending.stateFault == nil
        }
        await locked.close()
        return belief
    }

    @Test(
        "P1, P6: a death before or after each single request leaves the old or the new state whole, with all that was stored",
        arguments: [false, true])
    func deathAtEachRequest(losesAnswer: Bool) async throws {
        let server = try await EtcdServer.shared()
        var last = 1
        while true {
            let prefix = "/snapkeep/death-\(losesAnswer)-\(last)"
            let place = try await EtcdProcess(try server.address(prefix)).store
            let first = try await place.lock(LockRequest(Sample.run(0)))
            try await first.createState(Self.many(1))
            await first.close()

            var requests = 0
            let belief = try await server.store(
                prefix, policy: .small(patience: .milliseconds(100)),
                transport: { real in
                    SteeredTransport(real) { [last] number in
                        number > last ? .cut : number == last && losesAnswer ? .losesAnswer : .arrives
                    }
                }
            ) { store in
                let belief = await run(store)
                requests = store.gateway.traffic.requests
                return belief
            }
            // Whoever looks sees one or the other.
            let seen = try #require(try await place.load().state)
            let sizes = Set(seen.records.filter { $0.key.text.hasPrefix("snap-") }.map(\.size))
            #expect(sizes.count == 1, "request \(last)")
            try await server.endLease(prefix)
            let next = try await place.lock(LockRequest(Sample.run(2)))
            let state = try #require(await next.loaded.state)
            await next.close()
            #expect(Set(state.records.filter { $0.key.text.hasPrefix("snap-") }.map(\.size)) == sizes, "request \(last)")
            if belief.hasEnded { #expect(sizes == [2], "request \(last)") }
            if belief.stored >= 1 { #expect(isKnown(1, in: state), "request \(last)") }
            if belief.stored >= 2 { #expect(isKnown(2, in: state), "request \(last)") }
            if belief.stored >= 3 { #expect(state.record(for: Sample.key("fresh-1")) != nil, "request \(last)") }
            let lines = try await place.history(namesSnapshots: false).entries
            #expect(lines.count <= 1 && (!belief.hasBegun || lines.count == 1), "request \(last)")
            let keys = try await server.keys(prefix).keys
            #expect(!keys.contains { $0.hasPrefix("j/") || $0 == "open" || $0 == "lock" }, "request \(last)")
            let head = try EtcdHead(try #require(try await server.keys(prefix)["head"]))
            // Whatever chunks were half-written are gone with the next lock.
            let again = try await place.lock(LockRequest(Sample.run(3)))
            await again.close()
            let chunks = try await server.keys(prefix).keys.filter { $0.hasPrefix("s/") }.count
            #expect(chunks == head.allSegments.reduce(0) { $0 + $1.chunks.count }, "request \(last)")
            if belief.hasEnded && requests < last { break }
            last += 1
            try #require(last < 60)
        }
        #expect(last > 10)
    }

    private func isKnown(_ number: Int, in state: RecordedState) -> Bool {
        state.openIntents.contains { $0.attempt == Sample.attempt(number) }
            || state.record(for: Sample.key("fresh-\(number)")) != nil
    }

    @Test("P1: a run that is stopped for longer than its lease writes nothing when it goes on, and says who has the lock")
    func stoppedBeyondItsLease() async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/stopped"
        let gate = Mutex<StoppingTransport?>(nil)
        try await server.store(
            prefix, policy: .small(patience: .seconds(5)),
            transport: { real in
                let transport = StoppingTransport(real)
                gate.withLock { $0 = transport }
                return transport
            }
        ) { store in
            let transport = try #require(gate.withLock { $0 })
            let stopped = try await store.lock(LockRequest(Sample.run(1)))
            try await stopped.createState(Sample.state([Sample.record(1)]))
            try await stopped.begin(Sample.run(1), plan: nil)
            try await stopped.append(Self.events[0], .now)
            transport.stop()
            let other = try await EtcdProcess(try server.address(prefix)).store
            try await server.endLease(prefix)
            let next = try await other.lock(LockRequest(Sample.run(2)))
            #expect(await next.loaded.interrupted == Sample.run(1))
            let before = try await server.keys(prefix)
            transport.goOn()
            let failure = await #expect(throws: JournalFailure.self) { try await stopped.append(Self.events[1], .now) }
            #expect(failure?.cause == .lockLost)
            let state = try #require(await stopped.loaded.state)
            var late = state
            late.records[0].size = 99
            let ending = await stopped.end(late) { _, _ in nil }
            guard case .lockLost(let path, let holder)? = ending.stateFault else {
                Issue.record("\(ending)")
                return
            }
            #expect(path == store.place && holder?.pid == 4202)
            await stopped.close()
            #expect(try await server.keys(prefix) == before)
            await next.close()
        }
    }

    @Test(
        "P1: between an answer and what it allows, and right before a creation leaves, a run that slept past its lease asks again",
        arguments: [false, true])
    func pauseAfterAnswer(isSending: Bool) async throws {
        let server = try await EtcdServer.shared()
        let clock = SteeredClock()
        let address = try server.address("/snapkeep/pause\(isSending)")
        try await AsyncHTTPTransport.with { transport in
            try await EtcdStore.with(
                address, transport: transport, policy: .patient, clock: clock, wallClock: { Sample.start }
            ) { store in
                let locked = try await store.lock(LockRequest(Sample.run(1)))
                try await locked.createState(Sample.state([]))
                try await locked.begin(Sample.run(1), plan: nil)
                // Nobody's lock was broken before.
                #expect(await locked.formerHolderMayLive == false)
                let lease = EtcdStore.Policy.patient.lease
                let left = try #require(try await locked.confirmLock())
                #expect(left > .zero && left <= lease)
                #expect(try await EtcdProcess(address).store.breakLock(token: try #require(try await store.holder()?.token)))
                // As another run would find it: the key is there again, made by hand under the old revision's eyes; only time tells.
                clock.advance(by: lease + .seconds(1))
                let failure = await #expect(throws: JournalFailure.self) {
                    if isSending { _ = try await locked.confirmLock() } else { try await locked.append(Self.events[0], .now) }
                }
                #expect(failure?.cause == .lockLost)
                await locked.close()
            }
        }
    }
}

/// A clock that stands until it is moved; whoever sleeps on it sleeps until its task is cancelled.
final class SteeredClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let time = Mutex<Duration>(.zero)
    var now: Instant { Instant(offset: time.withLock { $0 }) }
    var minimumResolution: Duration { .zero }
    func advance(by duration: Duration) { time.withLock { $0 += duration } }
    func sleep(until deadline: Instant, tolerance: Duration?) async throws { try await Task.sleep(for: .seconds(3600)) }
}
