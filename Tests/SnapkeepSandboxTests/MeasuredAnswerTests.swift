import Testing

@testable import SnapkeepSandbox

/// The sandbox answers as a real Cinder 28.0.0 did. The bodies are measured ones; only ids and times are this test's own.
struct MeasuredAnswerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: String
        let path: String
        let body: String?
        var microversion: String? = nil
        let status: Int
        let answer: String
    }

    static let long = String(repeating: "n", count: 256)
    static let longValue = String(repeating: "v", count: 256)
    static let longKey = String(repeating: "k", count: 256)
    static let free = Fixture.freeVolume
    static let used = Fixture.usedVolume
    static let missing = Fixture.missing
    static let regex = "^[a-zA-Z0-9-_:. /]{1,255}$"
    static let forceWords =
        "[True, 'True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes', 'y', 't', False, 'False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no', 'n', 'f']"

    static func create(_ what: String, _ snapshot: String, mv: String? = nil, _ status: Int, _ answer: String) -> Case {
        Case(
            testDescription: what, method: "POST", path: "/snapshots", body: "{\"snapshot\": \(snapshot)}", microversion: mv,
            status: status, answer: answer)
    }

    static func bad(_ message: String) -> String {
        #"{"badRequest": {"code": 400, "message": "\#(message)"}}"#
    }

    static func created(
        volume: String = free, name: String, description: String = "null", metadata: String = "{}", size: Int = 1, more: String = ""
    ) -> String {
        #"{"snapshot": {"id": "00000000-0000-4000-9000-000000000002", "created_at": "2026-11-23T20:16:34.919148", "updated_at": null, "name": \#(name), "description": \#(description), "volume_id": "\#(volume)", "status": "creating", "size": \#(size), "metadata": \#(metadata)\#(more)}}"#
    }

    static let mv66 = #", "group_snapshot_id": null, "user_id": "sandbox", "consumes_quota": true"#
    static let cases: [Case] = [
        // What is accepted.
        create(
            "created", #"{"volume_id": "\#(free)", "name": "ok", "description": "d", "metadata": {"k": "v"}}"#, 202,
            created(name: #""ok""#, description: #""d""#, metadata: #"{"k": "v"}"#)),
        create("blanks around the name", #"{"volume_id": "\#(free)", "name": "  padded  "}"#, 202, created(name: #""padded""#)),
        create("name null, description null", #"{"volume_id": "\#(free)", "name": null, "description": null}"#, 202, created(name: "null")),
        create("name of version 1", #"{"volume_id": "\#(free)", "display_name": " old "}"#, 202, created(name: #""old""#)),
        create(
            "both names", #"{"volume_id": "\#(free)", "display_name": "old", "name": "new"}"#, 202, created(name: #""new""#)),
        create("metadata null", #"{"volume_id": "\#(free)", "metadata": null}"#, 202, created(name: "null")),
        create(
            "in-use, force true", #"{"volume_id": "\#(used)", "force": true, "name": "forced"}"#, 202,
            created(volume: used, name: #""forced""#, size: 2)),
        create(
            "in-use, force 'True'", #"{"volume_id": "\#(used)", "force": "True", "name": "forced2"}"#, 202,
            created(volume: used, name: #""forced2""#, size: 2)),
        create(
            "3.66, in-use, no force", #"{"volume_id": "\#(used)", "name": "mv"}"#, mv: "volume 3.66", 202,
            created(volume: used, name: #""mv""#, size: 2, more: mv66)),
        create(
            "3.66, in-use, force", #"{"volume_id": "\#(used)", "name": "mv", "force": true}"#, mv: "volume 3.66", 202,
            created(volume: used, name: #""mv""#, size: 2, more: mv66)),
        // What is refused.
        create(
            "missing volume", #"{"volume_id": "\#(missing)"}"#, 404,
            #"{"itemNotFound": {"code": 404, "message": "Volume \#(missing) could not be found."}}"#),
        create(
            "volume_id null", #"{"volume_id": null}"#, 404,
            #"{"itemNotFound": {"code": 404, "message": "Volume None could not be found."}}"#),
        create(
            "volume_id no UUID", #"{"volume_id": "nope"}"#, 400,
            bad("Invalid input for field/attribute volume_id. Value: nope. 'nope' is not valid under any of the given schemas")),
        create(
            "no volume_id", #"{"name": "x"}"#, 400,
            bad("Invalid input for field/attribute snapshot. Value: {'name': 'x'}. 'volume_id' is a required property")),
        create(
            "in-use, force false", #"{"volume_id": "\#(used)", "force": false}"#, 400,
            bad("Invalid volume: Volume \(used) status must be available, but current status is: in-use.")),
        create(
            "in-use, no force", #"{"volume_id": "\#(used)"}"#, 400,
            bad("Invalid volume: Volume \(used) status must be available, but current status is: in-use.")),
        create(
            "force 'maybe'", #"{"volume_id": "\#(free)", "force": "maybe"}"#, 400,
            bad("Invalid input for field/attribute force. Value: maybe. 'maybe' is not one of \(forceWords)")),
        create(
            "3.66, force false", #"{"volume_id": "\#(used)", "force": false}"#, mv: "volume 3.66", 400,
            bad(
                "Since microversion 3.66 the 'force' flag is invalid for this request.  For backward compatability, however, when the 'force' flag is passed with a value evaluating to True, it is silently ignored."
            )),
        create(
            "3.99", #"{"volume_id": "\#(free)"}"#, mv: "volume 3.99", 406,
            #"{"computeFault": {"code": 406, "message": "Version 3.99 is not supported by the API. Minimum is 3.0 and maximum is 3.71."}}"#),
        create(
            "name of 256", #"{"volume_id": "\#(free)", "name": "\#(long)"}"#, 400,
            bad("Invalid input for field/attribute name. Value: \(long). '\(long)' is too long")),
        create(
            "description of 256", #"{"volume_id": "\#(free)", "description": "\#(long)"}"#, 400,
            bad("Invalid input for field/attribute description. Value: \(long). '\(long)' is too long")),
        create(
            "metadata value a number", #"{"volume_id": "\#(free)", "metadata": {"k": 1}}"#, 400,
            bad("Invalid input for field/attribute k. Value: 1. 1 is not of type 'string'")),
        create(
            "metadata value of 256", #"{"volume_id": "\#(free)", "metadata": {"k": "\#(longValue)"}}"#, 400,
            bad("Invalid input for field/attribute k. Value: \(longValue). '\(longValue)' is too long")),
        create(
            "metadata key of 256", #"{"volume_id": "\#(free)", "metadata": {"\#(longKey)": "v"}}"#, 400,
            bad(
                "Invalid input for field/attribute metadata. Value: {'\(longKey)': 'v'}. '\(longKey)' does not match any of the regexes: '\(regex)'"
            )),
        create(
            "metadata key empty", #"{"volume_id": "\#(free)", "metadata": {"": "v"}}"#, 400,
            bad("Invalid input for field/attribute metadata. Value: {'': 'v'}. '' does not match any of the regexes: '\(regex)'")),
        create(
            "metadata a list", #"{"volume_id": "\#(free)", "metadata": []}"#, 400,
            bad("Invalid input for field/attribute metadata. Value: []. [] is not of type 'object', 'null'")),
        create(
            "unknown property", #"{"volume_id": "\#(free)", "bogus": 1}"#, 400,
            bad(
                "Invalid input for field/attribute snapshot. Value: {'volume_id': '\(free)', 'bogus': 1}. Additional properties are not allowed ('bogus' was unexpected)"
            )),
        Case(
            testDescription: "body not JSON", method: "POST", path: "/snapshots", body: "{nope", status: 400,
            answer: bad("Malformed request body")),
        Case(
            testDescription: "body without snapshot", method: "POST", path: "/snapshots", body: "{}", status: 400,
            answer: bad("'snapshot' is a required property")),
        Case(
            testDescription: "missing snapshot", method: "GET", path: "/snapshots/\(missing)", body: nil, status: 404,
            answer: #"{"itemNotFound": {"code": 404, "message": "Snapshot \#(missing) could not be found."}}"#),
        Case(
            testDescription: "deletion of a missing snapshot", method: "DELETE", path: "/snapshots/\(missing)", body: nil, status: 404,
            answer: #"{"itemNotFound": {"code": 404, "message": "Snapshot \#(missing) could not be found."}}"#),
        Case(
            testDescription: "another project", method: "GET", path: "//v3/ffffffffffffffffffffffffffffffff/snapshots", body: nil,
            status: 400, answer: bad("Malformed request url")),
    ]

    @Test("Each request gets the answer that a real Cinder gave, byte for byte", arguments: cases)
    func answer(_ measured: Case) async throws {
        try await Bench.run { bench in
            let headers = measured.microversion.map { ["OpenStack-API-Version": $0] } ?? [:]
            let answer = try await bench.v3.send(measured.method, measured.path, measured.body, headers)
            #expect(answer.status == measured.status)
            #expect(answer.body == measured.answer)
            #expect(answer.headers["content-type"] == "application/json")
        }
    }

    @Test("What is read back differs from the creation's answer: upstream's table keeps whole seconds")
    func showAndUpdate() async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["name": "ok", "description": "d", "metadata": ["k": "v"]])
            let show = try await bench.v3.get("/snapshots/\(id)")
            #expect(
                show.body
                    == #"{"snapshot": {"id": "\#(id)", "created_at": "2026-11-23T20:16:34.000000", "updated_at": "2026-11-23T20:16:35.000000", "name": "ok", "description": "d", "volume_id": "\#(Fixture.freeVolume)", "status": "available", "size": 1, "metadata": {"k": "v"}, "os-extended-snapshot-attributes:project_id": "\#(Fixture.project)", "os-extended-snapshot-attributes:progress": "100%"}}"#
            )
            let update = try await bench.v3.put("/snapshots/\(id)", ["snapshot": ["name": "renamed", "description": "e"]])
            #expect(update.status == 200)
            #expect(
                update.body
                    == #"{"snapshot": {"id": "\#(id)", "created_at": "2026-11-23T20:16:34.000000", "updated_at": "2026-11-23T20:16:35.000000", "name": "renamed", "description": "e", "volume_id": "\#(Fixture.freeVolume)", "status": "available", "size": 1, "metadata": {"k": "v"}}}"#
            )
            // The answer still has the time of the change before; the next show has the new one.
            #expect(try await bench.v3.get("/snapshots/\(id)").json["snapshot"]?["updated_at"] == "2026-11-23T20:16:36.000000")
            let nothing = try await bench.v3.put("/snapshots/\(id)", ["snapshot": [:]])
            #expect(
                nothing.body
                    == Self.bad("Invalid input for field/attribute snapshot. Value: {}. {} is not valid under any of the given schemas"))
            let replaced = try await bench.v3.put("/snapshots/\(id)/metadata", ["metadata": ["a": "b"]])
            #expect(replaced.body == #"{"metadata": {"a": "b"}}"#)
            let deleted = try await bench.v3.delete("/snapshots/\(id)")
            #expect(deleted.status == 202)
            #expect(deleted.body == "")
            #expect(deleted.headers["content-type"] == "text/html; charset=UTF-8")
        }
    }

    @Test("Beyond the quota of snapshots a creation is refused in Cinder's words, with no time to wait")
    func snapshotQuota() async throws {
        try await Bench.run(Fixture.configuration { $0.snapshotQuota = 1 }) { bench in
            _ = try await bench.available()
            let answer = try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(Fixture.freeVolume)]])
            #expect(answer.status == 413)
            #expect(answer.headers["retry-after"] == "0")
            #expect(
                answer.body
                    == #"{"overLimit": {"code": 413, "message": "SnapshotLimitExceeded: Maximum number of snapshots allowed (1) exceeded", "retryAfter": "0"}}"#
            )
        }
    }

    @Test("Without a good token the answer is Keystone's, and names where to log in", arguments: [nil, "gAAAAAbogus"])
    func token(_ token: String?) async throws {
        try await Bench.run(Fixture.configuration { $0.token = "good" }) { bench in
            let answer = try await bench.v3.get("/snapshots", token.map { ["X-Auth-Token": $0] } ?? [:])
            #expect(answer.status == 401)
            #expect(answer.headers["www-authenticate"] == "Keystone uri=\"http://127.0.0.1:\(bench.handle.port)/identity/v3\"")
            #expect(
                answer.body
                    == #"{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}"#
            )
            #expect(try await bench.v3.get("/snapshots", ["X-Auth-Token": "good"]).status == 200)
        }
    }
}
