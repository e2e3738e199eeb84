import Logging
import SnapkeepCore
import Synchronization

@testable import SnapkeepCloud

/// An identity service and a block storage that believe in its tokens, in memory: it counts what it is asked, and a test may hold its
/// answers back.
final class FakeIdentity: HTTPTransport {
    struct State {
        var issued = 0
        var requests: [OutgoingRequest] = []
        /// What token requests are answered with instead of a token; `nil` gives tokens.
        var refusal: Result<HTTPAnswer, TransportFault>?
        /// The tokens that block storage takes; `nil` takes the last one issued.
        var accepted: Set<String>?
        var isHeld = false
        var heldBack: [CheckedContinuation<Void, Never>] = []
        var life: Duration = .seconds(3600)
        var now = Sample.now
        /// By how much the service's clock is ahead of ours.
        var skew: Duration = .zero
        var project: String? = Sample.project.text
        var catalog = FakeIdentity.catalog
    }

    static let catalog = """
        [{"type": "identity", "id": "a", "name": "keystone", "endpoints": [
            {"id": "e0", "interface": "public", "region": "one", "region_id": "one", "url": "https://identity.example.com/v3"}]},
         {"type": "volumev3", "id": "b", "name": "cinderv3", "endpoints": [
            {"id": "e1", "interface": "public", "region": "one", "region_id": "one", "url": "https://evs.example.com:8776/v3/\(Sample.project)"},
            {"id": "e2", "interface": "internal", "region": "one", "region_id": "one", "url": "http://10.0.0.1:8776/v3/\(Sample.project)"},
            {"id": "e3", "interface": "public", "region": "two", "region_id": "two", "url": "https://evs-two.example.com/v3/\(Sample.project)"}
         ]}]
        """

    let state: Mutex<State>
    private let arrival = AsyncStream.makeStream(of: Never.self)

    init(_ change: (inout State) -> Void = { _ in }) {
        var first = State()
        change(&first)
        state = Mutex(first)
    }

    static func tokenText(_ number: Int) -> String { "gAAAAA-issued-token-number-\(number)-abcdefghijklmnopqrstuvwxyz" }

    var tokenRequests: [OutgoingRequest] { state.withLock { $0.requests.filter { $0.path.hasSuffix("/auth/tokens") } } }
    var otherRequests: [OutgoingRequest] { state.withLock { $0.requests.filter { !$0.path.hasSuffix("/auth/tokens") } } }

    func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

    /// Returns once a token request is held back, or when its task is cancelled.
    func tokenRequestArrived() async { for await _ in arrival.stream {} }

    /// Answers the token requests that are held back, and all that follow at once.
    func release() {
        let waiting = state.withLock { state in
            state.isHeld = false
            defer { state.heldBack = [] }
            return state.heldBack
        }
        for waiter in waiting { waiter.resume() }
    }

    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        state.withLock { $0.requests.append(request) }
        if request.path.hasSuffix("/auth/tokens") {
            await waitWhileHeld()
            return try answerToken(request).get()
        }
        return state.withLock { state in
            let token = request.fields.first { $0.name == "X-Auth-Token" }?.value ?? ""
            let accepted = state.accepted ?? [Self.tokenText(state.issued)]
            guard accepted.contains(token) else {
                return .json(401, #"{"error": {"code": 401, "message": "The token is over", "title": "Unauthorized"}}"#)
            }
            return .json(200, #"{"snapshots": [], "snapshot": \#(Sample.row())}"#)
        }
    }

    private func waitWhileHeld() async {
        await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
            let isHeld = state.withLock { state in
                if state.isHeld { state.heldBack.append(waiter) }
                return state.isHeld
            }
            if isHeld { arrival.continuation.finish() } else { waiter.resume() }
        }
    }

    private func answerToken(_ request: OutgoingRequest) -> Result<HTTPAnswer, TransportFault> {
        state.withLock { state in
            if let refusal = state.refusal { return refusal }
            state.issued += 1
            let issuedAt = state.now + state.skew
            let project =
                state.project.map { #""project": {"id": "\#($0)", "name": "backup", "domain": {"id": "d", "name": "D"}}, "# } ?? ""
            let catalog = request.query.contains("nocatalog") ? "" : #""catalog": \#(state.catalog), "#
            let body = """
                {"token": {\(project)\(catalog)"methods": ["password"], "user": {"id": "u1", "name": "keeper"}, \
                "roles": [{"id": "r", "name": "member"}], "issued_at": "\(issuedAt)", "expires_at": "\(issuedAt + state.life)"}}
                """
            return .success(.json(201, body, [("X-Subject-Token", Self.tokenText(state.issued))]))
        }
    }
}

extension FakeIdentity {
    static let password = Secret("plain-password-of-a-keeper")

    static func login(_ project: ProjectReference? = .id(Sample.project.text)) -> IdentityLogin {
        .password(.name("keeper", domain: .name("D")), password: password, project: project)
    }

    /// Opens a session at this service.
    func open(
        _ login: IdentityLogin = login(), endpoint: Endpoint? = nil, projectID: ProjectID? = nil, region: String? = "one",
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) async throws(CloudLoginProblem) -> CloudSession {
        let base = try! Endpoint.parse("https://identity.example.com/v3").endpoint
        return try await CloudLogin(
            credential: .identity(login, service: base), endpoint: endpoint, projectID: projectID, region: region
        ).open(self, version: "1.2.3", logger: logger, now: { self.state.withLock(\.now) })
    }
}
