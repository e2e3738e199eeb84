import SnapkeepCore
import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepState

/// What the user is told when a state cannot be used: the place in front, what is wrong, one thing to do (style.md 4).
@Suite struct StateFaultTests {
    private func told(_ fault: StateFault) -> String {
        let diagnostic = fault.diagnostic
        guard case .named(let subject) = diagnostic.subject else { return "no place" }
        return "\(subject): \(diagnostic.severity): \(diagnostic.message)" + (diagnostic.help.map { "\nhelp: \($0)" } ?? "")
    }

    private func fault(_ disk: SimulatedDisk) -> StateFault? {
        do throws(StateFault) {
            _ = try StateReader.load(diskPaths, system: disk)
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

    @Test func damagedStatesNameTheWayBack() throws {
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
                disk/state.json: error: made by a newer snapkeep: the format's version is 3, this one reads 1
                help: use the newer snapkeep; nothing was changed
                """)
        #expect(
            told(try #require(fault(disk([UInt8](StateFileTests.golden.replacing("\"serial\":12", with: "\"serial\":12,\"cell\":1"))))))
                == """
                disk/state.json:5:15: error: the field 'cell' is not known to this snapkeep and would be lost
                help: use the snapkeep that wrote it; where it was added by hand, take it out; where the file is damaged, run 'snapkeep recover'
                """)
    }

    @Test func journalsThatCannotBeUsedAreNamed() throws {
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

    /// A fault leaves every file as it is, and gives the lock back.
    @Test func faultsTouchNothing() async throws {
        let disk = disk(StateFile.encode(Sample.state), journal: [UInt8]("0123abcd {}\n"))
        await #expect(throws: StateFault.journalDamaged(path: diskPaths.journal, line: 1, "its checksum is wrong")) {
            try await LockedStore.open(diskPaths, run: Sample.run(3), system: disk)
        }
        #expect(disk.bytes(diskPaths.journal)?.text == "0123abcd {}\n")
        #expect(disk.bytes(diskPaths.state) == StateFile.encode(Sample.state))
        disk.state.withLock { state in
            for index in state.names.indices { state.names[index][diskPaths.journal] = nil }
        }
        let store = try await LockedStore.open(diskPaths, run: Sample.run(3), system: disk)
        await store.close()
    }

    @Test func placesThatCannotHoldAStateAreNamed() async throws {
        let folder = Folder()
        func fault(_ path: String) async -> String {
            do throws(StateFault) {
                let store = try await LockedStore.open(StatePaths(state: path), run: Sample.run(1))
                await store.close()
                return "none"
            } catch { return told(error) }
        }
        #expect(
            await fault(folder.path + "/none/state.json") == """
                \(folder.path)/none: error: there is no such folder
                help: make it, or name another state file with --state
                """)
        #expect(
            await fault(folder.path) == """
                \(folder.path): error: this is not a file
                help: name the state file with --state
                """)
        #expect(throws: StateFault.notAFile(path: folder.path)) { try StateReader.load(StatePaths(state: folder.path)) }
        // EROFS, as a read-only folder of a container gives it.
        let disk = SimulatedDisk(faults: [3: .error(30)])
        let error = await #expect(throws: StateFault.self) { try await LockedStore.open(diskPaths, run: Sample.run(1), system: disk) }
        #expect(told(try #require(error)) == "disk/state.json.lock: error: cannot open it: Read-only file system")
    }
}
