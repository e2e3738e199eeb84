import SnapkeepCore

extension ObservedSnapshot {
    /// Whether this snapshot, which bears no stamp of ours, can be what a creation has made on a cloud that drops what it is told at creation:
    /// bare, named as asked, of its volume, and not older than the request.
    ///
    /// - Parameter start: when the creation was begun, by this machine's clock; `tolerance` is what the cloud's may differ by.
    func canBeResult(of request: CreationRequest, since start: Timestamp, tolerance: Duration = .seconds(300)) -> Bool {
        guard volumeID == request.volumeID, (name ?? "").hasSameBytes(as: request.name), !isServerMade, Stamp(in: metadata) == nil,
            metadata[Stamp.ownerKey] == nil, let createdAt
        else { return false }
        let isBare = metadata.entries.allSatisfy { entry in request.metadata[entry.key].hasSameBytes(as: entry.value) }
        return isBare && start.since(createdAt) <= tolerance
    }
}
