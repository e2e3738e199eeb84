import SnapkeepCloud
import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// What is wrong with settings is told by the variable's name or the place in the file, with a remedy, and without a secret (P8, P9).
@Suite struct SettingsMistakeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var variables: [String: String] = [:]
        var flags = SettingsInput.Flags()
        var clouds: String? = CloudSettingsTests.clouds
        var finding: String
        var help: String?
    }

    static let keystone = ["OS_AUTH_URL": "https://id.example.com/v3", "OS_USERNAME": "u", "OS_PASSWORD": "pw", "OS_PROJECT_ID": "p"]

    static let cases = [
        Case(
            testDescription: "no cloud of that name", variables: ["OS_CLOUD": "plian"],
            finding: "OS_CLOUD: cloud 'plian' is not in clouds.yaml", help: "did you mean 'plain'?"),
        Case(
            testDescription: "no file", flags: .init(cloud: "x"), clouds: nil,
            finding: "--cloud: cloud 'x' is asked for, and there is no clouds.yaml"),
        Case(testDescription: "an empty file", flags: .init(cloud: "x"), clouds: "", finding: "--cloud: cloud 'x' is not in clouds.yaml"),
        Case(
            testDescription: "no such region", variables: ["OS_CLOUD": "many", "OS_REGION_NAME": "third"],
            finding: "OS_REGION_NAME: region 'third' is none of the cloud's", help: "use one of: first, second"),
        Case(
            testDescription: "no such profile", variables: ["OS_CLOUD": "noprofile"],
            finding: "clouds.yaml:31:24: profile 'elsewhere' is not known"),
        Case(
            testDescription: "a type that is not supported", variables: ["OS_CLOUD": "odd"],
            finding: "clouds.yaml:30:20: the auth type 'v3oidcpassword' is not supported",
            help: "use one of: password, token, v3applicationcredential"),
        Case(
            testDescription: "a word that is no boolean", variables: ["OS_INSECURE": "maybe"],
            finding: "OS_INSECURE: expected true or false, found 'maybe'"),
        Case(
            testDescription: "a version that is not spoken", variables: ["OS_VOLUME_API_VERSION": "1"], flags: .init(endpoint: "https://h"),
            finding: "OS_VOLUME_API_VERSION: the version is '1', expected 2 or 3"),
        Case(
            testDescription: "identity version 2", variables: ["OS_IDENTITY_API_VERSION": "2.0"].merging(keystone) { $1 },
            finding: "OS_IDENTITY_API_VERSION: the version is '2.0', expected 3"),
        Case(
            testDescription: "an old identity service", variables: keystone.merging(["OS_AUTH_URL": "https://id.example.com/v2.0"]) { $1 },
            finding: "OS_AUTH_URL: the identity service's address names another version than v3"),
        Case(
            testDescription: "a password in an address",
            variables: keystone.merging(["OS_AUTH_URL": "https://u:hunter2@id.example.com"]) { $1 },
            finding: "OS_AUTH_URL: the identity service's address holds a user name or a password"),
        Case(
            testDescription: "no identity service", variables: ["OS_USERNAME": "u", "OS_PASSWORD": "hunter2"],
            finding: "OS_PASSWORD: a log-in by password needs the address of the identity service"),
        Case(
            testDescription: "a token without a place", variables: ["OS_TOKEN": "hunter2"],
            finding: "OS_TOKEN: a log-in by token needs the address of the identity service",
            help: "add --endpoint URL and --project-id ID, or set OS_AUTH_URL"),
        Case(
            testDescription: "half an access key", variables: ["OS_AUTH_TYPE": "aksk", "HW_ACCESS_KEY": "AK"],
            finding: "OS_AUTH_TYPE: a log-in by access key needs the secret key"),
        Case(
            testDescription: "an access key without a region", variables: ["HW_ACCESS_KEY": "AK", "HW_SECRET_KEY": "hunter2"],
            finding: "an access key needs a region, or the endpoint"),
        Case(
            testDescription: "an access key with a blank",
            variables: ["HW_ACCESS_KEY": "A K", "HW_SECRET_KEY": "hunter2", "HW_REGION_NAME": "r"],
            finding: "HW_ACCESS_KEY: the access key or its secret holds characters that no HTTP header may carry"),
        Case(
            testDescription: "a region that is none",
            variables: ["HW_ACCESS_KEY": "A", "HW_SECRET_KEY": "hunter2", "HW_REGION_NAME": "a/b c"],
            finding: "HW_REGION_NAME: no host name can be made of region 'a/b c'"),
        Case(
            testDescription: "a user without the account",
            variables: ["HW_REGION_NAME": "r", "HW_USER_NAME": "u", "HW_USER_PASSWORD": "hunter2"],
            finding: "HW_USER_NAME: the user is named without the account"),
        Case(testDescription: "nothing", finding: "there are no credentials for the cloud"),
        Case(
            testDescription: "an entry without credentials", variables: ["OS_CLOUD": "bare"],
            finding: "OS_CLOUD: cloud 'bare' has no credentials"),
        Case(
            testDescription: "a project that is none", variables: ["OS_PROJECT_ID": "a/b"],
            finding: "OS_PROJECT_ID: 'a/b' cannot be a project id: expected letters, digits and '-', '_', '.'"),
        Case(
            testDescription: "a proxy with a password", variables: ["https_proxy": "https://u:hunter2@p:1"],
            finding: "https_proxy: the proxy's scheme is not http or socks5"),
        Case(
            testDescription: "an interface that is none", variables: ["OS_INTERFACE": "private"].merging(keystone) { $1 },
            finding: "OS_INTERFACE: the interface is 'private', expected public, internal or admin"),
        Case(
            testDescription: "another algorithm",
            variables: ["HW_ACCESS_KEY": "A", "HW_SECRET_KEY": "hunter2", "HW_REGION_NAME": "r", "HW_SIGNING_ALGORITHM": "HmacSM3"],
            finding: "HW_SIGNING_ALGORITHM: signing with 'HmacSM3' is not supported"),
        // Broken files: the place is told, and what stands there is not, for it may be a password.
        Case(
            testDescription: "a tab", flags: .init(cloud: "a"), clouds: "clouds:\n  a:\n\t\tpassword: hunter2\n",
            finding: "clouds.yaml:3:1: the text is not YAML from here on"),
        Case(
            testDescription: "a password that looks like an alias", flags: .init(cloud: "a"),
            clouds: "clouds:\n  a: {auth: {password: *hunter2}}\n", finding: "clouds.yaml:2:24: an alias stands here that names no anchor"),
        Case(
            testDescription: "a password without a colon", flags: .init(cloud: "a"),
            clouds: "clouds:\n  a:\n    password\n    hunter2\n  b: {}\n",
            finding: "clouds.yaml:3:5: expected 'key: value' lines here"),
        Case(
            testDescription: "a key twice", flags: .init(cloud: "a"), clouds: "clouds:\n  hunter2: 1\n  hunter2: 2\n",
            finding: "clouds.yaml:3:3: a key stands twice in one mapping"),
        Case(
            testDescription: "an unknown tag", flags: .init(cloud: "a"), clouds: "clouds: !hunter2 {}\n",
            finding: "clouds.yaml:1:9: a tag that is not supported stands here"),
        Case(
            testDescription: "a quote that is never closed", flags: .init(cloud: "a"), clouds: "clouds:\n  a: {password: \"hunter2}\n",
            finding: "clouds.yaml:2:17: the text is not YAML from here on"),
    ]

    @Test("Each mistake is named, with a remedy", arguments: cases)
    func mistake(_ mistake: Case) throws {
        let failure = try #require(
            #expect(throws: Failure.self) {
                _ = try CloudSettingsTests.settings(mistake.variables, flags: mistake.flags, clouds: mistake.clouds).login()
            })
        let finding = try #require(failure.diagnostics.first)
        let place = if case .named(let name) = finding.subject { "\(name): " } else { "" }
        #expect((place + finding.message).hasPrefix(mistake.finding))
        if let help = mistake.help { #expect(finding.help == help) }
        let shown = DiagnosticRenderer.render(failure.diagnostics, sources: [], style: .init(colour: false))
        #expect(!shown.contains("hunter2"), "P8")
        #expect(finding.range == nil, "an excerpt would show a line of the file")
    }

    @Test("clouds.yaml is looked for where the OpenStack clients look, and the first one counts")
    func search() {
        let search = SettingsSearch(ProcessEnvironment(["HOME": "/home/me"]))
        #expect(
            search.clouds.paths == [
                "clouds.yaml", "clouds.yml", "clouds.json", "/home/me/.config/openstack/clouds.yaml",
                "/home/me/.config/openstack/clouds.yml",
                "/home/me/.config/openstack/clouds.json", "/etc/openstack/clouds.yaml", "/etc/openstack/clouds.yml",
                "/etc/openstack/clouds.json",
            ])
        #expect(search.secure.paths.first == "secure.yaml" && search.profiles.paths.first == "clouds-public.yaml")
        #expect(search.credentials.paths == ["/home/me/.huaweicloud/credentials"] && search.sharedConfiguration.paths.isEmpty)
        let named = SettingsSearch(
            ProcessEnvironment([
                "HOME": "/h", "OS_CLIENT_CONFIG_FILE": "~/c.yaml", "OS_CLIENT_SECURE_FILE": "/s", "HUAWEICLOUD_SDK_CREDENTIALS_FILE": "cr",
                "HW_SHARED_CONFIG_FILE": "~/x.json",
            ]))
        #expect(named.clouds.paths == ["/h/c.yaml"] && named.secure.paths == ["/s"] && named.credentials.paths == ["cr"])
        #expect(named.sharedConfiguration.paths == ["/h/x.json"])
        #expect(
            SettingsSearch(ProcessEnvironment(["HW_PROFILE": "p", "HOME": "/h"])).sharedConfiguration.paths == ["/h/.hcloud/config.json"])
    }

    @Test("P8: the table of settings shows where each came from, and of secrets nothing")
    func table() throws {
        let secrets = ["hunter2-password", "hunter2-token", "hunter2-secret", "hunter2-sk", "hunter2-sts", "hunter2-proxy", "hunter2-url"]
        let variables = [
            "OS_CLOUD": "c", "OS_PASSWORD": secrets[0], "OS_TOKEN": secrets[1], "OS_APPLICATION_CREDENTIAL_SECRET": secrets[2],
            "HW_SECRET_KEY": secrets[3], "HW_SECURITY_TOKEN": secrets[4], "https_proxy": "http://me:\(secrets[5])@p:1",
            "OS_AUTH_URL": "https://me:\(secrets[6])@id.example.com", "HW_MAX_RETRIES": "3", "OS_REGION_NAME": "one",
        ]
        let clouds = "clouds: {c: {auth: {username: keeper, project_name: backup}}}"
        let settings = try CloudSettingsTests.settings(variables, clouds: clouds)
        let report = DoctorReport(settings: SettingsTable(settings, environment: ProcessEnvironment(variables)).rows, checks: [])
        let text = report.render(width: nil, .plain)
        for secret in secrets { #expect(!text.contains(secret)) }
        for row in ["OS_PASSWORD", "clouds.yaml:1:31", "OS_REGION_NAME", "HW_MAX_RETRIES", "http://p:1", "(hidden)@id.example.com"] {
            #expect(text.contains(row))
        }
    }
}
