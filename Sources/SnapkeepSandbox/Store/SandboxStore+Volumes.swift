extension SandboxStore {
    /// Starts the creation of a volume.
    func createVolume(_ request: VolumeRequest, requestID: String) throws -> StoredVolume {
        let now = settle()
        let size = try request.size(from: request.snapshotID.map { id in try source(id) })
        if let limit = configuration.gigabytesQuota, gigabytesInUse() + size > limit {
            throw APIError.gigabytesLimit(limit, requested: size, consumed: gigabytesInUse())
        }
        let volume = SandboxVolume(
            id: environment.makeID(), name: request.name, size: size, status: .creating, description: request.description,
            metadata: request.metadata, snapshotID: request.snapshotID)
        let outcome = Settlement.Outcome.status(request.metadata["sandbox.fail"] == "create" ? .error : .available)
        let settlement = Settlement(at: now.system + delay(configuration.createDelay, request.metadata), outcome: outcome)
        try commit(.volumeCreated(volume, settlement), at: now.shown, requestID: requestID)
        return try self.volume(volume.id)
    }

    /// The snapshot that a volume is to be made from; it has to rest (measured).
    private func source(_ id: String) throws -> Snapshot {
        let snapshot = try snapshot(id)
        guard snapshot.status == .available else { throw APIError.notASource }
        return snapshot
    }

    /// Starts the deletion of a volume that rests, is attached to nothing and has no snapshots.
    ///
    /// - Parameter cascades: its snapshots go with it (CloudAPI#cascades).
    func deleteVolume(_ id: String, cascades: Bool, requestID: String) throws {
        let now = settle()
        let volume = try volume(id).volume
        let snapshots = Array(state.snapshots.ascending(volumeID: volume.id))
        let rests: Set<SandboxVolume.Status> = [.available, .error]
        guard rests.contains(volume.status), volume.attachments.isEmpty, cascades || snapshots.isEmpty,
            snapshots.allSatisfy({ $0.status == .available || $0.status == .error })
        else { throw APIError.volumeNotDeletable }
        if state.volumes[volume.id] == nil { try commit(.volume(volume), at: now.shown, requestID: requestID) }
        let end = now.system + delay(configuration.deleteDelay, volume.metadata)
        for snapshot in snapshots {
            try commit(.deleting(id: snapshot.id, Settlement(at: end, outcome: .gone)), at: now.shown, requestID: requestID)
        }
        let outcome: Settlement.Outcome = volume.metadata["sandbox.fail"] == "delete" ? .status(.errorDeleting) : .gone
        try commit(.volumeDeleting(id: volume.id, Settlement(at: end, outcome: outcome)), at: now.shown, requestID: requestID)
    }

    func volume(_ id: String) throws -> StoredVolume {
        settle()
        if let volume = state.volumes[id] ?? state.volumes[id.lowercased()] { return volume }
        guard configuration.madeUpVolumes, UUIDText.isUUIDLike(id), !state.removedVolumes.contains(id.lowercased()) else {
            throw APIError.volumeNotFound(id)
        }
        return StoredVolume(volume: .madeUp(id.lowercased()), createdAt: SandboxVolume.madeUpTime)
    }

    func page(_ query: VolumeQuery) throws -> Page<StoredVolume> {
        settle()
        let marker = try query.marker.map { id in try volume(id) }
        return query.page(of: state.volumesNewestFirst(), behind: marker)
    }
}
