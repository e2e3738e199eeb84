import FoundationEssentials
import SnapkeepCloud

/// A user and a password, sent as basic authentication.
struct HTTPStateLogin: Sendable {
    let user: String
    let password: Secret
    /// Whether it is the token that GitLab gives to a job.
    var isJobToken: Bool { user == Self.jobUser }

    /// The user that GitLab wants beside a job's token.
    static let jobUser = "gitlab-ci-token"

    /// - Parameter origin: of the user, for messages.
    init(user: String, password: Secret, from origin: String) throws(HTTPStateSettingProblem) {
        try Self.check(user, from: origin)
        (self.user, self.password) = (user, password)
    }

    /// Our own variables, or Terraform's, never one of each: a password belongs to its user. Without both, a job of GitLab shows its token
    /// where all addresses lie in the API of the GitLab that runs it, and nowhere else.
    ///
    /// - Parameter addresses: all that the login is shown to.
    init?(_ variables: HTTPStateVariables, for addresses: [WebAddress]) throws(HTTPStateSettingProblem) {
        let pairs = [
            (variables.own("USERNAME")?.value, variables.own("PASSWORD")?.value, HTTPStateVariables.ownPrefix),
            (variables.terraform("USERNAME"), variables.terraform("PASSWORD"), HTTPStateVariables.terraformsPrefix),
        ]
        let token = Self.jobToken(variables, for: addresses)
        guard let (user, password, prefix) = pairs.first(where: { $0.0 != nil || $0.1 != nil }) else {
            guard let token else { return nil }
            (self.user, self.password) = (Self.jobUser, Secret(token))
            return
        }
        guard let user else { throw .passwordWithoutUser(prefix + "USERNAME") }
        try Self.check(user, from: prefix + "USERNAME")
        guard let password = password ?? (user == Self.jobUser ? token : nil) else { throw .userWithoutPassword(prefix + "PASSWORD") }
        (self.user, self.password) = (user, Secret(password))
    }

    /// The field of the request's head.
    var field: HeaderField {
        let pair = Data("\(user):\(password.text)".utf8).base64EncodedString()
        return HeaderField("Authorization", Secret("Basic \(pair)"))
    }

    /// A colon would end the user's name, and the rest would be read as the password (RFC 7617, 2).
    private static func check(_ user: String, from origin: String) throws(HTTPStateSettingProblem) {
        if user.contains(":") { throw .userWithColon(origin) }
    }

    private static func jobToken(_ variables: HTTPStateVariables, for addresses: [WebAddress]) -> String? {
        guard let token = variables.plain("CI_JOB_TOKEN"), let api = variables.plain("CI_API_V4_URL"),
            let base = try? WebAddress.parse(api), addresses.allSatisfy({ $0.lies(under: base) })
        else { return nil }
        return token
    }
}
