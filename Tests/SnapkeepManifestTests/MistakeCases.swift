import Testing

/// One kind of mistake: the marked places in order, and the codes of the diagnostics expected there. Its rendering is `Golden/<name>.txt`.
struct MistakeCase: Sendable, CustomTestStringConvertible {
    let name: String
    let codes: [String]
    let text: String

    init(_ name: String, _ codes: String..., text: String) {
        self.name = name
        self.codes = codes
        self.text = text
    }

    var testDescription: String { name }

    static let all = whole + mappings + snapshots + ids + volumes + texts + metadata + anchors + syntax + rotations + limits

    // What the manifest is as a whole.
    static let whole = [
        MistakeCase("empty-file", "empty-file", text: "«#» nothing but a comment\n"),
        MistakeCase("empty-document", "empty-document", text: "snapshots: [{name: a, volume_id: \(ordersID)}]\n---\n«»---\nstack: x\n"),
        MistakeCase("top-level-list", "wrong-kind", text: "«-» name: a\n  volume_id: \(ordersID)\n"),
        MistakeCase("top-level-text", "wrong-kind", text: "«snapshots»\n"),
        MistakeCase("snapshots-not-a-list", "wrong-kind", text: "snapshots: «daily»\n"),
        MistakeCase("snapshots-mapping", "wrong-kind", text: "snapshots:\n  «n»ame: a\n"),
        MistakeCase("snapshot-not-a-mapping", "wrong-kind", "wrong-kind", text: "snapshots:\n  - «orders»\n  - «[»a]\n"),
        MistakeCase("defaults-not-a-mapping", "wrong-kind", text: "defaults: «5»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        // A text that looks like the number is not the number.
        MistakeCase("version", "bad-version", text: "version: «2»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase("version-quoted", "bad-version", text: "version: «\"1\"»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase("project-id", "bad-project-id", text: "project_id: «a/b»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        // What is known to be a secret is never shown, and what may be one is not either.
        MistakeCase(
            "state-scheme", "bad-state", text: "state: «ectd://host/prod»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "state-login", "bad-state",
            text: "state: «https://ci:s3cr@et/4@host/prod»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase("state-port", "bad-state", text: "state: «etcd://host:0/prod»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase("state-variable", "stack-variable", text: "state: «a/${ENV}»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "state-key", "unknown-key", text: "«stat»: a.json\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "conflicting-state", "conflicting-setting",
            text: "state: a.json\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n---\nstate: «b.json»\n"),
        MistakeCase("stack-blank", "text-outer-blank", text: "stack: «\" x\"»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase("stack-variable", "stack-variable", text: "stack: «app-${ENV}»\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "unused-defaults", "unused-defaults",
            text: "«defaults»: {force: true}\n---\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "conflicting-stack", "conflicting-setting",
            text: "stack: a\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n---\nstack: «b»\n"),
    ]

    // Keys, at every level.
    static let mappings = [
        MistakeCase("unknown-top-key", "unknown-key", text: "snapshots: [{name: a, volume_id: \(ordersID)}]\n«defualts»: {force: true}\n"),
        MistakeCase(
            "unknown-key", "unknown-key", text: "snapshots:\n  - name: ledger-nightly\n    «volme»: x\n    volume_id: \(ordersID)\n"),
        // One slip, one mistake: the field is not missing, and the volume is not unused. The value tells which of the two was meant.
        MistakeCase(
            "misspelt-volume", "unknown-key", "unknown-key", "unknown-key",
            text: """
                volumes: {orders: \(ordersID)}
                snapshots:
                  - name: a
                    «volme»: \(ordersID)
                  - name: b
                    «vloume»: orders
                  - «nmae»: c
                    volume_id: \(ordersID)

                """),
        MistakeCase("unknown-key-far", "unknown-key", text: "snapshots:\n  - name: a\n    «schedule»: daily\n    volume_id: \(ordersID)\n"),
        MistakeCase("unknown-default", "unknown-key", text: "defaults: {«fource»: true}\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "duplicate-key", "duplicate-key",
            text: "snapshots:\n  - name: a\n    force: true\n    volume_id: \(ordersID)\n    «force»: false\n"),
        MistakeCase("duplicate-top-key", "duplicate-key", text: "snapshots: [{name: a, volume_id: \(ordersID)}]\n«snapshots»: []\n"),
        MistakeCase("key-is-a-list", "key-not-text", text: "snapshots:\n  - name: a\n    volume_id: \(ordersID)\n    ? «[»x]\n    : 1\n"),
    ]

    // The fields of a snapshot. Meaning comes from the field, not from the scalar.
    static let snapshots = [
        MistakeCase("missing-name", "missing-name", text: "snapshots:\n  - «volume_id»: \(ordersID)\n"),
        MistakeCase("null-name", "missing-value", text: "snapshots:\n  - name: «~»\n    volume_id: \(ordersID)\n"),
        MistakeCase("missing-volume", "missing-volume", text: "snapshots:\n  - name: «a»\n"),
        MistakeCase(
            "two-volumes", "two-volumes",
            text: "volumes: {orders: \(ordersID)}\nsnapshots:\n  - name: a\n    volume_id: \(ordersID)\n    «volume»: orders\n"),
        MistakeCase(
            "duplicate-snapshot", "duplicate-snapshot",
            text: "snapshots:\n  - name: a\n    volume_id: \(ordersID)\n  - name: «a»\n    volume_id: \(billingID)\n"),
        MistakeCase(
            "duplicate-snapshot-key", "duplicate-snapshot",
            text: "snapshots:\n  - {name: a, key: k, volume_id: \(ordersID)}\n  - {name: b, key: «k», volume_id: \(ordersID)}\n"),
        MistakeCase("boolean-yes", "not-boolean", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), force: «yes»}\n"),
        MistakeCase("boolean-quoted", "not-boolean", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), force: «\"true\"»}\n"),
        MistakeCase("boolean-off", "not-boolean", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), protect: «off»}\n"),
        MistakeCase("boolean-null", "not-boolean", text: "snapshots:\n  - name: a\n    volume_id: \(ordersID)\n    protect:«»\n"),
        MistakeCase("boolean-list", "wrong-kind", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), force: «[»true]}\n"),
        MistakeCase("timeout-unit", "bad-timeout", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), timeout: «600»}\n"),
        MistakeCase("timeout-text", "bad-timeout", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), timeout: «5 minutes»}\n"),
        MistakeCase("timeout-long", "timeout-out-of-range", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), timeout: «25h»}\n"),
        MistakeCase("name-in-defaults", "not-a-default", text: "defaults: {«name»: x}\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase("name-is-a-mapping", "wrong-kind", text: "snapshots:\n  - {name: «{»a: b}, volume_id: \(ordersID)}\n"),
        MistakeCase("custom-tag", "unsupported-tag", text: "snapshots:\n  - {name: «!secret a», volume_id: \(ordersID)}\n"),
        MistakeCase("standard-tag", "unsupported-tag", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), force: «!!bool true»}\n"),
    ]

    // A line may name what exists; a slip there must not make a new one.
    static let ids = [
        MistakeCase("id-no-uuid", "bad-snapshot-id", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), id: «nightly»}\n"),
        MistakeCase("id-null", "missing-value", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), id: «~»}\n"),
        MistakeCase("id-list", "wrong-kind", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), id: «[»\(billingID)]}\n"),
        MistakeCase(
            "id-twice", "duplicate-id",
            text: "snapshots:\n  - {name: a, volume_id: \(ordersID), id: \(billingID)}\n"
                + "  - {name: b, volume_id: \(ordersID), id: «\(billingID.uppercased())»}\n"),
        MistakeCase(
            "id-in-defaults", "not-a-default",
            text: "defaults: {«id»: \(billingID)}\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "id-otherwise", "unknown-key", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), «snapshot_id»: \(billingID)}\n"),
    ]

    static let volumes = [
        MistakeCase("volume-id", "bad-volume-id", text: "snapshots:\n  - {name: a, volume_id: «5aa119a8»}\n"),
        MistakeCase(
            "volume-id-hyphens", "bad-volume-id", text: "snapshots:\n  - {name: a, volume_id: «5aa119a8d25b45a78d1b88e127885635»}\n"),
        MistakeCase(
            "volume-id-alias", "bad-volume-id", text: "volumes: {orders: \(ordersID)}\nsnapshots:\n  - {name: a, volume_id: «orders»}\n"),
        MistakeCase(
            "unknown-volume", "unknown-volume",
            text: "snapshots:\n  - {name: a, volume: «oders»}\n  - {name: b, volume: orders}\nvolumes: {orders: \(ordersID)}\n"),
        MistakeCase("undeclared-volume", "unknown-volume", text: "snapshots:\n  - {name: a, volume: «orders»}\n"),
        MistakeCase("volume-is-an-id", "unknown-volume", text: "snapshots:\n  - {name: a, volume: «\(ordersID)»}\n"),
        MistakeCase("default-volume", "unknown-volume", text: "defaults: {volume: «x»}\nsnapshots: [{name: a}, {name: b}]\n"),
        MistakeCase(
            "declared-volume", "bad-volume-id", "bad-volume-id", "wrong-kind", "unknown-key", "missing-value",
            text: """
                volumes:
                  a: «orders»
                  b: «{»}
                  c: «[»]
                  d: {«id»: 1}
                  e: {name: «~»}
                snapshots:
                  - {name: a, volume: a}
                  - {name: b, volume: b}
                  - {name: c, volume: c}
                  - {name: d, volume: d}
                  - {name: e, volume: e}

                """),
        MistakeCase(
            "duplicate-volume", "duplicate-volume",
            text: "volumes: {a: \(ordersID)}\n---\nvolumes: {«a»: \(billingID)}\nsnapshots: [{name: a, volume: a}]\n"),
        MistakeCase(
            "volume-name", "text-outer-blank", text: "volumes: {«\"a \"»: \(ordersID)}\nsnapshots: [{name: a, volume: \"a \"}]\n"),
        MistakeCase(
            "unused-volume", "unused-volume", text: "volumes: {«a»: \(ordersID)}\nsnapshots: [{name: a, volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "many-snapshots", "many-snapshots",
            text: "volumes: {orders: \(ordersID)}\ndefaults: {volume: orders}\nsnapshots: ["
                + (1...9).map { $0 == 8 ? "{name: «s8»}" : "{name: s\($0)}" }.joined(separator: ", ") + "]\n"),
    ]

    // Limits of texts (CloudAPI#texts): bytes are hard, characters are advice.
    static let texts = [
        MistakeCase("name-empty", "text-empty", text: "snapshots: [{name: «\"\"», volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "name-too-long", "text-too-long", text: "snapshots: [{name: «\(String(repeating: "a", count: 256))», volume_id: \(ordersID)}]\n"
        ),
        MistakeCase(
            "name-too-many-bytes", "text-too-long",
            text: "snapshots: [{name: «\(String(repeating: "每", count: 86))», volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "name-long", "long-text", text: "snapshots: [{name: «\(String(repeating: "a", count: 65))», volume_id: \(ordersID)}]\n"),
        MistakeCase("name-blank", "text-outer-blank", text: "snapshots: [{name: «\"a \"», volume_id: \(ordersID)}]\n"),
        MistakeCase("name-control", "text-control-character", text: "snapshots: [{name: «\"a\\x1B[0m\"», volume_id: \(ordersID)}]\n"),
        MistakeCase("name-reserved", "text-reserved-prefix", text: "snapshots: [{name: «autobk_snapshot_1», volume_id: \(ordersID)}]\n"),
        MistakeCase(
            "description-long", "long-text",
            text: "snapshots: [{name: a, volume_id: \(ordersID), description: «\(String(repeating: "é", count: 86))»}]\n"),
        MistakeCase(
            "description-emoji", "text-outside-basic-plane", text: "snapshots: [{name: a, volume_id: \(ordersID), description: «x🐘»}]\n"),
        MistakeCase(
            "description-lines", "text-line-break",
            text: "snapshots: [{name: a, volume_id: \(ordersID), description: «\"one\\ntwo\"»}]\n"),
    ]

    static let metadata = [
        MistakeCase("metadata-text", "wrong-kind", text: "snapshots: [{name: a, volume_id: \(ordersID), metadata: «daily»}]\n"),
        MistakeCase("metadata-null", "null-metadata", text: "snapshots: [{name: a, volume_id: \(ordersID), metadata: {team: «~»}}]\n"),
        MistakeCase("metadata-list", "wrong-kind", text: "snapshots: [{name: a, volume_id: \(ordersID), metadata: {team: «[»a]}}]\n"),
        MistakeCase(
            "metadata-key", "text-bad-character", text: "snapshots: [{name: a, volume_id: \(ordersID), metadata: {«cost center»: x}}]\n"),
        MistakeCase(
            "metadata-reserved", "text-reserved-prefix", "text-reserved-prefix",
            text: "snapshots: [{name: a, volume_id: \(ordersID), metadata: {«snapkeep.key»: x, «__system__x»: y}}]\n"),
        MistakeCase(
            "metadata-duplicate", "duplicate-key", text: "snapshots: [{name: a, volume_id: \(ordersID), metadata: {team: x, «team»: y}}]\n"),
        MistakeCase(
            "metadata-value-long", "text-too-long",
            text: "snapshots: [{name: a, volume_id: \(ordersID), metadata: {k: «\(String(repeating: "v", count: 256))»}}]\n"),
    ]

    static let anchors = [
        MistakeCase("unknown-anchor", "unknown-anchor", text: "snapshots:\n  - {name: &nme a, volume_id: \(ordersID), key: «*name»}\n"),
        MistakeCase("star-text", "unknown-anchor", text: "snapshots:\n  - {name: «*all», volume_id: \(ordersID)}\n"),
        MistakeCase(
            "recursive-alias", "recursive-alias", text: "snapshots:\n  - {name: a, volume_id: \(ordersID), metadata: &m {a: «*m»}}\n"),
        MistakeCase("bad-merge", "bad-merge", text: "snapshots:\n  - name: a\n    volume_id: \(ordersID)\n    «<<»: 5\n"),
        // An alias repeats the mistake of its anchor; it is told once.
        MistakeCase(
            "aliased-mistake", "not-boolean",
            text:
                "defaults: &d\n  force: «yes»\nsnapshots:\n  - {<<: *d, name: a, volume_id: \(ordersID)}\n  - {<<: *d, name: b, volume_id: \(ordersID)}\n"
        ),
    ]

    // What libyaml refuses, worded for the one who wrote it.
    static let syntax = [
        MistakeCase("tab-indent", "yaml-syntax", text: "snapshots:\n«\t»- name: a\n"),
        MistakeCase("no-blank-after-colon", "yaml-syntax", text: "snapshots:\n  - name: a\n    «volume_id:»\(ordersID)\n"),
        MistakeCase("no-blank-after-first-colon", "yaml-syntax", text: "snapshots:\n  - «name:»a\n    volume_id: \(ordersID)\n"),
        MistakeCase("no-colon", "yaml-syntax", text: "snapshots:\n  - name: a\n    «force true»\n    volume_id: \(ordersID)\n"),
        MistakeCase("two-colons", "yaml-syntax", text: "snapshots:\n  - name: a\n    description: Daily«:» backup\n"),
        MistakeCase("deeper-indent", "yaml-syntax", text: "snapshots:\n  - name: a\n      «volume_id»: \(ordersID)\n"),
        MistakeCase(
            "list-indent", "yaml-syntax",
            text: "version: 1\n\nsnapshots:\n  - name: ledger-nightly\n    volume_id: \(ordersID)\n«-» name: search-index\n"),
        MistakeCase("key-indent", "yaml-syntax", text: "snapshots:\n  - name: a\n   «v»olume_id: \(ordersID)\n"),
        MistakeCase("unclosed-quote", "yaml-syntax", text: "snapshots:\n  - name: «\"»a\n    volume_id: \(ordersID)\n"),
        MistakeCase("unclosed-bracket", "yaml-syntax", text: "snapshots:\n  - {name: a, volume_id: \(ordersID)\n  - name«:» b\n"),
        MistakeCase("at-sign", "yaml-syntax", text: "snapshots:\n  - name: «@»a\n"),
        MistakeCase("percent", "yaml-syntax", text: "snapshots:\n  - name: «%»a\n"),
        MistakeCase("bad-escape", "yaml-syntax", text: "snapshots:\n  - name: \"a«\\»d\"\n"),
        MistakeCase("bad-anchor", "yaml-syntax", text: "snapshots:\n  - name: «&» a\n"),
        MistakeCase("undeclared-tag", "yaml-syntax", text: "snapshots:\n  - name: «!»e!a b\n"),
        MistakeCase("control-character", "control-character", text: "snapshots:\n  - name: a«\u{1}»\n"),
        MistakeCase("inner-byte-order-mark", "control-character", text: "snapshots: []\n«\u{FEFF}»stack: a\n"),
    ]
}
