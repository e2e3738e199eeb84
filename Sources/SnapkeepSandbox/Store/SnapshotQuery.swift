/// Which snapshots to list, in which order, and which page of them (CloudAPI#list).
struct SnapshotQuery: Sendable, Equatable {
    var limit: Int
    var offset = 0
    var marker: String?
    var sort: [SortKey] = [SortKey(field: .createdAt, ascending: false)]
    var filters: [Filter] = []
    var wantsCount = false

    struct SortKey: Sendable, Equatable {
        let field: Field
        let ascending: Bool

        enum Field: String, Sendable {
            case id, name, status
            case displayName = "display_name"
            case displayDescription = "display_description"
            case createdAt = "created_at"
            case updatedAt = "updated_at"
            case volumeID = "volume_id"
            case size = "volume_size"
        }
    }

    enum Filter: Sendable, Equatable {
        case id(String)
        case name(String)
        case status(String)
        case volumeID(String)
        case nameContains(String)
        case statusContains(String)
        case volumeIDContains(String)
        case metadata([String: String])
        /// A value that no row can have.
        case nothing

        func includes(_ snapshot: Snapshot) -> Bool {
            switch self {
            case .id(let id): snapshot.id == id
            case .name(let name): snapshot.name == name
            case .status(let status): snapshot.status.rawValue == status
            case .volumeID(let id): snapshot.volumeID == id
            case .nameContains(let part): snapshot.name?.contains(part) ?? false
            case .statusContains(let part): snapshot.status.rawValue.contains(part)
            case .volumeIDContains(let part): snapshot.volumeID.contains(part)
            case .metadata(let map): map.allSatisfy { snapshot.metadata[$0.key] == $0.value }
            case .nothing: false
            }
        }
    }
}

/// A page of a list.
struct Page<Row: Sendable>: Sendable {
    let rows: [Row]
    /// The number of rows that the filters leave, when asked for.
    var count: Int?
}

extension SnapshotTable {
    /// The page that the query asks for.
    ///
    /// - Throws: 404 when the marker's snapshot does not exist (any more), as upstream.
    func page(_ query: SnapshotQuery) throws(APIError) -> Page<Snapshot> {
        var volumeID: String?
        for case .volumeID(let id) in query.filters { volumeID = id }
        var marker: Snapshot?
        if let id = query.marker {
            marker = self[id]
            guard marker != nil else { throw APIError.snapshotNotFound(id) }
        }
        let includes = { (snapshot: Snapshot) in query.filters.allSatisfy { $0.includes(snapshot) } }
        let rows = ascending(volumeID: volumeID)
        let count = query.wantsCount ? rows.count(where: includes) : nil
        let page: [Snapshot]
        if query.sort.count == 1, query.sort[0].field == .createdAt {
            // The order that rows are kept in: the page is cut out without sorting.
            let rank = marker.map { self.rank(of: $0, volumeID: volumeID) }
            if query.sort[0].ascending {
                // The marker itself may belong to another volume; then its rank is that of the first row behind it.
                let start =
                    rank.map { $0 < rows.count && rows[rows.index(rows.startIndex, offsetBy: $0)].id == marker?.id ? $0 + 1 : $0 } ?? 0
                page = cut(rows.dropFirst(start).lazy.filter(includes), query)
            } else {
                page = cut(rows.prefix(rank ?? rows.count).reversed().lazy.filter(includes), query)
            }
        } else {
            let sorted = rows.sorted { query.precedes($0, $1, orderTime) }
            let behind = marker.map { mark in sorted.drop { !query.precedes(mark, $0, orderTime) } } ?? sorted[...]
            page = cut(behind.lazy.filter(includes), query)
        }
        return Page(rows: page, count: count)
    }

    private func cut(_ rows: some Sequence<Snapshot>, _ query: SnapshotQuery) -> [Snapshot] {
        Array(rows.dropFirst(query.offset).prefix(query.limit))
    }
}

extension SnapshotQuery {
    /// Rows that compare equal go by their time of creation, then by id, in the direction of the first key.
    fileprivate func precedes(_ left: Snapshot, _ right: Snapshot, _ time: (Microseconds) -> Microseconds) -> Bool {
        let ascending = sort.first?.ascending ?? false
        for key in sort + [SortKey(field: .createdAt, ascending: ascending), SortKey(field: .id, ascending: ascending)] {
            switch key.field.compare(left, right, time) {
            case 0: continue
            case let order: return key.ascending == (order < 0)
            }
        }
        return false
    }
}

extension SnapshotQuery.SortKey.Field {
    /// Times are compared as clients see them.
    fileprivate func compare(_ left: Snapshot, _ right: Snapshot, _ time: (Microseconds) -> Microseconds) -> Int {
        func order<T: Comparable>(_ first: T, _ second: T) -> Int { first < second ? -1 : first == second ? 0 : 1 }
        return switch self {
        case .id: order(left.id, right.id)
        case .name, .displayName: order(left.name ?? "", right.name ?? "")
        case .status: order(left.status.rawValue, right.status.rawValue)
        case .displayDescription: order(left.description ?? "", right.description ?? "")
        case .createdAt: order(time(left.createdAt), time(right.createdAt))
        case .updatedAt: order(left.updatedAt.map(time) ?? .min, right.updatedAt.map(time) ?? .min)
        case .volumeID: order(left.volumeID, right.volumeID)
        case .size: order(left.size, right.size)
        }
    }
}
