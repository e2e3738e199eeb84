import SnapkeepCore

/// Walks the pages of a list.
struct PageWalk {
    let service: any SnapshotService
    let filter: SnapshotFilter
    /// `nil` for the first page.
    var start: PageCursor?

    /// Hands each page to `visit` until the list ends, repeats itself, or goes beyond its bound.
    ///
    /// - Returns: why the list was not read to its end; `nil` when it was.
    /// - Throws: `ServiceFault` when a page could not be read.
    func visitPages(
        retrying retrier: Retrier, _ visit: ([ObservedSnapshot]) -> Void
    ) async throws(ServiceFault) -> ServiceFault? {
        var cursor = start
        var progress = ListProgress(bound: service.listBound, of: "snapshots")
        while true {
            let position = cursor
            let page = try await retrier.call { () throws(ServiceFault) in try await service.snapshotPage(filter, from: position) }
            visit(page.snapshots)
            do { try progress.take(page.snapshots.lazy.map(\.id.text), next: page.next) } catch { return error }
            guard let next = page.next else { return nil }
            cursor = next
        }
    }
}
