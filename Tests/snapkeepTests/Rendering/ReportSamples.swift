import SnapkeepCore
import SnapkeepEngine

/// Reports of runs that ended in different ways.
enum ReportSamples {
    static let complete: ApplyReport = {
        var report = ApplyReport()
        report.created = ["a", "b"].map(ApplySamples.key)
        report.updated = [ApplySamples.key("c")]
        report.resumed = [ApplySamples.key("d")]
        return report
    }()

    static let partly: ApplyReport = {
        var report = ApplyReport()
        report.created = ["a", "b"].map(ApplySamples.key)
        report.failures = [
            ItemFailure(
                key: ApplySamples.key("audit-base"), activity: .create, cause: .service(ApplySamples.fault(.refused(.volumeAttached))))
        ]
        report.notStarted = [ApplySamples.key("z")]
        return report
    }()

    static let interrupted: ApplyReport = {
        var report = complete
        report.stillCreating = ["e", "f", "g"].map(ApplySamples.key)
        report.notStarted = [ApplySamples.key("z")]
        report.stop = .interrupted
        return report
    }()

    static let badCredentials: ApplyReport = {
        var report = ApplyReport()
        let fault = ApplySamples.fault(.unauthenticated, status: 401, message: "The token has expired")
        report.failures = ["a", "b"].map { ItemFailure(key: ApplySamples.key($0), activity: .create, cause: .service(fault)) }
        report.notStarted = [ApplySamples.key("z")]
        report.stop = .service(fault)
        return report
    }()

    static let diskFull: ApplyReport = {
        var report = ApplyReport()
        let failure = JournalFailure(path: "snapkeep.state.json.journal", message: "fsync: No space left on device", cause: .noSpace)
        // As the engine reports it: what was created and not recorded stands in three lists.
        report.created = ["a", "orders-pre-upgrade", "ledger"].map(ApplySamples.key)
        report.failures = ["b", "orders-pre-upgrade", "ledger"].map {
            ItemFailure(key: ApplySamples.key($0), activity: .create, cause: .journal(failure))
        }
        report.notStarted = [ApplySamples.key("z")]
        report.stop = .journal(failure)
        report.unrecorded = [
            UnrecordedSnapshot(key: ApplySamples.key("orders-pre-upgrade"), id: ApplySamples.id, volumeID: PlanSamples.ordersVolume),
            UnrecordedSnapshot(
                key: ApplySamples.key("ledger"), id: SnapshotID("0a0b0c0d-0000-4000-8000-00000000000f")!, volumeID: PlanSamples.ledgerVolume
            ),
        ]
        return report
    }()

    static let withDuplicates: ApplyReport = {
        var report = complete
        report.duplicates = [ApplySamples.id]
        return report
    }()

    static let withMadeElsewhere: ApplyReport = {
        var report = complete
        report.madeElsewhere = [FoundSnapshot(key: ApplySamples.key("ledger"), id: ApplySamples.id)]
        return report
    }()

    static let unlooked: ApplyReport = {
        var report = complete
        report.unlooked = ServiceFault(.uncertain, request: "GET /snapshots/detail", message: "no answer within 60 s")
        return report
    }()

    static let timedOut: ApplyReport = {
        var report = complete
        report.stillCreating = [ApplySamples.wait.key]
        report.timedOut = [ApplySamples.wait]
        return report
    }()

    /// The journal took everything, the state took nothing.
    static let journaled: ApplyReport = {
        var report = complete
        report.changedState = true
        return report
    }()

    static let stoppedAtFirst: ApplyReport = {
        var report = partly
        report.stop = .firstFailure
        return report
    }()

    /// Each with the serial that the state then has.
    static let all: [(title: String, report: ApplyReport, serial: Int?)] = [
        ("complete", complete, 13), ("nothing", ApplyReport(), 12), ("partly", partly, 13), ("interrupted", interrupted, 13),
        ("bad credentials", badCredentials, 12), ("disk full", diskFull, nil), ("duplicates", withDuplicates, 13),
        ("stopped at the first failure", stoppedAtFirst, 13), ("a wait ran out", timedOut, 13), ("only the journal", journaled, nil),
        ("made twice at once", withMadeElsewhere, 13),
        ("a look that was not made", unlooked, 13),
    ]
}
