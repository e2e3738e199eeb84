public import SnapkeepCore

/// One look, before the first creation of a run, for what carries our stamp already and a key that is about to be created: the state may
/// have been left behind by another pipeline, and a saved plan may have been carried out elsewhere (P1).
///
/// It costs no more than the pages of the project's list. Where that has more pages than few volumes have lists, each of them is listed by
/// itself after the first page: a key that was made elsewhere of another volume is then seen only if it is among the newest.
public struct CreationLook: Sendable {
    let reader: ProjectReader

    /// Reads through `reader`.
    public init(reader: ProjectReader) { self.reader = reader }

    /// Looks once.
    ///
    /// - Parameters:
    ///   - search: told every snapshot that was listed.
    ///   - volumes: of the snapshots to be created; `nil` where some are known by name only, so that every volume may be concerned.
    /// - Throws: `ServiceFault` when any page could not be read: then nothing may be created.
    public func look(for search: inout CreationSearch, on volumes: Set<VolumeID>?) async throws(ServiceFault) {
        guard let volumes, !volumes.isEmpty else { return try await readProject(&search, from: nil) }
        let page = try await reader.firstPage()
        for snapshot in page.snapshots { search.see(snapshot) }
        guard let next = page.next else { return }
        if volumes.count == 1 { return try await readVolumes(volumes.sorted(), &search) }
        // There are more than one page of them. The quota tells how many, and one list for each volume may be less to read.
        if volumes.count < Self.worthAsking, let total = try await reader.quota()?.snapshots?.taken,
            volumes.count + 2 <= total / max(1, page.snapshots.count)
        {
            return try await readVolumes(volumes.sorted(), &search)
        }
        try await readProject(&search, from: next)
    }

    /// Projects of more pages than this many volumes have lists are rare: the quota is not asked for.
    private static let worthAsking = 200

    private func readProject(_ search: inout CreationSearch, from cursor: PageCursor?) async throws(ServiceFault) {
        try await reader.visitSnapshots(.all, from: cursor) { search.see($0) }
    }

    /// One list for each volume; a server that does not know the filter shows every snapshot with the first, and then that one was enough.
    private func readVolumes(_ volumes: [VolumeID], _ search: inout CreationSearch) async throws(ServiceFault) {
        for volume in volumes {
            var isFiltered = true
            try await reader.visitSnapshots(.volume(volume)) { snapshot in
                search.see(snapshot)
                if snapshot.volumeID != volume { isFiltered = false }
            }
            if !isFiltered { return }
        }
    }
}
