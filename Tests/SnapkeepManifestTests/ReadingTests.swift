import SnapkeepCore
import SnapkeepManifest
import Testing

@Suite("What a manifest says")
struct ReadingTests {
    @Test("a snapshot needs a name and a volume, nothing else")
    func smallest() throws {
        let reading = read("snapshots:\n  - name: snap-001\n    volume_id: \(ordersID)\n")
        #expect(reading.diagnostics == [])
        let id = try #require(VolumeID(ordersID))
        let name = try SnapshotName("snap-001")
        #expect(reading.manifest == Manifest(snapshots: [SnapshotSpec(key: SnapshotKey(name), name: name, volume: .id(id))]))
    }

    @Test("each field is read, and goes before its default")
    func allFields() throws {
        let reading = read(
            """
            version: 1
            stack: payments-prod
            project_id: 0c2eba2c5af04d3f9e9d0d410b371fde
            volumes:
              orders-db: \(ordersID.uppercased())
              billing: {name: billing-data}
            defaults:
              metadata: {team: payments, reason: nightly}
            snapshots:
              - name: snap-001
                key: orders-nightly
                volume: orders-db
                description: Daily backup
                force: true
                metadata: {reason: pre-upgrade}
                timeout: 1h30m
                protect: true
                id: \(billingID.uppercased())
              - {name: snap-002, volume: billing, description: null}
            """)
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.stack?.text == "payments-prod")
        #expect(reading.manifest.projectID?.text == "0c2eba2c5af04d3f9e9d0d410b371fde")
        let (first, second) = (reading.manifest.snapshots[0], reading.manifest.snapshots[1])
        #expect(first.key.text == "orders-nightly")
        #expect(first.volume == .alias("orders-db", try #require(VolumeID(ordersID))))
        #expect(first.description?.text == "Daily backup")
        #expect(first.metadata == Metadata(["team": "payments", "reason": "pre-upgrade"]))
        #expect(first.timeout == .seconds(5400))
        #expect(first.force && first.protect)
        #expect(first.id?.text == billingID && second.id == nil)
        #expect(second.volume == .named(alias: "billing", name: "billing-data"))
        #expect(second.description == nil)
        #expect(second.metadata["reason"] == "nightly")
        #expect(!second.force && !second.protect && second.timeout == .seconds(600))
        #expect(Set(reading.volumeAliases.keys) == ["orders-db", "billing"])
    }

    // A string field takes the text as written: nothing is a number, a date or a truth value there.
    @Test(
        "a text field takes any scalar as it is written",
        arguments: ["001", "no", "1e3", "0777", "true", "2026-11-23", "=", "0x1F", "1:30", "null-ish", "每日", "a b"])
    func texts(_ text: String) {
        let reading = read(
            "snapshots: [{name: \(text), volume_id: \(ordersID), key: \(text), description: \(text), metadata: {k: \(text)}}]")
        #expect(reading.diagnostics == [])
        let snapshot = reading.manifest.snapshots.first
        #expect(snapshot?.name.text == text)
        #expect(snapshot?.key.text == text)
        #expect(snapshot?.description?.text == text)
        #expect(snapshot?.metadata["k"] == text)
    }

    // Plain `~`, `null` and nothing are null; quoted or tagged they are text.
    @Test(
        "null stands for no text, unless it is quoted or tagged",
        arguments: [
            ("~", nil), ("null", nil), ("Null", nil), ("NULL", nil), ("", nil), ("\"\"", nil), ("'~'", "~"), ("\"null\"", "null"),
            ("!!str null", "null"), ("nULL", "nULL"),
        ])
    func null(_ written: String, _ meant: String?) {
        let reading = read("snapshots:\n  - name: a\n    volume_id: \(ordersID)\n    description: \(written)\n")
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.snapshots.first?.description?.text == meant)
    }

    @Test("a volume counts once, by whatever names it is called")
    func volumeCount() {
        let reading = read(
            """
            volumes: {a: \(ordersID), b: \(ordersID), c: {name: data}, d: {name: data}, e: {name: logs}}
            snapshots:
              - {name: s1, volume: a}
              - {name: s2, volume: b}
              - {name: s3, volume_id: \(ordersID)}
              - {name: s4, volume_id: \(billingID)}
              - {name: s5, volume: c}
              - {name: s6, volume: d}
              - {name: s7, volume: e}
            """)
        #expect(reading.diagnostics == [])
        #expect(reading.volumeCount == 4)
        #expect(read("snapshots: []").volumeCount == 0)
    }

    @Test(
        "A timeout is hours, minutes and seconds, in this order, from a second to a day",
        arguments: [
            ("1s", 1), ("90s", 90), ("30m", 1800), ("1h", 3600), ("1h30m", 5400), ("1h0m5s", 3605), ("24h", 86_400), ("'10m'", 600),
        ])
    func times(_ text: String, _ seconds: Int) {
        let reading = read("snapshots: [{name: a, volume_id: \(ordersID), timeout: \(text)}]")
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.snapshots.first?.timeout == .seconds(seconds))
    }

    @Test(
        "P9: what is no timeout is refused",
        arguments: [
            "0s", "24h1s", "1m1h", "1m1m", "1d", "-5m", "5", "m", "1.5h", "5M", "~", "99999999999999999999h", "1h 5m", "1h5", "1000ms",
            "5é",
        ])
    func noTimes(_ text: String) {
        #expect(read("snapshots: [{name: a, volume_id: \(ordersID), timeout: \(text)}]").diagnostics.map(\.severity) == [.error])
    }

    @Test("a folded description without its last line break is one line")
    func foldedText() {
        let reading = read("snapshots:\n  - name: a\n    volume_id: \(ordersID)\n    description: >-\n      one\n      two\n")
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.snapshots.first?.description?.text == "one two")
    }

    @Test("a manifest in JSON is read as one in YAML")
    func json() {
        let reading = read(#"{"snapshots": [{"name": "a", "volume_id": "\#(ordersID)", "force": true, "description": null}]}"#)
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.snapshots.first?.force == true)
    }

    // MARK: Defaults

    @Test("defaults apply to their document only, wherever they stand in it; what a snapshot says itself goes first")
    func defaults() throws {
        let reading = read(
            """
            snapshots:
              - name: a
              - {name: b, volume_id: \(billingID), force: false, description: ~, timeout: 1m, metadata: {b: own, d: own}}
            defaults: {volume: orders, force: true, description: common, timeout: 2m, protect: true, metadata: {a: x, b: x, c: x}}
            volumes: {orders: \(ordersID)}
            ---
            snapshots: [{name: c, volume: orders}]
            """)
        #expect(reading.diagnostics == [])
        let snapshots = reading.manifest.snapshots
        #expect(snapshots.map(\.volume.id?.text) == [ordersID, billingID, ordersID])
        #expect(snapshots.map(\.force) == [true, false, false])
        #expect(snapshots.map(\.description?.text) == ["common", nil, nil])
        #expect(snapshots.map(\.timeout) == [.seconds(120), .seconds(60), .seconds(600)])
        #expect(snapshots.map(\.protect) == [true, true, false])
        #expect(snapshots[1].metadata == Metadata(["a": "x", "b": "own", "c": "x", "d": "own"]))
        #expect(snapshots[2].metadata.isEmpty)
    }

    // MARK: Files and documents

    @Test("several files and documents form one manifest, in their order")
    func severalFiles() {
        let reading = read(
            "snapshots: [{name: a, volume: v}]\n---\nsnapshots: [{name: b, volume: v}]\n",
            "volumes: {v: \(ordersID)}\nstack: s\n", "stack: s\nversion: 1\nsnapshots: [{name: c, volume: v}]\n")
        #expect(reading.diagnostics == [])
        #expect(reading.manifest.snapshots.map(\.name.text) == ["a", "b", "c"])
        #expect(reading.manifest.stack?.text == "s")
    }

    @Test("one name on one volume may be used for several keys")
    func sameName() {
        let reading = read("snapshots: [{name: a, volume_id: \(ordersID)}, {name: a, key: b, volume_id: \(ordersID)}]")
        #expect(reading.diagnostics == [])
    }

    // Sorted keys take a short way.
    @Test(
        "a key that is used twice is found, whether the keys are sorted up to there or not",
        arguments: [
            ["a", "b", "c", "c"], ["a", "b", "c", "a"], ["c", "b", "a", "b"], ["b", "d", "c", "d"], ["b", "d", "c", "c"],
            ["b", "d", "a", "b"],
        ])
    func repeatedKeys(keys: [String]) {
        let items = keys.map { "  - {name: \($0), volume_id: \(ordersID)}\n" }
        let reading = read("snapshots:\n" + items.joined())
        #expect(reading.diagnostics.map(\.message) == ["snapshot name '\(keys[3])' is used twice"])
        #expect(reading.manifest.snapshots.map(\.key.text) == Array(keys[..<3]))
    }

    @Test("two spellings of one accented letter are one key, as strings are equal")
    func canonicalEquivalence() {
        let reading = read("snapshots: [{name: \"\u{E9}\", volume_id: \(ordersID)}, {name: \"e\u{301}\", volume_id: \(ordersID)}]")
        #expect(reading.diagnostics.map(\.code) == ["duplicate-snapshot"])
    }

    @Test("keys in any order: each that comes twice is told with its first use")
    func unsortedKeys() {
        let items = ["b", "c", "a", "d", "a", "c", "b"].map { "  - {name: \($0), volume_id: \(ordersID)}\n" }
        let diagnostics = read("snapshots:\n" + items.joined()).diagnostics
        #expect(diagnostics.map(\.code) == Array(repeating: "duplicate-snapshot", count: 3))
        let firstUses: [Int] = diagnostics.flatMap(\.notes).map { if case .range(let use) = $0.subject { Int(use.start.line) } else { 0 } }
        #expect(firstUses == [4, 3, 2])
    }

    @Test("an id in capitals is the same volume; what is like one in all but a digit is none", arguments: ["v", "V", "-", "%", "é"])
    func idForms(_ letter: String) {
        let ids = [ordersID, billingID, ordersID.uppercased(), billingID.uppercased()]
        let items = ids.enumerated().map { "  - {name: a\($0.offset), volume_id: \($0.element)}\n" }
        let reading = read("snapshots:\n" + items.joined())
        #expect(reading.diagnostics == [] && reading.volumeCount == 2)
        #expect(reading.manifest.snapshots.compactMap { $0.volume.id?.text } == [ordersID, billingID, ordersID, billingID])
        let other = "  - {name: b, volume_id: '\(ordersID.dropLast(letter.utf8.count) + letter)'}\n"
        #expect(read("snapshots:\n" + items.joined() + other).diagnostics.map(\.code) == ["bad-volume-id"])
    }

    @Test("a snapshot on a declared volume with a mistake is left out, and told of once")
    func brokenDeclaration() {
        let reading = read(
            "volumes: {v: 1, w: {name: ~}}\nsnapshots: [{name: a, volume: v}, {name: b, volume: w}, {name: c, volume_id: \(ordersID)}]")
        #expect(reading.diagnostics.map(\.code) == ["bad-volume-id", "missing-value"])
        #expect(reading.manifest.snapshots.map(\.name.text) == ["c"] && reading.places.count == 1 && reading.volumeAliases == [:])
    }

    @Test("a volume under an alias and under its id is one volume when snapshots are counted")
    func countedTogether() {
        let items = (1...4).map { "{name: a\($0), volume: v}, {name: b\($0), volume_id: \(ordersID.uppercased())}" }
        let reading = read("volumes: {v: \(ordersID)}\nsnapshots: [\(items.joined(separator: ", "))]")
        #expect(reading.diagnostics.map(\.code) == ["many-snapshots"])
        #expect(reading.diagnostics.first?.message.hasPrefix("8 snapshots") == true)
    }

    @Test("what volumes are called is known by their ids, of two names the first; a volume that only the cloud's name tells has none")
    func aliases() throws {
        let reading = read(
            """
            volumes: {orders-db: \(ordersID), same: \(ordersID), billing: {name: billing-data}}
            snapshots: [{name: a, volume: same}, {name: b, volume: orders-db}, {name: c, volume: billing}]

            """)
        #expect(reading.manifest.aliases == [try #require(VolumeID(ordersID)): "orders-db"])
    }

    // MARK: Anchors

    @Test("an alias stands for its anchor, and what a merge brings gives way to what is written")
    func merges() throws {
        let reading = read(
            """
            defaults: &d {metadata: &m {team: a, tier: gold}}
            snapshots:
              - &first
                name: a
                volume_id: &v \(ordersID)
                force: true
                metadata: {<<: *m, team: b}
              - <<: *first
                name: b
              - <<: [{volume_id: *v, protect: true}, *first]
                name: c
                force: false
              - {name: d, volume_id: *v, metadata: *m}
            """)
        #expect(reading.diagnostics == [])
        let snapshots = reading.manifest.snapshots
        #expect(snapshots.map(\.name.text) == ["a", "b", "c", "d"])
        #expect(snapshots.map(\.force) == [true, true, false, false])
        #expect(snapshots.map(\.protect) == [false, false, true, false])
        #expect(snapshots.map { $0.metadata["team"] } == ["b", "b", "b", "a"])
        #expect(snapshots.allSatisfy { $0.volume.id?.text == ordersID && $0.metadata["tier"] == "gold" })
    }

    @Test("nested merges: the nearest wins; a snapshot's own volume beats a merged one of the other form")
    func nestedMerges() {
        let reading = read(
            """
            volumes: {v: \(billingID)}
            snapshots:
              - &a {name: a, volume_id: \(ordersID), description: from a, timeout: 1m}
              - &b {<<: *a, name: b, description: from b}
              - {name: c, <<: *b, volume: v}
            """)
        #expect(reading.diagnostics == [])
        let last = reading.manifest.snapshots[2]
        #expect(last.description?.text == "from b")
        #expect(last.timeout == .seconds(60))
        #expect(last.volume.id?.text == billingID)
    }

    @Test("a list of aliases, each an anchored snapshot's metadata, keeps anchors of its own document only")
    func anchorScope() {
        let reading = read("snapshots: [{name: &x a, volume_id: \(ordersID)}]\n---\nsnapshots: [{name: *x, volume_id: \(ordersID)}]\n")
        #expect(reading.diagnostics.map(\.code) == ["unknown-anchor"])
    }

    // MARK: Places

    @Test("places point at the values; a byte order mark, wide characters and CR LF do not shift them")
    func places() throws {
        let marked = MarkedText(
            "snapshots:\r\n  - «name»: «每日»\r\n    key: «k»\r\n    force: «true»\r\n    volume_id: «\(ordersID)»\r\n    description: «x»\r\n"
        )
        let reading = read([SourceFile(name: "a", bytes: [0xEF, 0xBB, 0xBF] + Array(marked.text.utf8))])
        #expect(reading.diagnostics == [])
        let places = try #require(reading.places.first)
        let fields: [SnapshotPlaces.Field] = [.name, .key, .force, .volume, .description]
        #expect(fields.map { places.range(of: $0).start } == marked.ranges.dropFirst().map(\.start))
        #expect(fields.map { places.range(of: $0).end } == marked.ranges.dropFirst().map(\.end))
        #expect(places.range(of: .item).start == marked.ranges[0].start)
    }

    @Test("a field that the snapshot does not write is shown at its name")
    func placeOfDefault() throws {
        let reading = read("defaults: {volume_id: \(ordersID)}\nsnapshots: [{name: a}]")
        let places = try #require(reading.places.first)
        #expect(places.range(of: .volume) == places.range(of: .name))
    }

    @Test("places stay beside their snapshots when bad ones are left out")
    func parallelArrays() {
        let reading = read(
            "snapshots:\n  - {name: a, volume: none}\n  - {name: b, volume_id: \(ordersID)}\n  - {name: c}\n  - {name: d, volume_id: \(ordersID)}\n"
        )
        #expect(reading.manifest.snapshots.map(\.name.text) == ["b", "d"])
        #expect(reading.places.map { $0.range(of: .name).start.line } == [3, 5])
    }
}
