import SnapkeepCore
import SnapkeepManifest

/// All that settings are made of: a value, so that the same input gives the same settings.
struct SettingsInput: Sendable {
    /// What the command line says.
    struct Flags: Sendable {
        var cloud: String?
        var endpoint: String?
        var projectID: String?
    }

    var flags = Flags()
    var environment = ProcessEnvironment([:])
    var files = SettingsFiles()
    /// Whether `OS_CLOUD` counts for nothing, as there is no `clouds.yaml` and none is needed.
    var ignoresMissingCloud = false
}

/// The files that were found, as bytes; `nil` for those that are not there.
struct SettingsFiles: Sendable {
    /// `clouds.yaml`, `.yml` or `.json`, the first that was found.
    var clouds: SourceFile?
    var secure: SourceFile?
    /// `clouds-public.yaml`: profiles.
    var profiles: SourceFile?
    /// The credentials of the cloud's SDK, in INI form.
    var credentials: SourceFile?
    /// The configuration of the cloud's command-line tool, in JSON.
    var sharedConfiguration: SourceFile?
    /// Files that a variable names but that are not there.
    var missing: [Sourced<String>] = []
}

/// Where the files are looked for (CloudAPI#settings).
struct SettingsSearch: Sendable {
    let environment: ProcessEnvironment

    init(_ environment: ProcessEnvironment) { self.environment = environment }

    /// A list of paths of which the first that exists is read.
    struct Candidates: Sendable {
        var paths: [String]
        /// The variable that names the file: then it must exist.
        var variable: String?
    }

    var clouds: Candidates { configuration("clouds", variable: "OS_CLIENT_CONFIG_FILE") }
    var secure: Candidates { configuration("secure", variable: "OS_CLIENT_SECURE_FILE") }
    var profiles: Candidates { configuration("clouds-public", variable: "OS_CLIENT_VENDOR_FILE") }

    var credentials: Candidates {
        named("HUAWEICLOUD_SDK_CREDENTIALS_FILE") ?? Candidates(paths: home.map { [$0 + "/.huaweicloud/credentials"] } ?? [])
    }

    /// Read only when a variable asks for it.
    var sharedConfiguration: Candidates {
        if let named = named("HW_SHARED_CONFIG_FILE") { return named }
        guard let home, environment.first(of: ["HW_PROFILE"]) != nil else { return Candidates(paths: []) }
        return Candidates(paths: [home + "/.hcloud/config.json"], variable: "HW_PROFILE")
    }

    /// A path as a person writes it: `~` stands for the home folder.
    func expanded(_ path: String) -> String {
        guard let home, path == "~" || path.hasPrefix("~/") else { return path }
        return home + path.dropFirst()
    }

    private var home: String? { environment.first(of: ["HOME"])?.value }

    private func named(_ variable: String) -> Candidates? {
        environment.first(of: [variable]).map { Candidates(paths: [expanded($0.value)], variable: variable) }
    }

    private func configuration(_ name: String, variable: String) -> Candidates {
        if let named = named(variable) { return named }
        let user = environment.first(of: ["XDG_CONFIG_HOME"])?.value ?? home.map { $0 + "/.config" }
        let folders = [""] + (user.map { [$0 + "/openstack/"] } ?? []) + ["/etc/openstack/"]
        return Candidates(paths: folders.flatMap { folder in ["yaml", "yml", "json"].map { "\(folder)\(name).\($0)" } })
    }
}
