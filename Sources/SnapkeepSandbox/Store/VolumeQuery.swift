/// Which volumes to list, in which order, and which page of them (CloudAPI#volumes).
struct VolumeQuery: Sendable, Equatable {
    var limit: Int
    var offset = 0
    var marker: String?
    var sort: [SortKey] = []
    var filters: [Filter] = []
    var wantsCount = false

    struct SortKey: Sendable, Equatable {
        let field: Field
        let ascending: Bool

        enum Field: String, Sendable {
            case id, name, status, size
            case displayName = "display_name"
            case createdAt = "created_at"
            case updatedAt = "updated_at"
            case availabilityZone = "availability_zone"
            case bootable
        }
    }

    enum Filter: Sendable, Equatable {
        case name(String)
        case status(String)
        case size(Int)
        case metadata([String: String])
        /// A value that no row can have.
        case nothing

        func includes(_ volume: SandboxVolume) -> Bool {
            switch self {
            case .name(let name): volume.name == name
            case .status(let status): volume.status.rawValue == status
            case .size(let size): volume.size == size
            case .metadata(let map): map.allSatisfy { volume.shownMetadata[$0.key] == $0.value }
            case .nothing: false
            }
        }
    }

    /// The page of the rows, which come newest first; `behind` is the volume that the marker names.
    func page(of rows: [StoredVolume], behind marker: StoredVolume?) -> Page<StoredVolume> {
        let sorted = rows.sorted(by: precedes)
        let behind = marker.map { mark in sorted.drop { !precedes(mark, $0) } } ?? sorted[...]
        let included = behind.lazy.filter { row in filters.allSatisfy { $0.includes(row.volume) } }
        let count = wantsCount ? rows.count { row in filters.allSatisfy { $0.includes(row.volume) } } : nil
        return Page(rows: Array(included.dropFirst(offset).prefix(limit)), count: count)
    }

    /// Rows that compare equal go by their time of creation, then by id, in the direction of the first key.
    private func precedes(_ left: StoredVolume, _ right: StoredVolume) -> Bool {
        let ascending = sort.first?.ascending ?? false
        for key in sort + [SortKey(field: .createdAt, ascending: ascending), SortKey(field: .id, ascending: ascending)] {
            switch key.field.compare(left, right) {
            case 0: continue
            case let order: return key.ascending == (order < 0)
            }
        }
        return false
    }
}

extension VolumeQuery.SortKey.Field {
    fileprivate func compare(_ left: StoredVolume, _ right: StoredVolume) -> Int {
        func order<T: Comparable>(_ first: T, _ second: T) -> Int { first < second ? -1 : first == second ? 0 : 1 }
        return switch self {
        case .id: order(left.volume.id, right.volume.id)
        case .name, .displayName: order(left.volume.name ?? "", right.volume.name ?? "")
        case .status: order(left.volume.status.rawValue, right.volume.status.rawValue)
        case .size: order(left.volume.size, right.volume.size)
        case .createdAt: order(left.createdAt, right.createdAt)
        // The volumes of a sandbox are alike in these.
        case .updatedAt, .availabilityZone, .bootable: 0
        }
    }
}
