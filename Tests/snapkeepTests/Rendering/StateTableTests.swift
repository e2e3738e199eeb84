import SnapkeepCore
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

/// `state list` and `state show`: what is recorded, for people and for programs.
@Suite struct StateTableTests {
    private static let state: RecordedState = {
        let described = SnapshotRecord(
            key: PlanSamples.key("orders-nightly"), id: PlanSamples.snapshot, volumeID: PlanSamples.ordersVolume, name: "orders nightly",
            description: "Daily \"one\"", metadata: Metadata(["team": "payments", "ticket": "OPS-17"]), status: .available, size: 20,
            createdAt: PlanSamples.instant("2026-11-23T09:12:44Z"), updatedAt: PlanSamples.instant("2026-11-23T09:13:00Z"), protect: true)
        let records = [
            PlanSamples.record("billing", status: .creating, size: nil, created: nil), PlanSamples.record("ledger", status: .error),
            described, PlanSamples.record("a-key-that-goes-on-and-on-until-no-column-holds-it-any-more"),
        ].sorted { $0.key < $1.key }
        return RecordedState(
            header: .init(
                lineage: PlanSamples.lineage, serial: 12, owner: "payments-prod", endpoint: "https://evs.example.com/v3",
                projectID: ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!), records: records,
            superseded: [PlanSamples.record("orders-nightly", protect: true)], openIntents: [PlanSamples.intent("queue-hourly")])
    }()

    private func table(_ state: RecordedState = state, width: Int? = nil) -> String {
        StateTable.render(state, path: "snapkeep.state.json", width: width, style: .plain)
    }

    @Test func `everything that is recorded has its row`() { GoldenScreen.expect(table(), is: "state-list.txt") }

    @Test func `volumes are shown by the manifest's names`() {
        let text = StateTable.render(
            Self.state, path: "p", aliases: [PlanSamples.ordersVolume: "orders-db"], width: nil, style: .plain)
        #expect(text.contains("   orders-db   ") && !text.contains("5aa119a8"))
    }

    @Test(arguments: [120, 80, 40])
    func `rows are as wide as the terminal at most`(width: Int) {
        let text = table(width: width)
        GoldenScreen.expect(text, is: "state-list-\(width).txt")
        for line in text.split(separator: "\n") { #expect(TextWidth.columns(String(line)) <= width, "\(line)") }
    }

    @Test(arguments: [nil, 40])
    func `a key is shown with all that was ever made under it`(width: Int?) throws {
        let entry = try Self.state.requireEntry("orders-nightly", path: "snapkeep.state.json")
        let text = RecordSheet.render(entry, path: "snapkeep.state.json", serial: 12, width: width, style: .plain)
        GoldenScreen.expect(text, is: width == nil ? "state-show.txt" : "state-show-narrow.txt")
    }

    @Test func `a creation that is not settled is shown, and so is a key that only it bears`() throws {
        let entry = try Self.state.requireEntry("queue-hourly", path: "p")
        #expect(entry.record == nil && entry.openIntents.count == 1)
        let text = RecordSheet.render(entry, path: "p", serial: 12, width: nil, style: .plain)
        #expect(text.contains("no snapshot stands for it") && text.contains("not settled: the next apply finds out"))
    }

    @Test func `an id leads to its key, and what is near is named`() throws {
        #expect(try Self.state.requireEntry(PlanSamples.snapshot.text, path: "p").key.text.isEmpty == false)
        let failure = try #require(throws: Failure.self) { try Self.state.requireEntry("ledgre", path: "p") }
        #expect(failure.diagnostics.first?.help == "did you mean 'ledger'?")
        let far = try #require(throws: Failure.self) { try Self.state.requireEntry("zzz", path: "p q") }
        #expect(far.diagnostics.first?.help == "'snapkeep state list --state 'p q'' shows what is recorded")
    }

    @Test func `P9 no control character passes`() throws {
        var state = Self.state
        for index in state.records.indices {
            state.records[index].name = hostileText
            state.records[index].description = hostileText
            state.records[index].status = .other(hostileText)
            state.records[index].metadata = Metadata([hostileText: hostileText])
        }
        state.header.owner = hostileText
        #expect(!holdsControlCharacter(StateTable.render(state, path: hostileText, width: 80, style: .plain)))
        for record in state.records {
            let entry = try state.requireEntry(record.key.text, path: "p")
            #expect(!holdsControlCharacter(RecordSheet.render(entry, path: hostileText, serial: 1, width: 40, style: .plain)))
            var document = JSONDocument()
            entry.write(to: &document)
            #expect(
                !holdsControlCharacter(String(decoding: document.ended(format: "f", diagnostics: [], .done), as: UTF8.self)))
        }
    }
}
