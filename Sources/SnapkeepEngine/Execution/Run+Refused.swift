import SnapkeepCore

/// A refusal is believed, and looked after all the same: at the end of a run that closed intents without a snapshot one look at the newest
/// snapshots shows whether something was made for them (P1).
extension Run {
    /// Rows of others that are looked past, beyond as many as this run may have made.
    private static let margin = 50

    /// Notes that the cloud refused a creation whose request was sent.
    mutating func noteRefused(_ job: Job) {
        if case .create(let creation) = job.step, let intent = creation.intent { refusedCreations[intent.attempt] = intent }
    }

    /// Looks for the stamps of creations that were refused. What it cannot read it leaves: the refusals were the cloud's own.
    mutating func lookForRefused() async {
        guard !refusedCreations.isEmpty, !executor.recorder.hasFailed else { return }
        // Nobody who has just turned everything away is asked for a list.
        if case .service = report.stop { return }
        let wanted = made.total + refusedCreations.count + policy.parallelism + Self.margin
        var cursor: PageCursor?
        var rowsLeft = wanted
        var found: [AttemptID: [ObservedSnapshot]] = [:]
        while rowsLeft > 0 {
            let page: SnapshotPage
            do throws(ServiceFault) {
                page = try await executor.service.snapshotPage(.all, from: cursor, rows: min(rowsLeft, Watcher.pageSize))
            } catch { break }
            for snapshot in page.snapshots {
                guard let intent = refusedCreation(of: snapshot) else { continue }
                found[intent.attempt, default: []].append(snapshot)
            }
            // A page without rows counts as one: it must not go on for ever.
            rowsLeft -= max(1, page.snapshots.count)
            guard let next = page.next, next != cursor else { break }
            cursor = next
        }
        for (attempt, snapshots) in found.sorted(by: { $0.key < $1.key }) {
            guard let intent = refusedCreations[attempt] else { continue }
            for snapshot in snapshots.sorted(by: { $0.id < $1.id }) { await takeRefused(snapshot, intent) }
        }
    }

    /// The refused creation whose stamp a snapshot carries.
    func refusedCreation(of snapshot: ObservedSnapshot) -> CreationIntent? {
        guard let stamp = Stamp(in: snapshot.metadata), let attempt = AttemptID(stamp.attempt), let intent = refusedCreations[attempt],
            stamp == intent.stamp
        else { return nil }
        return intent
    }

    /// Records a snapshot that was made although the cloud had refused it: as the creation's result, or as a duplicate where another one
    /// stands for the key by now.
    mutating func takeRefused(_ snapshot: ObservedSnapshot, _ intent: CreationIntent) async {
        guard await executor.recorder.record(snapshot.id) == nil else { return }
        do {
            guard await executor.recorder.holds(intent.key, otherThan: intent.replaces) == false else {
                try await executor.recorder.record(.duplicate(SnapshotRecord(duplicate: snapshot, key: intent.key)), .soon)
                return noteDuplicate(intent.key, snapshot.id)
            }
            // Its intent was closed by the refusal: opened once more, it is closed by its result.
            try await executor.recorder.record(.intent(intent), .soon)
            try await executor.recorder.adopt([snapshot], for: intent)
            noteMadeAfterRefusal(snapshot, intent)
        } catch { take(error, intent.key, .create) }
    }

    /// The failure that was reported for it is none.
    private mutating func noteMadeAfterRefusal(_ snapshot: ObservedSnapshot, _ intent: CreationIntent) {
        executor.observe(.settled(Settlement(key: intent.key, attempt: intent.attempt, outcome: .found(snapshot.id))))
        report.foundAfterRefusal.append(.init(key: intent.key, id: snapshot.id))
        if snapshot.status == .error { return }
        report.failures.removeAll { failure in
            guard failure.key == intent.key, failure.activity == .create || failure.activity == .replace else { return false }
            if case .service = failure.cause { return true }
            return false
        }
        report.notStarted.removeAll { $0 == intent.key }
        guard snapshot.status == .available else { return report.stillCreating.append(intent.key) }
        if intent.replaces == nil { report.created.append(intent.key) } else { report.replaced.append(intent.key) }
    }
}

extension Recorder {
    /// Whether a snapshot stands for a key, other than the one that is to be replaced.
    func holds(_ key: SnapshotKey, otherThan replaced: SnapshotID?) -> Bool {
        guard let record = state.record(for: key) else { return false }
        return record.id != replaced
    }
}
