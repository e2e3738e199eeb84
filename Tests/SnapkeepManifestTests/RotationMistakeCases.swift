/// What a rotation needs besides its name.
private let rest = "volumes: [\(ordersID)], every: day, timezone: UTC, keep: {daily: 2}"
/// The same without `volumes`, `every`, or `keep`.
private let restOfVolumes = "every: day, timezone: UTC, keep: {daily: 2}"
private let restOfEvery = "volumes: [\(ordersID)], timezone: UTC, keep: {daily: 2}"
private let restOfKeep = "volumes: [\(ordersID)], every: day, timezone: UTC"

extension MistakeCase {
    static let rotations = rotationFields + rotationVolumes + schedules + retention + templates + moves

    static let rotationFields = [
        MistakeCase("rotations-not-a-list", "wrong-kind", text: "rotations: «nightly»\n"),
        MistakeCase("rotation-not-a-mapping", "wrong-kind", text: "rotations: [«nightly»]\n"),
        MistakeCase(
            "rotation-incomplete", "missing-field", "missing-field", "missing-field", "missing-field",
            text: "rotations:\n  - name: ««««nightly»»»»\n"),
        MistakeCase("rotation-nameless", "missing-name", text: "rotations:\n  - {«volumes»: [\(ordersID)], \(restOfVolumes)}\n"),
        MistakeCase(
            "rotation-names", "bad-rotation-name", "missing-value", "bad-rotation-name",
            text: "rotations:\n  - {name: «night/ly», \(rest)}\n  - {name: «~», \(rest)}\n  - {name: «-a», \(rest)}\n"),
        MistakeCase(
            "rotation-unknown-keys", "unknown-key", "unknown-key", "unknown-key", "unknown-key", "unknown-key", "unknown-key",
            text: """
                limits: {«snapshot_per_volume»: 7}
                rotations:
                  - {name: a, volumes: [\(ordersID)], «schedule»: daily, timezone: UTC, keep: {daily: 2}}
                  - {name: b, \(restOfKeep), keep: {«days»: 7}}
                  - {name: c, match: {«nmae»: db}, \(restOfVolumes)}
                  - {name: d, \(rest), snapshot: {«volume»: x}}
                  - {name: e, \(rest), moved: {«form»: f}}

                """),
        MistakeCase(
            "rotation-duplicate-key", "duplicate-key", "duplicate-key",
            text: "rotations:\n  - {name: a, \(restOfKeep), keep: {daily: 2, «daily»: 3}, paused: true, «paused»: false}\n"),
        MistakeCase("rotation-paused", "not-boolean", text: "rotations:\n  - {name: a, \(rest), paused: «yes»}\n"),
        // They would make snapshots of the same keys.
        MistakeCase(
            "duplicate-rotation", "duplicate-rotation",
            text: "rotations:\n  - {name: nightly, \(rest)}\n  - {name: «nightly», volumes: [\(billingID)], \(restOfVolumes)}\n"),
        MistakeCase(
            "key-of-rotation", "key-of-rotation", "key-of-rotation",
            text: """
                snapshots:
                  - {name: a, key: «nightly/orders@2026-10-25», volume_id: \(ordersID)}
                  - {name: «old-name/orders@2026-W43», volume_id: \(ordersID)}
                  - {name: other/orders@2026-10-25, volume_id: \(ordersID)}
                  - {name: nightly/orders, volume_id: \(ordersID)}
                rotations:
                  - {name: nightly, \(rest), moved: {from: old-name}}

                """),
    ]

