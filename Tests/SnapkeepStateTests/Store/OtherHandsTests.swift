import Glibc
import SnapkeepCore
import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepState

/// Other hands on the files of a living run, between any two of its calls, and what a loss of power brings back of earlier ones.
@Suite struct OtherHandsTests: LivingRun {
    /// Does something just before one call of a disk, the first of its kind from now on.
    private static func before(_ call: String, on disk: SimulatedDisk, _ act: @escaping @Sendable (SimulatedDisk) -> Void) {
        disk.state.withLock { state in
            state.onCall = { [weak disk] _, _ in
                guard let disk, disk.log.last?.hasPrefix(call) == true else { return }
                disk.state.withLock { $0.onCall = nil }
                act(disk)
            }
        }
    }

    private static let bootPath = "/proc/sys/kernel/random/boot_id"

    // MARK: The state

    @Test("P1: a state that is replaced while a run waits for its yes is noticed before anything is begun")
    func replacedBeforeTheBeginning() async throws {
        let disk = disk()
        let store = try await store(on: disk)
        disk.put(diskPaths.state, StateFile.encode(newer))
        await #expect(throws: StateFault.replaced(path: diskPaths.state, kept: nil)) { try await store.begin(Sample.run(5), plan: nil) }
        await store.close()
        #expect(disk.paths == [diskPaths.state, diskPaths.lock].sorted())
        #expect(disk.bytes(diskPaths.lock) == [])
        try await self.store(on: disk, 2).close()
    }

    @Test("P1: a first state that comes from somebody else is not overwritten, and an empty one is not kept beside it")
    func firstStateOfAnother() async throws {
        let disk = SimulatedDisk()
        let store = try await store(on: disk)
        disk.put(diskPaths.state, StateFile.encode(newer))
        await #expect(throws: StateFault.replaced(path: diskPaths.state, kept: nil)) { try await store.createState(Sample.firstState) }
        #expect(disk.bytes(diskPaths.state) == StateFile.encode(newer))
        #expect(disk.paths == [diskPaths.state, diskPaths.lock].sorted())
    }

    @Test(
        "P1: whenever somebody replaces the state, up to the very renaming, it stays",
        arguments: ["fsync", "link", "rename \(diskPaths.state).\(Sample.uuid(4005)).backup.tmp", "fsync folder"])
    func replacedAtTheLastMoment(_ call: String) async throws {
        let disk = disk()
        let (store, state) = try await running(on: disk)
        let theirs = StateFile.encode(newer)
        Self.before(call, on: disk) { $0.put(diskPaths.state, theirs) }
        let ending = await store.end(state) { _, _ in nil }
        #expect(ending.stateFault == .replaced(path: diskPaths.state, kept: diskPaths.state + ".unmerged"))
        #expect(disk.bytes(diskPaths.state) == theirs)
        #expect(try StateFile.decode(try #require(disk.bytes(diskPaths.state + ".unmerged"))).records == state.records)
        #expect(!disk.paths.contains { $0.hasSuffix(".tmp") })
    }

    // MARK: Lock and journal

