import Glibc
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import Synchronization
import Testing

@testable import SnapkeepState

/// A folder of its own for one test.
final class Folder {
    let path: String

    init() {
        var template = Array("/tmp/snapkeep-state-test-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template)!)
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var names: [String] { (try? KernelFileSystem().names(in: path))?.filter { $0 != "." && $0 != ".." }.sorted() ?? [] }
    var paths: StatePaths { StatePaths(state: path + "/state.json") }

    func put(_ name: String, _ bytes: [UInt8]) throws {
        let descriptor = try KernelFileSystem().open("\(path)/\(name)", .append)
        try KernelFileSystem().writeAll(descriptor, bytes)
        KernelFileSystem().close(descriptor)
    }

    func bytes(_ path: String) throws -> [UInt8]? { try KernelFileSystem().contents(of: path) }

    /// Names, numbers, times and contents of all that is there.
    func picture() throws -> [String: String] {
        try Dictionary(
            uniqueKeysWithValues: names.map { name in
                let status = try KernelFileSystem().status("\(path)/\(name)")!
                return (name, "\(status) \(try bytes("\(path)/\(name)")!.text)")
            })
    }
}

final class Counter: Sendable {
    private let value = Mutex(0)
    func add() -> Int {
        value.withLock {
            $0 += 1; return $0
        }
    }
    var count: Int { value.withLock { $0 } }
}

@Suite struct LockedFilesTests {
    private func store(_ folder: Folder, _ number: Int = 1) async throws -> LockedFiles {
        try await LockedFiles.open(folder.paths, run: Sample.run(number))
    }

    @Test("A whole run on a real disk leaves state, backup, history and lock in the folder, and no journal")
    func carriesARunThrough() async throws {
        let folder = Folder()
        let store = try await store(folder)
        #expect(await store.loaded == LoadedState())
        try await store.createState(Sample.firstState)
        try await store.begin(Sample.run(1), plan: nil)
        try await store.append(.intent(Sample.intent(1, "orders")), .now)
        try await store.append(.created(attempt: Sample.attempt(1), Sample.created(1)), .soon)
        try await store.checkpoint()
        try await store.appendHistory(HistoryFileTests.entry)
        await store.close()
        #expect(folder.names == ["state.json", "state.json.backup", "state.json.history", "state.json.lock"])
        let loaded = try FileStateStore(folder.paths).read()
        #expect(loaded.interrupted == nil)
        #expect(loaded.state?.header.serial == 1)
        #expect(loaded.state?.header.lastRun == Sample.runID(1))
        #expect(loaded.state?.records.map(\.id) == [Sample.snapshot(1)])
        #expect(try StateFile.decode(try #require(try folder.bytes(folder.paths.backup))) == Sample.firstState)
        #expect(try FileStateStore(folder.paths).readHistory().entries == [HistoryFileTests.entry])
        #expect(try KernelFileSystem().status(folder.paths.state)?.mode == 0o600)
    }

    @Test("A run without changes leaves the state file itself untouched, to the inode")
    func aRunWithoutChangesTouchesNothing() async throws {
        let folder = Folder()
        try folder.put("state.json", StateFile.encode(Sample.state))
        let before = try KernelFileSystem().status(folder.paths.state)
        let store = try await store(folder, 2)
        try await store.begin(Sample.run(2), plan: nil)
        try await store.checkpoint(Sample.state)
        try await store.begin(Sample.run(2), plan: nil)
        try await store.checkpoint()
        await store.close()
        #expect(try KernelFileSystem().status(folder.paths.state) == before)
        #expect(folder.names == ["state.json", "state.json.lock"])
    }

    @Test("P4: reading without the lock writes nothing, not even when there is a journal to be folded")
    func readingWritesNothing() async throws {
        let folder = Folder()
        try folder.put("state.json", StateFile.encode(Sample.state))
        try folder.put("state.json.journal", JournalFileTests.bytes(Sample.events) + [UInt8]("torn"))
        let before = try folder.picture()
        let loaded = try FileStateStore(folder.paths).read()
        #expect(loaded.interrupted == Sample.run(2))
        #expect(loaded.state == (try StateReplay.fold(Sample.events, into: Sample.state)))
        #expect(try folder.picture() == before)
        #expect(try FileStateStore(StatePaths(state: folder.path + "/other")).read() == LoadedState())
        #expect(try folder.picture() == before)
    }

    @Test("P2: the next start folds what a dead run left, says who was interrupted, and does it once")
    func foldsALeftoverJournal() async throws {
        let folder = Folder()
        try folder.put("state.json", StateFile.encode(Sample.state))
        try folder.put("state.json.journal", JournalFileTests.bytes(Sample.events))
        try folder.put("state.json.\(Sample.uuid(77)).tmp", [1, 2, 3])
        try folder.put("state.json.notes.tmp", [1])
        let store = try await store(folder, 3)
        let expected = try StateReplay.fold(Sample.events, into: Sample.state)
        #expect(await store.loaded == LoadedState(state: expected, interrupted: Sample.run(2)))
        await store.close()
        #expect(try StateFile.decode(try #require(try folder.bytes(folder.paths.state))) == expected)
        // Only a dead run's own temporary file is cleaned away.
        #expect(folder.names == ["state.json", "state.json.backup", "state.json.history", "state.json.lock", "state.json.notes.tmp"])
        // The same journal again, as after a crash before its removal: it is known by its run.
        try folder.put("state.json.journal", JournalFileTests.bytes(Sample.events))
        #expect(try FileStateStore(folder.paths).read() == LoadedState(state: expected))
        let again = try await self.store(folder, 4)
        #expect(await again.loaded == LoadedState(state: expected))
        await again.close()
        #expect(!folder.names.contains("state.json.journal"))
    }

    // MARK: Lock

    @Test("A second run waits as long as it is told, then names the one that holds the state; readers never wait")
    func oneRunAtATime() async throws {
        let folder = Folder()
        let first = try await store(folder)
        let sleeps = Counter()
        let clock = WaitingClock { _ = sleeps.add() }
        let fault = await #expect(throws: StateFault.self) {
            try await LockedFiles.open(folder.paths, run: Sample.run(2, "forget"), lockTimeout: .milliseconds(450), clock: clock)
        }
        #expect(sleeps.count == 5)
        #expect(fault?.diagnostic.message == "another run holds the state: apply (pid 4211 on build-7, by ci, since 2026-11-23 09:12 UTC)")
        // A reader is never kept waiting.
        #expect(try FileStateStore(folder.paths).read() == LoadedState())
        await first.close()
        let second = try await store(folder, 2)
        await second.close()
        // Without a time to wait it does not wait, and nobody is named who is not there any more.
        #expect(try folder.bytes(folder.paths.lock) == [])
    }

    @Test("The wait for the lock ends with its holder, and what that one wrote is what is loaded")
    func theWaitEndsWithTheHolder() async throws {
        let folder = Folder()
        let first = try await store(folder)
        try await first.createState(Sample.firstState)
        let sleeps = Counter()
        let clock = WaitingClock { if sleeps.add() == 3 { await first.close() } }
        let second = try await LockedFiles.open(folder.paths, run: Sample.run(2), lockTimeout: .seconds(60), clock: clock)
        #expect(sleeps.count == 3)
        // What the first wrote while the second waited is what the second loads.
        #expect(await second.loaded.state == Sample.firstState)
        await second.close()
    }

    // MARK: Group commit

    @Test("Many calls at once share an fsync, and each of them is on disk when it returns")
    func manyCallsShareOneSync() async throws {
        let folder = Folder()
        let store = try await store(folder)
        try await store.createState(Sample.firstState)
        try await store.begin(Sample.run(1), plan: nil)
        let before = await store.journalSyncs
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...200 { group.addTask { try await store.append(.intent(Sample.intent(number, "s\(number)")), .now) } }
            try await group.waitForAll()
        }
        let syncs = await store.journalSyncs - before
        #expect((1..<200).contains(syncs))
        #expect(try FileStateStore(folder.paths).read().state?.openIntents.count == 200)
        // Later events do not wait for the disk at all.
        for number in 1...200 { try await store.append(.created(attempt: Sample.attempt(number), Sample.created(number)), .soon) }
        #expect(await store.journalSyncs == before + syncs)
        #expect(try FileStateStore(folder.paths).read().state?.records.count == 200)
        await store.close()
    }

