public import SnapkeepCloud

/// Where a state is served by the protocol of Terraform's `http` backend, and how that place is spoken to.
///
/// Everything but the address comes from the environment. Terraform's own variables (`TF_HTTP_*`) are understood, so that a pipeline that
/// reaches its Terraform state reaches this one as well; the same names with `SNAPKEEP_HTTP_` go before them. Facts of the service:
/// https://docs.gitlab.com/user/infrastructure/iac/terraform_state/ and https://developer.hashicorp.com/terraform/language/backend/http.
public struct HTTPStateSettings: Sendable {
    /// What is known of the rules of the server.
    public enum Dialect: Hashable, Sendable {
        /// GitLab: it compares the lock's ID and takes each serial once. A lock that it takes is answered with the lock.
        case gitLab
        /// Any other server: nothing is taken for granted, what matters is tried.
        case plain
    }

    /// A method and the URL that it is sent to.
    public struct Call: Hashable, Sendable {
        public var method: OutgoingRequest.Method
        public var address: WebAddress
    }

    /// How often a request is sent again where that is safe, and how long the pauses are.
    public struct Retries: Hashable, Sendable {
        /// Tries after the first.
        public var count = 2
        /// The first pause; each next one is twice as long.
        public var shortest: Duration = .seconds(1)
        /// No pause is longer.
        public var longest: Duration = .seconds(30)
    }

    /// The document's own URL.
    public let address: WebAddress
    public let dialect: Dialect
    public let update: Call
    public let lock: Call
    public let unlock: Call
    /// What is sent with every request; `nil` where the place asks for nobody.
    let login: HTTPStateLogin?
    public let trust: TrustSettings
    public let retries: Retries

    /// Reads the settings.
    ///
    /// - Parameters:
    ///   - text: the URL as the user named it.
    ///   - user, password: given with the address in SNAPKEEP_STATE; they go before the environment's other variables.
    ///   - environment: the value of a variable; empty ones count as unset.
    /// - Throws: `HTTPStateSettingProblem`; it repeats no value that may be a secret (P8).
    public init(
        _ text: String, user: String? = nil, password: Secret? = nil, environment: @escaping (String) -> String?
    ) throws(HTTPStateSettingProblem) {
        let variables = HTTPStateVariables(environment)
        let address = try Self.address(text, from: "--state")
        self.address = address
        dialect = Self.isGitLab(address) ? .gitLab : .plain
        let isOfTerraform = Self.ownsTerraformsLock(address, dialect, variables)
        func own(_ name: String) -> HTTPStateVariables.Found? { isOfTerraform ? variables[name] : variables.own(name) }
        let lockAddress = try own("LOCK_ADDRESS").map { found throws(HTTPStateSettingProblem) in
            try Self.address(found.value, from: found.name)
        }
        let unlockAddress = try own("UNLOCK_ADDRESS").map { found throws(HTTPStateSettingProblem) in
            try Self.address(found.value, from: found.name)
        }
        // GitLab's place for the lock is known. Terraform locks nothing where no address is given; a state that nobody locks keeps no
        // promise, so the usual place is taken: the same address, with methods of its own.
        let usual = dialect == .gitLab ? address.appending(path: "/lock") : address
        lock = Call(
            method: try Self.method(own("LOCK_METHOD")) ?? (dialect == .gitLab ? .post : .lock), address: lockAddress ?? usual)
        unlock = Call(
            method: try Self.method(own("UNLOCK_METHOD")) ?? (dialect == .gitLab ? .delete : .unlock),
            address: unlockAddress ?? lockAddress ?? usual)
        update = Call(method: try Self.method(own("UPDATE_METHOD")) ?? .post, address: address)
        if let user, let password {
            login = try HTTPStateLogin(user: user, password: password, from: "the user in SNAPKEEP_STATE")
        } else {
            login = try HTTPStateLogin(variables, for: [address, lock.address, unlock.address])
        }
        trust = try Self.trust(variables)
        retries = try Self.retries(variables)
    }

    /// The place as messages name it: without a query, which may hold a secret.
    public var place: String { address.text }

    /// The addresses to which the password crosses a network in clear text, without their queries: each is worth a warning.
    public var addressesInTheClear: [String] {
        if login == nil { return [] }
        var places: [String] = []
        for address in [address, lock.address, unlock.address] where address.exposesCredentials && !places.contains(address.text) {
            places.append(address.text)
        }
        return places
    }

    private static func address(_ text: String, from origin: String) throws(HTTPStateSettingProblem) -> WebAddress {
        var text = text[...]
        if !text.contains("?") { while text.last == "/" { text.removeLast() } }
        do throws(EndpointProblem) { return try WebAddress.parse(String(text)) } catch { throw .address(origin, error) }
    }

    /// `…/projects/ID/terraform/state/NAME`.
    static func isGitLab(_ address: WebAddress) -> Bool {
        let parts = address.path.split(separator: "/")
        guard parts.count >= 5 else { return false }
        return parts[parts.count - 5] == "projects" && parts[parts.count - 3] == "terraform" && parts[parts.count - 2] == "state"
    }

    /// Whether the lock that Terraform's variables name is this state's: a pipeline that keeps a Terraform state too would lock that one
    /// instead.
    private static func ownsTerraformsLock(_ address: WebAddress, _ dialect: Dialect, _ variables: HTTPStateVariables) -> Bool {
        guard let theirs = variables.terraform("ADDRESS") else { return dialect == .plain }
        return (try? Self.address(theirs, from: "")) == address
    }

    private static func method(_ found: HTTPStateVariables.Found?) throws(HTTPStateSettingProblem) -> OutgoingRequest.Method? {
        guard let found else { return nil }
        guard let method = OutgoingRequest.Method(rawValue: found.value.uppercased()), method != .get else { throw .method(found.name) }
        return method
    }

    private static func retries(_ variables: HTTPStateVariables) throws(HTTPStateSettingProblem) -> Retries {
        var retries = Retries()
        if let count = try variables.number("RETRY_MAX", upTo: 100) { retries.count = count }
        if let seconds = try variables.number("RETRY_WAIT_MIN", upTo: 3600) { retries.shortest = .seconds(seconds) }
        if let seconds = try variables.number("RETRY_WAIT_MAX", upTo: 3600) { retries.longest = .seconds(seconds) }
        retries.longest = max(retries.longest, retries.shortest)
        return retries
    }

    private static func trust(_ variables: HTTPStateVariables) throws(HTTPStateSettingProblem) -> TrustSettings {
        let verifies = !(try variables.flag("SKIP_CERT_VERIFICATION") ?? false)
        func bytes(_ part: TrustProblem.Part) -> [UInt8]? { variables[part.variable].map { Array($0.value.utf8) } }
        do throws(TrustProblem) {
            return try TrustSettings(
                authorities: bytes(.authorities), certificate: bytes(.certificate), privateKey: bytes(.privateKey), verifies: verifies)
        } catch { throw .trust(variables[error.part.variable]?.name ?? "the environment", error) }
    }
}

extension TrustProblem.Part {
    /// The variable that holds it, behind the prefix.
    fileprivate var variable: String {
        switch self {
        case .authorities: "CLIENT_CA_CERTIFICATE_PEM"
        case .certificate: "CLIENT_CERTIFICATE_PEM"
        case .privateKey: "CLIENT_PRIVATE_KEY_PEM"
        }
    }
}
