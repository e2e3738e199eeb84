/// The volumes and snapshots of a sandbox, their file, and the counts of its fault rules: everything that requests share.
///
/// Each call first ends the operations that are due, at the time they were due; so statuses need no timer.
actor SandboxStore {
    let configuration: SandboxConfiguration
    let environment: SandboxEnvironment
    var state: StoreState
    private var file: DataFile?
    private var faults: FaultCounter
    private var requests: [SandboxRequest] = []
    private let recordsRequests: Bool
    /// Requests that were counted and not kept.
    private var unrecorded = 0

    /// A store with what its file holds and the volumes of the configuration.
    ///
    /// - Throws: ``SandboxError``.
    init(_ configuration: SandboxConfiguration, environment: SandboxEnvironment, recordsRequests: Bool = false) throws(SandboxError) {
        self.configuration = configuration
        self.environment = environment
        self.recordsRequests = recordsRequests
        faults = FaultCounter(configuration.faults)
        let dialect = configuration.dialect
        var state = StoreState(orderTime: { dialect.visible($0) })
        var file: DataFile?
        if let path = configuration.dataFile { file = try Self.read(path, of: configuration.projectID, into: &state) }
        try Self.begin(&state, &file, configuration, environment)
        self.state = state
        self.file = file
    }

    /// Closes the data file; nothing can be changed after that.
    func close() {
        file = nil
    }

    // MARK: Snapshots

    /// Starts a creation.
    func create(_ request: CreateRequest, attachedAllowed: Bool, requestID: String) throws -> Snapshot {
        let now = settle()
        let volume = try volume(request.volumeID)
        let valid = attachedAllowed ? ["available", "in-use"] : ["available"]
        guard valid.contains(volume.volume.status.rawValue) else {
            throw APIError.invalidVolume(volume.volume.id, valid: valid, current: volume.volume.status.rawValue)
        }
        try checkQuota(adding: volume.volume)
        if state.volumes[volume.volume.id] == nil { try commit(.volume(volume.volume), at: now.shown, requestID: requestID) }
        let wish = request.metadata["sandbox.fail"]
        let outcome: Settlement.Outcome =
            switch wish {
            case "vanish": .gone
            case "create": .status(.error)
            default: .status(configuration.failingVolumes.contains(volume.volume.id) ? .error : .available)
            }
        let snapshot = Snapshot(
            id: environment.makeID(), volumeID: volume.volume.id, name: request.name, description: request.description,
            size: volume.volume.size, metadata: request.metadata, status: .creating, createdAt: now.shown, updatedAt: nil,
            settlement: Settlement(at: now.system + delay(configuration.createDelay, request.metadata), outcome: outcome))
        try commit(.created(snapshot), at: now.shown, requestID: requestID)
        return snapshot
    }

    func snapshot(_ id: String) throws -> Snapshot {
        settle()
        guard let snapshot = state.snapshots[id.lowercased()] else { throw APIError.snapshotNotFound(id) }
        return snapshot
    }

    func page(_ query: SnapshotQuery) throws -> Page<Snapshot> {
        settle()
        return try state.snapshots.page(query)
    }

    /// Changes name and description; the snapshot before and after it.
    func update(_ id: String, _ request: UpdateRequest, requestID: String) throws -> (before: Snapshot, after: Snapshot) {
        let now = settle()
        let old = try snapshot(id)
        guard !old.isAutomatic else { throw APIError.notOfAutomatic("update_snapshot") }
        let event = StoreEvent.updated(
            id: old.id, name: request.name ?? old.name, description: request.description ?? old.description)
        try commit(event, at: now.shown, requestID: requestID)
        return (old, try snapshot(id))
    }

    /// Starts a deletion; only a snapshot that rests can be deleted (CloudAPI#delete).
    func delete(_ id: String, requestID: String) throws {
        let now = settle()
        let snapshot = try snapshot(id)
        guard !snapshot.isAutomatic else { throw APIError.notOfAutomatic("delete_snapshot") }
        guard snapshot.status == .available || snapshot.status == .error else { throw APIError.notDeletable }
        if snapshot.metadata["sandbox.fail"] == "dependent" { throw APIError.hasDependents(snapshot.id) }
        let outcome: Settlement.Outcome =
            switch snapshot.metadata["sandbox.fail"] {
            case "delete": .status(.errorDeleting)
            case "busy": .status(.available)
            default: .gone
            }
        let settlement = Settlement(at: now.system + delay(configuration.deleteDelay, snapshot.metadata), outcome: outcome)
        try commit(.deleting(id: snapshot.id, settlement), at: now.shown, requestID: requestID)
    }

    /// Changes the metadata; returns the whole map as it is then.
    func changeMetadata(
        _ id: String, requestID: String, _ change: @Sendable (inout [String: String]) throws -> Void
    ) throws -> [String: String] {
        let now = settle()
        let snapshot = try snapshot(id)
        guard !snapshot.isAutomatic else { throw APIError.notOfAutomatic("update_snapshot_metadata") }
        var map = snapshot.metadata
        try change(&map)
        try commit(.metadata(id: snapshot.id, map: map), at: now.shown, requestID: requestID)
        return map
    }

    // MARK: Quotas

    func usage() -> Usage {
        settle()
        return Usage(
            snapshots: state.snapshots.count, volumes: state.volumes.count, gigabytes: gigabytesInUse(),
            snapshotLimit: configuration.snapshotQuota, gigabytesLimit: configuration.gigabytesQuota)
    }

    /// What is used, and of how much.
    struct Usage: Sendable, Equatable {
        let snapshots: Int
        let volumes: Int
        let gigabytes: Int
        let snapshotLimit: Int?
        let gigabytesLimit: Int?
    }

    // MARK: The clock

    /// The current time.
    func moment() -> Moment {
        let system = environment.now()
        return Moment(system: system, shown: system + state.clockAhead)
    }

    /// Sets the clock, from which it runs on; what it shows then.
    ///
    /// - Throws: `ClockRefusal` when it has shown a later time.
    func setClock(to instant: SandboxInstant, requestID: String) throws -> SandboxInstant {
        let now = settle()
        let shown = SandboxInstant(max(now.shown, state.latest ?? now.shown))
        guard instant >= shown else { throw ClockRefusal(wanted: instant, shown: shown) }
        try commit(.clock(system: now.system), at: instant.microseconds, requestID: requestID)
        return instant
    }

    // MARK: Requests and faults

    /// Notes the request and says what goes wrong with it; the number identifies it in ``finish(_:status:)``.
    func begin(method: String, target: RequestTarget) -> (number: Int, fault: FaultRule.Kind?) {
        let text = target.query.isEmpty ? target.path : "\(target.path)?\(target.query)"
        let fault = ControlAPI.isMeant(by: target) ? nil : faults.next(method: method, target: text)
        guard recordsRequests else {
            unrecorded += 1
            return (unrecorded, fault)
        }
        requests.append(SandboxRequest(method: method, path: target.path, query: target.query, status: nil, fault: fault))
        return (requests.count - 1, fault)
    }

    func finish(_ number: Int, status: Int) {
        guard recordsRequests else { return }
        requests[number].status = status
    }

    func requestLog() -> [SandboxRequest] { requests }

    func inject(_ rules: [FaultRule]) { faults.add(rules) }

    // MARK: What happens behind the API's back

    func allSnapshots() -> [Snapshot] {
        settle()
        return Array(state.snapshots.ascending())
    }

    func contents() -> SandboxContents {
        settle()
        return SandboxContents(
            snapshots: state.snapshots.count, volumes: state.volumes.count,
            clock: state.clockAhead == 0 ? nil : SandboxInstant(moment().shown))
    }

    func vanish(snapshot id: String) throws {
        let now = settle()
        guard state.snapshots[id] != nil else { throw APIError.snapshotNotFound(id) }
        try commit(.deleted(id: id), at: now.shown, requestID: nil)
    }

    func vanish(volume id: String) throws {
        let now = settle()
        guard state.volumes[id] != nil else { throw APIError.volumeNotFound(id) }
        for snapshot in Array(state.snapshots.ascending(volumeID: id)) {
            try commit(.deleted(id: snapshot.id), at: now.shown, requestID: nil)
        }
        try commit(.volumeRemoved(id: id), at: now.shown, requestID: nil)
    }

    // MARK: Parts

    /// Writes the event, then makes it true: an answer never tells what the file does not hold.
    func commit(_ event: StoreEvent, at time: Microseconds, requestID: String?) throws {
        if configuration.dataFile != nil {
            guard file != nil else { throw APIError.unexpected }
            try file?.append(event.line(at: time, requestID: requestID))
        }
        state.apply(event, at: time)
    }

    /// Ends what is due; the current time.
    @discardableResult
    func settle() -> Moment {
        let now = moment()
        while let due = state.nextSettlement(dueAt: now.system) {
            // The end of an operation follows from the line that started it; a full disk must not stop the clock.
            try? file?.append(due.event.line(at: due.at, requestID: nil))
            state.apply(due.event, at: due.at)
        }
        return now
    }

    func delay(_ base: Duration, _ metadata: [String: String]) -> Microseconds {
        let extra = metadata["sandbox.delay"].flatMap { Duration(seconds: $0) } ?? .zero
        return (base + extra).microseconds
    }

    func gigabytesInUse() -> Int {
        state.volumeGigabytes + state.snapshots.gigabytes
    }

    /// Whatever is there counts until it is gone, broken or being deleted too (CloudAPI#quotas).
    private func checkQuota(adding volume: SandboxVolume) throws(APIError) {
        let size = volume.size
        if let limit = configuration.snapshotsPerVolume, state.snapshots.ascending(volumeID: volume.id).count + 1 > limit {
            throw .volumeSnapshotLimit(limit, of: volume.id)
        }
        if let limit = configuration.snapshotQuota, state.snapshots.count + 1 > limit { throw .snapshotLimit(limit) }
        if let limit = configuration.gigabytesQuota, gigabytesInUse() + size > limit {
            throw .gigabytesLimit(limit, requested: size, consumed: gigabytesInUse())
        }
    }
}

extension SandboxDialect {
    /// The time of creation as it is read back: upstream's table keeps whole seconds, Huawei's the fraction too.
    func visible(_ time: Microseconds) -> Microseconds {
        self == .openstack ? Timestamp.wholeSeconds(time) : time
    }
}

extension SandboxVolume {
    /// 2024-01-01T00:00:00: made-up volumes have existed all along.
    static let madeUpTime: Microseconds = 1_704_067_200 * Timestamp.perSecond

    /// The volume that stands for any id: available, 1 to 100 GiB, the same for each asking.
    static func madeUp(_ id: String) -> SandboxVolume {
        // FNV-1a, 64 bits.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return SandboxVolume(id: id, name: "", size: Int(hash % 100) + 1)
    }
}
