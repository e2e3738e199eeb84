import SnapkeepCloud
import SnapkeepCore
import SnapkeepRendering

/// Everything that is set about the cloud, and where it came from: a pure function of flags, environment and files (CloudAPI#settings).
///
/// Flags count before the environment, and the environment before `clouds.yaml`, value by value; but an entry that `--cloud` chooses
/// counts before the environment, so that variables left over from another cloud do not mix with it.
struct CloudSettings: Sendable {
    /// How to prove who asks.
    enum Method: String, CaseIterable, Sendable {
        case token
        case accessKey = "access key"
        case applicationCredential = "application credential"
        case password
    }

    /// The entry of `clouds.yaml`.
    let cloud: Sourced<String>?
    /// The block-storage endpoint, where it is set; else the catalog tells it.
    let endpoint: Sourced<Endpoint>?
    let projectID: Sourced<ProjectID>?
    let proxies: ProxyRules
    /// Whether certificates are not checked.
    let insecure: Sourced<Bool>?
    let warnings: [Diagnostic]
    let values: SettingsValues
    /// Why there is no entry of `clouds.yaml`, though the environment names one.
    var missingCloud: Failure?

    /// - Throws: `Failure` for a setting that is wrong whatever the command; what is missing for a log-in is told by `login()`.
    init(_ input: SettingsInput) throws {
        for file in input.files.missing { throw Failure(.error, .noSettingsFile(file)) }
        let environment = SettingsLayer.environment(input.environment)
        cloud =
            input.flags.cloud.map { Sourced($0, .flag("--cloud")) }
            ?? (input.ignoresMissingCloud ? nil : input.environment.first(of: ["OS_CLOUD"])).map { Sourced($0.value, .variable($0.name)) }
        let chosen = try cloud.map { try CloudEntry($0, in: input.files, region: environment[.region]) }
        var layers = [environment]
        if let entry = chosen?.layer { layers = input.flags.cloud == nil ? [environment, entry] : [entry, environment] }
        if let file = input.files.sharedConfiguration {
            let profile = input.environment.first(of: ["HW_PROFILE"]).map { Sourced($0.value, .variable($0.name)) }
            layers.append(try HuaweiFiles.sharedConfiguration(file, profile: profile))
        }
        if let file = input.files.credentials { layers.append(HuaweiFiles.credentials(file)) }
        values = try SettingsValues(layers, input)

        (endpoint, projectID) = try values.target(input.flags)
        insecure = try values.insecure()
        proxies = try Self.proxies(input.environment)
        var warnings = chosen?.warnings ?? []
        if let insecure, insecure.value { warnings.append(.insecure(insecure.origin)) }
        self.warnings = warnings
    }

    /// The variables of every HTTP client; lower case counts before upper case.
    static func proxies(_ environment: ProcessEnvironment) throws -> ProxyRules {
        func proxy(_ names: [String]) throws -> ProxyServer? {
            guard let found = environment.first(of: names) else { return nil }
            do { return try ProxyServer(found.value) } catch { throw Failure(.error, .badProxy(error, found.name)) }
        }
        return ProxyRules(
            http: try proxy(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]),
            https: try proxy(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
            exceptions: environment.first(of: ["no_proxy", "NO_PROXY"])?.value ?? "")
    }
}
