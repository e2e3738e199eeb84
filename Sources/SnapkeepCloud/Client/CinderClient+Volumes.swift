public import SnapkeepEngine

extension CinderClient {
    /// GET /volumes/detail?name=…, all pages (api.md 7). The server's filter is not trusted: each row's name is compared byte by byte.
    public func volumes(named name: String) async throws(ServiceFault) -> [ObservedVolume] {
        let call = Call(
            operation: .listVolumes, method: .get, segments: ["volumes", "detail"],
            parameters: [("limit", String(configuration.pageSize)), ("name", name)])
        var found: [ObservedVolume] = []
        var cursor: PageCursor?
        var seen: Set<String> = []
        while true {
            let (answer, marker) = try await sendList(call, from: cursor)
            let (rows, links) = try answer.rows("volumes")
            do throws(WireProblem) {
                for row in rows where row["name"]?.scalarText.map({ $0.utf8.elementsEqual(name.utf8) }) ?? false {
                    let volume = try ObservedVolume(wire: row)
                    // Rows shift between pages while others create and delete.
                    if !found.contains(where: { $0.id == volume.id }) { found.append(volume) }
                }
                guard let next = try Paging(limit: configuration.pageSize, marker: marker).next(rows: rows, links: links) else {
                    return found
                }
                guard let place = next.markers.first, seen.insert(place).inserted else { throw WireProblem("the list runs in a circle") }
                cursor = next
            } catch { throw answer.unintelligible(error.message) }
        }
    }
}
