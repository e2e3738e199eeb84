public import SnapkeepCore
public import SnapkeepEngine

/// Signs each request with an access key; every attempt anew, since the date is part of it (CloudAPI#signatures).
///
/// `Host`, `Content-Type` and all that is added here are signed; what the HTTP library adds, and the other fields, are not.
public struct RequestSigner: Authorizer {
    private let key: AccessKey
    private let projectID: ProjectID?
    private let now: @Sendable () -> Timestamp

    /// The most bytes of a body that the gateway takes with a signature (CloudAPI#signatures).
    public static let bodyLimit = 12 << 20
    /// The gateway refuses a signature whose date is further from its own clock (CloudAPI#signatures).
    public static let longestSkew: Duration = .seconds(15 * 60)

    /// - Parameters:
    ///   - projectID: sent as `X-Project-Id`, which keys of several projects need; `nil` only while the project is being looked up.
    ///   - now: the wall clock.
    public init(key: AccessKey, projectID: ProjectID?, now: @escaping @Sendable () -> Timestamp) {
        self.key = key
        self.projectID = projectID
        self.now = now
    }

    /// A signature stands for its instant: a clock that is wrong makes it worthless.
    public var dependsOnClock: Bool { true }

    /// The date, the project, the token of a temporary key, and the signature over them and the request.
    public func fields(for request: OutgoingRequest) async throws(ServiceFault) -> [HeaderField] {
        if request.body?.count ?? 0 > Self.bodyLimit {
            throw ServiceFault(.refused(.other), request: request.label, message: "the body is larger than a signed request may be")
        }
        let date = RequestSignature.date(now())
        var added = [HeaderField("X-Sdk-Date", date)]
        if let projectID { added.append(HeaderField("X-Project-Id", projectID.text)) }
        if let token = key.securityToken { added.append(HeaderField("X-Security-Token", token)) }
        let sent = request.fields.filter { ["host", "content-type"].contains($0.name.lowercased()) }
        let signature = RequestSignature(
            method: request.method.rawValue, path: request.path, query: request.query,
            fields: (sent + added).map { ($0.name, $0.value) }, body: request.body ?? [], date: date, secret: key.secret.text)
        added.append(HeaderField("Authorization", Secret(signature.authorization(accessKey: key.id))))
        return added
    }
}
