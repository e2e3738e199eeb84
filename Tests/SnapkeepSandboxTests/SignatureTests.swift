import HTTPTypes
import Testing

@testable import SnapkeepSandbox

/// The verifier and the four vectors (CloudAPI#vectors), which the cloud's own SDK made: each is accepted as it stands, and refused with
/// any one part of it changed.
struct SignatureTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method: String
        var target: String
        var fields: [String: String] = [:]
        var body = ""
        let signedNames: String
        let signature: String

        var authority = "evs.eu-west-101.myhuaweicloud.com"
        var access = "SNAPKEEPEXAMPLEAK001"
        var secret = "snapkeepExampleSecretKeyForTests00000001"
        var securityToken: String?

        func verify(now: Microseconds = Vector.time) throws(SignatureProblem) {
            let parsed = RequestTarget(target)
            var headers: HTTPFields = [:]
            for (name, value) in fields { headers[HTTPField.Name(name)!] = value }
            try SignatureVerifier(key: .init(id: "SNAPKEEPEXAMPLEAK001", secret: secret, securityToken: securityToken)).verify(
                SignedRequest(
                    method: method, path: parsed.path, query: parsed.parameters, authority: authority, fields: headers,
                    body: Array(body.utf8)),
                "SDK-HMAC-SHA256 Access=\(access), SignedHeaders=\(signedNames), Signature=\(signature)", now: now)
        }

        /// 2024-02-29T06:15:30, the date that all four carry.
        static let time = Timestamp.parse("2024-02-29T06:15:30.000000")!

        func changed(_ change: (inout Vector) -> Void) -> Vector {
            var copy = self
            change(&copy)
            return copy
        }
    }

    private static let project = "0c2eba2c5af04d3f9e9d0d410b371fde"
    private static let base = "/v2/\(project)/snapshots"
    private static let snapshot = "ffa9bc5e-1172-4021-acaf-cdcd78a9584d"
    private static let date = ["x-sdk-date": "20240229T061530Z"]
    private static let json = ["content-type": "application/json"]
    private static let inProject = ["x-project-id": project]

    private static func join(_ maps: [String: String]...) -> [String: String] {
        maps.reduce(into: [:]) { $0.merge($1) { $1 } }
    }

    static let vectors = [
        Vector(
            testDescription: "A: a query with a blank, a plus sign, letters beyond ASCII and a tilde", method: "GET",
            target: base + "/detail?limit=50&name=nightly%20db%20%2B%20%C3%A9t%C3%A9~1&status=available"
                + "&volume_id=5aa119a8-d25b-45a7-8d1b-88e127885635",
            fields: join(date, json), signedNames: "content-type;host;x-sdk-date",
            signature: "6b41124cc34fdf28627a197b1fce1ed72b0f7f425bdd8b9d809164960e695cd5"),
        Vector(
            testDescription: "B: a body with letters beyond ASCII", method: "POST", target: base, fields: join(date, json, inProject),
            body: #"{"snapshot":{"volume_id":"5aa119a8-d25b-45a7-8d1b-88e127885635","name":"snap-001","description":"每日备份","#
                + #""force":true,"metadata":{"owner":"db-team"}}}"#,
            signedNames: "content-type;host;x-project-id;x-sdk-date",
            signature: "ddbe037c3f3196e236d44160d82ea8633c4adbe6ac5f7b199dd9943156dba2ff"),
        Vector(
            testDescription: "C: a temporary key, and a path with an escape", method: "PUT",
            target: base + "/\(snapshot)/metadata/cost%20center",
            fields: join(date, json, inProject, ["x-security-token": "EXAMPLETEMPORARYTOKEN=="]),
            body: #"{"meta":{"cost center":"r&d"}}"#, signedNames: "content-type;host;x-project-id;x-sdk-date;x-security-token",
            signature: "fbaf5214f5950a3c32e2909f7d554af1de3041b27099f12218137610bdedf286", securityToken: "EXAMPLETEMPORARYTOKEN=="),
        Vector(
            testDescription: "D: neither body nor type", method: "DELETE", target: base + "/\(snapshot)", fields: join(date, inProject),
            signedNames: "host;x-project-id;x-sdk-date",
            signature: "2b79838449c7514021d1ffa0848cd9dc8883c937913a3249adafa31a4847d469"),
    ]

    @Test("Each vector is accepted, also with its parameters in another order and with headers beside those signed", arguments: vectors)
    func accepted(_ vector: Vector) throws {
        try vector.verify()
        try vector.changed {
            let parts = $0.target.split(separator: "?")
            if parts.count == 2 { $0.target = parts[0] + "?" + parts[1].split(separator: "&").reversed().joined(separator: "&") }
            $0.fields["accept"] = "*/*"
            $0.fields["x-sdk-date"] = " 20240229T061530Z "
        }.verify()
    }

    @Test("Each byte of path, query, host, body, signed headers, secret and signature counts", arguments: vectors)
    func oneByteChanged(_ vector: Vector) throws {
        func next(_ byte: UInt8) -> UInt8 { byte == UInt8(ascii: "x") ? UInt8(ascii: "y") : UInt8(ascii: "x") }
        func changed(_ text: String, _ place: Int) -> String {
            var bytes = Array(text.utf8)
            bytes[place] = next(bytes[place])
            return String(decoding: bytes, as: UTF8.self)
        }
        func expectRefusal(_ what: String, _ other: Vector) {
            do {
                try other.verify()
                Issue.record("accepted with another \(what)")
            } catch { return }
        }
        for place in 1..<vector.target.utf8.count { expectRefusal("target", vector.changed { $0.target = changed($0.target, place) }) }
        for place in 0..<vector.body.utf8.count { expectRefusal("body", vector.changed { $0.body = changed($0.body, place) }) }
        for place in 0..<vector.authority.utf8.count {
            expectRefusal("host", vector.changed { $0.authority = changed($0.authority, place) })
        }
        for place in 0..<vector.secret.utf8.count { expectRefusal("secret", vector.changed { $0.secret = changed($0.secret, place) }) }
        for (name, value) in vector.fields {
            for place in 0..<value.utf8.count { expectRefusal(name, vector.changed { $0.fields[name] = changed(value, place) }) }
            expectRefusal("\(name), which is missing,", vector.changed { $0.fields[name] = nil })
        }
        for place in 0..<64 {
            // Another digit, so that it is not refused for its form.
            var digits = Array(vector.signature)
            digits[place] = digits[place] == "0" ? "1" : "0"
            let other = Vector(
                testDescription: "", method: vector.method, target: vector.target, fields: vector.fields, body: vector.body,
                signedNames: vector.signedNames, signature: String(digits), securityToken: vector.securityToken)
            expectRefusal("signature", other)
        }
        expectRefusal("method", vector.changed { $0.method = "PATCH" })
        expectRefusal("body", vector.changed { $0.body += " " })
    }

    @Test("What is wrong is told: the key, the date, the token, or the request as the server understood it")
    func problems() {
        let vector = Self.vectors[3]
        let minute = 60 * Timestamp.perSecond
        func expect(_ problem: SignatureProblem?, now: Microseconds = Vector.time, _ change: (inout Vector) -> Void = { _ in }) {
            var found: SignatureProblem?
            do { try vector.changed(change).verify(now: now) } catch { found = error }
            #expect(found == problem)
        }
        expect(.unknownKey("OTHER")) { $0.access = "OTHER" }
        // A skew of 15 minutes is borne, in either direction; a second more is not.
        expect(nil, now: Vector.time + 15 * minute)
        expect(nil, now: Vector.time - 15 * minute)
        expect(.expired(signed: "20240229T061530Z", server: "20240229T063031Z"), now: Vector.time + 15 * minute + Timestamp.perSecond)
        expect(.expired(signed: "20240229T061530Z", server: "20240229T060029Z"), now: Vector.time - 15 * minute - Timestamp.perSecond)
        expect(.malformedDate("yesterday")) { $0.fields["x-sdk-date"] = "yesterday" }
        expect(.malformedDate("")) { $0.fields["x-sdk-date"] = "" }
        expect(.unsigned("x-security-token")) { $0.fields["x-security-token"] = "t" }
        expect(.securityToken) { $0.securityToken = "t" }
        var request: String?
        do { try vector.changed { $0.secret = "other" }.verify() } catch {
            if case .mismatch(let canonical) = error { request = canonical }
        }
        #expect(
            request == """
                DELETE
                /v2/0c2eba2c5af04d3f9e9d0d410b371fde/snapshots/ffa9bc5e-1172-4021-acaf-cdcd78a9584d/

                host:evs.eu-west-101.myhuaweicloud.com
                x-project-id:0c2eba2c5af04d3f9e9d0d410b371fde
                x-sdk-date:20240229T061530Z

                host;x-project-id;x-sdk-date
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                """)
    }

    @Test(
        "An Authorization header of another form is refused as such",
        arguments: [
            "", "Bearer abc", "SDK-HMAC-SHA256", "SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date",
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=host;x-sdk-date, Signature=00",
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=x-sdk-date;host, Signature=" + String(repeating: "0", count: 64),
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=Host;x-sdk-date, Signature=" + String(repeating: "0", count: 64),
            "SDK-HMAC-SHA256 Access=a, SignedHeaders=host;host;x-sdk-date, Signature=" + String(repeating: "0", count: 64),
            "SDK-HMAC-SM3 Access=a, SignedHeaders=host;x-sdk-date, Signature=" + String(repeating: "0", count: 64),
        ])
    func malformed(_ header: String) {
        let request = SignedRequest(method: "GET", path: "/", query: [], authority: "h", fields: [:], body: [])
        #expect(throws: SignatureProblem.malformed) {
            try SignatureVerifier(key: .init(id: "a", secret: "s")).verify(request, header, now: 0)
        }
    }

    @Test("Host and date must be signed")
    func unsigned() {
        let request = SignedRequest(method: "GET", path: "/", query: [], authority: "h", fields: [:], body: [])
        for (names, missing) in [("x-sdk-date", "host"), ("host", "x-sdk-date")] {
            #expect(throws: SignatureProblem.unsigned(missing)) {
                try SignatureVerifier(key: .init(id: "a", secret: "s")).verify(
                    request, "SDK-HMAC-SHA256 Access=a, SignedHeaders=\(names), Signature=" + String(repeating: "0", count: 64), now: 0)
            }
        }
    }
}
