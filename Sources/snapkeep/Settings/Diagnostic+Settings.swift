import SnapkeepCloud
import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering

// Findings about settings: they name the variable or the place, and never a value that may be secret (P8).
extension Diagnostic {
    private static func words(_ names: [String]) -> String {
        let shown = Set(names).sorted().prefix(20).map { VisibleText.escaped($0) }
        return shown.joined(separator: ", ") + (Set(names).count > 20 ? ", …" : "")
    }

    private static func suggestion(_ word: String, _ known: [String], otherwise: String) -> String {
        if let near = NearMiss.suggestion(for: word, among: known.sorted()) { return "did you mean '\(VisibleText.escaped(near))'?" }
        return known.isEmpty ? otherwise : "use one of: \(words(known))"
    }

    // MARK: Files

    static func unreadableSettings(_ file: String, _ problem: PlainTreeProblem) -> Diagnostic {
        let place = problem.position.map { "\(VisibleText.escaped(file)):\($0.line):\($0.column)" } ?? VisibleText.escaped(file)
        return Diagnostic(.error, code: "bad-settings-file", problem.message, at: .named(place), help: "correct the file at this place")
    }

    static func noSettingsFile(_ file: Sourced<String>) -> Diagnostic {
        Diagnostic(
            .error, code: "no-settings-file", "there is no file '\(VisibleText.escaped(file.value))'", at: file.origin.subject,
            help: "correct the path, or unset the variable")
    }

    static func noCloudsFile(_ name: Sourced<String>) -> Diagnostic {
        Diagnostic(
            .error, code: "no-clouds-file", "cloud '\(VisibleText.escaped(name.value))' is asked for, and there is no clouds.yaml",
            at: name.origin.subject,
            help: "put clouds.yaml here, into ~/.config/openstack or /etc/openstack, or name it in OS_CLIENT_CONFIG_FILE")
    }

    static func noSuchCloud(_ name: Sourced<String>, file: String, known: [String]) -> Diagnostic {
        Diagnostic(
            .error, code: "no-such-cloud", "cloud '\(VisibleText.escaped(name.value))' is not in \(VisibleText.escaped(file))",
            at: name.origin.subject, help: suggestion(name.value, known, otherwise: "write it below 'clouds:' there"))
    }

