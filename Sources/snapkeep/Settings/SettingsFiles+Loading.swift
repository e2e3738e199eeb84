import Glibc
import SnapkeepCloud
import SnapkeepCore
import SnapkeepRendering

extension SettingsFiles {
    /// Reads, of each list of candidates, the first file that exists.
    ///
    /// - Parameter needsClouds: whether an entry of `clouds.yaml` is asked for; else nobody need see it.
    /// - Throws: `Failure` for a file that exists but cannot be read.
    static func load(_ search: SettingsSearch, needsClouds: Bool) throws -> SettingsFiles {
        var files = SettingsFiles()
        func first(_ candidates: SettingsSearch.Candidates) throws -> SourceFile? {
            for path in candidates.paths where access(path, F_OK) == 0 { return try InputFiles.read(path: path) }
            if let variable = candidates.variable, let path = candidates.paths.first {
                files.missing.append(Sourced(path, .variable(variable)))
            }
            return nil
        }
        if needsClouds {
            files.clouds = try first(search.clouds)
            files.secure = try first(search.secure)
            files.profiles = try first(search.profiles)
        }
        files.sharedConfiguration = try first(search.sharedConfiguration)
        files.credentials = try first(search.credentials)
        return files
    }
}

extension CloudSettings {
    /// The settings of a command. Where only the environment speaks of a file, and that is missing, it is told by `requireCloud`, as planning
    /// needs no credentials (P4).
    ///
    /// - Throws: `Failure` for what is wrong with them.
    static func load(_ flags: SettingsInput.Flags, environment: ProcessEnvironment) throws -> CloudSettings {
        let needsClouds = flags.cloud != nil || environment.first(of: ["OS_CLOUD"]) != nil
        let files = try SettingsFiles.load(SettingsSearch(environment), needsClouds: needsClouds)
        var input = SettingsInput(flags: flags, environment: environment, files: files)
        guard flags.cloud == nil, files.clouds == nil else { return try CloudSettings(input) }
        do { return try CloudSettings(input) } catch let failure as Failure {
            input.ignoresMissingCloud = true
            input.files.missing = []
            var settings = try CloudSettings(input)
            settings.missingCloud = failure
            return settings
        }
    }

    /// - Throws: `Failure` where the entry, or a file, that the environment names is not there.
    func requireCloud() throws { if let missingCloud { throw missingCloud } }

    /// Whom to trust, and how to show who we are.
    ///
    /// - Throws: `Failure` for a file that is not there or holds something else.
    func trust(_ environment: ProcessEnvironment) throws -> TrustSettings {
        let search = SettingsSearch(environment)
        func bytes(_ key: SettingKey) throws -> [UInt8]? {
            try values[key].map { try InputFiles.read(path: search.expanded($0.value)).bytes }
        }
        do {
            return try TrustSettings(
                authorities: try bytes(.caCertificate), certificate: try bytes(.certificate), privateKey: try bytes(.privateKey),
                verifies: !(insecure?.value ?? false))
        } catch let problem as TrustProblem {
            let key: SettingKey =
                switch problem {
                case .unreadable(.authorities): .caCertificate
                case .unreadable(.certificate), .certificateWithoutKey: .certificate
                case .unreadable(.privateKey), .keyWithoutCertificate, .keyOfAnotherCertificate: .privateKey
                }
            guard let path = values[key] else {
                throw Failure(.error, Diagnostic(.error, code: "bad-certificate", problem.message, help: problem.help))
            }
            throw Failure(.error, .unreadableCertificate(path, problem))
        }
    }
}
