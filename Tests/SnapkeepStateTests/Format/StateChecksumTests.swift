import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepState

/// What a disk, an editor or a merge makes of a state is noticed, however well it reads: an apply from it would make snapshots a second time.
@Suite("Checksums of the state") struct StateChecksumTests {
    private static let golden = StateFileTests.golden

    private func problem(_ text: String) -> StateFileProblem? {
        do throws(StateFileProblem) {
            _ = try StateFile.decode([UInt8](text))
            return nil
        } catch { return error }
    }

    private func changed(_ line: Int, _ column: Int, _ words: String) -> StateFileProblem {
        .changed(SourcePosition(line: line, column: column), words)
    }

    /// One record, one superseded, one open creation, one forgotten: every kind of line, and short enough for all of its bits.
    private static let small: RecordedState = {
        var header = Sample.header(serial: 7)
        header.consumedPlans = [Sample.plan]
        header.lastRun = Sample.runID(1)
        var old = Sample.record(3, "ledger")
        old.id = Sample.snapshot(30)
        old.status = .error
        return RecordedState(
            header: header, records: [Sample.record(2, "billing"), Sample.record(3, "ledger")], superseded: [old],
            openIntents: [Sample.intent(8, "orders")], forgotten: [Sample.snapshot(50), Sample.snapshot(51)])
    }()