    @Test("P6: everyone who waits for an fsync that fails is told")
    func aFailedSyncFailsAllWhoWait() async throws {
        let disk = SimulatedDisk()
        let store = try await LockedFiles.open(diskPaths, run: Sample.run(1), system: disk)
        try await store.createState(Sample.firstState)
        try await store.begin(Sample.run(1), plan: nil)
        disk.state.withLock { state in
            for call in state.log.count..<state.log.count + 100 { state.faults[call] = nil }
            state.onCall = { [disk] number, call in
                if call == "fsync" { disk.state.withLock { $0.faults[number] = .error(5) } }
            }
        }
        let failures = Counter()
        await withTaskGroup(of: Void.self) { group in
            for number in 1...20 {
                group.addTask {
                    do throws(JournalFailure) {
                        try await store.append(.intent(Sample.intent(number, "s\(number)")), .now)
                    } catch {
                        #expect(error == JournalFailure(path: diskPaths.journal, message: "fsync: Input/output error", cause: .device))
                        _ = failures.add()
                    }
                }
            }
        }
        #expect(failures.count == 20)
        await store.close()
        disk.state.withLock { $0.onCall = nil }
    }

    @Test("P6: after a failed fsync the kernel forgets; a salvaged event counts only with all that went before it")
    func salvageDoesNotTrustAFailedSync() async throws {
        let disk = SimulatedDisk()
        let store = try await LockedFiles.open(diskPaths, run: Sample.run(1), system: disk)
        try await store.createState(Sample.firstState)
        try await store.begin(Sample.run(1), plan: nil)
        try await store.append(.intent(Sample.intent(1, "orders")), .now)
        let created = JournalEvent.created(attempt: Sample.attempt(1), Sample.created(1))
        #expect(await store.salvage(created) == false)
        disk.state.withLock { $0.faults[$0.log.count + 2] = .error(5) }
        await #expect(throws: JournalFailure.self) { try await store.append(.intent(Sample.intent(2, "ledger")), .now) }
        #expect(await store.salvage(.created(attempt: Sample.attempt(9), Sample.created(9))) == false)
        #expect(await store.salvage(created))
        #expect(await store.salvage(.observed(Sample.snapshot(1), status: .available, size: nil, updatedAt: nil)))
        for survivor in [disk.afterDeath()] + disk.afterPowerLoss() {
            let state = try FileStateStore(diskPaths, system: survivor).read().state
            #expect(state?.records.map(\.status) == [.available])
            #expect(state?.openIntents.map(\.attempt) == [Sample.attempt(2)])
        }
        await store.close()
    }

