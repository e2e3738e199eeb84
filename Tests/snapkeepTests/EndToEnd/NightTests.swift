import Foundation
import Testing

/// Rotations as a person runs them: nights on the embedded sandbox, each at an instant that is named.
@Suite("Nights of a rotation", .serialized) struct NightTests {
    let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try declare()
    }

    private func declare(keep: String = "{last: 2, daily: 3, weekly: 2}", more: String = "", volumes: String = "[orders-db, billing]")
        throws
    {
        try workspace.write(
            "snapshots.yaml",
            """
            stack: demo
            volumes:
              orders-db: 5aa119a8-d25b-45a7-8d1b-88e127885635
              billing: 6bb119a8-d25b-45a7-8d1b-88e127885636
            rotations:
              - name: nightly
                volumes: \(volumes)
                every: day
                at: "02:00"
                timezone: Europe/Berlin
                keep: \(keep)
            \(more)
            """)
    }

    private func apply(_ day: Int, hour: Int = 2, _ more: String...) throws -> Workspace.Outcome {
        try workspace.run(["apply", "--sandbox", "-y", "--now", Self.instant(day, hour)] + more)
    }

    private static func instant(_ day: Int, _ hour: Int = 2) -> String { "2026-03-\(day < 10 ? "0" : "")\(day)T0\(hour):10:00Z" }

    /// Ids, sizes and times of this machine differ from run to run.
    private func steady(_ text: String) -> String {
        text.replacing(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/, with: "ID").replacing(/\d+ GiB/, with: "N GiB")
            .replacing(/[0-9a-f]{64}/, with: "DIGEST").replacing(/made \d{4}-\d\d-\d\d/, with: "made DATE").replacing(
                /\ in \d+\.\d s/, with: " in T s")
    }

    @Test("A plan tells what the manifest changes and what the clock brings apart, each with its reason")
    func plan() throws {
        let first = try workspace.run("plan", "--sandbox", "--now", Self.instant(1))
        GoldenScreen.expect(first.output, is: "rotation-plan-first.txt")
        for day in 1...8 { #expect(try apply(day).status == 0) }
        GoldenScreen.expect(steady(try workspace.run("plan", "--sandbox", "--now", Self.instant(9)).output), is: "rotation-plan.txt")
        let markdown = try workspace.run("plan", "--sandbox", "--now", Self.instant(9), "--format", "markdown")
        GoldenScreen.expect(steady(markdown.output), is: "rotation-plan.md")
        try declare(keep: "{last: 1}")
        let edited = try workspace.run("plan", "--sandbox", "--now", Self.instant(9))
        GoldenScreen.expect(steady(edited.output), is: "rotation-plan-edited.txt")
        // Ten hours later the night is missed.
        let missed = try workspace.run("plan", "--sandbox", "--now", "2026-03-09T14:00:00Z")
        GoldenScreen.expect(steady(missed.output), is: "rotation-plan-missed.txt")
    }

    @Test("P11, P12: a second run of a night changes nothing, and neither does one that finds nothing due")
    func secondRun() throws {
        for day in 1...3 { #expect(try apply(day).status == 0) }
        let before = try workspace.contents()
        for hour in [2, 3, 4] {
            let again = try apply(3, hour: hour)
            #expect(again.status == 0 && again.output.contains("Nothing to do: nothing is due"), "\(again.output)\(again.errors)")
        }
        #expect(try workspace.contents()["snapkeep.sandbox.json"] == before["snapkeep.sandbox.json"])
        #expect(try workspace.run("plan", "--sandbox", "--exit-code", "--now", Self.instant(3)).status == 0)
        #expect(try workspace.run("plan", "--sandbox", "--refresh", "--exit-code", "--now", Self.instant(3)).status == 0)
    }

    @Test("A run that finds nothing due asks nothing of the cloud: it succeeds where there is none, and needs no credentials")
    func noRequest() throws {
        var sandbox: SandboxProcess? = try SandboxProcess(in: workspace)
        let options = try #require(sandbox).options
        try declare(volumes: "[orders-db]")
        let at = ["--now", Self.instant(3)]
        let first = try workspace.run(["apply", "-y"] + at + options, environment: ["OS_TOKEN": "test-token"])
        #expect(first.status == 0, "\(first.output)\(first.errors)")
        sandbox = nil
        let again = try workspace.run(["apply", "-y"] + at + options)
        #expect(again.status == 0 && again.output.contains("nothing is due"), "\(again.output)\(again.errors)")
        let due = try workspace.run(
            ["apply", "-y", "--now", Self.instant(4)] + options, environment: ["OS_TOKEN": "test-token"])
        #expect(due.status == 1, "where something is due the cloud is asked: \(due.output)\(due.errors)")
    }

    @Test("An edit that lets much go is refused as a whole until its bound is raised; routine needs no flag (P3)")
    func edit() throws {
        try declare(keep: "{last: 8}")
        for day in 1...9 { #expect(try apply(day).status == 0) }
        try declare(keep: "{last: 1}")
        let refused = try apply(10)
        #expect(refused.status == 4, "\(refused.output)\(refused.errors)")
        #expect(try apply(10, hour: 2, "--max-deletes", "20", "--max-delete-percent", "100").status == 0)
        #expect(try apply(11).output.contains("2 expired"))
    }

    @Test("P13: without a good new one nothing goes; the failed one is made again within its time")
    func failure() throws {
        try declare(keep: "{last: 1}")
        #expect(try apply(1).status == 0)
        let failed = try apply(2, hour: 2, "--sandbox-fault", "POST snapshots 1-2 413")
        #expect(failed.status != 0)
        #expect(!failed.output.contains("expired"))
        let made = try apply(2, hour: 4)
        #expect(made.status == 0 && made.output.contains("2 created, 2 expired"), "\(made.output)\(made.errors)")
    }

    @Test("The plan's JSON, saved or shown, is read back to the same bytes, reasons and all (P7)")
    func json() throws {
        for day in 1...8 { #expect(try apply(day).status == 0) }
        #expect(try workspace.run("plan", "--sandbox", "--now", Self.instant(9), "--out", "next.plan").status == 0)
        let shown = try workspace.run("show", "next.plan", "--json")
        #expect(shown.status == 0, "\(shown.errors)")
        let text = try workspace.read("next.plan")
        #expect(text.contains("\"why\":\"rules\"") && text.contains("\"reasons\":[\"last 2\""), "\(text)")
        let applied = try workspace.run("apply", "next.plan", "--sandbox", "-y", "--now", Self.instant(9, 3))
        #expect(applied.status == 0 && applied.output.contains("2 created"), "\(applied.output)\(applied.errors)")
    }

    // MARK: Reviews

    private static let release = """
        snapshots:
          - name: release
            volume: billing
        """

    /// Applies the night of a day with what the main branch has meanwhile.
    private func routine(_ day: Int, _ declared: () throws -> Void) throws {
        let reviewed = try workspace.read("snapshots.yaml")
        try declared()
        #expect(try apply(day).status == 0)
        try workspace.write("snapshots.yaml", reviewed)
    }

    @Test("P5: routine runs between review and apply do not make a plan stale; what the manifest asks for is made, and what is due by now")
    func reviewed() throws {
        for day in 1...3 { #expect(try apply(day).status == 0) }
        try declare(more: Self.release)
        let plan = try workspace.run("plan", "--sandbox", "--now", Self.instant(4), "--out", "next.plan")
        #expect(plan.output.contains("3 to create"), "\(plan.output)")
        GoldenScreen.expect(
            plan.output.split(separator: "\n").last { $0.hasPrefix("Saved") }.map { $0 + "\n" } ?? "", is: "rotation-plan-saved.txt")
        for day in 4...5 { try routine(day) { try declare() } }
        let applied = try workspace.run("apply", "next.plan", "--sandbox", "-y", "--now", Self.instant(6))
        #expect(applied.status == 0 && applied.output.contains("3 created"), "\(applied.output)\(applied.errors)")
        let list = try workspace.run("state", "list", "--sandbox").output
        #expect(list.contains("release ") && list.contains("nightly/billing@2026-03-06"), "\(list)")
        #expect(try workspace.run("apply", "next.plan", "--sandbox", "-y", "--now", Self.instant(6)).status == 4, "a plan is applied once")
    }

    @Test(
        "P1: a saved plan looks for what the manifest asks for also where a night is due: carried out from two copies of a state it makes one"
    )
    func reviewedTwice() throws {
        let sandbox = try SandboxProcess(in: workspace)
        func run(_ words: [String], _ state: String, _ day: Int) throws -> Workspace.Outcome {
            try workspace.run(
                words + ["--state", state, "--now", Self.instant(day)] + sandbox.options, environment: sandbox.environment)
        }
        #expect(try run(["apply", "-y"], "one.json", 1).status == 0)
        try declare(more: Self.release)
        #expect(try run(["plan", "--out", "next.plan"], "one.json", 2).status == 0)
        try workspace.write("two.json", try workspace.read("one.json"))
        #expect(try run(["apply", "next.plan", "-y"], "one.json", 3).status == 0)
        let second = try run(["apply", "next.plan", "-y"], "two.json", 4)
        #expect(second.status == 4 && second.errors.contains("that the state does not know"), "\(second.output)\(second.errors)")
        #expect(try sandbox.created().filter { $0.key == "release" }.count == 1)
    }

    @Test("P5: too late for the night that was due at the review, a plan makes up for nothing")
    func late() throws {
        for day in 1...3 { #expect(try apply(day).status == 0) }
        try declare(more: Self.release)
        #expect(try workspace.run("plan", "--sandbox", "--now", Self.instant(4), "--out", "next.plan").status == 0)
        let applied = try workspace.run("apply", "next.plan", "--sandbox", "-y", "--now", "2026-03-04T20:00:00Z")
        #expect(applied.status == 0 && applied.output.contains("1 created"), "\(applied.output)\(applied.errors)")
        #expect(!(try workspace.run("state", "list", "--sandbox").output.contains("2026-03-04")))
    }

    @Test("With --reviewed-only nothing that is due by the clock is carried out, and the next run of the night does it")
    func onlyReviewed() throws {
        for day in 1...4 { #expect(try apply(day).status == 0) }
        try declare(keep: "{last: 1}", more: Self.release)
        let shown = try workspace.run("plan", "--sandbox", "--now", Self.instant(5), "--only-changed-by-manifest")
        GoldenScreen.expect(steady(shown.output), is: "rotation-plan-manifest.txt")
        #expect(try workspace.run("plan", "--sandbox", "--now", Self.instant(5), "--out", "next.plan").status == 0)
        let wide = ["--max-deletes", "20", "--max-delete-percent", "100"]
        let applied = try workspace.run(
            ["apply", "next.plan", "--sandbox", "-y", "--reviewed-only", "--now", Self.instant(5)] + wide)
        #expect(applied.status == 0 && applied.output.contains("1 created, "), "\(applied.output)\(applied.errors)")
        let list = try workspace.run("state", "list", "--sandbox").output
        #expect(list.contains("release ") && !list.contains("2026-03-05"), "\(list)")
        #expect(list.contains("nightly/billing@2026-03-04"), "P13: the last good one stays: \(list)")
        #expect(try apply(5).output.contains("2 created, 2 expired"))
    }

    @Test("A renamed rotation takes its snapshots along, and each stands with its volume in the plan")
    func moved() throws {
        try declare(keep: "{last: 2}")
        for day in 1...3 { #expect(try apply(day).status == 0) }
        try workspace.write(
            "snapshots.yaml",
            try workspace.read("snapshots.yaml").replacing("- name: nightly", with: "- name: every-night\n    moved: {from: nightly}"))
        let plan = try workspace.run("plan", "--sandbox", "--now", Self.instant(4))
        GoldenScreen.expect(steady(plan.output), is: "rotation-plan-moved.txt")
        #expect(try apply(4).output.contains("2 created, 2 expired"))
    }

    @Test("Limited to some keys, a run makes those and lets go only in their place; the rest is told, and left to the next run")
    func target() throws {
        try declare(keep: "{last: 2}")
        for day in 1...3 { #expect(try apply(day).status == 0) }
        let shown = try workspace.run("plan", "--sandbox", "--now", Self.instant(4), "--target", "nightly/orders-db@*")
        GoldenScreen.expect(steady(shown.output), is: "rotation-plan-target.txt")
        let applied = try apply(4, hour: 2, "--target", "nightly/orders-db@*")
        #expect(applied.status == 0 && applied.output.contains("1 created, 1 expired"), "\(applied.output)\(applied.errors)")
        let slip = try apply(4, hour: 2, "--target", "nightly/orders")
        #expect(slip.status == 1 && slip.errors.contains("fits no key"), "\(slip.output)\(slip.errors)")
        #expect(try workspace.run("plan", "--sandbox", "--now", Self.instant(4), "--target", "*billing*", "--out", "next.plan").status == 0)
        let saved = try workspace.run("apply", "next.plan", "--sandbox", "-y", "--now", Self.instant(4))
        #expect(saved.status == 0 && saved.output.contains("1 created, 1 expired"), "\(saved.output)\(saved.errors)")
        #expect(saved.output.contains("Only what fits \"*billing*\" (--target): there is nothing else to do."), "\(saved.output)")
    }

    @Test("P5: a plan is refused once its edit would let go more than was reviewed; the days alone exchange some for others")
    func editGrows() throws {
        try declare(keep: "{last: 4}")
        for day in 1...4 { #expect(try apply(day).status == 0) }
        try declare(keep: "{last: 2}")
        #expect(try workspace.run("plan", "--sandbox", "--now", Self.instant(4), "--out", "next.plan").status == 0)
        try routine(5) { try declare(keep: "{last: 4}") }
        let wide = ["--max-deletes", "20", "--max-delete-percent", "100"]
        let applied = try workspace.run(["apply", "next.plan", "--sandbox", "-y", "--now", Self.instant(5, 3)] + wide)
        #expect(applied.status == 0 && applied.output.contains("2 expired"), "\(applied.output)\(applied.errors)")
        // What the day has put in the place of what was reviewed goes as a matter of routine.
        let next = try apply(5, hour: 4)
        #expect(next.status == 0 && next.output.contains("2 expired"), "\(next.output)\(next.errors)")
        try declare(keep: "{last: 9}")
        for day in 6...8 { #expect(try apply(day).status == 0) }
        try declare(keep: "{last: 2}")
        #expect(try workspace.run("plan", "--sandbox", "--now", Self.instant(8), "--out", "late.plan").status == 0)
        try routine(9) { try declare(keep: "{last: 9}") }
        let refused = try workspace.run(["apply", "late.plan", "--sandbox", "-y", "--now", Self.instant(9, 3)] + wide)
        #expect(refused.status == 4 && refused.errors.contains("would expire"), "\(refused.output)\(refused.errors)")
    }

    @Test("P5: what somebody else has changed of what the manifest asks for makes the plan stale, and so do other rules")
    func stale() throws {
        for day in 1...2 { #expect(try apply(day).status == 0) }
        try declare(more: Self.release)
        #expect(try workspace.run("plan", "--sandbox", "--now", Self.instant(3), "--out", "next.plan").status == 0)
        try routine(3) { try declare(keep: "{last: 9}") }
        #expect(try workspace.run("apply", "next.plan", "--sandbox", "-y", "--now", Self.instant(3, 3)).status == 4)
        #expect(try workspace.run("plan", "--sandbox", "--now", Self.instant(3, 3), "--out", "second.plan").status == 0)
        try routine(4) { try declare(keep: "{last: 9}", more: Self.release.replacing("release", with: "other")) }
        let refused = try workspace.run("apply", "second.plan", "--sandbox", "-y", "--now", Self.instant(4, 3))
        #expect(
            refused.status == 4 && refused.errors.contains("what the plan was reviewed for has changed since"),
            "\(refused.output)\(refused.errors)")
    }

    @Test("Without its state a run finds its nights by their stamps (P2)")
    func lostState() throws {
        for day in 1...4 { #expect(try apply(day).status == 0) }
        let before = try workspace.run("state", "list", "--sandbox").output
        for file in try workspace.contents().keys where file.hasPrefix("snapkeep.sandbox.json") && !file.hasSuffix(".jsonl") {
            try FileManager.default.removeItem(at: workspace.folder.appending(path: file))
        }
        let recovered = try apply(4, hour: 3, "--recover")
        #expect(recovered.status == 0, "\(recovered.output)\(recovered.errors)")
        let after = try workspace.run("state", "list", "--sandbox").output
        #expect(
            after.split(separator: "\n").filter { $0.hasPrefix("nightly/") }
                == before.split(separator: "\n").filter { $0.hasPrefix("nightly/") })
    }

    @Test("status shows the last good one, the next, and what is overdue; 6 tells that apart, and OpenMetrics are well-formed")
    func status() throws {
        for day in 1...3 { #expect(try apply(day).status == 0) }
        let good = try workspace.run("status", "--sandbox", "--exit-code", "--now", Self.instant(3))
        #expect(good.status == 0, "\(good.output)\(good.errors)")
        GoldenScreen.expect(good.output, is: "rotation-status.txt")
        let overdue = try workspace.run("status", "--sandbox", "--exit-code", "--now", "2026-03-05T20:00:00Z")
        #expect(overdue.status == 6)
        GoldenScreen.expect(overdue.output, is: "rotation-status-overdue.txt")
        let metrics = try workspace.run("status", "--sandbox", "--format", "openmetrics", "--now", Self.instant(3))
        GoldenScreen.expect(metrics.output, is: "rotation-metrics.txt")
    }

    @Test("A zone that this machine does not know is told where it stands, and nothing is taken for UTC")
    func unknownZone() throws {
        try workspace.write("snapshots.yaml", try workspace.read("snapshots.yaml").replacing("Europe/Berlin", with: "Europe/Berln"))
        let refused = try workspace.run("plan", "--sandbox")
        #expect(refused.status == 1)
        #expect(
            refused.errors.contains("snapshots.yaml:10:") && refused.errors.contains("did you mean 'Europe/Berlin'?"), "\(refused.errors)")
    }
}
