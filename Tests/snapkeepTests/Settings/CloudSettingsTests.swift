import SnapkeepCloud
import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// Which setting counts, and where it came from: a pure function of flags, environment and files (CloudAPI#settings).
@Suite struct CloudSettingsTests {
    static let clouds = """
        clouds:
          plain:
            auth: {auth_url: https://identity.example.com:5000, username: keeper, password: pw-of-plain, project_name: backup,
                   user_domain_name: Users, project-domain-name: Projects}
            region_name: one
            interface: internal
            volume_api_version: '3'
            cacert: ~/ca.pem
          ci:
            auth_type: v3applicationcredential
            auth:
              auth_url: https://identity.example.com/v3
              application_credential_id: ac-1
              application_credential_secret: sec-of-ci
          bare:
            auth: {auth_url: https://identity.example.com/v3, username: keeper, project_name: backup}
          many:
            auth: {auth_url: https://identity.example.com/v3, token: tok-of-many, project_id: p1}
            regions:
              - first
              - name: second
                values: {block_storage_endpoint_override: https://second.example.com/v3}
          telekom:
            profile: otc
            auth: {username: keeper, password: pw-of-otc, user_domain_name: OTC-EU-DE-000, project_name: eu-de_backup}
          swiss:
            profile: otc-swiss
            auth: {username: keeper, password: pw, user_domain_name: D}
          unchecked: {verify: false, auth: {auth_url: https://identity.example.com/v3, username: u, password: p}}
          odd: {auth_type: v3oidcpassword, auth: {auth_url: https://identity.example.com/v3}}
          noprofile: {profile: elsewhere}
        """

    static func settings(
        _ variables: [String: String] = [:], flags: SettingsInput.Flags = .init(), clouds: String? = clouds, secure: String? = nil,
        profiles: String? = nil, credentials: String? = nil, shared: String? = nil
    ) throws -> CloudSettings {
        func file(_ name: String, _ text: String?) -> SourceFile? { text.map { SourceFile(name: name, bytes: Array($0.utf8)) } }
        var files = SettingsFiles()
        files.clouds = file("clouds.yaml", clouds)
        files.secure = file("secure.yaml", secure)
        files.profiles = file("clouds-public.yaml", profiles)
        files.credentials = file("credentials", credentials)
        files.sharedConfiguration = file("config.json", shared)
        return try CloudSettings(SettingsInput(flags: flags, environment: ProcessEnvironment(variables), files: files))
    }

    /// The log-in as a text: kind, who, project, service.
    static func words(_ settings: CloudSettings) throws -> String {
        let login = try settings.login()
        func words(_ domain: DomainReference?) -> String {
            switch domain {
            case .id(let id): "#\(id)"
            case .name(let name): name
            case nil: "-"
            }
        }
        func words(_ project: ProjectReference?) -> String {
            switch project {
            case .id(let id): "#\(id)"
            case .name(let name, let domain): "\(name)@\(words(domain))"
            case nil: "-"
            }
        }
        func words(_ user: UserReference) -> String {
            switch user {
            case .id(let id): "#\(id)"
            case .name(let name, let domain): "\(name)@\(words(domain))"
            }
        }
        let end = login.endpoint.map { " at \($0)" } ?? ""
        switch login.credential {
        case .token: return "static \(login.projectID?.text ?? "-")\(end)"
        case .accessKey(let key, let service):
            return "key \(key.id) \(login.projectID?.text ?? "-")\(service.map { " by \($0)" } ?? "")\(end)"
        case .identity(.password(let user, _, let project), let service):
            return "password \(words(user)) \(words(project)) by \(service)\(end)"
        case .identity(.token(_, let project), let service): return "token \(words(project)) by \(service)\(end)"
        case .identity(.applicationCredential(.id(let id), _), let service): return "credential #\(id) by \(service)\(end)"
        case .identity(.applicationCredential(.name(let name, let user), _), let service):
            return "credential \(name) of \(words(user)) by \(service)\(end)"
        }
    }

    private static let openrc = ["OS_AUTH_URL": "https://id.example.com:5000/v3", "OS_USERNAME": "u", "OS_PASSWORD": "pw"]

