import SnapkeepCore

/// A recorded snapshot that is waited for.
struct Watch: Sendable {
    enum Goal: Sendable {
        /// `available`; then the edits are made, or what was replaced is deleted.
        case available(edits: [FieldChange], prunes: SnapshotRecord?)
        /// Gone from the cloud.
        case gone(SnapshotRecord)
        /// `available` or `error`, so that it can be deleted.
        case deletable(SnapshotRecord, DeletionOrigin)
    }

    let id: SnapshotID
    let key: SnapshotKey
    let activity: Activity
    let goal: Goal
    /// When the job began and when the wait did, on the clock that never jumps.
    let startedAt: Duration
    let since: Duration
    let timeout: Duration
    /// So many of the snapshots that this run made are surely older; `nil` for one that it did not make.
    var number: Int?
    var status: SnapshotStatus
    var percent: Int?
    /// When the cloud last told its status, on the clock that never jumps.
    var seenAt: Duration = .zero

    /// Whether one wait began before another.
    static func began(_ left: Watch, before right: Watch) -> Bool { (left.since, left.id) < (right.since, right.id) }
}

/// Counts the snapshots that a run makes, by the second.
struct MadeCount {
    private(set) var total = 0
    /// How many had been answered when the first answer came to a request that was sent in each second of the clock, or later. The few that
    /// were under way with it may be younger; whoever reckons with these numbers adds as many as can be.
    private var bySecond: [Int] = []
    private var origin: Int64?

    /// Counts one more, whose request was sent at an instant of the clock that never jumps.
    ///
    /// - Returns: how many are surely older. Clouds tell creation times in whole seconds, rounded, and order those of one second at will.
    mutating func next(since sentAt: Duration) -> Int {
        let origin = origin ?? sentAt.components.seconds
        self.origin = origin
        let second = Int(max(0, sentAt.components.seconds - origin))
        while bySecond.count <= second { bySecond.append(total) }
        total += 1
        return bySecond[max(0, second - 1)]
    }
}

/// What one look at the awaited snapshots showed.
struct WatchRound: Sendable {
    /// `nil`: the cloud says there is no such snapshot.
    var observed: [SnapshotID: ObservedSnapshot?] = [:]
    var sightings: [Sighting] = []
    /// Why the look was cut short. What was not seen is then simply not known.
    var fault: ServiceFault?
}

/// Looks at all awaited snapshots with as few list pages as they need.
struct Watcher: Sendable {
    /// Most rows of a page, as the clouds have it (CloudAPI#list); what is read is counted in these.
    static let pageSize = 1000
    /// Most snapshots of one round that are asked for one by one, because no page held them.
    static let showLimit = 50

    /// Most pages of one round beyond one for each thousand awaited: a snapshot that has been awaited since long ago, with many younger
    /// ones in the project, is asked for by itself.
    static let extraPages = 10

    let service: any SnapshotService
    let recorder: Recorder

    /// Looks once.
    ///
    /// - Parameters:
    ///   - ids: what is awaited, the longest-awaited first.
    ///   - depth: how many rows of the list hold them all, as far as can be told; `nil` where it cannot.
    func look(at ids: [SnapshotID], depth: Int?) async -> WatchRound {
        var round = WatchRound()
        var missing = Set(ids)
        // One alone is cheaper to ask for than a page, and its progress is wanted.
        if ids.count > 1 {
            do throws(ServiceFault) { try await readLists(for: &missing, depth, into: &round) } catch {
                round.fault = error
                // A list that the cloud will not give says nothing of what can be asked for one by one.
                switch error.kind {
                case .refused, .unintelligible: break
                case .throttled, .notSent, .uncertain, .unauthenticated, .accountBlocked: return round
                }
            }
        }
        do throws(ServiceFault) {
            // Not in the list is not gone: lists may lag behind. Only the snapshot's own 404 counts.
            for id in ids.filter({ missing.contains($0) }).prefix(Self.showLimit) {
                round.observed.updateValue(try await service.snapshot(id), forKey: id)
            }
        } catch { round.fault = error }
        return round
    }

    private func readLists(
        for missing: inout Set<SnapshotID>, _ depth: Int?, into round: inout WatchRound
    ) async throws(ServiceFault) {
        // Lists come newest first (CloudAPI#list): past a row that is older than all that is awaited there is nothing to find. One page for
        // each thousand that is awaited is read in any case, for a server may order its list otherwise.
        let oldest = await recorder.oldestCreation(among: missing)
        var rowsLeft = (missing.count + Self.pageSize - 1) / Self.pageSize * Self.pageSize
        var extraPagesLeft = Self.extraPages
        var cursor: PageCursor?
        var progress = ListProgress(bound: service.listBound, of: "snapshots")
        while !missing.isEmpty {
            let page = try await service.snapshotPage(.all, from: cursor, rows: cursor == nil ? depth : nil)
            for snapshot in page.snapshots where missing.remove(snapshot.id) != nil { round.observed[snapshot.id] = snapshot }
            round.sightings.append(await recorder.sight(page.snapshots))
            rowsLeft -= page.snapshots.count
            if rowsLeft <= 0 {
                guard extraPagesLeft > 0, let oldest, let reached = page.snapshots.last?.createdAt, reached >= oldest else { return }
                extraPagesLeft -= 1
            }
            // A short page that reached behind all that is awaited: what it lacks is not in the list yet.
            if cursor == nil, depth != nil, let oldest, let reached = page.snapshots.last?.createdAt, reached < oldest { return }
            try progress.take(page.snapshots.lazy.map(\.id.text), next: page.next)
            guard let next = page.next else { return }
            cursor = next
        }
    }
}
