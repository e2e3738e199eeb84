import Glibc
import Logging
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepSandbox

/// How to reach the cloud of a run: the real one, or the sandbox inside this process.
struct CloudConnection {
    private enum Way {
        case remote(Endpoint, StaticToken)
        case sandbox(SandboxConfiguration)
    }

    private let way: Way
    private let projectID: ProjectID
    private let logger: Logger

    /// - Parameters:
    ///   - statePath: the sandbox keeps its data beside it.
    ///   - volumeNames: volumes that are known by name only; they exist in the sandbox.
    /// - Throws: `Failure` when endpoint, project or token are missing.
    init(identity: CloudIdentity, options: CloudOptions, session: Session, statePath: String, volumeNames: Set<String> = []) throws {
        guard options.sandbox || options.endpoint != nil else { throw Failure(.error, .noEndpoint) }
        guard let project = identity.projectID else { throw Failure(.error, .noProject) }
        projectID = project
        logger = session.logger
        if options.sandbox {
            way = .sandbox(
                SandboxConfiguration(
                    dataFile: Self.sandboxData(beside: statePath), projectID: project.text,
                    volumes: volumeNames.sorted().map { SandboxVolume(id: stableUUID(for: $0), name: $0, size: 10) },
                    madeUpVolumes: true))
        } else {
            guard let token = session.environment.first(of: ["OS_TOKEN", "OS_AUTH_TOKEN", "HW_AUTH_TOKEN"]) else {
                throw Failure(.error, .noToken)
            }
            guard let secret = StaticToken(token.value) else { throw Failure(.error, .badToken(token.name)) }
            let endpoint = try Endpoint.parse(option: options.endpoint ?? "").endpoint
            if endpoint.exposesCredentials { session.report([.plainHTTP(endpoint)]) }
            way = .remote(endpoint, secret)
        }
    }

    /// The file in which the embedded sandbox keeps its data.
    static func sandboxData(beside statePath: String) -> String {
        // Beside the target of a link, as the state's other files are.
        guard let resolved = realpath(statePath, nil) else { return statePath + ".sandbox.jsonl" }
        defer { free(resolved) }
        return String(cString: resolved) + ".sandbox.jsonl"
    }

    /// Opens the connection for as long as `body` runs.
    func withService<Value: Sendable>(
        parallelism: Int = 16, _ body: @Sendable (any SnapshotService) async throws -> Value
    ) async throws -> Value {
        switch way {
        case .remote(let endpoint, let token):
            return try await Self.withClient(endpoint, projectID, token, parallelism, logger, body)
        case .sandbox(let configuration):
            return try await withSandbox(configuration) { [projectID, logger] sandbox in
                guard let endpoint = try? Endpoint.parse("http://\(sandbox.host):\(sandbox.port)/v3").endpoint,
                    let token = StaticToken("sandbox")
                else {
                    throw Failure(.error, .sandboxAddress)
                }
                return try await Self.withClient(endpoint, projectID, token, parallelism, logger, body)
            }
        }
    }

    private static func withClient<Value: Sendable>(
        _ endpoint: Endpoint, _ project: ProjectID, _ token: StaticToken, _ parallelism: Int, _ logger: Logger,
        _ body: @Sendable (any SnapshotService) async throws -> Value
    ) async throws -> Value {
        try await AsyncHTTPTransport.with(.init(connections: parallelism)) { transport in
            try await body(
                CinderClient(
                    endpoint: endpoint, projectID: project, transport: transport, authorizer: token,
                    configuration: .init(version: Snapkeep.version), logger: logger, now: SystemTime.now))
        }
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
    static func badToken(_ name: String) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-token", "the token holds characters that no HTTP header may carry", at: .named(name),
            help: "set it again without line breaks or blanks")
    }

    static func plainHTTP(_ endpoint: Endpoint) -> Diagnostic {
        Diagnostic(
            .warning, code: "plain-http", "the token travels unencrypted to \(endpoint.host)", at: .named("--endpoint"),
            help: "use https where the cloud offers it")
    }

    static let sandboxAddress = Diagnostic(.error, code: "sandbox-address", "the embedded sandbox gave no usable address")
}
