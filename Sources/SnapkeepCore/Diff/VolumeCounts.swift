/// How many snapshots each volume has. Kept by the hash values of the ids, for a project may have very many volumes; two that are equal by
/// chance count together, which makes a warning come too early at worst.
public struct VolumeCounts: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    private var counts: [Int: Int32] = [:]

    /// Counts of some volumes, each named once.
    public init(dictionaryLiteral elements: (VolumeID, Int)...) {
        for (id, count) in elements { counts[id.hashValue] = Int32(clamping: count) }
    }

    /// Counts one more.
    public mutating func add(_ id: VolumeID) {
        let count = counts[id.hashValue] ?? 0
        counts[id.hashValue] = count == .max ? count : count + 1
    }

    /// How many the volume has.
    public subscript(id: VolumeID) -> Int { Int(counts[id.hashValue] ?? 0) }
}
