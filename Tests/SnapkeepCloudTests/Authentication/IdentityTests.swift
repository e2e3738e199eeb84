import Logging
import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// Asking Keystone, or Huawei's IAM, for a token (CloudAPI#tokens).
struct IdentityTests {
    // The bodies are those of the published interface: methods, identity, scope.
    @Test(
        "Each way to log in has its body",
        arguments: [
            (
                .password(
                    .name("keeper", domain: .name("Default")), password: Secret("pw"), project: .name("backup", domain: .id("default"))),
                #"{"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"name":"Default"},"name":"keeper","password":"pw"}}},"#
                    + #""scope":{"project":{"domain":{"id":"default"},"name":"backup"}}}}"#
            ),
            (
                .password(.id("u1"), password: Secret("p\"w\\/é"), project: .id("p1")),
                #"{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"u1","password":"p\"w\\/é"}}},"scope":{"project":{"id":"p1"}}}}"#
            ),
            // Huawei: the name of the project alone, mostly that of the region.
            (
                .password(.name("u", domain: .name("account")), password: Secret("pw"), project: .name("eu-west-101", domain: nil)),
                #"{"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"name":"account"},"name":"u","password":"pw"}}},"#
                    + #""scope":{"project":{"name":"eu-west-101"}}}}"#
            ),
            (
                .password(.name("u", domain: .id("d")), password: Secret("pw"), project: nil),
                #"{"auth":{"identity":{"methods":["password"],"password":{"user":{"domain":{"id":"d"},"name":"u","password":"pw"}}}}}"#
            ),
            // An application credential carries its scope; one beside it is refused.
            (
                .applicationCredential(.id("ac"), secret: Secret("sec")),
                #"{"auth":{"identity":{"application_credential":{"id":"ac","secret":"sec"},"methods":["application_credential"]}}}"#
            ),
            (
                .applicationCredential(.name("ci", user: .name("u", domain: .id("d"))), secret: Secret("sec")),
                #"{"auth":{"identity":{"application_credential":{"name":"ci","secret":"sec","user":{"domain":{"id":"d"},"name":"u"}},"#
                    + #""methods":["application_credential"]}}}"#
            ),
            (
                .applicationCredential(.name("ci", user: .id("u1")), secret: Secret("sec")),
                #"{"auth":{"identity":{"application_credential":{"name":"ci","secret":"sec","user":{"id":"u1"}},"methods":["application_credential"]}}}"#
            ),
            (
                .token(Secret("tok"), project: .id("p2")),
                #"{"auth":{"identity":{"methods":["token"],"token":{"id":"tok"}},"scope":{"project":{"id":"p2"}}}}"#
            ),
        ] as [(IdentityLogin, String)])
    func bodies(_ login: IdentityLogin, body: String) {
        #expect(String(decoding: RequestBody.token(login), as: UTF8.self) == body)
    }

