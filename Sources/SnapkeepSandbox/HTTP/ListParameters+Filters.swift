/// Which parameters of a list's query filter its rows, and how (CloudAPI#list, CloudAPI#volumes).
extension ListParameters {
    /// The parameters that filter, in their order: what is left when those of the page and its order are taken out, each once.
    private func filterParameters() -> [RequestTarget.Parameter] {
        var taken: Set = ["limit", "offset", "marker", "sort", "sort_key", "sort_dir"]
        if version >= .counts || version < .strictFilters { taken.insert("with_count") }
        return target.parameters.filter { $0.name != "all_tenants" && taken.remove($0.name) == nil }
    }

    /// A filter that the server does not know is dropped without a word below 3.31, and refused from there on.
    private func refuseUnknown(_ names: [String]) throws(APIError) {
        guard names.isEmpty || version < .strictFilters || isHuawei else {
            throw .badRequest("Invalid filters \(names.joined(separator: ",")) are found in query options.")
        }
    }

    func filters() throws(APIError) -> [SnapshotQuery.Filter] {
        // By the name of the filter, so that the last of a repeated one counts.
        var filters: [String: SnapshotQuery.Filter] = [:]
        var unknown: [String] = []
        for parameter in filterParameters() {
            let (name, value) = (parameter.name, parameter.value)
            switch name {
            // Of two names no row has both (measured).
            case "name": filters[name] = filters[name] == nil || isHuawei ? .name(value) : .nothing
            case "status": filters[name] = .status(value)
            case "volume_id": filters[name] = .volumeID(value)
            case "metadata" where version >= .metadataFilter && !isHuawei:
                filters[name] = Self.dictionary(value).map { .metadata($0) } ?? .nothing
            case "name~" where version >= .fuzzyFilters: filters[name] = .nameContains(value)
            case "status~" where version >= .fuzzyFilters: filters[name] = .statusContains(value)
            case "volume_id~" where version >= .fuzzyFilters: filters[name] = .volumeIDContains(value)
            // The file of filters allows it from 3.31 on, although its own version is 3.65 (measured).
            case "consumes_quota" where version >= .strictFilters: if try !Self.flag(value, "use_quota") { filters[name] = .nothing }
            case "availability_zone" where version >= .strictFilters || isHuawei: if value != "nova" { filters[name] = .nothing }
            case let name where isNative: if let filter = nativeFilter(name, value) { filters[name] = filter }
            default: unknown.append(name)
            }
        }
        try refuseUnknown(unknown)
        return Array(filters.values)
    }

    /// Those of volumes. Comparisons of times (`created_at`, `updated_at`) are not known here.
    func volumeFilters() throws(APIError) -> [VolumeQuery.Filter] {
        var filters: [String: VolumeQuery.Filter] = [:]
        var unknown: [String] = []
        for parameter in filterParameters() {
            let (name, value) = (parameter.name, parameter.value)
            switch name {
            case "name": filters[name] = filters[name] == nil || isHuawei ? .name(value) : .nothing
            case "status": filters[name] = .status(value)
            case _ where isHuawei: continue
            case "metadata": filters[name] = Self.dictionary(value).map { .metadata($0) } ?? .nothing
            case "size": filters[name] = Int(value).map { .size($0) } ?? .nothing
            case "availability_zone": if value != "nova" { filters[name] = .nothing }
            case "bootable":
                let flag = try? Self.flag(value, name)
                guard flag != nil || version < .strictBootable else {
                    throw .badRequest("Invalid input received: 'bootable = \(value)'")
                }
                // No volume of a sandbox is.
                if flag != false { filters[name] = .nothing }
            case "migration_status": filters[name] = .nothing
            case "group_id" where version >= .strictFilters: filters[name] = .nothing
            case "consumes_quota" where version >= .strictFilters: if try !Self.flag(value, "use_quota") { filters[name] = .nothing }
            default: unknown.append(name)
            }
        }
        try refuseUnknown(unknown)
        return Array(filters.values)
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

    /// The map that a dictionary literal such as `{'k': 'v'}` writes, numbers as their text; nil when the text is none, or holds anything else.
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
        guard case .object(let members)? = try? JSONParser.parse(json) else { return nil }
        var map: [String: String] = [:]
        for member in members {
            switch member.value {
            case .string(let text), .number(let text): map[member.name] = text
            case .integer(let number): map[member.name] = String(number)
            default: return nil
            }
        }
        return map
    }
}
