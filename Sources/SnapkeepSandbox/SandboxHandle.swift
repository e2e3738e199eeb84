/// A request that a sandbox received.
public struct SandboxRequest: Sendable, Equatable {
    /// The method.
    public let method: String
    /// The path as sent.
    public let path: String
    /// The query as sent; empty when there was none.
    public let query: String
    /// The status answered; nil while there is no answer, and when the connection was cut.
    public internal(set) var status: Int?
    /// The fault that a rule chose for it.
    public let fault: FaultRule.Kind?
}

/// A snapshot that a sandbox holds.
public struct SandboxSnapshot: Sendable, Equatable {
    /// The id.
    public let id: String
    /// The id of its volume.
    public let volumeID: String
    /// The name.
    public let name: String?
    /// The description.
    public let description: String?
    /// The size in GiB.
    public let size: Int
    /// The metadata.
    public let metadata: [String: String]
    /// The status, as the API writes it.
    public let status: String
    /// When it was created by the sandbox's clock, in microseconds since 1970-01-01T00:00:00 UTC.
    public let createdAt: Int64

    init(_ snapshot: Snapshot) {
        id = snapshot.id
        volumeID = snapshot.volumeID
        name = snapshot.name
        description = snapshot.description
        size = snapshot.size
        metadata = snapshot.metadata
        status = snapshot.status.rawValue
        createdAt = snapshot.createdAt
    }
}

/// How much a sandbox holds.
public struct SandboxContents: Sendable, Equatable {
    /// The number of snapshots.
    public let snapshots: Int
    /// The number of volumes.
    public let volumes: Int
    /// What its clock shows; nil where that is the system's time.
    public let clock: SandboxInstant?

    /// So much.
    public init(snapshots: Int, volumes: Int, clock: SandboxInstant? = nil) {
        self.snapshots = snapshots
        self.volumes = volumes
        self.clock = clock
    }
}

/// A running sandbox in this process: where it listens, what it saw, and a hand behind the API's back.
public struct SandboxHandle: Sendable {
    /// The port it listens on.
    public let port: Int
    /// The host it listens on.
    public let host: String
    private let store: SandboxStore

    init(port: Int, host: String, store: SandboxStore) {
        self.port = port
        self.host = host
        self.store = store
    }

    /// The requests received so far, in the order of their arrival.
    public func requests() async -> [SandboxRequest] {
        await store.requestLog()
    }

    /// The snapshots that exist now, oldest first.
    public func snapshots() async -> [SandboxSnapshot] {
        await store.allSnapshots().map(SandboxSnapshot.init)
    }

    /// How many snapshots and volumes it holds now; volumes that are made up on demand are not counted.
    public func contents() async -> SandboxContents {
        await store.contents()
    }

    /// Adds fault rules; they count requests from now on.
    public func inject(_ rules: [FaultRule]) async {
        await store.inject(rules)
    }

    /// Takes a snapshot away, as an operator or the deletion of its volume would.
    ///
    /// - Throws: when there is no such snapshot, or the data file cannot be written.
    public func vanish(snapshot id: String) async throws {
        try await store.vanish(snapshot: id)
    }

    /// Takes a volume away, and its snapshots with it (CloudAPI#cascades).
    ///
    /// - Throws: when there is no such volume, or the data file cannot be written.
    public func vanish(volume id: String) async throws {
        try await store.vanish(volume: id)
    }
}

/// Runs a sandbox for as long as `body` runs.
///
/// - Throws: what the server throws when it cannot start, and what `body` throws.
@discardableResult
public func withSandbox<T: Sendable>(
    _ configuration: SandboxConfiguration,
    environment: SandboxEnvironment = .live,
    _ body: @Sendable (SandboxHandle) async throws -> T
) async throws -> T {
    let store = try SandboxStore(configuration, environment: environment, recordsRequests: true)
    let server = SandboxServer(configuration: configuration, environment: environment)
    let (ports, ready) = AsyncStream.makeStream(of: Int.self)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            // Ends the wait below, also when the server cannot start.
            defer { ready.finish() }
            try await server.serve(store) { ready.yield($0) }
        }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else {
            try await group.waitForAll()
            throw CancellationError()
        }
        let result: Result<T, any Error>
        do {
            result = .success(try await body(SandboxHandle(port: port, host: configuration.host, store: store)))
        } catch {
            result = .failure(error)
        }
        group.cancelAll()
        do { try await group.waitForAll() } catch {
            // What was done with the sandbox is done, however it ends.
            if case .failure = result { throw error }
        }
        return try result.get()
    }
}
