import Testing

@testable import SnapkeepCore

@Suite struct ZoneFileTests {
    private static let name = ZoneName("Test/Zone")!
    private static let sound = ZoneFileBytes(
        offsets: [3600, 7200], changes: [(1000, 1), (2000, 0), (3000, 1), (4000, 0)], footer: "CET-1CEST,M3.5.0,M10.5.0/3")

    private static func problem(_ bytes: [UInt8]) -> ZoneFileProblem? {
        do throws(ZoneFileProblem) { _ = try Zone(name: name, file: bytes) } catch { return error }
        return nil
    }

    private func problem(_ file: ZoneFileBytes) -> ZoneFileProblem? { Self.problem(file.bytes) }

    @Test("The changes that are written out are read with their signs, in 32 bits and in 64", arguments: [nil, "2", "3", "4", "5"])
    func written(version: Character?) throws {
        let changes: [(instant: Int64, type: Int)] = [(-2_000_000_000, 1), (-1, 0), (0, 2), (2_000_000_000, 1)]
        let file = ZoneFileBytes(version: version, offsets: [-12_600, 0, 45_900], changes: changes)
        let zone = try Zone(name: Self.name, file: file.bytes)
        #expect(zone.initialOffset == -12_600)
        let expected = [
            Zone.Transition(instant: -2_000_000_000, offset: 0), .init(instant: -1, offset: -12_600), .init(instant: 0, offset: 45_900),
            .init(instant: 2_000_000_000, offset: 0),
        ]
        #expect(zone.transitions == expected)
    }

    @Test("A file of the first version ends with its last change")
    func firstVersion() throws {
        let zone = try Zone(
            name: Self.name, file: ZoneFileBytes(version: nil, offsets: [0, 3600], changes: [(1000, 1)], footer: "unseen").bytes)
        #expect(zone.transitions == [.init(instant: 1000, offset: 3600)])
        #expect(zone.offset(at: Timestamp(minute: "2100-07-01T00:00")) == 3600)
    }

    @Test("Instants of 64 bits are read where 32 do not reach")
    func farInstants() throws {
        let far: Int64 = 1 << 59
        let zone = try Zone(name: Self.name, file: ZoneFileBytes(offsets: [0, 60], changes: [(-far, 1), (far, 0)]).bytes)
        #expect(zone.transitions.map(\.instant) == [-far, far])
    }

    @Test("A change of the abbreviation alone is no change")
    func sameOffset() throws {
        let zone = try Zone(
            name: Self.name, file: ZoneFileBytes(offsets: [60, 60, 120], changes: [(1, 1), (2, 2), (3, 2), (4, 0)]).bytes)
        #expect(zone.transitions == [.init(instant: 2, offset: 120), .init(instant: 4, offset: 60)])
    }

    // MARK: What is no sound file

    @Test("A file that is cut short anywhere is refused")
    func cutShort() {
        for file in [Self.sound, ZoneFileBytes(version: nil, offsets: [0, 60], changes: [(1, 1)])] {
            let bytes = file.bytes
            for length in bytes.indices {
                #expect(Self.problem(Array(bytes[..<length])) == (length < 4 ? .foreign : .cutShort), "after \(length) bytes")
            }
            #expect(Self.problem(bytes) == nil)
        }
    }

    @Test("Counts far beyond the bytes are refused, and no room is made for them", arguments: 0..<6)
    func hugeCounts(field: Int) {
        var bytes = ZoneFileBytes(version: nil).bytes
        for index in 0..<4 { bytes[20 + field * 4 + index] = 0xFF }
        #expect(Self.problem(bytes) == (field < 2 ? .counts : .cutShort))
    }

    @Test("What is no time zone file, or one of an unknown version, is refused")
    func foreign() {
        #expect(Self.problem([]) == .foreign)
        #expect(Self.problem(Array("#!/bin/sh".utf8)) == .foreign)
        #expect(problem(ZoneFileBytes(version: "1")) == .foreign)
        #expect(problem(ZoneFileBytes(version: "x")) == .foreign)
    }

    @Test("Changes out of order, offsets that are not there or as large as a day, and leap seconds are refused")
    func damaged() {
        #expect(problem(ZoneFileBytes(offsets: [])) == .counts)
        #expect(problem(ZoneFileBytes(changes: [(2, 0), (1, 0)])) == .order)
        #expect(problem(ZoneFileBytes(changes: [(1, 0), (1, 0)])) == .order)
        #expect(problem(ZoneFileBytes(changes: [(1, 1)])) == .index)
        #expect(problem(ZoneFileBytes(offsets: [86_399, -86_399])) == nil)
        #expect(problem(ZoneFileBytes(offsets: [86_400])) == .offset)
        #expect(problem(ZoneFileBytes(offsets: [Int(Int32.min)])) == .offset)
        var file = ZoneFileBytes()
        file.letters = []
        #expect(problem(file) == .index)
        file = ZoneFileBytes()
        file.leapSeconds = 1
        #expect(problem(file) == .leapSeconds)
    }

    @Test("Whatever bytes are changed, a file is read or refused", arguments: SeededRandom.seeds(4))
    func anyBytes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let sound = Self.sound.bytes
        for _ in 0..<500 {
            var bytes = sound
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 4..<bytes.count, using: &random)
                bytes[index] =
                    random.chance(50) ? UInt8.random(in: .min ... .max, using: &random) : [0, 1, 0x7F, 0xFF].randomElement(using: &random)!
            }
            guard let zone = try? Zone(name: Self.name, file: bytes) else { continue }
            #expect(zip(zone.transitions, zone.transitions.dropFirst()).allSatisfy { $0.instant < $1.instant })
            #expect(([zone.initialOffset] + zone.transitions.map(\.offset)).allSatisfy { abs($0) < 86_400 })
        }
    }
}