    static let rotationVolumes = [
        MistakeCase(
            "rotation-volumes", "unknown-volume", "unknown-volume", "no-volumes", "wrong-kind", "missing-value", "wrong-kind",
            text: """
                volumes: {orders-db: \(ordersID)}
                rotations:
                  - {name: a, volumes: [«oders-db»], \(restOfVolumes)}
                  - {name: b, volumes: [«nowhere»], \(restOfVolumes)}
                  - {name: c, «volumes»: [], \(restOfVolumes)}
                  - {name: d, volumes: «orders-db», \(restOfVolumes)}
                  - {name: e, volumes: [orders-db, «~»], \(restOfVolumes)}
                  - {name: f, volumes: [«[»x]], \(restOfVolumes)}

                """),
        MistakeCase(
            "rotation-volume-twice", "volume-twice", "volume-twice",
            text: """
                volumes: {orders-db: \(ordersID), billing: {name: data}, second: {name: data}}
                rotations:
                  - {name: a, volumes: [orders-db, «\(ordersID)»], \(restOfVolumes)}
                  - {name: b, volumes: [billing, «second»], \(restOfVolumes)}

                """),
        MistakeCase(
            "rotation-two-volumes", "two-volumes",
            text: "rotations:\n  - {name: a, match: {name: db}, «volumes»: [\(ordersID)], \(restOfVolumes)}\n"),
        MistakeCase(
            "rotation-match", "empty-match", "wrong-kind", "wrong-kind", "text-bad-character", "text-empty",
            text: """
                rotations:
                  - {name: a, «match»: {}, \(restOfVolumes)}
                  - {name: b, match: «"db-*"», \(restOfVolumes)}
                  - {name: c, match: {metadata: «x»}, \(restOfVolumes)}
                  - {name: d, match: {metadata: {«a b»: x}}, \(restOfVolumes)}
                  - {name: e, match: {name: «""»}, \(restOfVolumes)}

                """),
        MistakeCase(
            "rotation-key-long", "text-too-long",
            text: "volumes: {\(String(repeating: "v", count: 237)): \(ordersID)}\nrotations:\n"
                + "  - {name: nightly, volumes: [«\(String(repeating: "v", count: 237))»], \(restOfVolumes),\n     snapshot: {name: \"{period}\"}}\n"
        ),
    ]

    static let schedules = [
        MistakeCase(
            "rotation-every", "bad-every", "bad-every", "bad-every", "wrong-kind",
            text: """
                rotations:
                  - {name: a, every: «daily», \(restOfEvery)}
                  - {name: b, every: «year», \(restOfEvery)}
                  - {name: c, every: «wek», \(restOfEvery)}
                  - {name: d, every: «[»day], \(restOfEvery)}

                """),
        MistakeCase(
            "rotation-at", "bad-due-time", "bad-due-time", "bad-due-time", "bad-due-time",
            text: """
                rotations:
                  - {name: a, every: hour, at: «"02:00"», \(restOfEvery)}
                  - {name: b, every: day, at: «24:00», \(restOfEvery)}
                  - {name: c, at: «02:00», every: week, \(restOfEvery)}
                  - {name: d, every: month, at: «sun 02:00», \(restOfEvery)}

                """),
        MistakeCase(
            "rotation-timezone", "bad-timezone", "bad-timezone", "missing-value",
            text: """
                rotations:
                  - {name: a, volumes: [\(ordersID)], every: day, timezone: «+02:00», keep: {daily: 2}}
                  - {name: b, volumes: [\(ordersID)], every: day, timezone: «../zone», keep: {daily: 2}}
                  - {name: c, volumes: [\(ordersID)], every: day, timezone: «~», keep: {daily: 2}}

                """),
        MistakeCase(
            "rotation-start-within", "start-within-too-long", "start-within-too-long", "bad-duration", "bad-duration", "bad-duration",
            text: """
                rotations:
                  - {name: a, \(rest), start_within: «30h»}
                  - {name: b, start_within: «5w», every: month, \(restOfEvery)}
                  - {name: c, \(rest), start_within: «6»}
                  - {name: d, \(rest), start_within: «6 hours»}
                  - {name: e, \(rest), start_within: «0h»}

                """),
    ]

    static let retention = [
        MistakeCase(
            "rotation-keeps-nothing", "keeps-nothing", "keeps-nothing",
            text: "rotations:\n  - {name: a, \(restOfKeep), «keep»: {}}\n  - {name: b, \(restOfKeep), «keep»: {daily: 0, weekly: 0}}\n"),
        MistakeCase("rotation-keep-number", "wrong-kind", text: "rotations:\n  - {name: a, \(restOfKeep), keep: «7»}\n"),
        MistakeCase(
            "rotation-numbers", "bad-number", "bad-number", "bad-number", "bad-number", "bad-number", "bad-number",
            text: """
                rotations:
                  - {name: a, \(restOfKeep), keep: {daily: «"7"», weekly: «-1», monthly: «10001», yearly: «07», last: «1.5»}}
                  - {name: b, \(rest), min_good: «0»}

                """),
        MistakeCase("rotation-prefer", "bad-prefer", text: "rotations:\n  - {name: a, \(rest), prefer: «oldest»}\n"),
        MistakeCase("rotation-max-age", "bad-duration", text: "rotations:\n  - {name: a, \(rest), max_age: «1y»}\n"),
    ]

