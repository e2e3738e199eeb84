/// What a path names.
enum Route: Sendable, Equatable {
    case versions
    /// A version; its address ends in a slash.
    case version(APIVersion, hasSlash: Bool)
    case resource(APIVersion, projectID: String?, Resource)

    enum APIVersion: String, Sendable {
        case v2
        case v3
    }

    enum Resource: Sendable, Equatable {
        case snapshots(detail: Bool)
        case snapshot(String)
        case metadata(String)
        case metadataItem(String, key: String)
        case volumes(detail: Bool)
        case volume(String)
        case quotaSet(String)
        case limits
        /// A collection of which this is no member: the service knows the path and has nothing there.
        case nothing
        /// Those of Huawei's own dialect (CloudAPI#dialects).
        case cloudSnapshots(detail: Bool)
        case cloudSnapshot(String)
    }

    /// The route of a request; nil when nothing is there.
    init?(_ target: RequestTarget, method: String) {
        let segments = target.segments
        guard let first = segments.first else {
            self = .versions
            return
        }
        guard let version = APIVersion(rawValue: first) else { return nil }
        let rest = segments.dropFirst()
        guard !rest.isEmpty else {
            self = .version(version, hasSlash: target.endsInSlash)
            return
        }
        guard !target.endsInSlash else { return nil }
        // Since 3.67 a path may leave the project out; only v3 has that form.
        if version == .v3, let resource = Resource(rest, method: method) {
            self = .resource(version, projectID: nil, resource)
        } else if let resource = Resource(rest.dropFirst(), method: method) {
            self = .resource(version, projectID: rest.first, resource)
        } else {
            return nil
        }
    }
}

extension Route.Resource {
    /// The resource of a path below the project; nil when there is none that takes the method.
    fileprivate init?(_ segments: ArraySlice<String>, method: String) {
        let parts = Array(segments)
        switch (method, parts.count, parts.first) {
        // Only to be read is `detail` a list; to the other methods it is an id.
        case ("GET", 2, "snapshots") where parts[1] == "detail": self = .snapshots(detail: true)
        case ("GET", 1, "snapshots"), ("POST", 1, "snapshots"): self = .snapshots(detail: false)
        case ("GET", 2, "snapshots"), ("PUT", 2, "snapshots"), ("DELETE", 2, "snapshots"): self = .snapshot(parts[1])
        case ("GET", 3, "snapshots") where parts[2] == "metadata", ("POST", 3, "snapshots") where parts[2] == "metadata",
            ("PUT", 3, "snapshots") where parts[2] == "metadata":
            self = .metadata(parts[1])
        case ("GET", 4, "snapshots") where parts[2] == "metadata", ("PUT", 4, "snapshots") where parts[2] == "metadata",
            ("DELETE", 4, "snapshots") where parts[2] == "metadata":
            self = .metadataItem(parts[1], key: parts[3])
        case ("GET", 2, "volumes") where parts[1] == "detail": self = .volumes(detail: true)
        case ("GET", 1, "volumes"), ("POST", 1, "volumes"): self = .volumes(detail: false)
        case ("GET", 2, "volumes"), ("DELETE", 2, "volumes"): self = .volume(parts[1])
        case ("GET", 2, "os-quota-sets"): self = .quotaSet(parts[1])
        case ("GET", 1, "limits"): self = .limits
        case ("GET", 1, "os-quota-sets"), ("POST", 1, "limits"), ("GET", 2, "limits"): self = .nothing
        case ("GET", 2, "cloudsnapshots") where parts[1] == "detail": self = .cloudSnapshots(detail: true)
        case ("POST", 1, "cloudsnapshots"): self = .cloudSnapshots(detail: false)
        case ("GET", 2, "cloudsnapshots"), ("PUT", 2, "cloudsnapshots"), ("DELETE", 2, "cloudsnapshots"): self = .cloudSnapshot(parts[1])
        default: return nil
        }
    }

    /// Whether the clouds of a dialect have it at that version.
    func isServed(by dialect: SandboxDialect, at version: Route.APIVersion) -> Bool {
        switch self {
        // Huawei has no such call (CloudAPI#quotas).
        case .limits, .nothing: dialect == .openstack && version == .v3
        // Only Huawei's clouds have these, and only at v2.
        case .cloudSnapshots, .cloudSnapshot: dialect == .huawei && version == .v2
        default: true
        }
    }
}
