import Logging
import SnapkeepCore
import SnapkeepEngine
import SnapkeepSandbox
import Testing

@testable import SnapkeepCloud

/// Lists that never end, and pages that are larger than any of the API's (P9): over a real socket, as the program reads them.
struct BoundTests {
    /// What a client makes of a list when every page comes as the rule says.
    private func fault(
        _ kind: String, bound: Int = 20_000, _ read: @escaping @Sendable (CinderClient) async throws(ServiceFault) -> Void
    ) async throws -> ServiceFault? {
        let configuration = SandboxConfiguration(faults: [try FaultRule(parsing: "GET detail always \(kind)")])
        return try await withSandbox(configuration) { sandbox in
            try await AsyncHTTPTransport.with { transport in
                let client = CinderClient(
                    endpoint: try Endpoint.parse("http://127.0.0.1:\(sandbox.port)/v3").endpoint,
                    projectID: ProjectID(configuration.projectID)!, transport: transport, authorizer: StaticToken("t")!,
                    configuration: .init(listBound: bound), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    now: { Sample.now })
                return await SnapkeepCloudTests.fault { () throws(ServiceFault) in try await read(client) }
            }
        }
    }

    static let page: @Sendable (CinderClient) async throws(ServiceFault) -> Void = { (client) async throws(ServiceFault) in
        _ = try await client.snapshotPage(.all, from: nil)
    }
    static let volumePage: @Sendable (CinderClient) async throws(ServiceFault) -> Void = { (client) async throws(ServiceFault) in
        _ = try await client.volumePage(from: nil)
    }
    static let names: @Sendable (CinderClient) async throws(ServiceFault) -> Void = { (client) async throws(ServiceFault) in
        _ = try await client.volumes(named: "db")
    }

    @Test("P9: one page of far more rows than were asked for is not taken", arguments: [2001, 100_000])
    func rows(_ count: Int) async throws {
        for read in [Self.page, Self.volumePage, Self.names] {
            #expect(try await fault("list-rows=\(count)", read)?.kind == .refused(.pageBound))
        }
    }

    @Test("P9: one page of very many tiny values is not taken, whether its bytes are few or too many", arguments: [500_000, 20_000_000])
    func arrays(_ count: Int) async throws {
        for read in [Self.page, Self.volumePage, Self.names] {
            #expect(try await fault("list-arrays=\(count)", read)?.kind == .refused(.pageBound))
        }
    }

    @Test("P9: a search of volumes that never ends, or brings nothing new, is given up; the bound is named")
    func names() async throws {
        let endless = try await fault("list-endless", bound: 5000, Self.names)
        #expect(endless?.kind == .refused(.listBound))
        #expect(endless?.message == "the list of volumes goes on after 5000 rows")
        #expect(try await fault("list-circle", Self.names)?.message == "the list of volumes goes in circles")
    }

    @Test("P9: no answer of another kind holds more values than any of the API's")
    func otherAnswers() async {
        let many = HTTPAnswer.json(200, "{\"snapshot\": [" + String(repeating: "[],", count: 200_000) + "0]}")
        #expect(await FaultTests.fault(.showSnapshot, many)?.kind == .unintelligible)
        #expect(await FaultTests.fault(.showSnapshot, many)?.message == "the answer holds more values than any answer of the API")
        #expect(JSONValue(parsing: Array("[\(String(repeating: "[],", count: 199_990))0]".utf8)) != nil)
    }

    @Test("P9: of an error answer no more is read than any envelope has")
    func errorAnswer() async throws {
        let body = String(repeating: "x", count: 300_000)
        try await RawServer.serve(.write("HTTP/1.1 500 Bad\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n\(body)\r\n")) { _, endpoint in
            try await AsyncHTTPTransport.with { transport in
                let request = OutgoingRequest(
                    method: .get, endpoint: try Endpoint.parse(endpoint).endpoint, path: "/v3", fields: [], answerLimit: 24 << 20)
                let answer = try await transport.send(request)
                #expect(answer.isTruncated && answer.status == 500)
            }
        }
    }
}
