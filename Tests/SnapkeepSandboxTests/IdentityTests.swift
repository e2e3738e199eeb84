import Testing

@testable import SnapkeepSandbox

/// The identity service, and what its tokens open. Statuses, bodies and messages are those of a real Keystone.
struct IdentityTests {
    private static let identity = SandboxIdentity(
        user: "alice", password: "correct horse", project: "demo",
        applicationCredential: .init(id: "app-1", name: "robot", secret: "app-secret"),
        accessKey: .init(id: "AK", secret: "SK"), tokenLifetime: .seconds(600))

    private static func configuration(_ dialect: SandboxDialect = .openstack) -> SandboxConfiguration {
        Fixture.configuration {
            $0.identity = identity
            $0.dialect = dialect
        }
    }

    private static let user: JSONValue = ["name": "alice", "domain": ["name": "Default"], "password": "correct horse"]
    private static let scope: JSONValue = ["project": ["name": "demo", "domain": ["id": "default"]]]

    private static func password(_ user: JSONValue = user, scope: JSONValue? = scope) -> JSONValue {
        body(["methods": ["password"], "password": ["user": user]], scope)
    }

    private static func body(_ identity: JSONValue, _ scope: JSONValue? = nil) -> JSONValue {
        var members = [JSONMember("identity", identity)]
        if let scope { members.append(JSONMember("scope", scope)) }
        return ["auth": .object(members)]
    }

    private static func token(_ bench: Bench, _ body: JSONValue = password()) async throws -> String {
        let answer = try await bench.v3.post("//identity/v3/auth/tokens", body)
        try #require(answer.status == 201, "\(answer.body)")
        return try #require(answer.headers["x-subject-token"])
    }

    @Test("Discovery tells the version without a token; the block storage's own stays at the root")
    func discovery() async throws {
        try await Bench.run(Self.configuration()) { bench in
            let all = try await bench.v3.get("//identity")
            #expect(all.status == 300 && all.headers["location"]?.hasSuffix("/identity/v3/") == true)
            let one = try await bench.v3.get("//identity/v3/")
            #expect(one.status == 200 && one.json["version"]?["id"] == "v3.14")
            #expect(try await bench.v3.get("//").json["versions"] != nil)
            #expect(try await bench.v3.get("//identity/v2.0").status == 404)
        }
    }

    @Test(
        "Every way in that Keystone has for a user opens the block storage",
        arguments: [
            password(), password(["id": .string(IdentityViews.stableID("user", "alice")), "password": "correct horse"]),
            password(scope: ["project": ["id": .string(Fixture.project)]]),
            body(["methods": ["application_credential"], "application_credential": ["id": "app-1", "secret": "app-secret"]]),
            body([
                "methods": ["application_credential"],
                "application_credential": [
                    "name": "robot", "user": ["name": "alice", "domain": ["id": "default"]], "secret": "app-secret",
                ],
            ]),
        ])
    func waysIn(_ body: JSONValue) async throws {
        try await Bench.run(Self.configuration()) { bench in
            let token = try await Self.token(bench, body)
            #expect(try await bench.v3.get("/snapshots", ["X-Auth-Token": token]).status == 200)
            #expect(try await bench.v2.get("/snapshots", ["X-Auth-Token": token]).status == 200)
        }
    }

    @Test("A token tells user, project, times and the places of the block storage; nocatalog leaves those out")
    func content() async throws {
        try await Bench.run(Self.configuration()) { bench in
            let answer = try await bench.v3.post("//identity/v3/auth/tokens", Self.password())
            let token = answer.json["token"]
            #expect(token?["project"]?["id"] == .string(Fixture.project) && token?["user"]?["name"] == "alice")
            #expect(token?["issued_at"] == "2026-11-23T20:16:34.919148Z" && token?["expires_at"] == "2026-11-23T20:26:34.919148Z")
            guard case .array(let catalog)? = token?["catalog"] else {
                Issue.record("no catalog")
                return
            }
            #expect(catalog.map { $0["type"] } == ["identity", "block-storage", "volumev3", "volumev2", "evs", "image"])
            let text = try #require(answer.headers["x-subject-token"])
            let shown = try await bench.v3.get(
                "//identity/v3/auth/tokens?nocatalog", ["X-Auth-Token": text, "X-Subject-Token": text])
            #expect(shown.status == 200 && shown.json["token"]?["catalog"] == nil && shown.headers["x-subject-token"] == text)
        }
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: JSONValue
        let status: Int
        let message: String

        init(_ name: String, _ status: Int, _ message: String, _ body: JSONValue) {
            (testDescription, self.status, self.message, self.body) = (name, status, message, body)
        }
    }

