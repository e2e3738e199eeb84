internal import Crypto

/// What the identity service's answers show (bodies measured from a real Keystone).
struct IdentityViews: Sendable {
    let identity: SandboxIdentity
    let projectID: String
    /// The authority that the client used; all addresses are made of it.
    let authority: String

    var domainID: String { identity.domain.lowercased() }
    var userID: String { Self.stableID("user", identity.user) }
    private var domain: JSONValue { ["id": .string(domainID), "name": .string(identity.domain)] }
    private var service: String { "http://\(authority)/identity/v3" }

    /// An id that depends on nothing but the words.
    static func stableID(_ words: String...) -> String {
        let digest = SHA256.hash(data: Array(words.joined(separator: "\n").utf8))
        return String(Hexadecimal.text(digest).prefix(32))
    }

    /// The description of the one version that there is.
    var version: JSONValue {
        [
            "id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
            "links": [["rel": "self", "href": .string("\(service)/")]],
            "media-types": [["base": "application/json", "type": "application/vnd.openstack.identity-v3+json"]],
        ]
    }

    func token(_ token: IssuedToken, withCatalog: Bool) -> JSONValue {
        var members: [JSONMember] = [
            JSONMember("methods", .array(token.methods.map { .string($0) })),
            JSONMember(
                "user",
                [
                    "domain": domain, "id": .string(userID), "name": .string(identity.user), "password_expires_at": nil,
                ]), JSONMember("audit_ids", .array(token.auditIDs.map { .string($0) })),
            JSONMember("expires_at", .string(Timestamp.text(token.expiresAt) + "Z")),
            JSONMember("issued_at", .string(Timestamp.text(token.issuedAt) + "Z")),
        ]
        if token.isScoped {
            members += [
                JSONMember("project", ["domain": domain, "id": .string(projectID), "name": .string(identity.project)]),
                JSONMember("is_domain", false), JSONMember("roles", [["id": .string(Self.stableID("role", "member")), "name": "member"]]),
            ]
            if withCatalog { members.append(JSONMember("catalog", catalog)) }
        }
        return ["token": .object(members)]
    }

    /// The services, under the types by which the clients of the various clouds look for them.
    private var catalog: JSONValue {
        let services: [(type: String, name: String, path: String)] = [
            ("identity", "keystone", "/identity"), ("block-storage", "cinder", "/v3"), ("volumev3", "cinderv3", "/v3/\(projectID)"),
            ("volumev2", "cinderv2", "/v2/\(projectID)"), ("evs", "evs", "/v2/\(projectID)"), ("image", "glance", "/image"),
        ]
        return .array(
            services.map { service in
                let endpoints = ["public", "internal", "admin"].map { interface -> JSONValue in
                    [
                        "id": .string(Self.stableID(service.type, interface)), "interface": .string(interface),
                        "region_id": .string(identity.region), "url": .string("http://\(authority)\(service.path)"),
                        "region": .string(identity.region),
                    ]
                }
                return [
                    "endpoints": .array(endpoints), "id": .string(Self.stableID(service.type)), "type": .string(service.type),
                    "name": .string(service.name),
                ]
            })
    }

    /// The list of projects: the one, when it is asked for, or none.
    func projects(named name: String?, path: String) -> JSONValue {
        let project: JSONValue = [
            "id": .string(projectID), "name": .string(identity.project), "domain_id": .string(domainID), "description": "", "enabled": true,
            "parent_id": .string(domainID), "is_domain": false, "tags": [], "options": [:],
            "links": ["self": .string("\(service)/projects/\(projectID)")],
        ]
        return [
            "projects": .array(name == nil || name == identity.project ? [project] : []),
            "links": ["next": nil, "self": .string("\(service)/\(path)"), "previous": nil],
        ]
    }
}
