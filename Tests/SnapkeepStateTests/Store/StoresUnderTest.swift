import SnapkeepCore
import Synchronization
import Testing

@testable import SnapkeepState

/// The stores of this target that keep the contract (`StateStoreContract`).
let storesUnderTest = [
    StoreUnderTest("files") { FilesUnderTest() }, StoreUnderTest("memory") { MemoryUnderTest() },
]

/// Files on a disk that a process can die over.
private final class FilesUnderTest: PlaceUnderTest {
    private let disk = Mutex(SimulatedDisk())

    private struct Process: ProcessUnderTest {
        let store: any StateStore
        let onDeath: @Sendable () -> Void
        func die() { onDeath() }
    }

    func process() -> any ProcessUnderTest {
        let own = disk.withLock { $0 }
        // What it does afterwards, it does to a disk that nobody looks at any more.
        return Process(store: FileStateStore(diskPaths, system: own)) { [self] in disk.withLock { $0 = own.afterDeath() } }
    }

    func awaitFreeLock() {}

    func takeLockAway() { disk.withLock { $0.remove(diskPaths.lock, diskPaths.journal) } }

    func damage(_ part: StatePart, _ damage: StateDamage) throws {
        let path =
            switch part {
            case .state: diskPaths.state
            case .journal: diskPaths.journal
            case .history: diskPaths.history
            }
        try disk.withLock { disk in
            if let bytes = damage.applied(to: try #require(disk.bytes(path)), part) { disk.put(path, bytes) } else { disk.remove(path) }
        }
    }

    func picture() -> [String: [UInt8]] {
        disk.withLock { disk in
            Dictionary(uniqueKeysWithValues: disk.paths.filter { $0 != diskPaths.lock }.map { ($0, disk.bytes($0)!) })
        }
    }
}

private struct MemoryUnderTest: PlaceUnderTest {
    private let memory = MemoryPlace()

    private struct Process: ProcessUnderTest {
        let memory: MemoryStateStore
        var store: any StateStore { memory }
        func die() { memory.die() }
    }

    func process() -> any ProcessUnderTest { Process(memory: MemoryStateStore(shared: memory)) }

    func awaitFreeLock() {}

    func takeLockAway() { memory.contents.withLock { $0.lock = nil } }

    func damage(_ part: StatePart, _ damage: StateDamage) {
        memory.contents.withLock { contents in
            switch part {
            case .state: contents.state = contents.state.flatMap { damage.applied(to: $0, part) }
            case .journal: contents.journal = contents.journal.flatMap { damage.applied(to: $0, part) }
            case .history: contents.history = contents.history.compactMap { damage.applied(to: $0, part) }
            }
        }
    }

    func picture() -> [String: [UInt8]] {
        memory.contents.withLock { contents in
            var all = contents.kept
            all["state"] = contents.state
            all["journal"] = contents.journal
            all["backup"] = contents.backup
            if !contents.history.isEmpty { all["history"] = contents.history.flatMap { $0 + [0x0A] } }
            return all
        }
    }
}
