import SnapkeepCore
import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepState

/// What is left of a damaged state, and how a new one takes its place.
@Suite struct RecoveryStoreTests {
    private static let now = Sample.time("2026-11-24T17:00:05.5Z")
    private static let aside = ".damaged-20261124T170005Z"

    private func disk(_ state: [UInt8]?, journal: [UInt8]? = nil, backup: [UInt8]? = nil, history: [UInt8]? = nil) -> SimulatedDisk {
        let disk = SimulatedDisk()
        if let state { disk.put(diskPaths.state, state) }
        if let journal { disk.put(diskPaths.journal, journal) }
        if let backup { disk.put(diskPaths.backup, backup) }
        if let history { disk.put(diskPaths.history, history) }
        return disk
    }

    private func history(serial: Int) -> [UInt8] {
        var entry = HistoryFileTests.entry
        entry.serialAfter = serial
        return entry.encoded + [0x0A]
    }

    private func read(_ disk: SimulatedDisk) throws -> RecoverableState {
        let before = disk.paths
        let found = try FileStateStore(diskPaths, system: disk).readForRecovery()
        #expect(disk.paths == before)
        return found
    }

    private func newHeader(_ found: RecoverableState) -> RecordedState.Header {
        found.newHeader(lineage: Lineage(Sample.uuid(77))!, owner: "payments-prod", endpoint: "sandbox", projectID: Sample.project)
    }

    // MARK: What is left

    @Test("P2: whatever single byte of a state is turned around, the state is whole or it is known for damaged with what can be read")
    func everyByte() throws {
        let whole = StateFile.encode(Sample.state)
        var damaged = 0
        for index in whole.indices {
            for mask in [0x01, 0x20, 0xFF] as [UInt8] {
                var bytes = whole
                bytes[index] ^= mask
                do throws(StateFault) {
                    let found = try FileStateStore(diskPaths, system: disk(bytes)).readForRecovery()
                    if case .damaged = found.condition {
                        damaged += 1
                        // One byte costs one line.
                        let left = [found.lineage?.text, found.owner, found.endpoint, found.projectID?.text].compactMap { $0 }
                        #expect(left.count >= 3, "byte \(index)")
                    }
                } catch {
                    // A version that became a higher one is not ours to judge.
                    guard case .tooNew = error else { throw error }
                }
            }
        }
        #expect(damaged > whole.count)
    }

    @Test("P2: a state that ends early tells what its first lines say")
    func truncated() throws {
        let whole = StateFile.encode(Sample.state)
        for length in 0..<whole.count - 2 {
            let found = try read(disk(Array(whole.prefix(length))))
            guard case .damaged = found.condition else {
                Issue.record("length \(length): \(found.condition)")
                continue
            }
        }
        let found = try read(disk(Array(whole.prefix(whole.count / 2))))
        #expect(found.lineage == Sample.lineage && found.owner == "payments-prod" && found.projectID == Sample.project)
        #expect(found.lastSerial == 12)
        #expect(found.header?.endpoint == "sandbox")
    }

    @Test("A whole state, and none at all, are told as such")
    func wholeAndAbsent() throws {
        #expect(try read(disk(StateFile.encode(Sample.state))).condition == .whole(Sample.state))
        #expect(try read(disk(nil)).condition == .absent)
        #expect(try read(disk(StateFile.encode(Sample.firstState))).condition == .absent)
        #expect(try read(disk(nil, history: history(serial: 4))).lastSerial == 4)
        // Whose the lost one was, its backup tells.
        #expect(try read(disk(nil, backup: StateFile.encode(Sample.state))).owner == "payments-prod")
    }

    @Test("A state that is older than its history does not count, and what it knows is kept for the recovery")
    func older() throws {
        let found = try read(disk(StateFile.encode(Sample.state), history: history(serial: 20)))
        #expect(found.condition == .older(Sample.state, historySerial: 20))
        #expect(found.former == Sample.state)
        #expect(found.openIntents == Sample.state.openIntents)
        #expect(found.knownIDs.contains(Sample.snapshot(2)))
        #expect(newHeader(found).serial == 21 && newHeader(found).lineage != Sample.lineage)
    }