    @Test("P6: the whole state may still be written when the journal failed, from what is in memory")
    func aFailedJournalDoesNotStopTheFold() async throws {
        let disk = SimulatedDisk()
        let store = try await LockedFiles.open(diskPaths, run: Sample.run(1), system: disk)
        try await store.createState(Sample.firstState)
        try await store.begin(Sample.run(1), plan: nil)
        disk.state.withLock { $0.faults[$0.log.count + 1] = .shortWrite }
        await #expect(throws: JournalFailure.self) { try await store.append(.intent(Sample.intent(1, "orders")), .now) }
        var state = Sample.state
        state.header = Sample.header(serial: 1)
        try await store.checkpoint(state)
        state.header.lastRun = Sample.runID(1)
        await store.close()
        for survivor in [disk.afterDeath()] + disk.afterPowerLoss() {
            #expect(try FileStateStore(diskPaths, system: survivor).read() == LoadedState(state: state))
        }
    }

    @Test("P6: a server that gives one id to two snapshots makes no state that cannot be read again")
    func writesNothingThatCannotBeReadAgain() async throws {
        let folder = Folder()
        let store = try await store(folder)
        try await store.createState(Sample.firstState)
        var state = Sample.firstState
        state.records = [Sample.record(1, "a"), Sample.record(2, "b")]
        state.superseded = [Sample.record(1, "a"), Sample.record(3, "a")]
        try await store.checkpoint(state)
        #expect(await store.loaded.state?.superseded.map(\.id) == [Sample.snapshot(3)])
        state.records = [Sample.record(1, "a"), Sample.record(1, "b")]
        await #expect(throws: StateFault.inconsistent(path: folder.paths.state, "the snapshot '\(Sample.snapshot(1))' is recorded twice")) {
            try await store.checkpoint(state)
        }
        await store.close()
        #expect(try FileStateStore(folder.paths).read().state?.records.count == 2)
    }

    // MARK: Reading beside a run

    @Test("P6: at whatever moment of a read another run folds, the reader sees the whole old or the whole new state")
    func aReaderSeesAWholeStateWhileAnotherRunFolds() throws {
        let before = try StateReplay.fold(Sample.events, into: Sample.state)
        for moment in 1...12 {
            let disk = SimulatedDisk()
            disk.put(diskPaths.state, StateFile.encode(Sample.state))
            disk.put(diskPaths.journal, JournalFileTests.bytes(Sample.events))
            let folded = SimulatedDisk.File(data: StateFile.encode(before))
            disk.state.withLock { state in
                state.onCall = { [disk] number, _ in
                    guard number == moment else { return }
                    disk.state.withLock { state in
                        state.onCall = nil
                        state.files[900] = folded
                        state.names[0][diskPaths.state] = 900
                        state.names[0][diskPaths.journal] = nil
                    }
                }
            }
            #expect(try FileStateStore(diskPaths, system: disk).read().state == before, "folded at call \(moment)")
            disk.state.withLock { $0.onCall = nil }
        }
    }

    // MARK: Places

    @Test("A link stays a link: its target is written, and the files around it lie there")
    func writesThroughALink() async throws {
        let folder = Folder()
        symlink("real.json", folder.path + "/link.json")
        let links = StatePaths(state: folder.path + "/link.json")
        let store = try await LockedFiles.open(links, run: Sample.run(1))
        try await store.createState(Sample.firstState)
        // Whoever comes by the other name meets the same lock.
        await #expect(throws: StateFault.self) {
            try await LockedFiles.open(StatePaths(state: folder.path + "/real.json"), run: Sample.run(2))
        }
        await store.close()
        #expect(folder.names == ["link.json", "real.json", "real.json.lock"])
        #expect(KernelFileSystem().linkTarget(links.state) == "real.json")
        #expect(try FileStateStore(links).read().state == Sample.firstState)
    }

    @Test("State and journal keep the permissions that the state had; the lock is its owner's alone")
    func keepsThePermissionsOfTheState() async throws {
        let folder = Folder()
        try folder.put("state.json", StateFile.encode(Sample.state))
        chmod(folder.paths.state, 0o640)
        let store = try await store(folder, 2)
        try await store.begin(Sample.run(2), plan: Sample.plan)
        #expect(try KernelFileSystem().status(folder.paths.journal)?.mode == 0o640)
        try await store.append(.forgotten(Sample.snapshot(2)), .now)
        try await store.checkpoint()
        await store.close()
        #expect(try KernelFileSystem().status(folder.paths.state)?.mode == 0o640)
        #expect(try KernelFileSystem().status(folder.paths.lock)?.mode == 0o600)
    }

    @Test("A file system without hard links keeps its backup by a copy")
    func keepsABackupWithoutHardLinks() async throws {
        let disk = SimulatedDisk()
        disk.state.withLock { $0.refusesLinks = true }
        #expect(await live(on: disk).failed == false)
        let backup = try StateFile.decode(try #require(disk.bytes(diskPaths.backup)))
        #expect(backup.header.lastRun == Sample.runID(1))
    }

    @Test("A history line that a dying run left unfinished costs itself only")
    func startsANewLineInTheHistory() async throws {
        let folder = Folder()
        try folder.put("state.json.history", [UInt8]("{\"at\":"))
        let store = try await store(folder)
        try await store.appendHistory(HistoryFileTests.entry)
        await store.close()
        let contents = try FileStateStore(folder.paths).readHistory()
        #expect(contents.entries == [HistoryFileTests.entry])
        #expect(contents.damagedLines == 1)
    }

    @Test("A first state is made once, before the first run begins, and gives way only while it records nothing")
    func firstStatesAreMadeOnce() async throws {
        let folder = Folder()
        let store = try await store(folder)
        await #expect(throws: StateFault.self) { try await store.begin(Sample.run(1), plan: nil) }
        try await store.createState(Sample.firstState)
        // One that binds nothing yet gives way: the settings that it was made with may have been the mistake.
        var bound = Sample.firstState
        bound.header.serial = 1
        try await store.createState(bound)
        await #expect(throws: StateFault.alreadyThere(path: folder.paths.state)) { try await store.createState(Sample.firstState) }
        await #expect(throws: JournalFailure.self) { try await store.append(.deleted(Sample.snapshot(1)), .now) }
        await store.close()
    }
}
