import Foundation
import Testing

/// `simulate`, as a person types it: no cloud, no lock, nothing written.
@Suite struct SimulateTests {
    private let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.write("snapshots.yaml", Self.manifest)
    }

    private static let manifest = """
        stack: tests
        volumes:
          orders-db: 5aa119a8-d25b-45a7-8d1b-88e127885635
          billing: 9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55
        rotations:
          - name: nightly
            volumes: [orders-db, billing]
            every: day
            at: "02:00"
            timezone: UTC
            keep: {daily: 3, weekly: 2}
          - name: weekly
            volumes: [billing]
            every: week
            timezone: UTC
            keep: {weekly: 2}

        """

    private func document(_ outcome: Workspace.Outcome) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.output)")
    }

    private static let october = ["simulate", "--from", "2026-10-01", "--until", "2026-10-31"]

    @Test("P4: it opens no connection and writes nothing, whatever settings there are")
    func offline() throws {
        let before = try workspace.contents()
        let outcome = try workspace.run(Self.october, environment: ["OS_CLOUD": "none", "OS_AUTH_URL": "http://127.0.0.1:1"])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        #expect(outcome.output.contains("nightly · orders-db, billing · daily 3, weekly 2 · at most 5 at once"))
        #expect(try workspace.contents() == before)
        // A state that another run holds is read all the same.
        try workspace.run("apply", "--sandbox", "-y", "--now", "2026-10-03T02:00:00Z")
        let held = try workspace.shell(
            "exec 9<>snapkeep.sandbox.json.lock && flock 9 && \"$SNAPKEEP\" \(Self.october.joined(separator: " ")) --recorded --sandbox")
        #expect(held.status == 0, "\(held.errors)")
    }

    @Test func `what programs read: each rotation and volume, oldest first, and what comes together on a volume`() throws {
        let outcome = try workspace.run(Self.october + ["--json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        GoldenScreen.expect(outcome.output, is: "json-simulate.json")
        let document = try document(outcome)
        #expect(document["format"] as? String == "snapkeep.simulation" && document["exit_code"] as? Int == 0)
        let rotations = try #require(document["rotations"] as? [[String: Any]])
        let kept = try #require(rotations.first?["kept"] as? [[String: Any]])
        #expect(kept.first?["period"] as? String == "2026-10-25" && kept.first?["reasons"] as? [String] == ["weekly 2"])
        #expect(rotations.map { $0["peak"] as? Int } == [5, 5, 3])
    }

    @Test func `a volume that comes to more than the cloud takes is a finding at what is kept, and exit code 1`() throws {
        try workspace.write("snapshots.yaml", "limits: {snapshots_per_volume: 5}\n" + Self.manifest)
        let outcome = try workspace.run(Self.october)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("nightly · orders-db, billing · daily 3, weekly 2 · at most 5 at once (cap 5)\n"))
        #expect(outcome.output.contains("billing · nightly and weekly together · at most 7 at once (cap 5: does not fit)\n"))
        #expect(outcome.output.hasSuffix("cap 5: 1 of 2 do not fit\n"))
        GoldenScreen.expect(outcome.errors, is: "simulate-over-limit.txt")
        let document = try document(workspace.run(Self.october + ["--json"]))
        #expect(document["exit_code"] as? Int == 1)
        #expect((document["diagnostics"] as? [[String: Any]])?.first?["code"] as? String == "over-limit")
        // Only what was asked for is held against it.
        #expect(try workspace.run(Self.october + ["--volume", "orders-db"]).status == 0)
    }

    @Test func `it begins with what is recorded where that is asked for`() throws {
        try workspace.run("apply", "--sandbox", "-y", "--now", "2026-09-30T02:00:00Z")
        let arguments = ["simulate", "--from", "2026-10-01", "--until", "2026-10-02", "--rotation", "nightly", "--json"]
        func periods(_ more: String...) throws -> [[String]] {
            let rotations = try #require(try document(workspace.run(arguments + more))["rotations"] as? [[String: Any]])
            return rotations.map { ($0["kept"] as? [[String: Any]] ?? []).compactMap { $0["period"] as? String } }
        }
        #expect(try periods() == Array(repeating: ["2026-10-01", "2026-10-02"], count: 2))
        #expect(try periods("--recorded", "--sandbox") == Array(repeating: ["2026-09-30", "2026-10-01", "2026-10-02"], count: 2))
        #expect(try periods("--missed", "2026-10-01") == Array(repeating: ["2026-10-02"], count: 2))
        let none = try workspace.run(arguments + ["--recorded"])
        #expect(none.status == 1 && none.errors.contains("there is no state yet"), "\(none.errors)")
    }

    @Test func `without dates it is a year from the day of --now on`() throws {
        let document = try document(workspace.run("simulate", "--now", "2028-02-29T12:00:00Z", "--json"))
        #expect(document["from"] as? String == "2028-02-29" && document["until"] as? String == "2029-02-27")
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        let words: String
        let status: Int32
        let told: String
        var testDescription: String { words }
        init(_ words: String, _ status: Int32, _ told: String) { (self.words, self.status, self.told) = (words, status, told) }
    }

    @Test(
        "P9: what makes no sense is told with a way on",
        arguments: [
            Mistake("--from 2026-10-02 --until 2026-10-01", 64, "the last day, 2026-10-01, comes before the first, 2026-10-02"),
            Mistake("--from 2026-10-02 --until 2126-10-02", 64, "2026-10-02 to 2126-10-02 is more than 100 years"),
            Mistake("--from 2026-10-32", 64, "2026-10-32"),
            Mistake("--missed 2026-10-05..2026-10-01", 64, "2026-10-05..2026-10-01"),
            Mistake("--rotation nigthly", 1, "did you mean 'nightly'?"),
            Mistake("--volume orders", 1, "no rotation that is asked for has a volume 'orders'"),
            Mistake("--volume orders-bd", 1, "did you mean 'orders-db'?"),
            Mistake("--rotation weekly --volume orders-db", 1, "no rotation that is asked for has a volume 'orders-db'"),
        ])
    func mistakes(_ mistake: Mistake) throws {
        let outcome = try workspace.run(["simulate"] + mistake.words.split(separator: " ").map(String.init))
        #expect(outcome.status == mistake.status && outcome.output.isEmpty, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.errors.contains(mistake.told) && outcome.errors.contains("help: "), "\(outcome.errors)")
    }

    @Test func `a manifest without rotations has nothing to simulate`() throws {
        try workspace.write("snapshots.yaml", "snapshots: [{name: a, volume_id: 5aa119a8-d25b-45a7-8d1b-88e127885635}]\n")
        let outcome = try workspace.run("simulate")
        #expect(outcome.status == 1 && outcome.errors.contains("the manifest has no rotations"), "\(outcome.errors)")
        // Nothing names a time zone then, so no machine needs to have any.
        #expect(outcome.errors.contains("help: "))
    }

    @Test func `quietly, it is one line`() throws {
        let line = "2026-10-01 … 2026-10-31 · 2 rotations on 2 volumes · at most 7 of one volume at once\n"
        #expect(try workspace.run(Self.october + ["-q"]).output == line)
    }
}