    static let templates = [
        MistakeCase(
            "rotation-placeholder", "unknown-placeholder", "unknown-placeholder", "unknown-placeholder",
            text: """
                rotations:
                  - {name: a, \(rest), snapshot: {name: «"{volum}-{period}"»}}
                  - {name: b, \(rest), snapshot: {name: «"{date}"»}}
                  - {name: c, \(rest), snapshot: {name: «"{volume-{period"»}}

                """),
        MistakeCase(
            "rotation-name-without-period", "name-without-period",
            text: "rotations:\n  - {name: a, \(rest), snapshot: {name: «nightly»}}\n"),
        MistakeCase(
            "rotation-description", "placeholder-not-filled",
            text: "rotations:\n  - {name: a, \(rest), snapshot: {description: «\"of {volume}\"»}}\n"),
        // Once the volume and the period are filled in.
        MistakeCase(
            "rotation-name-long", "text-too-long", "long-text", "text-outer-blank",
            text: """
                volumes: {\(String(repeating: "v", count: 100)): \(billingID)}
                rotations:
                  - {name: a, volumes: [\(ordersID), \(String(repeating: "v", count: 100))], \(restOfVolumes),
                     snapshot: {name: «"{volume}-{volume}-{volume}-{period}"»}}
                  - {name: b, \(rest), snapshot: {name: «"{rotation}-a-rather-long-name-{volume}-{period}"»}}
                  - {name: c, \(rest), snapshot: {name: «"{period} "»}}

                """),
        MistakeCase(
            "rotation-template", "wrong-kind", "not-boolean", "bad-timeout", "text-line-break",
            text: """
                rotations:
                  - {name: a, \(rest), snapshot: «x»}
                  - {name: b, \(rest), snapshot: {force: «yes», timeout: «30», description: «"a\\nb"»}}

                """),
    ]

    static let moves = [
        MistakeCase(
            "rotation-moved", "bad-move", "bad-move", "bad-move", "empty-moved", "wrong-kind", "bad-rotation-name",
            text: """
                rotations:
                  - {name: a, \(rest), moved: {from: «a»}}
                  - {name: b, \(rest), moved: {from: «a»}}
                  - {name: c, \(rest), moved: {from: gone}}
                  - {name: d, \(rest), moved: {from: «gone»}}
                  - {name: e, \(rest), moved: «{»}}
                  - {name: f, \(rest), moved: «gone»}
                  - {name: g, \(rest), moved: {from: «x/y»}}

                """),
        MistakeCase(
            "rotation-circle", "bad-move",
            text: """
                rotations:
                  - {name: a, \(rest), moved: {from: «b»}}
                  - {name: b, \(rest), moved: {from: c}}
                  - {name: c, \(rest), moved: {from: a}}

                """),
    ]

    // What a cloud takes of one volume.
    static let limits = [
        MistakeCase(
            "limits", "wrong-kind", "bad-number", "conflicting-setting",
            text: "limits: «7»\nstack: a\n---\nlimits: {snapshots_per_volume: «many»}\n---\nlimits: {snapshots_per_volume: 7}\n"
                + "---\nlimits: {snapshots_per_volume: «8»}\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "rotation-over-limit", "over-limit", "over-limit",
            text: """
                limits: {snapshots_per_volume: 7}
                volumes: {orders-db: \(ordersID), billing: \(billingID)}
                snapshots: [{name: a, volume: orders-db}, {name: b, volume: orders-db}]
                rotations:
                  - {name: small, volumes: [orders-db, billing], every: day, timezone: UTC, keep: {daily: 2}}
                  - name: nightly
                    volumes: [billing, orders-db]
                    every: day
                    timezone: Europe/Berlin
                    «keep»: {last: 2, daily: 7, weekly: 4, monthly: 12, yearly: 3}
                  - {name: by-name, match: {name: "db-*"}, every: hour, timezone: UTC, «keep»: {hourly: 24}}

                """),
        MistakeCase(
            "rotation-many-snapshots", "many-snapshots",
            text:
                "rotations:\n  - {name: a, \(restOfKeep), «keep»: {daily: 7}}\n  - {name: b, volumes: [\(billingID)], every: day, timezone: UTC, keep: {daily: 6}}\n"
        ),
        MistakeCase(
            "declared-over-limit", "over-limit",
            text: "limits: {snapshots_per_volume: 2}\nsnapshots:\n"
                + "  - {name: a, volume_id: \(ordersID)}\n  - {name: b, volume_id: \(ordersID)}\n  - {name: c, volume_id: «\(ordersID)»}\n"),
    ]
}
