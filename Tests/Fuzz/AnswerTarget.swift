internal import Dispatch
internal import Logging
internal import SnapkeepCloud
internal import SnapkeepCore
internal import SnapkeepEngine

/// The answers of a cloud, through the client. The first byte chooses the call, the second the status; the body follows.
enum AnswerTarget {
    private static let statuses = [200, 202, 204, 300, 302, 400, 401, 403, 404, 409, 413, 429, 500, 501, 502, 503]

    static func read(_ bytes: [UInt8]) {
        guard bytes.count > 2 else { return }
        let answer = HTTPAnswer(
            status: statuses[Int(bytes[1]) % statuses.count], fields: [("Content-Type", "application/json"), ("Retry-After", "1")],
            body: Array(bytes[2...]))
        let client = CinderClient(
            endpoint: endpoint, projectID: ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!, transport: OneAnswer(answer: answer),
            authorizer: StaticToken("token")!, logger: Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() },
            now: { Timestamp(microseconds: 1_790_000_000_000_000) })
        let call = Int(bytes[0]) % 8
        let done = DispatchSemaphore(value: 0)
        Task {
            // A fault is an answer, too: only its words are looked at.
            do { try await perform(call, client) } catch { _ = "\(error)" }
            done.signal()
        }
        done.wait()
    }

    private static let endpoint = try! Endpoint.parse("https://evs.example.com/v3").endpoint

    private static func perform(_ call: Int, _ client: CinderClient) async throws {
        let snapshot = SnapshotID("ffa9bc5e-1172-4021-acaf-cdcd78a9584d")!
        let volume = VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!
        switch call {
        case 0:
            _ = try await client.createSnapshot(
                CreationRequest(volumeID: volume, name: "snap-001", description: nil, metadata: Metadata([]), force: true))
        case 1: _ = try await client.snapshot(snapshot)
        case 2: _ = try await client.snapshotPage(.all, from: nil)
        case 3: _ = try await client.updateSnapshot(snapshot, name: "n", description: "d")
        case 4: try await client.deleteSnapshot(snapshot)
        case 5: _ = try await client.volumePage(from: nil)
        case 6: _ = try await client.quota()
        default: _ = await client.describeService()
        }
    }

    /// The same answer to every request.
    private struct OneAnswer: HTTPTransport {
        let answer: HTTPAnswer

        func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer { answer }
    }
}
