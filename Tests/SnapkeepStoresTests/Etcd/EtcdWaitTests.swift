import SnapkeepCloud
import SnapkeepCore
import SnapkeepState
import Synchronization
import Testing

@testable import SnapkeepStores

/// Counts requests and the bytes of answers, and lets each take its time by a clock.
private final class MeasuringTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let clock: SkippingClock
    private let cost: Duration
    private let state = Mutex((requests: 0, bytes: 0))
    var measured: (requests: Int, bytes: Int) { state.withLock { $0 } }

    init(_ base: any HTTPTransport, _ clock: SkippingClock, cost: Duration) { (self.base, self.clock, self.cost) = (base, clock, cost) }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        clock.advance(by: cost)
        let answer = try await base.send(request)
        state.withLock { $0 = ($0.requests + 1, $0.bytes + answer.body.count) }
        return answer
    }
}

@Suite("Waiting for a lock in etcd", .enabled(if: EtcdServer.isInstalled), .timeLimit(.minutes(20)))
struct EtcdWaitTests {
    @Test(
        "P6: --lock-timeout counts what the looks take, too; they become rarer, and bring nothing but the lock",
        arguments: [Duration.zero, .seconds(1)])
    func waiting(_ cost: Duration) async throws {
        let server = try await EtcdServer.shared()
        let prefix = "/snapkeep/wait-\(cost.components.seconds)"
        let place = try await EtcdProcess(try server.address(prefix)).store
        let first = try await place.lock(LockRequest(Sample.run(1)))
        try await first.createState(Sample.state((0..<100).map { Sample.record($0) }))
        let clock = SkippingClock()
        let made = Mutex<MeasuringTransport?>(nil)
        try await server.store(
            prefix,
            transport: { real in
                let measuring = MeasuringTransport(real, clock, cost: cost)
                made.withLock { $0 = measuring }
                return measuring
            }
        ) { store in
            let fault = await #expect(throws: StateFault.self) {
                try await store.lock(LockRequest(Sample.run(2), timeout: .seconds(60), clock: clock))
            }
            guard case .locked(_, let holder?)? = fault else {
                Issue.record("\(String(describing: fault))")
                return
            }
            #expect(holder.pid == Sample.run(1).pid)
            #expect(clock.elapsed >= .seconds(60) && clock.elapsed < .seconds(70), "\(clock.elapsed)")
            let measured = try #require(made.withLock { $0 }).measured
            #expect(measured.requests < 45 && measured.bytes < 30_000, "\(measured)")
        }
        await first.close()
    }
}
