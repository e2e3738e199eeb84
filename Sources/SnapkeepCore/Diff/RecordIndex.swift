/// Finds records by their keys.
///
/// Records are sorted by key, and large manifests mostly are too: the record after the one that was found last is tried first. Only when
/// that fails is a table made, once.
struct RecordIndex {
    private let records: [SnapshotRecord]
    private var next = 0
    private var table: [SnapshotKey: Int]?

    /// An index of records with unique keys, in any order.
    init(_ records: [SnapshotRecord]) { self.records = records }

    /// The position of the record with a key.
    mutating func position(of key: SnapshotKey) -> Int? {
        if next < records.count, records[next].key == key {
            next += 1
            return next - 1
        }
        if records.isEmpty { return nil }
        if table == nil { table = Dictionary(uniqueKeysWithValues: zip(records.lazy.map(\.key), records.indices)) }
        guard let position = table?[key] else { return nil }
        next = position + 1
        return position
    }
}
