/// All snapshots, found by id, and in the order of creation, overall and for each volume.
///
/// The order is by the time of creation as clients see it, then by id: rows of one second are ordered by id, as in the real
/// service. Insertion and removal search the place by bisection; a page costs its own length.
struct SnapshotTable {
    private var records: [Snapshot?] = []
    private var slots: [String: Int] = [:]
    private var ordered: [Int] = []
    private var orderedByVolume: [String: [Int]] = [:]
    /// A time as clients see it.
    let orderTime: @Sendable (Microseconds) -> Microseconds
    private(set) var gigabytes = 0

    /// A table whose order sees times through `orderTime`.
    init(orderTime: @Sendable @escaping (Microseconds) -> Microseconds) {
        self.orderTime = orderTime
    }

    var count: Int { slots.count }

    subscript(id: String) -> Snapshot? {
        slots[id].flatMap { records[$0] }
    }

    mutating func insert(_ snapshot: Snapshot) {
        let slot = records.count
        records.append(snapshot)
        slots[snapshot.id] = slot
        gigabytes += snapshot.size
        let rank = place(of: snapshot, in: ordered)
        ordered.insert(slot, at: rank)
        let siblingRank = place(of: snapshot, in: rows(snapshot.volumeID))
        orderedByVolume[snapshot.volumeID, default: []].insert(slot, at: siblingRank)
    }

    /// Changes a snapshot in place; its id, volume and creation time are constant, so its place stays.
    mutating func change(_ id: String, _ body: (inout Snapshot) -> Void) {
        guard let slot = slots[id], var snapshot = records[slot] else { return }
        // Taken out while it changes, so that the metadata is not copied.
        records[slot] = nil
        body(&snapshot)
        records[slot] = snapshot
    }

    mutating func remove(_ id: String) {
        guard let slot = slots.removeValue(forKey: id), let snapshot = records[slot] else { return }
        let rank = place(of: snapshot, in: ordered)
        ordered.remove(at: rank)
        let siblingRank = place(of: snapshot, in: rows(snapshot.volumeID))
        orderedByVolume[snapshot.volumeID]?.remove(at: siblingRank)
        if orderedByVolume[snapshot.volumeID]?.isEmpty ?? false { orderedByVolume[snapshot.volumeID] = nil }
        gigabytes -= snapshot.size
        records[slot] = nil
    }

    /// The snapshots of one volume, or all, oldest first.
    func ascending(volumeID: String? = nil) -> some RandomAccessCollection<Snapshot> {
        rows(volumeID).lazy.map { records[$0]! }
    }

    /// The number of rows of ``ascending(volumeID:)`` that stand before the snapshot.
    func rank(of snapshot: Snapshot, volumeID: String?) -> Int {
        place(of: snapshot, in: rows(volumeID))
    }

    private func rows(_ volumeID: String?) -> [Int] {
        guard let volumeID else { return ordered }
        return orderedByVolume[volumeID] ?? []
    }

    private func precedes(_ left: Snapshot, _ right: Snapshot) -> Bool {
        let (first, second) = (orderTime(left.createdAt), orderTime(right.createdAt))
        return first == second ? left.id < right.id : first < second
    }

    private func place(of snapshot: Snapshot, in rows: [Int]) -> Int {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if precedes(records[rows[middle]]!, snapshot) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
