import Logging
import SnapkeepCore
import SnapkeepEngine
import Synchronization

@testable import SnapkeepCloud

/// Answers from a script and keeps what it was sent. A request beyond the script is a transport fault, so a test sees it.
final class FakeTransport: HTTPTransport {
    private struct State {
        var script: [Result<HTTPAnswer, TransportFault>]
        var requests: [OutgoingRequest] = []
    }

    private let state: Mutex<State>

    init(_ script: [Result<HTTPAnswer, TransportFault>]) { state = Mutex(State(script: script)) }

    convenience init(_ answers: HTTPAnswer...) { self.init(answers.map { .success($0) }) }

    var requests: [OutgoingRequest] { state.withLock { $0.requests } }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        let result = state.withLock { state -> Result<HTTPAnswer, TransportFault> in
            state.requests.append(request)
            return state.script.isEmpty ? .failure(TransportFault(.notSent, "the script has no more answers")) : state.script.removeFirst()
        }
        return try result.get()
    }
}

extension HTTPAnswer {
    static func json(_ status: Int, _ body: String, _ fields: [(name: String, value: String)] = []) -> HTTPAnswer {
        HTTPAnswer(status: status, fields: [("Content-Type", "application/json")] + fields, body: Array(body.utf8))
    }
}

enum Sample {
    static let token = "gAAAAABk-Example-Token-0123456789abcdefghijklmnopqrstuvwxyz_ABCDEFGH=="
    static let project = ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!
    static let volume = VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!
    static let snapshot = SnapshotID("ffa9bc5e-1172-4021-acaf-cdcd78a9584d")!
    /// 2026-11-23T20:16:35Z.
    static let now = Timestamp("2026-11-23T20:16:35Z")!

    static func client(
        _ transport: any HTTPTransport, endpoint: String = "https://evs.example.com", pageSize: Int = 1000,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, authorizer: any Authorizer = StaticToken(token)!,
        microversion: Microversion? = nil
    ) -> CinderClient {
        CinderClient(
            endpoint: try! Endpoint.parse(endpoint).endpoint, projectID: project, transport: transport, authorizer: authorizer,
            configuration: .init(pageSize: pageSize, version: "1.2.3", microversion: microversion), logger: logger, now: { now })
    }

    /// A row as upstream sends it (a real Cinder's answer to a create, with ids of our own).
    static func row(
        id: String = snapshot.text, volume: String = volume.text, name: String = "\"snap-001\"", status: String = "creating",
        metadata: String = #"{"k": "v"}"#
    ) -> String {
        """
        {"id": "\(id)", "created_at": "2026-11-23T20:16:34.919148", "updated_at": null, "name": \(name), "description": "d", \
        "volume_id": "\(volume)", "status": "\(status)", "size": 1, "metadata": \(metadata)}
        """
    }

    static func page(_ rows: [String], links: String? = nil) -> HTTPAnswer {
        .json(200, #"{"snapshots": [\#(rows.joined(separator: ", "))]\#(links.map { #", "snapshots_links": \#($0)"# } ?? "")}"#)
    }

    static func id(_ number: Int) -> String {
        "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - "\(number)".count) + "\(number)"
    }

    static let creation = CreationRequest(
        volumeID: volume, name: "snap-001", description: "Daily backup",
        metadata: Metadata(["snapkeep.key": "snap-001", "team": "db/ops"]),
        force: true)
}

/// The fault that a call ends with; `nil` when it succeeds.
func fault(_ call: () async throws(ServiceFault) -> Void) async -> ServiceFault? {
    do {
        try await call()
        return nil
    } catch { return error }
}
