import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// Error answers: envelopes, codes, what may be done next (CloudAPI#errors, CloudAPI#codes).
struct FaultTests {
    /// Makes the call of an operation against one answer.
    static func fault(_ operation: Operation, _ answer: HTTPAnswer) async -> ServiceFault? {
        let client = Sample.client(FakeTransport(answer))
        return await SnapkeepCloudTests.fault { () throws(ServiceFault) in
            switch operation {
            case .createSnapshot: _ = try await client.createSnapshot(Sample.creation)
            case .showSnapshot: _ = try await client.snapshot(Sample.snapshot)
            case .listSnapshots: _ = try await client.snapshotPage(.all, from: nil)
            case .updateSnapshot: _ = try await client.updateSnapshot(Sample.snapshot, name: "n", description: nil)
            case .mergeMetadata: try await client.mergeMetadata(Metadata(["k": "v"]), into: Sample.snapshot)
            case .deleteMetadataKey: try await client.deleteMetadataKey("k", of: Sample.snapshot)
            case .deleteSnapshot: try await client.deleteSnapshot(Sample.snapshot)
            case .listVolumes: _ = try await client.volumes(named: "db")
            case .showVolume: _ = try await client.volume(Sample.volume)
            case .showQuota: _ = try await client.quota()
            }
        }
    }

    struct Shape: Sendable, CustomTestStringConvertible {
        var name: String
        var status: Int
        var body: String
        var code: String?
        var message: String
        var testDescription: String { name }
    }

