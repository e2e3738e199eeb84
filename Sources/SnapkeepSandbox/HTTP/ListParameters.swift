/// Reads the query of a list (api.md 2.2).
struct ListParameters {
    let target: RequestTarget
    let version: Microversion
    let configuration: SandboxConfiguration
    /// Whether it is Huawei's own dialect that is spoken: it has more filters, and pages by offset only.
    var isNative = false

    private var isHuawei: Bool { configuration.dialect == .huawei }

    /// The rows of a page: never more than the server's own limit.
    ///
    /// - Throws: 400; above 1000 Huawei refuses, upstream cuts without a word.
    func limit() throws(APIError) -> Int {
        guard let text = target.parameter("limit") else { return configuration.maxPageSize }
        guard let limit = Int(text) else { throw .badRequest("limit param must be an integer", code: "EVS.1023") }
        guard limit >= 0, !isHuawei || limit > 0 else { throw .badRequest("limit param must be positive", code: "EVS.1023") }
        guard !isHuawei || limit <= 1000 else { throw .badRequest("limit param must not be greater than 1000", code: "EVS.2142") }
        return min(limit, configuration.maxPageSize)
    }

    func offset() throws(APIError) -> Int {
        guard let text = target.parameter("offset") else { return 0 }
        guard let offset = Int(text) else { throw .badRequest("offset must be an integer") }
        guard offset >= 0 else { throw .badRequest("offset must be >= 0") }
        guard offset <= Int32.max else { throw .badRequest("offset must be <= 2147483647") }
        return offset
    }

    func marker() throws(APIError) -> String? {
        guard !isNative, let marker = target.parameter("marker") else { return nil }
        if isHuawei, !UUIDText.isUUIDLike(marker) { throw .badRequest("Invalid marker", code: "EVS.1024") }
        return marker
    }

    var wantsCount: Bool {
        guard version >= .counts, let text = target.parameter("with_count") else { return false }
        return Self.isTrue(text)
    }

    static func isTrue(_ text: String) -> Bool {
        ["1", "t", "true", "on", "y", "yes"].contains(text.lowercased())
    }

    func snapshotQuery() throws(APIError) -> SnapshotQuery {
        var query = SnapshotQuery(limit: try limit())
        query.offset = try offset()
        query.marker = try marker()
        query.wantsCount = wantsCount
        query.sort = try sortKeys()
        query.filters = try filters()
        return query
    }

    private func sortKeys() throws(APIError) -> [SnapshotQuery.SortKey] {
        let keys = target.parameters.filter { $0.name == "sort_key" }.map(\.value)
        let directions = target.parameters.filter { $0.name == "sort_dir" }.map(\.value)
        if let sort = target.parameter("sort") {
            guard keys.isEmpty, directions.isEmpty else {
                throw .badRequest("The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.")
            }
            var result: [SnapshotQuery.SortKey] = []
            for entry in sort.split(separator: ",") {
                let halves = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                result.append(try sortKey(String(halves[0]), halves.count > 1 ? String(halves[1]) : "desc"))
            }
            return result.isEmpty ? [.init(field: .createdAt, ascending: false)] : result
        }
        return [try sortKey(keys.last ?? "created_at", directions.last ?? "desc")]
    }

    private func sortKey(_ name: String, _ direction: String) throws(APIError) -> SnapshotQuery.SortKey {
        guard let field = SnapshotQuery.SortKey.Field(rawValue: name), field != .name || version >= .sortByName || isHuawei else {
            throw .badRequest("Invalid input received: Sort key passed is invalid: \(name).")
        }
        guard direction == "asc" || direction == "desc" else {
            throw .badRequest("Invalid input received: Unknown sort direction, must be one of: asc, desc.")
        }
        return .init(field: field, ascending: direction == "asc")
    }

    private static let notFilters: Set = ["limit", "offset", "marker", "sort", "sort_key", "sort_dir", "with_count", "all_tenants"]

    /// The filters. One that the server does not know is dropped without a word below 3.31, and refused from there on.
    private func filters() throws(APIError) -> [SnapshotQuery.Filter] {
        var filters: [SnapshotQuery.Filter] = []
        var unknown: [String] = []
        for parameter in target.parameters where !Self.notFilters.contains(parameter.name) {
            switch parameter.name {
            case "name": filters.append(.name(parameter.value))
            case "status": filters.append(.status(parameter.value))
            case "volume_id": filters.append(.volumeID(parameter.value))
            case "metadata" where version >= .metadataFilter && !isHuawei:
                guard let map = Self.dictionary(parameter.value) else {
                    throw .badRequest("The value of the filter 'metadata' is not a dictionary.", code: "EVS.1058")
                }
                filters.append(.metadata(map))
            case "name~" where version >= .fuzzyFilters: filters.append(.nameContains(parameter.value))
            case "status~" where version >= .fuzzyFilters: filters.append(.statusContains(parameter.value))
            case "volume_id~" where version >= .fuzzyFilters: filters.append(.volumeIDContains(parameter.value))
            case "consumes_quota" where version >= .consumesQuota:
                if !Self.isTrue(parameter.value) { filters.append(.nothing) }
            case "availability_zone": if parameter.value != "nova" { filters.append(.nothing) }
            case let name where isNative: if let filter = nativeFilter(name, parameter.value) { filters.append(filter) }
            default: unknown.append(parameter.name)
            }
        }
        guard unknown.isEmpty || version < .strictFilters || isHuawei else {
            throw .badRequest("Invalid filters \(unknown.sorted().joined(separator: ", ")) are found in query options.")
        }
        return filters
    }

    /// Everything here is in common storage and in the default enterprise project.
    private func nativeFilter(_ name: String, _ value: String) -> SnapshotQuery.Filter? {
        switch name {
        case "id": .id(value)
        case "service_type": value == SnapshotView.serviceType ? nil : .nothing
        case "dedicated_storage_id", "dedicated_storage_name": .nothing
        case "enterprise_project_id": value == "0" || value == "all_granted_eps" ? nil : .nothing
        default: nil
        }
    }

    /// The map that a dictionary literal such as `{'k': 'v'}` writes; nil when the text is none, or holds more than texts.
    static func dictionary(_ text: String) -> [String: String]? {
        // Literals of that language in single quotes differ from JSON in the quote only, as far as texts go.
        var json: [UInt8] = []
        var quote: UInt8?
        var escaped = false
        for byte in text.utf8 {
            if escaped {
                escaped = false
                if byte == UInt8(ascii: "'") { json.removeLast() }
                json.append(byte)
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
                json.append(byte)
            } else if byte == quote || quote == nil && (byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"")) {
                quote = quote == nil ? byte : nil
                json.append(UInt8(ascii: "\""))
            } else if byte == UInt8(ascii: "\"") {
                json += [UInt8(ascii: "\\"), byte]
            } else {
                json.append(byte)
            }
        }
        return (try? JSONParser.parse(json))?.stringMap
    }
}
