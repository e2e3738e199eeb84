import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct AdoptionFindingsTests {
    @Test("P9: every finding about adoptions, look-alikes and renamed keys names the thing and a remedy, whatever texts it holds")
    func findings() {
        let (key, id) = (ApplySamples.key("orders' nightly"), ApplySamples.id)
        let record = PlanSamples.record("ledger")
        let options = ["--cloud prod"]
        let obstacles: [AdoptionObstacle] = [
            .notFound, .madeByServer, .otherOwner(hostileText), .otherKey(hostileText), .keyInUse(record),
            .idInUse(record, isSuperseded: false), .idInUse(record, isSuperseded: true), .status(.deleting), .status(.error),
            .status(.backingUp), .status(.other(hostileText)),
            .otherVolume(listed: PlanSamples.ordersVolume, observed: PlanSamples.ledgerVolume), .volumeName("billing", matches: []),
            .unstamped,
        ]
        var findings = obstacles.map { Diagnostic.notAdopted(key, id, $0, at: Diagnostic.Subject.none, options: options) }
        let made = PlanSamples.instant("2026-11-23T09:12:00Z")
        findings += [
            .lookAlike(key, id, createdAt: made, count: 1, at: .none, options: options),
            .lookAlike(key, id, createdAt: nil, count: 3, at: .none, options: options),
            .renamed(RenameHint(new: key, candidates: [.init(key: record.key, id: id, isDeleted: false)]), at: nil, options: options),
            .renamed(
                RenameHint(new: ApplySamples.key("a2"), candidates: [.init(key: ApplySamples.key("a"), id: id, isDeleted: true)]), at: nil,
                options: []),
            .renamed(
                RenameHint(
                    new: ApplySamples.key("a2"),
                    candidates: ["a", "b", "c"].map { .init(key: ApplySamples.key($0), id: id, isDeleted: $0 == "a") }, others: (6, 0)),
                at: nil, options: []),
            .adoptedInError(key, id, at: nil), .adoptionUnsettled(key, ApplySamples.fault(.uncertain, status: 504), at: nil),
        ]
        let text = DiagnosticRenderer.render(findings, sources: [], style: DiagnosticStyle(colour: false))
        GoldenScreen.expect(text, is: "findings-adopt.txt")
        #expect(!holdsControlCharacter(text))
        for finding in findings { #expect(finding.help?.isEmpty == false) }
    }
}
