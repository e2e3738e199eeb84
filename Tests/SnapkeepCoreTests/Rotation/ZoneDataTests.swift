import Foundation
import Testing

@testable import SnapkeepCore

/// All zones of this machine, as we read them and as the C library does.
@Suite struct ZoneDataTests {
    /// So that they run beside each other: the C library takes long to find each change.
    private static let shares = 32

    /// Runs a program and gives what it prints.
    private static func run(_ program: String, _ arguments: [String], input: String = "") throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "snapkeep-zones-\(UUID().uuidString)")
        try Data(input.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZDIR": MachineZones.folder]
        process.standardInput = try FileHandle(forReadingFrom: file)
        process.standardOutput = output
        try process.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(program) ended with \(process.terminationStatus)")
        return String(decoding: said, as: UTF8.self)
    }

    /// What the C library says of one instant.
    private struct Told {
        let zone: Substring
        let second: Int64
        let offset: Int

        /// Reads a line such as `Europe/Berlin  Sun Mar 29 00:59:59 2026 UT = Sun Mar 29 01:59:59 2026 CET isdst=0 gmtoff=3600`.
        init?(_ line: Substring) {
            let words = line.split(separator: " ")
            guard words.count == 16, let month = Self.months.firstIndex(of: words[2]), let day = Int(words[3]), let year = Int(words[5]),
                let date = CivilDate(year: year, month: month + 1, day: day), let offset = Int(words[15].dropFirst("gmtoff=".count))
            else { return nil }
            let time = words[4].split(separator: ":").compactMap { Int64($0) }
            self.zone = words[0]
            self.offset = offset
            second = Int64(date.daysSinceEpoch) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
        }

        private static let months: [Substring] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    }

    /// Compares zones with both sides of each change that the C library finds in some years.
    private static func compare(_ names: [ZoneName], from first: Int, through last: Int) throws {
        let said = try run("/usr/bin/zdump", ["-v", "-c", "\(first),\(last + 1)"] + names.map(\.text))
        let told = Dictionary(grouping: said.split(separator: "\n").compactMap { Told($0) }, by: \.zone)
        let years = ["\(first)-01-01", "\(last + 1)-01-01"].map { Timestamp("\($0)T00:00:00Z")!.second }
        for name in names {
            let zone = try MachineZones.zone(name.text)
            let instants = told[name.text[...]] ?? []
            for one in instants {
                let ours = zone.offset(at: Timestamp(second: one.second))
                #expect(ours == one.offset, "\(name) at \(Timestamp(second: one.second))")
            }
            let known = Set(instants.map(\.second))
            for change in zone.transitions where years[0] <= change.instant && change.instant < years[1] {
                #expect(known.contains(change.instant), "\(name): no change at \(Timestamp(second: change.instant))")
            }
        }
    }

    @Test("Every zone changes from 1990 to 2037 when it does in the C library, and to the same offset", arguments: 0..<shares)
    func changes(share: Int) throws {
        let names = try MachineZones.names()
        #expect(names.count > 300)
        try Self.compare(stride(from: share, to: names.count, by: Self.shares).map { names[$0] }, from: 1990, through: 2037)
    }

    @Test("Every rule of the years to come is followed as in the C library, to its last year", arguments: [2038...2110, 2190...2200])
    func rules(years: ClosedRange<Int>) throws {
        // One zone for each rule with daylight saving: of the other ones there is nothing to follow.
        var zoneOfRule: [[UInt8]: ZoneName] = [:]
        for name in try MachineZones.names() {
            let rule = Array(try MachineZones.bytes(name).dropLast().reversed().prefix { $0 != 0x0A }.reversed())
            if rule.contains(0x2C) { zoneOfRule[rule] = zoneOfRule[rule] ?? name }
        }
        #expect(zoneOfRule.count > 10)
        try Self.compare(zoneOfRule.values.sorted { $0.text < $1.text }, from: years.lowerBound, through: years.upperBound)
    }

    @Test("At any instant every zone has the offset that it has in the C library", arguments: SeededRandom.seeds())
    func anyInstant(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (names, begin, end) = (try MachineZones.names(), Timestamp(minute: "1970-01-01T00:00"), Timestamp(minute: "2200-12-31T00:00"))
        let instants = (0..<20).map { _ in Int64.random(in: begin.second...end.second, using: &random) }
        let script = "dates=$(cat); for zone; do echo \"$dates\" | TZ=$zone date -f - +%::z; done"
        let said = try Self.run("/bin/sh", ["-c", script, "sh"] + names.map(\.text), input: instants.map { "@\($0)\n" }.joined())
        let told = said.split(separator: "\n").map { text in
            let parts = text.dropFirst().split(separator: ":").compactMap { Int($0) }
            return (text.hasPrefix("-") ? -1 : 1) * (parts[0] * 3600 + parts[1] * 60 + parts[2])
        }
        try #require(told.count == names.count * instants.count)
        for (index, name) in names.enumerated() {
            let zone = try MachineZones.zone(name.text)
            let ours = instants.map { zone.offset(at: Timestamp(second: $0)) }
            #expect(ours == Array(told[index * instants.count..<(index + 1) * instants.count]), "\(name) at \(instants)")
        }
    }
}
