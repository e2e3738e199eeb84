import SnapkeepCore

/// The plans that the screens are shown with.
enum PlanSamples {
    static let ordersVolume = VolumeID("5aa119a8-d25b-45a7-8d1b-88e127885635")!
    static let billingVolume = VolumeID("9c1d7f20-61f0-4c1c-b3f5-0a3f6e8e8a55")!
    static let ledgerVolume = VolumeID("1f0c2b11-0000-4000-8000-000000000001")!
    static let newLedgerVolume = VolumeID("77ab9d10-0000-4000-8000-000000000002")!
    static let snapshot = SnapshotID("ffa9bc5e-1172-4021-acaf-cdcd78a9584d")!
    static let lineage = Lineage("0c0ffee0-0000-4000-8000-00000000000a")!

    static func instant(_ text: String) -> Timestamp { Timestamp(text)! }
    static func key(_ text: String) -> SnapshotKey { try! SnapshotKey(text) }

    static func spec(
        _ key: String, name: String? = nil, volume: VolumeReference = .id(ordersVolume), description: String? = nil,
        metadata: [String: String] = [:], force: Bool = false, protect: Bool = false
    ) -> SnapshotSpec {
        SnapshotSpec(
            key: self.key(key), name: try! SnapshotName(name ?? key), volume: volume,
            description: description.map { try! SnapshotDescription($0) }, metadata: Metadata(metadata), force: force, protect: protect)
    }

    static func record(
        _ key: String, name: String? = nil, volume: VolumeID = ordersVolume, status: SnapshotStatus = .available, size: Int? = 20,
        created: String? = "2026-09-30T09:12:00Z", protect: Bool = false
    ) -> SnapshotRecord {
        SnapshotRecord(
            key: self.key(key), id: snapshot, volumeID: volume, name: name ?? key, status: status, size: size,
            createdAt: created.map(instant), protect: protect)
    }

    static func intent(_ key: String) -> CreationIntent {
        CreationIntent(
            attempt: AttemptID("00000000-0000-4000-8000-0000000000aa")!, owner: "payments-prod", key: self.key(key), volumeID: ordersVolume,
            name: key, description: nil, metadata: Metadata(), protect: false, startedAt: instant("2026-11-23T09:12:00Z"))
    }

    static func plan(
        _ changes: [Change], declared: Int = 43, recorded: Int = 41, unchanged: Int = 38, owner: String? = "payments-prod",
        isFirst: Bool = false, serial: Int = 12
    ) -> Plan {
        Plan(
            basis: Plan.Basis(
                lineage: isFirst ? nil : lineage, serial: serial, isFirst: isFirst, owner: owner, endpoint: nil, projectID: nil),
            changes: changes, declaredCount: declared, recordedCount: recorded, unchangedCount: unchanged)
    }

    /// The sample of the agreed look, with every kind of change.
    static let mixed = plan([
        .create(spec("orders-pre-upgrade", volume: .alias("orders-db", ordersVolume), description: "Before the 4.2 upgrade", force: true)),
        .create(spec("audit-base", name: "audit base 2026", volume: .named(alias: "billing", name: "billing-data"), protect: true)),
        .create(spec("snap-001")),
        .update(
            spec("billing-nightly", volume: .alias("billing", billingVolume)), recorded: record("billing-nightly", volume: billingVolume),
            [
                .name(from: "billing-n", to: "billing-nightly"), .description(from: "Daily", to: "Daily backup"),
                .metadata(key: "reason", from: nil, to: "audit"), .metadata(key: "ticket", from: "OPS-17", to: nil),
                .protect(from: false, to: true),
            ]),
        .update(spec("wallet", volume: .id(billingVolume)), recorded: record("wallet"), [.description(from: "Old \"one\"", to: nil)]),
        .replace(
            spec("ledger-base"), recorded: record("ledger-base"), .volume(from: ledgerVolume, to: .id(newLedgerVolume)), prune: false),
        .replace(
            spec("ledger-next"), recorded: record("ledger-next"),
            .volume(from: ledgerVolume, to: .alias("ledger", newLedgerVolume)), prune: true),
        .replace(
            spec("mail-weekly", volume: .alias("mail", ordersVolume)), recorded: record("mail-weekly", status: .error), .failed,
            prune: false),
        .replace(spec("mail-daily"), recorded: record("mail-daily", status: .deleting), .beingDeleted, prune: false),
        .resume(
            spec("search-index"), recorded: record("search-index", status: .creating, created: "2026-11-23T09:12:44Z"),
            [.metadata(key: "reason", from: nil, to: "audit")]),
        .resume(spec("search-cold"), recorded: record("search-cold", status: .other("warming"), created: nil), []),
        .settle(intent("queue-hourly"), spec("queue-hourly")),
        .settle(intent("queue-gone"), nil),
        .delete(record("old-base"), .unlisted),
        .delete(record("old-next", size: nil, created: nil), .superseded),
        .delete(record("old-last", status: .deleting), .underWay),
        .retain(record("reports-2025"), .unlisted),
        .retain(record("reports-2024"), .superseded),
        .retain(record("reports-gold", protect: true), .protected),
        .retain(record("reports-hot", status: .backingUp), .busy),
    ])

