import Testing

@testable import SnapkeepSandbox

/// Volumes that clients make and delete, in the words of the real service (measured).
struct VolumeLifeTests {
    private static let notDeletable =
        "Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be "
        + "migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer."

    private func make(_ bench: Bench, _ members: JSONValue) async throws -> String {
        let answer = try await bench.v3.post("/volumes", ["volume": members])
        #expect(answer.status == 202, "\(answer.body)")
        return try #require(answer.json["volume"]?["id"]?.stringValue)
    }

    private func status(_ bench: Bench, _ id: String) async throws -> String? {
        try await bench.v3.get("/volumes/\(id)").json["volume"]?["status"]?.stringValue
    }

    private func expectRefused(
        _ answer: RawClient.Answer, _ status: Int, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(answer.status == status, sourceLocation: sourceLocation)
        let fault = answer.json[status == 404 ? "itemNotFound" : status == 413 ? "overLimit" : "badRequest"]
        #expect(fault?["message"]?.stringValue == message, sourceLocation: sourceLocation)
    }

    @Test("A volume is creating, then available; deleting, then gone; each for its delay")
    func life() async throws {
        try await Bench.run { bench in
            // Lists come newest first.
            bench.clock.advance(.seconds(1))
            let answer = try await bench.v3.post(
                "/volumes", ["volume": ["name": " orders ", "size": 3, "description": "a\nb", "metadata": ["team": "a"]]])
            #expect(answer.status == 202)
            let volume = try #require(answer.json["volume"])
            #expect(volume["status"] == "creating")
            #expect(volume["name"] == "orders")
            #expect(volume["size"] == 3)
            #expect(volume["description"] == "a\nb")
            #expect(volume["metadata"] == ["team": "a"])
            #expect(volume["os-vol-tenant-attr:tenant_id"] == nil)
            let id = try #require(volume["id"]?.stringValue)
            expectRefused(
                try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(id)]]), 400,
                "Invalid volume: Volume \(id) status must be available, but current status is: creating.")
            expectRefused(try await bench.v3.delete("/volumes/\(id)"), 400, Self.notDeletable)
            bench.clock.advance(.milliseconds(999))
            #expect(try await status(bench, id) == "creating")
            bench.clock.advance(.milliseconds(1))
            #expect(try await status(bench, id) == "available")
            let listed = try await bench.v3.get("/volumes/detail?name=orders&status=available").json["volumes"]
            let shown = [try await bench.v3.get("/volumes/\(id)"), try await bench.v3.get("/volumes/\(Fixture.freeVolume)")]
            #expect(listed == .array(shown.compactMap { $0.json["volume"] }))
            let deletion = try await bench.v3.delete("/volumes/\(id)")
            #expect(deletion.status == 202)
            #expect(deletion.body.isEmpty)
            #expect(try await status(bench, id) == "deleting")
            expectRefused(try await bench.v3.delete("/volumes/\(id)"), 400, Self.notDeletable)
            bench.clock.advance(.seconds(1))
            expectRefused(try await bench.v3.get("/volumes/\(id)"), 404, "Volume \(id) could not be found.")
            expectRefused(try await bench.v3.delete("/volumes/\(id)"), 404, "Volume \(id) could not be found.")
        }
    }

    @Test("A volume with snapshots is kept; with cascade, and always at Huawei, they go with it")
    func snapshots() async throws {
        for (dialect, query, goes) in [(SandboxDialect.openstack, "", false), (.openstack, "?cascade=true", true), (.huawei, "", true)] {
            try await Bench.run(Fixture.configuration { $0.dialect = dialect }) { bench in
                let snapshot = try await bench.available()
                let answer = try await bench.v3.delete("/volumes/\(Fixture.freeVolume)\(query)")
                guard goes else {
                    expectRefused(answer, 400, Self.notDeletable)
                    #expect(try await bench.status(snapshot) == "available")
                    return
                }
                #expect(answer.status == 202)
                #expect(try await bench.status(snapshot) == "deleting")
                bench.clock.advance(.seconds(1))
                #expect(try await bench.status(snapshot) == nil)
                #expect(try await status(bench, Fixture.freeVolume) == nil)
            }
        }
    }

    @Test("What is attached, or was never there, is not deleted; a volume that is made up on demand is, and stays so")
    func refusedDeletions() async throws {
        try await Bench.run(Fixture.configuration { $0.madeUpVolumes = true }) { bench in
            expectRefused(try await bench.v3.delete("/volumes/\(Fixture.usedVolume)"), 400, Self.notDeletable)
            expectRefused(try await bench.v3.delete("/volumes/orders"), 404, "Volume orders could not be found.")
            expectRefused(
                try await bench.v3.delete("/volumes/\(Fixture.freeVolume)?cascade=perhaps"), 400,
                "Value 'perhaps' for 'cascade' is not a boolean.")
            #expect(try await bench.v3.delete("/volumes/\(Fixture.missing)").status == 202)
            bench.clock.advance(.seconds(1))
            expectRefused(try await bench.v3.get("/volumes/\(Fixture.missing)"), 404, "Volume \(Fixture.missing) could not be found.")
        }
    }

    @Test("A volume is made from a snapshot that rests, as large or larger")
    func fromSnapshot() async throws {
        try await Bench.run { bench in
            let volume = try await make(bench, ["size": 2])
            bench.clock.advance(.seconds(1))
            let made = try await bench.v3.post("/snapshots", ["snapshot": ["volume_id": .string(volume)]])
            let snapshot = try #require(made.json["snapshot"]?["id"])
            expectRefused(
                try await bench.v3.post("/volumes", ["volume": ["snapshot_id": snapshot]]), 400,
                "Invalid snapshot: Originating snapshot status must be one of 'available' values")
            bench.clock.advance(.seconds(1))
            expectRefused(
                try await bench.v3.post("/volumes", ["volume": ["snapshot_id": snapshot, "size": 1]]), 400,
                "Invalid input received: Volume size '1'GB cannot be smaller than the snapshot size 2GB. They must be >= original snapshot size."
            )
            let restored = try await make(bench, ["snapshot_id": snapshot])
            let shown = try await bench.v3.get("/volumes/\(restored)").json["volume"]
            #expect(shown?["size"] == 2)
            #expect(shown?["snapshot_id"] == snapshot)
            #expect(shown?["name"] == .null)
            expectRefused(
                try await bench.v3.post("/volumes", ["volume": ["snapshot_id": .string(Fixture.missing)]]), 404,
                "Snapshot \(Fixture.missing) could not be found.")
        }
    }

    /// A body that is refused, and the message.
    struct Refusal: Sendable, CustomTestStringConvertible {
        let body: JSONValue
        let message: String
        var status = 400
        var version: String?
        var testDescription: String { message }
    }

    @Test(
        "A volume that cannot be made is refused in Cinder's words",
        arguments: [
            Refusal(
                body: ["volume": [:]],
                message: "The server could not comply with the request since it is either malformed or otherwise incorrect."),
            Refusal(body: [:], message: "'volume' is a required property"),
            Refusal(
                body: ["volume": ["size": 0]], message: "Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1"),
            Refusal(
                body: ["volume": ["size": "0"]],
                message: "Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1"),
            Refusal(
                body: ["volume": ["size": "x"]], message: "Invalid input for field/attribute size. Value: x. 'x' does not match '^[0-9]+$'"),
            Refusal(
                body: ["volume": ["size": true]],
                message: "Invalid input for field/attribute size. Value: True. True is not of type 'integer', 'string', 'null'"),
            Refusal(
                body: ["volume": ["size": 2_147_483_648]],
                message: "Invalid input for field/attribute size. Value: 2147483648. 2147483648 is greater than the maximum of 2147483647"),
            Refusal(body: ["volume": ["size": 1, "availability_zone": "x"]], message: "Availability zone 'x' is invalid."),
            Refusal(
                body: ["volume": ["size": 1, "volume_type": "fast"]], message: "Volume type with name fast could not be found.", status: 404
            ),
            Refusal(
                body: ["volume": ["size": 1, "name": 7]],
                message: "Invalid input for field/attribute name. Value: 7. 7 is not of type 'string', 'null'"),
            Refusal(
                body: ["volume": ["size": 1, "name": .string(String(repeating: "n", count: 256))]],
                message: "Invalid input received: name has 256 characters, more than 255."),
            Refusal(
                body: ["volume": ["size": 1, "snapshot_id": "x"]],
                message: "Invalid input for field/attribute snapshot_id. Value: x. 'x' is not valid under any of the given schemas"),
            Refusal(body: ["volume": ["size": 1], "more": 1], message: "Additional properties are not allowed ('more' was unexpected)"),
            Refusal(
                body: ["volume": ["size": 1, "colour": "red"]],
                message:
                    "Invalid input for field/attribute volume. Value: {'size': 1, 'colour': 'red'}. Additional properties are not allowed ('colour' was unexpected)",
                version: "volume 3.53"),
            Refusal(
                body: ["volume": ["size": 11]],
                message:
                    "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 11G, quota is 10G and 3G has been consumed.",
                status: 413),
        ])
    func refusedCreations(_ refusal: Refusal) async throws {
        try await Bench.run(Fixture.configuration { $0.gigabytesQuota = 10 }) { bench in
            let headers = refusal.version.map { ["OpenStack-API-Version": $0] } ?? [:]
            expectRefused(try await bench.v3.post("/volumes", refusal.body, headers), refusal.status, refusal.message)
            // Below 3.53 the same is taken.
            if refusal.version != nil { #expect(try await bench.v3.post("/volumes", refusal.body).status == 202) }
        }
    }

    /// Links name the port, which differs.
    private static func withoutLinks(_ text: String) -> [Substring] { text.split(separator: "\"").filter { !$0.hasPrefix("http") } }

    @Test("P2: what a client made of volumes outlives the server, and what it deleted stays deleted")
    func replay() async throws {
        let file = TemporaryFile()
        let clock = TestEnvironment()
        let configuration = Fixture.configuration { $0.dataFile = file.path }
        let before = try await Bench.run(configuration, clock: clock) { bench in
            let kept = try await make(bench, ["size": 1, "description": "d", "metadata": ["k": "v"]])
            _ = try await make(bench, ["size": 1, "name": "broken", "metadata": ["sandbox.fail": "create"]])
            let stuck = try await make(bench, ["size": 1, "name": "stuck", "metadata": ["sandbox.fail": "delete"]])
            let slow = try await make(bench, ["size": 1, "name": "slow", "metadata": ["sandbox.delay": "60"]])
            bench.clock.advance(.seconds(2))
            #expect(try await bench.v3.delete("/volumes/\(Fixture.freeVolume)").status == 202)
            #expect(try await bench.v3.delete("/volumes/\(stuck)").status == 202)
            bench.clock.advance(.seconds(2))
            #expect(try await status(bench, kept) == "available")
            #expect(try await status(bench, stuck) == "error_deleting")
            #expect(try await status(bench, slow) == "creating")
            return try await bench.v3.get("/volumes/detail").body
        }
        try await Bench.run(configuration, clock: clock) { bench in
            let after = try await bench.v3.get("/volumes/detail").body
            #expect(Self.withoutLinks(after) == Self.withoutLinks(before))
            let deleted = try await status(bench, Fixture.freeVolume)
            #expect(deleted == nil)
        }
    }
}