    // Every way to log in by variables, as the OpenStack clients and Huawei's Terraform provider name them.
    @Test(
        "The environment alone",
        arguments: [
            (["OS_PROJECT_NAME": "p"].merging(openrc) { $1 }, "password u@#default p@#default by https://id.example.com:5000/v3"),
            (
                ["OS_PROJECT_NAME": "p", "OS_USER_DOMAIN_NAME": "U", "OS_PROJECT_DOMAIN_ID": "pd"].merging(openrc) { $1 },
                "password u@U p@#pd by https://id.example.com:5000/v3"
            ),
            // Without a domain of its own the project is looked for in the user's.
            (
                ["OS_TENANT_NAME": "p", "OS_USER_DOMAIN_ID": "ud"].merging(openrc) { $1 },
                "password u@#ud p@#ud by https://id.example.com:5000/v3"
            ),
            (
                ["OS_PROJECT_ID": "p1", "OS_DEFAULT_DOMAIN": "dd"].merging(openrc) { $1 },
                "password u@#dd #p1 by https://id.example.com:5000/v3"
            ),
            (["OS_PROJECT_NAME": "p", "OS_DOMAIN_NAME": "D"].merging(openrc) { $1 }, "password u@D p@D by https://id.example.com:5000/v3"),
            (
                ["OS_AUTH_URL": "https://id.example.com", "OS_USER_ID": "u1", "OS_PASSWORD": "pw", "OS_TENANT_ID": "t1"],
                "password #u1 #t1 by https://id.example.com/v3"
            ),
            (
                ["OS_AUTH_URL": "https://id.example.com", "OS_APPLICATION_CREDENTIAL_ID": "a", "OS_APPLICATION_CREDENTIAL_SECRET": "s"],
                "credential #a by https://id.example.com/v3"
            ),
            (
                [
                    "OS_AUTH_URL": "https://id.example.com", "OS_APPLICATION_CREDENTIAL_NAME": "a", "OS_APPLICATION_CREDENTIAL_SECRET": "s",
                    "OS_USERNAME": "u", "OS_USER_DOMAIN_NAME": "D",
                ],
                "credential a of u@D by https://id.example.com/v3"
            ),
            (["OS_AUTH_URL": "https://id.example.com", "OS_TOKEN": "t", "OS_PROJECT_ID": "p"], "token #p by https://id.example.com/v3"),
            (["OS_AUTH_TOKEN": "t", "OS_AUTH_URL": "https://id.example.com"], "token - by https://id.example.com/v3"),
            // The type that is named counts, whatever else is there.
            (
                ["OS_AUTH_TYPE": "v3password", "OS_TOKEN": "t", "OS_PROJECT_ID": "p"].merging(openrc) { $1 },
                "password u@#default #p by https://id.example.com:5000/v3"
            ),
            // Huawei: the account is the user's domain, a project has its region's name, addresses are made of the region.
            (
                [
                    "HW_REGION_NAME": "eu-west-101", "HW_USER_NAME": "u", "HW_USER_PASSWORD": "pw", "HW_DOMAIN_NAME": "account",
                    "OS_PASSWORD": "other",
                ],
                "password u@account eu-west-101@- by https://iam.eu-west-101.myhuaweicloud.com/v3"
            ),
            (
                ["HW_REGION_NAME": "eu-west-101", "HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "SK"],
                "key AK - by https://iam.eu-west-101.myhuaweicloud.com/v3 at https://evs.eu-west-101.myhuaweicloud.com/v3"
            ),
            (
                [
                    "HW_REGION_NAME": "r", "HUAWEICLOUD_SDK_AK": "AK", "HUAWEICLOUD_SDK_SK": "SK", "HUAWEICLOUD_SDK_PROJECT_ID": "p",
                    "HW_CLOUD": "example.eu", "OS_VOLUME_API_VERSION": "2",
                ],
                "key AK p at https://evs.r.example.eu/v2"
            ),
            (
                [
                    "HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "SK", "OS_REGION_NAME": "eu-de",
                    "OS_AUTH_URL": "https://iam.eu-de.otc.t-systems.com/v3",
                ],
                "key AK - by https://iam.eu-de.otc.t-systems.com/v3 at https://evs.eu-de.otc.t-systems.com/v3"
            ),
            (
                [
                    "HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "SK", "HW_REGION_NAME": "eu-west-101", "HW_PROJECT_ID": "p",
                    "OS_PROJECT_ID": "q",
                    "HUAWEICLOUD_SDK_REGION_EVS_EU_WEST_101": "https://evs.example.com/v2",
                ],
                "key AK p at https://evs.example.com/v2"
            ),
            (
                ["HW_AUTH_TOKEN": "t", "HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "SK", "HW_REGION_NAME": "r"],
                "token r@- by https://iam.r.myhuaweicloud.com/v3"
            ),
        ] as [([String: String], String)])
    func environment(_ variables: [String: String], words: String) throws { #expect(try Self.words(Self.settings(variables)) == words) }

    @Test(
        "An entry of clouds.yaml, by flag or by OS_CLOUD",
        arguments: [
            ("plain", "password keeper@Users backup@Projects by https://identity.example.com:5000/v3"),
            ("ci", "credential #ac-1 by https://identity.example.com/v3"), ("many", "token #p1 by https://identity.example.com/v3"),
            ("telekom", "password keeper@OTC-EU-DE-000 eu-de_backup@- by https://iam.eu-de.otc.t-systems.com/v3"),
            ("swiss", "password keeper@D eu-ch2@- by https://iam-pub.eu-ch2.sc.otc.t-systems.com/v3"),
        ])
    func entries(_ name: String, words: String) throws {
        #expect(try Self.words(Self.settings(flags: .init(cloud: name))) == words)
        #expect(try Self.words(Self.settings(["OS_CLOUD": name])) == words)
    }

    @Test("Region, interface, version and files of an entry count as well")
    func beside() throws {
        let settings = try Self.settings(["OS_CLOUD": "plain"])
        let login = try settings.login()
        #expect(login.region == "one" && login.interface == .internal && login.version == .v3)
        #expect(settings.values[.caCertificate]?.value == "~/ca.pem")
        #expect(settings.values[.caCertificate]?.origin.text == "clouds.yaml:8:13")
        #expect(try Self.settings(["OS_CLOUD": "unchecked"]).warnings.map(\.code) == ["insecure"])
        #expect(try Self.settings(["OS_CLOUD": "unchecked", "OS_INSECURE": "no"]).warnings.isEmpty)
        #expect(try Self.settings(["OS_INTERFACE": "adminURL"]).values.interface() == .admin)
    }

    // Flags, then the environment, then the file; an entry that a flag chooses before the environment, so that a shell that was set up
    // for one cloud does not send its password to another.
    @Test("Variables fill and override an entry that OS_CLOUD names, and only fill one that --cloud names")
    func precedence() throws {
        let left = ["OS_AUTH_URL": "https://stale.example.com", "OS_PASSWORD": "stale", "OS_PROJECT_NAME": "stale"]
        #expect(
            try Self.words(Self.settings(left, flags: .init(cloud: "bare")))
                == "password keeper@#default backup@#default by https://identity.example.com/v3")
        #expect(
            try Self.words(Self.settings(left.merging(["OS_CLOUD": "bare"]) { $1 }))
                == "password keeper@#default stale@#default by https://stale.example.com/v3")
        #expect(try Self.settings(["OS_CLOUD": "ci"], flags: .init(cloud: "plain")).cloud?.value == "plain")
        // The kind of credential is that of the first place that holds a whole one.
        #expect(
            try Self.words(Self.settings(["OS_TOKEN": "t"], flags: .init(cloud: "ci")))
                == "credential #ac-1 by https://identity.example.com/v3")
        #expect(try Self.words(Self.settings(["OS_TOKEN": "t", "OS_CLOUD": "ci"])) == "token - by https://identity.example.com/v3")
    }

