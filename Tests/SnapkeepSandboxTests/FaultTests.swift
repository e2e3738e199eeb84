import Testing

@testable import SnapkeepSandbox

/// The fault rules: their text, their counts, and what each does on a real connection.
struct FaultTests {
    struct Parsed: Sendable, CustomTestStringConvertible {
        let text: String
        let rule: FaultRule
        var testDescription: String { text }
    }

    @Test(
        "A fault rule is read, and its kind is told by the word that a rule has for it",
        arguments: [
            Parsed(
                text: "POST snapshots 3 429=2",
                rule: .init(
                    method: "POST", pathPart: "snapshots", when: .range(from: 3, to: 3),
                    kind: .status(429, retryAfter: 2, code: nil, acts: false))),
            Parsed(
                text: "post  snapshots 2-5 429",
                rule: .init(
                    method: "POST", pathPart: "snapshots", when: .range(from: 2, to: 5),
                    kind: .status(429, retryAfter: nil, code: nil, acts: false))),
            Parsed(
                text: "* * every:3 500-before",
                rule: .init(when: .every(3), kind: .status(500, retryAfter: nil, code: nil, acts: false))),
            Parsed(
                text: "GET * 4- 500-after",
                rule: .init(method: "GET", when: .range(from: 4, to: nil), kind: .status(500, retryAfter: nil, code: nil, acts: true))),
            Parsed(
                text: "* * 1 403/EVS.2144",
                rule: .init(when: .range(from: 1, to: 1), kind: .status(403, retryAfter: nil, code: "EVS.2144", acts: false))),
            Parsed(text: "* * always cut-before", rule: .init(when: .range(from: 1, to: nil), kind: .cut(acts: false))),
            Parsed(text: "* * 1 cut-after", rule: .init(when: .range(from: 1, to: 1), kind: .cut(acts: true))),
            Parsed(text: "* * 1 cut-middle", rule: .init(when: .range(from: 1, to: 1), kind: .cutMiddle)),
            Parsed(text: "* * 1 slow=1.5", rule: .init(when: .range(from: 1, to: 1), kind: .slow(.milliseconds(1500)))),
            Parsed(text: "* * 1 slow-after=2", rule: .init(when: .range(from: 1, to: 1), kind: .slowAfter(.seconds(2)))),
            Parsed(text: "* * 1 late=0.25", rule: .init(when: .range(from: 1, to: 1), kind: .late(.milliseconds(250)))),
            Parsed(text: "* * 1 wrong-json", rule: .init(when: .range(from: 1, to: 1), kind: .wrongJSON)),
            Parsed(text: "* * 1 torn-json", rule: .init(when: .range(from: 1, to: 1), kind: .tornJSON)),
            Parsed(text: "* * 1 html", rule: .init(when: .range(from: 1, to: 1), kind: .html(acts: false))),
            Parsed(text: "* * 1 html=403", rule: .init(when: .range(from: 1, to: 1), kind: .page(403, acts: false))),
            Parsed(text: "* * 1 bare=204-after", rule: .init(when: .range(from: 1, to: 1), kind: .bare(204, acts: true))),
            Parsed(text: "* * 1 twice", rule: .init(when: .range(from: 1, to: 1), kind: .twice)),
            Parsed(text: "* * 1 list-endless", rule: .init(when: .range(from: 1, to: 1), kind: .list(.endless))),
            Parsed(text: "* * 1 list-circle", rule: .init(when: .range(from: 1, to: 1), kind: .list(.circle))),
            Parsed(text: "* * 1 list-rows=7", rule: .init(when: .range(from: 1, to: 1), kind: .list(.rows(7)))),
            Parsed(text: "* * 1 list-arrays=7", rule: .init(when: .range(from: 1, to: 1), kind: .list(.arrays(7)))),
        ])
    func parsing(_ parsed: Parsed) throws {
        #expect(try FaultRule(parsing: parsed.text) == parsed.rule)
        // The log names a kind by the word that a rule has for it.
        #expect(try FaultRule(parsing: "* * 1 \(parsed.rule.kind)").kind == parsed.rule.kind)
    }

    @Test(
        "A rule that is wrong is refused by the word that is wrong",
        arguments: [
            ("POST snapshots 3", "found 3"), ("PATCH snapshots 3 429", "'PATCH' is not a method"),
            ("POST snapshots 0 429", "'0' does not say when"), ("POST snapshots 5-2 429", "'5-2' does not say when"),
            ("POST snapshots every:0 429", "'every:0' does not say when"), ("POST snapshots +1 429", "'+1' does not say when"),
            ("POST snapshots 1 200", "'200' is not a kind"), ("POST snapshots 1 429=x", "'429=x' is not a kind"),
            ("POST snapshots 1 slow", "'slow' is not a kind"), ("POST snapshots 1 slow=-1", "'slow=-1' is not a kind"),
            ("POST snapshots 1 cut", "'cut' is not a kind"), ("POST snapshots 1 403/", "'403/' is not a kind"),
            ("POST snapshots 1 bare=99", "'bare=99' is not a kind"), ("POST snapshots 1 list-rows", "'list-rows' is not a kind"),
        ])
    func parseError(_ text: String, _ reason: String) {
        let error = #expect(throws: FaultRule.ParseError.self) { _ = try FaultRule(parsing: text) }
        #expect(error?.description.hasPrefix("fault rule '\(text)': ") ?? false)
        #expect(error?.reason.contains(reason) ?? false)
    }

