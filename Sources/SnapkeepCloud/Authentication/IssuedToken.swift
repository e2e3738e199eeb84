public import SnapkeepCore

/// A token as the identity service gave it, and what it said of it.
public struct IssuedToken: Sendable {
    let token: Secret
    /// By the service's clock; `nil` when it did not tell.
    public let expiresAt: Timestamp?
    /// By the service's clock.
    public let issuedAt: Timestamp?
    /// `nil` for a token without a project, which is of no use for block storage (CloudAPI#tokens).
    public let projectID: ProjectID?
    public let projectName: String?
    public let userName: String?
    /// Names, sorted.
    public let roles: [String]
    let catalog: ServiceCatalog

    /// The longest token that is taken, in bytes. Huawei's have about 9 kB (CloudAPI#tokens).
    static let lengthLimit = 64 << 10

    /// Reads the `token` of an answer. Everything in it is untrusted.
    ///
    /// - Throws: `WireProblem` when it is no token.
    init(token: Secret, body: JSONValue) throws(WireProblem) {
        guard let value = body["token"], case .object = value else { throw WireProblem("the answer holds no token") }
        self.token = token
        expiresAt = value["expires_at"]?.string.flatMap { Timestamp($0) }
        issuedAt = value["issued_at"]?.string.flatMap { Timestamp($0) }
        projectID = value["project"]?["id"]?.string.flatMap { ProjectID($0) }
        projectName = value["project"]?["name"]?.string.map { oneLine($0, limit: 80) }
        userName = value["user"]?["name"]?.string.map { oneLine($0, limit: 80) }
        if case .array(let entries)? = value["roles"] {
            roles = entries.prefix(100).compactMap { $0["name"]?.string.map { oneLine($0, limit: 80) } }.sorted()
        } else {
            roles = []
        }
        catalog = ServiceCatalog(value["catalog"])
    }

    /// Whether the token is for this project, as far as id and name tell.
    func isFor(_ project: ProjectReference) -> Bool {
        switch project {
        case .id(let id): projectID?.text == id
        case .name(let name, _): projectID != nil && projectName == name
        }
    }

    /// How long before its end a token is replaced: a few minutes, and of a short life a quarter.
    static let renewalMargin: Duration = .seconds(300)

    /// How long the token lives from the instant it was asked for: reckoned between two times of the service's own clock, so that it
    /// holds when ours is wrong. `nil` when the service told no end.
    func life(now: Timestamp) -> Duration? {
        guard let expiresAt else { return nil }
        // The end of a year far ahead must not overflow a sum.
        return min(.seconds(10 * 366 * 86_400), expiresAt.since(issuedAt.map { min($0, expiresAt) } ?? now))
    }

    /// How long to use the token before the next one is asked for.
    func usableTime(now: Timestamp) -> Duration? { life(now: now).map { $0 - min(Self.renewalMargin, $0 / 4) } }
}
