public import SnapkeepCore
public import SnapkeepEngine

extension CinderClient {
    /// GET /volumes/detail?name=…, all pages (CloudAPI#volumes). No filter of the server's is trusted: each name is compared byte by byte.
    public func volumes(named name: String) async throws(ServiceFault) -> [ObservedVolume] {
        var found: [ObservedVolume] = []
        var cursor: PageCursor?
        var progress = ListProgress(bound: listBound, of: "volumes")
        while true {
            let (page, ids) = try await volumePage([("name", name)], from: cursor) { row in
                row["name"]?.scalarText.map { $0.utf8.elementsEqual(name.utf8) } ?? false
            }
            // Rows shift between pages while others create and delete.
            for volume in page.volumes where !found.contains(where: { $0.id == volume.id }) { found.append(volume) }
            try progress.take(ids, next: page.next)
            guard let next = page.next else { return found }
            cursor = next
        }
    }

    /// GET /volumes/detail (CloudAPI#volumes), one page.
    public func volumePage(from cursor: PageCursor?) async throws(ServiceFault) -> VolumePage {
        try await volumePage([], from: cursor) { _ in true }.page
    }

    /// GET /volumes/{id} (CloudAPI#volumes).
    public func volume(_ id: VolumeID) async throws(ServiceFault) -> ObservedVolume? {
        let answer: SuccessfulAnswer
        do {
            answer = try await send(Call(operation: .showVolume, method: .get, segments: ["volumes", id.text]))
        } catch {
            if error.kind == .refused(.volumeNotFound) { return nil }
            throw error
        }
        guard let value = try answer.object()["volume"] else { throw answer.unintelligible("the answer holds no volume") }
        let volume: ObservedVolume
        do { volume = try ObservedVolume(wire: value) } catch { throw answer.unintelligible(error.message) }
        guard volume.id == id else { throw answer.unintelligible("the answer is about another volume") }
        return volume
    }

    private func volumePage(
        _ filter: [(name: String, value: String)], from cursor: PageCursor?, where isWanted: (JSONValue) -> Bool
    ) async throws(ServiceFault) -> (page: VolumePage, ids: [String]) {
        let call = Call(
            operation: .listVolumes, method: .get, segments: ["volumes", "detail"],
            parameters: [("limit", String(configuration.pageSize))] + filter)
        let (answer, marker) = try await sendList(call, from: cursor)
        let (rows, links) = try answer.rows("volumes")
        do throws(WireProblem) {
            var volumes: [ObservedVolume] = []
            for row in rows where isWanted(row) { volumes.append(try ObservedVolume(wire: row)) }
            let next = try Paging(limit: configuration.pageSize, marker: marker).next(rows: rows, links: links)
            return (VolumePage(volumes: volumes, next: next), rows.compactMap { $0["id"]?.string })
        } catch { throw answer.unintelligible(error.message) }
    }

    /// GET /os-quota-sets/{project_id}?usage=True (CloudAPI#quotas).
    public func quota() async throws(ServiceFault) -> ProjectQuota {
        let answer = try await send(Self.quotaCall(projectID))
        guard let set = try answer.object()["quota_set"], case .object = set else {
            throw answer.unintelligible("the answer holds no quota_set")
        }
        return ProjectQuota(snapshots: .init(wire: set["snapshots"]), gigabytes: .init(wire: set["gigabytes"]))
    }

    static func quotaCall(_ projectID: ProjectID) -> Call {
        Call(operation: .showQuota, method: .get, segments: ["os-quota-sets", projectID.text], parameters: [("usage", "True")])
    }
}

extension ProjectQuota.Allowance {
    /// `{"limit", "in_use", "reserved"}`; a negative limit is none. `nil` where the numbers are missing.
    fileprivate init?(wire value: JSONValue?) {
        guard let value, let limit = value["limit"]?.wholeNumber, let used = value["in_use"]?.wholeNumber else { return nil }
        let (taken, isAbsurd) = used.addingReportingOverflow(value["reserved"]?.wholeNumber ?? 0)
        self.init(limit: limit < 0 ? nil : limit, taken: isAbsurd ? .max : max(0, taken))
    }
}
