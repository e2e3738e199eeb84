import SnapkeepCore

@testable import SnapkeepEngine

/// A cloud in memory that behaves like one: snapshots come to be, become available, are deleted; lists are paged and may lag; and any
/// call may meet a fault, before or after the cloud acted, or long after.
actor FakeCloud: ProjectService {
    enum Operation: String, Hashable, Sendable, CaseIterable { case create, show, list, update, merge, deleteKey, delete, volumes, quota }

    /// One call, as a fault script sees it.
    struct Call: Sendable {
        let operation: Operation
        /// The name for a creation, the id for a call about one snapshot.
        let subject: String
        /// How many calls of this operation came before.
        let index: Int
        /// How many calls of this operation about this subject came before.
        let repetition: Int
    }

    enum Trouble: Sendable {
        case throttled(Duration?)
        case notSent
        /// The answer is lost, and nothing was done.
        case lostBefore
        /// The answer is lost after the cloud acted.
        case lostAfter
        /// The answer is lost, and the cloud acts so much later.
        case lostAndLate(Duration)
        /// The connection hangs so long before it breaks, and the cloud acts so much later still.
        case hanging(Duration, late: Duration)
        case unintelligible
        case unintelligibleAfter
        case refused(ServiceFault.Refusal)
        /// The cloud says no, and acts all the same.
        case refusedAfter(ServiceFault.Refusal)
        /// Somebody else than the cloud says so, before or after it acts, and may ask for a wait.
        case foreign(Int, acts: Bool, pause: ServiceFault.Pause?)
        /// Somebody else asks for the same a moment before.
        case beatenToIt
        case unauthenticated
        case blocked
        /// The call takes so long and then succeeds.
        case slow(Duration)
    }

    struct Settings: Sendable {
        var latency: Duration = .milliseconds(50)
        var creationTime: Duration = .seconds(5)
        var deletionTime: Duration = .seconds(3)
        var pageSize = 1000
        /// A new snapshot stands in lists only after this time.
        var listLag: Duration = .zero
        /// What the answer to every creation shows in the place of what was made.
        var answersAbout: SnapshotID?
        /// Whether what is told at creation is dropped: metadata comes only by requests of its own.
        var dropsMetadata = false
        /// What no list shows, whatever its age.
        var unlisted: Set<SnapshotID> = []
        var ignoresVolumeFilter = false
        /// Every page names the same next page.
        var repeatsCursor = false
        /// Each page of snapshots is made up of new rows, and there is always another.
        var isEndless = false
        /// Each page of snapshots has the same rows, and the next one is always another.
        var isCircular = false
        var listBound = ListProgress.usualBound
        /// Names of snapshots that end in `error`.
        var failing: Set<String> = []
        /// Snapshots whose deletion is accepted and then not carried out.
        var busy: Set<SnapshotID> = []
        /// The last status of a deletion that failed.
        var failedDeletion: [SnapshotID: SnapshotStatus] = [:]
        /// Creations are available at once, already in the answer.
        var isImmediate = false
        var volumes: [ObservedVolume] = []
        /// What no list of volumes shows.
        var unlistedVolumes: [ObservedVolume] = []
        var quota = ProjectQuota()
        /// Keys that must never be left without an available snapshot by a deletion (P3).
        var listedKeys: Set<String> = []
        var trouble: @Sendable (Call) -> Trouble? = { _ in nil }
    }

    private struct Held {
        var snapshot: ObservedSnapshot
        var madeAt: Duration
        var deletedAt: Duration?
    }

    var settings: Settings
    /// Set once, before the first call.
    nonisolated let listBound: Int
    private let time: VirtualTime
    private let log: EventLog
    private var held: [SnapshotID: Held] = [:]
    private var order: [SnapshotID] = []
    /// What the cloud will do by itself, whether its client lives to see it or not.
    private var coming: [(at: Duration, request: CreationRequest, ticket: Int)] = []
    private var results: [Int: SnapshotID] = [:]
    private var tickets = 0
    private var calls: [Operation: Int] = [:]
    private var repetitions: [String: Int] = [:]
    private var nextID = 0
    private var running: [Int: VolumeID?] = [:]
    /// Most requests that ran at once.
    private(set) var peak = 0
    /// Most changing requests for one volume that ran at once.
    private(set) var volumePeak = 0
    /// Deletions that left a listed key without an available snapshot, or would have.
    private(set) var bereaving: [SnapshotID] = []
    /// Every request in the order of arrival: `create snap-1`, `delete 0001`.
    private(set) var requests: [String] = []
    /// When each request arrived.
    private(set) var arrivals: [Duration] = []

    init(time: VirtualTime, log: EventLog, settings: Settings = Settings()) {
        self.time = time
        self.log = log
        self.settings = settings
        listBound = settings.listBound
    }

    // MARK: What a test looks at

    func count(_ operation: Operation) -> Int { calls[operation] ?? 0 }

    func change(_ edit: @Sendable (inout Settings) -> Void) { edit(&settings) }

    /// All snapshots that exist now, oldest first, late ones included.
    var snapshots: [ObservedSnapshot] {
        actUntilNow()
        return order.compactMap { current($0) }
    }

    func isGone(_ id: SnapshotID) -> Bool { current(id) == nil }

    /// Puts a snapshot in place that was there before the test began.
    func place(_ snapshot: ObservedSnapshot) {
        held[snapshot.id] = Held(snapshot: snapshot, madeAt: .seconds(-86_400))
        order.append(snapshot.id)
    }

    /// Takes the request of a run that lives beside the tests' own: it is carried out so much later.
    func expect(_ request: CreationRequest, after delay: Duration) {
        tickets += 1
        coming.append((time.elapsed + delay, request, tickets))
    }

    /// Changes a snapshot, as another client would.
    func edit(_ id: SnapshotID, _ edit: (inout ObservedSnapshot) -> Void) { if held[id] != nil { edit(&held[id]!.snapshot) } }

    /// Takes a snapshot away, as its volume's deletion would.
    func vanish(_ id: SnapshotID) {
        held[id] = nil
        order.removeAll { $0 == id }
    }

    // MARK: The service

    /// As it is: `World` has the checks, which take place where the request leaves a run.
    nonisolated func checking(_ check: @escaping SendingCheck) -> any SnapshotService { self }

    func createSnapshot(_ request: CreationRequest) async throws(ServiceFault) -> ObservedSnapshot {
        log.append(.posted(attempt: request.metadata[Stamp.attemptKey] ?? "none", at: time.now))
        tickets += 1
        let ticket = tickets
        return try await call(.create, request.name, volume: request.volumeID, "POST /v2/p/snapshots") { cloud in
            cloud.current(cloud.settings.answersAbout ?? cloud.results[ticket]!)!
        } schedule: { cloud, delay in
            cloud.coming.append((cloud.time.elapsed + delay, request, ticket))
        }
    }

    func snapshot(_ id: SnapshotID) async throws(ServiceFault) -> ObservedSnapshot? {
        try await call(.show, id.text, volume: nil, "GET /v2/p/snapshots/\(id)") { $0.current(id) }
    }

    func snapshotPage(_ filter: SnapshotFilter, from cursor: PageCursor?, rows: Int?) async throws(ServiceFault) -> SnapshotPage {
        var subject = "all"
        if case .volume(let volume) = filter { subject = volume.text }
        return try await call(.list, subject, volume: nil, "GET /v2/p/snapshots/detail") { $0.page(filter, cursor, rows) }
    }

    func updateSnapshot(_ id: SnapshotID, name: String, description: String?) async throws(ServiceFault) -> ObservedSnapshot {
        try await demand(id, .update, "PUT /v2/p/snapshots/\(id)") { snapshot in
            snapshot.name = name
            snapshot.description = description
        }
    }

    func mergeMetadata(_ metadata: Metadata, into id: SnapshotID) async throws(ServiceFault) {
        _ = try await demand(id, .merge, "POST /v2/p/snapshots/\(id)/metadata") { $0.metadata = $0.metadata.merging(metadata) }
    }

    func deleteMetadataKey(_ key: String, of id: SnapshotID) async throws(ServiceFault) {
        _ = try await demand(id, .deleteKey, "DELETE /v2/p/snapshots/\(id)/metadata/\(key)") { snapshot in
            snapshot.metadata = Metadata(snapshot.metadata.entries.filter { $0.key != key })
        }
    }

    func deleteSnapshot(_ id: SnapshotID) async throws(ServiceFault) {
        log.append(.deleteSent(id))
        if let key = held[id]?.snapshot.metadata[Stamp.keyKey], settings.listedKeys.contains(key) {
            let others = order.filter { $0 != id }.compactMap { current($0) }
            if !others.contains(where: { $0.metadata[Stamp.keyKey] == key && $0.status == .available }) { bereaving.append(id) }
        }
        let request = "DELETE /v2/p/snapshots/\(id)"
        let accepted = try await call(.delete, id.text, volume: current(id)?.volumeID, request) { cloud -> Bool in
            guard let snapshot = cloud.current(id) else { return true }
            guard snapshot.status.allowsDeletion else { return false }
            cloud.held[id]?.deletedAt = cloud.time.elapsed
            return true
        }
        if !accepted { throw ServiceFault(.refused(.wrongStatus), request: request, status: 400, message: "Invalid snapshot") }
    }

    func volumes(named name: String) async throws(ServiceFault) -> [ObservedVolume] {
        // The server's filter is not trusted, so it is not applied here.
        try await call(.volumes, name, volume: nil, "GET /v2/p/volumes/detail") { $0.settings.volumes }
    }

    func volumePage(from cursor: PageCursor?) async throws(ServiceFault) -> VolumePage {
        try await call(.volumes, "all", volume: nil, "GET /v2/p/volumes/detail") { cloud in
            let start = cursor.flatMap { Int($0.marker) } ?? 0
            let end = min(start + cloud.settings.pageSize, cloud.settings.volumes.count)
            return VolumePage(
                volumes: Array(cloud.settings.volumes[start..<end]),
                next: end < cloud.settings.volumes.count ? PageCursor(marker: String(cloud.settings.repeatsCursor ? 0 : end)) : nil)
        }
    }

    func volume(_ id: VolumeID) async throws(ServiceFault) -> ObservedVolume? {
        try await call(.volumes, id.text, volume: nil, "GET /v2/p/volumes/\(id)") { cloud in
            (cloud.settings.volumes + cloud.settings.unlistedVolumes).first { $0.id == id }
        }
    }

    func quota() async throws(ServiceFault) -> ProjectQuota {
        try await call(.quota, "all", volume: nil, "GET /v2/p/os-quota-sets/p") { $0.settings.quota }
    }

    // MARK: How it behaves

    private func demand(
        _ id: SnapshotID, _ operation: Operation, _ request: String, _ edit: @escaping @Sendable (inout ObservedSnapshot) -> Void
    ) async throws(ServiceFault) -> ObservedSnapshot {
        let result = try await call(operation, id.text, volume: current(id)?.volumeID, request) { cloud -> ObservedSnapshot? in
            guard cloud.current(id) != nil else { return nil }
            edit(&cloud.held[id]!.snapshot)
            return cloud.current(id)
        }
        guard let result else {
            throw ServiceFault(.refused(.snapshotNotFound), request: request, status: 404, code: "itemNotFound", message: "not found")
        }
        return result
    }

    private func call<Value: Sendable>(
        _ operation: Operation, _ subject: String, volume: VolumeID?, _ request: String,
        act: (isolated FakeCloud) -> Value, schedule: ((isolated FakeCloud, Duration) -> Void)? = nil
    ) async throws(ServiceFault) -> Value {
        let call = Call(
            operation: operation, subject: subject, index: calls[operation] ?? 0,
            repetition: repetitions["\(operation) \(subject)"] ?? 0)
        calls[operation, default: 0] += 1
        repetitions["\(operation) \(subject)", default: 0] += 1
        requests.append("\(operation) \(subject)")
        arrivals.append(time.elapsed)
        tickets += 1
        let ticket = tickets
        running[ticket] = .some(volume)
        peak = max(peak, running.count)
        if let volume { volumePeak = max(volumePeak, running.values.count { $0 == volume }) }
        defer { running[ticket] = nil }
        return try await perform(settings.trouble(call), request, act, schedule)
    }

    /// The other side hung up on everything.
    func forgetConnections() { running = [:] }

    private func perform<Value: Sendable>(
        _ trouble: Trouble?, _ request: String, _ act: (isolated FakeCloud) -> Value,
        _ schedule: ((isolated FakeCloud, Duration) -> Void)?
    ) async throws(ServiceFault) -> Value {
        // Half of the way there, half of the way back: the cloud acts in between.
        switch trouble {
        case nil, .lostAfter, .unintelligibleAfter, .refusedAfter, .foreign(_, acts: true, _), .beatenToIt:
            schedule?(self, settings.latency / 2)
        case .slow(let duration): schedule?(self, settings.latency / 2 + duration)
        case .lostAndLate(let delay): schedule?(self, settings.latency / 2 + delay)
        case .hanging(let hang, let delay): schedule?(self, settings.latency / 2 + hang + delay)
        case .throttled, .notSent, .lostBefore, .unintelligible, .refused, .unauthenticated, .blocked, .foreign(_, acts: false, _): break
        }
        try? await time.sleep(settings.latency / 2)
        actUntilNow()
        func fault(_ kind: ServiceFault.Kind, _ status: Int?, _ message: String) -> ServiceFault {
            ServiceFault(kind, request: request, status: status, message: message, requestID: status == nil ? nil : "req-1")
        }
        switch trouble {
        case .throttled(let wait): throw fault(.throttled(retryAfter: wait), 429, "too many requests")
        case .notSent: throw fault(.notSent, nil, "connection refused")
        case .refused(let refusal): throw fault(.refused(refusal), 400, "refused")
        case .refusedAfter(let refusal):
            _ = act(self)
            throw fault(.refused(refusal), 400, "refused")
        case .foreign(let status, let acts, let pause):
            if acts { _ = act(self) }
            var foreign = fault(.uncertain, status, "an HTML page instead of an answer")
            foreign.pause = pause
            throw foreign
        case .beatenToIt: _ = act(self)
        case .unauthenticated: throw fault(.unauthenticated, 401, "token expired")
        case .blocked: throw fault(.accountBlocked, 403, "account frozen")
        case .lostBefore: throw fault(.uncertain, nil, "connection reset")
        case .lostAndLate: throw fault(.uncertain, 504, "gateway timeout")
        case .hanging(let hang, _):
            try? await time.sleep(hang)
            throw fault(.uncertain, nil, "timed out")
        case .lostAfter:
            _ = act(self)
            throw fault(.uncertain, nil, "connection reset")
        case .unintelligible: throw fault(.unintelligible, 200, "not JSON")
        case .unintelligibleAfter:
            _ = act(self)
            throw fault(.unintelligible, 200, "not JSON")
        case .slow(let duration):
            try? await time.sleep(duration)
            actUntilNow()
        case nil: break
        }
        let value = act(self)
        try? await time.sleep(settings.latency / 2)
        return value
    }

    private func make(_ request: CreationRequest, at instant: Duration) -> SnapshotID {
        nextID += 1
        let digits = String(nextID)
        let id = SnapshotID(String(repeating: "0", count: 6 - digits.count) + digits)!
        let snapshot = ObservedSnapshot(
            id: id, volumeID: request.volumeID, name: request.name, description: request.description,
            metadata: settings.dropsMetadata ? Metadata() : request.metadata,
            status: .creating, size: 20, createdAt: Timestamp(microseconds: VirtualTime.epoch.microseconds + instant.inMicroseconds),
            updatedAt: nil)
        held[id] = Held(snapshot: snapshot, madeAt: instant)
        order.append(id)
        log.append(.made(id, attempt: request.metadata[Stamp.attemptKey] ?? "none", at: instant))
        return id
    }

    private func actUntilNow() {
        let due = coming.filter { $0.at <= time.elapsed }.sorted { ($0.at, $0.ticket) < ($1.at, $1.ticket) }
        coming.removeAll { $0.at <= time.elapsed }
        for entry in due { results[entry.ticket] = make(entry.request, at: entry.at) }
    }

    private func current(_ id: SnapshotID) -> ObservedSnapshot? {
        guard let entry = held[id] else { return nil }
        var snapshot = entry.snapshot
        let now = time.elapsed
        if let deletedAt = entry.deletedAt {
            if now - deletedAt < settings.deletionTime {
                snapshot.status = .deleting
                return snapshot
            }
            if let status = settings.failedDeletion[id] {
                snapshot.status = status
                return snapshot
            }
            if !settings.busy.contains(id) { return nil }
            snapshot.status = .available
            return snapshot
        }
        // Only what this cloud made grows; what a test placed keeps its status.
        guard snapshot.status == .creating, entry.madeAt >= .zero else { return snapshot }
        let age = now - entry.madeAt
        if settings.isImmediate || age >= settings.creationTime {
            snapshot.status = settings.failing.contains(snapshot.name ?? "") ? .error : .available
            snapshot.progress = nil
        } else {
            snapshot.progress = Int(age / settings.creationTime * 100)
        }
        return snapshot
    }

    /// Lets what was placed as `creating` grow from now on.
    func startGrowing(_ id: SnapshotID) { held[id]?.madeAt = time.elapsed }

    /// Lists of snapshots begun so far, by the rows of their pages; of two that are read at once the pages stand with the later.
    private(set) var looks: [[Int]] = []

    private func madeUpPage(_ count: Int) -> SnapshotPage {
        madeUpPages += 1
        let first = settings.isEndless ? madeUpPages * count : 0
        let rows = (first..<first + count).map { number in
            ObservedSnapshot(
                id: SnapshotID("made-up-\(number)")!, volumeID: Fixture.volume(number % 1000), name: "made-up", description: nil,
                metadata: Metadata(), status: .available, size: 1, createdAt: nil, updatedAt: nil)
        }
        return SnapshotPage(snapshots: rows, next: PageCursor(marker: "made-up-\(madeUpPages)"))
    }
    private var madeUpPages = 0

    private func page(_ filter: SnapshotFilter, _ cursor: PageCursor?, _ wanted: Int?) -> SnapshotPage {
        if settings.isEndless || settings.isCircular { return madeUpPage(min(wanted ?? .max, settings.pageSize)) }
        let rows = order.reversed().filter { id in
            // What is gone leaves no gap in a page.
            guard let entry = held[id], current(id) != nil, !settings.unlisted.contains(id),
                time.elapsed - entry.madeAt >= settings.listLag || entry.madeAt < .zero
            else { return false }
            guard case .volume(let volume) = filter, !settings.ignoresVolumeFilter else { return true }
            return entry.snapshot.volumeID == volume
        }
        let start = cursor.flatMap { cursor in rows.firstIndex { $0.text == cursor.marker }.map { $0 + 1 } } ?? 0
        let slice = rows.dropFirst(settings.repeatsCursor ? 0 : start).prefix(min(wanted ?? .max, settings.pageSize))
        if cursor == nil { looks.append([]) }
        looks[looks.count - 1].append(slice.count)
        let hasMore = start + slice.count < rows.count
        let next = settings.repeatsCursor || hasMore ? slice.last.map { PageCursor(marker: $0.text) } : nil
        return SnapshotPage(snapshots: slice.compactMap { current($0) }, next: next)
    }
}
