import Foundation
import SnapkeepCore
import SnapkeepState
import Testing

@testable import SnapkeepStores

/// A prefix of a real etcd.
final class EtcdUnderTest: PlaceUnderTest {
    private let server: EtcdServer
    private let prefix = "/snapkeep/" + UUID().uuidString.lowercased()

    init() async throws { server = try await EtcdServer.shared() }

    func process() async throws -> any ProcessUnderTest { try await EtcdProcess(try server.address(prefix)) }

    func awaitFreeLock() async throws {
        try await server.endLease(prefix)
    }

    func takeLockAway() async throws { try await awaitFreeLock() }

    func damage(_ part: StatePart, _ damage: StateDamage) async throws {
        let all = try await server.keys(prefix)
        let names = all.keys.sorted()
        let foreign = Array("{\"greeting\": \"hello\"}\n".utf8)
        switch (part, damage) {
        case (.state, .flippedBit): try await flip(part, try #require(names.last { $0.hasPrefix("s/") }), all)
        case (.state, .foreign): try await server.put("head", foreign, prefix: prefix)
        case (.state, .gone): try await server.delete("head", prefix: prefix)
        case (.journal, .flippedBit): try await flip(part, try #require(names.filter { $0.hasPrefix("j/") }.dropFirst(2).first), all)
        case (.journal, .foreign): try await server.put("j/000000000001", foreign, prefix: prefix)
        case (.journal, .gone): try await server.delete("j/", prefix: prefix, all: true)
        case (.history, .flippedBit): try await flip(part, try #require(names.last { $0.hasPrefix("h/") }), all)
        case (.history, _): try await server.delete("h/", prefix: prefix, all: true)
        }
    }

    private func flip(_ part: StatePart, _ name: String, _ all: [String: [UInt8]]) async throws {
        let damaged = StateDamage.flippedBit.applied(to: try #require(all[name]), part)
        try await server.put(name, try #require(damaged), prefix: prefix)
    }

    func picture() async throws -> [String: [UInt8]] { try await server.keys(prefix).filter { $0.key != "lock" } }
}

extension EtcdStore.Policy {
    /// A lease that outlasts a test, and the patience of a machine on which a thousand tests run at once.
    static let patient = EtcdStore.Policy(lease: .seconds(900), patience: .seconds(300))

    /// With transactions so small that a state of some dozen records takes several, and a lease that outlasts a test.
    static func small(lease: Duration = .seconds(600), patience: Duration = .seconds(20)) -> EtcdStore.Policy {
        var policy = EtcdStore.Policy(lease: lease, patience: patience)
        policy.limits = EtcdLimits(request: 8 << 10, chunk: 4 << 10, header: 256, steps: 16, page: 8 << 10, firstChunks: 2)
        return policy
    }
}

/// A program that uses an etcd, until it dies.
final class EtcdProcess: ProcessUnderTest {
    let store: any StateStore
    private let transport: SteeredTransport
    private let life: Task<Void, any Error>

    init(_ address: EtcdAddress) async throws {
        let transport = SteeredTransport(EtcdServer.connections)
        let (stores, continuation) = AsyncStream.makeStream(of: EtcdStore.self)
        // Whoever has the store need not have this object: it ends with its death, and else with the whole process.
        life = Task {
            try await EtcdStore.with(
                address, transport: transport, policy: .small(patience: .milliseconds(200)), wallClock: { Sample.start }
            ) { store in
                continuation.yield(store)
                try await Task.sleep(for: .seconds(3600))
            }
        }
        var iterator = stores.makeAsyncIterator()
        store = try #require(await iterator.next())
        self.transport = transport
    }

    func die() {
        transport.steer { _ in .cut }
        life.cancel()
    }
}
