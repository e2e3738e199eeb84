import Foundation
import Testing

@testable import SnapkeepCore

/// The time zone data of the machine that runs the tests; Tests/install-tzdata sees to it that there is some.
enum MachineZones {
    static let folder = "/usr/share/zoneinfo"

    /// The names of all zones, sorted.
    static func names() throws -> [ZoneName] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).sorted().compactMap { path in
            guard !path.hasPrefix("posix/"), !path.hasPrefix("right/"), !["localtime", "posixrules"].contains(path),
                let name = ZoneName(path), let bytes = FileManager.default.contents(atPath: "\(folder)/\(path)"),
                bytes.starts(with: Data("TZif".utf8))
            else { return nil }
            return name
        }
    }

    static func bytes(_ name: ZoneName) throws -> [UInt8] {
        try [UInt8](#require(FileManager.default.contents(atPath: "\(folder)/\(name)"), "no time zone \(name) in \(folder)"))
    }

    static func zone(_ name: String) throws -> Zone {
        let name = try #require(ZoneName(name))
        return try Zone(name: name, file: bytes(name))
    }
}

extension Timestamp {
    /// An instant of a test that reads well: `2026-10-25T01:00`, in UTC.
    init(minute text: String) { self = Timestamp(text + ":00Z")! }

    init(second: Int64) { self.init(microseconds: second * 1_000_000) }

    var second: Int64 { microseconds / 1_000_000 }
}
