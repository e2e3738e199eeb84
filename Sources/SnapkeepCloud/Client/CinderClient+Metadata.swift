public import SnapkeepCore
public import SnapkeepEngine

extension CinderClient {
    /// POST /snapshots/{id}/metadata: adds and overwrites; the map, with the server's keys in it, is never replaced (CloudAPI#metadata).
    public func mergeMetadata(_ metadata: Metadata, into id: SnapshotID) async throws(ServiceFault) {
        if metadata.isEmpty { return }
        let answer = try await send(
            Call(
                operation: .mergeMetadata, method: .post, segments: ["snapshots", id.text, "metadata"],
                body: RequestBody.metadata(metadata)))
        guard case .object? = try answer.object()["metadata"] else { throw answer.unintelligible("the answer holds no metadata") }
    }

    /// DELETE /snapshots/{id}/metadata/{key} (CloudAPI#metadata). A key that is not there counts as removed.
    public func deleteMetadataKey(_ key: String, of id: SnapshotID) async throws(ServiceFault) {
        let call = Call(operation: .deleteMetadataKey, method: .delete, segments: ["snapshots", id.text, "metadata", key])
        // Whatever on the way resolves dot segments, escaped or not, would turn this into the deletion of the snapshot itself (P3).
        if key.split(separator: "/", omittingEmptySubsequences: false).contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
            throw ServiceFault(
                .refused(.metadata), request: "DELETE /snapshots/\(id.text)/metadata",
                message: "the metadata key '\(oneLine(key, limit: 80))' cannot be named in a path")
        }
        do {
            try await send(call).expectNothing()
        } catch {
            if error.kind != .refused(.snapshotNotFound) { throw error }
        }
    }
}
