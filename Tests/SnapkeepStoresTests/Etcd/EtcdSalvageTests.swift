import SnapkeepCore
import SnapkeepEngine
import SnapkeepState
import Synchronization
import Testing

@testable import SnapkeepStores

@Suite("What is salvaged after a journal in etcd has failed", .enabled(if: EtcdServer.isInstalled), .timeLimit(.minutes(20)))
struct EtcdSalvageTests {
    private static let attempts = [1, 2]

    private static func created(_ number: Int) -> JournalEvent {
        .created(
            attempt: Sample.attempt(number),
            CreatedSnapshot(id: SnapshotID(Sample.uuid(900_000 + number))!, status: .available, size: 1, createdAt: Sample.start))
    }

    /// Runs a test with a run that has recorded two intents and failed to append what came of them.
    private func afterFailure(
        _ name: String, network fate: SteeredTransport.Fate,
        _ body: (LockedEtcdState, EtcdServer, StoppingTransport) async throws -> Void
    ) async throws {
        let server = try await EtcdServer.shared()
        let made = Mutex<(network: SteeredTransport, gate: StoppingTransport)?>(nil)
        try await server.store(
            "/snapkeep/salvage-\(name)", policy: .small(patience: .milliseconds(100)),
            transport: { real in
                let network = SteeredTransport(real)
                let gate = StoppingTransport(network)
                made.withLock { $0 = (network, gate) }
                return gate
            }
        ) { store in
            let (network, gate) = try #require(made.withLock { $0 })
            let locked = try #require(try await store.lock(LockRequest(Sample.run(1))) as? LockedEtcdState)
            try await locked.createState(Sample.state([]))
            try await locked.begin(Sample.run(1), plan: nil)
            try await locked.append(Self.attempts.map { .intent(Sample.intent($0, "fresh-\($0)")) }, .now)
            network.steer { _ in fate }
            await #expect(throws: JournalFailure.self) { try await locked.append(Self.attempts.map(Self.created), .now) }
            network.steer { _ in .arrives }
            try await body(locked, server, gate)
            await locked.close()
        }
    }

    /// That both snapshots are recorded, each by one line.
    private func expectBoth(_ locked: LockedEtcdState, _ server: EtcdServer) async throws {
        let state = try #require(try await locked.etcd.load().state)
        for number in Self.attempts { #expect(state.record(for: Sample.key("fresh-\(number)"))?.size == 1) }
        // The run's own line, two intents, and what came of them.
        #expect(try await server.keys(locked.layout.prefix).keys.filter { $0.hasPrefix("j/") }.count == 5)
    }

    @Test("P1: of two snapshots that are salvaged at once each is recorded, and told as recorded")
    func twoAtOnce() async throws {
        try await afterFailure("two", network: .cut) { locked, server, gate in
            gate.stop()
            async let first = locked.salvage(Self.created(1))
            try await waitUntil("the first one reads") { gate.waitingCount == 1 }
            async let second = locked.salvage(Self.created(2))
            try await waitUntil("the second one has come to where it waits") {
                let waiters = await locked.waiters.count
                return gate.waitingCount + waiters == 2
            }
            gate.goOn()
            let told = await [first, second]
            #expect(told == [true, true])
            try await expectBoth(locked, server)
        }
    }

    @Test("P1: a snapshot whose line was stored, and only the answer was lost, is told as recorded, and its line stands there once")
    func lostAnswer() async throws {
        try await afterFailure("answer", network: .losesAnswer) { locked, server, _ in
            try await expectBoth(locked, server)
            for number in Self.attempts { #expect(await locked.salvage(Self.created(number))) }
            try await expectBoth(locked, server)
            // What fits nothing that stands there is not taken, and does no harm to what does.
            #expect(await locked.salvage(Self.created(3)) == false)
            try await expectBoth(locked, server)
            await #expect(throws: JournalFailure.self) { try await locked.append([Self.created(3)], .now) }
        }
    }
}
