import Glibc
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import Synchronization
import Testing

@testable import SnapkeepState

/// Whose the files are: what others write meanwhile is not overwritten, a living run is seen, what a dead one left is missed when it goes.
@Suite struct OwnershipTests: LivingRun {
    // MARK: The state is replaced

    @Test("P1, P2: a state that somebody else wrote meanwhile is left, and what this run would have written is kept beside it")
    func replaced() async throws {
        // Of a higher serial, of the same one, and none at all any more.
        var other = Sample.state
        other.records.removeLast()
        for replacement in [newer, other] {
            let disk = disk()
            let (store, state) = try await running(on: disk)
            disk.put(diskPaths.state, StateFile.encode(replacement))
            let ending = await store.end(state) { _, _ in nil }
            #expect(ending.stateFault == .replaced(path: diskPaths.state, kept: diskPaths.state + ".unmerged"))
            #expect(ending.stateFault?.isRefusal == true)
            await store.close()
            #expect(disk.bytes(diskPaths.state) == StateFile.encode(replacement))
            let kept = try StateFile.decode(try #require(disk.bytes(diskPaths.state + ".unmerged")))
            #expect(kept.records == state.records)
            // The journal stays, and fits no other state: nothing is created over it.
            #expect(disk.bytes(diskPaths.journal) != nil)
            await #expect(throws: StateFault.self) { try await self.store(on: disk, 2) }
            let (_, found) = try await LockedFiles.openForRecovery(diskPaths, run: Sample.run(3), system: disk)
            #expect(found.knownIDs.contains(Sample.snapshot(11)) && found.former == replacement)
        }
    }

    @Test("P1: a journal over other contents of the same serial is refused")
    func otherContents() async throws {
        let disk = disk()
        _ = try await running(on: disk)
        var other = Sample.state
        other.records.removeLast()
        let later = disk.afterDeath()
        later.put(diskPaths.state, StateFile.encode(other))
        await #expect(throws: StateFault.journalOfOtherContents(path: diskPaths.journal, state: diskPaths.state)) {
            try await self.store(on: later, 2)
        }
    }

    @Test("P6: a state that was removed is not taken for one that may be written")
    func removed() async throws {
        let disk = disk()
        let (store, state) = try await running(on: disk)
        disk.remove(diskPaths.state)
        let ending = await store.end(state) { _, _ in nil }
        #expect(ending.stateFault?.isRefusal == true)
        #expect(disk.bytes(diskPaths.state) == nil && disk.bytes(diskPaths.state + ".unmerged") != nil)
    }

