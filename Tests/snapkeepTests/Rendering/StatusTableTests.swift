import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct StatusTableTests {
    private static let now = PlanSamples.instant("2026-11-23T10:00:00Z")

    /// One of each kind, as a refreshed plan tells them.
    private static let rows: [StatusRow] = {
        let good = PlanSamples.record("search-base")
        var edited = PlanSamples.record("billing-nightly", created: "2026-11-23T09:12:00Z")
        edited.id = SnapshotID("0b5f2f5e-0000-4000-8000-000000000001")!
        let moved = PlanSamples.record("ledger-base", created: "2026-11-22T08:00:00Z")
        let coming = PlanSamples.record("mail-weekly", status: .creating, size: nil, created: nil)
        let failed = PlanSamples.record("mail-daily", status: .error)
        let lost = PlanSamples.record("orders-2026-09")
        let records = [good, edited, moved, coming, failed, lost].sorted { $0.key < $1.key }
        let manifest = Manifest(snapshots: [
            PlanSamples.spec("search-base"), PlanSamples.spec("billing-nightly", volume: .alias("billing", PlanSamples.billingVolume)),
            PlanSamples.spec("ledger-base", volume: .named(alias: "ledger", name: "ledger-data")), PlanSamples.spec("mail-weekly"),
            PlanSamples.spec("mail-daily"), PlanSamples.spec("orders-2026-09"), PlanSamples.spec("new-one"),
            PlanSamples.spec("queue-hourly"), PlanSamples.spec("reports-2026"),
        ])
        var plan = PlanSamples.plan([
            .update(
                manifest.snapshots[1], recorded: edited, [.name(from: "x", to: "billing-nightly"), .metadata(key: "k", from: nil, to: "v")]),
            .replace(
                manifest.snapshots[2], recorded: moved, .volume(from: PlanSamples.ledgerVolume, to: manifest.snapshots[2].volume),
                prune: false),
            .resume(manifest.snapshots[3], recorded: coming, []), .replace(manifest.snapshots[4], recorded: failed, .failed, prune: false),
            .lost(lost, manifest.snapshots[5], .goneWithVolume), .create(manifest.snapshots[6]),
            .settle(PlanSamples.intent("queue-hourly"), manifest.snapshots[7]), .create(manifest.snapshots[8]),
            .retain(PlanSamples.record("reports-2025"), .unlisted),
            .lost(PlanSamples.record("reports-2024"), nil, .gone), .settle(PlanSamples.intent("queue-gone"), nil),
            .retain(PlanSamples.record("ledger-base", status: .error), .supersededProtected),
        ])
        plan.drift = [.init(key: edited.key, id: edited.id, fields: [.name(from: "billing-nightly", to: "x")])]
        let state = RecordedState(
            header: .init(lineage: PlanSamples.lineage, owner: "o", endpoint: "e", projectID: ProjectID("p")!), records: records)
        let rename = CutRename(
            old: PlanSamples.key("reports-2025"), new: PlanSamples.key("reports-2026"), id: PlanSamples.record("reports-2025").id)
        return StatusRow.rows(of: plan, manifest: manifest, state: state, cutRenames: [rename])
    }()

    @Test func `every standing has its row`() {
        let text = StatusTable.render(Self.rows, now: Self.now, width: nil, style: .plain, options: [])
        GoldenScreen.expect(text, is: "status.txt")
        #expect(StatusTable.render(Self.rows, now: Self.now, width: nil, style: .coloured, options: ["p"]).contains("\u{1B}[31m"))
    }

    private static func document(_ rows: [StatusRow]) -> String {
        var document = JSONDocument()
        StatusRow.write(rows, to: &document)
        return String(decoding: document.ended(format: "snapkeep.status", diagnostics: [], .done), as: UTF8.self)
    }

    @Test func `one object a line for programs`() {
        GoldenScreen.expect(Self.document(Self.rows), is: "status.json")
    }

    @Test func `all is well in one line, and nothing is said where nothing is`() {
        let text = StatusTable.render([Self.rows[0]], now: Self.now, width: nil, style: .plain, options: ["p"])
        #expect(text.hasSuffix("\n1 declared: 1 available\n"))
        #expect(
            StatusTable.render([], now: Self.now, width: nil, style: .plain, options: ["p"])
                == "Nothing is declared and nothing recorded.\n")
    }

    // P9: nothing from outside acts on the terminal.
    @Test func `P9 no control character passes`() {
        let record = PlanSamples.record("a", status: .other(hostileText))
        let row = StatusRow(
            key: PlanSamples.key("a"), standing: .present(record.status), record: record,
            volume: .named(alias: hostileText, name: hostileText), isDeclared: true, drifted: ["metadata." + hostileText])
        #expect(!holdsControlCharacter(StatusTable.render([row], now: Self.now, width: nil, style: .plain, options: [hostileText])))
        #expect(!holdsControlCharacter(Self.document([row])))
    }
}
