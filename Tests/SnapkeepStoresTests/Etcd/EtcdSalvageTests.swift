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

    /// Runs a test with a run that has recorded two intents.
    private func afterIntents(
        _ name: String, _ body: (LockedEtcdState, EtcdServer, SteeredTransport, StoppingTransport) async throws -> Void
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
            try await body(locked, server, network, gate)
            await locked.close()
        }
    }

    /// Runs a test with a run that has recorded two intents and failed to append what came of them.
    private func afterFailure(
        _ name: String, network fate: SteeredTransport.Fate,
        _ body: (LockedEtcdState, EtcdServer, StoppingTransport) async throws -> Void
    ) async throws {
        try await afterIntents(name) { locked, server, network, gate in
            network.steer { _ in fate }
            await #expect(throws: JournalFailure.self) { try await locked.append(Self.attempts.map(Self.created), .now) }
            network.steer { _ in .arrives }
            try await body(locked, server, gate)
        }
    }

    private func awaitFailure(_ locked: LockedEtcdState) async throws {
        try await waitUntil("the journal has failed") { await locked.journal?.failure != nil }
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

    @Test("P6: what was taken, to be written soon, before the journal failed is salvaged with what is salvaged then")
    func takenBefore() async throws {
        try await afterIntents("soon") { locked, server, network, _ in
            network.steer { _ in .denied }
            try await locked.append([Self.created(1)], .soon)
            try await awaitFailure(locked)
            #expect(await locked.unstored == [Self.created(1)])
            network.steer { _ in .arrives }
            #expect(await locked.salvage(Self.created(2)))
            #expect(await locked.unstored.isEmpty)
            try await expectBoth(locked, server)
        }
    }

    @Test("P1: a decision that was told as not stored is not stored by what is salvaged later: nobody acted on it")
    func refusedDecisions() async throws {
        try await afterIntents("decision") { locked, server, network, _ in
            network.steer { _ in .denied }
            await #expect(throws: JournalFailure.self) { try await locked.append([.intent(Sample.intent(3, "fresh-3"))], .now) }
            #expect(await locked.unstored.isEmpty)
            network.steer { _ in .arrives }
            for number in Self.attempts { #expect(await locked.salvage(Self.created(number))) }
            try await expectBoth(locked, server)
            #expect(try await locked.etcd.load().state?.openIntents.isEmpty == true)
        }
    }

    @Test("P6: a snapshot whose line was taken and never stored is told where the state is not written either, and only then")
    func unstoredIsTold() async throws {
        for comesBack in [false, true] {
            try await afterIntents("told-\(comesBack)") { locked, server, network, _ in
                let before = try #require(await locked.loaded.state)
                var state = before
                state.openIntents = Self.attempts.map { Sample.intent($0, "fresh-\($0)") }
                let recorder = try Recorder(state, run: Sample.run(1), plan: nil, journal: locked)
                network.steer { _ in .denied }
                try await recorder.record(Self.created(1), .soon)
                try await awaitFailure(locked)
                // What comes back takes everything but the state.
                let head = await locked.layout.head
                if comesBack { network.steer(only: SteeredTransport.writes(head)) { _ in .denied } }
                let ending = await locked.end(await recorder.state) { _, _ in nil }
                #expect(ending.stateFault != nil)
                // What was told as not stored, and is stored by the end, is not told as nothing (P10).
                #expect(ending.isJournaled)
                let told = await recorder.unrecorded
                #expect(told.map(\.id) == (comesBack ? [] : [SnapshotID(Sample.uuid(900_001))!]))
                network.steer { _ in .arrives }
                let record = try await locked.etcd.load().state?.record(for: Sample.key("fresh-1"))
                #expect((record != nil) == comesBack)
            }
        }
    }
}
