import Logging
import SnapkeepCloud
import SnapkeepCore
import SnapkeepEngine
import SnapkeepSandbox
import Testing

/// The client against the sandbox over a real socket. The two share no code, so a mistake in one shows in the other.
@Suite(.timeLimit(.minutes(20))) struct ContractTests {
    static let volume = VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!
    static let attached = VolumeID("9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55")!

    private func configuration(_ change: (inout SandboxConfiguration) -> Void = { _ in }) -> SandboxConfiguration {
        var configuration = SandboxConfiguration(
            volumes: [
                SandboxVolume(id: Self.volume.text, name: "orders", size: 20),
                SandboxVolume(id: Self.attached.text, name: "billing", size: 5, status: .inUse),
                SandboxVolume(id: "77ab3c1e-0c55-4f0e-8f8e-6a1b5a3c2d10", name: "billing", size: 5),
            ], createDelay: .zero, deleteDelay: .zero)
        change(&configuration)
        return configuration
    }

    private func withClient<Value: Sendable>(
        _ configuration: SandboxConfiguration, path: String = "/v3", pageSize: Int = 1000, token: String = "token",
        _ body: @Sendable (CinderClient, SandboxHandle) async throws -> Value
    ) async throws -> Value {
        try await withSandbox(configuration) { sandbox in
            let endpoint = try Endpoint.parse("http://127.0.0.1:\(sandbox.port)\(path)").endpoint
            let authorizer = try #require(StaticToken(token))
            let project = try #require(ProjectID(configuration.projectID))
            return try await AsyncHTTPTransport.with(.init(connections: 8)) { transport in
                try await body(
                    CinderClient(
                        endpoint: endpoint, projectID: project, transport: transport, authorizer: authorizer,
                        configuration: .init(pageSize: pageSize),
                        logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: { Timestamp(microseconds: 0) },
                        // However late a creation leaves, among a thousand tests: how long it may take is SendBoundTests' matter.
                        elapsed: { .zero }),
                    sandbox)
            }
        }
    }

    private func request(_ name: String, _ volume: VolumeID = Self.volume, force: Bool = false) -> CreationRequest {
        CreationRequest(
            volumeID: volume, name: name, description: "Tägliches Backup", metadata: Metadata(["team": "payments", "snapkeep.key": name]),
            force: force)
    }

    private func collect(_ client: CinderClient, _ filter: SnapshotFilter = .all) async throws -> (
        snapshots: [ObservedSnapshot], pages: Int
    ) {
        var all: [ObservedSnapshot] = []
        var cursor: PageCursor?
        var pages = 0
        repeat {
            let page = try await client.snapshotPage(filter, from: cursor)
            all += page.snapshots
            cursor = page.next
            pages += 1
        } while cursor != nil
        return (all, pages)
    }

    @Test(
        "The life of a snapshot: create, show, list, update, clear, metadata, delete",
        arguments: ["/v2", "/v3", "/v3/0c2eba2c5af04d3f9e9d0d410b371fde", ""])
    func life(_ path: String) async throws {
        try await withClient(configuration(), path: path) { client, sandbox in
            let created = try await client.createSnapshot(request("nightly"))
            #expect(created.volumeID == Self.volume)
            #expect(created.name == "nightly")
            #expect(created.description == "Tägliches Backup")
            #expect(created.size == 20)
            #expect(created.metadata["team"] == "payments")
            #expect(created.createdAt != nil)

            let shown = try #require(try await client.snapshot(created.id))
            #expect(shown.status == .available)
            #expect(shown.progress == 100)
            #expect(try await collect(client).snapshots.map(\.id) == [created.id])

            let renamed = try await client.updateSnapshot(created.id, name: "renamed", description: nil)
            #expect(renamed.name == "renamed")
            #expect(renamed.description == nil)

            try await client.mergeMetadata(Metadata(["team": "search", "ticket": "OPS-17"]), into: created.id)
            try await client.deleteMetadataKey("ticket", of: created.id)
            try await client.deleteMetadataKey("never-there", of: created.id)
            let after = try #require(try await client.snapshot(created.id))
            #expect(after.metadata == Metadata(["team": "search", "snapkeep.key": "nightly"]))

            try await client.deleteSnapshot(created.id)
            #expect(try await client.snapshot(created.id) == nil)
            try await client.deleteSnapshot(created.id)
            // Every request named the project, and none carried a query that the signature would not cover.
            #expect(await sandbox.requests().allSatisfy { $0.path.contains(SandboxConfiguration().projectID) })
        }
    }

    @Test(
        "Paging: every snapshot once, the empty page after a full one ends it, no link's host is ever followed",
        arguments: [1, 3, 5, 10, 1000])
    func paging(_ pageSize: Int) async throws {
        try await withClient(configuration(), pageSize: pageSize) { client, sandbox in
            for index in 0..<10 { _ = try await client.createSnapshot(request("snap-\(index)")) }
            let (snapshots, pages) = try await collect(client)
            #expect(snapshots.count == 10)
            #expect(Set(snapshots.map(\.id)).count == 10)
            #expect(pages <= 10 / pageSize + 1)
            #expect(await sandbox.requests().filter { $0.method == "GET" }.count == pages)
        }
    }

    @Test("Paging: a server that caps its pages below what was asked is still read to the end")
    func cappedPages() async throws {
        try await withClient(configuration { $0.maxPageSize = 4 }) { client, _ in
            for index in 0..<9 { _ = try await client.createSnapshot(request("snap-\(index)")) }
            #expect(try await collect(client).snapshots.count == 9)
        }
    }

    @Test("The volume filter narrows the list")
    func volumeFilter() async throws {
        try await withClient(configuration()) { client, _ in
            _ = try await client.createSnapshot(request("a"))
            let other = try await client.createSnapshot(request("b", Self.attached, force: true))
            #expect(try await collect(client, .volume(Self.attached)).snapshots.map(\.id) == [other.id])
        }
    }

    @Test("Volumes are found by their exact name, all of them")
    func volumeNames() async throws {
        try await withClient(configuration()) { client, _ in
            let (orders, billing, nobody) = try await (
                client.volumes(named: "orders"), client.volumes(named: "billing"), client.volumes(named: "nobody")
            )
            #expect(orders.map(\.id) == [Self.volume])
            #expect(billing.count == 2)
            #expect(nobody.isEmpty)
        }
    }

    @Test("A refusal says what it is about, in both dialects", arguments: SandboxDialect.allCases)
    func refusals(_ dialect: SandboxDialect) async throws {
        try await withClient(configuration { ($0.dialect, $0.snapshotQuota) = (dialect, 1) }) { client, _ in
            let missing = VolumeID("00000000-0000-4000-8000-000000000000")!
            await expect(.refused(.volumeNotFound)) { () throws(ServiceFault) in _ = try await client.createSnapshot(request("x", missing))
            }
            await expect(.refused(.volumeAttached)) { () throws(ServiceFault) in
                _ = try await client.createSnapshot(request("x", Self.attached))
            }
            let gone = SnapshotID("00000000-0000-4000-8000-000000000000")!
            await expect(.refused(.snapshotNotFound)) { () throws(ServiceFault) in
                _ = try await client.updateSnapshot(gone, name: "x", description: nil)
            }
            _ = try await client.createSnapshot(request("first"))
            let fault = await expect(.refused(.quota)) { () throws(ServiceFault) in _ = try await client.createSnapshot(request("second")) }
            #expect(fault?.status == 413)
            #expect(fault?.requestID != nil)
        }
    }

    @Test(
        "P1: what the network and the gateway do is sorted by what may be done next",
        arguments: [
            ("429=2", ServiceFault.Kind.throttled(retryAfter: .seconds(2))), ("429", .throttled(retryAfter: nil)),
            ("413=3", .throttled(retryAfter: .seconds(3))), ("500-before", .uncertain), ("500-after", .uncertain), ("503", .uncertain),
            ("cut-before", .uncertain), ("cut-after", .uncertain), ("cut-middle", .uncertain), ("html", .uncertain),
            ("wrong-json", .unintelligible), ("torn-json", .unintelligible), ("401", .unauthenticated), ("403/EVS.2144", .accountBlocked),
            ("403/EVS.5403", .refused(.forbidden)),
        ] as [(String, ServiceFault.Kind)])
    func faults(_ rule: String, kind: ServiceFault.Kind) async throws {
        let fault = try FaultRule(parsing: "POST snapshots 1 \(rule)")
        try await withClient(configuration { $0.faults = [fault] }) { client, sandbox in
            await expect(kind) { () throws(ServiceFault) in _ = try await client.createSnapshot(request("x")) }
            // One request was made: neither the client nor its library sends a creation twice.
            #expect(await sandbox.requests().count == 1)
        }
    }

    @Test("Nobody listening: nothing was sent")
    func notSent() async throws {
        let endpoint = try await withClient(configuration()) { _, sandbox in "http://127.0.0.1:\(sandbox.port)" }
        let client = try Endpoint.parse(endpoint).endpoint
        let project = try #require(ProjectID("p"))
        let token = try #require(StaticToken("t"))
        try await AsyncHTTPTransport.with(.init(connections: 1)) { transport in
            let service = CinderClient(
                endpoint: client, projectID: project, transport: transport, authorizer: token,
                logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: { Timestamp(microseconds: 0) })
            await expect(.notSent) { () throws(ServiceFault) in _ = try await service.createSnapshot(request("x")) }
        }
    }

    @Test("P8: a wrong token is refused, and no fault repeats it")
    func wrongToken() async throws {
        try await withClient(configuration { $0.token = "right" }, token: "wrong-secret") { client, _ in
            let fault = await expect(.unauthenticated) { () throws(ServiceFault) in _ = try await client.snapshotPage(.all, from: nil) }
            #expect(!String(describing: fault).contains("wrong-secret"))
        }
    }

    @discardableResult
    private func expect(
        _ kind: ServiceFault.Kind, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws(ServiceFault) -> Void
    ) async -> ServiceFault? {
        do throws(ServiceFault) {
            try await body()
            Issue.record("no fault", sourceLocation: sourceLocation)
            return nil
        } catch {
            #expect(error.kind == kind, "\(error)", sourceLocation: sourceLocation)
            return error
        }
    }
}
