import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepState

/// Numbers in the files are anybody's: none may stop the program, or lead it to write what it cannot read.
@Suite struct SerialBoundTests {
    private static let unreachable = ["4503599627370496", "9007199254740993", "9223372036854775807", "-1"]

    private func line(_ field: String, _ number: String) -> [UInt8] {
        [UInt8](HistoryFileTests.entry.encoded.text.replacing(try! Regex("\"\(field)\":-?[0-9]+"), with: "\"\(field)\":\(number)")) + [0x0A]
    }

    private func newHeader(_ found: RecoverableState) -> RecordedState.Header {
        found.newHeader(lineage: Lineage(Sample.uuid(77))!, owner: "payments-prod", endpoint: "sandbox", projectID: Sample.project)
    }

    @Test("P9: a line of the history with a serial that no run can have reached is a damaged one", arguments: unreachable)
    func historySerials(_ number: String) {
        for field in ["serial_before", "serial_after"] {
            let contents = HistoryFile.decode(line(field, number) + HistoryFileTests.entry.encoded)
            #expect(contents.entries == [HistoryFileTests.entry] && contents.damagedLines == 1, "\(field)")
        }
    }

    @Test("P9: counts and process numbers are no larger than any reader of JSON can tell", arguments: ["9007199254740993", "-1"])
    func historyNumbers(_ number: String) {
        for field in ["pid", "created", "failed"] { #expect(HistoryFile.decode(line(field, number)).damagedLines == 1, "\(field)") }
    }

    @Test("P6, P9: whatever serial a history tells, recover writes a state that can be read again", arguments: unreachable)
    func recoverAfterHistory(_ number: String) throws {
        let disk = SimulatedDisk()
        disk.put(diskPaths.history, line("serial_after", number))
        let found = try FileStateStore(diskPaths, system: disk).readForRecovery()
        #expect(found.lastSerial == 0)
        let state = RecordedState(header: newHeader(found))
        #expect(state.brokenRule == nil)
        #expect(try StateFile.decode(StateFile.encode(state)) == state)
    }

    @Test("P6, P9: a state whose serial leaves no room for the next is known for damaged before a run begins, and recover goes on from it")
    func noRoom() throws {
        var state = Sample.state
        state.header.serial = SerialBounds.readable
        let disk = SimulatedDisk()
        disk.put(diskPaths.state, StateFile.encode(state))
        #expect(
            throws: StateFault.damaged(
                path: diskPaths.state, SourcePosition(line: 1, column: 1), "no run can have reached the serial 9007199254740992",
                backup: nil)
        ) { try FileStateStore(diskPaths, system: disk).read() }
        let found = try FileStateStore(diskPaths, system: disk).readForRecovery()
        guard case .damaged = found.condition else {
            Issue.record("\(found.condition)")
            return
        }
        #expect(found.lines.records == Sample.state.records)
        #expect(newHeader(found).serial < SerialBounds.readable)
    }

    @Test("P9: a journal that continues a serial that no run can have reached gives recover none to count on")
    func journalSerial() throws {
        let disk = SimulatedDisk()
        let basis = JournalBasis(lineage: Sample.lineage, serial: SerialBounds.readable, sum: nil)
        var sum: UInt32 = 0
        disk.put(diskPaths.journal, JournalFile.lines([.begin(Sample.run(2), plan: nil)], basis: basis, sum: &sum))
        #expect(newHeader(try FileStateStore(diskPaths, system: disk).readForRecovery()).serial == 1)
    }

    @Test("P6: a serial that the reader of a state refuses is not written")
    func notWritten() throws {
        var state = Sample.state
        state.header.serial = SerialBounds.readable
        #expect(state.brokenRule == nil)
        #expect(try StateFile.decode(StateFile.encode(state)).header.serial == SerialBounds.readable)
        state.header.serial += 1
        #expect(state.brokenRule == "the serial 9007199254740993 is above 9007199254740992")
        #expect(throws: StateFileProblem.self) { try StateFile.decode(StateFile.encode(state)) }
    }
}
