import SnapkeepCore

/// One look at the newest snapshots at the end of a run that made some, or closed intents without one. It shows what was made for a refused
/// creation, and what another run, with another copy of this state, made under the same keys at the same time: neither could see the other
/// before, but whichever looks last sees both, so that no pair stays unseen (P1).
extension Run {
    /// Rows of others that are looked past, beyond as many as this run and another like it may have made.
    private static let margin = 50

    /// What it cannot read it leaves: what this run made is recorded, and the refusals were the cloud's own.
    mutating func lookOnceMore() async {
        // Who is asked to stop looks only after what would otherwise be taken for not made.
        guard (made.total > 0 && report.stop != .interrupted) || !refusedCreations.isEmpty, !executor.recorder.hasFailed else { return }
        // Nobody who has just turned everything away is asked for a list.
        if case .service = report.stop { return }
        var search = await executor.recorder.madeElsewhere
        var refused: [AttemptID: [ObservedSnapshot]] = [:]
        var late: [(ObservedSnapshot, Stamp)] = []
        var rowsLeft = 2 * made.total + refusedCreations.count + policy.parallelism + Self.margin
        var cursor: PageCursor?
        while rowsLeft > 0 {
            let page: SnapshotPage
            do throws(ServiceFault) {
                page = try await executor.service.snapshotPage(.all, from: cursor, rows: min(rowsLeft, Watcher.pageSize))
            } catch { break }
            late += await executor.recorder.strays(among: page.snapshots)
            for snapshot in page.snapshots {
                search.see(snapshot)
                if let intent = refusedCreation(of: snapshot) { refused[intent.attempt, default: []].append(snapshot) }
            }
            // A page without rows counts as one: it must not go on for ever.
            rowsLeft -= max(1, page.snapshots.count)
            guard let next = page.next, next != cursor else { break }
            cursor = next
        }
        for (attempt, snapshots) in refused.sorted(by: { $0.key < $1.key }) {
            guard let intent = refusedCreations[attempt] else { continue }
            for snapshot in snapshots.sorted(by: { $0.id < $1.id }) { await takeRefused(snapshot, intent) }
        }
        for (snapshot, stamp) in late { await takeStray(snapshot, stamp) }
        for (text, ids) in search.strays.sorted(by: { $0.key < $1.key }) {
            guard let key = try? SnapshotKey(text) else { continue }
            for id in ids where await executor.recorder.record(id) == nil {
                report.madeElsewhere.append(FoundSnapshot(key: key, id: id))
            }
        }
    }
}

extension Recorder {
    /// Finds snapshots with our stamp, under keys that this run made, which no record accounts for.
    fileprivate var madeElsewhere: CreationSearch {
        CreationSearch(keys: Set((work[.created] + work[.replaced]).compactMap(\.key)), owner: owner, state: state)
    }
}
