import SnapkeepCore

/// One look at the newest snapshots at the end of a run that made some, or closed intents without one. It shows what was made for a refused
/// creation, and, with what the looks before have shown, what another run made under the same keys at the same time with another copy of
/// this state: neither could see the other before, but whichever looks last sees both, so that no pair stays unseen (P1).
extension ApplyLoop {
    /// Rows of others that are looked past, beyond as many as this run and another like it may have made.
    private static let margin = 50

    /// What it cannot read it leaves: what this run made is recorded, and the refusals were the cloud's own.
    mutating func lookOnceMore() async {
        // Who is asked to stop looks only after what would otherwise be taken for not made.
        guard (awaited.made.total > 0 && report.stop != .interrupted) || !refusedCreations.isEmpty, !executor.recorder.hasFailed else {
            return
        }
        // Nobody who has just turned everything away is asked for a list.
        if case .service(let fault) = report.stop {
            if awaited.made.total > 0 { report.unlooked = fault }
            return
        }
        var refused: [AttemptID: [ObservedSnapshot]] = [:]
        var rowsLeft = lastLookDepth
        var cursor: PageCursor?
        while rowsLeft > 0 {
            let page: SnapshotPage
            do throws(ServiceFault) {
                page = try await executor.service.snapshotPage(.all, from: cursor, rows: min(rowsLeft, Watcher.pageSize))
            } catch {
                report.unlooked = error
                break
            }
            await take(await executor.recorder.sight(page.snapshots))
            for snapshot in page.snapshots {
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
        for (id, key) in seenElsewhere.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            guard await executor.recorder.hasMade(key), await executor.recorder.record(id) == nil else { continue }
            report.madeElsewhere.append(FoundSnapshot(key: key, id: id))
        }
    }

    /// One page, for what was made earlier was seen by the looks at what is awaited; as many as it takes where a creation was refused, for
    /// those looks end with what is awaited.
    private var lastLookDepth: Int {
        let others = policy.parallelism + Self.margin
        let usual = min(2 * awaited.made.total + others, Watcher.pageSize)
        return refusedCreations.isEmpty ? usual : max(usual, awaited.made.total + refusedCreations.count + others)
    }
}
