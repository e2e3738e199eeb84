import Testing

@testable import SnapkeepSandbox

/// The status machine (CloudAPI#statuses), driven by a clock that the test moves.
struct LifecycleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var metadata: JSONValue = [:]
        /// The states seen right after the call, just before the delay has passed, and when it has.
        let seen: [String?]
    }

    static let creations = [
        Case(testDescription: "plain", seen: ["creating", "creating", "available"]),
        Case(testDescription: "fails", metadata: ["sandbox.fail": "create"], seen: ["creating", "creating", "error"]),
        Case(testDescription: "vanishes", metadata: ["sandbox.fail": "vanish"], seen: ["creating", "creating", nil]),
        Case(testDescription: "is slow", metadata: ["sandbox.delay": "2.5"], seen: ["creating", "creating", "creating"]),
    ]

    @Test("A creation settles after its delay as its metadata asks", arguments: creations)
    func creation(_ example: Case) async throws {
        try await Bench.run { bench in
            let wish: JSONValue = ["snapshot": ["volume_id": .string(Fixture.freeVolume), "metadata": example.metadata]]
            let id = try #require(try await bench.v3.post("/snapshots", wish).json["snapshot"]?["id"]?.stringValue)
            var seen = [try await bench.status(id)]
            bench.clock.advance(.milliseconds(999))
            seen.append(try await bench.status(id))
            bench.clock.advance(.milliseconds(1))
            seen.append(try await bench.status(id))
            #expect(seen == example.seen)
            bench.clock.advance(.milliseconds(2500))
            #expect(try await bench.status(id) == (example.seen[2] == "creating" ? "available" : example.seen[2]))
        }
    }

    static let deletions = [
        Case(testDescription: "plain", seen: ["deleting", "deleting", nil]),
        Case(testDescription: "fails", metadata: ["sandbox.fail": "delete"], seen: ["deleting", "deleting", "error_deleting"]),
        // A back end with dependent volumes takes the deletion back (CloudAPI#delete).
        Case(testDescription: "busy", metadata: ["sandbox.fail": "busy"], seen: ["deleting", "deleting", "available"]),
        Case(testDescription: "after a failed creation", metadata: ["sandbox.fail": "create"], seen: ["deleting", "deleting", nil]),
    ]

    @Test("A deletion settles after its delay as the creation's metadata asked", arguments: deletions)
    func deletion(_ example: Case) async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["metadata": example.metadata])
            #expect(try await bench.v3.delete("/snapshots/\(id)").status == 202)
            var seen = [try await bench.status(id)]
            bench.clock.advance(.milliseconds(999))
            seen.append(try await bench.status(id))
            bench.clock.advance(.milliseconds(1))
            seen.append(try await bench.status(id))
            #expect(seen == example.seen)
        }
    }

    @Test("A snapshot that a volume stands on is not deleted, and stays available")
    func dependents() async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["metadata": ["sandbox.fail": "dependent"]])
            let refused = try await bench.v3.delete("/snapshots/\(id)")
            #expect(refused.status == 400)
            #expect(refused.body.contains("that has dependent volumes"))
            #expect(try await bench.status(id) == "available")
        }
    }

    @Test("Only a snapshot that rests in available or error can be deleted")
    func deletionIsRefusedWhileBusy() async throws {
        try await Bench.run { bench in
            let refusal =
                #"{"badRequest": {"code": 400, "message": "Invalid snapshot: Snapshot status must be available or error and must not be part of a group."}}"#
            let wish: JSONValue = ["snapshot": ["volume_id": .string(Fixture.freeVolume), "metadata": ["sandbox.fail": "delete"]]]
            let id = try #require(try await bench.v3.post("/snapshots", wish).json["snapshot"]?["id"]?.stringValue)
            let creating = try await bench.v3.delete("/snapshots/\(id)")
            #expect(creating.status == 400)
            #expect(creating.body == refusal)
            bench.clock.advance(.seconds(1))
            #expect(try await bench.v3.delete("/snapshots/\(id)").status == 202)
            #expect(try await bench.v3.delete("/snapshots/\(id)").body == refusal)
            bench.clock.advance(.seconds(1))
            #expect(try await bench.status(id) == "error_deleting")
            #expect(try await bench.v3.delete("/snapshots/\(id)").body == refusal)
        }
    }

    @Test("Snapshots of a failing volume end in error")
    func failingVolume() async throws {
        try await Bench.run(Fixture.configuration { $0.failingVolumes = [Fixture.freeVolume] }) { bench in
            let id = try await bench.available()
            #expect(try await bench.status(id) == "error")
        }
    }

    @Test("An update changes only what it names, clears with null or an empty text, and refuses other fields")
    func update() async throws {
        try await Bench.run { bench in
            let id = try await bench.available(["name": "a", "description": "b"])
            let renamed = try await bench.v3.put("/snapshots/\(id)", ["snapshot": ["name": " c "]]).json["snapshot"]
            #expect(renamed?["name"] == "c")
            #expect(renamed?["description"] == "b")
            let cleared = try await bench.v2.put("/snapshots/\(id)", ["snapshot": ["description": nil]]).json["snapshot"]
            #expect(cleared?["name"] == "c")
            #expect(cleared?["description"] == JSONValue.null)
            #expect(try await bench.v3.put("/snapshots/\(id)", ["snapshot": ["name": "d", "metadata": [:]]]).status == 400)
            #expect(try await bench.v3.put("/snapshots/\(Fixture.missing)", ["snapshot": ["name": "d"]]).status == 404)
        }
    }

    @Test(
        "A description holds printable characters of the first plane only; a name is not held to that (CloudAPI#texts)",
        arguments: ["line\nbreak", "tab\there", "\u{1F4BE}", "zero\u{200B}width"])
    func description(_ text: String) async throws {
        try await Bench.run { bench in
            let wish = { (field: String) -> JSONValue in
                ["snapshot": .object([JSONMember("volume_id", .string(Fixture.freeVolume)), JSONMember(field, .string(text))])]
            }
            let refused = try await bench.v3.post("/snapshots", wish("description"))
            #expect(refused.status == 400)
            #expect(try await bench.v3.post("/snapshots", wish("name")).status == 202)
        }
    }

    @Test("A snapshot counts with its volume's size, and is refused beyond the quota of gigabytes")
    func gigabytesQuota() async throws {
        // 3 GiB of volumes; one snapshot of 1 GiB fits, a second does not.
        try await Bench.run(Fixture.configuration { $0.gigabytesQuota = 4 }) { bench in
            _ = try await bench.available()
            let answer = try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(Fixture.freeVolume)]])
            #expect(answer.status == 413)
            #expect(answer.json["overLimit"]?["retryAfter"] == "0")
            #expect(answer.body.contains("Requested 1G, quota is 4G and 4G has been consumed."))
        }
    }
}