    private static let unauthorized = "The request you have made requires authentication."
    private static func expecting(_ words: String) -> String {
        "Expecting to find \(words). The server could not comply with the request since it is either malformed or otherwise incorrect. "
            + "The client is assumed to be in error."
    }

    @Test(
        "Refusals, in Keystone's words",
        arguments: [
            Refused("wrong password", 401, unauthorized, password(["name": "alice", "domain": ["id": "default"], "password": "x"])),
            Refused("no password", 401, unauthorized, password(["name": "alice", "domain": ["id": "default"]])),
            Refused("other user", 401, unauthorized, password(["name": "bob", "domain": ["id": "default"], "password": "correct horse"])),
            Refused("other domain", 401, unauthorized, password(["name": "alice", "domain": ["id": "x"], "password": "correct horse"])),
            Refused("other project", 401, unauthorized, password(scope: ["project": ["id": "x"]])),
            Refused("a domain's scope", 401, unauthorized, password(scope: ["domain": ["id": "default"]])),
            Refused("no methods", 401, unauthorized, body(["methods": []])),
            Refused("no body's member", 400, expecting("auth in request body"), [:]),
            Refused("no identity", 400, "'identity' is a required property", ["auth": [:]]),
            Refused("no object", 400, "7 is not of type 'object'", ["auth": 7]),
            Refused(
                "no list", 400, "Invalid input for field 'identity/methods': 'password' is not of type 'array'",
                body(["methods": "password"])),
            Refused("no methods member", 400, "Invalid input for field 'identity': 'methods' is a required property", body([:])),
            Refused(
                "other method", 401, "Attempted to authenticate with an unsupported method.", body(["methods": ["saml2"], "saml2": [:]])),
            Refused("method without data", 400, expecting("password in identity"), body(["methods": ["password"]])),
            Refused("no user", 400, expecting("user in None"), body(["methods": ["password"], "password": [:]])),
            Refused("no user's domain", 400, expecting("domain in user"), password(["name": "alice", "password": "correct horse"])),
            Refused("no project's domain", 400, expecting("domain in project"), password(scope: ["project": ["name": "demo"]])),
            Refused("empty scope", 400, expecting("system, project, domain, OS-TRUST:trust or unscoped in scope"), password(scope: [:])),
            Refused(
                "password that is a number", 400, "Invalid input for field 'identity/password/user/password': 7 is not of type 'string'",
                password(["name": "alice", "domain": ["id": "default"], "password": 7])),
            Refused(
                "unknown token", 404, "Could not recognize Fernet token", body(["methods": ["token"], "token": ["id": "zzz"]], scope)),
            Refused(
                "unknown application credential", 404, "Could not find Application Credential: nope.",
                body(["methods": ["application_credential"], "application_credential": ["id": "nope", "secret": "app-secret"]])),
            Refused(
                "wrong application secret", 401, unauthorized,
                body(["methods": ["application_credential"], "application_credential": ["id": "app-1", "secret": "x"]])),
            Refused(
                "application credential with a scope", 401,
                "Error authenticating with application credential: Application credentials cannot request a scope.",
                body(["methods": ["application_credential"], "application_credential": ["id": "app-1", "secret": "app-secret"]], scope)),
        ])
    func refused(_ refused: Refused) async throws {
        try await Bench.run(Self.configuration()) { bench in
            let answer = try await bench.v3.post("//identity/v3/auth/tokens", refused.body)
            #expect(answer.status == refused.status)
            #expect(answer.json["error"]?["message"]?.stringValue == refused.message)
            #expect(answer.json["error"]?["code"] == .integer(Int64(refused.status)))
            #expect((answer.headers["www-authenticate"] != nil) == (refused.status == 401))
            #expect(answer.headers["x-subject-token"] == nil)
        }
    }