    @Test("P1: every single flipped bit of a state is refused, or changes nothing of what it says", arguments: 0..<8)
    func everyBit(_ bit: Int) {
        let bytes = StateFile.encode(Self.small)
        var refused = 0
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << bit
            guard let state = try? StateFile.decode(damaged) else {
                refused += 1
                continue
            }
            if state != Self.small { Issue.record("bit \(bit) of byte \(index): \(state)") }
        }
        // A blank for another, or a hexadecimal digit in capitals, is the same state.
        #expect(refused > bytes.count * 9 / 10)
    }

    @Test("P1: the checksums are those that the format's description gives: computed here byte by byte, over the text")
    func definition() {
        for state in [Sample.state, Self.small, Sample.firstState] {
            let text = StateFile.encode(state).text
            #expect(Seal.sealed(text) == text)
        }
    }

    struct Edit: CustomTestStringConvertible, Sendable {
        let old: String
        let new: String
        let line: Int
        let words: String
        var testDescription: String { "\(old) becomes \(new)" }
    }

    @Test(
        "P1: a line that reads as well as before and says something else is named",
        arguments: [
            Edit(old: "\"key\":\"billing\"", new: "\"key\":\"belling\"", line: 16, words: "the line of 'belling'"),
            Edit(old: "-000000003002\"", new: "-000000003012\"", line: 16, words: "the line of 'billing'"),
            Edit(old: "-000000002002\"", new: "-000000002012\"", line: 16, words: "the line of 'billing'"),
            Edit(old: "\"available\"", new: "\"creating\"", line: 16, words: "the line of 'billing'"),
            Edit(
                old: "\"status\":\"frozen\",\"protect\":false", new: "\"status\":\"frozen\",\"protect\":true", line: 15,
                words: "the line of 'bare'"),
            Edit(
                old: "\"status\":\"error\"", new: "\"status\":\"available\"", line: 20,
                words: "the line of the superseded '00000000-0000-4000-8000-000000002030'"),
            Edit(old: "\"key\":\"orders\"", new: "\"key\":\"orderz\"", line: 23, words: "the line of the open creation of 'orderz'"),
            Edit(old: "\"replaces\"", new: "\"adopts\"", line: 24, words: "the line of the open creation of 'ledger'"),
            Edit(old: "\"sum\":\"c9ce1d49\"", new: "\"sum\":\"c9ce1d48\"", line: 15, words: "the line of 'bare'"),
        ])
    func editedLine(_ edit: Edit) throws {
        let text = try #require(Self.golden.replacingFirst(edit.old, with: edit.new))
        #expect(problem(text) == changed(edit.line, 5, "\(edit.words) was changed outside of snapkeep"))
    }

    @Test(
        "P1: a header that was changed is noticed, whatever field it is",
        arguments: [
            ("\"serial\":12", "\"serial\":13"), ("000000000001\"", "000000000002\""), ("payments-prod\",\n", "payments-brod\",\n"),
            ("\"sandbox\"", "\"http://127.0.0.1:8776/v3\""), ("0c2eba2c", "0c2eba2d"), ("\"abab", "\"acab"), ("4001\"", "4002\""),
            ("  \"last_run\":\"00000000-0000-4000-8000-000000004001\",\n", ""), ("bc8575bb", "bc8575bc"),
            ("  \"last_run\"", "  \"forgotten\":[\"00000000-0000-4000-8000-000000002050\"],\n  \"last_run\""),
        ])
    func editedHeader(old: String, new: String) throws {
        let text = try #require(Self.golden.replacingFirst(old, with: new))
        let line = try #require(text.split(separator: "\n").firstIndex { $0.hasPrefix("  \"digest\"") }) + 1
        #expect(problem(text) == changed(line, 12, "the header of the state was changed outside of snapkeep"))
    }

    // MARK: Merges

    private var lines: [String] { Self.golden.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

    @Test("P1: a line that a merge lost or added is noticed, each line of it being right")
    func lostAndAddedLines() throws {
        func without(_ line: Int) -> String {
            var lines = lines
            lines.remove(at: line - 1)
            // The line in front may be the last now.
            return lines.joined(separator: "\n").replacing("},\n  ]", with: "}\n  ]")
        }
        let hand = "a merge or a hand has"
        for line in 15...17 {
            #expect(
                problem(without(line)) == changed(14, 13, "the state has 2 records and was written with 3: \(hand) taken out lines"))
        }
        #expect(
            problem(without(20)) == changed(19, 16, "the state has 0 superseded snapshots and was written with 1: \(hand) taken out lines"))
        for line in 23...24 {
            #expect(
                problem(without(line)) == changed(22, 18, "the state has 1 open creations and was written with 2: \(hand) taken out lines"))
        }
        var added = lines
        added.insert(Seal.line(added[15].replacing("billing", with: "carrier").replacing("002002", with: "002102")), at: 16)
        #expect(
            problem(added.joined(separator: "\n"))
                == changed(14, 13, "the state has 4 records and was written with 3: \(hand) added lines"))
        // From one list to the other.
        var moved = lines
        moved.insert(moved.remove(at: 15).dropLast(1).description + ",", at: 18)
        moved[14] = moved[14].description
        #expect(problem(moved.joined(separator: "\n")) != nil)
    }

    @Test("P1: a line of an older or newer version of the state is noticed, each line of it being right")
    func exchangedLines() {
        for (index, old, new) in [
            (15, "\"available\"", "\"creating\""), (19, "\"error\"", "\"deleting\""), (22, "\"orders\"", "\"ordera\""),
        ] {
            var lines = lines
            lines[index] = Seal.line(lines[index].replacing(old, with: new))
            #expect(
                problem(lines.joined(separator: "\n"))
                    == changed(13, 12, "lines of the state were not written together with the others: a merge or a hand has exchanged some")
            )
        }
    }

    @Test("P1: the header of one version over the lines of another is noticed, the digest being either one's")
    func headerOfAnotherVersion() {
        var other = Sample.state
        other.header.serial = 13
        other.records.removeLast()
        let newer = StateFile.encode(other).text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for header in [0..<13, 0..<12, 4..<5, 12..<13] {
            var lines = lines
            lines.replaceSubrange(header, with: newer[header])
            guard case .changed = problem(lines.joined(separator: "\n")) else {
                Issue.record("lines \(header): \(String(describing: problem(lines.joined(separator: "\n"))))")
                continue
            }
        }
    }

    // MARK: Versions

    @Test("P1, P6: a state of the first version is read, and has its checksums as soon as it is written again")
    func firstVersion() async throws {
        #expect(try StateFile.decode([UInt8](StateFileTests.goldenOfVersion1)) == Sample.state)
        let disk = SimulatedDisk()
        disk.put(diskPaths.state, [UInt8](StateFileTests.goldenOfVersion1))
        let store = try await LockedFiles.open(diskPaths, run: Sample.run(3), system: disk)
        try await store.begin(Sample.run(3), plan: nil)
        try await store.append([.protection(Sample.snapshot(2), true)], .now)
        try await store.checkpoint()
        await store.close()
        var expected = Sample.state
        expected.header.serial += 1
        expected.header.lastRun = Sample.runID(3)
        expected.records[1].protect = true
        #expect(disk.bytes(diskPaths.state) == StateFile.encode(expected))
        #expect(disk.bytes(diskPaths.backup)?.text == StateFileTests.goldenOfVersion1)
    }

    @Test("P4: a state of the first version stays as it is when nothing changes")
    func firstVersionUnchanged() async throws {
        let disk = SimulatedDisk()
        disk.put(diskPaths.state, [UInt8](StateFileTests.goldenOfVersion1))
        let store = try await LockedFiles.open(diskPaths, run: Sample.run(3), system: disk)
        try await store.checkpoint()
        await store.close()
        #expect(disk.bytes(diskPaths.state)?.text == StateFileTests.goldenOfVersion1)
    }

    @Test("P1: no checksum can be left out by calling the state an older one, or one of its lines")
    func versionsAndSums() throws {
        #expect(
            problem(Self.golden.replacing("\"version\":2", with: "\"version\":1"))
                == .damaged(SourcePosition(line: 15, column: 170), "the field 'sum' belongs to version 2, and this is version 1"))
        let bare = Self.golden.replacing(/,"sum":"[0-9a-f]{8}"/, with: "")
        #expect(
            problem(bare.replacing("\"version\":2", with: "\"version\":1"))
                == .damaged(SourcePosition(line: 13, column: 12), "the field 'digest' belongs to version 2, and this is version 1"))
        #expect(problem(bare) == .damaged(SourcePosition(line: 15, column: 5), "the field 'sum' is missing"))
        #expect(
            problem(Self.golden.replacing(/\ \ "digest":.*\n/, with: ""))
                == .damaged(SourcePosition(line: 1, column: 1), "the field 'digest' is missing"))
        #expect(
            problem(StateFileTests.goldenOfVersion1.replacing("\"version\":1", with: "\"version\":2"))
                == .damaged(SourcePosition(line: 14, column: 5), "the field 'sum' is missing"))
        for bad in ["C9CE1D49", "c9ce1d4", "c9ce1d491", "", "0xce1d49"] {
            guard case .damaged? = problem(Self.golden.replacing("c9ce1d49", with: bad)) else {
                Issue.record("'\(bad)' is taken for a checksum")
                continue
            }
        }
    }
}

