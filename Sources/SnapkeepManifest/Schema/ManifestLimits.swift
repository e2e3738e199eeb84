/// How much of a manifest is taken before it is refused: what a hostile file may cost (Manifest#yaml).
public struct ManifestLimits: Hashable, Sendable {
    /// Bytes in one file.
    public var fileBytes = 256 << 20
    /// Mappings and lists inside one another.
    public var depth = 64
    /// Bytes of a tag: libyaml puts the prefix that a directive declares before each.
    public var tagBytes = 1024
    /// Aliases may repeat this many times as many events as their file has, …
    public var expansionFactor = 10
    /// … plus this many.
    public var expansionAllowance = 10_000
    /// Diagnostics told in one run; the rest is counted.
    public var diagnostics = 100

    /// The limits that hold where none is set.
    public static let standard = ManifestLimits()

    /// The standard limits, to be changed one by one.
    public init() {}
}
