/// What a path names.
enum Route: Sendable, Equatable {
    case versions
    case version(APIVersion)
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
        /// Those of Huawei's own dialect (api.md 1).
        case cloudSnapshots(detail: Bool)
        case cloudSnapshot(String)
    }

    /// The route of a path's decoded parts; nil when nothing is there.
    init?(_ segments: [String]) {
        guard let first = segments.first else {
            self = .versions
            return
        }
        guard let version = APIVersion(rawValue: first) else { return nil }
        let rest = segments.dropFirst()
        guard !rest.isEmpty else {
            self = .version(version)
            return
        }
        // Since 3.67 a path may leave the project out; only v3 has that form.
        if version == .v3, let resource = Resource(rest) {
            self = .resource(version, projectID: nil, resource)
        } else if let resource = Resource(rest.dropFirst()) {
            self = .resource(version, projectID: rest.first, resource)
        } else {
            return nil
        }
    }
}

extension Route.Resource {
    fileprivate init?(_ segments: ArraySlice<String>) {
        switch (segments.first, segments.count) {
        case ("snapshots", 1): self = .snapshots(detail: false)
        case ("snapshots", 2):
            let id = segments[segments.startIndex + 1]
            self = id == "detail" ? .snapshots(detail: true) : .snapshot(id)
        case ("snapshots", 3...4):
            guard segments[segments.startIndex + 2] == "metadata" else { return nil }
            let id = segments[segments.startIndex + 1]
            self = segments.count == 3 ? .metadata(id) : .metadataItem(id, key: segments[segments.startIndex + 3])
        case ("volumes", 1): self = .volumes(detail: false)
        case ("volumes", 2):
            let id = segments[segments.startIndex + 1]
            self = id == "detail" ? .volumes(detail: true) : .volume(id)
        case ("os-quota-sets", 2): self = .quotaSet(segments[segments.startIndex + 1])
        case ("limits", 1): self = .limits
        case ("cloudsnapshots", 1): self = .cloudSnapshots(detail: false)
        case ("cloudsnapshots", 2):
            let id = segments[segments.startIndex + 1]
            self = id == "detail" ? .cloudSnapshots(detail: true) : .cloudSnapshot(id)
        default: return nil
        }
    }
}
