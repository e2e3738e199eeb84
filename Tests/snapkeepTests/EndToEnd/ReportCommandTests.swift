import Foundation
import Testing

/// `report`, as a person types it: one file is written, and nothing else.
@Suite(.serialized) struct ReportCommandTests {
    private let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.write(
            "snapshots.yaml",
            """
            stack: tests
            volumes: {orders-db: 5aa119a8-d25b-45a7-8d1b-88e127885635}
            snapshots:
              - {name: base, volume: orders-db}
            rotations:
              - {name: nightly, volumes: [orders-db], every: day, timezone: UTC, keep: {daily: 2}}

            """)
    }

    @Test func `it shows what the cloud has, and tells where it is written`() throws {
        try workspace.run("apply", "--sandbox", "-y", "--now", "2026-10-03T00:00:00Z", "--sandbox-clock", "2026-10-03T00:00:00Z")
        let outcome = try workspace.run("report", "--sandbox", "--out", "report.html", "--now", "2026-10-03T09:00:00Z")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "Wrote report.html: 1 volume, 2 snapshots, nothing needs attention.\n")
        let page = try workspace.read("report.html")
        #expect(page.contains("<h1>tests</h1>") && page.contains("nightly/orders-db@2026-10-03") && page.hasSuffix("</html>\n"))
        #expect(page.contains("the cloud was looked at 20") && page.contains("2 created") && !page.contains("<script"))
        let document = try workspace.run("report", "--sandbox", "--out", "report.html", "--now", "2026-10-05T09:00:00Z", "--json")
        let json = try #require(try JSONSerialization.jsonObject(with: Data(document.output.utf8)) as? [String: Any])
        #expect(json["format"] as? String == "snapkeep.report" && json["file"] as? String == "report.html")
        #expect((json["counts"] as? [String: Int])?["overdue"] == 1 && (json["counts"] as? [String: Int])?["attention"] == 1)
        #expect(json["bytes"] as? Int == (try workspace.read("report.html")).utf8.count && json["looked_at"] is String)
    }

    @Test("P4: without a cloud, or with --recorded, no connection is opened, and nothing but the page is written")
    func recorded() throws {
        try workspace.run("apply", "--sandbox", "-y", "--now", "2026-10-03T00:00:00Z")
        let state = try workspace.read("snapkeep.sandbox.json")
        // The same records, as those of a cloud that cannot be reached.
        for (words, environment) in [
            (["--recorded", "--sandbox"], [:]), (["--recorded", "--state", "snapkeep.sandbox.json"], ["OS_CLOUD": "none"]),
            (["--state", "snapkeep.sandbox.json"], [:]),
        ] {
            let before = try workspace.contents()
            let outcome = try workspace.run(
                ["report", "--out", "page.html", "--now", "2026-10-03T09:00:00Z"] + words, environment: environment)
            #expect(outcome.status == 0, "\(words): \(outcome.errors)")
            #expect(try workspace.read("page.html").contains("from what is recorded; the cloud was not looked at"))
            var after = try workspace.contents()
            after["page.html"] = before["page.html"]
            #expect(after == before)
        }
        #expect(try workspace.read("snapkeep.sandbox.json") == state)
    }

    @Test func `a cloud that is named and cannot be had is an error, and no page is written`() throws {
        let outcome = try workspace.run("report", "--out", "page.html", environment: ["OS_CLOUD": "none"])
        #expect(outcome.status == 1 && !workspace.exists("page.html") && outcome.errors.contains("help: "), "\(outcome.errors)")
    }

    @Test(
        "P3: it never takes the place of what the run reads or keeps",
        arguments: [
            "snapshots.yaml", "./snapshots.yaml", "snapkeep.sandbox.json", "snapkeep.sandbox.json.history",
            "snapkeep.sandbox.json.cloud.jsonl",
        ])
    func ownFiles(_ path: String) throws {
        try workspace.run("apply", "--sandbox", "-y", "--now", "2026-10-03T00:00:00Z")
        let before = try workspace.contents()
        let outcome = try workspace.run("report", "--sandbox", "--out", path)
        #expect(outcome.status == 64 && outcome.errors.contains("would replace a file that the run itself needs"), "\(outcome.errors)")
        #expect(try workspace.contents() == before)
    }

    @Test func `wrong use is told before anything is read`() throws {
        #expect(try workspace.run("report").status == 64)
        #expect(try workspace.run("report", "--out", "").status == 64)
        #expect(try workspace.run("report", "--out", "-", "--json").status == 64)
        let outcome = try workspace.run("report", "--out", "nowhere/page.html")
        #expect(outcome.status == 1 && outcome.errors.contains("nowhere/page.html"))
    }

    @Test func `a page that is there keeps its permissions, and a new one is for its owner alone`() throws {
        func mode() throws -> Int? {
            let path = workspace.folder.appending(path: "page.html").path
            return try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        try workspace.run("report", "--recorded", "--out", "page.html")
        #expect(try mode() == 0o600)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: workspace.folder.appending(path: "page.html").path)
        try workspace.run("report", "--recorded", "--out", "page.html")
        #expect(try mode() == 0o644)
    }

    @Test func `it goes to standard output where that is asked for`() throws {
        let outcome = try workspace.run("report", "--recorded", "--out", "-")
        #expect(outcome.status == 0 && outcome.output.hasPrefix("<!doctype html>") && outcome.output.hasSuffix("</html>\n"))
    }

    @Test(
        "Neither a page nor a plan is written over another run's state or what stands beside it, nor into a folder that is the manifest",
        arguments: [["report"], ["plan"]])
    func filesOfOthers(command: [String]) throws {
        let workspace = try Workspace()
        try workspace.write("team/snapshots.yaml", manifest(of: 1))
        let words = command + ["--sandbox", "-f", "team"]
        #expect(try workspace.run("apply", "--sandbox", "-f", "team", "-y").status == 0)
        try workspace.write("prod.json", try workspace.read("team/snapkeep.sandbox.json"))
        for other in ["prod.json", "prod.json.journal", "prod.json.history", "team/new.yaml"] {
            if other.hasPrefix("prod.json.") { try workspace.write(other, "kept") }
            let before = try? workspace.read(other)
            let outcome = try workspace.run(words + ["--out", other])
            #expect(outcome.status == 64, "\(other): \(outcome.output)\(outcome.errors)")
            #expect((try? workspace.read(other)) == before)
        }
        #expect(try workspace.run(words + ["--out", "out.file"]).status == 0)
        #expect(try workspace.run(words + ["--out", "out.file"]).status == 0, "what it has written itself it writes anew")
    }
}