    static func noMapping(_ origin: SettingOrigin) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-settings-file", "expected 'key: value' lines here", at: origin.subject,
            help: "write a blank after each colon, and quote values that hold ': '")
    }

    static func noSuchRegion(_ name: Sourced<String>, known: [String]) -> Diagnostic {
        Diagnostic(
            .error, code: "no-such-region", "region '\(VisibleText.escaped(name.value))' is none of the cloud's",
            at: name.origin.subject, help: suggestion(name.value, known, otherwise: "write it below 'regions:'"))
    }

    static func noSuchProfile(_ name: Sourced<String>, known: [String]) -> Diagnostic {
        let near = NearMiss.suggestion(for: name.value, among: known).map { "did you mean '\(VisibleText.escaped($0))'? else " } ?? ""
        return Diagnostic(
            .error, code: "no-such-profile", "profile '\(VisibleText.escaped(name.value))' is not known", at: name.origin.subject,
            help: near + "write the cloud's auth_url and region_name into the entry in place of the profile")
    }

    /// The OpenStack clients would fetch it; planning opens no socket (P4), and settings from a network would decide where passwords go.
    static func remoteProfile(_ name: Sourced<String>) -> Diagnostic {
        let shown = name.value.contains("@") ? "" : " '\(VisibleText.escaped(name.value))'"
        return Diagnostic(
            .error, code: "remote-profile", "the profile\(shown) is an address, and settings are not fetched over the network",
            at: name.origin.subject,
            help:
                "read /.well-known/openstack/api on that host, and write its auth_url and region_name into the entry in place of the profile"
        )
    }

    static func closedProfile(_ name: Sourced<String>, _ why: String) -> Diagnostic {
        Diagnostic(
            .error, code: "closed-profile", "the cloud of profile '\(VisibleText.escaped(name.value))' is closed: \(why)",
            at: name.origin.subject, help: "write the auth_url and region_name of your cloud into the entry in place of the profile")
    }

    static func deprecatedProfile(_ name: Sourced<String>, _ why: String) -> Diagnostic {
        Diagnostic(
            .warning, code: "deprecated-profile", "profile '\(VisibleText.escaped(name.value))' is out of date: \(why)",
            at: name.origin.subject, help: "write the cloud's auth_url and region_name into the entry in place of the profile")
    }

    static func noSuchProfile(_ name: Sourced<String>?, file: String, known: [String]) -> Diagnostic {
        let wanted = name.map { "profile '\(VisibleText.escaped($0.value))' is" } ?? "the current profile is"
        return Diagnostic(
            .error, code: "no-such-profile", "\(wanted) not in \(VisibleText.escaped(file))",
            at: name?.origin.subject ?? .named(VisibleText.escaped(file)),
            help: suggestion(name?.value ?? "", known, otherwise: "name one in HW_PROFILE"))
    }

    static func unreadableCertificate(_ path: Sourced<String>, _ problem: TrustProblem) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-certificate", problem.message, at: path.origin.subject,
            notes: [.init("the file is \(VisibleText.escaped(path.value))", at: .none)],
            help: problem.help)
    }

    // MARK: Values

    static func badEndpoint(_ problem: EndpointProblem, at subject: Subject) -> Diagnostic {
        Diagnostic(.error, code: "bad-endpoint", problem.message, at: subject, help: problem.help)
    }

    static func twoProjects(_ flag: ProjectID, _ path: ProjectID) -> Diagnostic {
        Diagnostic(
            .error, code: "two-projects", "--project-id names \(flag), the endpoint's path names \(path)", help: "leave one of them out")
    }

    static func badProjectID(_ text: String, setting: String) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-project",
            "'\(VisibleText.escaped(text))' cannot be a project id: expected letters, digits and '-', '_', '.'",
            at: .named(setting), help: "copy the project's id, not its name: 'openstack project show NAME -c id' shows it")
    }

    static func badToken(_ name: String) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-token", "the token holds characters that no HTTP header may carry", at: .named(name),
            help: "set it again without line breaks or blanks")
    }

    static func badIdentityService(_ problem: EndpointProblem?, _ origin: SettingOrigin) -> Diagnostic {
        let message =
            switch problem {
            case .version?: "the identity service's address names another version than v3"
            case let problem?: problem.message.replacingEndpoint
            case nil: "the identity service's address cannot be used"
            }
        return Diagnostic(
            .error, code: "bad-identity-service", message, at: origin.subject,
            help: "write it like 'https://iam.eu-de.otc.t-systems.com/v3' or 'https://identity.example.com:5000/v3'")
    }

    static func badProxy(_ problem: ProxyProblem, _ variable: String) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-proxy", problem.message, at: .named(variable), help: "write it like 'http://proxy.example.com:3128'")
    }

    static func badBoolean(_ setting: Sourced<String>) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-setting", "expected true or false, found '\(VisibleText.escaped(setting.value))'",
            at: setting.origin.subject, help: "set it to true or false, or unset it")
    }

    static func badInterface(_ setting: Sourced<String>) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-setting", "the interface is '\(VisibleText.escaped(setting.value))', expected public, internal or admin",
            at: setting.origin.subject, help: "set it to public, or unset it")
    }

    static func badVersion(_ setting: Sourced<String>, expected: String) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-setting", "the version is '\(VisibleText.escaped(setting.value))', expected \(expected)",
            at: setting.origin.subject, help: "set it to \(expected), or unset it")
    }

    static func badAlgorithm(_ setting: Sourced<String>) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-setting", "signing with '\(VisibleText.escaped(setting.value))' is not supported",
            at: setting.origin.subject, help: "unset it, or set it to SDK-HMAC-SHA256")
    }

    static func badRegion(_ setting: Sourced<String>) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-setting", "no host name can be made of region '\(VisibleText.escaped(setting.value))'",
            at: setting.origin.subject, help: "write it like 'eu-west-101'")
    }

    static func unknownAuthType(_ setting: Sourced<String>) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-setting", "the auth type '\(VisibleText.escaped(setting.value))' is not supported",
            at: setting.origin.subject, help: "use one of: password, token, v3applicationcredential")
    }

    static func badAccessKey(_ origin: SettingOrigin) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-access-key", "the access key or its secret holds characters that no HTTP header may carry",
            at: origin.subject, help: "set both again without line breaks or blanks; keys that a tool has encrypted cannot be used")
    }

    static func insecure(_ origin: SettingOrigin) -> Diagnostic {
        Diagnostic(
            .warning, code: "insecure", "certificates are not checked: whoever stands in between can read the credentials",
            at: origin.subject, help: "name the cloud's own authority in OS_CACERT instead")
    }

    // MARK: What is missing

    static func noCredentials(cloud: Sourced<String>?) -> Diagnostic {
        if let cloud {
            return Diagnostic(
                .error, code: "no-credentials", "cloud '\(VisibleText.escaped(cloud.value))' has no credentials",
                at: cloud.origin.subject,
                help: "write password, token or application credential into its 'auth', or into secure.yaml")
        }
        return Diagnostic(
            .error, code: "no-credentials", "there are no credentials for the cloud",
            help: "name an entry of clouds.yaml with '--cloud NAME', set OS_TOKEN or other OS_* or HW_* variables, or try --sandbox")
    }

    static func missingSetting(_ key: SettingKey, for method: Sourced<CloudSettings.Method>) -> Diagnostic {
        Diagnostic(
            .error, code: "missing-setting", "a log-in by \(method.value.rawValue) needs the \(key.rawValue)", at: method.origin.subject,
            help: "set \(key.variables.joined(separator: " or "))\(key.names.first.map { ", or '\($0)' in clouds.yaml" } ?? "")")
    }

    static func noUserDomain(_ origin: SettingOrigin) -> Diagnostic {
        Diagnostic(
            .error, code: "missing-setting", "the user is named without the account", at: origin.subject,
            help: "set HW_DOMAIN_NAME or OS_USER_DOMAIN_NAME to the name of the account")
    }

    static func noIdentityService(_ method: Sourced<CloudSettings.Method>) -> Diagnostic {
        Diagnostic(
            .error, code: "missing-setting", "a log-in by \(method.value.rawValue) needs the address of the identity service",
            at: method.origin.subject,
            help: method.value == .token
                ? "add --endpoint URL and --project-id ID, or set OS_AUTH_URL" : "set OS_AUTH_URL, or HW_REGION_NAME for Huawei Cloud")
    }

    static let noRegion = Diagnostic(
        .error, code: "missing-setting", "an access key needs a region, or the endpoint",
        help: "set HW_REGION_NAME, for example HW_REGION_NAME=eu-west-101, or add --endpoint URL")
}

extension String {
    /// A message about the endpoint, made one about the identity service.
    fileprivate var replacingEndpoint: String {
        hasPrefix("the endpoint") ? "the identity service's address" + dropFirst("the endpoint".count) : self
    }
}
