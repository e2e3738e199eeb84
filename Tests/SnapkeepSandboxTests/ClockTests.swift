import Testing

@testable import SnapkeepSandbox

/// The clock of the sandbox, which can be set, beside the system's, by which operations, tokens and signatures go.
struct ClockTests {
    private static let march = try! SandboxInstant(parsing: "2026-03-01T02:00:00Z")
    private static let path = "//sandbox/clock"

    private static func configuration(_ clock: SandboxInstant? = march, _ file: TemporaryFile? = nil) -> SandboxConfiguration {
        Fixture.configuration { ($0.clock, $0.dataFile) = (clock, file?.path) }
    }

    private func create(_ bench: Bench) async throws -> String {
        let answer = try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(Fixture.freeVolume)]])
        return try #require(answer.json["snapshot"]?["id"]?.stringValue)
    }

    private func now(_ bench: Bench) async throws -> String? {
        try await bench.v3.get(Self.path).json["now"]?.stringValue
    }

    private func set(_ bench: Bench, _ now: String) async throws -> Int {
        try await bench.v3.put(Self.path, ["now": .string(now)]).status
    }

    // MARK: What it shows

    @Test("Times of snapshots and the Date of answers are by the clock, which runs on from where it was set")
    func shown() async throws {
        try await Bench.run(Self.configuration()) { bench in
            let id = try await create(bench)
            bench.clock.advance(.seconds(90))
            let answer = try await bench.v3.get("/snapshots/\(id)")
            #expect(answer.json["snapshot"]?["created_at"] == "2026-03-01T02:00:00.000000")
            // By which its creation has ended.
            #expect(answer.json["snapshot"]?["updated_at"] == "2026-03-01T02:00:01.000000")
            #expect(answer.headers["date"] == "Sun, 01 Mar 2026 02:01:30 GMT")
            let volume = try await bench.v3.post("/volumes", ["volume": ["size": 1]])
            #expect(volume.json["volume"]?["created_at"] == "2026-03-01T02:01:30.000000")
            #expect(await bench.handle.snapshots().map(\.createdAt) == [Self.march.microseconds])
            #expect(try await bench.handle.contents().clock == SandboxInstant(parsing: "2026-03-01T02:01:30Z"))
        }
    }

    @Test("Without being set it shows the system's time")
    func unset() async throws {
        try await Bench.run { bench throws in
            #expect(try await now(bench) == "2026-11-23T20:16:34.919148Z")
            #expect(try await bench.v3.get("/snapshots").headers["date"] == "Mon, 23 Nov 2026 20:16:34 GMT")
            #expect(await bench.handle.contents().clock == nil)
        }
    }

    // MARK: The path

    @Test("Its path tells it and sets it forward, by PUT or POST, whatever the type of the body")
    func control() async throws {
        try await Bench.run(Self.configuration()) { bench in
            #expect(try await now(bench) == "2026-03-01T02:00:00Z")
            let answer = try await bench.v3.put(Self.path, ["now": "2026-03-02T03:00:00+01:00"])
            #expect(answer.status == 200 && answer.json == ["now": "2026-03-02T02:00:00Z"])
            let form = try await bench.v3.send(
                "POST", Self.path, #"{"now": "2026-03-03T02:00:00.5Z"}"#, ["Content-Type": "application/x-www-form-urlencoded"])
            #expect(form.status == 200 && form.headers["date"] == "Tue, 03 Mar 2026 02:00:00 GMT")
            bench.clock.advance(.seconds(1))
            #expect(try await now(bench) == "2026-03-03T02:00:01.500000Z")
        }
    }

    @Test("It never goes back, and says what it shows; the same instant is no step back")
    func backwards() async throws {
        try await Bench.run(Self.configuration()) { bench in
            let refused = try await bench.v3.put(Self.path, ["now": "2026-03-01T01:59:59Z"])
            #expect(refused.status == 409)
            #expect(
                refused.json["error"]
                    == "the clock shows 2026-03-01T02:00:00Z already and never goes back, so not to 2026-03-01T01:59:59Z")
            #expect(try await set(bench, "2026-03-01T02:00:00Z") == 200)
            #expect(try await now(bench) == "2026-03-01T02:00:00Z")
        }
    }

    @Test(
        "What is no instant, and what is no body of this kind, is refused with a reason",
        arguments: [
            #"{"now": "tomorrow"}"#, #"{"now": "2026-03-02T02:00:00"}"#, #"{"now": 5}"#, "{}", "[]", "now",
            #"{"now": "2026-03-02T02:00:00Z", "then": 1}"#,
        ])
    func malformed(_ body: String) async throws {
        try await Bench.run(Self.configuration()) { bench in
            let answer = try await bench.v3.send("PUT", Self.path, body)
            #expect(answer.status == 400 && answer.json["error"]?.stringValue?.contains("2026-03-01T02:00:00Z") == true, "\(answer.body)")
            #expect(try await now(bench) == "2026-03-01T02:00:00Z")
        }
    }

    @Test(
        "It is no cloud's: other paths and methods say so, in either dialect, and no fault rule counts or meets it",
        arguments: SandboxDialect.allCases)
    func ours(_ dialect: SandboxDialect) async throws {
        let configuration = Fixture.configuration {
            $0.dialect = dialect
            $0.faults = [
                FaultRule(
                    method: nil, pathPart: nil, when: .range(from: 1, to: 1), kind: .status(500, retryAfter: nil, code: nil, acts: false))
            ]
        }
        try await Bench.run(configuration) { bench throws in
            #expect(try await bench.v3.get(Self.path).status == 200)
            #expect(try await bench.v3.delete(Self.path).status == 405)
            #expect(try await bench.v3.get("//sandbox").status == 404)
            #expect(try await bench.v3.get("/snapshots").status == 500)
        }
    }

    @Test("Where the sandbox asks for a token, so does its clock")
    func token() async throws {
        try await Bench.run(Fixture.configuration { $0.token = "t" }) { bench throws in
            #expect(try await bench.v3.get(Self.path).status == 401)
            #expect(try await bench.v3.get(Self.path, ["X-Auth-Token": "t"]).status == 200)
        }
        let identity = SandboxIdentity(
            user: "alice", password: "correct horse", project: "demo",
            applicationCredential: .init(id: "app-1", name: "robot", secret: "app-secret"), accessKey: .init(id: "AK", secret: "SK"))
        try await Bench.run(Fixture.configuration { $0.identity = identity }) { bench throws in
            #expect(try await bench.v3.put(Self.path, ["now": "2030-01-01T00:00:00Z"]).status == 401)
        }
    }

    // MARK: What it does not change

    @Test("P5: setting it makes no creation and no deletion end sooner or later, and progress goes on")
    func operations() async throws {
        try await Bench.run(Self.configuration()) { bench in
            func progress(_ id: String) async throws -> String? {
                try await bench.v3.get("/snapshots/\(id)").json["snapshot"]?["os-extended-snapshot-attributes:progress"]?.stringValue
            }
            let id = try await create(bench)
            bench.clock.advance(.milliseconds(500))
            #expect(try await set(bench, "2026-04-01T02:00:00Z") == 200)
            #expect(try await bench.status(id) == "creating")
            #expect(try await progress(id) == "50%")
            bench.clock.advance(.milliseconds(499))
            #expect(try await bench.status(id) == "creating")
            bench.clock.advance(.milliseconds(1))
            let made = try await bench.v3.get("/snapshots/\(id)").json["snapshot"]
            #expect(made?["status"] == "available" && made?["updated_at"] == "2026-04-01T02:00:00.000000")
            _ = try await bench.v3.delete("/snapshots/\(id)")
            #expect(try await set(bench, "2026-05-01T02:00:00Z") == 200)
            #expect(try await bench.status(id) == "deleting")
            bench.clock.advance(.seconds(1))
            #expect(try await bench.status(id) == nil)
        }
    }

    @Test("P8: tokens live by the system's time, and what has to do with getting in is dated by it")
    func tokens() async throws {
        let identity = SandboxIdentity(
            user: "alice", password: "correct horse", project: "demo",
            applicationCredential: .init(id: "app-1", name: "robot", secret: "app-secret"), accessKey: .init(id: "AK", secret: "SK"),
            tokenLifetime: .seconds(600))
        let configuration = Fixture.configuration { ($0.identity, $0.clock) = (identity, Self.march) }
        let system = "Mon, 23 Nov 2026 20:16:34 GMT"
        try await Bench.run(configuration) { bench in
            let issued = try await bench.v3.post(
                "//identity/v3/auth/tokens",
                [
                    "auth": [
                        "identity": [
                            "methods": ["application_credential"], "application_credential": ["id": "app-1", "secret": "app-secret"],
                        ]
                    ]
                ])
            #expect(issued.status == 201 && issued.headers["date"] == system)
            #expect(issued.json["token"]?["expires_at"]?.stringValue?.hasPrefix("2026-11-23T20:26:34") == true)
            let token = ["X-Auth-Token": try #require(issued.headers["x-subject-token"])]
            #expect(try await bench.v3.put(Self.path, ["now": "2026-03-02T02:00:00Z"], token).status == 200)
            let answer = try await bench.v3.get("/snapshots", token)
            #expect(answer.status == 200 && answer.headers["date"] == "Mon, 02 Mar 2026 02:00:00 GMT")
            #expect(try await bench.v3.get("//").headers["date"] == system)
            #expect(try await bench.v3.get("//v3/", token).headers["date"] == system)
            let refused = try await bench.v3.get("/snapshots", ["X-Auth-Token": "none"])
            #expect(refused.status == 401 && refused.headers["date"] == system)
        }
    }

    // MARK: The data file

    @Test("The data file remembers the clock: the next server goes on with it, and ends what had begun at its time")
    func remembered() async throws {
        let (file, clock) = (TemporaryFile(), TestEnvironment())
        let id = try await Bench.run(Self.configuration(Self.march, file), clock: clock) { try await create($0) }
        clock.advance(.seconds(60))
        try await Bench.run(Self.configuration(nil, file), clock: clock) { bench in
            #expect(try await now(bench) == "2026-03-01T02:01:00Z")
            let snapshot = try await bench.v3.get("/snapshots/\(id)").json["snapshot"]
            #expect(snapshot?["updated_at"] == "2026-03-01T02:00:01.000000")
        }
        #expect(
            file.lines.prefix(2).map { $0["event"] } == ["format", "clock"] && file.lines[0]["at"] == "2026-03-01T02:00:00.000000")
        #expect(file.lines[1]["at"] == file.lines[0]["at"] && file.lines[1]["system"] == "2026-11-23T20:16:34.919148")
        let created = file.lines.first { $0["event"] == "created" }
        #expect(created?["at"] == "2026-03-01T02:00:00.000000" && created?["settles_at"] == "2026-11-23T20:16:35.919148")
    }

    @Test("A clock set at the start may not lie behind the last instant of the file; what had ended by then is of the time before")
    func setAtStart() async throws {
        let (file, clock) = (TemporaryFile(), TestEnvironment())
        let id = try await Bench.run(Self.configuration(Self.march, file), clock: clock) { try await create($0) }
        clock.advance(.seconds(60))
        let early = try SandboxInstant(parsing: "2026-03-01T02:00:00.5Z")
        await #expect(
            throws: SandboxError.clockBehind(path: file.path, wanted: early, shown: try SandboxInstant(parsing: "2026-03-01T02:00:01Z"))
        ) { try await Bench.run(Self.configuration(early, file), clock: clock) { _ in } }
        // Nobody has seen more of the minute that has passed.
        let later = try SandboxInstant(parsing: "2026-03-01T02:00:30Z")
        try await Bench.run(Self.configuration(later, file), clock: clock) { bench throws in
            #expect(try await now(bench) == "2026-03-01T02:00:30Z")
            #expect(
                try await bench.v3.get("/snapshots/\(id)").json["snapshot"]?["updated_at"] == "2026-03-01T02:00:01.000000")
        }
    }

    @Test("Lists of snapshots are in the order of the clock's nights")
    func nights() async throws {
        let file = TemporaryFile()
        try await Bench.run(Self.configuration(Self.march, file)) { bench in
            for night in 2...9 {
                _ = try await create(bench)
                #expect(try await set(bench, "2026-03-0\(night)T02:00:00Z") == 200)
            }
            let list = try await bench.v3.get("/snapshots/detail")
            guard case .array(let rows)? = list.json["snapshots"] else {
                Issue.record("no list")
                return
            }
            #expect(rows.map { $0["created_at"]?.stringValue?.prefix(10) } == (1...8).reversed().map { "2026-03-0\($0)" })
        }
    }

    // MARK: Instants

    @Test(
        "An instant has a date, a time and a zone, and is one of the calendar",
        arguments: [
            ("2026-03-01T02:00:00Z", "2026-03-01T02:00:00Z"), ("2024-02-29T23:59:59.25Z", "2024-02-29T23:59:59.250000Z"),
            ("2026-03-01T02:00:00+05:30", "2026-02-28T20:30:00Z"), ("2026-02-28T23:30:00-01:00", "2026-03-01T00:30:00Z"),
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"), ("2999-12-31T23:59:59Z", "2999-12-31T23:59:59Z"),
        ])
    func instant(_ text: String, _ expected: String) throws {
        #expect(try SandboxInstant(parsing: text).description == expected)
    }

    @Test(
        "Any other text is none",
        arguments: [
            "", "2026-03-01", "2026-03-01T02:00Z", "2026-03-01T02:00:00", "2026-03-01 02:00:00Z", "2026-02-30T02:00:00Z",
            "2026-03-01T24:00:00Z", "2026-03-01T02:60:00Z", "2026-03-01T02:00:00z", "2026-03-01T02:00:00.Z",
            "2026-03-01T02:00:00.1234567Z", "2026-03-01T02:00:00+24:00", "2026-03-01T02:00:00+1:00", "2026-03-01T02:00:00ZZ",
            "1969-12-31T23:59:59Z", "3000-01-01T00:00:00Z", "1970-01-01T00:00:00+01:00", "2026-03-01T02:00:00\u{661}",
            "２026-03-01T02:00:00Z",
        ])
    func noInstant(_ text: String) {
        #expect(throws: SandboxInstant.ParseError(text: text)) { try SandboxInstant(parsing: text) }
    }
}
