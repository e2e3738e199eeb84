import Logging
import SnapkeepCore
import SnapkeepEngine
import Synchronization
import Testing

@testable import SnapkeepCloud

/// P8: the token is nowhere but in the request.
struct SecretTests {
    private func dumped(_ value: Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text + "\(value)" + String(reflecting: value)
    }

    @Test("P8: printing, dumping and interpolating show a mask")
    func masked() async throws {
        let secret = Secret(Sample.token)
        let transport = FakeTransport(Sample.page([]))
        let client = Sample.client(transport)
        _ = try await client.snapshotPage(.all, from: nil)
        let request = try #require(transport.requests.first)
        // The request does carry it.
        #expect(request.fields.contains { $0.value == Sample.token })
        for text in [dumped(secret), dumped(StaticToken(Sample.token)!), dumped(request), dumped(client), dumped(request.fields)] {
            #expect(!text.contains(Sample.token))
            #expect(!text.contains(Sample.token.prefix(12)))
        }
    }

    @Test("P8: what the server echoes of the token is taken out of every text of a fault")
    func echoed() async throws {
        let token = Sample.token
        let echoes = [
            token, String(token.dropLast(2)) + "%3D%3D", String(token.prefix(20)), String(token.suffix(15)), "\(token)\(token)",
            "{'X-Auth-Token': '\(token)'}",
        ]
        for echo in echoes {
            let answers = [
                HTTPAnswer.json(
                    400, #"{"badRequest": {"code": 400, "message": "bad token \#(echo) here"}}"#, [("X-Request-Id", "req \(echo)")]),
                .json(401, #"{"error_code": "C \#(echo)", "error_msg": "x", "request_id": "\#(echo)"}"#),
                HTTPAnswer(status: 500, fields: [("X-Request-Id", echo)], body: Array("<pre>\(echo)</pre>".utf8)),
                .json(200, "{}", [("X-Request-Id", echo)]),
            ]
            for answer in answers {
                let fault = try #require(await FaultTests.fault(.createSnapshot, answer))
                let text = dumped(fault)
                #expect(text.contains("[redacted]"))
                for start in token.indices.dropLast(11) { #expect(!text.contains(token[start...].prefix(12))) }
            }
        }
        let client = Sample.client(FakeTransport([.failure(TransportFault(.uncertain, "sent \(token)"))]))
        let fault = await fault { () throws(ServiceFault) in _ = try await client.createSnapshot(Sample.creation) }
        #expect(fault?.message == "sent [redacted]")
    }

    @Test("P8: a log at its finest holds method, path and status, and neither fields nor bodies")
    func logged() async throws {
        let lines = Mutex<[String]>([])
        let sink = LineSink { line in lines.withLock { $0.append(line) } }
        var logger = Logger(label: "test") { _ in sink }
        logger.logLevel = .trace
        let transport = FakeTransport([
            .success(
                .json(
                    202, #"{"snapshot": \#(Sample.row())}"#,
                    [("X-Request-Id", "req-1"), ("X-Auth-Token", "a:b"), ("X-Subject-Token", Sample.token)])),
            .success(.json(400, #"{"badRequest": {"message": "\#(Sample.token)"}}"#, [("X-Request-Id", Sample.token)])),
            .failure(TransportFault(.notSent, "no \(Sample.token)")),
        ])
        let client = Sample.client(transport, logger: logger)
        for _ in 0..<3 { _ = await fault { () throws(ServiceFault) in _ = try await client.createSnapshot(Sample.creation) } }
        let written = lines.withLock { $0 }
        #expect(written.count == 3)
        for (line, status) in zip(written, ["status=202", "status=400", "reason=no [redacted]"]) {
            #expect(line.contains("method=POST") && line.contains("path=/v3/\(Sample.project)/snapshots") && line.contains(status))
            #expect(!line.contains(Sample.token.prefix(12)) && !line.contains("Daily backup") && !line.contains("a:b"))
        }
        #expect(written[0].contains("request-id=req-1"))
    }

    @Test("A token is taken as it is pasted, and refused when no header could carry it")
    func token() async throws {
        let pasted = try #require(StaticToken("  \(Sample.token)\r\n"))
        let request = OutgoingRequest(method: .get, endpoint: try Endpoint.parse("http://h").endpoint, path: "/", answerLimit: 1)
        #expect(try await pasted.fields(for: request).map(\.value) == [Sample.token])
        for text in ["", " \n", "a b", "a\nX-Evil: 1", "tökén", "a\u{0}"] { #expect(StaticToken(text) == nil) }
    }

    @Test("Redaction finds the whole of a short token and leaves other texts alone")
    func redactor() {
        let redactor = Redactor([HeaderField("X-Auth-Token", Secret("demo:pwd")), HeaderField("Accept", "application/json")])
        #expect(redactor.redact("demo:pwd demo:p demo:pwdd application/json") == "[redacted] demo:p [redacted]d application/json")
        #expect(redactor.redact("") == "")
    }

    @Test("A token below 8 bytes is not looked for: it would hide ordinary words")
    func shortToken() {
        for token in ["any", "a", "snapsho"] {
            #expect(Redactor([HeaderField("X-Auth-Token", Secret(token))]).redact("any snapshot, any volume") == "any snapshot, any volume")
        }
        #expect(Redactor([HeaderField("X-Auth-Token", Secret("snapshot"))]).redact("any snapshot") == "any [redacted]")
    }
}

/// Writes each line of a log, metadata and all, as one text.
struct LineSink: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace
    let write: @Sendable (String) -> Void

    init(write: @escaping @Sendable (String) -> Void) { self.write = write }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        write(([event.message.description] + pairs).joined(separator: " "))
    }
}