    @Test("P1: a lock file that was removed is taken anew where nobody else has come, and keeps others out again")
    func lockTakenAnew() async throws {
        let disk = disk()
        let first = try await store(on: disk)
        disk.remove(diskPaths.lock)
        try await first.begin(Sample.run(5), plan: nil)
        await #expect(throws: StateFault.locked(path: diskPaths.state, holder: LockHolder(Sample.run(5)))) {
            try await self.store(on: disk, 2)
        }
        let bytes = try #require(disk.bytes(diskPaths.lock))
        let text = try #require(LockText(bytes))
        #expect(text.unfinished?.run == Sample.runID(5))
    }

    @Test("P1: of a run that has lost its lock file and one that has come meanwhile only one begins, whichever call they meet at")
    func twoAtOnce() async throws {
        let trial = disk()
        let healthy = try await store(on: trial)
        let start = trial.log.count
        try await healthy.begin(Sample.run(5), plan: nil)
        for call in start...trial.log.count {
            let disk = disk()
            let first = try await store(on: disk)
            let other = Mutex<(Int32, isBeginning: Bool)?>(nil)
            disk.state.withLock { state in
                state.onCall = { [weak disk] number, _ in
                    guard let disk, number == call else { return }
                    disk.state.withLock { $0.onCall = nil }
                    // Another process takes the free name, and looks for a journal that lives.
                    disk.remove(diskPaths.lock)
                    guard let lock = try? disk.open(diskPaths.lock, .lock), (try? disk.tryLock(lock, .exclusive)) == true else { return }
                    other.withLock { $0 = (lock, isBeginning: (try? disk.isHeld(diskPaths.journal)) == false) }
                }
            }
            var hasBegun = true
            do throws(StateFault) { try await first.begin(Sample.run(5), plan: nil) } catch {
                hasBegun = false
                guard case .taken = error else { throw error }
                #expect(disk.bytes(diskPaths.journal) == nil, "call \(call)")
            }
            let theirs = other.withLock { $0?.isBeginning ?? false }
            #expect(!(hasBegun && theirs), "call \(call): both begin")
        }
    }

    @Test("P1: a journal that is begun after the lock was taken, by a run that has lost its own, is not folded under it")
    func journalOfALivingRun() async throws {
        let disk = disk()
        let (first, _) = try await running(on: disk)
        disk.remove(diskPaths.lock)
        // The other has looked for a journal already: it is hidden until then.
        let journal = disk.state.withLock { state in state.names.last![diskPaths.journal]! }
        disk.remove(diskPaths.journal)
        disk.state.withLock { state in
            state.onCall = { [weak disk] _, _ in
                guard let disk, disk.log.last == "open \(diskPaths.state)" else { return }
                disk.state.withLock { state in
                    state.onCall = nil
                    for index in state.names.indices { state.names[index][diskPaths.journal] = journal }
                }
            }
        }
        await #expect(throws: StateFault.locked(path: diskPaths.state, holder: LockHolder(Sample.run(5)))) {
            try await self.store(on: disk, 2)
        }
        #expect(disk.bytes(diskPaths.journal) != nil)
        await first.close()
    }

    @Test("P1, P6: a journal that goes while the disk confirms it is missed before anything is sent")
    func journalRemovedDuringSync() async throws {
        let disk = disk()
        let (store, state) = try await running(on: disk)
        let copy = try #require(disk.bytes(diskPaths.journal))
        Self.before("fsync", on: disk) { $0.remove(diskPaths.journal) }
        let failure = await #expect(throws: JournalFailure.self) {
            try await store.append([.intent(Sample.intent(12, "more"))], .now)
        }
        #expect(failure?.cause == .takenAway)
        // What is under way cannot be saved in a file without a name, whatever stands there now, and be it a copy.
        disk.put(diskPaths.journal, copy)
        let theirs: [UInt8]? = copy
        #expect(await store.salvage(.observed(Sample.snapshot(11), status: .available, size: nil, updatedAt: nil)) == false)
        #expect(disk.bytes(diskPaths.journal) == theirs)
        #expect(await store.end(state) { _, _ in nil }.stateFault == nil)
        #expect(disk.bytes(diskPaths.journal) == theirs)
    }

    @Test("P1, P6: without lock and journal a run writes its state when nobody else has come")
    func bothRemoved() async throws {
        let disk = disk()
        let (store, state) = try await running(on: disk)
        disk.remove(diskPaths.lock, diskPaths.journal)
        #expect(await store.end(state) { _, _ in nil }.stateFault == nil)
        await store.close()
        #expect(try FileStateStore(diskPaths, system: disk).read().state?.records == state.records)
        try await self.store(on: disk, 2).close()
    }

    @Test("P1, P2: without lock and journal a run leaves the state to the one that has come, alive or dead, and keeps its own beside it")
    func bothRemovedAndTaken() async throws {
        for isDead in [false, true] {
            let disk = disk()
            let (first, state) = try await running(on: disk)
            disk.remove(diskPaths.lock, diskPaths.journal)
            let second = try await store(on: disk, 2)
            try await second.begin(Sample.run(2), plan: nil)
            try await second.append([.intent(Sample.intent(21, "theirs"))], .now)
            // It dies: its locks go, its files stay.
            if isDead { disk.state.withLock { $0.locked = [:] } }
            let ending = await first.end(state) { _, _ in nil }
            guard case .taken(_, let holder, let kept) = ending.stateFault else {
                Issue.record("\(isDead): \(String(describing: ending.stateFault))")
                continue
            }
            #expect(holder == (isDead ? nil : LockHolder(Sample.run(2))))
            #expect(ending.stateFault?.isRefusal == true)
            await first.close()
            #expect(kept == diskPaths.state + ".unmerged")
            #expect(disk.bytes(diskPaths.state) == StateFile.encode(Sample.state))
            let journal = try JournalFile.decode(try #require(disk.bytes(diskPaths.journal)))
            #expect(journal?.run?.run == Sample.runID(2))
            if isDead {
                // What the first has made is missed before anybody goes on.
                await #expect(throws: StateFault.journalMissing(path: diskPaths.journal)) { try await self.store(on: disk, 3) }
            }
        }
    }

    // MARK: What the lock file tells

    /// What a run's lock file says while its journal stands, and the disk after its end and that of another run.
    private func twoRuns(boot: String?) async throws -> (disk: SimulatedDisk, text: [UInt8], secondJournal: [UInt8], between: [UInt8]) {
        let disk = disk()
        if let boot { disk.put(Self.bootPath, [UInt8](boot.utf8)) }
        let (first, state) = try await running(on: disk)
        let text = try #require(disk.bytes(diskPaths.lock))
        #expect(await first.end(state) { _, _ in nil }.stateFault == nil)
        await first.close()
        let between = try #require(disk.bytes(diskPaths.state))
        let second = try await store(on: disk, 2)
        try await second.begin(Sample.run(2), plan: nil)
        try await second.append([.forgotten(Sample.snapshot(11))], .now)
        let journal = try #require(disk.bytes(diskPaths.journal))
        try await second.checkpoint()
        await second.close()
        return (disk, text, journal, between)
    }

    @Test("P6: a lock file that a loss of power brings back from an earlier run stops nobody", arguments: [nil, "before"])
    func staleText(_ boot: String?) async throws {
        let (disk, text, journal, between) = try await twoRuns(boot: boot)
        if boot != nil { disk.put(Self.bootPath, [UInt8]("after\n".utf8)) }
        // After the second run, and in its middle.
        for isCut in [false, true] {
            let later = disk.afterDeath()
            later.put(diskPaths.lock, text)
            if isCut {
                later.put(diskPaths.state, between)
                later.put(diskPaths.journal, journal)
            }
            #expect(throws: Never.self) { try FileStateStore(diskPaths, system: later).read() }
            let store = try await store(on: later, 3)
            #expect(await store.loaded.state?.record(for: Sample.key("fresh")) == nil)
            await store.close()
            #expect(later.bytes(diskPaths.lock) == [])
        }
    }

    @Test("P1: in the same boot a lock file is what was written last: not even a newer state makes up for a journal that is gone")
    func freshText() async throws {
        let disk = disk()
        disk.put(Self.bootPath, [UInt8]("now\n".utf8))
        _ = try await running(on: disk)
        let later = disk.afterDeath()
        later.remove(diskPaths.journal)
        later.put(diskPaths.state, StateFile.encode(newer))
        await #expect(throws: StateFault.journalMissing(path: diskPaths.journal)) { try await self.store(on: later, 2) }
        // And without one that is newer in any boot, nor without any.
        later.put(Self.bootPath, [UInt8]("later\n".utf8))
        for state in [Sample.state, nil] {
            later.remove(diskPaths.state)
            if let state { later.put(diskPaths.state, StateFile.encode(state)) }
            await #expect(throws: StateFault.journalMissing(path: diskPaths.journal)) { try await self.store(on: later, 2) }
        }
    }

    @Test("P1: zeros in the place of a journal's last lines are missed, a line feed is not")
    func overwrittenEnd() async throws {
        let disk = disk()
        _ = try await running(on: disk)
        let journal = try #require(disk.bytes(diskPaths.journal))
        let start = try #require(journal.dropLast().lastIndex(of: 0x0A)) + 1
        let zeros = disk.afterDeath()
        zeros.put(diskPaths.journal, Array(journal[..<start]) + Array(repeating: 0, count: journal.count - start))
        await #expect(throws: StateFault.journalCut(path: diskPaths.journal, bytes: start, expected: journal.count)) {
            try await self.store(on: zeros, 2)
        }
        let feed = disk.afterDeath()
        feed.put(diskPaths.journal, journal.dropLast())
        let store = try await store(on: feed, 2)
        #expect(await store.loaded.state?.record(for: Sample.key("fresh"))?.id == Sample.snapshot(11))
        await store.close()
    }

    @Test("P4: a plan beside a living run whose journal was removed is not stopped: that run knows what it did")
    func readingBesideALivingRun() async throws {
        let disk = disk()
        let (store, _) = try await running(on: disk)
        disk.remove(diskPaths.journal)
        #expect(try FileStateStore(diskPaths, system: disk).read().state == Sample.state)
        await store.close()
        #expect(throws: StateFault.journalMissing(path: diskPaths.journal)) { try FileStateStore(diskPaths, system: disk).read() }
    }

    // MARK: Files that are not ours

    @Test("A lock of another program is left as it is, even one in JSON, and one that comes while this run waits")
    func otherLocks() async throws {
        for text in ["{\"command\":\"npm install\"}", "{\"format\":\"yarn\"}\n", "pid 4211\n"] {
            let disk = disk()
            disk.put(diskPaths.lock, [UInt8](text.utf8))
            await #expect(throws: StateFault.notOurs(path: diskPaths.lock)) { try await self.store(on: disk) }
            #expect(disk.bytes(diskPaths.lock) == [UInt8](text.utf8))
        }
        let disk = disk()
        let first = try await store(on: disk)
        let theirs = [UInt8]("# Cargo\n".utf8)
        let clock = WaitingClock {
            await first.close()
            disk.put(diskPaths.lock, theirs)
        }
        await #expect(throws: StateFault.notOurs(path: diskPaths.lock)) {
            try await LockedFiles.open(diskPaths, run: Sample.run(2), lockTimeout: .seconds(9), clock: clock, system: disk)
        }
        #expect(disk.bytes(diskPaths.lock) == theirs)
        // What the version before wrote is known.
        disk.put(
            diskPaths.lock,
            [UInt8]("{\"command\":\"apply\",\"pid\":1,\"host\":\"a\",\"user\":\"b\",\"since\":\"2026-11-23T09:12:00.000000Z\"}\n".utf8))
        try await self.store(on: disk, 3).close()
        #expect(disk.bytes(diskPaths.lock) == [])
    }

    @Test("A log of another program in the journal's place is left as it is, by recover too")
    func otherJournals() async throws {
        for text in ["{\"event\":\"started\"}\n{\"event\":\"ended\"}\n", "hello", "0123abcd {\"event\":\"started\"}\n"] {
            let disk = disk()
            disk.put(diskPaths.journal, [UInt8](text.utf8))
            await #expect(throws: StateFault.notAJournal(path: diskPaths.journal)) { try await self.store(on: disk) }
            await #expect(throws: StateFault.notAJournal(path: diskPaths.journal)) {
                _ = try await LockedFiles.openForRecovery(diskPaths, run: Sample.run(3), system: disk)
            }
            #expect(disk.bytes(diskPaths.journal) == [UInt8](text.utf8))
        }
    }

    @Test("Links beside the state are not followed by those who only read, either", arguments: [".journal", ".history"])
    func linksWhenReading(_ suffix: String) throws {
        let folder = Folder()
        try folder.put("theirs", JournalFileTests.bytes(Sample.events))
        #expect(symlink("theirs", folder.paths.state + suffix) == 0)
        let fault = StateFault.notOurs(path: folder.paths.state + suffix)
        if suffix == ".journal" {
            #expect(throws: fault) { try FileStateStore(folder.paths).read() }
        } else {
            #expect(throws: fault) { try FileStateStore(folder.paths).readHistory() }
        }
    }

    @Test("A backup whose fields another tool has sorted is still ours")
    func sortedBackup() async throws {
        let disk = disk()
        let plans = Array(repeating: "\"\(String(repeating: "ab", count: 32))\"", count: 100).joined(separator: ",")
        disk.put(diskPaths.backup, [UInt8]("{\"consumed_plans\":[\(plans)],\"format\":\"snapkeep.state\"}".utf8))
        let (store, state) = try await running(on: disk)
        #expect(await store.end(state) { _, _ in nil }.stateFault == nil)
        #expect(disk.bytes(diskPaths.backup) == StateFile.encode(Sample.state))
    }

    @Test("A backup that was replaced by another program's file meanwhile is not overwritten, and the journal keeps what was done")
    func backupOfAnother() async throws {
        let disk = disk()
        let (store, state) = try await running(on: disk)
        disk.put(diskPaths.backup, [UInt8]("# mine\n".utf8))
        #expect(await store.end(state) { _, _ in nil }.stateFault == .notOurs(path: diskPaths.backup))
        await store.close()
        #expect(disk.bytes(diskPaths.backup) == [UInt8]("# mine\n".utf8))
        disk.remove(diskPaths.backup)
        let next = try await self.store(on: disk, 2)
        #expect(await next.loaded.state?.records == state.records)
        await next.close()
    }
}
