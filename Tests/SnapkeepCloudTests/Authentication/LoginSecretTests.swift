import Logging
import SnapkeepCore
import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepCloud

/// P8: recognisable secrets in every channel of a log-in, and none of them in what is printed, dumped, logged or thrown.
struct LoginSecretTests {
    private static let password = "hunter2-password-of-a-keeper"
    private static let secretKey = "hunter2-secret-key-0123456789"
    private static let securityToken = "hunter2-security-token-0123456789"
    private static let appSecret = "hunter2-application-secret"
    private static let given = "hunter2-token-that-was-given"

    private static let logins: [CloudLogin.Credential] = {
        let service = try! Endpoint.parse("https://identity.example.com").endpoint
        return [
            .identity(.password(.name("u", domain: nil), password: Secret(password), project: .id("p")), service: service),
            .identity(.applicationCredential(.id("a"), secret: Secret(appSecret)), service: service),
            .identity(.token(Secret(given), project: .id(Sample.project.text)), service: service),
            .token(StaticToken(given)!),
            .accessKey(AccessKey(id: "AK", secret: secretKey, securityToken: securityToken)!, service: service),
        ]
    }()

    private func texts(_ value: Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text + "\(value)" + String(reflecting: value)
    }

    private func expectNoSecret(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        for secret in ["hunter2", "gAAAAA-issued", "Signature="] { #expect(!text.contains(secret), sourceLocation: sourceLocation) }
        // A signature is 64 hexadecimal digits in a row.
        var run = 0
        var longest = 0
        for character in text {
            run = character.isHexDigit ? run + 1 : 0
            longest = max(longest, run)
        }
        #expect(longest < 64, sourceLocation: sourceLocation)
    }

    @Test(
        "P8: no secret is in descriptions, dumps, logs at their finest and faults, through log-in, renewal and refusal",
        arguments: logins.indices)
    func everywhere(_ number: Int) async throws {
        let lines = Mutex<[String]>([])
        let sink = LineSink { line in lines.withLock { $0.append(line) } }
        var logger = Logger(label: "test") { _ in sink }
        logger.logLevel = .trace
        let credential = Self.logins[number]
        let login = CloudLogin(
            credential: credential, endpoint: try Endpoint.parse("https://evs.example.com").endpoint, projectID: Sample.project)
        expectNoSecret(texts(login))

        let fake = FakeIdentity()
        let session = try await login.open(fake, logger: logger, now: { Sample.now })
        expectNoSecret(texts(session))
        for request in fake.tokenRequests { expectNoSecret(texts(request.fields) + request.label) }

        // Everything that was sent comes back in the errors of both services.
        let client = Sample.client(Echo(), logger: logger, authorizer: session.authorizer)
        let refused = await fault { () throws(ServiceFault) in _ = try await client.snapshotPage(.all, from: nil) }
        expectNoSecret(texts(try #require(refused)))
        #expect(refused?.message.contains("[redacted]") == true)
        let problem = await problem { () throws(CloudLoginProblem) in
            let askAgain = CloudLogin(credential: credential, endpoint: login.endpoint, region: "r")
            _ = try await askAgain.open(Echo(), logger: logger, now: { Sample.now })
        }
        expectNoSecret(texts(try #require(problem)) + (problem?.message ?? ""))
        let written = lines.withLock { $0 }
        #expect(!written.isEmpty)
        for line in written { expectNoSecret(line) }
    }

    @Test("P8: a password that the identity service repeats in an error is taken out, also one shorter than a window")
    func shortPassword() async {
        let service = try! Endpoint.parse("https://identity.example.com").endpoint
        let login = CloudLogin(
            credential: .identity(.password(.id("u"), password: Secret("pw#1"), project: nil), service: service))
        let problem = await problem { () throws(CloudLoginProblem) in
            _ = try await login.open(Echo(), logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }, now: { Sample.now })
        }
        #expect(problem?.message.hasSuffix(#""user":{"id":"u","password":"[redacted]"}}}}}"#) == true)
    }
}

/// Answers everything by a refusal that repeats what was sent.
private struct Echo: HTTPTransport {
    func send(_ request: OutgoingRequest) async throws(TransportFault) -> HTTPAnswer {
        // The last ones first, as only the beginning of a message is shown.
        let fields = request.fields.reversed().map(\.value)
        let text = (fields + [String(decoding: request.body ?? [], as: UTF8.self)]).joined(separator: " ")
        let escaped = text.reduce(into: "") { $0 += $1 == "\"" || $1 == "\\" ? "\\\($1)" : "\($1)" }
        return .json(
            403, #"{"error": {"code": 403, "message": "\#(escaped)", "title": "Forbidden"}}"#, [("X-Request-Id", fields.first ?? "")])
    }
}
