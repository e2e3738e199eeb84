import SnapkeepCore

/// A refusal is believed, and looked after all the same (P1): the last look shows whether something was made for it.
extension ApplyLoop {
    /// Notes that the cloud refused a creation whose request was sent.
    mutating func noteRefused(_ job: Job) {
        if case .create(let creation) = job.step, let intent = creation.intent { refusedCreations[intent.attempt] = intent }
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
            let holder = await executor.recorder.holder(of: intent.key)
            guard holder == nil || holder?.id == intent.replaces else {
                try await executor.recorder.record(.duplicate(SnapshotRecord(duplicate: snapshot, key: intent.key)), .soon)
                return noteDuplicate(intent.key, snapshot.id)
            }
            // Its intent was closed by the refusal: opened once more, it is closed by its result.
            try await executor.recorder.record(.intent(intent), .soon)
            try await executor.recorder.recordFound([snapshot], for: intent)
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
