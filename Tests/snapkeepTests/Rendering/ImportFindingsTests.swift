import SnapkeepCore
import SnapkeepEngine
import Testing

@testable import SnapkeepRendering
@testable import snapkeep

@Suite struct ImportFindingsTests {
    @Test("P9: every finding of an import names the thing and a remedy, whatever texts it holds")
    func findings() {
        let request = Adoption.Request(key: ApplySamples.key("orders' nightly"), id: ApplySamples.id)
        let record = PlanSamples.record("ledger")
        let obstacles: [AdoptionObstacle] = [
            .notFound, .madeByServer, .otherOwner(hostileText), .otherKey(hostileText), .keyInUse(record),
            .idInUse(record, isSuperseded: false),
            .idInUse(record, isSuperseded: true), .status(.deleting), .status(.backingUp), .status(.other(hostileText)),
            .otherVolume(listed: PlanSamples.ordersVolume, observed: PlanSamples.ledgerVolume), .volumeName("billing", matches: []),
            .volumeName("billing", matches: [PlanSamples.ordersVolume, PlanSamples.ledgerVolume]), .unstamped,
            .otherID(listed: PlanSamples.snapshot),
        ]
        var findings = obstacles.map { Diagnostic.notImported(request, $0, project: ProjectID("0c2eba2c")!, at: nil) }
        let kinds: [ServiceFault.Kind] = [
            .refused(.forbidden), .refused(.metadata), .refused(.noSuchService), .throttled(retryAfter: nil), .uncertain, .unauthenticated,
            .accountBlocked,
        ]
        findings += kinds.map { .importFailed(request, ApplySamples.fault($0, status: 403), isOpen: $0 == .uncertain) }
        findings += [
            .importUnsettled(request.key, ApplySamples.fault(.uncertain, status: 503)), .importedUnlisted(request.key),
            .importedInError(request.key),
            .importNotStarted(1), .importNotStarted(12), .badSnapshotID(hostileText, key: request.key), .givenTwice("key", hostileText),
        ]
        let text = DiagnosticRenderer.render(findings, sources: [], style: DiagnosticStyle(colour: false))
        GoldenScreen.expect(text, is: "findings-import.txt")
        #expect(!holdsControlCharacter(text))
    }
}