    /// What a look at the cloud shows.
    static let refreshed: Plan = {
        var shown = PlanSamples.plan([
            .lost(record("ledger-2026-09"), spec("ledger-2026-09"), .gone),
            .lost(record("mail-2026-09", created: nil), spec("mail-2026-09"), .goneWithVolume),
            .lost(record("orders-2026-09"), spec("orders-2026-09"), .beingDeleted),
            .lost(record("search-2026-09"), spec("search-2026-09"), .errorDeleting),
            .update(
                spec("billing-nightly"), recorded: record("billing-nightly", name: "billing-x"),
                [.name(from: "billing-x", to: "billing-nightly"), .metadata(key: "ticket", from: nil, to: "OPS-18")]),
            .replace(spec("wallet-base"), recorded: record("wallet-base"), .lost(.gone), prune: false),
            .lost(record("reports 2025"), nil, .gone),
        ])
        shown.basis.isRefreshed = true
        shown.drift = [.init(key: key("billing-nightly"), id: snapshot, fields: [.name(from: "billing-nightly", to: "billing-x")])]
        return shown
    }()

    /// Lines that name what exists, as a plan shows them without and with a look at the cloud.
    static func adopting(isRefreshed: Bool) -> Plan {
        func named(_ key: String, volume: VolumeReference = .id(ordersVolume)) -> SnapshotSpec {
            var named = spec(key, volume: volume)
            named.id = snapshot
            return named
        }
        var shown = plan([
            .adopt(named("orders-base", volume: .alias("orders-db", ordersVolume)), snapshot, isRefreshed ? [] : nil),
            .adopt(
                named("ledger-base", volume: .id(ledgerVolume)), snapshot,
                isRefreshed ? [.name(from: "by hand", to: "ledger-base"), .metadata(key: "team", from: nil, to: "payments")] : nil),
            .create(spec("snap-001")),
            .lost(record("mail-base"), named("mail-base"), .gone),
            .lost(record("wallet-base", status: .error), named("wallet-base"), .unusable),
            .settle(intent("queue-base"), named("queue-base")),
        ])
        shown.basis.isRefreshed = isRefreshed
        return shown
    }

    /// Ids that begin alike.
    static let alike: Plan = {
        let twin = VolumeID("5aa119a8-d25b-4fff-8d1b-88e127885635")!
        return plan([
            .replace(
                spec("ledger", volume: .id(twin)), recorded: record("ledger"), .volume(from: ordersVolume, to: .id(twin)), prune: false),
            .create(spec("snap-001", volume: .alias("mail", billingVolume), force: true)), .retain(record("old"), .superseded),
        ])
    }()

    /// Texts that a hand-edited state or a cloud could hold.
    static let hostile = plan(
        [
            .update(
                spec("plain"), recorded: record("plain"),
                [.name(from: hostileText, to: "plain"), .metadata(key: hostileText, from: hostileText, to: hostileText)]),
            .create(spec("aliased", volume: .alias(hostileText, ordersVolume))),
            .create(spec("named", volume: .named(alias: hostileText, name: hostileText))),
            .resume(spec("resumed"), recorded: record("resumed", status: .other(hostileText)), []),
            .retain(record("busy", status: .other(hostileText)), .busy),
        ], owner: hostileText)
}