@Suite("CRC-32C") struct CRC32CTests {
    @Test("Eight bytes at a time give what one at a time gives, for every length and every start")
    func slicing() {
        let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 * 167 + 13) }
        bytes.withUnsafeBufferPointer { buffer in
            for start in 0..<9 {
                for end in start...200 {
                    let part = UnsafeBufferPointer(rebasing: buffer[start..<end])
                    let expected = Seal.crc(part)
                    if CRC32C.of(part) != expected || CRC32C.of(Array(part)) != expected { Issue.record("\(start)..<\(end)") }
                }
            }
        }
        #expect(CRC32C.of(UnsafeBufferPointer<UInt8>(start: nil, count: 0)) == 0 && CRC32C.of([]) == 0)
        #expect(CRC32C.of(sequence(first: UInt8(1)) { $0 < 100 ? $0 + 1 : nil }) == Seal.crc(1...100))
    }

    @Test("The digits are read as they are written, and nothing else is")
    func digits() {
        for value in [0, 1, 0x0123_4567, 0x89AB_CDEF, .max] as [UInt32] {
            #expect(CRC32C.value(CRC32C.text(value).utf8) == value)
            #expect(CRC32C.text(value).count == 8)
        }
        for text in ["", "1234567", "123456789", "ABCDEF00", "0000000g", "-0000001", " 0000001"] { #expect(CRC32C.value(text.utf8) == nil) }
    }
}
