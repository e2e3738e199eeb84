import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepCloud

/// The four vectors (CloudAPI#vectors), which were made by the cloud's own SDK: each text on the way, byte for byte.
struct SignatureTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var method: OutgoingRequest.Method
        var path: String
        var parameters: [String: String] = [:]
        var withProject = true
        var withContentType = false
        var securityToken: String?
        var body: String?
        var canonicalRequest: String
        var requestHash: String
        var signedNames: String
        var signature: String
    }

    private static let host = "evs.eu-west-101.myhuaweicloud.com"
    private static let project = "0c2eba2c5af04d3f9e9d0d410b371fde"
    private static let base = "/v2/\(project)/snapshots"
    private static let snapshot = "ffa9bc5e-1172-4021-acaf-cdcd78a9584d"

    static let vectors = [
        Vector(
            testDescription: "A: a query with a blank, a plus sign, letters beyond ASCII and a tilde", method: .get,
            path: base + "/detail",
            parameters: [
                "volume_id": "5aa119a8-d25b-45a7-8d1b-88e127885635", "limit": "50", "name": "nightly db + été~1", "status": "available",
            ],
            withProject: false, withContentType: true,
            canonicalRequest: """
                GET
                /v2/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots/detail/
                limit=50&name=nightly%20db%20%2B%20%C3%A9t%C3%A9~1&status=available&volume_id=5aa119a8-d25b-45a7-8d1b-88e127885635
                content-type:application/json
                host:evs.eu-west-101.myhuaweicloud.com
                x-sdk-date:20240229T061530Z

                content-type;host;x-sdk-date
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                """,
            requestHash: "8f529c6aed190e8c780c6eda1b8c434f6e2eb3b889bc4d06852ebdd3aa42c10c", signedNames: "content-type;host;x-sdk-date",
            signature: "6b41124cc34fdf28627a197b1fce1ed72b0f7f425bdd8b9d809164960e695cd5"),
        Vector(
            testDescription: "B: a body with letters beyond ASCII", method: .post, path: base, withContentType: true,
            body: #"{"snapshot":{"volume_id":"5aa119a8-d25b-45a7-8d1b-88e127885635","name":"snap-001","description":"每日备份","#
                + #""force":true,"metadata":{"owner":"db-team"}}}"#,
            canonicalRequest: """
                POST
                /v2/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots/

                content-type:application/json
                host:evs.eu-west-101.myhuaweicloud.com
                x-project-id:0c2eba2c5af04d3f9e9d0d410b371fde
                x-sdk-date:20240229T061530Z

                content-type;host;x-project-id;x-sdk-date
                7ec4d8f3e5bd099c1c4c2600bddfdb37013f641ec05754e17e13f6c2e9dfec17
                """,
            requestHash: "84ac744a877b45752ae66049f01c4b64ab821e5b48f9a26dcc805b528164745c",
            signedNames: "content-type;host;x-project-id;x-sdk-date",
            signature: "ddbe037c3f3196e236d44160d82ea8633c4adbe6ac5f7b199dd9943156dba2ff"),
        Vector(
            testDescription: "C: a temporary key, and a path with an escape", method: .put,
            path: base + "/\(snapshot)/metadata/cost%20center", withContentType: true, securityToken: "EXAMPLETEMPORARYTOKEN==",
            body: #"{"meta":{"cost center":"r&d"}}"#,
            canonicalRequest: """
                PUT
                /v2/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots/ffa9bc5e-1172-4021-acaf-cdcd78a9584d/metadata/cost%20center/

                content-type:application/json
                host:evs.eu-west-101.myhuaweicloud.com
                x-project-id:0c2eba2c5af04d3f9e9d0d410b371fde
                x-sdk-date:20240229T061530Z
                x-security-token:EXAMPLETEMPORARYTOKEN==

                content-type;host;x-project-id;x-sdk-date;x-security-token
                53ff817031924275806bfae9fbb5139d45fe3a0e39dc091f4e22bc9152bb96d8
                """,
            requestHash: "e9db6ba70eef3af593cb8f4296d10ab7241b05fc9d5c8e1b8e6700e6b4cc9886",
            signedNames: "content-type;host;x-project-id;x-sdk-date;x-security-token",
            signature: "fbaf5214f5950a3c32e2909f7d554af1de3041b27099f12218137610bdedf286"),
        Vector(
            testDescription: "D: no body, no content type", method: .delete, path: base + "/\(snapshot)",
            canonicalRequest: """
                DELETE
                /v2/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots/ffa9bc5e-1172-4021-acaf-cdcd78a9584d/

                host:evs.eu-west-101.myhuaweicloud.com
                x-project-id:0c2eba2c5af04d3f9e9d0d410b371fde
                x-sdk-date:20240229T061530Z

                host;x-project-id;x-sdk-date
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                """,
            requestHash: "2f4d4501ad30e520b4a609b52bfc8126f3d81bdf401ae60aec5f8dad409439b9", signedNames: "host;x-project-id;x-sdk-date",
            signature: "2b79838449c7514021d1ffa0848cd9dc8883c937913a3249adafa31a4847d469"),
    ]

    private static let instant = Timestamp("2024-02-29T06:15:30.999999Z")!
    private static let secretKey = "snapkeepExampleSecretKeyForTests00000001"

    @Test("Canonical request, string to sign and header are those of the cloud's SDK", arguments: vectors)
    func vector(_ vector: Vector) async throws {
        let key = try #require(AccessKey(id: "SNAPKEEPEXAMPLEAK001", secret: Self.secretKey, securityToken: vector.securityToken))
        let signer = RequestSigner(
            key: key, projectID: vector.withProject ? ProjectID(Self.project) : nil, now: { Self.instant })
        var fields = [HeaderField("Host", Self.host), HeaderField("Accept", "application/json"), HeaderField("User-Agent", "x")]
        if vector.withContentType { fields.append(HeaderField("Content-Type", "application/json")) }
        let request = OutgoingRequest(
            method: vector.method, endpoint: try Endpoint.parse("https://\(Self.host)/v2").endpoint, path: vector.path,
            query: canonicalQuery(vector.parameters.map { ($0.key, $0.value) }), fields: fields, body: vector.body.map { Array($0.utf8) },
            answerLimit: 1)
        let added = try await signer.fields(for: request)
        let sent = (fields + added).filter { !["Accept", "User-Agent", "Authorization"].contains($0.name) }
        let signature = RequestSignature(
            method: vector.method.rawValue, path: vector.path, query: request.query, fields: sent.map { ($0.name, $0.value) },
            body: request.body ?? [], date: "20240229T061530Z", secret: Self.secretKey)
        #expect(signature.canonicalRequest == vector.canonicalRequest)
        #expect(signature.stringToSign == "SDK-HMAC-SHA256\n20240229T061530Z\n\(vector.requestHash)")
        #expect(
            added.last?.value
                == "SDK-HMAC-SHA256 Access=SNAPKEEPEXAMPLEAK001, SignedHeaders=\(vector.signedNames), Signature=\(vector.signature)")
        // No token goes with a signature, and what proves who asks is never shown.
        #expect(!added.contains { $0.name == "X-Auth-Token" })
        #expect(added.filter(\.isSecret).map(\.name) == (vector.securityToken == nil ? [] : ["X-Security-Token"]) + ["Authorization"])
    }

    @Test(
        "The path is decoded, encoded anew segment by segment, and ends in a slash",
        arguments: [
            ("/", "/"), ("", "/"), ("/a", "/a/"), ("/a/", "/a/"), ("/a%2fb/~c", "/a/b/~c/"), ("/é", "/%C3%A9/"), ("/a%zz", "/a%25zz/"),
        ])
    func canonicalPath(_ sent: String, canonical: String) { #expect(RequestSignature.canonicalPath(sent) == canonical) }

    @Test("A key is taken as it is pasted, and refused when no header could carry it")
    func accessKey() {
        #expect(AccessKey(id: " AK\n", secret: "\tsk ")?.secret.text == "sk")
        for (id, secret, token) in [("", "s", nil), ("a", " ", nil), ("a b", "s", nil), ("a", "s\u{0}", nil), ("a", "s", "t t")] {
            #expect(AccessKey(id: id, secret: secret, securityToken: token) == nil)
        }
    }

    @Test("A signature that is refused: the fault tells by how much the clocks differ")
    func clock() async throws {
        let refused = #"{"error_code": "APIGW.0301", "error_msg": "Incorrect IAM authentication information.", "request_id": "r"}"#
        let cases: [(String?, String)] = [
            ("Mon, 23 Nov 2026 19:59:55 GMT", "this machine's clock is 16 min 40 s ahead of the service's"),
            ("Mon, 23 Nov 2026 20:16:50 GMT", "this machine's clock is 15 s behind the service's"),
            ("Tue, 24 Nov 2026 20:16:35 GMT", "this machine's clock is 24 h behind the service's"),
            ("Mon, 23 Nov 2026 20:16:35 GMT", "this machine's clock agrees with the service's"),
            (nil, "check this machine's clock"), ("yesterday", "check this machine's clock"),
        ]
        for (date, words) in cases {
            let transport = FakeTransport(.json(401, refused, date.map { [("Date", $0)] } ?? []))
            let key = AccessKey(id: "AK", secret: Self.secretKey)!
            let client = Sample.client(transport, authorizer: RequestSigner(key: key, projectID: Sample.project, now: { Sample.now }))
            let fault = await fault { () throws(ServiceFault) in _ = try await client.snapshot(Sample.snapshot) }
            #expect(fault?.kind == .unauthenticated)
            #expect(fault?.message == "Incorrect IAM authentication information; \(words), a signature holds for 15 min")
            #expect(transport.requests.count == 1)
        }
    }
}
