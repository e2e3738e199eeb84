/// A microversion of the Cinder API v3, `3.22` (CloudAPI#microversions).
public struct Microversion: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let major: Int
    public let minor: Int

    /// A version of its two numbers.
    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads `3.22`; `nil` for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...4).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let major = Int(parts[0]), let minor = Int(parts[1])
        else { return nil }
        self.init(major, minor)
    }

    public var description: String { "\(major).\(minor)" }

    public static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }

    /// The versions whose additions are of use here, the best first: 3.22 can filter a list by metadata, 3.14 tells a snapshot's group.
    ///
    /// Nothing higher is asked for. From 3.31 on a filter that the operator has switched off is an error instead of being passed over;
    /// and from 3.66 on a request without `force` takes a snapshot of an attached volume, which the manifest's `force: false` is there
    /// to prevent (CloudAPI#microversions, CloudAPI#force).
    static let useful = [Microversion(3, 22), Microversion(3, 14)]

    /// What to ask a server for that speaks these versions; `nil` asks for none, which every server takes for 3.0.
    public static func best(in range: ClosedRange<Microversion>) -> Microversion? { useful.first(where: range.contains) }
}

/// One version of the block-storage API as its service lists it (CloudAPI#microversions).
public struct APIVersion: Hashable, Sendable {
    /// `v3.0`.
    public let id: String
    /// `CURRENT`, `SUPPORTED`, `DEPRECATED`.
    public let status: String
    /// The microversions it speaks; `nil` when it has none.
    public let microversions: ClosedRange<Microversion>?

    init?(_ value: JSONValue) {
        guard let id = value["id"]?.string else { return nil }
        self.id = oneLine(id, limit: 20)
        status = oneLine(value["status"]?.string ?? "", limit: 20)
        let least = value["min_version"]?.string.flatMap { Microversion($0) }
        let most = value["version"]?.string.flatMap { Microversion($0) }
        microversions = if let least, let most, least <= most { least...most } else { nil }
    }
}
