import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import Synchronization
import Testing

@testable import SnapkeepState

/// What the user is told when a state cannot be used: the place in front, what is wrong, what to do (Contributing#wording-of-findings).
@Suite struct StateFaultTests {
    private func told(_ fault: StateFault) -> String {
        let diagnostic = fault.diagnostic
        guard case .named(let subject) = diagnostic.subject else { return "no place" }
        return "\(subject): \(diagnostic.severity): \(diagnostic.message)" + (diagnostic.help.map { "\nhelp: \($0)" } ?? "")
    }

    private func fault(_ disk: SimulatedDisk) -> StateFault? {
        do throws(StateFault) {
            _ = try FileStateStore(diskPaths, system: disk).read()
            return nil
        } catch { return error }
    }

    private func disk(_ state: [UInt8]?, journal: [UInt8]? = nil, backup: Bool = true) -> SimulatedDisk {
        let disk = SimulatedDisk()
        if let state { disk.put(diskPaths.state, state) }
        if let journal { disk.put(diskPaths.journal, journal) }
        if backup { disk.put(diskPaths.backup, StateFile.encode(Sample.state)) }
        return disk
    }

    @Test("A state that cannot be read is named at its place, with the way back")
    func damagedStatesNameTheWayBack() throws {
        let broken = [UInt8](StateFileTests.golden.replacing("\"serial\":12", with: "\"serial\":x"))
        #expect(
            told(try #require(fault(disk(broken)))) == """
                disk/state.json:5:12: error: the state is damaged: expected a whole number, found 'x'
                help: put an undamaged copy back, or run 'snapkeep recover'; the backup 'disk/state.json.backup' lacks what the last run did: an apply from it would create that again
                """)
        #expect(
            told(try #require(fault(disk(broken, backup: false)))) == """
                disk/state.json:5:12: error: the state is damaged: expected a whole number, found 'x'
                help: put an undamaged copy back, or run 'snapkeep recover'; do not apply without it: what it records would be created a second time
                """)
        #expect(
            told(try #require(fault(disk([])))) == """
                disk/state.json: error: the file is empty, not a state of snapkeep
                help: name the state file with --state; where it was the state, run 'snapkeep recover'
                """)
        #expect(
            told(try #require(fault(disk([UInt8]("{\"format\":\"snapkeep.state\",\"version\":3}"))))) == """
                disk/state.json: error: made by a newer snapkeep: the format's version is 3, this one reads 2
                help: use the newer snapkeep; nothing was changed
                """)
        #expect(
            told(try #require(fault(disk([UInt8](StateFileTests.golden.replacing("\"serial\":12", with: "\"serial\":12,\"cell\":1"))))))
                == """
                disk/state.json:5:15: error: the field 'cell' is not known to this snapkeep and would be lost
                help: use the snapkeep that wrote it; where it was added by hand, take it out; where the file is damaged, run 'snapkeep recover'
                """)
    }

    @Test("A journal that cannot be used is named, with the way back")
    func journalsThatCannotBeUsedAreNamed() throws {
        let state = StateFile.encode(Sample.state)
        var journal = JournalFileTests.bytes(Sample.events)
        journal[journal.count - 3] ^= 1
        #expect(
            told(try #require(fault(disk(state, journal: journal)))) == """
                disk/state.json.journal:14: error: the journal is damaged: its checksum is wrong
                help: put an undamaged copy back, or run 'snapkeep recover'; do not apply without the journal: what it tells of would be created a second time (the ids can be read in it)
                """)
        let whole = JournalFileTests.bytes(Sample.events)
        #expect(
            told(try #require(fault(disk(nil, journal: whole)))) == """
                disk/state.json.journal: error: there is a journal, but its state 'disk/state.json' is gone
                help: put the state back, or run 'snapkeep recover'; the backup 'disk/state.json.backup' is one run older and does not fit the journal
                """)
        var other = Sample.state
        other.header.lineage = Lineage(Sample.uuid(5))!
        #expect(
            told(try #require(fault(disk(StateFile.encode(other), journal: whole)))) == """
                disk/state.json.journal: error: the journal belongs to another state than 'disk/state.json'
                help: put it back beside its own state; where that is lost, run 'snapkeep recover'
                """)
        other = Sample.state
        other.header.serial = 11
        #expect(
            told(try #require(fault(disk(StateFile.encode(other), journal: whole)))) == """
                disk/state.json.journal: error: the journal continues serial 12, and 'disk/state.json' has serial 11
                help: put the state with serial 12 back, or run 'snapkeep recover'; do not apply without the journal: what it tells of would be created a second time (the ids can be read in it)
                """)
        let misfit = JournalFileTests.bytes([Sample.events[0], .deleted(SnapshotID("s-404")!)])
        #expect(
            told(try #require(fault(disk(state, journal: misfit)))) == """
                disk/state.json.journal:2: error: the line does not fit the state: the snapshot 's-404' is not recorded
                help: put the state back that the journal belongs to, or run 'snapkeep recover'; do not apply without the journal: what it tells of would be created a second time (the ids can be read in it)
                """)
    }

    @Test("A fault leaves every file as it is, and gives the lock back")
    func faultsTouchNothing() async throws {
        var damaged = JournalFileTests.bytes(Sample.events)
        damaged[40] ^= 1
        let disk = disk(StateFile.encode(Sample.state), journal: damaged)
        await #expect(throws: StateFault.journalDamaged(path: diskPaths.journal, line: 1, "its checksum is wrong")) {
            try await LockedFiles.open(diskPaths, run: Sample.run(3), system: disk)
        }
        #expect(disk.bytes(diskPaths.journal) == damaged)
        #expect(disk.bytes(diskPaths.state) == StateFile.encode(Sample.state))
        disk.remove(diskPaths.journal)
        let store = try await LockedFiles.open(diskPaths, run: Sample.run(3), system: disk)
        await store.close()
    }

    @Test("A place that cannot hold a state is named, with what to name instead")
    func placesThatCannotHoldAStateAreNamed() async throws {
        let folder = Folder()
        func fault(_ path: String) async -> String {
            do throws(StateFault) {
                let store = try await LockedFiles.open(StatePaths(state: path), run: Sample.run(1))
                await store.close()
                return "none"
            } catch { return told(error) }
        }
        #expect(
            await fault(folder.path + "/none/state.json") == """
                \(folder.path)/none: error: there is no such folder
                help: make it, or name another state with --state
                """)
        #expect(
            await fault(folder.path) == """
                \(folder.path): error: a file was expected here, the state, and this is a folder, a pipe or a device
                help: name the state's file with --state; where this is a folder that holds it: '--state \(folder.path)/snapkeep.state.json'
                """)
        #expect(throws: StateFault.notAFile(path: folder.path)) { try FileStateStore(StatePaths(state: folder.path)).read() }
        // EROFS, as a read-only folder of a container gives it.
        let healthy = SimulatedDisk()
        try await LockedFiles.open(diskPaths, run: Sample.run(1), system: healthy).close()
        let opening = try #require(healthy.log.firstIndex(of: "open \(diskPaths.lock)")) + 1
        let disk = SimulatedDisk(faults: [opening: .error(30)])
        let error = await #expect(throws: StateFault.self) { try await LockedFiles.open(diskPaths, run: Sample.run(1), system: disk) }
        #expect(
            told(try #require(error)) == """
                disk/state.json.lock: error: cannot open it: Read-only file system
                help: make the file system writable, or name a file elsewhere: 'findmnt -T disk' shows how it is mounted; then run the same command again: the state on disk is whole, and what is recorded is not done twice
                """)
    }

    // A journal that is a folder ended in "name the state file with --state".
    @Test(
        "P9: where a folder stands in the place of one of the state's files, it is said which file belongs there",
        arguments: [
            (".journal", "the state's journal", "snapkeep recover"), (".lock", "the state's lock", "no other run can hold it"),
            (".history", "the state's history", "begins a new one"), (".backup", "the state's backup", "the state itself is not concerned"),
        ])
    func folderInTheWay(suffix: String, words: String, help: String) {
        let text = told(StateFault(FileFailure(call: "open", code: FileFailure.isFolder), path: "s.json" + suffix))
        #expect(text.hasPrefix("s.json\(suffix): error: a file was expected here, \(words), and this is a folder, a pipe or a device\n"))
        #expect(
            text.contains("help: move away what is there: 'mv s.json\(suffix) s.json\(suffix).aside'; ") && text.hasSuffix(help)
                || text.contains(help))
    }

    @Test("P9: every fault ends with what to do, and none names a remedy for another cause")
    func everyFaultHasHelp() {
        let place = SourcePosition(line: 3, column: 5)
        var faults: [StateFault] = [
            .notAState(path: "s", "is empty"), .tooNew(path: "s", version: 9), .unknownField(path: "s", "x", place),
            .damaged(path: "s", place, "x", backup: nil), .changed(path: "s", place, "x", backup: nil), .mergeConflict(path: "s", line: 3),
            .notAJournal(path: "s"), .journalTooNew(path: "s", version: 9), .journalDamaged(path: "s", line: 1, "x"),
            .journalWithoutState(path: "s", state: "s", backup: nil), .journalOfOtherState(path: "s", state: "s"),
            .journalOfOtherSerial(path: "s", state: "s", journal: 1, serial: 2),
            .journalOfOtherContents(path: "s", state: "s"), .journalMissing(path: "s"), .journalCut(path: "s", bytes: 1, expected: 2),
            .replaced(path: "s", kept: nil), .notOurs(path: "s"), .journalDoesNotFit(path: "s", line: 1, .keyInUse(Sample.key("a"))),
            .noFolder(path: "s"), .notAFile(path: "s"), .tooLarge(path: "s", size: 9, limit: 8),
            .locked(path: "s", holder: nil), .alreadyThere(path: "s"), .noState(path: "s"), .inconsistent(path: "s", "x"),
            .unsteady(path: "s"),
        ]
        for access in FileProblem.Access.allCases {
            for cause in FileProblem.allCases { faults.append(.io(path: "s", call: "open", "words", cause: cause, access)) }
        }
        for fault in faults {
            let help = fault.diagnostic.help ?? ""
            #expect(!help.isEmpty, "\(fault)")
            if case .io(_, _, _, .storeReplaced, let access) = fault {
                #expect(help.hasPrefix(FileProblem.storeReplaced.remedy(for: "s", access) + ", or run 'snapkeep recover'"), "\(fault)")
                #expect(fault.diagnostic.notes.contains { $0.message.contains("do not apply before that") })
            } else if case .io(_, _, _, let cause, let access) = fault {
                #expect(help.hasPrefix(cause.remedy(for: "s", access) + "; then run the same command again: "), "\(fault)")
            }
        }
    }

    private static let cutOff: RunInfo = {
        var run = Sample.run(1)
        run.pipeline = "https://ci.example.com/jobs/9"
        return run
    }()

    @Test("P9: where the journal of a run of this machine is gone, that run is named with its host, its start and its job")
    func journalOfNamedRun() {
        #expect(
            told(.journalMissing(path: "s.journal", run: Self.cutOff)) == """
                s.journal: error: apply (pid 4211 on build-7, by ci, since 2026-11-23 09:12 UTC, https://ci.example.com/jobs/9) was cut off and its journal is gone: what it made is not known here
                help: put the journal back, or run 'snapkeep recover', which finds by the stamps what the run made
                """)
    }

    private static let etcd = "etcd://db-1:2379,db-2:2379/snapkeep/prod"
    private static let web = "https://gitlab.example.com/api/v4/projects/7/terraform/state/prod"

    @Test(
        "P9: where the state lives in a service, what is told and what is to be done speak of no file",
        arguments: [
            (
                StateFault.notAState(path: etcd, "is not JSON"),
                """
                what stands there is not JSON, not a state of snapkeep
                help: name the state's place with --state; where it was the state, run 'snapkeep recover'
                """
            ),
            (
                .notAState(path: web, "is not JSON"),
                """
                what stands there is not JSON, not a state of snapkeep
                help: name the state's place with --state; where it was the state, put back the version of it that the service or a backup keeps
                """
            ),
            (
                .unknownField(path: etcd, "x", SourcePosition(line: 3, column: 5)),
                """
                the field 'x' is not known to this snapkeep and would be lost
                help: use the snapkeep that wrote it; where it was added by hand, take it out; where the state is damaged, run 'snapkeep recover'
                """
            ),
            (
                .mergeConflict(path: web, line: 3),
                """
                a merge has left a conflict in the state
                help: put one side back whole, as snapkeep wrote it, then run 'snapkeep recover', which adds what the other side made; put together by hand, the state would lack some of it, and an apply would create that again
                """
            ),
            (
                .notAJournal(path: etcd),
                """
                what stands there as the journal is none of snapkeep's
                help: keep a copy and take it away: 'etcdctl get --prefix /snapkeep/prod/j/ > journal.aside && etcdctl del --prefix /snapkeep/prod/j/'; where it was the journal, run 'snapkeep recover'
                """
            ),
            (
                .journalOfOtherState(path: "journals/prod.journal", state: web),
                """
                the journal belongs to another state than '\(web)'
                help: put the state back that it belongs to; where that is lost, run 'snapkeep recover'
                """
            ),
            (
                .journalCut(path: etcd, bytes: 1, expected: 2),
                """
                the journal has 1 bytes, and 2 were stored: its end is missing
                help: put the whole journal back, or run 'snapkeep recover', which finds by the stamps what the run made
                """
            ),
            (
                .io(path: etcd, call: "write", "etcd answers: no", cause: .other, .write),
                """
                cannot write it: etcd answers: no
                help: find the cause in what the service says, and in its own log: it answers at \(etcd); then run the same command again: the state there is whole, and what is recorded is not done twice
                """
            ),
            (
                .io(path: etcd, call: "unlock", "etcd denies it: permission denied", cause: .storeDenied, .lock),
                """
                cannot unlock it: etcd denies it: permission denied
                help: set a user that may write \(etcd), and its password, in the environment; 'snapkeep unlock' shows who holds the lock
                """
            ),
            (
                .locked(path: etcd, holder: nil),
                """
                another run holds the state
                help: wait for it to end, or add '--lock-timeout 5m'; 'snapkeep unlock' shows more of it, and breaks a lock whose holder is dead
                """
            ),
            (
                .journalMissing(path: web, run: cutOff),
                """
                apply (pid 4211 on build-7, by ci, since 2026-11-23 09:12 UTC, https://ci.example.com/jobs/9) was cut off, and its journal is on another machine: what it made is not known here
                help: run the same command on build-7 as ci, which goes on from the journal; where that machine is gone, run 'snapkeep recover', which finds by the stamps what the run made
                """
            ),
            (
                .locked(path: web, holder: nil),
                """
                another run holds the state, and the server does not tell which
                help: wait for it to end, or add '--lock-timeout 5m'; 'snapkeep unlock' shows more of it, and breaks a lock whose holder is dead
                """
            ),
            (
                .locked(path: web, holder: LockHolder(cutOff, token: "t", witness: .note)),
                """
                another run holds the state: probably apply (pid 4211 on build-7, by ci, since 2026-11-23 09:12 UTC, https://ci.example.com/jobs/9)
                help: wait for it to end, or add '--lock-timeout 5m'; 'snapkeep unlock' shows more of it, and breaks a lock whose holder is dead
                """
            ),
            (
                .alreadyThere(path: web),
                """
                there is a state already, and a first one was to be made
                help: run the same command again, which goes on from it, or name another state with --state; it was not touched
                """
            ),
            (
                .noState(path: web),
                """
                there is no state
                help: run 'snapkeep apply' first, or name the state's place with --state
                """
            ),
            (
                .inconsistent(path: etcd, "x"),
                """
                the new state is not written, for it breaks a rule: x
                help: keep the state and its journal as they are and report this; the state there is the one from before
                """
            ),
        ])
    func servicesHaveNoFiles(fault: StateFault, text: String) {
        #expect(told(fault).hasSuffix(": error: " + text), "\(told(fault))")
    }

    @Test("P9: no fault that a service's state can have names a file, a command for files or a folder", arguments: [etcd, web])
    func noFilesInServices(path: String) {
        let place = SourcePosition(line: 3, column: 5)
        var faults: [StateFault] = [
            .notAState(path: path, "is empty"), .tooNew(path: path, version: 9), .unknownField(path: path, "x", place),
            .damaged(path: path, place, "x", backup: nil), .changed(path: path, place, "x", backup: nil),
            .mergeConflict(path: path, line: 3), .notAJournal(path: path), .journalTooNew(path: path, version: 9),
            .journalDamaged(path: path, line: 1, "x"), .journalWithoutState(path: path, state: path, backup: nil),
            .journalOfOtherState(path: path, state: path), .journalOfOtherSerial(path: path, state: path, journal: 1, serial: 2),
            .journalOfOtherContents(path: path, state: path), .journalMissing(path: path),
            .journalMissing(path: path, run: Self.cutOff), .journalCut(path: path, bytes: 1, expected: 2),
            .replaced(path: path, kept: nil), .lockLost(path: path, holder: nil),
            .journalDoesNotFit(path: path, line: 1, .keyInUse(Sample.key("a"))), .locked(path: path, holder: nil),
            .alreadyThere(path: path), .noState(path: path), .inconsistent(path: path, "x"), .unsteady(path: path),
        ]
        let causes: [FileProblem] = [
            .storeUnreachable, .storeFull, .storeTooSmall, .storeDenied, .storeForeign, .storeReplaced, .storeUnsure, .storeWithoutLock,
            .storeUntrusted, .storeOtherScheme,
            .lockLost, .takenAway, .other,
        ]
        for access in FileProblem.Access.allCases {
            for cause in causes { faults.append(.io(path: path, call: "write", "words", cause: cause, access)) }
        }
        for fault in faults {
            let diagnostic = fault.diagnostic
            let text = ([told(fault)] + diagnostic.notes.map(\.message)).joined(separator: "\n")
            for word in ["the file", "state file", "beside", "git ", "on disk", "'ls ", "'mv ", "'df ", "'cat ", "'ps "] {
                #expect(!text.contains(word), "\(word) in \(text)")
            }
        }
    }

    @Test("P1: a state that an editor or a merge has changed is told with its line, what is safe, and the way on")
    func changedStates() throws {
        let edited = [UInt8](StateFileTests.golden.replacing("\"frozen\"", with: "\"available\""))
        #expect(
            told(try #require(fault(disk(edited)))) == """
                disk/state.json:15:5: error: the line of 'bare' was changed outside of snapkeep
                help: run 'snapkeep recover': it keeps the lines that are as they were written, looks the others up in the cloud, and deletes nothing; the backup 'disk/state.json.backup' lacks what the last run did: an apply from it would create that again
                """)
        let alone = try #require(fault(disk(edited, backup: false)))
        #expect(alone.diagnostic.help?.hasSuffix("do not apply an older copy: what it lacks would be created a second time") == true)
        #expect(alone.diagnostic.notes.map(\.message) == ["nothing was changed, neither here nor in the cloud"])
        let conflict = [UInt8](StateFileTests.golden.replacing("  \"serial\":12,", with: "<<<<<<< HEAD\n  \"serial\":12,\n=======\n"))
        #expect(
            told(try #require(fault(disk(conflict)))) == """
                disk/state.json:5: error: a merge has left a conflict in the state
                help: take one side whole ('git checkout --theirs -- disk/state.json', or '--ours'), then run 'snapkeep recover', which adds what the other side made; put together by hand, the state would lack some of it, and an apply would create that again
                """)
    }

    @Test("P6: when a write fails, the file is named that the user knows, never a temporary one or a bare folder")
    func noTemporaryNames() async throws {
        func write(_ disk: SimulatedDisk) async -> StateFault? {
            do throws(StateFault) {
                let store = try await LockedFiles.open(diskPaths, run: Sample.run(3), system: disk)
                do throws(StateFault) { try await store.createState(Sample.state) } catch {
                    await store.close()
                    throw error
                }
                await store.close()
                return nil
            } catch { return error }
        }
        func ground(_ faults: [Int: SimulatedDisk.Fault], withoutLinks: Bool) -> SimulatedDisk {
            let disk = SimulatedDisk(faults: faults)
            disk.put(diskPaths.state, StateFile.encode(Sample.firstState))
            disk.state.withLock { $0.refusesLinks = withoutLinks }
            return disk
        }
        for withoutLinks in [false, true] {
            let healthy = ground([:], withoutLinks: withoutLinks)
            #expect(await write(healthy) == nil)
            var seen: Set<String> = []
            for call in 1...healthy.log.count {
                guard let fault = await write(ground([call: .error(5)], withoutLinks: withoutLinks)) else { continue }
                guard case .named(let subject) = fault.diagnostic.subject else { continue }
                seen.insert(subject)
                #expect(
                    subject.hasPrefix(diskPaths.state) && !told(fault).contains(".tmp"),
                    "call \(call) \(healthy.log[call - 1]): \(told(fault))")
            }
            #expect(seen.isSuperset(of: [diskPaths.state, diskPaths.backup, diskPaths.lock]), "\(seen)")
        }
    }
}
