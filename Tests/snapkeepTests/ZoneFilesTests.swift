import Foundation
import SnapkeepCore
import SnapkeepRendering
import Testing

@testable import snapkeep

@Suite final class ZoneFilesTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "snapkeep-zones-\(UUID().uuidString)")

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func write(_ path: String, _ bytes: [UInt8]) throws {
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    private func files(_ folders: String...) -> ZoneFiles { ZoneFiles(folders: folders.map { folder.appending(path: $0).path }) }

    private func name(_ text: String) throws -> ZoneName { try #require(ZoneName(text)) }

    private static let hourAhead = ZoneFileBytes(offsets: [3600]).bytes
    private static let twoHoursAhead = ZoneFileBytes(offsets: [7200]).bytes

    @Test("A zone comes from the first folder that has it, and is read once")
    func first() throws {
        try write("one/Europe/Berlin", Self.hourAhead)
        try write("two/Europe/Berlin", Self.twoHoursAhead)
        try write("two/UTC", ZoneFileBytes().bytes)
        var files = files("none", "one", "two")
        #expect(try files.zone(name("Europe/Berlin")).initialOffset == 3600)
        #expect(try files.zone(name("UTC")).initialOffset == 0)
        try FileManager.default.removeItem(at: folder)
        #expect(try files.zone(name("Europe/Berlin")).initialOffset == 3600)
    }

    @Test("TZDIR comes before the usual folders, and an empty one is none")
    func variable() throws {
        try write("Europe/Berlin", Self.twoHoursAhead)
        var files = ZoneFiles(environment: ProcessEnvironment(["TZDIR": folder.path]))
        #expect(try files.zone(name("Europe/Berlin")) == Zone(name: name("Europe/Berlin"), initialOffset: 7200))
        // What is not there is looked for in the usual ones.
        #expect(try files.zone(name("Asia/Kathmandu")).offset(at: Timestamp(microseconds: 1_800_000_000_000_000)) == 20_700)
        var usual = ZoneFiles(environment: ProcessEnvironment(["TZDIR": ""]))
        #expect(try usual.zone(name("Etc/UTC")) == Zone(name: name("Etc/UTC")))
        #expect(try usual.zone(name("Europe/Berlin")).transitions.count > 100)
    }

    @Test(
        "A zone that is not there is told with the one that was probably meant",
        arguments: [
            ("Europe/Berln", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("Berlin", "Europe/Berlin"),
            ("Asia/Berlin", "Europe/Berlin"),
            ("Argentina/Ushuaia", "America/Argentina/Ushuaia"), ("posix/Europe/Berlin", "Europe/Berlin"), ("Mars/Olympus", nil),
            ("Europe", nil),
        ])
    func nearMiss(typed: String, nearest: String?) throws {
        for path in ["Europe/Berlin", "America/Argentina/Ushuaia", "posix/Europe/Berlin", "zone.tab"] { try write(path, Self.hourAhead) }
        var files = files("")
        #expect(throws: ZoneProblem.unknown(nearest: nearest)) { try files.zone(name(typed)) }
    }

    @Test("This machine's own zone is nobody's zone", arguments: ["localtime", "posixrules", "leapseconds", "right/Europe/Berlin"])
    func own(typed: String) throws {
        try write("Europe/Berlin", Self.hourAhead)
        try write(typed, Self.hourAhead)
        var files = files("")
        #expect(throws: ZoneProblem.self) { try files.zone(name(typed)) }
    }

    @Test("Without time zone data no zone is known, UTC included", arguments: ["UTC", "Etc/UTC", "Europe/Berlin"])
    func noData(typed: String) throws {
        try write("empty/zone.tab", [])
        var files = files("none", "empty")
        #expect(throws: ZoneProblem.noData) { try files.zone(name(typed)) }
    }

    @Test("A file that is damaged, huge or not to be read is told by its path, and no other one is taken for it")
    func damaged() throws {
        try write("one/UTC", Array(Self.hourAhead.dropLast()))
        try write("one/Text", Array("no zone".utf8))
        try write("one/Huge", [UInt8](repeating: 0, count: 1 << 20 + 1))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "one/Circle"), withDestinationURL: folder.appending(path: "one/Circle"))
        try write("two/UTC", Self.hourAhead)
        var files = files("one", "two")
        let path = folder.appending(path: "one").path
        #expect(throws: ZoneProblem.damaged("\(path)/UTC", .cutShort)) { try files.zone(name("UTC")) }
        #expect(throws: ZoneProblem.damaged("\(path)/Text", .foreign)) { try files.zone(name("Text")) }
        #expect(throws: ZoneProblem.damaged("\(path)/Huge", .foreign)) { try files.zone(name("Huge")) }
        #expect(throws: ZoneProblem.unreadable("\(path)/Circle", ELOOP)) { try files.zone(name("Circle")) }
    }

    @Test("A pipe in a zone's place keeps nobody waiting")
    func pipe() throws {
        try write("Europe/Berlin", Self.hourAhead)
        try #require(mkfifo(folder.appending(path: "Pipe").path, 0o600) == 0)
        var files = files("")
        #expect(throws: ZoneProblem.unknown(nearest: nil)) { try files.zone(name("Pipe")) }
    }

    @Test("Of several names each is a zone or a problem")
    func several() throws {
        try write("Europe/Berlin", Self.hourAhead)
        var files = files("")
        let (zones, problems) = files.zones(for: [try name("Europe/Berlin"), try name("Europe/Berlim")])
        #expect(zones == [try name("Europe/Berlin"): Zone(name: try name("Europe/Berlin"), initialOffset: 3600)])
        #expect(problems == [try name("Europe/Berlim"): .unknown(nearest: "Europe/Berlin")])
    }

    @Test("P9: each reason why a time zone cannot be had comes with a remedy")
    func findings() throws {
        let path = "/usr/share/zoneinfo/Europe/Berlin"
        let problems: [ZoneProblem] =
            [.unknown(nearest: "Europe/Berlin"), .unknown(nearest: nil), .noData, .unreadable(path, EACCES), .unreadable(hostileText, EIO)]
            + ZoneFileProblem.allCases.map { .damaged(path, $0) }
        let (berlin, slip) = (try name("Europe/Berlin"), try name("Europe/Berln"))
        let findings = problems.enumerated().map { Diagnostic.noZone($0 < 2 ? slip : berlin, $1, at: nil) }
        let text = DiagnosticRenderer.render(
            findings, sources: [], style: DiagnosticStyle(colour: false))
        GoldenScreen.expect(text, is: "findings-zones.txt")
        #expect(!holdsControlCharacter(text))
    }
}
