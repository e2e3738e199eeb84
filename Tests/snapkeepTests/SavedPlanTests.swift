import SnapkeepCore
import SnapkeepState
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// A saved plan is what was reviewed, or nothing.
@Suite("Saved plans on disk") struct SavedPlanTests {
    private static let small: SavedPlan = {
        var plan = PlanSamples.plan([
            .create(PlanSamples.spec("orders", volume: .alias("orders-db", PlanSamples.ordersVolume), metadata: ["team": "a"])),
            .delete(PlanSamples.record("old"), .unlisted),
        ])
        plan.basis.endpoint = "sandbox"
        plan.basis.projectID = ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")
        plan.drift = [.init(key: PlanSamples.key("old"), id: PlanSamples.snapshot, fields: [.name(from: "a", to: "b")])]
        var saved = SavedPlan(plan: plan, title: "snapshots.yaml", statePath: "snapkeep.state.json", options: .init(prune: true))
        saved.places[PlanSamples.key("orders")] = SavedPlace(
            file: "snapshots.yaml", start: SourcePosition(line: 5, column: 5), end: SourcePosition(line: 5, column: 11))
        return saved
    }()

    @Test("P5: every single flipped bit of a saved plan is refused, or changes nothing of what it says", arguments: 0..<8)
    func everyBit(_ bit: Int) throws {
        var saved = Self.small
        let bytes = saved.seal().file
        #expect(try SavedPlan.read(bytes, path: "next.plan") == saved)
        var refused = 0
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << bit
            guard let read = try? SavedPlan.read(damaged, path: "next.plan") else {
                refused += 1
                continue
            }
            if read != saved { Issue.record("bit \(bit) of byte \(index)") }
        }
        #expect(refused > bytes.count * 9 / 10)
    }

    @Test("P5: a plan that was changed, or that a merge has left its markers in, is told as that, with what to type")
    func words() throws {
        var saved = Self.small
        let text = String(decoding: saved.seal().file, as: UTF8.self)
        func told(_ text: String) throws -> String {
            let failure = try #require(throws: Failure.self) { try SavedPlan.read(Array(text.utf8), path: "next.plan") }
            let finding = try #require(failure.diagnostics.first)
            return "\(failure.status.rawValue) \(finding.message)\nhelp: \(finding.help ?? "")"
        }
        #expect(
            try told(text.replacing("\"prune\":true", with: "\"prune\":false")) == """
                4 the plan was changed after it was saved
                help: save it again with 'snapkeep plan --out FILE': what is carried out is what was reviewed; nothing was changed
                """)
        #expect(
            try told(text.replacing("  \"title\"", with: "<<<<<<< HEAD\n  \"title\"")) == """
                1 a merge has left a conflict in the plan: line 5
                help: save it again with 'snapkeep plan --out FILE'
                """)
    }
}