    @Test("Each rule counts what matches it, also requests that another rule decided; the first rule that fires wins")
    func counting() throws {
        var counter = FaultCounter([
            try FaultRule(parsing: "POST snapshots 2 503"), try FaultRule(parsing: "POST * every:2 500"),
            try FaultRule(parsing: "GET marker= 1 html"),
        ])
        let kinds = (1...4).map { _ in counter.next(method: "POST", target: "/v3/p/snapshots") }
        #expect(
            kinds == [
                nil, .status(503, retryAfter: nil, code: nil, acts: false), nil, .status(500, retryAfter: nil, code: nil, acts: false),
            ])
        #expect(counter.next(method: "GET", target: "/v3/p/snapshots?limit=1") == nil)
        #expect(counter.next(method: "GET", target: "/v3/p/snapshots?limit=1&marker=x") == .html(acts: false))
    }

    struct Played: Sendable, CustomTestStringConvertible {
        let kind: String
        /// The status that the client sees; nil for a connection without an answer.
        let status: Int?
        /// Whether the creation happened.
        let acts: Bool
        var retryAfter: String? = nil
        var dialect = SandboxDialect.openstack
        var contains = ""
        var testDescription: String { "\(kind) (\(dialect))" }
    }

    @Test("Lists of rows that were never there: without end, in a circle, or too many in one page")
    func lists() async throws {
        for (kind, rows, isNew) in [("list-endless", 10, true), ("list-circle", 10, false), ("list-rows=25", 25, false)] {
            let rule = try FaultRule(parsing: "GET detail always \(kind)")
            try await Bench.run(Fixture.configuration { $0.faults = [rule] }) { bench in
                let first = try await bench.v3.get("/snapshots/detail?limit=10").json
                let second = try await bench.v3.get("/snapshots/detail?limit=10&marker=x").json
                #expect(count(of: first["snapshots"]) == rows)
                #expect((first["snapshots"] != second["snapshots"]) == isNew)
                #expect((first["snapshots_links"] != nil && first["snapshots_links"] != second["snapshots_links"]) == (rows == 10))
                #expect(count(of: try await bench.v3.get("/volumes/detail?limit=10").json["volumes"]) == rows)
            }
        }
    }

    private func count(of list: JSONValue?) -> Int? {
        if case .array(let rows)? = list { rows.count } else { nil }
    }

    @Test("A request that is sent twice is acted on twice; the second answer comes")
    func twice() async throws {
        let rules = [try FaultRule(parsing: "DELETE * 1 twice")]
        try await Bench.run(Fixture.configuration { $0.faults = rules }) { bench in
            let id = try await bench.available([:])
            #expect(try await bench.v3.delete("/snapshots/\(id)").status == 400)
            #expect(try await bench.status(id) == "deleting")
        }
    }

    @Test(
        "A fault answers as its rule says, and acts where it says so",
        arguments: [
            Played(kind: "429=2", status: 429, acts: false, retryAfter: "2", contains: #""code": 429"#),
            Played(
                kind: "429", status: 429, acts: false, dialect: .huawei,
                contains: #"{"error_code": "APIGW.0308", "error_msg": "The throttling"#
            ),
            Played(kind: "413=3", status: 413, acts: false, retryAfter: "3", contains: #"{"overLimitFault": "#),
            Played(kind: "500-before", status: 500, acts: false, contains: #"{"computeFault": {"code": 500"#),
            Played(kind: "500-after", status: 500, acts: true, contains: #"{"computeFault": {"code": 500"#),
            Played(kind: "500", status: 500, acts: false, dialect: .huawei, contains: #"{"error": {"code": "EVS.5500""#),
            Played(kind: "504-after", status: 504, acts: true, dialect: .huawei, contains: #""APIGW.0201""#),
            Played(kind: "503=1", status: 503, acts: false, retryAfter: "1", contains: #"{"serviceUnavailable": {"code": 503"#),
            Played(kind: "401", status: 401, acts: false, contains: #"{"error": {"code": 401, "title": "Unauthorized""#),
            Played(kind: "401", status: 401, acts: false, dialect: .huawei, contains: #""APIGW.0301""#),
            Played(kind: "403/EVS.2144", status: 403, acts: false, contains: #"{"error": {"code": "EVS.2144""#),
            Played(kind: "401/APIGW.0307", status: 401, acts: false, contains: #"{"error_code": "APIGW.0307""#),
            Played(kind: "html", status: 502, acts: false, contains: "<h1>502 Bad Gateway</h1>"),
            Played(kind: "html-after", status: 502, acts: true, contains: "<h1>502 Bad Gateway</h1>"),
            Played(kind: "html=403", status: 403, acts: false, contains: "<h1>403</h1>"),
            Played(kind: "html=429-after", status: 429, acts: true, contains: "<h1>429</h1>"),
            Played(kind: "bare=302-after", status: 302, acts: true),
            Played(kind: "bare=401", status: 401, acts: false),
            Played(kind: "wrong-json", status: 202, acts: true, contains: #""snapshot": "done""#),
            Played(kind: "cut-before", status: nil, acts: false),
            Played(kind: "cut-after", status: nil, acts: true),
        ])
    func played(_ played: Played) async throws {
        let rule = try FaultRule(parsing: "POST snapshots 2 \(played.kind)")
        let configuration = Fixture.configuration {
            $0.faults = [rule]
            $0.dialect = played.dialect
        }
        try await Bench.run(configuration) { bench in
            let wish: JSONValue = ["snapshot": ["volume_id": .string(Fixture.freeVolume)]]
            #expect(try await bench.v3.post("/snapshots", wish).status == 202)
            if let status = played.status {
                let answer = try await bench.v3.post("/snapshots", wish)
                #expect(answer.status == status)
                #expect(answer.headers["retry-after"] == played.retryAfter)
                #expect(answer.body.contains(played.contains))
                #expect(answer.isWhole)
            } else {
                await #expect(throws: RawClient.NoAnswer.self) { try await bench.v3.post("/snapshots", wish) }
            }
            #expect(await bench.handle.snapshots().count == (played.acts ? 2 : 1))
            #expect(try await bench.v3.post("/snapshots", wish).status == 202)
            let log = await bench.handle.requests()
            #expect(log.map(\.status) == [202, played.status, 202])
            #expect(log.map(\.fault) == [nil, rule.kind, nil])
            #expect(log.map(\.path) == Array(repeating: "/v3/\(Fixture.project)/snapshots", count: 3))
        }
    }

    @Test("Of an answer that is cut in the middle the head announces a whole body, and half of it comes")
    func cutMiddle() async throws {
        try await Bench.run(Fixture.configuration { $0.faults = [.init(when: .range(from: 1, to: 1), kind: .cutMiddle)] }) { bench in
            let answer = try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(Fixture.freeVolume)]])
            #expect(answer.status == 202)
            #expect(!answer.isWhole)
            #expect(answer.body.hasPrefix(#"{"snapshot": {"id": "#))
            #expect(await bench.handle.snapshots().count == 1)
        }
    }

    @Test("Torn JSON is an answer of the announced length that is no JSON")
    func tornJSON() async throws {
        try await Bench.run(Fixture.configuration { $0.faults = [.init(when: .range(from: 1, to: 1), kind: .tornJSON)] }) { bench in
            let answer = try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(Fixture.freeVolume)]])
            #expect(answer.status == 202)
            #expect(answer.isWhole)
            #expect(throws: JSONParser.Malformed.self) { try JSONParser.parse(answer.body.utf8) }
        }
    }

    @Test("A slow answer asks its environment for the wait, so that no test waits", arguments: ["slow=1.5", "slow-after=1.5"])
    func slow(_ kind: String) async throws {
        let rule = try FaultRule(parsing: "* * 1 \(kind)")
        let configuration = Fixture.configuration {
            $0.faults = [rule]
            $0.answerLatency = .milliseconds(20)
        }
        try await Bench.run(configuration) { bench in
            let answer = try await bench.v3.get("/snapshots")
            #expect(answer.status == 200)
            #expect(bench.clock.slept == [.milliseconds(20), .milliseconds(1500)])
        }
    }

    @Test(
        "P1: a request whose connection is long gone is performed after its delay all the same, and unseen until then",
        .timeLimit(.minutes(10)))
    func late() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        var environment = TestEnvironment().environment
        environment.sleep = { _ in
            for await _ in gate.stream { return }
        }
        let configuration = Fixture.configuration {
            $0.faults = [.init(method: "POST", when: .range(from: 1, to: 1), kind: .late(.seconds(60)))]
        }
        try await withSandbox(configuration, environment: environment) { handle in
            let client = RawClient(handle, base: "/v3/\(Fixture.project)")
            await #expect(throws: RawClient.NoAnswer.self) {
                try await client.post("/snapshots", ["snapshot": ["volume_id": .string(Fixture.freeVolume)]])
            }
            #expect(await handle.snapshots().isEmpty)
            gate.continuation.yield()
            try await waitUntil("the late request is performed") { await !handle.snapshots().isEmpty }
            #expect(await handle.snapshots().count == 1)
        }
    }

    @Test("A rule that is injected counts from then on")
    func injected() async throws {
        try await Bench.run { bench in
            #expect(try await bench.v3.get("/snapshots").status == 200)
            await bench.handle.inject([try FaultRule(parsing: "GET * 1 503")])
            #expect(try await bench.v3.get("/snapshots").status == 503)
            #expect(try await bench.v3.get("/snapshots").status == 200)
        }
    }
}
