/// Reads the query of a list (CloudAPI#list). What is of the page and its order counts where it comes first, filters where they come last.
struct ListParameters {
    let target: RequestTarget
    let version: Microversion
    let configuration: SandboxConfiguration
    /// Whether it is Huawei's own dialect that is spoken: it has more filters, and pages by offset only.
    var isNative = false

    var isHuawei: Bool { configuration.dialect == .huawei }

    /// The rows of a page: never more than the server's own limit.
    ///
    /// - Throws: 400; above 1000 Huawei refuses, upstream cuts without a word.
    func limit() throws(APIError) -> Int {
        guard let text = target.parameter("limit") else { return configuration.maxPageSize }
        guard let limit = Self.integer(text) else { throw .badRequest("limit param must be an integer", code: "EVS.1023") }
        guard limit >= 0, !isHuawei || limit > 0 else { throw .badRequest("limit param must be positive", code: "EVS.1023") }
        guard !isHuawei || limit <= 1000 else { throw .badRequest("limit param must not be greater than 1000", code: "EVS.2142") }
        return min(limit, configuration.maxPageSize)
    }

    func offset() throws(APIError) -> Int {
        guard let text = target.parameter("offset") else { return 0 }
        guard let offset = Self.integer(text) else { throw .badRequest("offset must be an integer") }
        guard offset >= 0 else { throw .badRequest("offset must be >= 0") }
        guard offset <= Int32.max else { throw .badRequest("offset must be <= 2147483647") }
        return offset
    }

    func marker() throws(APIError) -> String? {
        guard !isNative, let marker = target.parameter("marker") else { return nil }
        if isHuawei, !UUIDText.isUUIDLike(marker) { throw .badRequest("Invalid marker", code: "EVS.1024") }
        return marker
    }

    /// Whether the answer is to tell the number of all rows.
    private func wantsCount() throws(APIError) -> Bool {
        guard version >= .counts, let text = target.lastParameter("with_count") else { return false }
        return isHuawei ? Self.isTrue(text) : try Self.flag(text, "with_count")
    }

    static func isTrue(_ text: String) -> Bool {
        ["1", "t", "true", "on", "y", "yes"].contains(text.lowercased())
    }

    /// A word for yes or no.
    static func flag(_ text: String, _ name: String) throws(APIError) -> Bool {
        if isTrue(text) { return true }
        guard ["0", "f", "false", "off", "n", "no"].contains(text.lowercased()) else { throw .notBoolean(text, name) }
        return false
    }

    /// The number that a text writes: blanks may stand around it, and it may have any number of digits. One beyond 64 bits is as large as can be.
    static func integer(_ text: String) -> Int? {
        let text = PrintableText.trimmed(text)
        let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text) ?? (text.hasPrefix("-") ? .min : .max)
    }

    func snapshotQuery() throws(APIError) -> SnapshotQuery {
        let keys = try sortKeys()
        var query = SnapshotQuery(limit: try limit())
        query.offset = try offset()
        query.marker = try marker()
        query.wantsCount = try wantsCount()
        query.filters = try filters()
        query.sort = try keys.map { key throws(APIError) in
            guard let field = SnapshotQuery.SortKey.Field(rawValue: key.name), field != .name || version >= .sortByName || isHuawei else {
                throw .badRequest("Invalid input received: Invalid sort key")
            }
            return .init(field: field, ascending: try key.isAscending())
        }
        return query
    }

    func volumeQuery() throws(APIError) -> VolumeQuery {
        var query = VolumeQuery(limit: try limit())
        query.offset = try offset()
        query.marker = try marker()
        let keys = try sortKeys()
        query.wantsCount = try wantsCount()
        query.filters = try volumeFilters()
        query.sort = try keys.map { key throws(APIError) in
            guard let field = VolumeQuery.SortKey.Field(rawValue: key.name) else {
                throw .badRequest("Invalid input received: Invalid sort key")
            }
            return .init(field: field, ascending: try key.isAscending())
        }
        return query
    }

    /// A key of the order as the query names it, and its direction.
    private struct NamedKey {
        let name: String
        let direction: String

        init(_ name: some StringProtocol, _ direction: some StringProtocol) {
            self.name = PrintableText.trimmed(String(name))
            self.direction = PrintableText.trimmed(String(direction))
        }

        func isAscending() throws(APIError) -> Bool {
            guard direction == "asc" || direction == "desc" else {
                throw .badRequest("Invalid input received: Unknown sort direction, must be 'desc' or 'asc'.")
            }
            return direction == "asc"
        }
    }

    private func sortKeys() throws(APIError) -> [NamedKey] {
        let (key, direction) = (target.parameter("sort_key"), target.parameter("sort_dir"))
        guard let sort = target.parameter("sort") else { return [NamedKey(key ?? "created_at", direction ?? "desc")] }
        guard key == nil, direction == nil else {
            throw .badRequest("The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.")
        }
        return sort.split(separator: ",", omittingEmptySubsequences: false).map { entry in
            let halves = entry.split(separator: ":", maxSplits: 1)
            return NamedKey(halves.first ?? "", halves.count > 1 ? halves[1] : "desc")
        }
    }
}
