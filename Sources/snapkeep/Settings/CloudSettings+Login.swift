import SnapkeepCloud
import SnapkeepCore
import SnapkeepRendering

extension CloudSettings {
    /// How to get at the project's block storage.
    ///
    /// - Parameter wanted: the project that the manifest is for; it is asked for where the settings name none.
    /// - Throws: `Failure` that names what is missing.
    func login(wanted: ProjectID? = nil) throws -> CloudLogin {
        guard let method = values.method else { throw Failure(.error, .noCredentials(cloud: cloud)) }
        let project = projectID?.value ?? (values[.projectName] == nil ? wanted : nil)
        try checkVersions()
        if method.value == .accessKey {
            _ = try (need(.accessKey, for: method), need(.secretKey, for: method))
        }
        let place = try endpoint?.value ?? derivedEndpoint(method.value)
        return try CloudLogin(
            credential: credential(method, project), endpoint: place, projectID: project,
            projectName: values[.projectName]?.value, region: (values[.volumeRegion] ?? values[.region])?.value,
            interface: values.interface(),
            version: values.volumeVersion())
    }

    private func checkVersions() throws {
        if let version = values[.identityVersion], version.value.drop(while: { $0 == "v" }).first != "3" {
            throw Failure(.error, .badVersion(version, expected: "3"))
        }
        if let algorithm = values[.signingAlgorithm], algorithm.value.uppercased() != "SDK-HMAC-SHA256" {
            throw Failure(.error, .badAlgorithm(algorithm))
        }
    }

    // MARK: Credentials

    private func credential(_ method: Sourced<Method>, _ asked: ProjectID?) throws -> CloudLogin.Credential {
        switch method.value {
        case .token:
            let token = try need(.token, for: method)
            guard let checked = StaticToken(token.value) else { throw Failure(.error, .badToken(token.origin.text)) }
            // With place and project known there is nothing to ask an identity service for.
            if endpoint != nil, asked != nil { return .token(checked) }
            return .identity(.token(Secret(token.value.trimmed), project: project(asked)), service: try identityService(method))
        case .password:
            let password = try need(.password, for: method)
            let service = try identityService(method)
            return .identity(
                .password(try user(method), password: Secret(password.value), project: project(asked)), service: service)
        case .applicationCredential:
            let secret = Secret(try need(.applicationCredentialSecret, for: method).value)
            let service = try identityService(method)
            if let id = values[.applicationCredentialID] {
                return .identity(.applicationCredential(.id(id.value), secret: secret), service: service)
            }
            let name = try need(.applicationCredentialName, for: method).value
            return .identity(.applicationCredential(.name(name, user: try user(method)), secret: secret), service: service)
        case .accessKey:
            let (id, secret) = (try need(.accessKey, for: method), try need(.secretKey, for: method))
            let token = values[.securityToken]
            guard let key = AccessKey(id: id.value, secret: secret.value, securityToken: token?.value) else {
                throw Failure(.error, .badAccessKey(id.origin))
            }
            return .accessKey(key, service: asked == nil ? try identityService(method) : nil)
        }
    }

    private func need(_ key: SettingKey, for method: Sourced<Method>) throws -> Sourced<String> {
        guard let value = values[key] else { throw Failure(.error, .missingSetting(key, for: method)) }
        return value
    }

    private func user(_ method: Sourced<Method>) throws -> UserReference {
        if let id = values[.userID] { return .id(id.value) }
        let name = try need(.userName, for: method)
        if let domain = userDomain { return .name(name.value, domain: domain) }
        // An account's name is known to nobody else; elsewhere "default" is the domain that a Keystone is set up with.
        if isIAM { throw Failure(.error, .noUserDomain(name.origin)) }
        return .name(name.value, domain: .id("default"))
    }

    private var userDomain: DomainReference? {
        if let id = values[.userDomainID] { return .id(id.value) }
        if let name = values[.userDomainName] { return .name(name.value) }
        if let id = values[.domainID] { return .id(id.value) }
        if let name = values[.domainName] { return .name(name.value) }
        return values[.defaultDomain].map { .id($0.value) }
    }

    private func project(_ id: ProjectID?) -> ProjectReference? {
        if let id { return .id(id.text) }
        guard let name = values[.projectName] else {
            // There each region has a project of its name (CloudAPI#tokens).
            return isIAM ? values[.region].map { .name($0.value, domain: nil) } : nil
        }
        if let id = values[.projectDomainID] { return .name(name.value, domain: .id(id.value)) }
        if let domain = values[.projectDomainName] { return .name(name.value, domain: .name(domain.value)) }
        return .name(name.value, domain: isIAM ? nil : userDomain ?? .id("default"))
    }

    // MARK: Addresses

    private static let cloudSuffix = "myhuaweicloud.com"

    private var suffix: String { values[.cloudSuffix]?.value ?? Self.cloudSuffix }

    /// Whether the identity service is one of the kind that Huawei's clouds have, by its name.
    private var isIAM: Bool {
        guard let url = values[.authURL]?.value else { return true }
        return (try? Endpoint.parse(url).endpoint.host.hasPrefix("iam")) ?? false
    }

    private func identityService(_ method: Sourced<Method>) throws -> Endpoint {
        if let url = values[.authURL] {
            do {
                let parsed = try Endpoint.parse(url.value)
                guard parsed.endpoint.version == .v3, parsed.projectID == nil else { throw EndpointProblem.version("v2") }
                return parsed.endpoint
            } catch { throw Failure(.error, .badIdentityService(error as? EndpointProblem, url.origin)) }
        }
        guard isHuawei(method), let region = values[.region] else { throw Failure(.error, .noIdentityService(method)) }
        return try derived("iam", region)
    }

    /// An access key is used without a catalog: the service stands beside the identity service, or has its usual name.
    private func derivedEndpoint(_ method: Method) throws -> Endpoint? {
        guard method == .accessKey else { return nil }
        let version = try values.volumeVersion()
        if let url = values[.authURL], let identity = try? Endpoint.parse(url.value).endpoint, identity.host.hasPrefix("iam."),
            let region = values[.region], identity.host.hasPrefix("iam.\(region.value).")
        {
            return try Endpoint.parse("\(identity.scheme.rawValue)://evs\(identity.authority.dropFirst(3))").endpoint.speaking(version)
        }
        guard let region = values[.region] else { throw Failure(.error, .noRegion) }
        return try derived("evs", region).speaking(version)
    }

    private func derived(_ service: String, _ region: Sourced<String>) throws -> Endpoint {
        do { return try Endpoint.parse("https://\(service).\(region.value).\(suffix)").endpoint } catch {
            throw Failure(.error, .badRegion(region))
        }
    }

    /// Whether the credential is one for Huawei's own names, so that an address may be made of the region.
    private func isHuawei(_ method: Sourced<Method>) -> Bool {
        if method.value == .accessKey { return true }
        guard case .variable(let name) = method.origin else { return false }
        return name.hasPrefix("HW_") || name.hasPrefix("HUAWEICLOUD_")
    }
}
