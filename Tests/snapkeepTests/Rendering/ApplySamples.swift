import SnapkeepCore
import SnapkeepEngine

/// What applies report, for the screens and the findings.
enum ApplySamples {
    static let id = PlanSamples.snapshot
    static let start = PlanSamples.instant("2026-11-23T09:12:00Z")
    static func key(_ text: String) -> SnapshotKey { PlanSamples.key(text) }

    static func fault(
        _ kind: ServiceFault.Kind, status: Int? = 400, code: String? = nil, message: String = "the cloud's words",
        requestID: String? = "req-5d1c"
    ) -> ServiceFault {
        ServiceFault(kind, request: "POST /v2/0c2eba2c/snapshots", status: status, code: code, message: message, requestID: requestID)
    }

    static let refusals: [ServiceFault.Refusal] = [
        .volumeAttached, .volumeNotFound, .snapshotNotFound, .volumeBusy, .quota, .forbidden, .wrongStatus, .badProject, .noSuchService,
        .name, .description, .metadata, .hasDependents, .snapshotBusy, .listBound, .pageBound, .other,
    ]

    static let faults: [ServiceFault] =
        refusals.map { fault(.refused($0), code: "EVS.1047") } + [
            fault(.throttled(retryAfter: .seconds(4)), status: 429, code: "APIGW.0308"),
            fault(.notSent, status: nil, message: "connection refused", requestID: nil),
            fault(.uncertain, status: 502, message: "Bad Gateway"),
            fault(.uncertain, status: 403, message: "an HTML page instead of an answer", requestID: nil),
            fault(.unauthenticated, status: 401, message: "The token has expired"), fault(.accountBlocked, status: 403, code: "EVS.2144"),
            fault(.unintelligible, status: 200, message: "not JSON", requestID: nil),
        ]

    static let causes: [ItemFailure.Cause] =
        faults.map { .service($0) } + [
            .endedInError(id), .vanished(id),
            .notDeleted(id, status: .errorDeleting), .notDeleted(id, status: .available),
            .notDeleted(id, status: .deleting), .notDeleted(id, status: .backingUp), .deletionLeft(id, status: .available), .notOurs(id),
            .unstamped(id),
            .notAdoptable(id, .notFound), .notAdoptable(id, .otherOwner("search-prod")), .volumeName("billing-data", matches: []),
            .volumeName("billing-data", matches: [PlanSamples.billingVolume, PlanSamples.ordersVolume]),
            .unsettled(fault(.notSent, status: nil, message: "connection refused", requestID: nil)),
            .journal(JournalFailure(path: "snapkeep.state.json.journal", message: "fsync: No space left on device", cause: .noSpace)),
            .replay(.unknownAttempt(PlanSamples.intent("a").attempt)), .replay(.unknownSnapshot(id)),
            .replay(.attemptTwice(PlanSamples.intent("a").attempt)), .replay(.keyInUse(key("held"))), .replay(.misplacedBegin),
        ]

    static let wait = TimedOutWait(key: key("slow-base"), activity: .create, id: id, waited: .seconds(600), status: .creating)

    static let info = RunInfo(
        run: RunID("00000000-0000-4000-8000-0000000000bb")!, command: "apply", pid: 4211, host: "build-7", user: "ci", startedAt: start)

    /// One of each event, in an order that a run could have.
    static let events: [ProgressEvent] = [
        .began(changes: 8),
        .settled(Settlement(key: key("orders-old"), attempt: PlanSamples.intent("a").attempt, outcome: .found(id))),
        .settled(Settlement(key: key("orders-none"), attempt: PlanSamples.intent("a").attempt, outcome: .notCreated)),
        .settled(
            Settlement(
                key: key("orders-dark"), attempt: PlanSamples.intent("a").attempt, outcome: .unknown(fault(.uncertain, status: 503)))),
        .started(key("orders-pre-upgrade"), .create), .started(key("search-index"), .resume), .started(key("billing-nightly"), .update),
        .accepted(key("orders-pre-upgrade"), id), .progressed(key("orders-pre-upgrade"), status: .creating, percent: 40),
        .progressed(key("search-index"), status: .creating, percent: nil),
        .finished(key("billing-nightly"), .update, id: id, size: nil, took: .milliseconds(310)),
        .throttled(wait: .milliseconds(3500), parallelism: 8), .throttled(wait: .milliseconds(3500), parallelism: 8),
        .finished(key("orders-pre-upgrade"), .create, id: id, size: 20, took: .milliseconds(6100)),
        .started(key("ledger-base"), .replace),
        .lookingUp(key("ledger-base"), after: fault(.uncertain, status: 502, message: "Bad Gateway")),
        .finished(key("ledger-base"), .replace, id: id, size: 40, took: .seconds(75)),
        .duplicateFound(key("ledger-base"), id),
        .finished(key("search-index"), .resume, id: id, size: 20, took: .seconds(182)),
        .started(key("old-base"), .delete), .progressed(key("old-base"), status: .deleting, percent: nil),
        .finished(key("old-base"), .delete, id: id, size: nil, took: .seconds(3)),
        .failed(ItemFailure(key: key("audit-base"), activity: .create, cause: .service(fault(.refused(.volumeAttached))))),
        .started(key("slow-base"), .create), .timedOut(wait), .stopping(inFlight: 3),
    ]
}