    @Test("A file that was only written anew with the same bytes is no other one, and a second name is never overwritten")
    func touched() async throws {
        var disk = disk()
        var (store, state) = try await running(on: disk)
        disk.put(diskPaths.state, StateFile.encode(Sample.state))
        #expect(await store.end(state) { _, _ in nil }.stateFault == nil)
        disk = self.disk()
        (store, state) = try await running(on: disk)
        disk.put(diskPaths.state + ".unmerged", [1])
        disk.put(diskPaths.state, StateFile.encode(newer))
        #expect(
            await store.end(state) { _, _ in nil }.stateFault
                == .replaced(path: diskPaths.state, kept: diskPaths.state + ".unmerged-2"))
        #expect(disk.bytes(diskPaths.state + ".unmerged") == [1])
    }

    @Test("P1: a recovery does not overwrite what came while it asked")
    func replacedUnderRecovery() async throws {
        let disk = SimulatedDisk()
        disk.put(diskPaths.state, [UInt8]("{".utf8))
        let (store, _) = try await LockedFiles.openForRecovery(diskPaths, run: Sample.run(3), system: disk)
        disk.put(diskPaths.state, StateFile.encode(newer))
        await #expect(throws: StateFault.self) { try await store.rebuild(Sample.state, at: Sample.run(3).startedAt) }
        #expect(disk.bytes(diskPaths.state) == StateFile.encode(newer))
    }

    // MARK: The lock is removed

    @Test("P1: without its lock file a living run is seen by its journal, and named")
    func lockRemoved() async throws {
        let disk = disk()
        let (first, state) = try await running(on: disk)
        disk.remove(diskPaths.lock)
        await #expect(throws: StateFault.locked(path: diskPaths.state, holder: LockHolder(Sample.run(5)))) {
            try await self.store(on: disk, 2)
        }
        // It goes on and ends well.
        try await first.append([.observed(Sample.snapshot(11), status: .available, size: 20, updatedAt: nil)], .now)
        #expect(await first.end(state) { _, _ in nil }.stateFault == nil)
        await first.close()
        try await self.store(on: disk, 3).close()
    }

    @Test("P1: a run whose lock file is gone does not begin its journal")
    func lockRemovedEarly() async throws {
        let disk = disk()
        let first = try await store(on: disk)
        disk.remove(diskPaths.lock)
        let second = try await store(on: disk, 2)
        try await second.begin(Sample.run(2), plan: nil)
        await #expect(throws: StateFault.self) { try await first.begin(Sample.run(5), plan: nil) }
        #expect(try JournalFile.decode(try #require(disk.bytes(diskPaths.journal)))?.run?.run == Sample.runID(2))
    }

    @Test("P1, P6: a run whose journal is taken away starts nothing more, and what it made is still written")
    func journalRemoved() async throws {
        let disk = disk()
        let (store, state) = try await running(on: disk)
        disk.remove(diskPaths.journal)
        disk.put(diskPaths.journal, [UInt8]("another's"))
        await #expect(throws: JournalFailure.self) { try await store.append([.intent(Sample.intent(12, "more"))], .now) }
        await #expect(throws: JournalFailure.self) { try await store.append([.intent(Sample.intent(13, "more"))], .now) }
        #expect(await store.end(state) { _, _ in nil }.stateFault == nil)
        #expect(disk.bytes(diskPaths.journal) == [UInt8]("another's"))
    }

    // MARK: The journal is deleted

    @Test("P1: a journal that was deleted, or cut at the end of a line, is missed; recovery leads on")
    func journalGone() async throws {
        let disk = disk()
        _ = try await running(on: disk)
        for shortens in [false, true] {
            let later = disk.afterDeath()
            let journal = try #require(later.bytes(diskPaths.journal))
            later.remove(diskPaths.journal)
            if shortens {
                let end = try #require(journal.dropLast().lastIndex(of: 0x0A)) + 1
                later.put(diskPaths.journal, Array(journal[..<end]))
            }
            let expected: StateFault =
                shortens
                ? .journalCut(
                    path: diskPaths.journal, bytes: later.bytes(diskPaths.journal)!.count, expected: journal.count)
                : .journalMissing(path: diskPaths.journal)
            // As often as one tries, with the lock and without.
            for _ in 0..<2 { await #expect(throws: expected) { try await self.store(on: later, 2) } }
            #expect(throws: expected) { try FileStateStore(diskPaths, system: later).read() }
            let (store, found) = try await LockedFiles.openForRecovery(diskPaths, run: Sample.run(3), system: later)
            #expect(found.condition == .damaged(expected) && found.former == Sample.state)
            _ = try await store.rebuild(Sample.state, at: Sample.run(3).startedAt)
            await store.close()
            try await self.store(on: later, 4).close()
        }
    }

    @Test("A run that died before it began its journal, and one that ended, leave nothing to be missed")
    func nothingToMiss() async throws {
        let disk = disk()
        let first = try await store(on: disk)
        try await store(on: disk.afterDeath(), 2).close()
        await first.close()
        let (store, state) = try await running(on: disk)
        _ = await store.end(state) { _, _ in nil }
        try await self.store(on: disk.afterDeath(), 2).close()
        await store.close()
        #expect(disk.bytes(diskPaths.lock) == [])
        try await self.store(on: disk, 3).close()
    }

    @Test("P6: at every call of a whole run a death or a power loss leaves files that the next start takes")
    func noFalseAlarm() async throws {
        for changes in [true, false] {
            func play(_ disk: SimulatedDisk) async {
                guard let store = try? await store(on: disk) else { return }
                try? await store.begin(Sample.run(5), plan: nil)
                var events: [JournalEvent] = []
                if changes {
                    events = [.intent(Sample.intent(11, "fresh")), .created(attempt: Sample.attempt(11), Sample.created(11))]
                    for event in events { try? await store.append([event], .now) }
                }
                let state = try? StateReplay.fold([.begin(Sample.run(5), plan: nil)] + events, into: Sample.state)
                if let state { _ = await store.end(state) { _, _ in nil } }
                await store.close()
            }
            let healthy = disk()
            await play(healthy)
            for call in 1...healthy.log.count {
                let disk = disk()
                disk.state.withLock { $0.faults = [call: .death] }
                await play(disk)
                for survivor in [disk.afterDeath()] + disk.afterPowerLoss() {
                    let next = try await store(on: survivor, 2)
                    await next.close()
                    try await store(on: survivor, 3).close()
                }
            }
        }
    }

    @Test("The text of a lock keeps its length while the journal grows, and says what it says")
    func lockText() {
        var lengths: Set<Int> = []
        for bytes in [0, 9, 123_456, 999_999_999_999] {
            let text = LockText(
                LockHolder(Sample.run(5)),
                .init(run: Sample.runID(5), basis: JournalBasis(Sample.state.header, sum: nil), journalBytes: bytes))
            #expect(LockText(text.encoded) == text && LockText.isOurs(text.encoded))
            lengths.insert(text.encoded.count)
        }
        #expect(lengths.count == 1)
        let plain = LockText(LockHolder(Sample.run(5)))
        #expect(LockText(plain.encoded) == plain)
    }

    // MARK: Files that are not ours

    @Test(
        "What is somebody else's beside the state is left as it is, also behind a link",
        arguments: [".lock", ".history", ".backup", ".journal"], [false, true])
    func notOurs(_ suffix: String, _ isLink: Bool) async throws {
        let folder = Folder()
        let text = [UInt8]("# This file is automatically @generated by Cargo.\nversion = 4\n".utf8)
        try folder.put(isLink ? "theirs" : "state.json\(suffix)", text)
        if isLink { #expect(symlink("theirs", "\(folder.path)/state.json\(suffix)") == 0) }
        let before = try folder.contents()
        let error = await #expect(throws: StateFault.self) { try await LockedFiles.open(folder.paths, run: Sample.run(5)) }
        let finding = try #require(error).diagnostic
        #expect(finding.subject == .named("\(folder.path)/state.json\(suffix)"))
        #expect(finding.help?.contains("move it away") == true)
        #expect(try folder.contents().filter { before.keys.contains($0.key) } == before)
        #expect(error?.isRefusal == false)
    }

    @Test("A pipe in the place of one of the files is not waited for", arguments: [".lock", ".history", ".backup", ".journal"])
    func pipes(_ suffix: String) async throws {
        let folder = Folder()
        #expect(mkfifo("\(folder.path)/state.json\(suffix)", 0o600) == 0)
        if suffix == ".history" {
            // It costs the line of a run, not the run.
            let store = try await LockedFiles.open(folder.paths, run: Sample.run(5))
            await #expect(throws: StateFault.self) { try await store.appendHistory(HistoryFileTests.entry) }
            return await store.close()
        }
        await #expect(throws: StateFault.notAFile(path: "\(folder.path)/state.json\(suffix)")) {
            try await LockedFiles.open(folder.paths, run: Sample.run(5))
        }
    }

    @Test("Files that a dying run left half written are ours")
    func halfWritten() async throws {
        for (suffix, text) in [(".lock", "{\"form"), (".lock", "\0\0\0"), (".history", "{\"a"), (".backup", ""), (".journal", "0123")] {
            let folder = Folder()
            try folder.put("state.json\(suffix)", [UInt8](text.utf8))
            try await LockedFiles.open(folder.paths, run: Sample.run(5)).close()
        }
    }
}

extension Folder {
    /// The bytes of all files that are no links.
    fileprivate func contents() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in names where KernelFileSystem().linkTarget("\(path)/\(name)") == nil { files[name] = try bytes("\(path)/\(name)") }
        return files
    }
}
