import SnapkeepCore

/// Finds the snapshots that one attempt made.
struct AttemptLookUp {
    let service: any SnapshotService
    let retrier: Retrier

    /// All snapshots of the intent's volume that carry exactly its stamp, oldest first. The server's filter is not trusted (CloudAPI#list).
    ///
    /// - Throws: also when none was found in a list that goes in circles or does not end: what was not seen may be there, so that proves
    ///   nothing.
    func snapshots(of intent: CreationIntent) async throws(ServiceFault) -> [ObservedSnapshot] {
        var found: [SnapshotID: ObservedSnapshot] = [:]
        let obstacle = try await PageWalk(service: service, filter: .volume(intent.volumeID)).visitPages(retrying: retrier) { page in
            for snapshot in page where snapshot.volumeID == intent.volumeID && Stamp(in: snapshot.metadata) == intent.stamp {
                found[snapshot.id] = snapshot
            }
        }
        if found.isEmpty, let obstacle { throw obstacle }
        return found.values.sorted { left, right in
            (left.createdAt?.microseconds ?? .max, left.id) < (right.createdAt?.microseconds ?? .max, right.id)
        }
    }
}

extension Recorder {
    /// Records the oldest of the found snapshots as the intent's result and the others, if any, as duplicates.
    func recordFound(_ found: [ObservedSnapshot], for intent: CreationIntent) async throws(RecordFault) {
        guard let first = found.first else { return }
        try await record(
            .created(
                attempt: intent.attempt,
                CreatedSnapshot(id: first.id, status: first.status, size: first.size, createdAt: first.createdAt)), .soon)
        for other in found.dropFirst() { try await record(.duplicate(SnapshotRecord(duplicate: other, key: intent.key)), .soon) }
    }
}
