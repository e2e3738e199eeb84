internal import HTTPTypes

/// One call of a resource, with all that it depends on.
struct APICall {
    let api: SandboxAPI
    let request: APIRequest
    /// The request's body; nil when it has none.
    let content: JSONValue?
    let version: Microversion
    let pathVersion: Route.APIVersion
    let projectInPath: Bool

    private var store: SandboxStore { api.store }
    private var dialect: SandboxDialect { api.configuration.dialect }
    private var projectID: String { api.configuration.projectID }
    private func view(isNative: Bool = false) -> SnapshotView {
        SnapshotView(dialect: dialect, version: version, projectID: projectID, now: api.now(), isNative: isNative)
    }
    private func parameters(isNative: Bool = false) -> ListParameters {
        ListParameters(target: request.target, version: version, configuration: api.configuration, isNative: isNative)
    }

    func perform(_ resource: Route.Resource) async throws -> Reply {
        switch (request.method, resource) {
        case ("POST", .snapshots(detail: false)): return try await create()
        case ("GET", .snapshots(let detail)): return try await list(detail: detail)
        case ("GET", .snapshot(let id)):
            return try await show(id)
        case ("PUT", .snapshot(let id)): return try await update(id)
        case ("DELETE", .snapshot(let id)): return try await delete(id)
        case ("GET", .metadata(let id)): return Reply(200, ["metadata": .map(try await store.snapshot(try checked(id)).metadata)])
        case ("POST", .metadata(let id)): return try await setMetadata(id, replaces: false)
        case ("PUT", .metadata(let id)): return try await setMetadata(id, replaces: true)
        case (_, .metadataItem(let id, let key)): return try await metadataItem(id, key)
        case ("GET", .volumes(let detail)): return try await volumes(detail: detail)
        case ("GET", .volume(let id)):
            return Reply(200, ["volume": .object(volumeView.detailed(try await store.volume(id)))])
        case ("POST", .volumes(detail: false)): return try await createVolume()
        case ("DELETE", .volume(let id)): return try await deleteVolume(id)
        case ("GET", .quotaSet(let id)): return try await quotaSet(id)
        case ("GET", .limits): return Reply(200, await store.usage().absoluteLimits())
        case (_, .cloudSnapshots), (_, .cloudSnapshot): return try await performNative(resource)
        default: throw APIError.resourceNotFound
        }
    }

    /// Huawei's own dialect: the same snapshots, shown with more members, listed by offset, no metadata calls (CloudAPI#dialects).
    private func performNative(_ resource: Route.Resource) async throws -> Reply {
        switch (request.method, resource) {
        case ("POST", .cloudSnapshots(detail: false)): return try await create(isNative: true)
        case ("GET", .cloudSnapshots(detail: true)): return try await listNative()
        case ("GET", .cloudSnapshot(let id)): return try await show(id, isNative: true)
        case ("PUT", .cloudSnapshot(let id)): return try await update(id, isNative: true)
        case ("DELETE", .cloudSnapshot(let id)): return try await delete(id)
        default: throw APIError.resourceNotFound
        }
    }

    // MARK: Snapshots

    private func create(isNative: Bool = false) async throws -> Reply {
        let wish = try CreateRequest(content, dialect: dialect)
        let forceIsIgnored = version >= .forceIgnored
        guard !forceIsIgnored || wish.force != false else {
            throw APIError.badRequest(
                "Since microversion 3.66 the 'force' flag is invalid for this request.  For backward compatability, however, when the "
                    + "'force' flag is passed with a value evaluating to True, it is silently ignored.")
        }
        let snapshot = try await store.create(
            wish, attachedAllowed: forceIsIgnored || wish.force == true, requestID: request.requestID)
        return Reply(202, ["snapshot": .object(view(isNative: isNative).full(snapshot, fresh: true))])
    }

    private func show(_ id: String, isNative: Bool = false) async throws -> Reply {
        Reply(200, ["snapshot": .object(view(isNative: isNative).detailed(try await store.snapshot(try checked(id))))])
    }

    private func delete(_ id: String) async throws -> Reply {
        try await store.delete(try checked(id), requestID: request.requestID)
        return .accepted
    }

    private func list(detail: Bool) async throws -> Reply {
        let query = try parameters().snapshotQuery()
        let page = try await store.page(query)
        let rows = page.rows.map { JSONValue.object(detail ? view().detailed($0) : view().summary($0)) }
        return list(
            "snapshots", path: detail ? "snapshots/detail" : "snapshots", rows: rows, last: page.rows.last?.id, limit: query.limit,
            count: page.count)
    }

    /// The count is of all rows that the filters leave, whatever the page; no link leads to the next one.
    private func listNative() async throws -> Reply {
        var query = try parameters(isNative: true).snapshotQuery()
        query.wantsCount = true
        let page = try await store.page(query)
        let view = view(isNative: true)
        return Reply(
            200,
            [
                "snapshots": .array(page.rows.map { .object(view.detailed($0)) }), "snapshots_links": nil,
                "count": .integer(Int64(page.count ?? 0)),
            ])
    }

