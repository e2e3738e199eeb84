/// What the store knows: the sum of its events. Reading the data file and serving requests both go through ``apply(_:at:)``.
struct StoreState {
    private(set) var snapshots: SnapshotTable
    private(set) var volumes: [String: StoredVolume] = [:]
    private(set) var volumeGigabytes = 0
    /// Ids that were volumes once: no volume is made up for them.
    private(set) var removedVolumes: Set<String> = []
    /// How far the sandbox's clock is before the system's; less than nothing where it was set to the past.
    private(set) var clockAhead: Microseconds = 0
    /// The latest time of all events, by the sandbox's clock.
    private(set) var latest: Microseconds?
    private var queue = SettlementQueue()
    private var sortedVolumes: [StoredVolume]?

    init(orderTime: @Sendable @escaping (Microseconds) -> Microseconds) {
        snapshots = SnapshotTable(orderTime: orderTime)
    }

    /// - Parameter time: by the sandbox's clock; of `clock`, what it is set to.
    mutating func apply(_ event: StoreEvent, at time: Microseconds) {
        latest = max(latest ?? time, time)
        switch event {
        case .format: break
        case .clock(let system): clockAhead = time - system
        case .volume(let volume):
            put(volume, at: time, settlement: nil)
        case .volumeCreated(let volume, let settlement):
            put(volume, at: time, settlement: settlement)
            queue.add(volume.id, at: settlement.at)
        case .volumeDeleting(let id, let settlement):
            change(id, .deleting, settlement, at: time)
            queue.add(id, at: settlement.at)
        case .volumeStatus(let id, let status):
            change(id, status, nil, at: time)
        case .volumeRemoved(let id):
            volumeGigabytes -= volumes[id]?.volume.size ?? 0
            removedVolumes.insert(id)
            volumes[id] = nil
            sortedVolumes = nil
        case .created(var snapshot):
            snapshot.begunAt = time - clockAhead
            snapshots.insert(snapshot)
            if let settlement = snapshot.settlement { queue.add(snapshot.id, at: settlement.at) }
        case .updated(let id, let name, let description):
            snapshots.change(id) {
                $0.name = name
                $0.description = description
                $0.updatedAt = time
            }
        case .metadata(let id, let map):
            // The rows of the metadata change, not the snapshot's: its updated_at stays.
            snapshots.change(id) { $0.metadata = map }
        case .deleting(let id, let settlement):
            snapshots.change(id) {
                $0.status = .deleting
                $0.updatedAt = time
                $0.settlement = settlement
            }
            queue.add(id, at: settlement.at)
        case .status(let id, let status):
            snapshots.change(id) {
                $0.status = status
                $0.updatedAt = time
                $0.settlement = nil
            }
        case .deleted(let id):
            snapshots.remove(id)
        }
    }

    private mutating func put(_ volume: SandboxVolume, at time: Microseconds, settlement: Settlement?) {
        volumeGigabytes += volume.size - (volumes[volume.id]?.volume.size ?? 0)
        volumes[volume.id] = StoredVolume(volume: volume, createdAt: volumes[volume.id]?.createdAt ?? time, settlement: settlement)
        sortedVolumes = nil
    }

    private mutating func change(_ id: String, _ status: SandboxVolume.Status, _ settlement: Settlement?, at time: Microseconds) {
        volumes[id]?.updatedAt = time
        volumes[id]?.volume.status = status
        volumes[id]?.settlement = settlement
        sortedVolumes = nil
    }

    /// The event that ends the first operation due by then, and when that was by the sandbox's clock; nil when none is due.
    ///
    /// - Parameter now: the system's time.
    mutating func nextSettlement(dueAt now: Microseconds) -> (event: StoreEvent, at: Microseconds)? {
        while let due = queue.next(dueAt: now) {
            // A snapshot that vanished, or ended before (its line was read from the file), leaves its entry behind.
            if let settlement = snapshots[due.id]?.settlement, settlement.at == due.at {
                switch settlement.outcome {
                case .status(let status): return (.status(id: due.id, status), due.at + clockAhead)
                case .gone: return (.deleted(id: due.id), due.at + clockAhead)
                }
            }
            if let settlement = volumes[due.id]?.settlement, settlement.at == due.at {
                switch settlement.outcome {
                case .status(.available): return (.volumeStatus(id: due.id, .available), due.at + clockAhead)
                case .status(.errorDeleting): return (.volumeStatus(id: due.id, .errorDeleting), due.at + clockAhead)
                case .status: return (.volumeStatus(id: due.id, .error), due.at + clockAhead)
                case .gone: return (.volumeRemoved(id: due.id), due.at + clockAhead)
                }
            }
        }
        return nil
    }

    /// All volumes, newest first, then by id.
    mutating func volumesNewestFirst() -> [StoredVolume] {
        if let sortedVolumes { return sortedVolumes }
        let sorted = volumes.values.sorted {
            $0.createdAt == $1.createdAt ? $0.volume.id > $1.volume.id : $0.createdAt > $1.createdAt
        }
        sortedVolumes = sorted
        return sorted
    }
}
