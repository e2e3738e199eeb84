import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

@testable import SnapkeepRendering

/// The project that the pages of `report` are shown with: two databases whose snapshots are made each night, and one of each trouble.
enum ReportPageSamples {
    static let now = PlanSamples.instant("2026-11-27T12:00:00Z")
    private static let zone = Zone.utc

    private static func rotation(_ name: String, _ volumes: [RotationVolume], _ keep: [RetentionBucket: Int]) -> RotationSpec {
        RotationSpec(
            name: RotationName(name)!, volumes: .listed(volumes),
            schedule: RotationSchedule(due: .day(minute: 120), zone: zone.name, startWithin: .seconds(6 * 3600)),
            rules: RetentionRules(counts: keep))
    }

    static func volume(_ label: String, _ id: VolumeID) -> RotationVolume { RotationVolume(label: label, reference: .alias(label, id)) }

    /// The snapshot of a day, made five minutes after it was due.
    static func nightly(
        _ day: String, of label: String, _ volume: VolumeID, number: Int, status: SnapshotStatus = .available, protect: Bool = false
    ) -> SnapshotRecord {
        let key = "nightly/\(label)@\(day)"
        let digits = String(number)
        return SnapshotRecord(
            key: PlanSamples.key(key),
            id: SnapshotID("ffa9bc5e-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits)!,
            volumeID: volume, name: "\(label)-\(day)", status: status, size: 40, createdAt: PlanSamples.instant("\(day)T02:05:00Z"),
            protect: protect)
    }

    static func entry(_ at: String, created: Int = 0, expired: Int = 0, failed: Int = 0, exit: Int?) -> HistoryEntry {
        var counts = HistoryCounts()
        (counts.created, counts.expired, counts.failed) = (created, expired, failed)
        let run = RunInfo(
            run: RunID("0c0ffee0-0000-4000-8000-00000000000b")!, command: "apply", pid: 7, host: "runner", user: "ci",
            startedAt: PlanSamples.instant(at))
        return HistoryEntry(run: run, serialBefore: 11, serialAfter: 12, counts: counts, plan: nil, exitCode: exit)
    }

    private static let lostSnapshot = SnapshotID("ffa9bc5e-0000-4000-8000-0000000000aa")!

    /// A page with one of each.
    static let page: ReportPage = {
        let (orders, billing, ledger) = (PlanSamples.ordersVolume, PlanSamples.billingVolume, PlanSamples.ledgerVolume)
        let days = ["2026-01-31", "2026-10-31", "2026-11-15", "2026-11-22", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]
        var records = days.enumerated().map { nightly($1, of: "orders-db", orders, number: $0, protect: $0 == 1) }
        records += days.dropLast(2).enumerated().map {
            nightly($1, of: "billing", billing, number: 20 + $0, status: $0 == 5 ? .error : .available)
        }
        var lost = PlanSamples.record("ledger-base", volume: ledger, created: "2026-09-30T09:12:00Z")
        lost.id = lostSnapshot
        var drifted = PlanSamples.record("orders-pre-upgrade", name: "by hand", size: 40, created: "2026-11-20T17:40:00Z")
        drifted.id = SnapshotID("ffa9bc5e-0000-4000-8000-0000000000ab")!
        records = (records + [lost, drifted]).sorted { $0.key < $1.key }
        let manifest = Manifest(
            snapshots: [
                PlanSamples.spec("orders-pre-upgrade", volume: .alias("orders-db", orders)),
                PlanSamples.spec("ledger-base", volume: .id(ledger)),
                PlanSamples.spec("audit-base", volume: .named(alias: "audit", name: "audit-data"), description: "Before the audit"),
            ],
            rotations: [
                rotation("nightly", [volume("orders-db", orders), volume("billing", billing)], [.daily: 3, .weekly: 2, .monthly: 2])
            ],
            aliases: [orders: "orders-db", billing: "billing"])
        let state = RecordedState(
            header: .init(
                lineage: PlanSamples.lineage, serial: 12, owner: "payments-prod", endpoint: "https://evs.example.com/v3",
                projectID: ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!,
                rotations: RotationMemory(
                    asOf: PlanSamples.instant("2026-11-26T02:00:00Z"),
                    rotations: manifest.rotations.map { RememberedRotation(name: $0.name, rules: $0.rules) })), records: records)
        let basis = Plan.Basis(
            lineage: PlanSamples.lineage, serial: 12, isFirst: false, owner: "payments-prod", endpoint: "https://evs.example.com/v3",
            projectID: state.header.projectID, isRefreshed: true)
        let drift = StateRefresh.Drift(
            key: drifted.key, id: drifted.id, fields: [.name(from: "orders-pre-upgrade", to: "by hand")])
        let plan = Reconciliation.plan(
            for: manifest, against: state, basis: basis, options: .init(),
            observation: Observation(losses: [lostSnapshot: .gone], drift: [drift]),
            clock: RotationClock(now: now, zones: [zone.name: zone]))
        return ReportPage(
            title: "snapshots.yaml", target: CloudTarget(of: plan, cloud: "prod"), asOf: now, origin: .cloud(now), manifest: manifest,
            plan: plan, rows: StatusRow.rows(of: plan, manifest: manifest, state: state), state: state,
            runs: [
                entry("2026-11-24T02:05:00Z", created: 2, expired: 1, exit: 0), entry("2026-11-25T02:05:00Z", created: 2, exit: 0),
                entry("2026-11-26T02:05:00Z", created: 1, failed: 1, exit: 3), entry("2026-11-27T02:05:00Z", created: 1, exit: nil),
            ],
            findings: [
                PlacedDiagnostic(
                    .warning, code: "long-name", "the name has 70 characters; some clouds take 64",
                    at: .file("snapshots.yaml", start: SourcePosition(line: 4, column: 11), end: nil),
                    help: "shorten it, then run `snapkeep plan`")
            ], words: ["--cloud prod"], version: "1.2.3")
    }()

    /// Nothing declared, nothing recorded.
    static let empty: ReportPage = {
        let plan = PlanSamples.plan([], declared: 0, recorded: 0, unchanged: 0, owner: nil, isFirst: true, serial: 0)
        return ReportPage(
            title: "snapshots.yaml", target: CloudTarget(of: plan, cloud: nil), asOf: now, origin: .recorded,
            manifest: Manifest(snapshots: []), plan: plan, rows: [], state: nil, runs: [], findings: [], words: [], version: "1.2.3")
    }()

    /// Everything that comes from outside tries to be markup.
    static func hostile(_ text: String) -> ReportPage {
        var record = PlanSamples.record("a", name: text, status: .other(text))
        record.key = try! SnapshotKey("<a href='//x'>\"&")
        let manifest = Manifest(
            snapshots: [
                PlanSamples.spec("b", volume: .named(alias: text, name: text)),
                PlanSamples.spec("c", volume: .alias(text, PlanSamples.billingVolume)),
            ], aliases: [PlanSamples.ordersVolume: text])
        var plan = PlanSamples.plan(
            [
                .create(manifest.snapshots[0]),
                .update(manifest.snapshots[1], recorded: record, [.metadata(key: text, from: text, to: text)]),
            ],
            owner: text)
        plan.drift = [.init(key: record.key, id: record.id, fields: [.metadata(key: text, from: text, to: text)])]
        var run = entry("2026-11-27T02:05:00Z", exit: 1)
        (run.run.user, run.run.host, run.run.command) = (text, text, text)
        let state = RecordedState(
            header: .init(lineage: PlanSamples.lineage, owner: text, endpoint: text, projectID: ProjectID("p")!), records: [record])
        return ReportPage(
            title: text, target: CloudTarget(projectID: nil, endpoint: text, cloud: text), asOf: now, origin: .cloud(now),
            manifest: manifest,
            plan: plan, rows: StatusRow.rows(of: plan, manifest: manifest, state: state), state: state, runs: [run, run, run],
            findings: [PlacedDiagnostic(.error, code: "x", text, at: .named(text), notes: [.init(text)], help: text)], words: [text],
            version: "1.2.3")
    }
}
