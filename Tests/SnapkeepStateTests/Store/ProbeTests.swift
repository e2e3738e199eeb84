import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepState

/// Whoever only reads looks whether a run lives, and is in no run's way (P4).
@Suite struct ProbeTests {
    @Test("P4: two that look at the same instant see no holder; whoever writes is seen by both")
    func lookersDoNotSeeEachOther() throws {
        let folder = Folder()
        try folder.put("state.json.lock", [])
        let system = KernelFileSystem()
        let looking = try system.open(folder.paths.lock, .update)
        #expect(try system.tryLock(looking, .shared))
        #expect(try !system.isHeld(folder.paths.lock))
        system.close(looking)
        let writing = try system.open(folder.paths.lock, .lock)
        defer { system.close(writing) }
        #expect(try system.tryLock(writing, .exclusive))
        #expect(try system.isHeld(folder.paths.lock))
    }

    @Test("P4: a run that starts in the instant in which somebody looks gets the lock all the same, without a timeout")
    func lookDoesNotRefuse() async throws {
        let folder = Folder()
        try folder.put("state.json", StateFile.encode(Sample.state))
        try folder.put("state.json.lock", [])
        let looking = try KernelFileSystem().open(folder.paths.lock, .update)
        #expect(try KernelFileSystem().tryLock(looking, .shared))
        let tries = Counter()
        let store = try await LockedFiles.open(
            folder.paths, run: Sample.run(2), clock: WaitingClock { if tries.add() == 1 { KernelFileSystem().close(looking) } })
        await store.close()
        #expect(tries.count == 1)
    }

    @Test("P4: a lock that is held is given up at once")
    func heldIsGivenUp() async throws {
        let folder = Folder()
        try folder.put("state.json", StateFile.encode(Sample.state))
        let holder = try await LockedFiles.open(folder.paths, run: Sample.run(1))
        let tries = Counter()
        await #expect(throws: StateFault.locked(path: folder.paths.state, holder: LockHolder(Sample.run(1)))) {
            try await LockedFiles.open(folder.paths, run: Sample.run(2), clock: WaitingClock { _ = tries.add() })
        }
        #expect(tries.count == 2)
        await holder.close()
    }
}
