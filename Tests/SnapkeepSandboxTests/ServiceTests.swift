import Testing

@testable import SnapkeepSandbox

/// Volumes, quotas, versions, the other dialect, and how a server ends.
struct ServiceTests {
    @Test("A volume shows its attachment; a list shows ids and names, a detailed one all, and goes on behind a marker")
    func volumes() async throws {
        try await Bench.run { bench in
            let show = try await bench.v3.get("/volumes/\(Fixture.usedVolume)").json["volume"]
            #expect(show?["name"] == "billing")
            #expect(show?["size"] == 2)
            #expect(show?["status"] == "in-use")
            #expect(show?["bootable"] == "false")
            guard case .array(let attachments)? = show?["attachments"] else {
                Issue.record("no attachments")
                return
            }
            #expect(attachments.first?["server_id"] == "5aa119a8-d25b-45a7-8d1b-88e127885635")
            let list = try await bench.v2.get("/volumes?name=orders").json["volumes"]
            guard case .array(let rows)? = list, case .object(let members)? = rows.first else {
                Issue.record("no list")
                return
            }
            #expect(members.map(\.name) == ["id", "name", "links"])
            #expect(rows.count == 1)
            let page = try await bench.v3.get("/volumes/detail?limit=1").json
            guard case .array(let first)? = page["volumes"], let id = first.first?["id"]?.stringValue else {
                Issue.record("no page")
                return
            }
            #expect(page["volumes_links"] != nil)
            let rest = try await bench.v3.get("/volumes/detail?marker=\(id)").json
            #expect(
                Set(
                    [id]
                        + (rest["volumes"].map { value in
                            guard case .array(let rows) = value else { return [] }
                            return rows.compactMap { $0["id"]?.stringValue }
                        } ?? [])) == [Fixture.freeVolume, Fixture.usedVolume])
            #expect(try await bench.v3.get("/volumes/\(Fixture.missing)").status == 404)
        }
    }

    @Test("Where volumes are made up, every id is one, the same each time; only one that was taken away is none")
    func madeUpVolumes() async throws {
        try await Bench.run(Fixture.configuration { $0.madeUpVolumes = true }) { bench in
            let first = try await bench.v3.get("/volumes/\(Fixture.missing)")
            let second = try await bench.v3.get("/volumes/\(Fixture.missing)")
            #expect(first.status == 200)
            #expect(first.body == second.body)
            let size = try #require(first.json["volume"]?["size"]?.integerValue)
            let created = try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(Fixture.missing)]])
            #expect(created.json["snapshot"]?["size"] == .integer(size))
            #expect(try await bench.v3.get("/volumes/nonsense").status == 404)
            try await bench.handle.vanish(volume: Fixture.missing)
            #expect(try await bench.v3.get("/volumes/\(Fixture.missing)").status == 404)
            #expect(await bench.handle.snapshots().isEmpty)
        }
    }

    @Test("Quotas and limits count the snapshots, and their gigabytes with those of the volumes")
    func quotasAndLimits() async throws {
        try await Bench.run(Fixture.configuration { $0.snapshotQuota = 10 }) { bench in
            _ = try await bench.available()
            let usage = try await bench.v3.get("/os-quota-sets/\(Fixture.project)?usage=True").json["quota_set"]
            #expect(usage?["snapshots"] == ["limit": 10, "in_use": 1, "reserved": 0])
            // Two volumes of 3 GiB together, and a snapshot of 1.
            #expect(usage?["gigabytes"] == ["limit": -1, "in_use": 4, "reserved": 0])
            #expect(try await bench.v2.get("/os-quota-sets/\(Fixture.project)").json["quota_set"]?["snapshots"] == 10)
            let absolute = try await bench.v3.get("/limits").json["limits"]?["absolute"]
            #expect(absolute?["maxTotalSnapshots"] == 10)
            #expect(absolute?["totalSnapshotsUsed"] == 1)
            #expect(absolute?["totalGigabytesUsed"] == 4)
        }
    }

    @Test("The list of versions needs no token, and its success is 300; upstream a single version needs one")
    func discovery() async throws {
        try await Bench.run(Fixture.configuration { $0.token = "t" }) { bench in
            let all = try await bench.v3.get("//")
            #expect(all.status == 300)
            guard case .array(let versions)? = all.json["versions"] else {
                Issue.record("no versions")
                return
            }
            #expect(versions.map { $0["id"] } == ["v2.0", "v3.0"])
            #expect(versions.map { $0["version"] } == ["", "3.71"])
            #expect(versions.map { $0["status"] } == ["DEPRECATED", "CURRENT"])
            #expect(try await bench.v3.get("//v3/").status == 401)
            let one = try await bench.v3.get("//v3/", ["X-Auth-Token": "t"])
            #expect(one.status == 200)
            #expect(one.headers["openstack-api-version"] == "volume 3.0")
            let redirection = try await bench.v3.get("//v3", ["X-Auth-Token": "t"])
            #expect(redirection.status == 302)
            #expect(redirection.headers["location"] == "http://127.0.0.1:\(bench.handle.port)/v3/")
            #expect(try await bench.v3.post("//v3/", [:], ["X-Auth-Token": "t"]).status == 400)
            #expect(try await bench.v3.post("//", [:]).status == 400)
            let head = try await bench.v3.send("HEAD", "//", nil)
            #expect(head.status == 300)
            #expect(head.body == "")
        }
        try await Bench.run(
            Fixture.configuration {
                $0.token = "t"
                $0.dialect = .huawei
            }
        ) { bench in
            let (third, second) = (try await bench.v3.get("//v3/"), try await bench.v3.get("//v2"))
            #expect(third.status == 200)
            #expect(second.status == 200)
        }
    }

    @Test(
        "v3 works without the project in the path, v2 does not; both refuse another project",
        arguments: [
            ("GET", "//v3/snapshots", 200), ("GET", "//v3/snapshots/\(Fixture.missing)", 404), ("GET", "//v2/snapshots", 404),
            ("GET", "//v2/other/snapshots", 400), ("GET", "//v3/other/volumes", 400), ("GET", "/nothing", 404),
            ("PATCH", "/snapshots", 404),
        ])
    func path(_ method: String, _ path: String, _ status: Int) async throws {
        try await Bench.run { bench in
            let answer = try await bench.v3.send(method, path, nil)
            #expect(answer.status == status)
        }
    }

    struct Version: Sendable, CustomTestStringConvertible {
        let header: String?
        let status: Int
        var echo: String? = nil
        var testDescription: String { header ?? "none" }
    }

    @Test(
        "A microversion that is taken or refused is echoed, one that is no version is not; v2 does not look at it",
        arguments: [
            Version(header: nil, status: 200, echo: "volume 3.0"),
            Version(header: "volume 3.27", status: 200, echo: "volume 3.27"),
            Version(header: "compute 2.1, volume 3.5", status: 200, echo: "volume 3.5"),
            Version(header: "volume latest", status: 200, echo: "volume 3.64"),
            // A refused version is named, too, unless it is older than all.
            Version(header: "volume 3.65", status: 406, echo: "volume 3.65"),
            Version(header: "volume 4.0", status: 406, echo: "volume 4.0"),
            Version(header: "volume 2.0", status: 406),
            Version(header: "volume 3", status: 400), Version(header: "volume three", status: 400),
            Version(header: "volume 3.01", status: 400), Version(header: "volume", status: 400),
            Version(header: "compute 2.1", status: 400),
            Version(header: "3.27", status: 400), Version(header: "Volume 3.27", status: 400),
        ])
    func microversion(_ version: Version) async throws {
        try await Bench.run(Fixture.configuration { $0.maxMinorVersion = 64 }) { bench in
            let headers = version.header.map { ["OpenStack-API-Version": $0] } ?? [:]
            let answer = try await bench.v3.get("/snapshots", headers)
            #expect(answer.status == version.status)
            #expect(answer.headers["openstack-api-version"] == version.echo)
            #expect(answer.headers["vary"] == (version.echo == nil ? nil : "OpenStack-API-Version"))
            // v2 has no microversions and does not look.
            let old = try await bench.v2.get("/snapshots", headers)
            #expect(old.status == 200)
            #expect(old.headers["openstack-api-version"] == nil)
        }
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: String
        let path: String
        var body: String? = nil
        let status: Int
        let code: String
    }

    @Test(
        "Huawei refuses in its own envelope and by its own codes (CloudAPI#errors, CloudAPI#codes)",
        arguments: [
            Refused(
                testDescription: "missing snapshot", method: "GET", path: "/snapshots/\(Fixture.missing)", status: 404, code: "EVS.5404"),
            Refused(testDescription: "bad snapshot id", method: "GET", path: "/snapshots/nope", status: 400, code: "EVS.2045"),
            Refused(
                testDescription: "bad volume id", method: "POST", path: "/snapshots", body: #"{"snapshot": {"volume_id": "x"}}"#,
                status: 400,
                code: "EVS.1002"),
            Refused(
                testDescription: "name of 256 bytes", method: "POST", path: "/snapshots",
                body: #"{"snapshot": {"volume_id": "\#(Fixture.freeVolume)", "name": "\#(String(repeating: "é", count: 128))"}}"#,
                status: 400,
                code: "EVS.1003"),
            Refused(
                testDescription: "bad metadata", method: "POST", path: "/snapshots",
                body: #"{"snapshot": {"volume_id": "\#(Fixture.freeVolume)", "metadata": {"k": 1}}}"#, status: 400, code: "EVS.1025"),
            Refused(testDescription: "page too long", method: "GET", path: "/snapshots?limit=1001", status: 400, code: "EVS.2142"),
            Refused(testDescription: "bad marker", method: "GET", path: "/snapshots?marker=x", status: 400, code: "EVS.1024"),
            Refused(testDescription: "another project", method: "GET", path: "//v2/other/snapshots", status: 400, code: "Common.0018"),
            Refused(
                testDescription: "quota", method: "POST", path: "/snapshots",
                body: #"{"snapshot": {"volume_id": "\#(Fixture.freeVolume)"}}"#,
                status: 413, code: "EVS.5413"),
        ])
    func huawei(_ refused: Refused) async throws {
        let configuration = Fixture.configuration {
            $0.dialect = .huawei
            $0.snapshotQuota = 0
        }
        try await Bench.run(configuration) { bench in
            let answer = try await bench.v2.send(refused.method, refused.path, refused.body)
            #expect(answer.status == refused.status)
            #expect(answer.json["error"]?["code"] == .string(refused.code))
            #expect(answer.json["error"]?["message"]?.stringValue?.isEmpty == false)
            #expect(answer.headers["x-request-id"]?.hasPrefix("req-") == true)
            #expect(answer.headers["x-openstack-request-id"] == nil)
        }
    }

    @Test("Huawei keeps the fraction of a second")
    func huaweiKeepsTheFraction() async throws {
        try await Bench.run(Fixture.configuration { $0.dialect = .huawei }) { bench in
            let id = try await bench.available()
            let snapshot = try await bench.v2.get("/snapshots/\(id)").json["snapshot"]
            #expect(snapshot?["created_at"] == "2026-11-23T20:16:34.919148")
        }
    }

    @Test("Each answer has a request's id of its own, under both names")
    func requestIDs() async throws {
        try await Bench.run { bench in
            let first = try await bench.v3.get("/snapshots").headers
            let second = try await bench.v3.get("/snapshots/\(Fixture.missing)").headers
            #expect(first["x-openstack-request-id"] == "req-00000000-0000-4000-9000-000000000001")
            #expect(second["x-openstack-request-id"] == "req-00000000-0000-4000-9000-000000000002")
            #expect(first["x-compute-request-id"] == first["x-openstack-request-id"])
        }
    }

    @Test("Cancelling the server's task ends it, and a request that is being served still gets its answer", .timeLimit(.minutes(10)))
    func cancellation() async throws {
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        var environment = SandboxEnvironment()
        environment.sleep = { _ in
            enter.yield()
            try? await Task.sleep(for: .seconds(3600))
        }
        let configuration = Fixture.configuration { $0.faults = [.init(when: .range(from: 1, to: nil), kind: .slowAfter(.seconds(3600)))] }
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        let server = SandboxServer(configuration: configuration, environment: environment)
        let answer = try await withThrowingTaskGroup(of: RawClient.Answer?.self) { group in
            let serving = Task { try await server.run { port, _ in ready.yield(port) } }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            group.addTask { try await RawClient(port: port, base: "/v3").get("/snapshots") }
            for await _ in entered { break }
            serving.cancel()
            _ = try await serving.value
            return try await group.next() ?? nil
        }
        #expect(answer?.status == 200)
        #expect(answer?.body == #"{"snapshots": []}"#)
    }

    @Test("Draining ends waits, lets none begin, and lasts until the last request is over", .timeLimit(.minutes(10)))
    func drain() async {
        let traffic = Traffic()
        var visits = [traffic.enter(), traffic.enter()]
        await withTaskGroup { group in
            let (entered, enter) = AsyncStream.makeStream(of: Void.self)
            group.addTask {
                await traffic.wait {
                    enter.yield()
                    try? await Task.sleep(for: .seconds(3600))
                }
            }
            for await _ in entered { break }
            group.addTask { await traffic.drain() }
            // The wait ends although requests are in flight; the drain does not.
            await group.next()
            visits.removeAll()
            await group.next()
        }
        #expect(visits.isEmpty)
        await traffic.wait { Issue.record("waited after the end") }
    }
}