    @Test(
        "Without a token, with another one, one taken back, and one that is over, nothing opens",
        arguments: SandboxDialect.allCases)
    func closed(_ dialect: SandboxDialect) async throws {
        try await Bench.run(Self.configuration(dialect)) { bench in
            func expectClosed(_ token: String?, code: String = "APIGW.0301") async throws {
                let answer = try await bench.v3.get("/snapshots", token.map { ["X-Auth-Token": $0] } ?? [:])
                #expect(answer.status == 401)
                switch dialect {
                case .openstack: #expect(answer.json["error"]?["title"] == "Unauthorized")
                case .huawei: #expect(answer.json["error_code"]?.stringValue == code)
                }
            }
            try await expectClosed(nil)
            try await expectClosed("guessed")
            let back = try await Self.token(bench)
            #expect(
                try await bench.v3.send(
                    "DELETE", "//identity/v3/auth/tokens", nil, ["X-Auth-Token": back, "X-Subject-Token": back]
                ).status == 204)
            try await expectClosed(back)
            let token = try await Self.token(bench)
            bench.clock.advance(.seconds(599))
            #expect(try await bench.v3.get("/snapshots", ["X-Auth-Token": token]).status == 200)
            bench.clock.advance(.seconds(1))
            try await expectClosed(token, code: "APIGW.0307")
        }
    }

    @Test("A token for no project contradicts a path that names one, and is not enough where none is named")
    func unscoped() async throws {
        try await Bench.run(Self.configuration()) { bench in
            let token = ["X-Auth-Token": try await Self.token(bench, Self.password(scope: nil))]
            let named = try await bench.v3.get("/snapshots", token)
            #expect(named.status == 400 && named.json["badRequest"]?["message"] == "Malformed request url")
            let unnamed = try await bench.v3.get("//v3/snapshots", token)
            #expect(unnamed.status == 403 && unnamed.json["forbidden"]?["message"] == "Not authorized.")
        }
    }

    @Test("Other paths and methods are answered as by Keystone's framework")
    func elsewhere() async throws {
        try await Bench.run(Self.configuration()) { bench in
            let page = try await bench.v3.get("//identity/v3/users")
            #expect(page.status == 404 && page.headers["content-type"]?.hasPrefix("text/html") == true)
            #expect(try await bench.v3.send("PUT", "//identity/v3/auth/tokens", nil).status == 405)
        }
    }

    @Test("A token got with a token is for the project asked for, and ends with the first")
    func rescoping() async throws {
        try await Bench.run(Self.configuration()) { bench in
            let first = try await Self.token(bench, Self.password(scope: "unscoped"))
            bench.clock.advance(.seconds(300))
            let answer = try await bench.v3.post(
                "//identity/v3/auth/tokens", Self.body(["methods": ["token"], "token": ["id": .string(first)]], Self.scope))
            #expect(answer.json["token"]?["methods"] == ["password", "token"])
            let second = try #require(answer.headers["x-subject-token"])
            #expect(try await bench.v3.get("/snapshots", ["X-Auth-Token": second]).status == 200)
            bench.clock.advance(.seconds(300))
            #expect(try await bench.v3.get("/snapshots", ["X-Auth-Token": second]).status == 401)
            let late = try await bench.v3.post(
                "//identity/v3/auth/tokens", Self.body(["methods": ["token"], "token": ["id": .string(second)]], Self.scope))
            #expect(late.status == 404 && late.json["error"]?["message"] == "Failed to validate token")
        }
    }

    @Test("Without an identity there is no such service, and the block storage stays open")
    func open() async throws {
        try await Bench.run { bench in
            let refused = try await bench.v3.post("//identity/v3/auth/tokens", Self.password())
            #expect(refused.status == 404)
            #expect(try await bench.v3.get("/snapshots").status == 200)
            #expect(try await bench.v3.get("/snapshots", ["Authorization": "SDK-HMAC-SHA256 whatever"]).status == 200)
        }
    }

    @Test("Projects: one's own for everybody, those of a name on Huawei's clouds; a signature that does not hold is the gateway's business")
    func projects() async throws {
        try await Bench.run(Self.configuration()) { bench in
            let token = ["X-Auth-Token": try await Self.token(bench)]
            let own = try await bench.v3.get("//identity/v3/auth/projects", token)
            #expect(own.status == 200 && own.body.contains(Fixture.project))
            #expect(try await bench.v3.get("//identity/v3/projects", token).status == 403)
            #expect(try await bench.v3.get("//identity/v3/auth/projects").status == 401)
            let bad = try await bench.v3.get("//v3/projects?name=demo", ["Authorization": "SDK-HMAC-SHA256 Access=x"])
            #expect(bad.status == 401 && bad.json["error_code"] == "APIGW.0301")
        }
        try await Bench.run(Self.configuration(.huawei)) { bench in
            let scope: JSONValue = ["project": ["name": "demo"]]
            let token = ["X-Auth-Token": try await Self.token(bench, Self.password(scope: scope))]
            #expect(try await bench.v3.get("//v3/projects?name=demo", token).body.contains(Fixture.project))
            #expect(try await bench.v3.get("//v3/projects?name=other", token).json["projects"] == [])
        }
    }
}