    @Test("secure.yaml counts before clouds.yaml, a chosen region's values before the entry's")
    func merging() throws {
        let secure = "clouds: {plain: {auth: {password: pw-of-secure}}, bare: {auth: {password: pw-of-secure}}}"
        #expect(try Self.settings(["OS_CLOUD": "plain"], secure: secure).values[.password]?.origin.text == "secure.yaml:1:35")
        #expect(try Self.words(Self.settings(["OS_CLOUD": "bare"], secure: secure)).hasPrefix("password keeper"))

        #expect(try Self.settings(["OS_CLOUD": "many"]).values[.region]?.value == "first")
        let second = try Self.settings(["OS_CLOUD": "many", "OS_REGION_NAME": "second"])
        #expect(second.endpoint?.value.host == "second.example.com" && second.endpoint?.origin.text == "clouds.yaml:22:51")
        #expect(try Self.settings(["OS_REGION_NAME": "second"], flags: .init(cloud: "many")).values[.region]?.value == "second")
    }

    @Test("The project of a flag counts before that of the endpoint's path, and that before all others")
    func target() throws {
        let url = "https://evs.example.com/v2/in-path"
        func project(_ flags: SettingsInput.Flags, _ variables: [String: String] = ["OS_PROJECT_ID": "env"]) throws -> String? {
            try Self.settings(variables, flags: flags).projectID?.value.text
        }
        #expect(try project(.init(endpoint: url, projectID: "in-path")) == "in-path")
        #expect(throws: Failure.self) { _ = try project(.init(endpoint: url, projectID: "flag")) }
        #expect(try project(.init(endpoint: "https://evs.example.com", projectID: "flag")) == "flag")
        #expect(try project(.init(endpoint: url)) == "in-path")
        #expect(try project(.init(endpoint: "https://evs.example.com")) == "env")
        #expect(try project(.init(), ["HW_PROJECT_ID": "hw", "OS_PROJECT_ID": "os"]) == "hw")
        #expect(try project(.init(), [:]) == nil)
        // With place and project a token needs no identity service.
        #expect(
            try Self.words(Self.settings(["OS_TOKEN": "t"], flags: .init(endpoint: url))) == "static in-path at https://evs.example.com/v2")
        // The version in an endpoint stands; without one the setting decides.
        let version = ["OS_VOLUME_API_VERSION": "2"]
        #expect(try Self.settings(version, flags: .init(endpoint: "https://h/v3")).endpoint?.value.text == "https://h/v3")
        #expect(try Self.settings(version, flags: .init(endpoint: "https://h")).endpoint?.value.text == "https://h/v2")
    }

    @Test("The files of Huawei's own tools are the last to count")
    func huaweiFiles() throws {
        let credentials = """
            # written by hand
            [global]
            ak = WRONG
            [basic]
            ak = AK-file
            sk=SK:file=
            project_id = p-file
            """
        let variables = ["HW_REGION_NAME": "r"]
        #expect(
            try Self.words(Self.settings(variables, credentials: credentials)) == "key AK-file p-file at https://evs.r.myhuaweicloud.com/v3"
        )
        #expect(try Self.settings(variables, credentials: credentials).values[.secretKey]?.origin.text == "credentials:6:1")
        let own = ["HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "SK", "HW_PROJECT_ID": "p"].merging(variables) { $1 }
        #expect(try Self.words(Self.settings(own, credentials: credentials)) == "key AK p at https://evs.r.myhuaweicloud.com/v3")

        let shared = """
            {"current": "one", "profiles": [{"name": "one", "accessKeyId": "AK1", "secretAccessKey": "s", "region": "r1", "projectId": "p1"},
            {"name": "two", "accessKeyId": "AK2", "secretAccessKey": "s", "region": "r2", "projectId": ""}]}
            """
        #expect(try Self.words(Self.settings(shared: shared)) == "key AK1 p1 at https://evs.r1.myhuaweicloud.com/v3")
        #expect(
            try Self.words(Self.settings(["HW_PROFILE": "two"], shared: shared))
                == "key AK2 - by https://iam.r2.myhuaweicloud.com/v3 at https://evs.r2.myhuaweicloud.com/v3")
        #expect(throws: Failure.self) { _ = try Self.settings(["HW_PROFILE": "three"], shared: shared) }
    }

    @Test("Profiles of clouds-public.yaml count before those that are built in")
    func profiles() throws {
        let profiles = "public-clouds: {otc: {auth: {auth_url: 'https://id.{region_name}.example.com/v3'}, region_name: eu-nl}}"
        #expect(
            try Self.words(Self.settings(["OS_CLOUD": "telekom"], profiles: profiles))
                == "password keeper@OTC-EU-DE-000 eu-de_backup@OTC-EU-DE-000 by https://id.eu-nl.example.com/v3")
    }

    @Test("Proxies come from the environment, in either case")
    func proxies() throws {
        let settings = try Self.settings([
            "https_proxy": "http://a:1", "HTTPS_PROXY": "http://b:1", "ALL_PROXY": "c:1", "NO_PROXY": "x.org",
        ])
        #expect(settings.proxies.https?.host == "a" && settings.proxies.http?.host == "c" && settings.proxies.exceptions == ["x.org"])
    }
}
