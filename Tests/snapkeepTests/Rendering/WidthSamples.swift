import SnapkeepCore
import SnapkeepEngine
import SnapkeepState

@testable import SnapkeepRendering
@testable import snapkeep

/// Names and texts that no column is made for: very long, wide, without a blank.
enum WidthSamples {
    static let longKey = "orders-" + String(repeating: "x", count: 180) + "-pre-upgrade"
    static let wideKey = "支付数据库备份每日快照保留策略变更前🙂"
    static let emojiKey = "🙂👨‍👩‍👧-backup"
    static let keys = [longKey, wideKey, emojiKey, "orders-pre-upgrade", "ledger"]

    static let plan: Plan = {
        var plan = PlanSamples.plan([
            .create(
                PlanSamples.spec(
                    longKey, volume: .alias(String(repeating: "volume-", count: 20), PlanSamples.ordersVolume),
                    description: "Before the 4.2 upgrade of the orders service, kept until the audit of the year is over", force: true)),
            .create(PlanSamples.spec(wideKey, volume: .named(alias: "支付", name: "支付-数据"), description: "升级之前的快照，保留到年度审计结束为止，请勿删除，谢谢大家的配合")),
            .create(PlanSamples.spec(emojiKey, metadata: ["note": String(repeating: "y", count: 255), "reason": "audit"])),
            .update(
                PlanSamples.spec("ledger"), recorded: PlanSamples.record("ledger"),
                [
                    .description(from: "The ledger before the change of the year, as the auditors want it", to: nil),
                    .metadata(key: String(repeating: "z", count: 120), from: nil, to: "audit"),
                ]),
            .replace(
                PlanSamples.spec("mail"), recorded: PlanSamples.record("mail"),
                .volume(from: PlanSamples.ledgerVolume, to: .alias("mail-data-of-the-new-cluster", PlanSamples.newLedgerVolume)),
                prune: true),
            .delete(PlanSamples.record("orders-pre-upgrade"), .unlisted), .retain(PlanSamples.record(longKey + "-old"), .superseded),
        ])
        plan.aliases = [PlanSamples.ledgerVolume: "mail-data"]
        return plan
    }()

    static func record(_ key: String, _ status: SnapshotStatus = .available, protect: Bool = false) -> SnapshotRecord {
        PlanSamples.record(key, status: status, protect: protect)
    }

    static let state = RecordedState(
        header: .init(
            lineage: PlanSamples.lineage, serial: 12, owner: "payments-prod", endpoint: "https://evs.eu-de.otc.t-systems.com/v3",
            projectID: ProjectID("0c2eba2c5af04d3f9e9d0d410b371fde")!),
        records: keys.sorted().map { record($0, $0 == "ledger" ? .other("awaiting-transfer-of-ownership") : .available) },
        superseded: [record(longKey, .error, protect: true)], openIntents: [PlanSamples.intent(wideKey)])

    static let rows: [StatusRow] = keys.enumerated().map { index, key in
        StatusRow(
            key: PlanSamples.key(key), standing: index == 4 ? .lost(.goneWithVolume) : .present(.available), record: record(key),
            volume: index == 0 ? .alias("支付数据卷", PlanSamples.ordersVolume) : .id(PlanSamples.ordersVolume), isDeclared: index != 3,
            drifted: index == 1 ? ["name", "description", "metadata.reason", "metadata.ticket", "metadata.team"] : [])
    }

    static let history: [HistoryRow] = {
        var (few, many) = (HistoryCounts(), HistoryCounts())
        (few.created, few.updated, few.awaited) = (2, 1, 1)
        (many.created, many.updated, many.replaced, many.awaited, many.deleted, many.failed, many.notStarted) = (2, 3, 4, 5, 12, 1, 1)
        return [
            HistoryRow(
                when: PlanSamples.instant("2026-11-23T09:12:00Z"), who: "ci@build-7", command: "apply", serialBefore: 8, serial: 9,
                counts: few, exit: 0),
            HistoryRow(
                when: PlanSamples.instant("2026-11-24T09:12:00Z"), who: "数据@" + String(repeating: "build-", count: 20),
                command: "apply", serialBefore: 9, serial: 10, counts: many, exit: nil),
        ]
    }()

    static let doctor = DoctorReport(
        settings: [
            .init("cloud", "production", from: "OS_CLOUD"),
            .init("identity service", "https://iam.eu-de.otc.t-systems.com:443/v3", from: "clouds.yaml:4:17"),
            .init(
                "ca certificate", "/etc/ssl/" + String(repeating: "certificates/", count: 12) + "ca.pem",
                from: "OS_CACERT of the environment"),
        ],
        checks: [
            .init("log-in", .good, "token of 'keeper' for project 'backup' 0c2eba2c until 2026-11-24 20:16:35 UTC with member"),
            .init("clock", .warning, "this machine's clock is 2 min 3 s ahead of the service's", help: "set this machine's clock"),
            .init("versions", .skipped, "the service does not list them; v3 is used"),
            .init(
                "read volumes", .bad, "Policy doesn't allow it (HTTP 403)",
                help: "ask for a role that may read volumes: 'snapkeep doctor --cloud production' shows when it is there"),
        ])
}
