import SnapkeepEngine
import Synchronization

@testable import SnapkeepCloud
@testable import SnapkeepCore
@testable import SnapkeepState
@testable import SnapkeepStores

/// A state on a server, used by processes of one machine that can die.
final class StateServerUnderTest: PlaceUnderTest {
    let server: StateServer
    private let disk = Mutex(SimulatedDisk())
    fileprivate static let folder = "disk"

    init(_ kind: StateServer.Kind) { server = StateServer(kind) }

    /// A process that can die: then nothing of it reaches the server or the disk.
    private final class Process: ProcessUnderTest, HTTPTransport {
        private let server: StateServer
        private let isDead = Atomic(false)
        private let onDeath: @Sendable () -> Void
        private let own: SimulatedDisk
        let settings: HTTPStateSettings

        init(_ server: StateServer, _ own: SimulatedDisk, onDeath: @escaping @Sendable () -> Void) {
            (self.server, self.own, self.onDeath) = (server, own, onDeath)
            settings = try! HTTPStateSettings(server.address) { ["TF_HTTP_RETRY_MAX": "1"][$0] }
        }

        var store: any StateStore {
            HTTPStateStore(
                settings, transport: self, version: "1.2.3",
                journals: LocalJournals(folder: StateServerUnderTest.folder, system: own), lockCheck: .zero,
                clock: StoreClock(SteeredClock()), sleep: { _ in })
        }

        func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
            if isDead.load(ordering: .sequentiallyConsistent) { throw TransportFault(.notSent, "the process is dead") }
            return try await server.send(request)
        }

        func die() {
            isDead.store(true, ordering: .sequentiallyConsistent)
            onDeath()
        }
    }

    func process() -> any ProcessUnderTest {
        let own = disk.withLock { $0 }
        return Process(server, own) { [self] in disk.withLock { $0 = own.afterDeath() } }
    }

    /// It stays, and somebody breaks it.
    func awaitFreeLock() { takeLockAway() }

    func takeLockAway() { server.state.withLock { $0.lock = nil } }

    func isNamed(_ path: String, _ store: any StateStore) -> Bool {
        path.hasPrefix(store.place) || path.hasPrefix(StateServerUnderTest.folder)
    }

    func damage(_ part: StatePart, _ damage: StateDamage) throws {
        let journal = StateServerUnderTest.folder + "/run.journal"
        if part == .journal {
            return disk.withLock { disk in
                if let bytes = disk.bytes(journal).flatMap({ damage.applied(to: $0, part) }) {
                    disk.put(journal, bytes)
                } else {
                    disk.remove(journal)
                }
            }
        }
        try server.state.withLock { state in
            guard let (serial, bytes) = state.versions.max(by: { $0.key < $1.key }) else { return }
            var document = try HTTPStateDocument(bytes)
            if part == .state {
                document.state = document.state.flatMap { damage.applied(to: $0, part) }.map { $0.last == 0x0A ? $0.dropLast() : $0 }
            } else {
                // A server keeps JSON whole; what stands in it may be anything.
                document.history = document.history.map { _ in Array("{\"at\":\"a long time ago\"}".utf8) }
            }
            state.versions[serial] = document.encoded
        }
    }

    func picture() -> [String: [UInt8]] {
        var all: [String: [UInt8]] = [:]
        disk.withLock { disk in
            for path in disk.paths where path != StateServerUnderTest.folder + "/machine" { all[path] = disk.bytes(path) }
        }
        guard let bytes = server.document else { return all }
        guard let document = try? HTTPStateDocument(bytes) else { return all.merging(["document": bytes]) { first, _ in first } }
        all["state"] = document.state
        if let run = document.run { all["run"] = Array(run.info.run.text.utf8) }
        if !document.history.isEmpty { all["history"] = document.history.flatMap { $0 + [0x0A] } }
        return all
    }
}
