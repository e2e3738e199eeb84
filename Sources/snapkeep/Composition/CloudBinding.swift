import Glibc
import Logging
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepRendering
import SnapkeepSandbox

/// Which cloud, project and state a run works on: bound once, from options, manifest and state, and opened where something is to be asked.
struct CloudBinding {
    private enum Way {
        case remote(CloudSettings)
        case sandbox(SandboxConfiguration, shownPath: String)
    }

    /// What the settings name, held against manifest and state; endpoint and project may be for the cloud to tell.
    let identity: CloudIdentity
    private let way: Way
    private let expected: CloudIdentity.Expected
    private let session: Session
    private let listBound: Int

    /// - Parameters:
    ///   - expected: what the settings must not contradict.
    ///   - volumeNames: volumes that are known by name only; they exist in the sandbox.
    /// - Throws: `Failure` when a setting is wrong, or when project, endpoint or owner differ from what is expected.
    init(_ options: CloudOptions, _ session: Session, _ expected: CloudIdentity.Expected, volumeNames: Set<String> = []) throws {
        self.session = session
        self.expected = expected
        listBound = options.maxListRows
        let settings = options.sandbox ? nil : try CloudSettings.load(options.flags, environment: session.environment)
        identity = try CloudIdentity(options, settings, expected)
        if let settings {
            way = .remote(settings)
        } else {
            let path = Self.sandboxData(beside: expected.sandboxBase)
            var configuration = SandboxConfiguration(
                dataFile: path, projectID: identity.projectID?.text ?? CloudTarget.sandboxEndpoint,
                volumes: volumeNames.sorted().map { SandboxVolume(id: stableUUID(for: $0), name: $0, size: 10) }, madeUpVolumes: true)
            options.sandboxOptions.apply(to: &configuration)
            way = .sandbox(configuration, shownPath: Self.isLink(expected.sandboxBase) ? path : expected.sandboxBase + Self.sandboxSuffix)
        }
    }

    /// Whether an option or the environment names a cloud, so that there is one to look at.
    var namesCloud: Bool {
        switch way {
        case .sandbox: true
        case .remote(let settings):
            settings.cloud != nil || settings.missingCloud != nil || settings.endpoint != nil || settings.values.method != nil
        }
    }

    /// The file in which the embedded sandbox keeps its data.
    static func sandboxData(beside statePath: String) -> String {
        // Beside the target of a link, as the state's other files are.
        (InputFiles.resolved(statePath) ?? statePath) + sandboxSuffix
    }

    /// Whether a file is the embedded sandbox's, which no option names.
    static func isSandboxData(_ path: String) -> Bool { path.hasSuffix(sandboxSuffix) }

    private static let sandboxSuffix = ".cloud.jsonl"

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// The cloud of a run, logged in to.
    struct Open {
        let service: any ProjectService
        /// As the cloud has confirmed it.
        let identity: CloudIdentity
        let projectID: ProjectID
    }

    /// Logs in, holds the endpoint and the project that the settings lead to against what is expected, and keeps the connection open for as
    /// long as `body` runs.
    ///
    /// - Throws: `Failure` when settings or credentials do not lead there, or lead elsewhere.
    func open<Value: Sendable>(parallelism: Int? = nil, _ body: @Sendable (Open) async throws -> Value) async throws -> Value {
        let isAdjustable = parallelism != nil
        let parallelism = parallelism ?? 16
        switch way {
        case .remote(let settings):
            try settings.requireCloud()
            session.report(settings.warnings)
            return try await CloudAccess.with(
                settings, wanted: identity.projectID, environment: session.environment, parallelism: parallelism, listBound: listBound,
                logger: session.logger
            ) { access in
                let endpoint = access.session.endpoint
                if endpoint.exposesCredentials { session.report([.plainHTTP(endpoint)]) }
                return try await body(confirmed(access.client, endpoint.text, access.session.projectID))
            }
        case .sandbox(let configuration, let shownPath):
            // Both ends of each connection are in this process.
            try ProcessLimits.check(connections: 2 * parallelism, isAdjustable: isAdjustable)
            let environment = SandboxEnvironment.logging(to: session.logger)
            return try await withSandbox(configuration, environment: environment) { sandbox in
                let contents = await sandbox.contents()
                session.tellAside("The sandbox keeps its data in \(VisibleText.escaped(shownPath)): \(contents.words).\n")
                guard let endpoint = try? Endpoint.parse("http://\(sandbox.host):\(sandbox.port)/v3").endpoint,
                    let token = StaticToken("sandbox"), let project = ProjectID(configuration.projectID)
                else {
                    throw Failure(.error, .sandboxAddress)
                }
                return try await AsyncHTTPTransport.with(.init(connections: parallelism)) { transport in
                    let client = CinderClient(
                        endpoint: endpoint, projectID: project, transport: transport, authorizer: token,
                        configuration: .init(listBound: listBound, version: Snapkeep.version), logger: session.logger, now: SystemTime.now)
                    return try await body(confirmed(client, CloudTarget.sandboxEndpoint, project))
                }
            }
        }
    }

    private func confirmed(_ service: any ProjectService, _ endpoint: String, _ project: ProjectID) throws -> Open {
        var identity = identity
        (identity.endpoint, identity.projectID) = (endpoint, project)
        try identity.confirm(expected)
        return Open(service: service, identity: identity, projectID: project)
    }
}

/// A UUID that depends on nothing but the text: 128 bits of FNV-1a, marked as version 8.
private func stableUUID(for text: String) -> String {
    var bytes: [UInt8] = []
    for seed in [0xCBF2_9CE4_8422_2325, 0x8422_2325_CBF2_9CE4] as [UInt64] {
        var hash = seed
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        bytes += (0..<8).map { UInt8(truncatingIfNeeded: hash >> (56 - 8 * UInt64($0))) }
    }
    return canonicalUUIDText(bytes, version: 8)
}

extension Diagnostic {
    static func plainHTTP(_ endpoint: Endpoint) -> Diagnostic {
        Diagnostic(
            .warning, code: "plain-http", "the credentials travel unencrypted to \(endpoint.host)",
            help: "use https where the cloud offers it")
    }

    static let sandboxAddress = Diagnostic(
        .error, code: "sandbox-address", "the embedded sandbox gave no usable address",
        help: "report this; nothing was changed")
}
