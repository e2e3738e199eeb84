public import SnapkeepCore
public import SnapkeepEngine

extension CinderClient {
    /// POST /snapshots (CloudAPI#create).
    public func createSnapshot(_ request: CreationRequest) async throws(ServiceFault) -> ObservedSnapshot {
        let call = Call(operation: .createSnapshot, method: .post, segments: ["snapshots"], body: RequestBody.creation(request))
        let answer = try await send(call)
        let snapshot = try answer.snapshot()
        guard snapshot.volumeID == request.volumeID else { throw answer.unintelligible("the answer is about a snapshot of another volume") }
        return snapshot
    }

    /// GET /snapshots/{id} (CloudAPI#show).
    public func snapshot(_ id: SnapshotID) async throws(ServiceFault) -> ObservedSnapshot? {
        let answer: SuccessfulAnswer
        do {
            answer = try await send(Call(operation: .showSnapshot, method: .get, segments: ["snapshots", id.text]))
        } catch {
            if error.kind == .refused(.snapshotNotFound) { return nil }
            throw error
        }
        return try about(id, answer)
    }

    /// GET /snapshots/detail (CloudAPI#list). The cursor is a marker, and every page is asked for on our own endpoint.
    public func snapshotPage(
        _ filter: SnapshotFilter, from cursor: PageCursor?, rows wanted: Int?
    ) async throws(ServiceFault) -> SnapshotPage {
        let limit = max(1, min(wanted ?? configuration.pageSize, configuration.pageSize))
        var parameters = [(name: "limit", value: String(limit))]
        if case .volume(let id) = filter { parameters.append(("volume_id", id.text)) }
        let call = Call(operation: .listSnapshots, method: .get, segments: ["snapshots", "detail"], parameters: parameters)
        let (answer, marker) = try await sendList(call, from: cursor)
        let (rows, links) = try answer.rows("snapshots")
        do {
            return SnapshotPage(
                snapshots: try ObservedSnapshot.rows(of: rows),
                next: try Paging(limit: limit, marker: marker).next(rows: rows, links: links))
        } catch { throw answer.unintelligible(error.message) }
    }

    /// PUT /snapshots/{id} (CloudAPI#update).
    public func updateSnapshot(_ id: SnapshotID, name: String, description: String?) async throws(ServiceFault) -> ObservedSnapshot {
        let body = RequestBody.update(name: name, description: description)
        let answer = try await send(Call(operation: .updateSnapshot, method: .put, segments: ["snapshots", id.text], body: body))
        return try about(id, answer)
    }

    /// DELETE /snapshots/{id} (CloudAPI#delete). A snapshot that is not there counts as deleted.
    public func deleteSnapshot(_ id: SnapshotID) async throws(ServiceFault) {
        do {
            try await send(Call(operation: .deleteSnapshot, method: .delete, segments: ["snapshots", id.text])).expectNothing()
        } catch {
            if error.kind != .refused(.snapshotNotFound) { throw error }
        }
    }

    private func about(_ id: SnapshotID, _ answer: SuccessfulAnswer) throws(ServiceFault) -> ObservedSnapshot {
        let snapshot = try answer.snapshot()
        guard snapshot.id == id else { throw answer.unintelligible("the answer is about another snapshot") }
        return snapshot
    }
}