    private func update(_ id: String, isNative: Bool = false) async throws -> Reply {
        let wish = try UpdateRequest(content, dialect: dialect)
        let (before, after) = try await store.update(try checked(id), wish, requestID: request.requestID)
        guard dialect == .openstack else { return Reply(200, ["snapshot": .object(view(isNative: isNative).detailed(after))]) }
        // Upstream answers without the extended attributes, and with the time of the change before this one (measured).
        var shown = after
        shown.updatedAt = before.updatedAt
        return Reply(200, ["snapshot": .object(view().full(shown))])
    }

    /// Huawei looks at the form of an id first; upstream just does not find it.
    private func checked(_ id: String) throws(APIError) -> String {
        guard dialect == .openstack || UUIDText.isUUIDLike(id) else {
            throw .badRequest("Invalid snapshot id \(id).", code: "EVS.2045")
        }
        return id
    }

    // MARK: Metadata

    private func setMetadata(_ id: String, replaces: Bool) async throws -> Reply {
        let map = try MetadataRequest.whole(content, dialect: dialect)
        let result = try await store.changeMetadata(try checked(id), requestID: request.requestID) { metadata in
            if replaces { metadata = map } else { metadata.merge(map) { _, new in new } }
        }
        return Reply(200, ["metadata": .map(result)])
    }

    private func metadataItem(_ id: String, _ key: String) async throws -> Reply {
        switch request.method {
        case "GET":
            guard let value = try await store.snapshot(try checked(id)).metadata[key] else {
                throw APIError.metadataNotFound(key, of: id)
            }
            return Reply(200, ["meta": .map([key: value])])
        case "PUT":
            let value = try MetadataRequest.single(content, key: key, dialect: dialect)
            _ = try await store.changeMetadata(try checked(id), requestID: request.requestID) { $0[key] = value }
            return Reply(200, ["meta": .map([key: value])])
        case "DELETE":
            _ = try await store.changeMetadata(try checked(id), requestID: request.requestID) { metadata in
                guard metadata.removeValue(forKey: key) != nil else { throw APIError.metadataNotFound(key, of: id) }
            }
            return Reply(200, text: "", type: "text/html; charset=UTF-8")
        default: throw APIError.resourceNotFound
        }
    }

    // MARK: Volumes and quotas

    private var volumeView: VolumeView {
        VolumeView(dialect: dialect, projectID: projectID, base: internalBase, bookmarkBase: internalHost + projectPath)
    }

    private func volumes(detail: Bool) async throws -> Reply {
        let query = try parameters().volumeQuery()
        let page = try await store.page(query)
        let rows = page.rows.map { JSONValue.object(detail ? volumeView.detailed($0) : volumeView.summary($0)) }
        return list(
            "volumes", path: detail ? "volumes/detail" : "volumes", rows: rows, last: page.rows.last?.volume.id, limit: query.limit,
            count: page.count)
    }

    private func createVolume() async throws -> Reply {
        let wish = try VolumeRequest(content, dialect: dialect, version: version)
        let volume = try await store.createVolume(wish, requestID: request.requestID)
        return Reply(202, ["volume": .object(volumeView.detailed(volume, fresh: true))])
    }

    /// Huawei's clouds take the snapshots along; upstream does so when it is told to (CloudAPI#cascades).
    private func deleteVolume(_ id: String) async throws -> Reply {
        let told = try request.target.lastParameter("cascade").map { text throws(APIError) in try ListParameters.flag(text, "cascade") }
        try await store.deleteVolume(id, cascades: told ?? false || dialect == .huawei, requestID: request.requestID)
        return .accepted
    }

    private func quotaSet(_ id: String) async throws -> Reply {
        let usage = try request.target.lastParameter("usage").map { text throws(APIError) in try ListParameters.flag(text, "usage") }
        guard id == projectID else {
            throw APIError(403, "Policy doesn't allow volume_extension:quotas:show to be performed.", code: "EVS.5403")
        }
        return Reply(200, await store.usage().quotaSet(projectID: id, usage: usage ?? false))
    }

    // MARK: Parts

    private var internalHost: String { "http://\(api.configuration.internalAuthority ?? request.authority)" }
    private var projectPath: String { projectInPath ? "/\(projectID)" : "" }
    private var internalBase: String { "\(internalHost)/\(pathVersion.rawValue)\(projectPath)" }

    /// A list, with a link to the next page whenever this one is full: also when nothing follows (CloudAPI#list).
    private func list(_ name: String, path: String, rows: [JSONValue], last: String?, limit: Int, count: Int?) -> Reply {
        var members = [JSONMember(name, .array(rows))]
        if let last, rows.count == limit {
            var query = request.target.parameters.filter { $0.name != "marker" }
            query.append(.init(name: "marker", value: last))
            let text = query.map { "\(RequestTarget.encodeForm($0.name))=\(RequestTarget.encodeForm($0.value))" }.joined(separator: "&")
            members.append(JSONMember("\(name)_links", [["rel": "next", "href": .string("\(internalBase)/\(path)?\(text)")]]))
        }
        if let count { members.append(JSONMember("count", .integer(Int64(count)))) }
        return Reply(200, .object(members))
    }
}