    @Test(
        "The address may end in its version or not",
        arguments: [
            ("https://iam.eu-de.otc.t-systems.com/v3", "/v3/auth/tokens"), ("https://id.example.com:5000", "/v3/auth/tokens"),
            ("https://id.example.com:5000/", "/v3/auth/tokens"), ("https://cloud.example.com/identity/v3/", "/identity/v3/auth/tokens"),
            ("https://cloud.example.com/identity", "/identity/v3/auth/tokens"),
        ])
    func addresses(_ url: String, path: String) async throws {
        let fake = FakeIdentity()
        let service = IdentityService(
            base: try Endpoint.parse(url).endpoint, transport: fake, logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() },
            now: { Sample.now })
        _ = try await service.issue(FakeIdentity.login(), catalog: true)
        let request = try #require(fake.tokenRequests.first)
        #expect(request.target == path)
        #expect(request.method == .post)
        #expect(request.fields.contains { $0.name == "Content-Type" && $0.value == "application/json;charset=utf8" })
    }

    @Test("The catalog gives the endpoint, the token the project; with an endpoint of one's own the catalog is left out")
    func open() async throws {
        let fake = FakeIdentity()
        let session = try await fake.open()
        #expect(session.endpoint.text == "https://evs.example.com:8776/v3")
        #expect(session.projectID == Sample.project)
        #expect(session.token?.userName == "keeper" && session.token?.roles == ["member"])
        #expect(fake.tokenRequests.map(\.query) == [""])

        let own = try Endpoint.parse("https://own.example.com/v2").endpoint
        #expect(try await fake.open(endpoint: own, region: nil).endpoint == own)
        #expect(fake.tokenRequests.last?.query == "nocatalog=1")
    }

    @Test("A token that is for no project, or for another one, is refused before anything is asked of block storage")
    func scope() async throws {
        let fake = FakeIdentity { $0.project = nil }
        await #expect(throws: CloudLoginProblem.unscoped) { _ = try await fake.open(FakeIdentity.login(nil)) }
        let other = FakeIdentity { $0.project = "p-other" }
        await #expect(throws: CloudLoginProblem.otherProject(wanted: Sample.project, token: ProjectID("p-other")!)) {
            _ = try await other.open(projectID: Sample.project)
        }
    }

    @Test("A given token is used as it stands when it is for the project asked for, and exchanged when it is not")
    func givenToken() async throws {
        for (project, methods) in [
            (nil, ["GET"]), (.id(Sample.project.text), ["GET"]), (.name("backup", domain: nil), ["GET"]),
            (.id("elsewhere"), ["GET", "POST"]), (.name("elsewhere", domain: .id("d")), ["GET", "POST"]),
        ] as [(ProjectReference?, [String])] {
            let fake = FakeIdentity()
            let session = try await fake.open(.token(Secret(Sample.token), project: project))
            #expect(fake.tokenRequests.map(\.method.rawValue) == methods)
            let sent = try #require(fake.tokenRequests.first)
            #expect(sent.fields.filter(\.isSecret).map(\.name) == ["X-Auth-Token", "X-Subject-Token"])
            let fields = try await session.authorizer.fields(for: sent)
            #expect(fields.map(\.value) == [methods.count == 1 ? Sample.token : FakeIdentity.tokenText(2)])
            // Nothing here could replace it.
            #expect(try await session.authorizer.canReplace(refused: fields) == false)
        }
    }

    // Whatever the identity service sends is untrusted.
    @Test(
        "An answer that is no token is refused",
        arguments: [
            HTTPAnswer.json(201, #"{"token": {}}"#), .json(201, #"{"token": {}}"#, [("X-Subject-Token", "")]),
            .json(201, #"{"token": {}}"#, [("X-Subject-Token", "a b")]), .json(201, #"{"token": 1}"#, [("X-Subject-Token", "abc")]),
            .json(201, "[]", [("X-Subject-Token", "abc")]), .json(201, "<html>", [("X-Subject-Token", "abc")]),
            .json(201, #"{"token": {}}"#, [("X-Subject-Token", String(repeating: "a", count: 65_537))]),
            HTTPAnswer(status: 201, fields: [("X-Subject-Token", "abc")], body: Array("{}".utf8), isTruncated: true),
        ])
    func unintelligible(_ answer: HTTPAnswer) async throws {
        let fake = FakeIdentity { $0.refusal = .success(answer) }
        let problem = await problem { () throws(CloudLoginProblem) in _ = try await fake.open() }
        guard case .fault(let fault) = problem else {
            Issue.record("got \(String(describing: problem))")
            return
        }
        #expect(fault.kind == .unintelligible)
        #expect(fake.tokenRequests.count == 1)
    }

    @Test("A refusal of the identity service is told with its own words, and is never tried again: wrong passwords lock accounts")
    func refusals() async throws {
        for (status, kind) in [
            (401, ServiceFault.Kind.unauthenticated), (403, .refused(.forbidden)), (404, .refused(.noSuchService)), (500, .uncertain),
        ] {
            let fake = FakeIdentity {
                $0.refusal = .success(
                    .json(status, #"{"error": {"code": \#(status), "message": "The request you have made", "title": "T"}}"#))
            }
            let problem = await problem { () throws(CloudLoginProblem) in _ = try await fake.open() }
            guard case .fault(let fault) = problem else {
                Issue.record("got \(String(describing: problem))")
                return
            }
            #expect(fault.kind == kind, "HTTP \(status)")
            #expect(fault.message == "The request you have made" && fault.request == "POST /v3/auth/tokens")
            #expect(fake.tokenRequests.count == 1)
        }
    }

    @Test("A Keystone that does not know the token or the application credential says 404; that is a refused log-in, a proxy's 404 is not")
    func unknownCredential() async throws {
        for (body, kind) in [
            (
                #"{"error": {"code": 404, "message": "Could not find Application Credential: x.", "title": "Not Found"}}"#,
                ServiceFault.Kind.unauthenticated
            ),
            (#"{"error": {"code": 404, "message": "no such page"}}"#, .refused(.noSuchService)),
            ("<html>Not Found</html>", .refused(.noSuchService)),
        ] {
            let fake = FakeIdentity { $0.refusal = .success(.json(404, body)) }
            let problem = await problem { () throws(CloudLoginProblem) in _ = try await fake.open() }
            guard case .fault(let fault) = problem else {
                Issue.record("got \(String(describing: problem))")
                return
            }
            #expect(fault.kind == kind, "\(body)")
            #expect(fake.tokenRequests.count == 1)
        }
    }

    @Test("An access key without a project id asks for the project of the region's name; none or several are an error that lists them")
    func projectLookUp() async throws {
        let rows = { (names: [(String, String)]) in
            HTTPAnswer.json(
                200, #"{"projects": [\#(names.map { #"{"id": "\#($0.0)", "name": "\#($0.1)"}"# }.joined(separator: ","))], "links": {}}"#)
        }
        func open(_ answer: HTTPAnswer) async throws(CloudLoginProblem) -> (CloudSession, FakeTransport) {
            let transport = FakeTransport(answer)
            let login = CloudLogin(
                credential: .accessKey(
                    AccessKey(id: "AK", secret: "secret-key")!, service: try! Endpoint.parse("https://iam.example.com/v3").endpoint),
                endpoint: try! Endpoint.parse("https://evs.example.com/v2").endpoint, region: "eu-west-101")
            let session = try await login.open(
                transport, logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }, now: { Sample.now })
            return (session, transport)
        }
        // A filter that the server does not know is passed over, so the names are compared here.
        let (session, transport) = try await open(rows([("p1", "eu-west-101"), ("p2", "eu-west-101_sub"), ("p3", "EU-WEST-101")]))
        #expect(session.projectID.text == "p1")
        let request = try #require(transport.requests.first)
        #expect(request.target == "/v3/projects?name=eu-west-101")
        #expect(!request.fields.contains { $0.name == "X-Project-Id" })
        #expect(request.fields.contains { $0.name == "Authorization" && $0.value.contains("SignedHeaders=host;x-sdk-date,") })
        await #expect(throws: CloudLoginProblem.projects(name: "eu-west-101", found: [])) { _ = try await open(rows([("p2", "other")])) }
        await #expect(throws: CloudLoginProblem.projects(name: "eu-west-101", found: [ProjectID("p1")!, ProjectID("p2")!])) {
            _ = try await open(rows([("p1", "eu-west-101"), ("p2", "eu-west-101")]))
        }
    }
}

/// The problem that an opening ends with; `nil` when it succeeds.
func problem(_ call: () async throws(CloudLoginProblem) -> Void) async -> CloudLoginProblem? {
    do {
        try await call()
        return nil
    } catch { return error }
}