    @Test("What a newer program wrote is not damaged: it is refused as ever")
    func newer() throws {
        let newer = disk([UInt8]("{\"format\":\"snapkeep.state\",\"version\":3}"))
        #expect(throws: StateFault.tooNew(path: diskPaths.state, version: 3)) {
            try FileStateStore(diskPaths, system: newer).readForRecovery()
        }
    }

    @Test("P1: a journal that has lost its state tells its open creations, the ids it knows, and which state it was")
    func journalAlone() throws {
        let events: [JournalEvent] = [
            .begin(Sample.run(2), plan: nil), .intent(Sample.intent(1, "orders")), .intent(Sample.intent(2, "ledger")),
            .created(attempt: Sample.attempt(1), Sample.created(1)), .intent(Sample.intent(3, "search")),
            .abandoned(attempt: Sample.attempt(3)), .resent(attempt: Sample.attempt(2), at: Self.now, nil),
        ]
        let found = try read(disk(nil, journal: JournalFileTests.bytes(events)))
        guard case .damaged(.journalWithoutState) = found.condition else {
            Issue.record("\(found.condition)")
            return
        }
        #expect(found.openIntents.map(\.attempt) == [Sample.attempt(2)])
        #expect(found.openIntents.map(\.startedAt) == [Self.now])
        #expect(found.knownIDs == [Sample.snapshot(1)])
        #expect(found.journalRun == Sample.runID(2))
        #expect(found.lineage == Sample.lineage && found.owner == "payments-prod")
    }

    @Test("P1: of a damaged journal every whole line counts; a creation whose end is damaged stays open")
    func damagedJournal() throws {
        let events: [JournalEvent] = [
            .begin(Sample.run(2), plan: nil), .intent(Sample.intent(1, "orders")), .created(attempt: Sample.attempt(1), Sample.created(1)),
            .intent(Sample.intent(2, "search")),
        ]
        var lines = JournalFileTests.bytes(events).split(separator: 0x0A).map { Array($0) }
        lines[2][40] ^= 1
        let found = try read(disk(StateFile.encode(Sample.firstState), journal: Array(lines.joined(separator: [0x0A]))))
        guard case .damaged(.journalDamaged(_, line: 3, _)) = found.condition else {
            Issue.record("\(found.condition)")
            return
        }
        #expect(found.openIntents.map(\.attempt) == [Sample.attempt(1), Sample.attempt(2)])
        #expect(found.former == Sample.firstState)
    }

    @Test("P1: requests that nothing names are waited for unless the journal tells all of the run that was cut off, and not of another")
    func lostIntents() throws {
        let events: [JournalEvent] = [.begin(Sample.run(2), plan: nil), .intent(Sample.intent(1, "orders"))]
        let journal = JournalFileTests.bytes(events)
        func losesIntents(_ journal: [UInt8]?, of run: Int?, bytes: Int) throws -> Bool {
            let unfinished = run.map { UnfinishedRun(run: Sample.runID($0), basis: JournalFileTests.basis, journalBytes: bytes) }
            // The state is damaged, so that all stands and falls with the journal.
            let texts = StateTexts(
                state: Array(StateFile.encode(Sample.state).dropLast(9)), journal: journal, unfinished: unfinished, statePlace: "s",
                journalPlace: "j")
            let found = try RecoverableState(texts, history: HistoryFile.decode([])) { nil }
            guard case .damaged = found.condition else { throw StateFault.unsteady(path: "\(found.condition)") }
            return found.hasLostIntents
        }
        #expect(try !losesIntents(journal, of: 2, bytes: journal.count))
        #expect(try !losesIntents(journal, of: nil, bytes: 0))
        #expect(try losesIntents(Array(journal.dropLast(40)), of: 2, bytes: journal.count))
        // Zeros in the place of its last line.
        #expect(try losesIntents(Array(journal.dropLast(40)) + Array(repeating: 0, count: 40), of: 2, bytes: journal.count))
        #expect(try losesIntents(nil, of: 2, bytes: 0))
        // As where a journal was left on the machine that recovers, and the run that was cut off is another machine's.
        #expect(try losesIntents(journal, of: 3, bytes: 0))
    }

    @Test("P5: the new serial is above all that anything speaks of, and the lineage is a new one: no plan saved before fits")
    func newSerial() throws {
        let broken = { (field: String, value: String) in
            [UInt8](StateFileTests.golden.replacing(field, with: value))
        }
        // The records are damaged, the header is not.
        let header = newHeader(try read(disk(broken("\"records\":", "\"records:"), history: history(serial: 9))))
        #expect(header.serial == 13 && header.lineage != Sample.lineage)
        // The serial is damaged: the history may lag behind.
        let lost = newHeader(try read(disk(broken("\"serial\":12", "\"serial\":x"), history: history(serial: 11))))
        #expect(lost.serial == 12 && lost.lineage != Sample.lineage)
        // A plan may have been made over state and journal together, with one more.
        let journal = JournalFileTests.bytes([.begin(Sample.run(2), plan: nil), .intent(Sample.intent(9, "search"))])
        let over = try JournalFile.decode(journal)!.basis.serial
        #expect(newHeader(try read(disk(nil, journal: journal))).serial == over + 2)
    }

    // MARK: Lines

    private func edited(_ changes: (old: String, new: String)...) throws -> [UInt8] {
        var text = StateFileTests.golden
        for change in changes { text = try #require(text.replacingFirst(change.old, with: change.new)) }
        return [UInt8](text)
    }

    private let edit = (old: "\"key\":\"billing\"", new: "\"key\":\"belling\"")

    @Test("P2, P3: of a state with a changed line every other line counts, and says what only a state knows")
    func changedLine() throws {
        let found = try read(disk(edited(edit), history: history(serial: 12)))
        guard case .damaged(.changed(_, SourcePosition(line: 16, column: 5), _, _)) = found.condition else {
            Issue.record("\(found.condition)")
            return
        }
        #expect(found.damagedLines == [DamagedLine(number: 16, key: "belling", isIntent: false)])
        #expect(found.lines.records == [Sample.state.records[0], Sample.state.records[2]])
        #expect(found.lines.superseded == Sample.state.superseded)
        #expect(found.openIntents == Sample.state.openIntents)
        #expect(found.lines.isCurrent && found.isHeaderConfirmed)
        #expect(found.header?.endpoint == "sandbox" && found.former == nil)
        #expect(found.knownIDs.contains(Sample.snapshot(30)) && !found.knownIDs.contains(Sample.snapshot(2)))
    }

    @Test("P3: a state that something was done after is not the last word: a newer history, a journal, a lost line, a changed header")
    func notTheLastWord() throws {
        #expect(try !read(disk(edited(edit), history: history(serial: 13))).lines.isCurrent)
        let journal = JournalFileTests.bytes([.begin(Sample.run(2), plan: nil)])
        #expect(try !read(disk(edited(edit), journal: journal)).lines.isCurrent)
        let lost = StateFileTests.golden.replacing(/\ +{"key":"billing".*\n/, with: "")
        let found = try read(disk([UInt8](lost)))
        #expect(!found.lines.isCurrent && found.damagedLines.isEmpty && found.isHeaderConfirmed)
        #expect(found.lines.records.map(\.key.text) == ["bare", "ledger"])
        let header = try read(disk(edited(edit, ("\"serial\":12", "\"serial\":13"))))
        #expect(!header.lines.isCurrent && header.lines.records.count == 2 && header.lastSerial == 13)
    }

    @Test("P2: a header that was changed holds nobody to its endpoint, and an undamaged backup goes before it for the owner")
    func changedHeader() throws {
        let bytes = try edited(("\"payments-prod\",\n", "\"payments-brod\",\n"))
        let found = try read(disk(bytes))
        #expect(!found.isHeaderConfirmed && found.header == nil && found.owner == "payments-brod")
        #expect(found.lines.records == Sample.state.records && found.damagedLines.isEmpty)
        #expect(try read(disk(bytes, backup: StateFile.encode(Sample.firstState))).owner == "payments-prod")
        // A number that leaves no room for the next one is no serial.
        let far = try read(disk(edited(("\"serial\":12", "\"serial\":9007199254740992"))))
        #expect(far.lastSerial == 0)
    }

    @Test("P2: of a state with a merge conflict the lines of both sides count, each snapshot once, and protected where one side says so")
    func conflict() throws {
        var other = Sample.state
        other.header.serial = 14
        other.records[1].protect = true
        other.records[2] = Sample.record(6, "orders")
        let (ours, theirs) = (StateFileTests.golden.split(separator: "\n"), StateFile.encode(other).text.split(separator: "\n"))
        let text =
            ours[..<4] + ["<<<<<<< HEAD"] + ours[4..<18] + ["======="] + theirs[4..<18] + [">>>>>>> theirs"] + ours[18...]
        let found = try read(disk([UInt8](text.joined(separator: "\n"))))
        #expect(found.condition == .damaged(.mergeConflict(path: diskPaths.state, line: 5)))
        #expect(found.lastSerial == 14)
        #expect(found.lines.records.map(\.key.text) == ["bare", "billing", "ledger", "orders"])
        #expect(found.lines.records.map(\.protect) == [false, true, false, false])
        #expect(found.damagedLines.isEmpty && !found.lines.isCurrent && found.header == nil)
        #expect(found.owner == "payments-prod")
    }

    @Test("P2: a state of the first version that is damaged says what it always said: nothing tells which of its lines are right")
    func firstVersion() throws {
        let text = StateFileTests.goldenOfVersion1.replacing("\"records\":", with: "\"recorts\":")
        let found = try read(disk([UInt8](text)))
        #expect(found.lines == FormerLines() && found.damagedLines.isEmpty)
        #expect(found.header?.endpoint == "sandbox" && found.lastSerial == 12)
    }

    @Test("P2: what was forgotten is known where the header is right, and told as in doubt where the lines are not the last word")
    func forgotten() throws {
        var state = Sample.state
        state.forgotten = [Sample.snapshot(50)]
        let text = StateFile.encode(state).text
        let current = try read(disk([UInt8](text.replacing("\"frozen\"", with: "\"available\""))))
        #expect(current.lines.forgotten == [Sample.snapshot(50)] && current.forgottenInDoubt.isEmpty)
        let lost = try read(disk([UInt8](text.replacing(/\ +{"key":"billing".*\n/, with: ""))))
        #expect(lost.lines.forgotten.isEmpty && lost.forgottenInDoubt == [Sample.snapshot(50)])
    }

    // MARK: The new state

    private static let recovered = RecordedState(
        header: .init(
            lineage: Sample.lineage, serial: 13, owner: "payments-prod", endpoint: "sandbox", projectID: Sample.project,
            lastRun: Sample.runID(2)), records: [Sample.record(2, "billing")])

    private func rebuild(_ disk: SimulatedDisk) async throws(StateFault) -> [String] {
        let (store, _) = try await LockedFiles.openForRecovery(diskPaths, run: Sample.run(5, "recover"), system: disk)
        do throws(StateFault) {
            let kept = try await store.rebuild(Self.recovered, at: Self.now)
            await store.close()
            return kept
        } catch {
            await store.close()
            throw error
        }
    }

    private let damagedState = Array(StateFile.encode(Sample.state).dropLast(40))
    private let journal = JournalFileTests.bytes([.begin(Sample.run(2), plan: nil), .intent(Sample.intent(9, "search"))])
    private let backup = StateFile.encode(Sample.firstState)

    @Test("P6: the damaged files stay beside the new state, twice if need be, and the backup stays what it was", arguments: [false, true])
    func keepsWhatWasThere(withoutLinks: Bool) async throws {
        let disk = disk(damagedState, journal: journal, backup: backup)
        disk.state.withLock { $0.refusesLinks = withoutLinks }
        #expect(try await rebuild(disk) == ["state.json" + Self.aside, "state.json.journal" + Self.aside])
        #expect(disk.bytes(diskPaths.state + Self.aside) == damagedState)
        #expect(disk.bytes(diskPaths.journal + Self.aside) == journal)
        #expect(disk.bytes(diskPaths.backup) == backup)
        #expect(disk.bytes(diskPaths.journal) == nil)
        #expect(try FileStateStore(diskPaths, system: disk).read() == LoadedState(state: Self.recovered))

        disk.put(diskPaths.state, [UInt8]("again"))
        #expect(try await rebuild(disk) == ["state.json\(Self.aside)-2"])
        #expect(disk.bytes(diskPaths.state + Self.aside) == damagedState)
    }

    @Test("Where there is nothing, a new state is written and nothing else")
    func nothingThere() async throws {
        let disk = disk(nil)
        #expect(try await rebuild(disk) == [])
        #expect(disk.paths == [diskPaths.state, diskPaths.lock])
    }

    @Test("Looking takes the lock and changes nothing that is damaged")
    func lookingChangesNothing() async throws {
        let disk = disk(damagedState, journal: journal, backup: backup)
        let (store, found) = try await LockedFiles.openForRecovery(diskPaths, run: Sample.run(5, "recover"), system: disk)
        await #expect(throws: StateFault.self) { try await LockedFiles.open(diskPaths, run: Sample.run(6), system: disk) }
        await store.close()
        #expect(found.owner == "payments-prod")
        #expect(disk.bytes(diskPaths.state) == damagedState && disk.bytes(diskPaths.journal) == journal)
        #expect(disk.paths == [diskPaths.state, diskPaths.backup, diskPaths.journal, diskPaths.lock].sorted())
    }

    @Test("A whole state is opened as ever, an interrupted run's journal folded")
    func wholeIsFolded() async throws {
        let disk = disk(StateFile.encode(Sample.state), journal: JournalFileTests.bytes(Sample.events))
        let (store, found) = try await LockedFiles.openForRecovery(diskPaths, run: Sample.run(5, "recover"), system: disk)
        let folded = try FileStateStore(diskPaths, system: disk).read().state
        #expect(found.condition == folded.map { .whole($0) })
        #expect(await store.loaded.state == folded)
        await store.close()
        #expect(disk.bytes(diskPaths.journal) == nil)
    }

    @Test("P6: a death or a power loss at any call leaves the old files or the new state, and recovering again ends it")
    func everyCrashPoint() async throws {
        let healthy = disk(damagedState, journal: journal, backup: backup)
        _ = try await rebuild(healthy)
        for call in 1...healthy.log.count {
            let disk = disk(damagedState, journal: journal, backup: backup)
            disk.state.withLock { $0.faults = [call: .death] }
            _ = try? await rebuild(disk)
            for survivor in [disk.afterDeath()] + disk.afterPowerLoss() {
                let what: Comment = "call \(call): \(disk.log[call - 1])"
                let state = survivor.bytes(diskPaths.state)
                if state == damagedState {
                    // Nothing of it is gone, the journal with the open creation included.
                    #expect(survivor.bytes(diskPaths.journal) == journal, what)
                } else {
                    #expect(try state.map(StateFile.decode) == Self.recovered, what)
                    #expect(survivor.bytes(diskPaths.state + Self.aside) == damagedState, what)
                    #expect(survivor.bytes(diskPaths.journal + Self.aside) == journal, what)
                    // A journal that is still there is known to be dealt with.
                    #expect(try FileStateStore(diskPaths, system: survivor).read().state == Self.recovered, what)
                }
                #expect(survivor.bytes(diskPaths.backup) == backup, what)
                _ = try await rebuild(survivor)
                #expect(try FileStateStore(diskPaths, system: survivor).read() == LoadedState(state: Self.recovered), what)
                #expect(!survivor.paths.contains { $0.hasSuffix(".tmp") }, what)
            }
        }
    }

    @Test("P6: when any single call fails, the old files or the new state are there")
    func everyFailedCall() async throws {
        let healthy = disk(damagedState, journal: journal, backup: backup)
        _ = try await rebuild(healthy)
        for call in 1...healthy.log.count {
            let disk = disk(damagedState, journal: journal, backup: backup)
            disk.state.withLock { $0.faults = [call: .error(28)] }
            _ = try? await rebuild(disk)
            let what: Comment = "call \(call): \(disk.log[call - 1])"
            if disk.bytes(diskPaths.state) == damagedState {
                #expect(disk.bytes(diskPaths.journal) == journal, what)
            } else {
                #expect(try FileStateStore(diskPaths, system: disk.afterDeath()).read().state == Self.recovered, what)
                #expect(disk.bytes(diskPaths.state + Self.aside) == damagedState, what)
            }
        }
    }
}