    @Test(
        "Every envelope is read",
        arguments: [
            // 1. Cinder: the top key names the fault; the code is a number, or the number as text.
            Shape(
                name: "cinder", status: 404,
                body: #"{"itemNotFound": {"code": 404, "message": "Volume 00000000-0000-4000-8000-000000000000 could not be found."}}"#,
                code: "itemNotFound", message: "Volume 00000000-0000-4000-8000-000000000000 could not be found."),
            Shape(
                name: "cinder, code as text, lower case", status: 400, body: #"{"badrequest": {"message": "x is bad", "code": "400"}}"#,
                code: "badrequest", message: "x is bad"),
            Shape(
                name: "cinder, any other fault", status: 406,
                body:
                    #"{"computeFault": {"code": 406, "message": "Version 3.99 is not supported by the API. Minimum is 3.0 and maximum is 3.71."}}"#,
                code: "computeFault", message: "Version 3.99 is not supported by the API. Minimum is 3.0 and maximum is 3.71."),
            Shape(
                name: "cinder around an EVS code", status: 400, body: #"{"badRequest": {"code": "EVS.1003", "message": "bad name"}}"#,
                code: "EVS.1003", message: "bad name"),
            // 2. EVS.
            Shape(
                name: "evs", status: 400, body: #"{"error": {"code": "EVS.2043", "message": "The snapshot is not ready."}}"#,
                code: "EVS.2043", message: "The snapshot is not ready."),
            // 3. Gateway and IAM, and what the SDK takes besides.
            Shape(
                name: "gateway", status: 403,
                body:
                    #"{"error_code": "APIGW.0302", "error_msg": "Not allowed", "request_id": "r-1", "encoded_authorization_message": "AbC"}"#,
                code: "APIGW.0302", message: "Not allowed"),
            Shape(
                name: "gateway, camel case", status: 403, body: #"{"errorCode": "APIGW.0306", "errorMsg": "No"}"#, code: "APIGW.0306",
                message: "No"),
            Shape(
                name: "top level", status: 403, body: #"{"code": "EVS.0003", "message": "The role is empty"}"#, code: "EVS.0003",
                message: "The role is empty"),
            Shape(
                name: "nested", status: 403,
                body: #"{"status": "x", "result": {"inner": [{"error_code": "EVS.1027", "error_msg": "No"}]}}"#,
                code: "EVS.1027", message: "No"),
            // 4. Keystone.
            Shape(
                name: "keystone", status: 409, body: #"{"error": {"code": 409, "title": "Conflict", "message": "It is there already."}}"#,
                code: "Conflict", message: "It is there already."),
            // 5. The old rate limiter.
            Shape(
                name: "rate limiter", status: 413,
                body:
                    #"{"overLimitFault": {"code": 413, "message": "This request was rate-limited.", "details": "Only 10 POST", "retryAfter": "9"}}"#,
                code: "overLimitFault", message: "This request was rate-limited."),
            // 6. Not JSON, or no envelope.
            Shape(
                name: "html", status: 405, body: "<html>\r\n<body>\t<h1>405  Not Allowed</h1></body>",
                message: "an HTML page instead of an answer"),
            Shape(name: "html after blanks", status: 405, body: "\r\n <!DOCTYPE html>", message: "an HTML page instead of an answer"),
            Shape(
                name: "tags in a message", status: 405,
                body: #"{"message": "<p>Not <B class='x'>here</B>, got <class 'str'> and 1 < 2 <b"}"#,
                message: "Not here , got <class 'str'> and 1 < 2 <b"),
            Shape(name: "empty", status: 405, body: "", message: "the service answered HTTP 405 without a reason"),
            Shape(name: "text", status: 405, body: #"{"error": "nope"}"#, message: "nope"),
            Shape(name: "a number", status: 405, body: "42", message: "42"),
            Shape(
                name: "an unknown route upstream", status: 404,
                body: #"{"message": "The resource could not be found.<br /><br />\n\n\n", "code": "404 Not Found", "title": "Not Found"}"#,
                code: "Not Found", message: "The resource could not be found."),
        ])
    func envelope(_ shape: Shape) async {
        let fault = await Self.fault(.createSnapshot, .json(shape.status, shape.body))
        #expect(fault?.code == shape.code)
        #expect(fault?.message == shape.message)
        #expect(fault?.status == shape.status)
        #expect(fault?.request == "POST /v3/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots")
    }

    struct Example: Sendable, CustomTestStringConvertible {
        var operation = Operation.createSnapshot
        var status: Int
        var code: String?
        var message = ""
        var fields: [String: String] = [:]
        var kind: ServiceFault.Kind

        var answer: HTTPAnswer {
            let name = code ?? "badRequest"
            let body =
                name.contains(".")
                ? #"{"error": {"code": "\#(name)", "message": "\#(message)"}}"#
                : #"{"\#(name)": {"code": \#(status), "message": "\#(message)"}}"#
            return .json(status, body, fields.map { (name: $0.key, value: $0.value) })
        }

        var testDescription: String { "\(operation) \(status) \(code ?? "") \(message) \(fields)" }
    }

    @Test(
        "Each code means what CloudAPI#codes says",
        arguments: [
            // Credentials: 400 as well as 401, from the service and from its gateway.
            Example(status: 400, code: "EVS.0002", kind: .unauthenticated),
            Example(status: 400, code: "Common.0013", kind: .unauthenticated),
            Example(status: 401, code: "EVS.5401", kind: .unauthenticated),
            Example(status: 401, code: "APIGW.0301", kind: .unauthenticated),
            Example(status: 401, code: "APIGW.0303", kind: .unauthenticated),
            Example(status: 401, code: "APIGW.0305", kind: .unauthenticated),
            Example(status: 401, code: "APIGW.0307", kind: .unauthenticated),
            Example(status: 401, code: "unauthorized", kind: .unauthenticated),
            // The account.
            Example(status: 403, code: "EVS.2144", kind: .accountBlocked), Example(status: 403, code: "EVS.2145", kind: .accountBlocked),
            // Permission.
            Example(status: 403, code: "EVS.0003", kind: .refused(.forbidden)),
            Example(status: 403, code: "EVS.1027", kind: .refused(.forbidden)),
            Example(status: 403, code: "EVS.2056", kind: .refused(.forbidden)),
            Example(status: 403, code: "APIGW.0302", kind: .refused(.forbidden)),
            Example(status: 403, code: "forbidden", kind: .refused(.forbidden)),
            Example(status: 403, code: "EVS.5403", kind: .refused(.forbidden)),
            Example(
                operation: .mergeMetadata, status: 403, code: "EVS.5403", message: "metadata can not be operated", kind: .refused(.metadata)
            ),
            // The project.
            Example(status: 400, code: "EVS.0001", kind: .refused(.badProject)),
            Example(status: 400, code: "Common.0018", kind: .refused(.badProject)),
            Example(status: 400, message: "Malformed request url", kind: .refused(.badProject)),
            Example(operation: .listSnapshots, status: 400, message: "Malformed request url", kind: .refused(.badProject)),
            Example(status: 403, code: "APIGW.0310", kind: .refused(.badProject)),
            // Throttling; "at once" names no time.
            Example(status: 429, code: "APIGW.0308", kind: .throttled(retryAfter: nil)),
            Example(status: 429, code: "APIGW.0308", fields: ["Retry-After": "7"], kind: .throttled(retryAfter: .seconds(7))),
            Example(status: 429, code: "computeFault", fields: ["retry-after": "0"], kind: .throttled(retryAfter: nil)),
            Example(
                status: 429, code: "computeFault", fields: ["Retry-After": "Mon, 23 Nov 2026 20:17:05 GMT"],
                kind: .throttled(retryAfter: .seconds(30))),
            Example(status: 498, code: "computeFault", kind: .throttled(retryAfter: nil)),
            Example(operation: .updateSnapshot, status: 429, code: "x", kind: .throttled(retryAfter: nil)),
            Example(operation: .deleteSnapshot, status: 498, code: "x", kind: .throttled(retryAfter: nil)),
            // 413 is a quota, the old rate limiter, or metadata that is too long.
            Example(
                status: 413, code: "overLimit", message: "SnapshotLimitExceeded: Maximum number of snapshots allowed (20) exceeded",
                fields: ["Retry-After": "0"], kind: .refused(.quota)),
            Example(status: 413, code: "EVS.5413", kind: .refused(.quota)), Example(status: 413, code: "overLimit", kind: .refused(.quota)),
            Example(status: 413, code: "overLimitFault", fields: ["Retry-After": "9"], kind: .throttled(retryAfter: .seconds(9))),
            Example(status: 413, code: "overLimitFault", kind: .throttled(retryAfter: nil)),
            Example(
                operation: .mergeMetadata, status: 413, code: "overLimit", message: "Metadata property key greater than 255 characters.",
                fields: ["Retry-After": "0"], kind: .refused(.metadata)),
            Example(status: 413, code: "APIGW.0201", kind: .refused(.other)),
            // Missing things, by context.
            Example(status: 404, code: "itemNotFound", message: "Volume x could not be found.", kind: .refused(.volumeNotFound)),
            Example(status: 404, code: "EVS.5404", kind: .refused(.volumeNotFound)),
            Example(status: 400, code: "EVS.1002", kind: .refused(.volumeNotFound)),
            Example(operation: .updateSnapshot, status: 404, code: "itemNotFound", kind: .refused(.snapshotNotFound)),
            Example(operation: .mergeMetadata, status: 404, code: "EVS.5404", kind: .refused(.snapshotNotFound)),
            Example(operation: .listSnapshots, status: 404, code: "itemNotFound", kind: .refused(.other)),
            Example(operation: .updateSnapshot, status: 400, code: "EVS.2045", kind: .refused(.other)),
            // The volume.
            Example(
                status: 400,
                message:
                    "Invalid volume: Volume 26fecd52-b52b-40ab-8323-6ee3c6559055 status must be available, but current status is: in-use.",
                kind: .refused(.volumeAttached)),
            Example(
                status: 400, message: "Invalid volume: Volume x status must be available or in-use, but current status is: extending.",
                kind: .refused(.volumeBusy)),
            Example(status: 400, code: "EVS.2068", kind: .refused(.volumeBusy)),
            Example(status: 400, code: "EVS.2089", kind: .refused(.volumeBusy)),
            Example(status: 400, code: "EVS.2093", kind: .refused(.volumeBusy)),
            // The snapshot's status.
            Example(operation: .deleteSnapshot, status: 400, code: "EVS.1047", kind: .refused(.wrongStatus)),
            Example(operation: .updateSnapshot, status: 400, code: "EVS.2043", kind: .refused(.wrongStatus)),
            Example(operation: .deleteSnapshot, status: 500, code: "EVS.2019", kind: .refused(.wrongStatus)),
            Example(
                operation: .deleteSnapshot, status: 400,
                message: "Invalid snapshot: Snapshot status must be available or error, and must not be part of a group.",
                kind: .refused(.wrongStatus)),
            // What holds on to a snapshot that is to be deleted: upstream's drivers say it so, and other services in their own words.
            Example(
                operation: .deleteSnapshot, status: 400,
                message: "Invalid snapshot: deleting snapshot snapshot-1 that has dependent volumes", kind: .refused(.hasDependents)),
            Example(operation: .deleteSnapshot, status: 400, message: "A volume was created from it.", kind: .refused(.hasDependents)),
            Example(
                operation: .deleteSnapshot, status: 409, code: "conflictingRequest", message: "dependent volumes exist",
                kind: .refused(.hasDependents)),
            Example(operation: .deleteSnapshot, status: 409, code: "conflictingRequest", kind: .refused(.snapshotBusy)),
            Example(operation: .deleteSnapshot, status: 400, message: "Snapshot x is busy", kind: .refused(.snapshotBusy)),
            Example(
                operation: .deleteSnapshot, status: 400, code: "EVS.1047", message: "snapshot is in use", kind: .refused(.snapshotBusy)),
            // The manifest's texts.
            Example(status: 400, code: "EVS.1003", kind: .refused(.name)),
            Example(status: 400, code: "EVS.1004", kind: .refused(.description)),
            Example(status: 400, code: "EVS.1005", kind: .refused(.metadata)),
            Example(status: 400, code: "EVS.1025", kind: .refused(.metadata)),
            Example(status: 400, code: "EVS.1058", kind: .refused(.metadata)),
            Example(status: 400, code: "EVS.2047", kind: .refused(.metadata)),
            Example(
                status: 400,
                message: "Invalid input for field/attribute name. Value: \(String(repeating: "n", count: 256)). "
                    + "'\(String(repeating: "n", count: 256))' is too long", kind: .refused(.name)),
            Example(
                status: 400, message: "Invalid input for field/attribute description. Value: d. 'd' is too long",
                kind: .refused(.description)),
            Example(
                status: 400, message: "Invalid input for field/attribute metadata. Value: {'': 'v'}. '' does not match any of the regexes",
                kind: .refused(.metadata)),
            Example(
                status: 400, message: "Invalid input for field/attribute k. Value: 1. 1 is not of type 'string'", kind: .refused(.metadata)),
            Example(
                status: 400,
                message: "Invalid input for field/attribute volume_id. Value: nope. 'nope' is not valid under any of the given schemas",
                kind: .refused(.other)),
            Example(status: 400, message: "Malformed request body", kind: .refused(.other)),
            Example(status: 406, code: "computeFault", kind: .refused(.other)),
            Example(status: 409, code: "conflictingRequest", kind: .refused(.other)),
            Example(status: 501, code: "notImplemented", kind: .refused(.other)),
        ])
    func code(_ example: Example) async {
        #expect(await Self.fault(example.operation, example.answer)?.kind == example.kind)
    }

    @Test(
        "P1: what may have been carried out is uncertain, whatever the server asks for",
        arguments: [408, 499, 500, 502, 503, 504, 599])
    func uncertain(_ status: Int) async {
        for code in ["computeFault", "EVS.2002", "EVS.5503", "APIGW.0301", "APIGW.0308", "EVS.2019"]
        where status >= 500 || code == "computeFault" {
            let answer = Example(status: status, code: code, fields: ["Retry-After": "5"], kind: .uncertain).answer
            #expect(await Self.fault(.createSnapshot, answer)?.kind == .uncertain)
        }
        for operation in Operation.allCases {
            #expect(await Self.fault(operation, HTTPAnswer(status: status))?.kind == .uncertain)
        }
    }

    @Test("A call that may be repeated waits as long as an overloaded server asks")
    func unavailable() async {
        let answer = HTTPAnswer(status: 503, fields: [("Retry-After", "5")])
        for operation in Operation.allCases where operation != .createSnapshot {
            #expect(await Self.fault(operation, answer)?.kind == .throttled(retryAfter: .seconds(5)))
        }
    }

    @Test("P2: gone is only what the service itself says is gone; a proxy's 404 is not")
    func gone() async throws {
        let own = [
            HTTPAnswer.json(404, #"{"itemNotFound": {"code": 404, "message": "Snapshot \#(Sample.snapshot) could not be found."}}"#),
            .json(404, #"{"error": {"code": "EVS.5404", "message": "snapshot not found"}}"#),
        ]
        for answer in own {
            #expect(try await Sample.client(FakeTransport(answer)).snapshot(Sample.snapshot) == nil)
            #expect(await Self.fault(.deleteSnapshot, answer) == nil)
            #expect(await Self.fault(.deleteMetadataKey, answer) == nil)
        }
        let others = [
            HTTPAnswer(status: 404), HTTPAnswer(status: 404, body: Array("<h1>/snapshots/\(Sample.snapshot) was not found</h1>".utf8)),
            .json(404, #"{"error_code": "APIGW.0101", "error_msg": "The API does not exist"}"#),
            .json(404, #"{"message": "The resource could not be found.", "code": "404 Not Found", "title": "Not Found"}"#),
        ]
        for answer in others {
            #expect(await Self.fault(.showSnapshot, answer)?.kind == .refused(.other))
            // A collection is always there where the API is.
            #expect(await Self.fault(.listSnapshots, answer)?.kind == .refused(.noSuchService))
            // The gateway and Cinder's front door have not let the request pass; whoever else answers does not know whether the service has acted.
            let text = String(decoding: answer.body, as: UTF8.self)
            let isOwn = text.contains("APIGW.0101") || text.contains("404 Not Found")
            for operation in [Operation.deleteSnapshot, .deleteMetadataKey] {
                #expect(await Self.fault(operation, answer)?.kind == (isOwn ? .refused(.other) : .uncertain))
            }
            #expect(await Self.fault(.createSnapshot, answer)?.kind == (isOwn ? .refused(.noSuchService) : .uncertain))
        }
    }

    @Test("A redirect is refused, and its target is neither asked nor repeated", arguments: [300, 301, 302, 303, 304, 307, 308])
    func redirect(_ status: Int) async {
        for operation in [Operation.createSnapshot, .listSnapshots] {
            let fault = await Self.fault(operation, HTTPAnswer(status: status, fields: [("Location", "https://evil.example.com/")]))
            // Whoever sends a creation elsewhere may have let it pass first (P1).
            #expect(fault?.kind == (operation == .createSnapshot ? .uncertain : .refused(.other)))
            #expect(fault?.message.contains("redirects are not followed") == true)
            #expect(fault?.message.contains("evil") == false)
        }
    }

    @Test("204 with the reply of Auth 1.1 is how a Cinder without Keystone says that the token is missing; a bare 204 says nothing")
    func authenticationReply() async {
        for operation in Operation.allCases {
            let reply = HTTPAnswer(status: 204, fields: [("X-Auth-Token", "admin:admin"), ("X-Server-Management-Url", "http://h/")])
            // P1: it is no envelope of the service's, so a creation is looked up; the look-up meets the same and ends the run.
            #expect(await Self.fault(operation, reply)?.kind == (operation == .createSnapshot ? .uncertain : .unauthenticated))
            if operation.expectsBody {
                #expect(await Self.fault(operation, HTTPAnswer(status: 204))?.kind == .unintelligible)
            }
        }
    }

    @Test(
        "The request id is found in each of its places",
        arguments: ["X-Request-Id", "x-openstack-request-id", "X-Compute-Request-Id", "X-IAM-Trace-Id"])
    func requestID(_ name: String) async {
        #expect(await Self.fault(.showSnapshot, HTTPAnswer(status: 400, fields: [(name, "req-1")]))?.requestID == "req-1")
        #expect(await Self.fault(.showSnapshot, .json(200, "{}", [(name, "req-2")]))?.requestID == "req-2")
        #expect(await Self.fault(.showSnapshot, .json(429, #"{"error_code": "APIGW.0308", "request_id": "req-3"}"#))?.requestID == "req-3")
    }

    @Test("A server's words become one plain line of bearable length")
    func sanitised() async {
        func message(_ text: String) async -> String? {
            await Self.fault(.createSnapshot, HTTPAnswer(status: 400, body: Array(text.utf8)))?.message
        }
        #expect(await message("a\r\n\u{1B}[31mred\u{7}\u{202E}b\u{2028}c\u{0}") == "a [31mred b c")
        #expect(await message("e\u{301}\u{200B}x") == "e\u{301} x")
        let long = await message(String(repeating: "é", count: 100_000))
        #expect(long == String(repeating: "é", count: 300) + "…")
        #expect(await Self.fault(.createSnapshot, HTTPAnswer(status: 400, body: [0xFF, 0x41]))?.message == "\u{FFFD}A")
    }

    @Test("An error answer that is cut keeps the meaning of its status")
    func cut() async {
        let answer = HTTPAnswer(status: 429, body: Array("{".utf8), isTruncated: true)
        #expect(await Self.fault(.updateSnapshot, answer)?.kind == .throttled(retryAfter: nil))
        // Nobody knows whose it was.
        #expect(await Self.fault(.createSnapshot, answer)?.kind == .uncertain)
        #expect(await Self.fault(.createSnapshot, answer)?.pause == .init(asked: nil))
    }

    @Test("No answer at all: the transport says whether the service can have acted")
    func transport() async {
        for (kind, expected) in [(TransportFault.Kind.notSent, ServiceFault.Kind.notSent), (.uncertain, .uncertain)] {
            let client = Sample.client(FakeTransport([.failure(TransportFault(kind, "no connection"))]))
            let fault = await SnapkeepCloudTests.fault { () throws(ServiceFault) in _ = try await client.createSnapshot(Sample.creation) }
            #expect(fault == ServiceFault(expected, request: "POST /v3/\(Sample.project)/snapshots", message: "no connection"))
        }
    }

    @Test("Retry-After in its forms, and never for longer than an hour")
    func retryAfter() {
        let now = Sample.now
        #expect(RetryAfter.parse("120", now: now) == .seconds(120))
        #expect(RetryAfter.parse(" 0 ", now: now) == .zero)
        #expect(RetryAfter.parse("Mon, 23 Nov 2026 20:17:35 GMT", now: now) == .seconds(60))
        #expect(RetryAfter.parse("Monday, 23-Nov-26 20:17:35 GMT", now: now) == .seconds(60))
        #expect(RetryAfter.parse("Mon Nov 23 20:17:35 2026", now: now) == .seconds(60))
        #expect(RetryAfter.parse("Sun Nov  1 08:49:37 1994", now: now) == .zero)
        for text in ["86400", "99999999999999999999999999", "Mon, 23 Nov 2099 20:17:35 GMT"] {
            #expect(RetryAfter.parse(text, now: now) == .seconds(3600))
        }
        for text in [
            "", "soon", "-1", "1.5", "Mon, 23 Foo 2026 20:17:35 GMT", "Mon, 32 Nov 2026 20:17:35 GMT", "Mon, 23 Nov 2026 20:17:35 CET",
        ] {
            #expect(RetryAfter.parse(text, now: now) == nil)
        }
    }
}
